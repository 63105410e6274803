/*
 * The state of the orders service, and what the files that hold its handlers share.
 *
 * orders_service.c   opening and closing, reading orders
 * orders_access.c    who calls, and whose order it is
 * orders_advance.c   the life cycle: cancel, confirm, ship ...
 * checkout.c         placing an order
 * payments_service.c  payments, as calls; payments_desk.c those of staff, payments_notice.c what providers send
 *
 * Each area puts its handlers into the vtable by a function of its own, called in orders_service_open():
 * orders_advance_serve(), and as they come payments_serve(), after_serve(), invoices_serve(), courier_serve().
 */
#ifndef ORDERS_STATE_H
#define ORDERS_STATE_H

#include "cod.h"
#include "courier.h"
#include "cursor.h"
#include "idempotency.h"
#include "market.h"
#include "order.h"
#include "orders.pb-c.h"
#include "orders_service.h"
#include "orders_store.h"
#include "rpc_server.h"
#include "saga.h"

struct orders_service {
    Orders__V1__OrderService_Service base;
    const struct orders_settings *settings;
    struct saga_peers peers;
    struct markets *markets;
    struct providers *providers;
    struct saga_shop shop;      /* what the saga's steps, and calls that do one at once, work with */
    struct saga *saga;
    struct courier *courier;
    unsigned char cursor_key[CURSOR_KEY_SIZE];
    unsigned char code_key[COD_KEY_SIZE];
};

/* ---- orders_access.c ---- */

enum order_actor orders_actor(const struct rpc_call *call);

/* PERMISSION_DENIED for all but staff. */
enum status orders_check_staff(const struct rpc_call *call, struct error *err) MUST_CHECK;

/* The subjects whose orders are the caller's. */
enum status orders_check_subjects(const struct rpc_call *call, struct db_texts *ret_subjects, struct error *err) MUST_CHECK;

/* By id or number; of the caller's own unless it is staff. NOT_FOUND for any other. */
enum status orders_load(struct rpc_call *call, const char *id_or_number, struct order_record *ret_order,
                        struct error *err) MUST_CHECK;

/* The order as the caller may see it. */
void orders_show(const struct order_record *order, const struct rpc_call *call, Orders__V1__Order *reply);

/* ---- orders_advance.c ---- */

/* A step of an order, decided on its present version. */
struct orders_turn {
    const struct orders_service *self;
    const struct order_record *order;
    const struct order_transition *transition; /* NULL: the status stays, something else happened */
    const char *what;                          /* that: order_step.what; "" with a transition */
    const char *note;
    const char *made_by; /* NULL: the shop itself */
    int64_t now_us;
};

/*
 * Inside db_transact(): the new status, the line of history, what follows from it (codes, stock, payment) and its event.
 * When another transaction took the step first this one fails; orders_transact() tries again then.
 */
void orders_send_turn(struct db *db, const struct orders_turn *turn, struct arena *arena);

/*
 * idempotency_transact() for work that ends in orders_send_turn(): `work->fn`, which loads, decides and sends, runs again
 * when somebody else changed the order meanwhile. Wakes the saga.
 */
enum status orders_transact(struct orders_service *self, struct rpc_call *call, const struct idempotency_work *work,
                            struct error *err) MUST_CHECK;

struct orders_ask {
    const char *method; /* the call's name, for its idempotency key */
    const ProtobufCMessage *request;
    const char *order_id;
    enum order_event event;
    enum order_actor who;
    const char *note;
};

/* Loads the order, lets the event happen to it and shows it; an event that has happened already is no error. */
enum status orders_advance(struct orders_service *self, struct rpc_call *call, const struct orders_ask *ask,
                           Orders__V1__Order *reply, struct error *err) MUST_CHECK;

void orders_advance_serve(Orders__V1__OrderService_Service *vtable);

#endif
