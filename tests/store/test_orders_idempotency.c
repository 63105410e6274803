/* Idempotency keys: however often a call is sent, it has one effect and one answer. (On the table of the orders service.) */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "idempotency.h"
#include "orders.pb-c.h"
#include "orders_migrations.h"
#include "store_test.h"
#include "uuid.h"

#define COPIES 8

static const char *conninfo;

/* One caller: a thread's own connection, arena and call. */
struct sender {
    struct db *db;
    struct arena *arena;
    struct rpc_call call;
    Rpc__V1__Caller caller;
    struct idempotency key;
    struct error err;
};

static void sender_init(struct sender *sender, const char *subject, const char *key, int64_t patience_us)
{
    memset(sender, 0, sizeof(*sender));
    sender->db = store_test_db(conninfo);
    sender->arena = arena_new(4096, 65536);
    sender->caller = (Rpc__V1__Caller)RPC__V1__CALLER__INIT;
    sender->caller.subject = (char *)subject;
    sender->call = (struct rpc_call){.meta = {.caller = &sender->caller,
                                              .request_id = "test",
                                              .traceparent = "",
                                              .idempotency_key = key,
                                              .deadline_us = clock_monotonic_us() + patience_us},
                                     .arena = sender->arena,
                                     .worker = sender->db};
    error_clear(&sender->err);
}

static void sender_done(struct sender *sender)
{
    db_free(sender->db);
    arena_free(sender->arena);
}

static enum status check(struct sender *sender, const char *content)
{
    Orders__V1__GetOrderRequest request = ORDERS__V1__GET_ORDER_REQUEST__INIT;
    request.order_id = (char *)content;
    return idempotency_check(&sender->call, "PlaceOrder", &request.base, &sender->key, &sender->err);
}

/* *ret_answer: the stored order's number, NULL when the work is to be done. */
static enum status begin(struct sender *sender, const char *content, const char **ret_answer)
{
    ProtobufCMessage *answer = NULL;
    if (check(sender, content) == STATUS_OK &&
        idempotency_begin(&sender->key, sender->db, &sender->call, &orders__v1__order__descriptor, &answer, &sender->err) ==
            STATUS_OK)
        *ret_answer = answer ? ((Orders__V1__Order *)answer)->number : NULL;
    return sender->err.status;
}

static enum status send_answer(struct db *db, void *arg, struct error *err)
{
    (void)err;
    struct sender *sender = arg;
    Orders__V1__Order answer = ORDERS__V1__ORDER__INIT;
    answer.number = sender->key.claim;
    idempotency_send(&sender->key, db, &answer.base, sender->arena);
    return STATUS_OK;
}

static enum status store(struct sender *sender)
{
    return db_transact(sender->db, send_answer, sender, &sender->err);
}

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    return sodium_init() < 0 ? -1 : 0;
}

static const char *new_subject(void)
{
    static char subject[UUID_SIZE];
    uuid_v7(clock_now_us(), subject);
    return subject;
}

static void test_the_second_copy_gets_the_first_answer(void **state)
{
    (void)state;
    struct sender first, second;
    const char *answer = "";
    const char *subject = new_subject();
    sender_init(&first, subject, "key-1", 5 * US_PER_S);
    sender_init(&second, subject, "key-1", 5 * US_PER_S);
    assert_int_equal(begin(&first, "a cart", &answer), STATUS_OK);
    assert_null(answer);
    assert_int_equal(store(&first), STATUS_OK);
    assert_int_equal(begin(&second, "a cart", &answer), STATUS_OK);
    assert_string_equal(answer, first.key.claim);
    assert_true(second.call.replayed);
    assert_false(first.call.replayed);
    sender_done(&first);
    sender_done(&second);
}

static void test_one_key_is_for_one_request(void **state)
{
    (void)state;
    struct sender sender;
    const char *answer;
    sender_init(&sender, new_subject(), "key-1", 5 * US_PER_S);
    assert_int_equal(begin(&sender, "a cart", &answer), STATUS_OK);
    assert_int_equal(store(&sender), STATUS_OK);
    assert_int_equal(begin(&sender, "another cart", &answer), STATUS_INVALID_ARGUMENT);
    assert_string_equal(sender.err.violations[0].field, "Idempotency-Key");
    assert_string_equal(sender.err.violations[0].code, "idempotency_key_reused");
    sender_done(&sender);
}

