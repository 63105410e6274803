/* Parcels leave and arrive. */
#include <string.h>

#include "after.h"
#include "clock.h"
#include "cod_service.h"
#include "order_events.h"
#include "service.h"
#include "text.h"
#include "uuid.h"

#define NAME_MAX_CHARS 80
#define URL_MAX_CHARS 500

/* ---- a parcel leaves ---- */

struct shipping {
    struct after_job job;
    const Orders__V1__CreateShipmentRequest *request;
    Orders__V1__Shipment *reply;
    struct after_shipment shipment; /* its words, checked */
    struct after_units *named;
    size_t named_count;
};

/* The parcel with the units in `taken`, and what the shopper is told of it. */
static void send_parcel(struct db *db, const struct after_job *job, struct after_shipment *shipment, const int64_t *taken)
{
    shipment->id = uuid_new(job->call->arena);
    shipment->order_id = job->order.id;
    shipment->number = (int64_t)job->state.shipment_count + 1;
    shipment->shipped_at_us = job->now_us;
    shipment->shipped_by = job->call->meta.caller->subject;
    shipment->parts = after_parts_of(&job->state, taken, job->call->arena);
    bool is_last = after_units_unshipped(job->state.lines, job->state.line_count, taken, NULL) == 0;
    const struct order_event_note note = {.status = order_status_name(is_last ? ORDER_SHIPPED : ORDER_PARTLY_SHIPPED),
                                          .subject_id = shipment->id,
                                          .carrier = shipment->carrier,
                                          .tracking_number = shipment->tracking_number,
                                          .tracking_url = shipment->tracking_url};
    after_store_send_shipment(db, shipment);
    order_events_send(db, "order.shipped", &job->order, &note, job->call->arena);
}

/* "G4S, 77-1234": what the line of history says. */
static const char *words_of(const struct after_shipment *shipment, struct arena *arena)
{
    const char *comma = *shipment->carrier && *shipment->tracking_number ? ", " : "";
    const char *told = arena_printf(arena, "%s%s%s", shipment->carrier, comma, shipment->tracking_number);
    return *told ? told : shipment->note;
}

static enum status create_once(struct db *db, void *arg, struct error *err)
{
    struct shipping *shipping = arg;
    struct after_job *job = &shipping->job;
    struct after_state *state = &job->state;
    if (after_job_load(job, shipping->request->order_id, err) != STATUS_OK)
        return err->status;
    int64_t *taken = ARENA_ARRAY(job->call->arena, int64_t, state->line_count);
    enum status status = shipping->named_count == 0
                             ? after_units_take_all(state->lines, state->line_count, AFTER_SHIP, taken, err)
                             : after_units_take(state->lines, state->line_count, shipping->named, shipping->named_count,
                                                AFTER_SHIP, taken, err);
    if (status != STATUS_OK)
        return status;
    bool is_last = after_units_unshipped(state->lines, state->line_count, taken, NULL) == 0;
    struct after_shipment *shipment = &shipping->shipment;
    if (after_job_turn(db, job, is_last ? ORDER_SHIP : ORDER_SHIP_PART, AFTER_STEP_SHIPMENT,
                       words_of(shipment, job->call->arena), err) != STATUS_OK)
        return err->status;
    send_parcel(db, job, shipment, taken);
    if (after_job_reload(db, job, err) != STATUS_OK)
        return err->status;
    after_view_shipment(job, after_find_shipment(state, shipment->id), shipping->reply);
    return STATUS_OK;
}

static void check_words(const Orders__V1__CreateShipmentRequest *request, struct after_shipment *shipment,
                        struct arena *arena, struct error *err)
{
    shipment->carrier = text_check(request->carrier, "carrier", 0, NAME_MAX_CHARS, false, arena, err);
    shipment->tracking_number = text_check(request->tracking_number, "trackingNumber", 0, NAME_MAX_CHARS, false, arena, err);
    shipment->tracking_url = text_check(request->tracking_url, "trackingUrl", 0, URL_MAX_CHARS, false, arena, err);
    shipment->note = text_check(request->note, "note", 0, AFTER_TEXT_MAX, true, arena, err);
    if (*shipment->tracking_url &&
        (strncmp(shipment->tracking_url, "https://", 8) != 0 || strchr(shipment->tracking_url, ' ')))
        error_field(err, "trackingUrl", "malformed", "An address that begins with https:// is expected.");
}

