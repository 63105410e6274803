/*
 * After the sale, as calls: parcels, refunds, returns. What all of them share: an order is loaded with all that happened to
 * it, inside the transaction that changes it (orders_transact()); a rule decides; rows, the line of history and the event
 * are written; the answer is made from what is stored then.
 *
 *   after_shipments.c   parcels leave and arrive
 *   after_refunds.c     units, delivery and money taken off an order
 *   after_returns.c     what shoppers send back
 *   after_restock.c     the saga's step that puts units back on the shelf
 *   after_view.c        messages
 */
#ifndef ORDERS_AFTER_H
#define ORDERS_AFTER_H

#include "after_store.h"
#include "orders_state.h"

#define AFTER_TEXT_MAX 500  /* characters of a note, a reason, an answer */
#define AFTER_LINES_MAX 200 /* that one request may name */

/* One call's work on one order. */
struct after_job {
    struct orders_service *self;
    struct rpc_call *call;
    int64_t now_us;
    struct order_record order;
    struct after_state state;
};

/* Into the vtable, area by area. */
void after_shipments_serve(Orders__V1__OrderService_Service *vtable);
void after_refunds_serve(Orders__V1__OrderService_Service *vtable);
void after_returns_serve(Orders__V1__OrderService_Service *vtable);

/* By id or number, of the caller's own unless it is staff. Again to see what the transaction has written. */
enum status after_job_load(struct after_job *job, const char *id_or_number, struct error *err) MUST_CHECK;

/* Sends a line of history and, with an event of the order's life, its change of status. */
enum status after_job_turn(struct db *db, const struct after_job *job, enum order_event event, const char *what,
                           const char *note, struct error *err) MUST_CHECK; /* event 0: the status stays */

/* Inside the transaction: waits for what was sent, then loads again. */
enum status after_job_reload(struct db *db, struct after_job *job, struct error *err) MUST_CHECK;

/* The status for a conflict that after_store_is_over() tells, with a sentence; other statuses as they are. */
enum status after_job_status(const struct after_job *job, enum status status, struct error *err) MUST_CHECK;

/* ---- what an event of the order's life means for its units and its money; inside the transaction ---- */

/*
 * SHIP: all that is left goes as one parcel. SHIP_PART is refused: it needs to be said which units. DELIVER: every parcel has
 * arrived. CANCEL and RETURN: money that was paid goes back; RETURN is refused when a parcel was handed over, since it gives
 * back the stock of the whole order.
 */
enum status after_follow_event(struct db *db, struct after_job *job, enum order_event event, const char *note,
                               struct error *err) MUST_CHECK;

enum status after_ship_rest(struct db *db, struct after_job *job, const char *note, struct error *err) MUST_CHECK;
enum status after_give_back(struct db *db, struct after_job *job, const char *reason, struct error *err) MUST_CHECK;

/* ---- units that go back on the shelf (after_restock.c) ---- */

struct saga_room;
struct errand;

/* Inside the transaction: the task for a return that was received or a credit that took units off. Wake the saga after it.
 */
void after_restock_send(struct db *db, const char *order_id, const char *subject_id, int64_t now_us);

/* The step's run(). */
void after_restock_run(const struct saga_room *room, struct errand *errands, size_t count);

/* ---- messages; everything lives in the call's arena ---- */

/* The order with all that happened to it. */
void after_show(const struct after_job *job, Orders__V1__Order *reply);

void after_view_shipment(const struct after_job *job, const struct after_shipment *shipment, Orders__V1__Shipment *reply);
void after_view_credit(const struct after_job *job, const struct after_credit *credit, Orders__V1__Refund *reply);
void after_view_return(const struct after_job *job, const struct after_return *shown, Orders__V1__Return *reply);

/* Rows that were just written, found by id in what was loaded. */
const struct after_shipment *after_find_shipment(const struct after_state *state, const char *id);
const struct after_credit *after_find_credit(const struct after_state *state, const char *id);
const struct after_return *after_find_return(const struct after_state *state, const char *id);

/* Until when the order's units may be sent back; 0: not. */
int64_t after_return_until(const struct after_job *job);

/* ---- forms ---- */

/* The units that `lines` and, where there is one, `line` name. INVALID_ARGUMENT when there are too many. */
enum status after_form_units(Orders__V1__Units *const *lines, size_t line_count, const Orders__V1__Units *line,
                             struct arena *arena, struct after_units **ret_units, size_t *ret_count,
                             struct error *err) MUST_CHECK;

/* One number for each line as the parts of a shipment or return: those that are not 0. */
struct after_parts after_parts_of(const struct after_state *state, const int64_t *taken, struct arena *arena);

#endif
