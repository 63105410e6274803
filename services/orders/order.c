/* The rules of an order, above all its life cycle as a table. */
#include "order.h"

#include <ctype.h>
#include <string.h>

#include "money.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANYBODY (ORDER_BY_CUSTOMER | ORDER_BY_STAFF | ORDER_BY_SHOP)
#define STAFF_OR_SHOP (ORDER_BY_STAFF | ORDER_BY_SHOP)

/* clang-format off: rows of a table */
static const struct order_transition transitions[] = {
    {ORDER_PENDING_PAYMENT, ORDER_PAY, ORDER_PAID, ORDER_BY_SHOP, false, ORDER_PAYMENT_PAID},
    {ORDER_PENDING_PAYMENT, ORDER_EXPIRE, ORDER_CANCELLED, ORDER_BY_SHOP, true, ORDER_PAYMENT_VOID},
    {ORDER_PENDING_PAYMENT, ORDER_CANCEL, ORDER_CANCELLED, ANYBODY, true, ORDER_PAYMENT_VOID},
    {ORDER_PLACED, ORDER_CONFIRM, ORDER_CONFIRMED, STAFF_OR_SHOP, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_PAID, ORDER_CONFIRM, ORDER_CONFIRMED, STAFF_OR_SHOP, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_PAID, ORDER_SHIP_PART, ORDER_PARTLY_SHIPPED, ORDER_BY_STAFF, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_CONFIRMED, ORDER_SHIP_PART, ORDER_PARTLY_SHIPPED, ORDER_BY_STAFF, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_PAID, ORDER_SHIP, ORDER_SHIPPED, ORDER_BY_STAFF, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_CONFIRMED, ORDER_SHIP, ORDER_SHIPPED, ORDER_BY_STAFF, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_PARTLY_SHIPPED, ORDER_SHIP, ORDER_SHIPPED, ORDER_BY_STAFF, false, ORDER_PAYMENT_AS_IT_IS},
    {ORDER_SHIPPED, ORDER_DELIVER, ORDER_DELIVERED, ORDER_BY_STAFF, false, ORDER_PAYMENT_COLLECTED},
    {ORDER_PLACED, ORDER_CANCEL, ORDER_CANCELLED, ANYBODY, true, ORDER_PAYMENT_VOID},
    {ORDER_PLACED, ORDER_EXPIRE, ORDER_CANCELLED, ORDER_BY_SHOP, true, ORDER_PAYMENT_VOID},
    {ORDER_PAID, ORDER_CANCEL, ORDER_CANCELLED, ANYBODY, true, ORDER_PAYMENT_VOID},
    {ORDER_CONFIRMED, ORDER_CANCEL, ORDER_CANCELLED, ANYBODY, true, ORDER_PAYMENT_VOID},
    {ORDER_SHIPPED, ORDER_RETURN, ORDER_RETURNED, ORDER_BY_STAFF, true, ORDER_PAYMENT_VOID},
};
/* clang-format on */

static const char *const status_names[ORDER_STATUS_COUNT] = {
    "", "placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "pending_payment", "paid", "partly_shipped",
};

/* As in "This order is shipped." */
static const char *const status_words[ORDER_STATUS_COUNT] = {
    "",     "placed",         "confirmed", "shipped", "delivered", "cancelled", "returned", "waiting for its payment",
    "paid", "partly shipped",
};

static const char *const payment_names[] = {"", "to_collect", "collected", "void", "awaited", "paid"};
/* By the numbers of types.v1.PaymentMethod. */
static const char *const method_names[] = {"", "cash_on_delivery", "mpesa", "mtn_momo", "paystack", "flutterwave", "stripe"};

/* By the numbers of orders.v1.OrderStep.What. */
static const char *const what_names[] = {
    "", "shipment", "parcel_delivered", "refund", "taken_off", "return_requested", "return_approved", "return_refused",
    "return_withdrawn", "return_received", "return_refunded", "return_closed",
};

/* As in "It can be cancelled no more." */
static const char *const event_participles[ORDER_EVENT_COUNT] = {
    "changed", "confirmed", "shipped", "delivered", "cancelled", "returned", "paid", "expired", "shipped in parts",
};

static const struct order_transition *find_transition(enum order_status from, enum order_event event)
{
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].from == from && transitions[i].event == event)
            return &transitions[i];
    return NULL;
}

/* Every event leads to one state, wherever it came from. */
static const struct order_transition *find_event(enum order_event event)
{
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].event == event)
            return &transitions[i];
    return NULL;
}

