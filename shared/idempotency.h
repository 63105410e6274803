/*
 * Idempotency keys: an unsafe call that carries one has one effect, however often it is sent, and every copy of it gets the
 * same answer.
 *
 * Kept for (subject, method, key) in the table `idempotency_key` of the service's own schema; a service that uses this puts
 * the CREATE TABLE of services/orders/schema/0001_orders.sql into a migration of its own. Use, in a handler:
 *
 *     idempotency_check()     the key is well-formed; the request's digest
 *     idempotency_begin()     the stored answer, if there is one; otherwise the key is claimed and the work is to be done
 *     ... the work; in the transaction of its effect:
 *     idempotency_send()      stores the answer
 *     idempotency_abandon()   instead, when the call was refused: refusals are not stored, the key may be used again
 *
 * A claim makes a copy that arrives meanwhile wait for the answer. It is a courtesy and it runs out, so that the claim of a
 * crashed process holds nobody up for long. What guarantees one effect is the answer's row: two calls that both believe to
 * hold the claim both do the work, and the transaction of the second fails with a conflict, which idempotency_is_lost()
 * tells.
 */
#ifndef PORTAL_IDEMPOTENCY_H
#define PORTAL_IDEMPOTENCY_H

#include "db.h"
#include "rpc_server.h"
#include "uuid.h"

#define IDEMPOTENCY_KEY_MAX 255             /* characters, printable ASCII */
#define IDEMPOTENCY_DIGEST_SIZE 32
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

/* Gives the claim up. A failure does no harm: the claim runs out. */
void idempotency_abandon(const struct idempotency *self, struct db *db);

/* Deletes up to `limit` rows that are older than IDEMPOTENCY_KEPT_S. */
enum db_outcome idempotency_sweep(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_deleted,
                                  struct error *err) MUST_CHECK;

#endif
