/* Idempotency keys: claims that copies wait for, and answers that are stored once. */
#include "idempotency.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sodium.h>

#include "clock.h"
#include "idempotency_sql.h"
#include "service.h"

#define FIELD "Idempotency-Key"
#define PAUSE_US (20 * US_PER_MS)   /* between two looks at a copy that is being worked on */
#define ANSWER_US (100 * US_PER_MS) /* left of the call's time to say that it is still being worked on */

static enum status check_key(const char *key, struct error *err)
{
    size_t length = strlen(key);
    if (length == 0)
        return error_field(err, FIELD, "required",
                           "Send a value of your own for each new request, and the same one to repeat it.");
    if (length > IDEMPOTENCY_KEY_MAX)
        return error_field(err, FIELD, "too_long", "Use at most %d characters.", IDEMPOTENCY_KEY_MAX);
    for (size_t i = 0; i < length; i++)
        if (key[i] < 0x21 || key[i] > 0x7e)
            return error_field(err, FIELD, "malformed", "Use visible ASCII characters only, a UUID for example.");
    return STATUS_OK;
}

/* Strangers share the subject "", so their keys must not meet by chance. */
static enum status check_nobody(const struct rpc_call *call, struct error *err)
{
    if (*call->meta.caller->subject || strlen(call->meta.idempotency_key) >= IDEMPOTENCY_NOBODY_MIN)
        return STATUS_OK;
    return error_field(err, FIELD, "too_short", "Without a token, use at least %d characters, a UUID for example.",
                       IDEMPOTENCY_NOBODY_MIN);
}

enum status idempotency_require(const struct rpc_call *call, struct error *err)
{
    return check_key(call->meta.idempotency_key, err);
}

static struct db_bytes pack(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_alloc(arena, size);
    protobuf_c_message_pack(message, data);
    return (struct db_bytes){data, size};
}

static enum status check(const struct rpc_call *call, const char *method, const ProtobufCMessage *request,
                         const unsigned char *seal, struct idempotency *ret_self, struct error *err)
{
    if (check_key(call->meta.idempotency_key, err) != STATUS_OK || check_nobody(call, err) != STATUS_OK)
        return err->status;
    *ret_self =
        (struct idempotency){.subject = call->meta.caller->subject, .method = method, .key = call->meta.idempotency_key};
    uuid_v7(clock_now_us(), ret_self->claim);
    struct db_bytes packed = pack(request, call->arena);
    crypto_generichash(ret_self->digest, sizeof(ret_self->digest), packed.data, packed.size, seal,
                       seal ? IDEMPOTENCY_SEAL_SIZE : 0);
    if (seal)
        sodium_memzero((void *)packed.data, packed.size);
    return STATUS_OK;
}

enum status idempotency_check(const struct rpc_call *call, const char *method, const ProtobufCMessage *request,
                              struct idempotency *ret_self, struct error *err)
{
    return check(call, method, request, NULL, ret_self, err);
}

struct key_row {
    bool is_ours;
    struct db_bytes digest;
    struct db_bytes answer;
};

static enum db_outcome claim(const struct idempotency *self, struct db *db, struct arena *arena, struct key_row *row,
                             struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct key_row, is_ours), DB_COLUMN(struct key_row, digest),
                                               DB_COLUMN(struct key_row, answer)};
    static const struct db_shape shape = DB_SHAPE(struct key_row, columns);
    struct db_bytes digest = {self->digest, sizeof(self->digest)};
    int64_t now_us = clock_now_us();
    return db_one(db, &sql_idempotency_claim,
                  DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key), DB_ARG(digest),
                          DB_ARG(self->claim), DB_ARG(now_us), DB_ARG(now_us + IDEMPOTENCY_CLAIM_S * US_PER_S)),
                  &shape, row, arena, err);
}

static bool is_same_request(const struct idempotency *self, const struct key_row *row)
{
    return row->digest.size == sizeof(self->digest) && memcmp(row->digest.data, self->digest, sizeof(self->digest)) == 0;
}

static enum status refuse_reuse(struct error *err)
{
    return error_field(err, FIELD, "idempotency_key_reused",
                       "This key was used for a request with other content. Take a new key for a new request.");
}

static enum status still_running(struct error *err)
{
    err->retry_after_s = 1;
    return error_set(err, STATUS_ABORTED, "The same request is still being worked on. Ask again with the same key.");
}

static enum status take_answer(const struct key_row *row, struct rpc_call *call, const ProtobufCMessageDescriptor *reply,
                               ProtobufCMessage **ret_answer, struct error *err)
{
    *ret_answer = protobuf_c_message_unpack(reply, arena_allocator(call->arena), row->answer.size, row->answer.data);
    if (!*ret_answer)
        return error_set(err, STATUS_DATA_LOSS, "The stored answer to this request cannot be read.");
    return STATUS_OK;
}

