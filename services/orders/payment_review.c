/* Attempts on which staff decide. */
#include "payment_flow.h"

#include <string.h>

#include "clock.h"
#include "ledger.h"
#include "payment.h"
#include "payment_turn.h"
#include "refunds.h"
#include "uuid.h"

struct resolution {
    struct payment_turn turn;
    const char *attempt_id;
    enum payment_decision decision;
    const char *note;
    const char *made_by;
};

/* What is left of the money that came. */
static int64_t left_of(const struct attempt_record *attempt)
{
    return attempt->captured_minor - attempt->reversed_minor - attempt->refunds_minor;
}

static enum status refuse(struct error *err, const char *why)
{
    return error_set(err, STATUS_FAILED_PRECONDITION, "%s", why);
}

static enum status send_state(struct db *db, const struct resolution *resolution, bool counts, struct error *err)
{
    const struct attempt_record *attempt = &resolution->turn.attempt;
    const struct attempt_change change = {
        .state = attempt_state_name(attempt->captured_minor > 0 ? ATTEMPT_SUCCEEDED : ATTEMPT_FAILED),
        .reason = resolution->note,
        .captured_currency = "",
        .is_counted = counts,
        .provider_ref = "",
        .transaction_id = ""};
    return payments_store_change(db, attempt, &change, resolution->turn.now_us, err);
}

static enum status accept(struct db *db, struct resolution *resolution, struct error *err)
{
    struct payment_turn *turn = &resolution->turn;
    const struct attempt_record *attempt = &turn->attempt;
    const int64_t left_minor = left_of(attempt);
    if (order_status_of(turn->order.status) != ORDER_PENDING_PAYMENT || attempt->is_paid_by_other)
        return refuse(err, "The order does not wait for a payment any more. Give the money back.");
    if (left_minor <= 0 || strcmp(attempt->captured_currency, turn->order.currency_code) != 0)
        return refuse(err, "There is no money in the order's currency to accept.");
    if (send_state(db, resolution, true, err) != STATUS_OK)
        return err->status;
    struct ledger_posting posting = {.kind = "allocated",
                                     .source_id = attempt->id,
                                     .order_id = turn->order.id,
                                     .currency_code = attempt->captured_currency,
                                     .now_us = turn->now_us};
    ledger_add(&posting, "unallocated", left_minor);
    ledger_add(&posting, "sales", -left_minor);
    ledger_send(db, &posting);
    payment_turn_send_paid(db, turn, left_minor, resolution->note, resolution->made_by);
    return STATUS_OK;
}

static enum status give_back(struct db *db, struct resolution *resolution, struct error *err)
{
    const struct payment_turn *turn = &resolution->turn;
    const struct refund_request request = {.id = uuid_new(turn->arena),
                                           .order_id = turn->order.id,
                                           .amount_minor = left_of(&turn->attempt),
                                           .currency_code = turn->attempt.captured_currency,
                                           .reason = "It could not be used for the order.",
                                           .made_by = resolution->made_by,
                                           .now_us = turn->now_us};
    if (turn->attempt.is_counted)
        return refuse(err, "The order is paid with this. Cancel the order, or refund it.");
    if (request.amount_minor <= 0)
        return refuse(err, "There is no money left to give back.");
    if (send_state(db, resolution, false, err) != STATUS_OK)
        return err->status;
    refunds_send_return(db, turn->attempt.id, &request);
    return STATUS_OK;
}

static enum status load(struct db *db, struct resolution *resolution, struct error *err)
{
    struct payment_turn *turn = &resolution->turn;
    enum db_outcome outcome = payments_store_find(db, resolution->attempt_id, &turn->attempt, turn->arena, err);
    if (outcome == DB_OK)
        outcome = orders_store_find(db, turn->attempt.order_id, NULL, NULL, &turn->order, turn->arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "There is no such payment.");
    return outcome == DB_OK ? STATUS_OK : error_set(err, db_status(outcome), "The payment cannot be reached. Try again shortly.");
}

static enum status resolve(struct db *db, void *arg, struct error *err)
{
    struct resolution *resolution = arg;
    if (load(db, resolution, err) != STATUS_OK)
        return err->status;
    if (attempt_state_of(resolution->turn.attempt.state) != ATTEMPT_REVIEW)
        return refuse(err, "This payment does not wait for a decision (any more).");
    switch (resolution->decision) {
    case PAYMENT_ACCEPT:
        return accept(db, resolution, err);
    case PAYMENT_GIVE_BACK:
        return give_back(db, resolution, err);
    case PAYMENT_SETTLED:
        return send_state(db, resolution, false, err);
    default:
        return error_field(err, "decision", "required", "Say what becomes of the payment.");
    }
}

enum status payment_resolve(struct db *db, struct arena *arena, const char *attempt_id, enum payment_decision decision,
                            const char *note, const char *made_by, struct error *err)
{
    struct resolution resolution = {.turn = {.arena = arena, .now_us = clock_now_us()},
                                    .attempt_id = attempt_id,
                                    .decision = decision,
                                    .note = note,
                                    .made_by = made_by};
    return db_transact(db, resolve, &resolution, err);
}
