/*
 * The step make_papers of the saga: gives an order the invoice and the credit notes that it lacks.
 *
 * It is put down by every change of an order and looks for itself what is missing, so that nobody who ships, refunds or takes
 * something back has to know of papers, and a failure in making them stops none of it.
 */
#ifndef ORDERS_INVOICE_PAPERS_H
#define ORDERS_INVOICE_PAPERS_H

#include "saga_step.h"

/* For the table in saga.c. */
void invoice_papers_make(const struct saga_room *room, struct errand *errands, size_t count);

#endif