static void pause_us(int64_t duration_us)
{
    struct timespec pause = {.tv_sec = duration_us / US_PER_S, .tv_nsec = duration_us % US_PER_S * 1000};
    nanosleep(&pause, NULL);
}

enum status idempotency_begin(struct idempotency *self, struct db *db, struct rpc_call *call,
                              const ProtobufCMessageDescriptor *reply, ProtobufCMessage **ret_answer, struct error *err)
{
    while (true) {
        struct key_row row = {.is_ours = false};
        enum db_outcome outcome = claim(self, db, call->arena, &row, err);
        if (outcome != DB_OK && outcome != DB_NONE)
            return error_set(err, STATUS_UNAVAILABLE,
                             "This cannot be done at the moment. Try again shortly with the same key.");
        if (outcome == DB_OK && row.is_ours) {
            *ret_answer = NULL;
            return STATUS_OK;
        }
        if (outcome == DB_OK && !is_same_request(self, &row))
            return refuse_reuse(err);
        if (outcome == DB_OK && row.answer.data) {
            call->replayed = true;
            return take_answer(&row, call, reply, ret_answer, err);
        }
        if (clock_monotonic_us() + PAUSE_US + ANSWER_US > call->meta.deadline_us)
            break;
        pause_us(PAUSE_US);
    }
    return still_running(err);
}

static void send_bytes(const struct idempotency *self, struct db *db, struct db_bytes packed)
{
    struct db_bytes digest = {self->digest, sizeof(self->digest)};
    db_send(db, &sql_idempotency_store,
            DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key), DB_ARG(digest), DB_ARG(self->claim),
                    DB_ARG(packed)));
}

void idempotency_send(const struct idempotency *self, struct db *db, const ProtobufCMessage *answer, struct arena *arena)
{
    send_bytes(self, db, pack(answer, arena));
}

bool idempotency_is_lost(const struct db *db)
{
    return strcmp(db_constraint(db), "idempotency_key_answered_once") == 0;
}

/* *ret_row: what the database has decided on; its answer's data NULL when nothing was done. */
static enum status settle_row(const struct idempotency *self, struct db *db, struct arena *arena, struct key_row *ret_row,
                              struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct key_row, digest), DB_COLUMN(struct key_row, answer)};
    static const struct db_shape shape = DB_SHAPE(struct key_row, columns);
    *ret_row = (struct key_row){.is_ours = false};
    enum db_outcome outcome =
        db_one(db, &sql_idempotency_settle, DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key)), &shape,
               ret_row, arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return error_set(err, STATUS_UNKNOWN, "It is not known whether this was done. Ask again with the same key.");
    error_clear(err);
    return STATUS_OK;
}

enum status idempotency_settle(const struct idempotency *self, struct db *db, struct rpc_call *call,
                               const ProtobufCMessageDescriptor *reply, ProtobufCMessage **ret_answer, struct error *err)
{
    struct key_row row;
    if (settle_row(self, db, call->arena, &row, err) != STATUS_OK)
        return err->status;
    *ret_answer = NULL;
    if (!row.answer.data)
        return STATUS_OK;
    return is_same_request(self, &row) ? take_answer(&row, call, reply, ret_answer, err) : refuse_reuse(err);
}

void idempotency_abandon(const struct idempotency *self, struct db *db)
{
    struct error ignored;
    error_clear(&ignored);
    enum db_outcome outcome = db_exec(
        db, &sql_idempotency_abandon,
        DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key), DB_ARG(self->claim)), NULL, &ignored);
    (void)outcome;
}

/* ---- one transaction ---- */

#define LOOKS_MAX 3     /* at a row that a copy's commit or rollback brought or took away meanwhile */
#define LOST_TRIES 2    /* of a transaction whose connection broke and that was not done */

struct transact {
    struct rpc_call *call;
    const struct idempotency_work *work;
    struct idempotency key;
    bool is_replay;
};

/* Nonce and sealed bytes; without a seal, the bytes as they are. */
static struct db_bytes seal(struct db_bytes packed, const unsigned char *key, struct arena *arena)
{
    if (!key)
        return packed;
    size_t size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + packed.size;
    unsigned char *sealed = arena_alloc(arena, size);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, packed.data, packed.size, sealed, key);
    sodium_memzero((void *)packed.data, packed.size);
    return (struct db_bytes){sealed, size};
}

static enum status unseal(struct db_bytes *answer, const unsigned char *key, struct arena *arena, struct error *err)
{
    if (!key)
        return STATUS_OK;
    const unsigned char *sealed = answer->data;
    size_t extra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    size_t size = answer->size < extra ? 0 : answer->size - extra;
    unsigned char *opened = arena_alloc(arena, size);
    if (answer->size < extra || crypto_secretbox_open_easy(opened, sealed + crypto_secretbox_NONCEBYTES,
                                                           answer->size - crypto_secretbox_NONCEBYTES, sealed, key) != 0)
        return error_set(err, STATUS_DATA_LOSS, "The stored answer to this request cannot be opened.");
    *answer = (struct db_bytes){opened, size};
    return STATUS_OK;
}

