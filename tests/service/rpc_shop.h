/*
 * A cart service of the tests' own, whose handlers do what a test needs to see, and a client that calls it.
 */
#ifndef PORTAL_RPC_SHOP_H
#define PORTAL_RPC_SHOP_H

#include "check.h"

#include <stdatomic.h>

#include "cart.pb-c.h"
#include "clock.h"
#include "rpc_client.h"
#include "rpc_server.h"

/*
 * GetCart          gives back id and country; country "XL" makes the answer larger than a message may be
 * AddItem          refuses two fields, and with quantity 1 also says when to come again
 * SetItemQuantity  takes `quantity` milliseconds
 * RemoveItem       tells what came beside the payload, see rpc_shop.c
 * SetCountry       is left out by the service
 */
struct rpc_shop {
    Cart__V1__CartService_Service base;
    struct rpc_server *server;
    atomic_int runs;                    /* of any handler */
    int runs_file;                      /* a byte is written here for each run; -1: none */
};

#define RPC_SHOP_SLOW 1                 /* the lane of SetItemQuantity when there are two */

/* Sets the handlers. */
void rpc_shop_init(struct rpc_shop *shop);

/* Initialises and serves at `address`, `runs_file` being set: lane 0 with these threads and this queue, and a slow lane of one thread when `slow_queue` is not 0. */
void rpc_shop_open(struct rpc_shop *shop, const char *address, int threads, int queue_max, int slow_queue);
void rpc_shop_close(struct rpc_shop *shop, int drain_ms);

struct rpc_client *rpc_shop_client(const char *addresses, int in_flight_max);

/* A call with everything that belongs to it, which may wait for its outcome as long as it likes. */
struct rpc_ask {
    struct rpc_meta meta;
    struct arena *arena;
    struct rpc_result result;
    atomic_bool done;
};

void rpc_ask_init(struct rpc_ask *ask, int timeout_ms);
void rpc_ask_done(struct rpc_ask *ask);

void rpc_ask_method(struct rpc_ask *ask, struct rpc_client *client, const ProtobufCMethodDescriptor *method,
                    const ProtobufCMessage *request);

/* Starts; SetItemQuantity taking `ms`, or GetCart for `cart_id`. */
void rpc_ask_sleep(struct rpc_ask *ask, struct rpc_client *client, int ms);
void rpc_ask_cart(struct rpc_ask *ask, struct rpc_client *client, const char *cart_id);

/* Waits for the outcome (at most 10 s: then the test fails) and gives the status. */
enum status rpc_ask_wait(struct rpc_ask *ask);

/* The whole of it: GetCart for "c1" answered within `timeout_ms`. */
enum status rpc_shop_visit(struct rpc_client *client, int timeout_ms);

/* Until `condition(arg)` holds, at most 10 s. */
bool rpc_shop_await(bool (*condition)(void *arg), void *arg);
bool rpc_shop_is_connected(void *client);

/* The value of a line of the metrics, "rpc_server_dropped_total{reason=\"expired\"}"; 0 when there is none. */
long rpc_shop_metric(const char *series);

#endif
