/*
 * What placing an order sets going in other services, step by step, and how it is undone: the table is in saga.c.
 *
 * Steps that come after the order is saved stand as tasks in the database, written in the transaction of the order, so that
 * whichever replica finds them finishes them, also after a crash. Each step may be repeated without harm. One that fails is
 * tried again after growing pauses and, when that leads nowhere, kept as failed for people to see.
 */
#ifndef ORDERS_SAGA_H
#define ORDERS_SAGA_H

#include "rpc_client.h"
#include "service.h"

struct saga;

/* The services in which the steps are done. */
struct saga_peers {
    struct rpc_client *catalog;
    struct rpc_client *cart;
};

/* Starts the worker, which begins with what was left undone. The clients must outlive it. */
enum status saga_open(const struct service_settings *settings, const struct saga_peers *peers, struct saga **ret_saga,
                      struct error *err) MUST_CHECK;
void saga_close(struct saga *saga);             /* accepts NULL */

/* Inside db_transact(): puts down the steps that follow the saving of an order; those that undo all its steps. */
void saga_send_start(struct db *db, const char *order_id, int64_t now_us);
void saga_send_undo(struct db *db, const char *order_id, int64_t now_us);

/*
 * After that transaction. saga_close_cart() does one step on the calling thread, so that the shopper finds the cart empty; a
 * failure is left to the worker. saga_wake() lets the worker do the rest.
 */
void saga_close_cart(const struct saga_peers *peers, const struct rpc_call *call, const char *order_id, const char *cart_id);
void saga_wake(struct saga *saga);

#endif