static void test_keys_of_others_do_not_matter(void **state)
{
    (void)state;
    struct sender mine, theirs;
    const char *answer = "";
    char subject[UUID_SIZE];
    strcpy(subject, new_subject());
    sender_init(&mine, subject, "1", 5 * US_PER_S);
    assert_int_equal(begin(&mine, "a cart", &answer), STATUS_OK);
    assert_int_equal(store(&mine), STATUS_OK);
    sender_init(&theirs, new_subject(), "1", 5 * US_PER_S);
    assert_int_equal(begin(&theirs, "a cart", &answer), STATUS_OK);
    assert_null(answer);
    sender_done(&mine);
    sender_done(&theirs);
}

static void test_a_refusal_leaves_the_key_free(void **state)
{
    (void)state;
    struct sender sender;
    const char *answer = "";
    sender_init(&sender, new_subject(), "key-1", 5 * US_PER_S);
    assert_int_equal(begin(&sender, "an empty cart", &answer), STATUS_OK);
    idempotency_abandon(&sender.key, sender.db);
    assert_int_equal(begin(&sender, "a full cart", &answer), STATUS_OK);
    assert_null(answer);
    assert_int_equal(store(&sender), STATUS_OK);
    idempotency_abandon(&sender.key, sender.db);
    assert_int_equal(begin(&sender, "a full cart", &answer), STATUS_OK);
    assert_non_null(answer);
    sender_done(&sender);
}

static void test_a_copy_waits_no_longer_than_its_call_has(void **state)
{
    (void)state;
    struct sender first, second;
    const char *answer;
    const char *subject = new_subject();
    sender_init(&first, subject, "key-1", 5 * US_PER_S);
    sender_init(&second, subject, "key-1", 400 * US_PER_MS);
    assert_int_equal(begin(&first, "a cart", &answer), STATUS_OK);
    assert_int_equal(begin(&second, "a cart", &answer), STATUS_ABORTED);
    assert_int_equal(second.err.retry_after_s, 1);
    assert_true(clock_monotonic_us() <= second.call.meta.deadline_us);
    sender_done(&first);
    sender_done(&second);
}

/* The first is so slow that its claim runs out and a copy takes over: both do the work, one of them for nothing. */
static void test_two_that_believe_to_hold_the_key_make_one_effect(void **state)
{
    (void)state;
    struct sender slow, quick;
    const char *answer = "";
    const char *subject = new_subject();
    sender_init(&slow, subject, "key-1", 10 * US_PER_S);
    sender_init(&quick, subject, "key-1", 10 * US_PER_S);
    assert_int_equal(begin(&slow, "a cart", &answer), STATUS_OK);
    store_test_run(conninfo, "UPDATE idempotency_key SET claimed_until = '2000-01-01' WHERE answer IS NULL");
    assert_int_equal(begin(&quick, "a cart", &answer), STATUS_OK);
    assert_null(answer);
    assert_int_equal(store(&quick), STATUS_OK);
    assert_int_equal(store(&slow), STATUS_ALREADY_EXISTS);
    assert_true(idempotency_is_lost(slow.db));
    error_clear(&slow.err);
    assert_int_equal(begin(&slow, "a cart", &answer), STATUS_OK);
    assert_string_equal(answer, quick.key.claim);
    sender_done(&slow);
    sender_done(&quick);
}

static void test_after_a_lost_commit_the_database_is_asked(void **state)
{
    (void)state;
    struct sender sender;
    ProtobufCMessage *stored = NULL;
    const char *answer;
    sender_init(&sender, new_subject(), "key-1", 5 * US_PER_S);
    assert_int_equal(begin(&sender, "a cart", &answer), STATUS_OK);
    assert_int_equal(
        idempotency_settle(&sender.key, sender.db, &sender.call, &orders__v1__order__descriptor, &stored, &sender.err),
        STATUS_OK);
    assert_null(stored);
    assert_int_equal(store(&sender), STATUS_OK);
    assert_int_equal(
        idempotency_settle(&sender.key, sender.db, &sender.call, &orders__v1__order__descriptor, &stored, &sender.err),
        STATUS_OK);
    assert_string_equal(((Orders__V1__Order *)stored)->number, sender.key.claim);
    assert_false(sender.call.replayed);
    sender_done(&sender);
}

