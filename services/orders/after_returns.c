/* What shoppers send back: asked for, answered, received, refunded. */
#include <string.h>

#include "after_refunds.h"
#include "after_return.h"
#include "clock.h"
#include "order_events.h"
#include "service.h"
#include "text.h"
#include "uuid.h"

#define LOCATION_MAX_CHARS 40
#define PAGE_USUAL 20
#define PAGE_MAX 100
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

_Static_assert((int)RETURN_CLOSED == ORDERS__V1__RETURN__STATE__CLOSED &&
                   (int)RETURN_CLOSE == ORDERS__V1__ADVANCE_RETURN_REQUEST__EVENT__CLOSE,
               "the numbers of after_return.h are those of proto/fulfilment.proto");

/* The work of one call on one return. */
struct returning {
    struct after_job job;
    const char *return_id;
    const char *answer;
    const char *location_code;
    const struct after_return *found;
    const void *request;
    void *reply;
};

/* ---- what all of them share ---- */

static enum status no_such_return(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "There is no such return.");
}

static enum status find_return(struct returning *returning, struct error *err)
{
    returning->found = after_find_return(&returning->job.state, returning->return_id);
    return returning->found ? STATUS_OK : no_such_return(err);
}

/* `order_id` NULL: whichever order the return is of, for staff. */
static enum status load_return(struct returning *returning, const char *order_id, struct error *err)
{
    struct rpc_call *call = returning->job.call;
    if (!uuid_is_valid(returning->return_id))
        return no_such_return(err);
    if (!order_id) {
        enum db_outcome outcome =
            after_store_order_of_return(service_db(call), returning->return_id, &order_id, call->arena, err);
        if (outcome == DB_NONE)
            return no_such_return(err);
        if (outcome != DB_OK)
            return error_set(err, db_status(outcome), "Returns cannot be reached at the moment. Try again shortly.");
    }
    if (after_job_load(&returning->job, order_id, err) != STATUS_OK)
        return err->status;
    return find_return(returning, err);
}

static enum status decide(const struct returning *returning, enum return_event event,
                          const struct return_transition **ret_transition, struct error *err)
{
    return after_return_decide(after_return_state_of(returning->found->state), event, orders_actor(returning->job.call),
                               ret_transition, err);
}

/* The line of history, "return_approved", and where there is one the event, "return.approved". */
static enum status send_step(struct db *db, const struct returning *returning, enum return_state to, const char *note,
                             const char *return_id, struct error *err)
{
    const struct after_job *job = &returning->job;
    struct arena *arena = job->call->arena;
    const char *name = after_return_state_name(to);
    const struct order_event_note told = {.subject_id = return_id, .reason = note};
    const char *step = arena_printf(arena, AFTER_STEP_RETURN "%s", name);
    if (after_job_turn(db, job, 0, step, note, err) != STATUS_OK)
        return err->status;
    if (to == RETURN_REQUESTED || to == RETURN_APPROVED || to == RETURN_REFUSED || to == RETURN_RECEIVED)
        order_events_send(db, arena_printf(arena, "return.%s", name), &job->order, &told, arena);
    return STATUS_OK;
}

/* What was written, as the answer. */
static enum status answer_return(struct db *db, struct returning *returning, struct error *err)
{
    if (after_job_reload(db, &returning->job, err) != STATUS_OK || find_return(returning, err) != STATUS_OK)
        return err->status;
    after_view_return(&returning->job, returning->found, returning->reply);
    return STATUS_OK;
}

static enum status transact(struct returning *returning, const char *method, const ProtobufCMessage *request,
                            ProtobufCMessage *reply, enum status (*once)(struct db *, void *, struct error *),
                            struct error *err)
{
    struct after_job *job = &returning->job;
    const struct idempotency_work work = {
        .method = method, .request = request, .reply = reply, .fn = once, .arg = returning};
    return after_refunds_status(job, orders_transact(job->self, job->call, &work, err), err);
}

static struct returning returning_of(struct orders_service *self, struct rpc_call *call, const char *return_id,
                                     const void *request, void *reply)
{
    return (struct returning){.job = {.self = self, .call = call, .now_us = clock_now_us()},
                              .return_id = return_id,
                              .answer = "",
                              .location_code = "",
                              .request = request,
                              .reply = reply};
}