static enum status create_shipment(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__CreateShipmentRequest *request, Orders__V1__Shipment *reply,
                                   struct error *err)
{
    struct shipping shipping = {
        .job = {.self = self, .call = call, .now_us = clock_now_us()}, .request = request, .reply = reply};
    const struct idempotency_work work = {
        .method = "CreateShipment", .request = &request->base, .reply = &reply->base, .fn = create_once, .arg = &shipping};
    if (orders_check_staff(call, err) != STATUS_OK || idempotency_require(call, err) != STATUS_OK ||
        after_form_units(request->lines, request->n_lines, request->line, call->arena, &shipping.named,
                         &shipping.named_count, err) != STATUS_OK)
        return err->status;
    check_words(request, &shipping.shipment, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    return after_job_status(&shipping.job, orders_transact(self, call, &work, err), err);
}

/* Of an order that staff just call shipped: the turn was sent already. */
enum status after_ship_rest(struct db *db, struct after_job *job, const char *note, struct error *err)
{
    struct after_shipment shipment = {.carrier = "", .tracking_number = "", .tracking_url = "", .note = note};
    int64_t *taken = ARENA_ARRAY(job->call->arena, int64_t, job->state.line_count);
    if (after_units_take_all(job->state.lines, job->state.line_count, AFTER_SHIP, taken, err) != STATUS_OK)
        return err->status;
    send_parcel(db, job, &shipment, taken);
    return STATUS_OK;
}

/* ---- a parcel arrives ---- */

struct delivering {
    struct after_job job;
    const Orders__V1__DeliverShipmentRequest *request;
    const char *note;
    Orders__V1__Shipment *reply;
};

/* Whether the order has arrived with this parcel: all is shipped, and every other parcel is delivered. */
static bool completes_order(const struct after_job *job, const char *shipment_id)
{
    const struct after_state *state = &job->state;
    for (size_t i = 0; i < state->shipment_count; i++)
        if (state->shipments[i].delivered_at_us == 0 && strcmp(state->shipments[i].id, shipment_id) != 0)
            return false;
    return order_status_of(job->order.status) == ORDER_SHIPPED;
}

static enum status find_parcel(const struct delivering *delivering, const struct after_shipment **ret_shipment,
                               struct error *err)
{
    *ret_shipment = after_find_shipment(&delivering->job.state, delivering->request->shipment_id);
    return *ret_shipment ? STATUS_OK : error_set(err, STATUS_NOT_FOUND, "This order has no such shipment.");
}

static enum status deliver_once(struct db *db, void *arg, struct error *err)
{
    struct delivering *delivering = arg;
    struct after_job *job = &delivering->job;
    const struct after_shipment *shipment = NULL;
    if (after_job_load(job, delivering->request->order_id, err) != STATUS_OK ||
        find_parcel(delivering, &shipment, err) != STATUS_OK)
        return err->status;
    if (shipment->delivered_at_us == 0) {
        enum order_event event = completes_order(job, shipment->id) ? ORDER_DELIVER : 0;
        if (after_job_turn(db, job, event, AFTER_STEP_PARCEL_DELIVERED, delivering->note, err) != STATUS_OK)
            return err->status;
        after_store_send_delivered(db, job->order.id, shipment->id, job->now_us);
        if (after_job_reload(db, job, err) != STATUS_OK || find_parcel(delivering, &shipment, err) != STATUS_OK)
            return err->status;
    }
    after_view_shipment(job, shipment, delivering->reply);
    return STATUS_OK;
}

/* Before the transaction, since a wrong code uses up a guess whatever comes of the call. */
static enum status check_code(struct delivering *delivering, struct error *err)
{
    struct after_job *job = &delivering->job;
    const struct after_shipment *shipment = NULL;
    if (after_job_load(job, delivering->request->order_id, err) != STATUS_OK ||
        find_parcel(delivering, &shipment, err) != STATUS_OK)
        return err->status;
    if (shipment->delivered_at_us != 0 || !completes_order(job, shipment->id))
        return STATUS_OK;
    return cod_check_delivery(job->self, job->call, &job->order, delivering->request->code, delivering->note, err);
}

static enum status deliver_shipment(struct orders_service *self, struct rpc_call *call,
                                    const Orders__V1__DeliverShipmentRequest *request, Orders__V1__Shipment *reply,
                                    struct error *err)
{
    struct delivering delivering = {
        .job = {.self = self, .call = call, .now_us = clock_now_us()}, .request = request, .reply = reply};
    const struct idempotency_work work = {.method = "DeliverShipment",
                                          .request = &request->base,
                                          .reply = &reply->base,
                                          .fn = deliver_once,
                                          .arg = &delivering};
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    delivering.note = text_check(request->note, "note", 0, AFTER_TEXT_MAX, true, call->arena, err);
    if (err->violation_count > 0 || check_code(&delivering, err) != STATUS_OK)
        return err->status;
    return after_job_status(&delivering.job, orders_transact(self, call, &work, err), err);
}

RPC_HANDLER(create_shipment, struct orders_service, Orders__V1__CreateShipmentRequest, Orders__V1__Shipment,
            orders__v1__shipment__init)
RPC_HANDLER(deliver_shipment, struct orders_service, Orders__V1__DeliverShipmentRequest, Orders__V1__Shipment,
            orders__v1__shipment__init)

void after_shipments_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->create_shipment = create_shipment_rpc;
    vtable->deliver_shipment = deliver_shipment_rpc;
}
