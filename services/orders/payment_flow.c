/* Telling, asking and ending attempts to be paid. */
#include "payment_flow.h"

#include <string.h>

#include "clock.h"
#include "log.h"
#include "order_events.h"
#include "payment.h"
#include "payment_turn.h"
#include "provider.h"

#define TRIES_MAX 6
#define FIRST_ASK_S 3
#define EXPIRY_PATIENCE_S 300 /* an order is ended without its provider's word only after this; its stock is held longer */

static enum status database_status(enum db_outcome outcome, struct error *err)
{
    return outcome == DB_OK ? STATUS_OK : error_set(err, db_status(outcome), "the payment could not be loaded");
}

static enum status load(const struct saga_room *room, const char *attempt_id, struct payment_turn *turn, struct error *err)
{
    enum status status = database_status(payments_store_find(room->db, attempt_id, &turn->attempt, room->arena, err), err);
    if (status == STATUS_OK)
        status = database_status(
            orders_store_find(room->db, turn->attempt.order_id, NULL, NULL, &turn->order, room->arena, err), err);
    turn->now_us = clock_now_us();
    turn->arena = room->arena;
    return status;
}

static bool is_wanted(const struct payment_turn *turn)
{
    return order_status_of(turn->order.status) == ORDER_PENDING_PAYMENT && !turn->attempt.is_paid_by_other &&
           turn->now_us < turn->attempt.deadline_at_us;
}

static struct provider_charge charge_of(const struct saga_room *room, const struct payment_turn *turn)
{
    const struct attempt_record *attempt = &turn->attempt;
    const struct order_record *order = &turn->order;
    return (struct provider_charge){
        .id = attempt->id,
        .reference = attempt->reference,
        .order_number = order->number,
        .amount_minor = attempt->amount_minor,
        .currency_code = attempt->currency_code,
        .email = order->contact_email,
        .phone = attempt->phone,
        .name = order->contact_name,
        .description = arena_printf(room->arena, "Order %s", order->number),
        .return_url = arena_printf(room->arena, "%s/orders/%s/pay", providers_public_url(room->shop->providers), order->id),
        .lifetime_s = (attempt->deadline_at_us - turn->now_us) / US_PER_S,
        .is_repeat = attempt->is_begun,
        .provider_ref = attempt->provider_ref,
        .transaction_id = attempt->transaction_id,
    };
}

static const struct provider *find_provider(const struct saga_room *room, const struct payment_turn *turn, struct error *err)
{
    const struct provider *provider = providers_find(room->shop->providers, turn->attempt.method);
    if (!provider)
        (void)error_set(err, STATUS_FAILED_PRECONDITION, "the provider %s is not configured any more", turn->attempt.method);
    return provider;
}

/* ---- telling ---- */

static const char *const action_names[] = {"", "none", "redirect", "prompt", "client"};

static enum status send_start(struct db *db, void *arg, struct error *err)
{
    struct payment_turn *turn = arg;
    const struct provider_action *action = turn->action;
    const struct attempt_action told = {
        .kind = action_names[action->kind], .url = action->url, .text = action->text, .provider_ref = action->provider_ref};
    if (payments_store_start(db, &turn->attempt, &told, turn->now_us, err) != STATUS_OK)
        return err->status;
    payments_store_send_ask(db, turn->order.id, turn->attempt.id, turn->now_us + FIRST_ASK_S * US_PER_S, turn->now_us);
    return STATUS_OK;
}

/* The attempt ends without the provider having been paid; the order may be paid in another way. */
static enum status give_up(const struct saga_room *room, struct payment_turn *turn, enum attempt_state state,
                           const char *reason, struct error *err)
{
    turn->verdict = (struct payment_verdict){.state = state, .reason = reason, .currency_code = "", .is_final = true};
    turn->result = (struct provider_result){.provider_ref = "", .transaction_id = ""};
    return db_transact(room->db, payment_turn_send, turn, err);
}

static enum status send_ask_soon(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct payment_turn *turn = arg;
    payments_store_send_ask(db, turn->order.id, turn->attempt.id, turn->now_us + FIRST_ASK_S * US_PER_S, turn->now_us);
    return STATUS_OK;
}

