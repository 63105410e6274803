/* Telling providers of refunds and asking about them. */
#include "refund_flow.h"

#include <string.h>

#include "clock.h"

#define ASK_MIN_S 5
#define ASK_MAX_S 600

static struct provider_refund request_of(const struct refund_record *refund)
{
    return (struct provider_refund){
        .id = refund->id,
        .charge_id = refund->attempt_id,
        .charge_reference = refund->charge_reference,
        .charge_provider_ref = refund->charge_provider_ref,
        .transaction_id = refund->charge_transaction_id,
        .charge_amount_minor = refund->charge_minor,
        .amount_minor = refund->amount_minor,
        .currency_code = refund->currency_code,
        .phone = refund->charge_phone,
        .reason = refund->reason,
        .provider_ref = refund->provider_ref,
    };
}

static bool is_over(const struct refund_record *refund)
{
    return strcmp(refund->state, "succeeded") == 0 || strcmp(refund->state, "failed") == 0;
}

/* The pause grows with the age of the refund. */
static int64_t next_us(const struct refund_record *refund, int64_t now_us)
{
    int64_t pause_us = (now_us - refund->made_at_us) / 2;
    if (pause_us < ASK_MIN_S * US_PER_S)
        pause_us = ASK_MIN_S * US_PER_S;
    return now_us + (pause_us < ASK_MAX_S * US_PER_S ? pause_us : ASK_MAX_S * US_PER_S);
}

enum status refund_settle(struct db *db, struct arena *arena, const struct refund_record *refund,
                          const struct provider_result *result, int64_t *ret_next_us, struct error *err)
{
    const int64_t now_us = clock_now_us();
    *ret_next_us = 0;
    switch (result->state) {
    case PROVIDER_SUCCEEDED:
        if (result->amount_minor != PROVIDER_AMOUNT_UNTOLD && result->amount_minor != refund->amount_minor)
            return refunds_mark_review(db, refund->id, "the provider gave back another amount", now_us, err);
        return refunds_succeed(db, refund, arena_printf(arena, "provider:%s", refund->method), result->provider_ref, arena,
                               err);
    case PROVIDER_FAILED:
    case PROVIDER_CANCELLED:
        return refunds_mark_review(db, refund->id, result->detail[0] != '\0' ? result->detail : "the provider refused it",
                                   now_us, err);
    default:
        *ret_next_us = next_us(refund, now_us);
        return refunds_mark_pending(db, refund->id, result->provider_ref, now_us, err);
    }
}

/* The provider's refusal is certain: staff see to it. */
static enum status refuse(struct db *db, const struct refund_record *refund, struct arena *arena, struct error *err)
{
    const char *why = arena_strdup(arena, err->message);
    error_clear(err);
    return refunds_mark_review(db, refund->id, why, clock_now_us(), err);
}

/* One that may have reached the provider is asked about first; one that the provider never heard of is sent again. */
static enum status speak(const struct provider *provider, const struct provider_call *call,
                         const struct refund_record *refund, struct provider_result *ret_result, struct error *err)
{
    const struct provider_refund request = request_of(refund);
    bool is_new = strcmp(refund->state, "requested") == 0;
    enum status status = STATUS_OK;
    if (!is_new)
        status = provider_query_refund(provider, call, &request, ret_result, err);
    if (status != STATUS_OK || (!is_new && ret_result->state != PROVIDER_UNKNOWN))
        return status;
    return provider_refund(provider, call, &request, ret_result, err);
}

enum status refund_send(const struct saga_room *room, const char *refund_id, int64_t deadline_us, int64_t *ret_next_us,
                        struct error *err)
{
    struct refund_record refund;
    struct provider_result result;
    enum db_outcome outcome = refunds_find(room->db, refund_id, &refund, room->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "the refund could not be loaded");
    if (is_over(&refund) || !refund.attempt_id)
        return STATUS_OK;
    const struct provider *provider = providers_find(room->shop->providers, refund.method);
    if (!provider)
        return refunds_mark_review(room->db, refund_id, "the provider is not configured any more", clock_now_us(), err);
    if (strcmp(refund.state, "requested") == 0 &&
        refunds_mark_sending(room->db, refund_id, clock_now_us(), err) != STATUS_OK)
        return err->status;
    const struct provider_call call = {room->arena, deadline_us};
    enum status status = speak(provider, &call, &refund, &result, err);
    if (status == STATUS_INVALID_ARGUMENT || status == STATUS_FAILED_PRECONDITION)
        return refuse(room->db, &refund, room->arena, err);
    if (status != STATUS_OK)
        return status;
    return refund_settle(room->db, room->arena, &refund, &result, ret_next_us, err);
}
