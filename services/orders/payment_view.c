/* Attempts to be paid as messages. */
#include "payment_view.h"

#include <string.h>

#include "clock.h"
#include "money.h"
#include "payment.h"

_Static_assert((int)ATTEMPT_REVIEW == ORDERS__V1__PAYMENT_ATTEMPT__STATE__REVIEW &&
                   (int)PROVIDER_ACTION_CLIENT == ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__CLIENT,
               "the numbers of payment.h and provider.h are those of proto/payments.proto");

static Orders__V1__PaymentAttempt__Action__Kind kind_of(const char *name)
{
    static const char *const names[] = {"", "none", "redirect", "prompt", "client"};
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return (Orders__V1__PaymentAttempt__Action__Kind)i;
    return ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__KIND_UNSPECIFIED;
}

/* What the customer has to do: nothing once the attempt is over. */
static Orders__V1__PaymentAttempt__Action *action_of(const struct order_attempt *attempt, struct arena *arena)
{
    if (attempt->action_kind[0] == '\0' || !attempt_is_open(attempt_state_of(attempt->state)))
        return NULL;
    Orders__V1__PaymentAttempt__Action *action = ARENA_NEW(arena, Orders__V1__PaymentAttempt__Action);
    orders__v1__payment_attempt__action__init(action);
    action->kind = kind_of(attempt->action_kind);
    action->url = (char *)attempt->action_url;
    action->text = (char *)attempt->action_text;
    return action;
}

Orders__V1__PaymentAttempt *payment_view(const struct order_attempt *attempt, const char *currency_code,
                                         enum order_actor who, struct arena *arena)
{
    Orders__V1__PaymentAttempt *message = ARENA_NEW(arena, Orders__V1__PaymentAttempt);
    orders__v1__payment_attempt__init(message);
    message->id = (char *)attempt->id;
    message->method = order_method_of(attempt->method);
    message->state = (Orders__V1__PaymentAttempt__State)attempt_state_of(attempt->state);
    message->reference = (char *)attempt->reference;
    message->amount = money_message(arena, attempt->amount_minor, currency_code);
    if (attempt->captured_minor > 0)
        message->captured = money_message(arena, attempt->captured_minor, attempt->captured_currency);
    message->phone = (char *)attempt->phone;
    message->action = action_of(attempt, arena);
    message->reason = (char *)attempt->reason;
    message->created_at = clock_to_timestamp(arena, attempt->created_at_us);
    message->deadline_at = clock_to_timestamp(arena, attempt->deadline_at_us);
    if (who == ORDER_BY_STAFF)
        message->provider_ref = (char *)attempt->provider_ref;
    return message;
}