/* Whether the provider knows of it is not known: it is asked, and told again with the same ids. */
static enum status left_in_doubt(const struct saga_room *room, struct payment_turn *turn, struct error *err)
{
    struct error other;
    error_clear(&other);
    if (db_transact(room->db, send_ask_soon, turn, &other) != STATUS_OK)
        log_warn(LOG_EVENT("payment_not_asked"), LOG_STR("attempt_id", turn->attempt.id), LOG_STR("why", other.message));
    return err->status;
}

static enum status tell(const struct saga_room *room, const struct provider *provider, struct payment_turn *turn,
                        int64_t deadline_us, struct error *err)
{
    const struct provider_charge charge = charge_of(room, turn);
    const struct provider_call call = {room->arena, deadline_us};
    struct provider_action action;
    enum status status = database_status(payments_store_begin(room->db, turn->attempt.id, turn->now_us, err), err);
    if (status != STATUS_OK)
        return status;
    status = provider_create(provider, &call, &charge, &action, err);
    turn->action = &action;
    if (status == STATUS_OK)
        return db_transact(room->db, send_start, turn, err);
    if (status == STATUS_UNKNOWN)
        return left_in_doubt(room, turn, err);
    if (status != STATUS_INVALID_ARGUMENT && status != STATUS_FAILED_PRECONDITION)
        return status;
    const char *reason = arena_strdup(room->arena, err->violation_count > 0 ? err->violations[0].message : err->message);
    error_clear(err);
    return give_up(room, turn, ATTEMPT_FAILED, reason, err);
}

enum status payment_start(const struct saga_room *room, const char *attempt_id, int64_t deadline_us, struct error *err)
{
    struct payment_turn turn = {.attempt = {.id = NULL}};
    if (load(room, attempt_id, &turn, err) != STATUS_OK)
        return err->status;
    if (attempt_state_of(turn.attempt.state) != ATTEMPT_CREATED)
        return STATUS_OK;
    if (!is_wanted(&turn) && !turn.attempt.is_begun)
        return give_up(room, &turn, ATTEMPT_CANCELLED, "The order had ended before.", err);
    if (!is_wanted(&turn))
        return db_transact(room->db, send_ask_soon, &turn, err);
    const struct provider *provider = find_provider(room, &turn, err);
    return provider ? tell(room, provider, &turn, deadline_us, err) : err->status;
}

/* ---- asking ---- */

/* What the provider says; an attempt that nobody wants any more is cancelled on the way. */
static enum status hear(const struct saga_room *room, struct payment_turn *turn, int64_t deadline_us, struct error *err)
{
    const struct provider *provider = find_provider(room, turn, err);
    if (!provider)
        return err->status;
    const struct provider_charge charge = charge_of(room, turn);
    const struct provider_call call = {room->arena, deadline_us};
    const bool can_cancel = provider_class_of(provider)->can_cancel;
    const bool wanted = is_wanted(turn);
    enum status status = STATUS_UNIMPLEMENTED;
    if (can_cancel && !wanted && attempt_is_open(attempt_state_of(turn->attempt.state)))
        status = provider_cancel(provider, &call, &charge, &turn->result, err);
    if (status != STATUS_OK) {
        error_clear(err);
        status = provider_query(provider, &call, &charge, &turn->result, err);
    }
    if (status == STATUS_OK && turn->result.state == PROVIDER_AUTHORISED && wanted)
        status = provider_capture(provider, &call, &charge, &turn->result, err);
    return status;
}

/* A provider that cannot be asked about this one (its answer to our first word was lost) tells by a notice, or never. */
static void hear_nothing(struct payment_turn *turn)
{
    turn->result = (struct provider_result){.state = PROVIDER_PENDING,
                                            .amount_minor = PROVIDER_AMOUNT_UNTOLD,
                                            .currency_code = "",
                                            .reference = "",
                                            .provider_ref = "",
                                            .transaction_id = "",
                                            .refunded_minor = PROVIDER_AMOUNT_UNTOLD,
                                            .reason = "",
                                            .detail = ""};
}

