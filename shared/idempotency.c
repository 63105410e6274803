/* Idempotency keys: claims that copies wait for, and answers that are stored once. */
#include "idempotency.h"

#include <string.h>
#include <time.h>
#include <sodium.h>

#include "clock.h"
#include "idempotency_sql.h"

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

static struct db_bytes pack(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_alloc(arena, size);
    protobuf_c_message_pack(message, data);
    return (struct db_bytes){data, size};
}

enum status idempotency_check(const struct rpc_call *call, const char *method, const ProtobufCMessage *request,
                              struct idempotency *ret_self, struct error *err)
{
    if (check_key(call->meta.idempotency_key, err) != STATUS_OK)
        return err->status;
    *ret_self =
        (struct idempotency){.subject = call->meta.caller->subject, .method = method, .key = call->meta.idempotency_key};
    uuid_v7(clock_now_us(), ret_self->claim);
    struct db_bytes packed = pack(request, call->arena);
    crypto_generichash(ret_self->digest, sizeof(ret_self->digest), packed.data, packed.size, NULL, 0);
    return STATUS_OK;
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
    err->retry_after_s = 1;
    return error_set(err, STATUS_ABORTED, "The same request is still being worked on. Ask again with the same key.");
}

void idempotency_send(const struct idempotency *self, struct db *db, const ProtobufCMessage *answer, struct arena *arena)
{
    struct db_bytes digest = {self->digest, sizeof(self->digest)};
    struct db_bytes packed = pack(answer, arena);
    db_send(db, &sql_idempotency_store,
            DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key), DB_ARG(digest), DB_ARG(self->claim),
                    DB_ARG(packed)));
}

bool idempotency_is_lost(const struct db *db)
{
    return strcmp(db_constraint(db), "idempotency_key_answered_once") == 0;
}

enum status idempotency_settle(const struct idempotency *self, struct db *db, struct rpc_call *call,
                               const ProtobufCMessageDescriptor *reply, ProtobufCMessage **ret_answer, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct key_row, digest), DB_COLUMN(struct key_row, answer)};
    static const struct db_shape shape = DB_SHAPE(struct key_row, columns);
    struct key_row row = {.is_ours = false};
    enum db_outcome outcome =
        db_one(db, &sql_idempotency_settle, DB_ARGS(DB_ARG(self->subject), DB_ARG(self->method), DB_ARG(self->key)), &shape,
               &row, call->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return error_set(err, STATUS_UNKNOWN, "It is not known whether this was done. Ask again with the same key.");
    error_clear(err);
    *ret_answer = NULL;
    if (outcome == DB_NONE || !row.answer.data)
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

enum db_outcome idempotency_sweep(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_deleted, struct error *err)
{
    return db_exec(db, &sql_idempotency_sweep, DB_ARGS(DB_ARG(now_us - IDEMPOTENCY_KEPT_S * US_PER_S), DB_ARG(limit)),
                   ret_deleted, err);
}
