/* What follows from a provider's answer. */
#include "payment_turn.h"

#include <assert.h>
#include <string.h>

#include "ledger.h"
#include "order_events.h"
#include "refunds.h"
#include "saga.h"
#include "uuid.h"

void payment_turn_judge(struct payment_turn *turn)
{
    const struct attempt_record *attempt = &turn->attempt;
    const struct payment_case payment = {
        .order = order_status_of(turn->order.status),
        .due_minor = turn->order.payment_minor,
        .is_paid_by_other = attempt->is_paid_by_other,
        .state = attempt_state_of(attempt->state),
        .currency_code = attempt->currency_code,
        .reference = attempt->reference,
        .captured_minor = attempt->captured_minor,
        .captured_currency = attempt->captured_currency,
        .is_counted = attempt->is_counted,
        .reversed_minor = attempt->reversed_minor,
        .refunds_minor = attempt->refunds_minor,
        .deadline_at_us = attempt->deadline_at_us,
        .now_us = turn->now_us,
    };
    turn->verdict = payment_judge(&payment, &turn->result);
}

static bool is_learned(const char *known, const char *told)
{
    return known[0] != '\0' || told[0] == '\0';
}

bool payment_turn_is_empty(const struct payment_turn *turn)
{
    const struct payment_verdict *verdict = &turn->verdict;
    return verdict->state == attempt_state_of(turn->attempt.state) && verdict->captured_minor == 0 &&
           verdict->reversed_minor == 0 && is_learned(turn->attempt.provider_ref, turn->result.provider_ref) &&
           is_learned(turn->attempt.transaction_id, turn->result.transaction_id);
}

static const char *account_of(const struct payment_turn *turn)
{
    return arena_printf(turn->arena, "provider:%s", turn->attempt.method);
}

static struct ledger_posting posting_of(const struct payment_turn *turn, const char *kind, const char *source_id,
                                        const char *currency_code)
{
    return (struct ledger_posting){.kind = kind,
                                   .source_id = source_id,
                                   .order_id = turn->order.id,
                                   .currency_code = currency_code,
                                   .now_us = turn->now_us};
}

/* The first money of an attempt is booked under its id, so that it is booked once; later surprises under ids of their own.
 */
static void send_books(struct db *db, const struct payment_turn *turn)
{
    const struct payment_verdict *verdict = &turn->verdict;
    const bool is_first = turn->attempt.captured_minor == 0;
    const char *kind = !is_first ? "surplus" : verdict->counted_minor > 0 ? "paid" : "unallocated";
    struct ledger_posting posting =
        posting_of(turn, kind, is_first ? turn->attempt.id : uuid_new(turn->arena), verdict->currency_code);
    ledger_add(&posting, account_of(turn), verdict->captured_minor);
    ledger_add(&posting, "sales", -verdict->counted_minor);
    ledger_add(&posting, "unallocated", -verdict->unallocated_minor);
    ledger_send(db, &posting);
    posting = posting_of(turn, "reversed", uuid_new(turn->arena), turn->attempt.captured_currency);
    ledger_add(&posting, account_of(turn), -verdict->reversed_minor);
    ledger_add(&posting, "receivable", verdict->reversed_minor);
    ledger_send(db, &posting);
}

static void send_return(struct db *db, const struct payment_turn *turn)
{
    const struct refund_request request = {.id = uuid_new(turn->arena),
                                           .order_id = turn->order.id,
                                           .amount_minor = turn->verdict.return_minor,
                                           .currency_code = turn->verdict.currency_code,
                                           .reason = turn->verdict.counted_minor > 0 ? "More was paid than the order costs."
                                                                                     : turn->verdict.reason,
                                           .now_us = turn->now_us};
    if (request.amount_minor > 0)
        refunds_send_return(db, turn->attempt.id, &request);
}

static void send_order_change(struct db *db, const struct payment_turn *turn, enum order_event event, const char *note,
                              const char *made_by)
{
    const struct order_transition *transition = NULL;
    struct error err;
    error_clear(&err);
    enum status status = order_decide(order_status_of(turn->order.status), event, ORDER_BY_SHOP, &transition, &err);
    assert(status == STATUS_OK && transition && "only orders that wait for their payment are paid or expire");
    const enum order_payment payment = order_payment_after(transition, order_payment_of(turn->order.payment_status));
    const struct order_change change = {.order_id = turn->order.id,
                                        .version = turn->order.version,
                                        .status = order_status_name(transition->to),
                                        .payment_status = order_payment_name(payment),
                                        .what = "",
                                        .note = note,
                                        .made_by = made_by,
                                        .now_us = turn->now_us};
    (void)status;
    orders_store_send_change(db, &change);
}

void payment_turn_send_paid(struct db *db, const struct payment_turn *turn, int64_t counted_minor, const char *note,
                            const char *made_by)
{
    const struct order_event_note event = {
        .status = order_status_name(ORDER_PAID), .subject_id = turn->attempt.id, .amount_minor = counted_minor};
    send_order_change(db, turn, ORDER_PAY, note, made_by);
    payments_store_send_method(db, turn->order.id, turn->attempt.method, turn->now_us);
    saga_send_paid(db, &turn->order, turn->now_us);
    order_events_send(db, "order.paid", &turn->order, &event, turn->arena);
}

/* The shopper ought to know that this try came to nothing, while another one helps. */
static void send_failure(struct db *db, const struct payment_turn *turn)
{
    const struct order_event_note note = {.subject_id = turn->attempt.id, .reason = turn->verdict.reason};
    if (order_status_of(turn->order.status) == ORDER_PENDING_PAYMENT &&
        attempt_is_open(attempt_state_of(turn->attempt.state)) &&
        (turn->verdict.state == ATTEMPT_FAILED || turn->verdict.state == ATTEMPT_CANCELLED))
        order_events_send(db, "payment.failed", &turn->order, &note, turn->arena);
}

enum status payment_turn_send(struct db *db, void *arg, struct error *err)
{
    const struct payment_turn *turn = arg;
    const struct payment_verdict *verdict = &turn->verdict;
    const struct attempt_change change = {.state = attempt_state_name(verdict->state),
                                          .reason = verdict->reason,
                                          .captured_minor = verdict->captured_minor,
                                          .captured_currency = verdict->currency_code,
                                          .reversed_minor = verdict->reversed_minor,
                                          .is_counted = verdict->counted_minor > 0,
                                          .provider_ref = turn->result.provider_ref,
                                          .transaction_id = turn->result.transaction_id};
    if (payments_store_change(db, &turn->attempt, &change, turn->now_us, err) != STATUS_OK)
        return err->status;
    send_books(db, turn);
    send_return(db, turn);
    if (verdict->counted_minor > 0)
        payment_turn_send_paid(db, turn, verdict->counted_minor, "", NULL);
    send_failure(db, turn);
    return STATUS_OK;
}

void payment_turn_send_expiry(struct db *db, const struct payment_turn *turn)
{
    const struct order_event_note note = {.status = order_status_name(ORDER_CANCELLED),
                                          .reason = "It was not paid in time."};
    send_order_change(db, turn, ORDER_EXPIRE, note.reason, NULL);
    saga_send_undo(db, turn->order.id, turn->now_us);
    payments_store_send_stop(db, turn->order.id, turn->now_us);
    order_events_send(db, "order.cancelled", &turn->order, &note, turn->arena);
}