static enum status give_answer(const struct transact *self, struct key_row *row, struct error *err)
{
    const struct idempotency_work *work = self->work;
    ProtobufCMessage *answer = NULL;
    if (!is_same_request(&self->key, row))
        return refuse_reuse(err);
    if (unseal(&row->answer, work->seal, self->call->arena, err) != STATUS_OK ||
        take_answer(row, self->call, work->reply->descriptor, &answer, err) != STATUS_OK)
        return err->status;
    memcpy(work->reply, answer, work->reply->descriptor->sizeof_message);
    return STATUS_OK;
}

/* Locks are waited for no longer than the call has time to say afterwards that a copy is being worked on. */
static void limit_waiting(const struct transact *self, struct db *db)
{
    int64_t left_ms = (self->call->meta.deadline_us - clock_monotonic_us() - ANSWER_US) / US_PER_MS;
    int64_t most_ms = IDEMPOTENCY_CLAIM_S * 1000;
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, left_ms < 1 ? 1 : left_ms > most_ms ? most_ms : left_ms);
    db_send(db, &sql_idempotency_limit_waiting, DB_ARGS(DB_ARG((const char *)text)));
}

/* The key's row, ours or as a copy left it. */
static enum status take_row(const struct transact *self, struct db *db, struct key_row *row, struct error *err)
{
    limit_waiting(self, db);
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
        enum db_outcome outcome = claim(&self->key, db, self->call->arena, row, err);
        if (outcome == DB_OK)
            return row->is_ours || row->answer.data ? STATUS_OK : still_running(err);
        if (outcome != DB_NONE)
            return db_waited_in_vain(db) ? still_running(err) : db_status(outcome);
    }
    return still_running(err);
}

static enum status transact_once(struct db *db, void *arg, struct error *err)
{
    struct transact *self = arg;
    const struct idempotency_work *work = self->work;
    struct key_row row = {.is_ours = false};
    enum status status = take_row(self, db, &row, err);
    self->is_replay = status == STATUS_OK && !row.is_ours;
    if (status != STATUS_OK)
        return status;
    if (self->is_replay)
        return give_answer(self, &row, err);
    protobuf_c_message_init(work->reply->descriptor, work->reply);
    status = work->fn(db, work->arg, err);
    if (status == STATUS_OK)
        send_bytes(&self->key, db, seal(pack(work->reply, self->call->arena), work->seal, self->call->arena));
    return status;
}

/* After a lost commit: *ret_done when the database has saved it, with the answer in the reply. */
static enum status settle_lost(const struct transact *self, struct db *db, bool *ret_done, struct error *err)
{
    struct key_row row;
    if (settle_row(&self->key, db, self->call->arena, &row, err) != STATUS_OK)
        return err->status;
    *ret_done = row.answer.data != NULL;
    return *ret_done ? give_answer(self, &row, err) : STATUS_OK;
}

enum status idempotency_transact(struct rpc_call *call, const struct idempotency_work *work, struct error *err)
{
    struct transact self = {.call = call, .work = work};
    struct db *db = service_db(call);
    bool is_done = false;
    if (*call->meta.idempotency_key == '\0')
        return db_transact(db, work->fn, work->arg, err);
    if (check(call, work->method, work->request, work->seal, &self.key, err) != STATUS_OK)
        return err->status;
    for (int tries = 0; tries < LOST_TRIES && !is_done; tries++) {
        enum status status = db_transact(db, transact_once, &self, err);
        if (status != STATUS_UNKNOWN) {
            call->replayed = status == STATUS_OK && self.is_replay;
            return status;
        }
        error_clear(err);
        if (settle_lost(&self, db, &is_done, err) != STATUS_OK)
            return err->status;
    }
    return is_done ? STATUS_OK : error_set(err, STATUS_UNAVAILABLE, "This was not done. Try again with the same key.");
}

/* ---- sweeping ---- */

enum db_outcome idempotency_next_sweep(struct db *db, struct arena *arena, int64_t *ret_due_us, struct error *err)
{
    static const struct db_column columns[] = {{DB_INT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(int64_t)};
    int64_t oldest_us = 0;
    enum db_outcome outcome = db_one(db, &sql_idempotency_oldest, DB_NO_ARGS, &shape, &oldest_us, arena, err);
    if (outcome == DB_OK)
        *ret_due_us = (oldest_us == 0 ? clock_now_us() : oldest_us) + IDEMPOTENCY_KEPT_S * US_PER_S;
    return outcome;
}

enum db_outcome idempotency_sweep(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_deleted, struct error *err)
{
    return db_exec(db, &sql_idempotency_sweep, DB_ARGS(DB_ARG(now_us - IDEMPOTENCY_KEPT_S * US_PER_S), DB_ARG(limit)),
                   ret_deleted, err);
}
