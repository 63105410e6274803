/* The socket of one replica and the judgement of its health. */
#include "rpc_replica.h"

#include <string.h>
#include <nng/protocol/reqrep0/req.h>

#include "clock.h"
#include "rpc_greeting.h"
#include "rpc_wire.h"

#define RECONNECT_MIN_MS 50
#define RECONNECT_MAX_MS 1000
#define EJECTED_MIN_US US_PER_S
#define EJECTED_DOUBLINGS_MAX 5 /* 32 s at most */
#define PROBE_PATIENCE_US US_PER_S

/* A socket with one dialer has one connection at a time; the id tells its end from that of one that never worked. */
static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
    struct rpc_replica *replica = arg;
    int id = nng_pipe_id(pipe);
    if (event == NNG_PIPE_EV_ADD_POST)
        atomic_store(&replica->pipe, id);
    else if (atomic_compare_exchange_strong(&replica->pipe, &id, 0) && replica->on_lost)
        replica->on_lost(replica->on_lost_arg);
}

/* nng's own resending would run a call twice: it must be off. */
static int set_options(nng_socket socket)
{
    int failed = nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
    if (!failed)
        failed = nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
    if (!failed)
        failed = nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
    if (!failed)
        failed = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, RPC_WIRE_RECV_MAX);
    return failed;
}

static int watch_pipes(struct rpc_replica *replica)
{
    int failed = nng_pipe_notify(replica->socket, NNG_PIPE_EV_ADD_POST, on_pipe, replica);
    return failed ? failed : nng_pipe_notify(replica->socket, NNG_PIPE_EV_REM_POST, on_pipe, replica);
}

enum status rpc_replica_open(struct rpc_replica *replica, const char *address, struct error *err)
{
    rpc_greeting_guard();
    int failed = nng_req0_open(&replica->socket);
    if (failed)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no socket to %s: %s.", address, nng_strerror(failed));
    failed = set_options(replica->socket);
    if (!failed)
        failed = watch_pipes(replica);
    if (!failed)
        failed = (replica->address = strdup(address)) ? 0 : NNG_ENOMEM;
    if (!failed)
        failed = nng_dial(replica->socket, address, &replica->dialer, NNG_FLAG_NONBLOCK);
    if (failed)
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s cannot be called: %s.", address, nng_strerror(failed));
    return STATUS_OK;
}

void rpc_replica_dial_again(struct rpc_replica *replica)
{
    if (rpc_replica_is_connected(replica))
        return;
    nng_dialer_close(replica->dialer);
    (void)nng_dial(replica->socket, replica->address, &replica->dialer, NNG_FLAG_NONBLOCK);     /* fails: it is tried again */
}

void rpc_replica_close(struct rpc_replica *replica)
{
    if (nng_socket_id(replica->socket) > 0)
        nng_close(replica->socket);
}

bool rpc_replica_is_connected(struct rpc_replica *replica)
{
    return atomic_load(&replica->pipe) != 0;
}

void rpc_replica_learn(struct rpc_replica *replica, bool good, int64_t now_us)
{
    if (good) {
        replica->failures = 0;
        replica->ejected_until_us = 0;
    } else if (now_us >= replica->ejected_until_us && ++replica->failures >= RPC_REPLICA_FAILURES_MAX) {
        int doublings = replica->failures - RPC_REPLICA_FAILURES_MAX;
        if (doublings > EJECTED_DOUBLINGS_MAX)
            doublings = EJECTED_DOUBLINGS_MAX;
        replica->ejected_until_us = now_us + (EJECTED_MIN_US << doublings);
    }
}

/* After its ejection: one call at a time finds out, for a while only such as may be repeated elsewhere. */
static bool is_on_trial(const struct rpc_replica *replica, const struct rpc_replica_wish *wish)
{
    int64_t patience_us = wish->may_repeat ? 0 : PROBE_PATIENCE_US;
    return replica->outstanding == 0 && wish->now_us >= replica->ejected_until_us + patience_us;
}

/* Greater is better; outstanding calls decide among equals. */
static int fitness(struct rpc_replica *replica, const struct rpc_replica_wish *wish)
{
    bool is_suspect = replica->failures >= RPC_REPLICA_FAILURES_MAX;
    if (!rpc_replica_is_connected(replica))
        return 0;
    if (replica == wish->avoid)
        return 1;
    return is_suspect && !is_on_trial(replica, wish) ? 2 : 3;
}

struct rpc_replica *rpc_replica_choose(struct rpc_replica *replicas, size_t count, size_t *turn,
                                       const struct rpc_replica_wish *wish)
{
    struct rpc_replica *best = NULL;
    int best_fitness = -1;
    for (size_t i = 0; i < count; i++) {
        struct rpc_replica *replica = &replicas[(*turn + i) % count];
        int own = fitness(replica, wish);
        if (own < best_fitness || (own == best_fitness && replica->outstanding >= best->outstanding))
            continue;
        best = replica;
        best_fitness = own;
    }
    *turn = (*turn + 1) % count;
    return best;
}