enum status order_decide(enum order_status from, enum order_event event, enum order_actor who,
                         const struct order_transition **ret_transition, struct error *err)
{
    const struct order_transition *leading = find_event(event);
    if (!leading)
        return error_field(err, "event", "unknown", "An order has no such event.");
    if (!(leading->who & (unsigned)who))
        return error_set(err, STATUS_PERMISSION_DENIED,
                         leading->who & ORDER_BY_STAFF ? "Only the shop's staff may do this."
                                                       : "This happens by itself, nobody can ask for it.");
    const struct order_transition *transition = find_transition(from, event);
    if (!transition && leading->to != from)
        return error_set(err, STATUS_FAILED_PRECONDITION, "This order is %s, so it cannot be %s.", status_words[from],
                         event_participles[event]);
    *ret_transition = transition;
    return STATUS_OK;
}

enum order_payment order_payment_after(const struct order_transition *transition, enum order_payment payment)
{
    bool is_open = payment == ORDER_PAYMENT_TO_COLLECT || payment == ORDER_PAYMENT_AWAITED;
    return is_open && transition->payment != ORDER_PAYMENT_AS_IT_IS ? transition->payment : payment;
}

size_t order_next_events(enum order_status from, enum order_actor who, enum order_event *ret_events)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].from == from && (transitions[i].who & (unsigned)who) && transitions[i].event != ORDER_SHIP_PART)
            ret_events[count++] = transitions[i].event;
    return count;
}

bool order_can_cancel(enum order_status status, enum order_actor who)
{
    const struct order_transition *transition = find_transition(status, ORDER_CANCEL);
    return transition && (transition->who & (unsigned)who);
}

static size_t find_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

const char *order_status_name(enum order_status status)
{
    return (size_t)status < COUNT(status_names) ? status_names[status] : "";
}

enum order_status order_status_of(const char *name)
{
    return (enum order_status)find_name(status_names, COUNT(status_names), name);
}

const char *order_payment_name(enum order_payment payment)
{
    return payment_names[payment];
}

enum order_payment order_payment_of(const char *name)
{
    return (enum order_payment)find_name(payment_names, COUNT(payment_names), name);
}

int order_what_of(const char *name)
{
    return (int)find_name(what_names, COUNT(what_names), name);
}

const char *order_method_name(Types__V1__PaymentMethod method)
{
    return (size_t)method < COUNT(method_names) ? method_names[method] : "";
}

Types__V1__PaymentMethod order_method_of(const char *name)
{
    return (Types__V1__PaymentMethod)find_name(method_names, COUNT(method_names), name);
}

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void order_number_format(const char country_code[2], uint64_t random, char out[ORDER_NUMBER_SIZE])
{
    static const char form[] = "CC-DDDD-DDDD";
    memcpy(out, form, sizeof(form));
    out[0] = country_code[0];
    out[1] = country_code[1];
    for (char *at = out; *at; at++) {
        if (*at != 'D' || at < out + 2)
            continue;
        *at = digits[random & 31];
        random >>= 5;
    }
}

/* A letter that people confuse with a digit, as that digit. */
static char digit_of(char c)
{
    char upper = (char)toupper((unsigned char)c);
    if (upper == 'O')
        return '0';
    if (upper == 'I' || upper == 'L')
        return '1';
    return upper != '\0' && strchr(digits, upper) ? upper : '\0';
}

bool order_number_parse(const char *text, char out[ORDER_NUMBER_SIZE])
{
    size_t length = 0;
    for (; *text; text++) {
        if (*text == ' ' || *text == '-')
            continue;
        if (length == 2 || length == 7)
            out[length++] = '-';
        char c = length < 2 ? (char)(isalpha((unsigned char)*text) ? toupper((unsigned char)*text) : '\0') : digit_of(*text);
        if (c == '\0' || length >= ORDER_NUMBER_SIZE - 1)
            return false;
        out[length++] = c;
    }
    out[length] = '\0';
    return length == ORDER_NUMBER_SIZE - 1;
}

enum status order_price(const Types__V1__Market *market, const int64_t *unit_prices_minor, const int64_t *quantities,
                        size_t count, int64_t now_us, int64_t *ret_line_totals_minor, struct totals *ret_totals,
                        struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!money_multiply(unit_prices_minor[i], quantities[i], &ret_line_totals_minor[i]))
            return error_set(err, STATUS_INVALID_ARGUMENT, "The sum of this order is too large.");
    return totals_compute(market, ret_line_totals_minor, count, now_us, ret_totals, err);
}

enum status order_check_expected(const Types__V1__Money *expected, int64_t total_minor, const char *currency_code,
                                 struct error *err)
{
    if (!expected || (expected->amount_minor == total_minor && strcmp(expected->currency_code, currency_code) == 0))
        return STATUS_OK;
    const struct currency *currency = currency_find(currency_code);
    char total[MONEY_DECIMAL_SIZE] = "";
    if (currency)
        money_format_decimal(total_minor, currency, total);
    (void)error_field(err, "expectedTotal", "price_changed", "The total is %s %s now.", currency_code, total);
    return error_set(err, STATUS_ABORTED,
                     "A price changed: the total is %s %s now. Look at your cart again before you order.", currency_code,
                     total);
}