/* ---- asked for, and thought better of, by the shopper ---- */

struct asking {
    struct returning returning;
    struct after_units *named;
    size_t named_count;
    const char *note;
};

static enum status request_once(struct db *db, void *arg, struct error *err)
{
    struct asking *asking = arg;
    struct after_job *job = &asking->returning.job;
    struct after_state *state = &job->state;
    const Orders__V1__RequestReturnRequest *request = asking->returning.request;
    if (after_job_load(job, request->order_id, err) != STATUS_OK)
        return err->status;
    int64_t *taken = ARENA_ARRAY(job->call->arena, int64_t, state->line_count);
    if (after_return_check_time(after_return_until(job), job->now_us, err) != STATUS_OK ||
        after_units_take(state->lines, state->line_count, asking->named, asking->named_count, AFTER_RETURN, taken, err) !=
            STATUS_OK)
        return err->status;
    const struct after_return asked = {.id = uuid_new(job->call->arena),
                                       .order_id = job->order.id,
                                       .number = (int64_t)state->return_count + 1,
                                       .state = after_return_state_name(RETURN_REQUESTED),
                                       .reason = after_return_reason_name((int)request->reason),
                                       .note = asking->note,
                                       .requested_by = job->call->meta.caller->subject,
                                       .parts = after_parts_of(state, taken, job->call->arena)};
    if (send_step(db, &asking->returning, RETURN_REQUESTED, asking->note, asked.id, err) != STATUS_OK)
        return err->status;
    after_store_send_return(db, &asked, job->now_us);
    asking->returning.return_id = asked.id;
    return answer_return(db, &asking->returning, err);
}

static enum status request_return(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__RequestReturnRequest *request, Orders__V1__Return *reply,
                                  struct error *err)
{
    struct asking asking = {.returning = returning_of(self, call, "", request, reply)};
    if (idempotency_require(call, err) != STATUS_OK)
        return err->status;
    asking.note = text_check(request->note, "note", 0, AFTER_TEXT_MAX, true, call->arena, err);
    if (after_return_reason_name((int)request->reason)[0] == '\0')
        error_field(err, "reason", "required", "Say why it is sent back.");
    if (request->n_lines == 0 && !request->line)
        error_field(err, "lines", "required", "Say what is sent back.");
    if (err->violation_count > 0 || after_form_units(request->lines, request->n_lines, request->line, call->arena,
                                                     &asking.named, &asking.named_count, err) != STATUS_OK)
        return err->status;
    return transact(&asking.returning, "RequestReturn", &request->base, &reply->base, request_once, err);
}

/* An event that needs nothing but an answer. `order_id` NULL: staff's. */
static enum status change_state(struct db *db, struct returning *returning, const char *order_id, enum return_event event,
                                struct error *err)
{
    const struct return_transition *transition = NULL;
    if (load_return(returning, order_id, err) != STATUS_OK || decide(returning, event, &transition, err) != STATUS_OK)
        return err->status;
    if (transition) {
        if (send_step(db, returning, transition->to, returning->answer, returning->return_id, err) != STATUS_OK)
            return err->status;
        after_store_send_return_state(db, returning->return_id, after_return_state_name(transition->to), returning->answer,
                                      returning->job.now_us);
    }
    return answer_return(db, returning, err);
}

static enum status withdraw_once(struct db *db, void *arg, struct error *err)
{
    struct returning *returning = arg;
    const Orders__V1__WithdrawReturnRequest *request = returning->request;
    return change_state(db, returning, request->order_id, RETURN_WITHDRAW, err);
}

static enum status withdraw_return(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__WithdrawReturnRequest *request, Orders__V1__Return *reply,
                                   struct error *err)
{
    struct returning returning = returning_of(self, call, request->return_id, request, reply);
    return transact(&returning, "WithdrawReturn", &request->base, &reply->base, withdraw_once, err);
}

/* ---- answered by staff ---- */

