/*
 * The payment providers' simulators (tests/simulators) beside a test, and a shop's settings for them.
 */
#ifndef PAYMENTS_STAGE_H
#define PAYMENTS_STAGE_H

#include <jansson.h>

#include "check.h"
#include "providers.h"

/* The payment settings of orders that the environment has: none but the defaults unless payments_stage_open() was called. */
struct providers_settings payments_settings(void);

/* Starts the simulators, and puts their settings into the environment. Group set-up and tear-down of cmocka. */
int payments_stage_open(void **state);
int payments_stage_close(void **state);

/* Switches as at the start, books empty. A test's set-up. */
int payments_stage_reset(void **state);

/* The provider of that name, as a shop has it. */
const struct provider *payments_provider(const char *name);

/* An arena that lives until the next reset, and a call with it that has ten seconds. */
struct arena *payments_arena(void);
const struct provider_call *payments_call(void);

/* The simulators' admin port: sets switches ({"mpesa": {"times": {"drop": 1}}}), lets a customer act, shows the books. The
 * JSON lives until the next reset. */
void payments_switch(const char *json);
void payments_customer(const char *provider, const char *reference, const char *does);
const json_t *payments_books(void);

/* How many charges of that state, or refunds, the books of the provider have. */
size_t payments_count(const char *list, const char *provider, const char *state);

/* A charge with an id of its own, of 1500.00 KES unless told otherwise, whose return_url is http://127.0.0.1:1/back. */
struct provider_charge payments_charge(const char *currency_code, int64_t amount_minor);

/* The refund of a paid charge. */
struct provider_refund payments_refund(const struct provider_charge *charge, int64_t amount_minor);

/* Asks until the state is that one, three seconds at most. */
struct provider_result payments_await(const struct provider *provider, const struct provider_charge *charge,
                                      enum provider_state state);
struct provider_result payments_await_refund(const struct provider *provider, const struct provider_refund *refund,
                                             enum provider_state state);

/* The last notice of that event which the provider sent, as the shop would get it; waits for it three seconds at most. */
struct provider_mail payments_notice(const char *provider, const char *event);

#endif
