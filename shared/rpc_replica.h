/*
 * One process that serves a service: its req socket, whether it is connected, how it has been doing. Private to rpc_client.
 *
 * Nothing here locks: the client's lock is held around what is not said to be atomic.
 */
#ifndef PORTAL_RPC_REPLICA_H
#define PORTAL_RPC_REPLICA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <nng/nng.h>

#include "error.h"

struct rpc_exchange;

struct rpc_replica {
    nng_socket socket;
    nng_dialer dialer;
    char *address;                      /* free() it when nothing dials any more */
    int64_t dialled_at_us;              /* since when its dialer is known to be without a connection; of the redialer alone */
    atomic_int pipe;                    /* id of the connection there is; 0: none */
    int outstanding;                    /* calls that wait for its answer */
    int failures;                       /* in a row */
    int64_t ejected_until_us;           /* gets no calls before, as long as another can take them */
    struct rpc_exchange *unused;        /* contexts of this socket that wait for their next call */
    void (*on_lost)(void *arg);         /* when its connection is gone, on a thread of nng's; NULL: nobody asks */
    void *on_lost_arg;
};

/* Dials in the background, again and again. */
enum status rpc_replica_open(struct rpc_replica *replica, const char *address, struct error *err) MUST_CHECK;

/*
 * Begins anew to dial one that is not connected. nng 1.5's dialer gives up for good when its connection is closed while the
 * two ends greet each other (a server killed just then; a proxy before one that is down), so somebody has to.
 */
void rpc_replica_dial_again(struct rpc_replica *replica);

/* Closes the socket only; accepts one that was not opened. */
void rpc_replica_close(struct rpc_replica *replica);

/* Atomic. */
bool rpc_replica_is_connected(struct rpc_replica *replica);

/*
 * Learns from the outcome of a call: after RPC_REPLICA_FAILURES_MAX bad ones in a row it is ejected for a second, and for twice
 * as long with each that fails when it was let in again. What fails while it is ejected does not count: one broken connection
 * takes many calls with it.
 */
#define RPC_REPLICA_FAILURES_MAX 3
void rpc_replica_learn(struct rpc_replica *replica, bool good, int64_t now_us);

/* What is to be known about a call to find a replica for it. */
struct rpc_replica_wish {
    const struct rpc_replica *avoid;    /* has just failed it; NULL: none */
    bool may_repeat;
    int64_t now_us;
};

/*
 * The best for the next call: connected, not ejected, with the fewest calls outstanding; *turn goes round among equals. When
 * none is both connected and not ejected, an ejected one that is connected has to do, and then any.
 *
 * One whose time out of the game is over is probed first, by one call at a time until one is answered; calls that may be
 * repeated are preferred for that.
 */
struct rpc_replica *rpc_replica_choose(struct rpc_replica *replicas, size_t count, size_t *turn,
                                       const struct rpc_replica_wish *wish);

#endif