static enum status advance_once(struct db *db, void *arg, struct error *err)
{
    struct returning *returning = arg;
    const Orders__V1__AdvanceReturnRequest *request = returning->request;
    return change_state(db, returning, NULL, (enum return_event)request->event, err);
}

static enum status advance_return(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__AdvanceReturnRequest *request, Orders__V1__Return *reply,
                                  struct error *err)
{
    struct returning returning = returning_of(self, call, request->return_id, request, reply);
    bool is_known = request->event >= ORDERS__V1__ADVANCE_RETURN_REQUEST__EVENT__APPROVE &&
                    request->event <= ORDERS__V1__ADVANCE_RETURN_REQUEST__EVENT__CLOSE;
    bool needs_answer = request->event != ORDERS__V1__ADVANCE_RETURN_REQUEST__EVENT__APPROVE;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    if (!is_known)
        return error_field(err, "event", "unknown", "A return has no such event.");
    returning.answer = text_check(request->answer, "answer", needs_answer ? 1 : 0, AFTER_TEXT_MAX, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    return transact(&returning, "AdvanceReturn", &request->base, &reply->base, advance_once, err);
}

/* ---- received ---- */

static const Orders__V1__ReceivedUnits *came_of(const Orders__V1__ReceiveReturnRequest *request, const char *variant_id)
{
    for (size_t i = 0; i < request->n_lines; i++)
        if (strcmp(request->lines[i]->variant_id, variant_id) == 0)
            return request->lines[i];
    return request->line && strcmp(request->line->variant_id, variant_id) == 0 ? request->line : NULL;
}

static const char *variant_at(const struct after_state *state, int64_t position)
{
    for (size_t i = 0; i < state->line_count; i++)
        if (state->lines[i].position == position)
            return state->lines[i].variant_id;
    return "";
}

static void check_came(const Orders__V1__ReceivedUnits *came, int64_t asked, struct error *err)
{
    if (came->received < 0 || came->received > asked)
        error_field(err, "lines.received", "out_of_range", "0 to %lld units were to come.", (long long)asked);
    if (came->restocked < 0 || came->restocked > came->received)
        error_field(err, "lines.restocked", "out_of_range", "No more can go on the shelf than came.");
    if (came->received > 0 && after_return_condition_name((int)came->condition)[0] == '\0')
        error_field(err, "lines.condition", "required", "Say in what condition it came.");
}

/* What came of each line of the return; without any named line all came as new. */
static enum status fill_received(const struct returning *returning, struct after_return *came, struct error *err)
{
    const Orders__V1__ReceiveReturnRequest *request = returning->request;
    const struct after_return *asked = returning->found;
    size_t count = asked->parts.positions.count, matched = 0;
    struct arena *arena = returning->job.call->arena;
    int64_t *received = ARENA_ARRAY(arena, int64_t, count);
    int64_t *restocked = ARENA_ARRAY(arena, int64_t, count);
    const char **conditions = ARENA_ARRAY(arena, const char *, count);
    bool is_all = request->n_lines == 0 && !request->line;
    for (size_t i = 0; i < count; i++) {
        const Orders__V1__ReceivedUnits *line =
            came_of(request, variant_at(&returning->job.state, asked->parts.positions.values[i]));
        if (line)
            check_came(line, asked->parts.quantities.values[i], err);
        matched += line != NULL;
        received[i] = is_all ? asked->parts.quantities.values[i] : line ? line->received : 0;
        restocked[i] = is_all ? received[i] : line ? line->restocked : 0;
        conditions[i] = is_all                       ? "as_new"
                        : line && line->received > 0 ? after_return_condition_name((int)line->condition)
                                                     : "";
    }
    if (matched != request->n_lines + (request->line ? 1 : 0))
        error_field(err, "lines", "unknown", "A line is named that is not in this return, or one is named twice.");
    *came = (struct after_return){.id = asked->id,
                                  .answer = returning->answer,
                                  .location_code = returning->location_code,
                                  .parts = asked->parts,
                                  .received = {received, count},
                                  .restocked = {restocked, count},
                                  .conditions = {conditions, count}};
    return err->violation_count > 0 ? err->status : STATUS_OK;
}

static enum status receive_once(struct db *db, void *arg, struct error *err)
{
    struct returning *returning = arg;
    const struct return_transition *transition = NULL;
    struct after_return came;
    if (load_return(returning, NULL, err) != STATUS_OK || decide(returning, RETURN_RECEIVE, &transition, err) != STATUS_OK)
        return err->status;
    if (transition) {
        if (fill_received(returning, &came, err) != STATUS_OK ||
            send_step(db, returning, RETURN_RECEIVED, returning->answer, returning->return_id, err) != STATUS_OK)
            return err->status;
        after_store_send_received(db, &came, returning->job.now_us);
        after_restock_send(db, returning->job.order.id, returning->return_id, returning->job.now_us);
    }
    return answer_return(db, returning, err);
}

static enum status receive_return(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__ReceiveReturnRequest *request, Orders__V1__Return *reply,
                                  struct error *err)
{
    struct returning returning = returning_of(self, call, request->return_id, request, reply);
    if (orders_check_staff(call, err) != STATUS_OK || idempotency_require(call, err) != STATUS_OK)
        return err->status;
    returning.answer = text_check(request->note, "note", 0, AFTER_TEXT_MAX, true, call->arena, err);
    returning.location_code =
        text_check(request->location_code, "locationCode", 0, LOCATION_MAX_CHARS, false, call->arena, err);
    if (request->n_lines > AFTER_LINES_MAX)
        error_field(err, "lines", "too_long", "At most %d lines are named at once.", AFTER_LINES_MAX);
    if (err->violation_count > 0)
        return err->status;
    return transact(&returning, "ReceiveReturn", &request->base, &reply->base, receive_once, err);
}

/* ---- refunded ---- */

/* The received units, line by line of the order. */
static int64_t *taken_of(const struct returning *returning)
{
    const struct after_state *state = &returning->job.state;
    const struct after_return *found = returning->found;
    int64_t *taken = ARENA_ARRAY(returning->job.call->arena, int64_t, state->line_count);
    for (size_t l = 0; l < state->line_count; l++)
        for (size_t i = 0; i < found->parts.positions.count; i++)
            if (found->parts.positions.values[i] == state->lines[l].position)
                taken[l] = found->received.values[i];
    return taken;
}

static enum status refund_once(struct db *db, void *arg, struct error *err)
{
    struct returning *returning = arg;
    struct after_job *job = &returning->job;
    const Orders__V1__RefundReturnRequest *request = returning->request;
    const struct return_transition *transition = NULL;
    const char *id = NULL;
    if (load_return(returning, NULL, err) != STATUS_OK || decide(returning, RETURN_REFUND, &transition, err) != STATUS_OK)
        return err->status;
    id = returning->found->credit_id;
    if (transition) {
        struct after_take_off what = {.return_id = returning->return_id,
                                      .taken = taken_of(returning),
                                      .with_delivery = request->with_delivery,
                                      .reason = returning->found->note,
                                      .location_code = ""};
        if (after_refunds_asked(job, request->amount, &what.asked_minor, err) != STATUS_OK ||
            send_step(db, returning, RETURN_REFUNDED, "", returning->return_id, err) != STATUS_OK ||
            after_refunds_send(db, job, &what, &id, err) != STATUS_OK)
            return err->status;
        after_store_send_return_state(db, returning->return_id, after_return_state_name(RETURN_REFUNDED), "", job->now_us);
        if (after_job_reload(db, job, err) != STATUS_OK)
            return err->status;
    }
    after_view_credit(job, after_find_credit(&job->state, id), returning->reply);
    return STATUS_OK;
}

static enum status refund_return(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__RefundReturnRequest *request, Orders__V1__Refund *reply,
                                 struct error *err)
{
    struct returning returning = returning_of(self, call, request->return_id, request, reply);
    if (orders_check_staff(call, err) != STATUS_OK || idempotency_require(call, err) != STATUS_OK)
        return err->status;
    return transact(&returning, "RefundReturn", &request->base, &reply->base, refund_once, err);
}

/* ---- looked at by staff ---- */

static enum status get_return(struct orders_service *self, struct rpc_call *call,
                              const Orders__V1__GetReturnRequest *request, Orders__V1__Return *reply, struct error *err)
{
    struct returning returning = returning_of(self, call, request->return_id, request, reply);
    if (orders_check_staff(call, err) != STATUS_OK || load_return(&returning, NULL, err) != STATUS_OK)
        return err->status;
    after_view_return(&returning.job, returning.found, reply);
    return STATUS_OK;
}

static Orders__V1__Return *summary_of(const struct after_return_summary *row, struct arena *arena)
{
    Orders__V1__Return *shown = ARENA_NEW(arena, Orders__V1__Return);
    orders__v1__return__init(shown);
    shown->id = (char *)row->id;
    shown->order_id = (char *)row->order_id;
    shown->order_number = (char *)row->order_number;
    shown->number = row->number;
    shown->state = (Orders__V1__Return__State)after_return_state_of(row->state);
    shown->reason = (Orders__V1__Return__Reason)after_return_reason_of(row->reason);
    shown->note = (char *)row->note;
    shown->requested_at = clock_to_timestamp(arena, row->requested_at_us);
    return shown;
}

static enum status list_returns(struct orders_service *self, struct rpc_call *call,
                                const Orders__V1__ListReturnsRequest *request, Orders__V1__ListReturnsReply *reply,
                                struct error *err)
{
    struct cursor cursor = {.count = 0};
    struct after_return_summary *rows = NULL;
    size_t count = 0;
    int32_t size = 0;
    const char *state = after_return_state_name((enum return_state)request->state);
    const char *listing = arena_printf(call->arena, "returns|%s", state);
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    (void)!cursor_page_size(request->page_size, PAGE_USUAL, PAGE_MAX, "pageSize", &size, err);
    (void)!cursor_decode(request->page_token, listing, self->cursor_key, "pageToken", call->arena, &cursor, err);
    if (err->violation_count > 0)
        return err->status;
    enum db_outcome outcome =
        after_store_list_returns(service_db(call), *state ? state : NULL, cursor.count > 0 ? cursor.values[0] : LAST_ID,
                                 size + 1, &rows, &count, call->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "Returns cannot be reached at the moment. Try again shortly.");
    size_t shown = count > (size_t)size ? (size_t)size : count;
    reply->returns = ARENA_ARRAY(call->arena, Orders__V1__Return *, shown);
    for (; reply->n_returns < shown; reply->n_returns++)
        reply->returns[reply->n_returns] = summary_of(&rows[reply->n_returns], call->arena);
    if (count > shown) {
        cursor = (struct cursor){.values = {rows[shown - 1].id}, .count = 1};
        reply->next_page_token = (char *)cursor_encode(&cursor, listing, self->cursor_key, call->arena);
    }
    return STATUS_OK;
}

#define RETURN_HANDLER(handler, Request, Reply, init) RPC_HANDLER(handler, struct orders_service, Request, Reply, init)
RETURN_HANDLER(request_return, Orders__V1__RequestReturnRequest, Orders__V1__Return, orders__v1__return__init)
RETURN_HANDLER(withdraw_return, Orders__V1__WithdrawReturnRequest, Orders__V1__Return, orders__v1__return__init)
RETURN_HANDLER(advance_return, Orders__V1__AdvanceReturnRequest, Orders__V1__Return, orders__v1__return__init)
RETURN_HANDLER(receive_return, Orders__V1__ReceiveReturnRequest, Orders__V1__Return, orders__v1__return__init)
RETURN_HANDLER(refund_return, Orders__V1__RefundReturnRequest, Orders__V1__Refund, orders__v1__refund__init)
RETURN_HANDLER(get_return, Orders__V1__GetReturnRequest, Orders__V1__Return, orders__v1__return__init)
RETURN_HANDLER(list_returns, Orders__V1__ListReturnsRequest, Orders__V1__ListReturnsReply,
               orders__v1__list_returns_reply__init)

void after_returns_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->request_return = request_return_rpc;
    vtable->withdraw_return = withdraw_return_rpc;
    vtable->advance_return = advance_return_rpc;
    vtable->receive_return = receive_return_rpc;
    vtable->refund_return = refund_return_rpc;
    vtable->get_return = get_return_rpc;
    vtable->list_returns = list_returns_rpc;
}