/* Decides again on what is there now when another was faster: what the provider said stays true. */
static enum status settle(const struct saga_room *room, struct payment_turn *turn, bool is_deaf, struct error *err)
{
    enum status status = STATUS_ABORTED;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        error_clear(err);
        payment_turn_judge(turn);
        if (is_deaf && turn->verdict.state == ATTEMPT_EXPIRED) {
            turn->verdict.state = ATTEMPT_REVIEW;
            turn->verdict.reason = "Whether it was paid is not known: the provider cannot be asked about it.";
        }
        status = payment_turn_is_empty(turn) ? STATUS_OK : db_transact(room->db, payment_turn_send, turn, err);
        if (status != STATUS_ABORTED && !(status == STATUS_ALREADY_EXISTS && orders_store_is_beaten(room->db)))
            return status;
        if (load(room, turn->attempt.id, turn, err) != STATUS_OK)
            return err->status;
    }
    return status;
}

static int64_t next_ask_us(const struct saga_room *room, const struct payment_turn *turn)
{
    const struct payment_times *times = &room->shop->times;
    if (turn->verdict.is_final || turn->verdict.state == ATTEMPT_REVIEW)
        return 0;
    return payment_next_ask_us(turn->attempt.created_at_us, turn->attempt.deadline_at_us, times->late_s, times->grace_s,
                               turn->now_us);
}

enum status payment_ask(const struct saga_room *room, const char *attempt_id, int64_t deadline_us, int64_t *ret_next_us,
                        struct error *err)
{
    struct payment_turn turn = {.attempt = {.id = NULL}};
    if (load(room, attempt_id, &turn, err) != STATUS_OK)
        return err->status;
    enum status heard = hear(room, &turn, deadline_us, err);
    if (heard == STATUS_FAILED_PRECONDITION)
        hear_nothing(&turn);
    else if (heard != STATUS_OK)
        return heard;
    if (settle(room, &turn, heard != STATUS_OK, err) != STATUS_OK)
        return err->status;
    *ret_next_us = next_ask_us(room, &turn);
    return STATUS_OK;
}

/* ---- ending ---- */

static enum status send_expiry(struct db *db, void *arg, struct error *err)
{
    (void)err;
    payment_turn_send_expiry(db, arg);
    return STATUS_OK;
}

static enum status end_order(const struct saga_room *room, const char *order_id, struct error *err)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct payment_turn turn = {.now_us = clock_now_us(), .arena = room->arena};
        error_clear(err);
        if (database_status(orders_store_find(room->db, order_id, NULL, NULL, &turn.order, room->arena, err), err) !=
            STATUS_OK)
            return err->status;
        if (order_status_of(turn.order.status) != ORDER_PENDING_PAYMENT)
            return STATUS_OK;
        enum status status = db_transact(room->db, send_expiry, &turn, err);
        if (status != STATUS_ALREADY_EXISTS || !orders_store_is_beaten(room->db))
            return status;
    }
    return err->status;
}

enum status payment_expire(const struct saga_room *room, const char *order_id, int64_t deadline_us, struct error *err)
{
    struct order_record order;
    const char *attempt_id;
    int64_t next_us;
    if (database_status(orders_store_find(room->db, order_id, NULL, NULL, &order, room->arena, err), err) != STATUS_OK)
        return err->status;
    if (order_status_of(order.status) != ORDER_PENDING_PAYMENT)
        return STATUS_OK;
    enum db_outcome outcome = payments_store_find_open(room->db, order_id, &attempt_id, room->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return database_status(outcome, err);
    if (outcome == DB_OK && payment_ask(room, attempt_id, deadline_us, &next_us, err) != STATUS_OK &&
        clock_now_us() < order.pay_until_us + EXPIRY_PATIENCE_S * US_PER_S)
        return err->status;
    return end_order(room, order_id, err);
}

enum status payment_set_aside(struct db *db, const struct attempt_record *attempt, int64_t now_us, struct error *err)
{
    const struct attempt_change change = {.state = attempt_state_name(ATTEMPT_CANCELLED),
                                          .reason = "Another way of paying was chosen.",
                                          .captured_currency = "",
                                          .provider_ref = "",
                                          .transaction_id = ""};
    return payments_store_change(db, attempt, &change, now_us, err);
}
