/*
 * Idempotency keys: an unsafe call that carries one has one effect, however often it is sent, and every copy of it gets the
 * same answer.
 *
 * Kept for (subject, method, key) in the table `idempotency_key` of the service's own schema; a service that uses this puts
 * the CREATE TABLE of services/orders/schema/0001_orders.sql into a migration of its own, and sets `keeps_keys` in its
 * struct service_spec so that old ones are swept.
 *
 * A handler whose effect is one transaction gives that to idempotency_transact(), or, when it needs nothing else, is keyed as a
 * whole by one line:
 *
 *     IDEMPOTENCY_KEYED(update_profile, struct auth_service, Auth__V1__UpdateProfileRequest, Auth__V1__Profile)
 *     RPC_HANDLER(update_profile_keyed, struct auth_service, ...)
 *
 * The key's row is made first in the transaction, so a copy that comes meanwhile waits for that row's lock, and what ends the
 * first (a refusal, a crash) lets it go on. A handler with work outside the database that must not be done twice claims the key
 * beforehand instead:
 *
 *     idempotency_check()     the key is well-formed; the request's digest
 *     idempotency_begin()     the stored answer, if there is one; otherwise the key is claimed and the work is to be done
 *     ... the work; in the transaction of its effect:
 *     idempotency_send()      stores the answer
 *     idempotency_abandon()   instead, when the call was refused: refusals are not stored, the key may be used again
 *
 * Such a claim makes a copy that arrives meanwhile wait for the answer. It is a courtesy and it runs out, so that the claim of a
 * crashed process holds nobody up for long. What guarantees one effect is the answer's row: two calls that both believe to
 * hold the claim both do the work, and the transaction of the second fails with a conflict, which idempotency_is_lost()
 * tells.
 *
 * A caller who is nobody has only the key to be told apart by: it must have IDEMPOTENCY_NOBODY_MIN characters then.
 */
#ifndef PORTAL_IDEMPOTENCY_H
#define PORTAL_IDEMPOTENCY_H

#include "db.h"
#include "rpc_server.h"
#include "uuid.h"

#define IDEMPOTENCY_KEY_MAX 255             /* characters, printable ASCII */
#define IDEMPOTENCY_NOBODY_MIN 20           /* characters of a key that comes without a subject: nobody guesses a UUID */
#define IDEMPOTENCY_DIGEST_SIZE 32
#define IDEMPOTENCY_SEAL_SIZE 32            /* bytes of the key that answers are sealed with */
#define IDEMPOTENCY_CLAIM_S 3               /* how long a claim lasts */
#define IDEMPOTENCY_KEPT_S (24 * 3600)      /* how long an answer is kept */

struct idempotency {
    const char *subject;
    const char *method;                     /* "PlaceOrder" */
    const char *key;
    char claim[UUID_SIZE];
    unsigned char digest[IDEMPOTENCY_DIGEST_SIZE];      /* BLAKE2b of the packed request */
};

/* INVALID_ARGUMENT for the field "Idempotency-Key" (required, too_long, malformed). Strings stay those of the call. */
enum status idempotency_check(const struct rpc_call *call, const char *method, const ProtobufCMessage *request,
                              struct idempotency *ret_self, struct error *err) MUST_CHECK;

/*
 * *ret_answer: what the first call was answered, in the arena, and call->replayed is set; NULL: this call is to do the work.
 * The same key with another request is INVALID_ARGUMENT with the code "idempotency_key_reused". Waits for a copy that is
 * being worked on; ABORTED with retry_after_s when that takes longer than the call has time.
 */
enum status idempotency_begin(struct idempotency *self, struct db *db, struct rpc_call *call,
                              const ProtobufCMessageDescriptor *reply, ProtobufCMessage **ret_answer,
                              struct error *err) MUST_CHECK;

/* Inside db_transact(): stores the answer with the effect. */
void idempotency_send(const struct idempotency *self, struct db *db, const ProtobufCMessage *answer, struct arena *arena);

/* After a DB_CONFLICT or STATUS_ALREADY_EXISTS: it was this, another call has stored its answer; ask idempotency_begin(). */
bool idempotency_is_lost(const struct db *db);

/*
 * After a commit whose answer was lost: waits until the database has decided. *ret_answer as stored, NULL: nothing was done.
 * UNKNOWN when the database cannot be asked.
 */
