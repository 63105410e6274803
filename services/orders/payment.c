/* What a provider's answer means. */
#include "payment.h"

#include <string.h>

#include "clock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ASK_MIN_S 3
#define ASK_MAX_S 60

static const char *const state_names[] = {"", "created", "pending", "succeeded", "failed", "cancelled", "expired", "review"};

const char *attempt_state_name(enum attempt_state state)
{
    return (size_t)state < COUNT(state_names) ? state_names[state] : "";
}

enum attempt_state attempt_state_of(const char *name)
{
    for (size_t i = 1; i < COUNT(state_names); i++)
        if (strcmp(state_names[i], name) == 0)
            return (enum attempt_state)i;
    return ATTEMPT_NONE;
}

bool attempt_is_open(enum attempt_state state)
{
    return state == ATTEMPT_CREATED || state == ATTEMPT_PENDING;
}

static struct payment_verdict review(struct payment_verdict verdict, const char *reason)
{
    verdict.state = ATTEMPT_REVIEW;
    verdict.reason = reason;
    return verdict;
}

static bool is_awaited(const struct payment_case *payment)
{
    return payment->order == ORDER_PENDING_PAYMENT && !payment->is_paid_by_other;
}

static struct payment_verdict give_back(const struct payment_case *payment, struct payment_verdict verdict,
                                        int64_t amount_minor)
{
    verdict.state = ATTEMPT_SUCCEEDED;
    verdict.return_minor = amount_minor;
    verdict.reason = payment->is_paid_by_other ? "The order was paid already; this payment goes back."
                                               : "The order had ended; this payment goes back.";
    return verdict;
}

/* The first money of this attempt. */
static struct payment_verdict take(const struct payment_case *payment, const struct provider_result *result,
                                   struct payment_verdict verdict)
{
    if (result->reference[0] != '\0' && strcmp(result->reference, payment->reference) != 0)
        return review(verdict, "The provider answered about another payment.");
    if (result->amount_minor <= 0)
        return review(verdict, "The provider does not say how much was paid.");
    verdict.captured_minor = result->amount_minor;
    verdict.currency_code = result->currency_code;
    verdict.unallocated_minor = result->amount_minor;
    verdict.state = ATTEMPT_SUCCEEDED;
    verdict.reason = "";
    if (!is_awaited(payment))
        return give_back(payment, verdict, result->amount_minor);
    if (strcmp(result->currency_code, payment->currency_code) != 0)
        return review(verdict, "It was paid in another currency.");
    if (result->amount_minor < payment->due_minor)
        return review(verdict, "Less was paid than the order costs.");
    verdict.counted_minor = payment->due_minor;
    verdict.unallocated_minor = verdict.return_minor = result->amount_minor - payment->due_minor;
    return verdict;
}

/* Money that is booked: has more come, was some of it taken back, did it wait for staff until the order was over? */
static struct payment_verdict compare(const struct payment_case *payment, const struct provider_result *result,
                                      struct payment_verdict verdict)
{
    int64_t given_back = payment->refunds_minor + payment->reversed_minor;
    int64_t left = payment->captured_minor - payment->reversed_minor;
    if (result->refunded_minor != PROVIDER_AMOUNT_UNTOLD && result->refunded_minor > given_back && left > 0) {
        int64_t taken = result->refunded_minor - given_back;
        verdict.reversed_minor = taken < left ? taken : left;
        return review(verdict, "The provider took the payment back.");
    }
    if (result->amount_minor > payment->captured_minor) {
        verdict.captured_minor = result->amount_minor - payment->captured_minor;
        verdict.unallocated_minor = verdict.return_minor = verdict.captured_minor;
        verdict.currency_code = payment->captured_currency;
    }
    bool waits = payment->state == ATTEMPT_REVIEW && !payment->is_counted;
    if (waits && !is_awaited(payment) && left > payment->refunds_minor) {
        verdict.currency_code = payment->captured_currency;
        return give_back(payment, verdict, left - payment->refunds_minor + verdict.captured_minor);
    }
    return verdict;
}

static struct payment_verdict judge_nothing_paid(const struct payment_case *payment, const struct provider_result *result,
                                                 struct payment_verdict verdict)
{
    bool is_over = result->state == PROVIDER_FAILED || result->state == PROVIDER_CANCELLED;
    if (payment->captured_minor > 0)
        return is_over && payment->reversed_minor + payment->refunds_minor < payment->captured_minor
                   ? review(verdict, "The provider says now that nothing was paid.")
                   : verdict;
    verdict.is_final = is_over;
    if (!attempt_is_open(payment->state))
        return verdict;
    if (is_over) {
        verdict.state = result->state == PROVIDER_FAILED ? ATTEMPT_FAILED : ATTEMPT_CANCELLED;
        verdict.reason = provider_reason_text(result->reason);
    } else if (payment->now_us >= payment->deadline_at_us) {
        verdict.state = ATTEMPT_EXPIRED;
        verdict.reason = "The time to pay ran out.";
    }
    return verdict;
}

struct payment_verdict payment_judge(const struct payment_case *payment, const struct provider_result *result)
{
    struct payment_verdict verdict = {.state = payment->state, .reason = NULL, .currency_code = ""};
    if (result->state != PROVIDER_SUCCEEDED)
        return judge_nothing_paid(payment, result, verdict);
    verdict.is_final = true;
    return payment->captured_minor == 0 ? take(payment, result, verdict) : compare(payment, result, verdict);
}

int64_t payment_next_ask_us(int64_t created_at_us, int64_t deadline_at_us, int64_t late_s, int64_t grace_s, int64_t now_us)
{
    if (now_us >= deadline_at_us) {
        int64_t next_us = now_us + late_s * US_PER_S;
        return next_us > deadline_at_us + grace_s * US_PER_S ? 0 : next_us;
    }
    int64_t pause_us = (now_us - created_at_us) / 4;
    if (pause_us < ASK_MIN_S * US_PER_S)
        pause_us = ASK_MIN_S * US_PER_S;
    if (pause_us > ASK_MAX_S * US_PER_S)
        pause_us = ASK_MAX_S * US_PER_S;
    return now_us + pause_us < deadline_at_us ? now_us + pause_us : deadline_at_us;
}
