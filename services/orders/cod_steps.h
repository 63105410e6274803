/*
 * The step of the saga that belongs to cash on delivery: an order whose code nobody typed, and that nobody confirmed by
 * telephone either, ends after two days and gives its stock back.
 */
#ifndef ORDERS_COD_STEPS_H
#define ORDERS_COD_STEPS_H

#include "saga_step.h"

void cod_steps_expire(const struct saga_room *room, struct errand *errands, size_t count);

#endif
