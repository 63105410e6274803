/* The step restock_return of the saga: what was received, or taken off before it was shipped, goes back to the stock. */
#include <string.h>

#include "after.h"
#include "catalog.pb-c.h"
#include "clock.h"
#include "rpc_client.h"
#include "saga_step.h"

#define STEP "restock_return"

RPC_STUB(call_restock_return, catalog__v1__catalog_service__restock_return, Catalog__V1__RestockReturnRequest,
         Catalog__V1__RestockReturnReply)

void after_restock_send(struct db *db, const char *order_id, const char *subject_id, int64_t now_us)
{
    const struct saga_plan plan = saga_plan_of(STEP, now_us);
    task_store_send_insert(db, order_id, subject_id, &plan, NULL);
}

static Catalog__V1__ReturnLine **lines_of(const struct after_restock *restock, struct arena *arena)
{
    Catalog__V1__ReturnLine **lines = ARENA_ARRAY(arena, Catalog__V1__ReturnLine *, restock->variant_ids.count);
    for (size_t i = 0; i < restock->variant_ids.count; i++) {
        lines[i] = ARENA_NEW(arena, Catalog__V1__ReturnLine);
        catalog__v1__return_line__init(lines[i]);
        lines[i]->variant_id = (char *)restock->variant_ids.values[i];
        lines[i]->quantity = restock->restocked.values[i];
        lines[i]->discarded = restock->discarded.values[i];
    }
    return lines;
}

/* Known to the catalog by the id of the return or credit. What it will never take needs a person. */
static bool restock(const struct saga_room *room, const struct task *task, const struct after_restock *what,
                    struct error *err)
{
    Catalog__V1__RestockReturnRequest request = CATALOG__V1__RESTOCK_RETURN_REQUEST__INIT;
    const Catalog__V1__RestockReturnReply *reply = NULL;
    const struct rpc_meta meta = {.caller = &RPC_SERVICE,
                                  .request_id = task->order_id,
                                  .traceparent = "",
                                  .idempotency_key = task->subject_id,
                                  .deadline_us = clock_monotonic_us() + SAGA_CALL_S * US_PER_S};
    request.return_id = (char *)task->subject_id;
    request.order_id = (char *)what->order_id;
    request.lines = lines_of(what, room->arena);
    request.n_lines = what->variant_ids.count;
    request.location_code = (char *)what->location_code;
    request.reason = (char *)"given back by an order";
    return call_restock_return(room->shop->peers.catalog, &meta, room->arena, &request, &reply, err) == STATUS_OK;
}

void after_restock_run(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct errand *errand = &errands[i];
        struct after_restock what;
        enum db_outcome outcome =
            after_store_find_restock(room->db, errand->task->subject_id, &what, room->arena, &errand->err);
        if (outcome == DB_NONE)
            errand->is_done = true; /* nothing came */
        else if (outcome == DB_OK)
            errand->is_done = restock(room, errand->task, &what, &errand->err);
        errand->is_hopeless = errand->err.status == STATUS_FAILED_PRECONDITION ||
                              errand->err.status == STATUS_NOT_FOUND; /* no such location */
    }
}
