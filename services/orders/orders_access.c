/* Who calls, and whose order it is. */
#include "order_view.h"
#include "orders_state.h"
#include "service.h"
#include "uuid.h"

enum order_actor orders_actor(const struct rpc_call *call)
{
    return call->meta.caller->kind == RPC__V1__CALLER__KIND__KIND_STAFF ? ORDER_BY_STAFF : ORDER_BY_CUSTOMER;
}

enum status orders_check_staff(const struct rpc_call *call, struct error *err)
{
    if (orders_actor(call) == ORDER_BY_STAFF)
        return STATUS_OK;
    return error_set(err, STATUS_PERMISSION_DENIED, "Only the shop's staff may do this.");
}

enum status orders_check_subjects(const struct rpc_call *call, struct db_texts *ret_subjects, struct error *err)
{
    const Rpc__V1__Caller *caller = call->meta.caller;
    const char **subjects = ARENA_ARRAY(call->arena, const char *, 2);
    if (!uuid_is_valid(caller->subject))
        return error_set(err, STATUS_UNAUTHENTICATED, "Start a guest session or sign in first.");
    subjects[0] = caller->subject;
    subjects[1] = caller->guest_subject;
    bool was_guest = caller->kind == RPC__V1__CALLER__KIND__KIND_CUSTOMER && uuid_is_valid(caller->guest_subject);
    *ret_subjects = (struct db_texts){subjects, was_guest ? 2 : 1};
    return STATUS_OK;
}

static enum status not_found(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "There is no such order among yours.");
}

enum status orders_load(struct rpc_call *call, const char *id_or_number, struct order_record *ret_order, struct error *err)
{
    struct db_texts subjects;
    char number[ORDER_NUMBER_SIZE] = "";
    bool is_id = uuid_is_valid(id_or_number);
    bool is_staff = orders_actor(call) == ORDER_BY_STAFF;
    if (orders_check_subjects(call, &subjects, err) != STATUS_OK)
        return err->status;
    if (!is_id && !order_number_parse(id_or_number, number))
        return not_found(err);
    enum db_outcome outcome = orders_store_find(service_db(call), is_id ? id_or_number : NULL, is_id ? NULL : number,
                                                is_staff ? NULL : &subjects, ret_order, call->arena, err);
    if (outcome == DB_NONE)
        return not_found(err);
    return outcome == DB_OK
               ? STATUS_OK
               : error_set(err, db_status(outcome), "Orders cannot be reached at the moment. Try again shortly.");
}

void orders_show(const struct order_record *order, const struct rpc_call *call, Orders__V1__Order *reply)
{
    order_view(order, orders_actor(call), call->arena, reply);
}
