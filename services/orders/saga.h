/*
 * What placing an order sets going in other services and at payment providers, step by step, and how it is undone: the table
 * is in saga.c.
 *
 * Steps that come after the order is saved stand as tasks in the database, written in the transaction that makes them
 * necessary, so that whichever replica finds them finishes them, also after a crash. Each step may be repeated without harm.
 * One that fails is tried again after growing pauses until its deadline and is then kept as failed for staff, who can have it
 * tried again or undo what it belongs to. Steps that wait for payment providers have threads of their own.
 */
#ifndef ORDERS_SAGA_H
#define ORDERS_SAGA_H

#include "market.h"
#include "orders_store.h"
#include "payments/providers.h"
#include "rpc_client.h"
#include "service.h"
#include "task_store.h"

struct saga;

/* The services in which the steps are done. */
struct saga_peers {
    struct rpc_client *catalog;
    struct rpc_client *cart;
};

/* How long customers have to pay, and how long late money is looked for. */
struct payment_times {
    int64_t window_s;
    int64_t late_s;                 /* between two looks after that */
    int64_t grace_s;
};

/* What steps work with; all of it outlives the saga. */
struct saga_shop {
    struct saga_peers peers;
    const struct providers *providers;
    const struct markets *markets;
    struct payment_times times;
};

/* Starts the workers, which begin with what was left undone. */
enum status saga_open(const struct service_settings *settings, const struct saga_shop *shop, struct saga **ret_saga,
                      struct error *err) MUST_CHECK;
void saga_close(struct saga *saga);             /* accepts NULL */

/* When a step is due (now and its head start) and by when it has to be done. */
struct saga_plan saga_plan_of(const char *step, int64_t now_us);

/*
 * Inside db_transact(): puts down the steps that follow the saving of an order (of one to be paid at the door, or before);
 * those that follow its payment; those that undo all its steps.
 */
void saga_send_start(struct db *db, const struct order_record *order, int64_t now_us);
void saga_send_paid(struct db *db, const struct order_record *order, int64_t now_us);
void saga_send_undo(struct db *db, const char *order_id, int64_t now_us);

/*
 * After that transaction. saga_close_cart() does one step on the calling thread, so that the shopper finds the cart empty; a
 * failure is left to the worker. saga_wake() lets the workers do the rest.
 */
void saga_close_cart(const struct saga_peers *peers, const struct rpc_call *call, const char *order_id, const char *cart_id);
void saga_wake(struct saga *saga);

/*
 * Calls that wait for a payment provider on a thread that other calls want too: only so many at a time. false: leave it to the
 * workers. Each true is followed by saga_waited().
 */
bool saga_may_wait(struct saga *saga);
void saga_waited(struct saga *saga);

#endif