enum status idempotency_settle(const struct idempotency *self, struct db *db, struct rpc_call *call,
                               const ProtobufCMessageDescriptor *reply, ProtobufCMessage **ret_answer,
                               struct error *err) MUST_CHECK;

/* What idempotency_transact() does once. */
struct idempotency_work {
    const char *method;                     /* "UpdateProfile"; one word for each kind of call in a service */
    const ProtobufCMessage *request;        /* its bytes are the digest's; taken before `fn` runs, which may wipe parts of it */
    ProtobufCMessage *reply;                /* initialised; fn fills it, through `arg`, before it returns */
    enum status (*fn)(struct db *db, void *arg, struct error *err);     /* as for db_transact() */
    void *arg;
    const unsigned char *seal;              /* NULL, or a secret of IDEMPOTENCY_SEAL_SIZE bytes: answer and digest are useless
                                               without it. For requests with passwords and answers with tokens */
};

/*
 * db_transact() for a call with a key: the answer is stored with the effect, and a copy gets that answer in `reply` without `fn`
 * running (call->replayed is set). A copy that comes while the first one runs waits for it, for IDEMPOTENCY_CLAIM_S or as long as its call has time: then
 * ABORTED with retry_after_s. The same key with another request is INVALID_ARGUMENT, code "idempotency_key_reused". A commit
 * whose answer was lost is asked about. What `fn` refuses is not stored; db_constraint() is left to be looked at.
 * A call without a key is a plain db_transact().
 */
enum status idempotency_transact(struct rpc_call *call, const struct idempotency_work *work, struct error *err) MUST_CHECK;

/* For calls that must have a key: INVALID_ARGUMENT, field "Idempotency-Key", when there is none or a malformed one. */
enum status idempotency_require(const struct rpc_call *call, struct error *err) MUST_CHECK;

/*
 * Makes handler##_keyed() from handler(): all of it runs inside one idempotency_transact(), and db_transact() within it joins
 * that. Its statements must not count on a conflict being overlooked, and what it says to the world (a wake-up) goes before the
 * commit. Without a key the handler runs as it is.
 */
#define IDEMPOTENCY_KEYED(handler, Self, Request, Reply) IDEMPOTENCY_KEYED_BY(handler, Self, Request, Reply, NULL)

/* The same with sealed answers; `seal_of` is an expression in `self`. */
#define IDEMPOTENCY_KEYED_BY(handler, Self, Request, Reply, seal_of)                                                     \
    struct handler##_asked {                                                                                             \
        Self *self;                                                                                                      \
        struct rpc_call *call;                                                                                           \
        const Request *request;                                                                                          \
        Reply *reply;                                                                                                    \
    };                                                                                                                   \
    static enum status handler##_once(struct db *db, void *arg, struct error *err)                                       \
    {                                                                                                                    \
        (void)db;                                                                                                        \
        const struct handler##_asked *asked = arg;                                                                       \
        return handler(asked->self, asked->call, asked->request, asked->reply, err);                                     \
    }                                                                                                                    \
    static enum status handler##_keyed(Self *self, struct rpc_call *call, const Request *request, Reply *reply,          \
                                       struct error *err)                                                                \
    {                                                                                                                    \
        struct handler##_asked asked = {self, call, request, reply};                                                     \
        const struct idempotency_work work = {                                                                           \
            #handler, &request->base, &reply->base, handler##_once, &asked, (seal_of)};                                  \
        if (*call->meta.idempotency_key == '\0')                                                                         \
            return handler(self, call, request, reply, err);                                                             \
        return idempotency_transact(call, &work, err);                                                                   \
    }

/* Gives the claim up. A failure does no harm: the claim runs out. */
void idempotency_abandon(const struct idempotency *self, struct db *db);

/* Deletes up to `limit` rows that are older than IDEMPOTENCY_KEPT_S. */
enum db_outcome idempotency_sweep(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_deleted,
                                  struct error *err) MUST_CHECK;

/* *ret_due_us: clock_now_us() before which there is nothing to sweep. */
enum db_outcome idempotency_next_sweep(struct db *db, struct arena *arena, int64_t *ret_due_us, struct error *err) MUST_CHECK;

#endif