static void test_bad_keys_are_told(void **state)
{
    (void)state;
    char long_key[IDEMPOTENCY_KEY_MAX + 2];
    memset(long_key, 'k', sizeof(long_key) - 1);
    long_key[IDEMPOTENCY_KEY_MAX + 1] = '\0';
    const struct {
        const char *key, *code;
    } cases[] = {{"", "required"},
                 {"two words", "malformed"},
                 {"tab\t", "malformed"},
                 {"cl\xC3\xA9", "malformed"},
                 {long_key, "too_long"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sender sender;
        sender_init(&sender, new_subject(), cases[i].key, US_PER_S);
        assert_int_equal(check(&sender, "a cart"), STATUS_INVALID_ARGUMENT);
        assert_string_equal(sender.err.violations[0].field, "Idempotency-Key");
        assert_string_equal(sender.err.violations[0].code, cases[i].code);
        sender_done(&sender);
    }
}

static void test_old_keys_are_swept_and_young_ones_kept(void **state)
{
    (void)state;
    struct sender sender;
    const char *answer;
    int64_t deleted = -1;
    sender_init(&sender, new_subject(), "old", 5 * US_PER_S);
    store_test_run(conninfo, "DELETE FROM idempotency_key");
    assert_int_equal(begin(&sender, "a cart", &answer), STATUS_OK);
    assert_int_equal(
        idempotency_sweep(sender.db, clock_now_us() + (IDEMPOTENCY_KEPT_S - 60) * US_PER_S, 10, &deleted, &sender.err),
        DB_NONE);
    assert_int_equal(
        idempotency_sweep(sender.db, clock_now_us() + (IDEMPOTENCY_KEPT_S + 60) * US_PER_S, 10, &deleted, &sender.err),
        DB_OK);
    assert_int_equal(deleted, 1);
    sender_done(&sender);
}

/* ---- many at once ---- */

static atomic_int worked, answered;
static char answers[COPIES][UUID_SIZE];

static void *send_copy(void *arg)
{
    size_t place = *(size_t *)arg;
    struct sender sender;
    const char *answer = NULL;
    sender_init(&sender, "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50", "at-once", 10 * US_PER_S);
    if (begin(&sender, "a cart", &answer) == STATUS_OK && !answer && store(&sender) == STATUS_OK) {
        worked++;
        answer = sender.key.claim;
    }
    if (answer) {
        answered++;
        memcpy(answers[place], answer, UUID_SIZE);
    }
    sender_done(&sender);
    return NULL;
}

static void test_copies_sent_at_once_are_one(void **state)
{
    (void)state;
    pthread_t threads[COPIES];
    size_t places[COPIES];
    for (size_t i = 0; i < COPIES; i++) {
        places[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, send_copy, &places[i]), 0);
    }
    for (size_t i = 0; i < COPIES; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(worked, 1);
    assert_int_equal(answered, COPIES);
    for (size_t i = 1; i < COPIES; i++)
        assert_string_equal(answers[i], answers[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_second_copy_gets_the_first_answer),
        cmocka_unit_test(test_one_key_is_for_one_request),
        cmocka_unit_test(test_keys_of_others_do_not_matter),
        cmocka_unit_test(test_a_refusal_leaves_the_key_free),
        cmocka_unit_test(test_a_copy_waits_no_longer_than_its_call_has),
        cmocka_unit_test(test_two_that_believe_to_hold_the_key_make_one_effect),
        cmocka_unit_test(test_after_a_lost_commit_the_database_is_asked),
        cmocka_unit_test(test_bad_keys_are_told),
        cmocka_unit_test(test_old_keys_are_swept_and_young_ones_kept),
        cmocka_unit_test(test_copies_sent_at_once_are_one),
    };
    return cmocka_run_group_tests(tests, open_all, NULL);
}
