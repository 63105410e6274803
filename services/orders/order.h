/*
 * The rules of an order: its life cycle, its number, what it costs. Values in, values out: nothing here asks a database,
 * another service or a clock.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "totals.h"

/* Numbers as in proto/orders.proto. */
enum order_status {
    ORDER_NONE = 0,
    ORDER_PLACED = 1,
    ORDER_CONFIRMED = 2,
    ORDER_SHIPPED = 3,
    ORDER_DELIVERED = 4,
    ORDER_CANCELLED = 5,
    ORDER_RETURNED = 6,
    ORDER_PENDING_PAYMENT = 7,
    ORDER_PAID = 8,
    ORDER_PARTLY_SHIPPED = 9,
};
#define ORDER_STATUS_COUNT 10

enum order_event {
    ORDER_CONFIRM = 1,
    ORDER_SHIP = 2,
    ORDER_DELIVER = 3,
    ORDER_CANCEL = 4,
    ORDER_RETURN = 5,
    ORDER_PAY = 6,
    ORDER_EXPIRE = 7,
    ORDER_SHIP_PART = 8,
};
#define ORDER_EVENT_COUNT 9

/* Who may bring an event about; a set of these in a transition. */
enum order_actor {
    ORDER_BY_CUSTOMER = 1,          /* the guest or customer whose order it is */
    ORDER_BY_STAFF = 2,
    ORDER_BY_SHOP = 4,              /* the shop itself: money came, time ran out, the right code was entered */
};

enum order_payment {
    ORDER_PAYMENT_AS_IT_IS = 0,     /* in a transition only */
    ORDER_PAYMENT_TO_COLLECT = 1,
    ORDER_PAYMENT_COLLECTED = 2,
    ORDER_PAYMENT_VOID = 3,
    ORDER_PAYMENT_AWAITED = 4,      /* before the order counts */
    ORDER_PAYMENT_PAID = 5,
};

struct order_transition {
    enum order_status from;
    enum order_event event;
    enum order_status to;
    unsigned who;                   /* enum order_actor */
    bool returns_stock;
    enum order_payment payment;
};

/*
 * What `event` does to an order in `from`. *ret_transition is NULL when the order is already where the event leads, so that
 * an event may be repeated. PERMISSION_DENIED when it is not for `who`, FAILED_PRECONDITION with a sentence otherwise.
 */
enum status order_decide(enum order_status from, enum order_event event, enum order_actor who,
                         const struct order_transition **ret_transition, struct error *err) MUST_CHECK;

/* What a transition makes of the payment: what is paid or void stays so, whatever becomes of the order. */
enum order_payment order_payment_after(const struct order_transition *transition, enum order_payment payment);

/* What `who` may simply let happen to an order in `from`; ret_events has room for ORDER_EVENT_COUNT. The result is how many.
 * Shipping a part is not among them: it takes a parcel. */
size_t order_next_events(enum order_status from, enum order_actor who, enum order_event *ret_events);

bool order_can_cancel(enum order_status status, enum order_actor who);

/* "placed", as in the database and in sentences; an unknown name is ORDER_NONE, ORDER_PAYMENT_AS_IT_IS. */
const char *order_status_name(enum order_status status);
enum order_status order_status_of(const char *name);
const char *order_payment_name(enum order_payment payment);
enum order_payment order_payment_of(const char *name);

/* "cash_on_delivery"; an unknown method is "", an unknown name unspecified. */
const char *order_method_name(Types__V1__PaymentMethod method);
Types__V1__PaymentMethod order_method_of(const char *name);

/* What a line of history tells beside a change of status, by the numbers of the .proto; an unknown name is 0. */
int order_what_of(const char *name);

#define ORDER_NUMBER_SIZE 13        /* "KE-7F3K-9Q2M" and its NUL */

/*
 * The number that people say: the country and 40 random bits in Crockford's base 32 (crockford.com/base32.html), which has
 * no I, L, O and U. It tells neither how many orders there are nor what the next one is called.
 */
void order_number_format(const char country_code[2], uint64_t random, char out[ORDER_NUMBER_SIZE]);

/* Reads a number as people type it: in any case, with or without hyphens and blanks, O for 0, I and L for 1. */
bool order_number_parse(const char *text, char out[ORDER_NUMBER_SIZE]);

/*
 * What the lines cost: fills `ret_line_totals_minor` (room for `count`) and the totals. INVALID_ARGUMENT when the sum is
 * beyond what money can hold.
 */
enum status order_price(const Types__V1__Market *market, const int64_t *unit_prices_minor, const int64_t *quantities,
                        size_t count, int64_t now_us, int64_t *ret_line_totals_minor, struct totals *ret_totals,
                        struct error *err) MUST_CHECK;

/* `expected` is what the shopper was shown; NULL: whatever it costs. ABORTED with the code price_changed when it is not
 * true. */
enum status order_check_expected(const Types__V1__Money *expected, int64_t total_minor, const char *currency_code,
                                 struct error *err) MUST_CHECK;

#endif
