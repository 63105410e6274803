/* A transaction with a key is done once, whatever happens to its copies. (On the tables of the orders service.) */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <sodium.h>

#include "clock.h"
#include "db_internal.h"
#include "idempotency.h"
#include "orders.pb-c.h"
#include "orders_migrations.h"
#include "store_test.h"
#include "uuid.h"

static const char *conninfo;
static const unsigned char SEAL[IDEMPOTENCY_SEAL_SIZE] = "a secret of thirty-two bytes...";
static const unsigned char OTHER_SEAL[IDEMPOTENCY_SEAL_SIZE] = "another secret of 32 bytes.....";

static const struct sql insert_mark = {"test.insert_mark", "INSERT INTO mark (text) VALUES ($1)"};

/* One caller: a thread's own connection, arena and call. */
struct sender {
    struct db *db;
    struct arena *arena;
    struct rpc_call call;
    Rpc__V1__Caller caller;
    Orders__V1__GetOrderRequest request;
    Orders__V1__Order reply;
    struct idempotency_work work;
    const char *mark; /* what the transaction saves; the answer's number */
    int runs;
    int sleep_ms;
    bool goes_deaf;
    enum status refuses;
    struct error err;
};

static enum status save_mark(struct db *db, void *arg, struct error *err)
{
    struct sender *sender = arg;
    sender->runs++;
    enum db_outcome outcome = db_exec(db, &insert_mark, DB_ARGS(DB_ARG(sender->mark)), NULL, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    if (sender->goes_deaf)
        assert_int_equal(shutdown(PQsocket(db->connection), SHUT_RD), 0);
    if (sender->sleep_ms > 0)
        nanosleep(&(struct timespec){.tv_sec = sender->sleep_ms / 1000, .tv_nsec = sender->sleep_ms % 1000 * 1000000L}, NULL);
    sender->goes_deaf = false;
    sender->reply.number = (char *)sender->mark;
    return sender->refuses == STATUS_OK ? STATUS_OK : error_set(err, sender->refuses, "No.");
}

static void sender_init(struct sender *sender, const char *subject, const char *key, const char *mark)
{
    memset(sender, 0, sizeof(*sender));
    sender->db = store_test_db(conninfo);
    sender->arena = arena_new(4096, 65536);
    sender->mark = mark;
    sender->caller = (Rpc__V1__Caller)RPC__V1__CALLER__INIT;
    sender->caller.subject = (char *)subject;
    sender->call = (struct rpc_call){.meta = {.caller = &sender->caller,
                                              .request_id = "test",
                                              .traceparent = "",
                                              .idempotency_key = key,
                                              .deadline_us = clock_monotonic_us() + 10 * US_PER_S},
                                     .arena = sender->arena,
                                     .worker = sender->db};
    orders__v1__get_order_request__init(&sender->request);
    sender->request.order_id = (char *)"asked";
    orders__v1__order__init(&sender->reply);
    sender->work = (struct idempotency_work){.method = "SaveMark",
                                             .request = &sender->request.base,
                                             .reply = &sender->reply.base,
                                             .fn = save_mark,
                                             .arg = sender};
}

static void sender_done(struct sender *sender)
{
    db_free(sender->db);
    arena_free(sender->arena);
}

static enum status ask(struct sender *sender)
{
    error_clear(&sender->err);
    sender->call.replayed = false;
    return idempotency_transact(&sender->call, &sender->work, &sender->err);
}

static const char *new_subject(void)
{
    static char subject[UUID_SIZE];
    uuid_v7(clock_now_us(), subject);
    return subject;
}

static const char *marks(void)
{
    return store_test_value(conninfo, "SELECT string_agg(text, ' ' ORDER BY text) FROM mark");
}

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    store_test_run(conninfo, "CREATE TABLE mark (text text CONSTRAINT mark_once UNIQUE)");
    return sodium_init() < 0 ? -1 : 0;
}

static int clear(void **state)
{
    (void)state;
    store_test_run(conninfo, "TRUNCATE mark, idempotency_key");
    return 0;
}

static void test_a_copy_gets_the_first_answer_and_does_nothing(void **state)
{
    (void)state;
    struct sender first, second;
    const char *subject = new_subject();
    sender_init(&first, subject, "key-1", "one");
    sender_init(&second, subject, "key-1", "two");
    assert_int_equal(ask(&first), STATUS_OK);
    assert_int_equal(ask(&second), STATUS_OK);
    assert_string_equal(second.reply.number, "one");
    assert_int_equal(second.runs, 0);
    assert_true(second.call.replayed);
    assert_false(first.call.replayed);
    assert_string_equal(marks(), "one");
    sender_done(&first);
    sender_done(&second);
}

static void test_without_a_key_everything_is_done(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, new_subject(), "", "one");
    assert_int_equal(ask(&sender), STATUS_OK);
    sender.mark = "two";
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_string_equal(marks(), "one two");
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM idempotency_key"), "0");
    sender_done(&sender);
}

static void test_one_key_is_for_one_request(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, new_subject(), "key-1", "one");
    assert_int_equal(ask(&sender), STATUS_OK);
    sender.request.order_id = (char *)"something else";
    assert_int_equal(ask(&sender), STATUS_INVALID_ARGUMENT);
    assert_string_equal(sender.err.violations[0].code, "idempotency_key_reused");
    assert_int_equal(sender.runs, 1);
    sender_done(&sender);
}

static void *ask_in_a_thread(void *arg)
{
    assert_int_equal(ask(arg), STATUS_OK);
    return NULL;
}

static void nap_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void test_a_copy_waits_for_the_one_that_runs(void **state)
{
    (void)state;
    struct sender slow, quick;
    pthread_t thread;
    const char *subject = new_subject();
    sender_init(&slow, subject, "key-1", "slow");
    sender_init(&quick, subject, "key-1", "quick");
    slow.sleep_ms = 600;
    assert_int_equal(pthread_create(&thread, NULL, ask_in_a_thread, &slow), 0);
    nap_ms(200);
    assert_int_equal(ask(&quick), STATUS_OK);
    pthread_join(thread, NULL);
    assert_string_equal(quick.reply.number, "slow");
    assert_true(quick.call.replayed);
    assert_string_equal(marks(), "slow");
    sender_done(&slow);
    sender_done(&quick);
}

static void test_a_copy_waits_no_longer_than_its_call_has(void **state)
{
    (void)state;
    struct sender slow, quick;
    pthread_t thread;
    const char *subject = new_subject();
    sender_init(&slow, subject, "key-1", "slow");
    sender_init(&quick, subject, "key-1", "quick");
    slow.sleep_ms = 1200;
    assert_int_equal(pthread_create(&thread, NULL, ask_in_a_thread, &slow), 0);
    nap_ms(200);
    quick.call.meta.deadline_us = clock_monotonic_us() + 400 * US_PER_MS;
    assert_int_equal(ask(&quick), STATUS_ABORTED);
    assert_int_equal(quick.err.retry_after_s, 1);
    assert_true(clock_monotonic_us() <= quick.call.meta.deadline_us);
    pthread_join(thread, NULL);
    assert_int_equal(quick.runs, 0);
    sender_done(&slow);
    sender_done(&quick);
}

static void test_a_refusal_leaves_the_key_free_and_its_reason_seen(void **state)
{
    (void)state;
    struct sender sender;
    store_test_run(conninfo, "INSERT INTO mark VALUES ('taken')");
    sender_init(&sender, new_subject(), "key-1", "taken");
    assert_int_equal(ask(&sender), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(sender.db), "mark_once");
    sender.mark = "free";
    sender.refuses = STATUS_FAILED_PRECONDITION;
    assert_int_equal(ask(&sender), STATUS_FAILED_PRECONDITION);
    sender.refuses = STATUS_OK;
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_false(sender.call.replayed);
    assert_string_equal(marks(), "free taken");
    sender_done(&sender);
}

/* The server commits and its word comes nowhere: it is asked, and what it saved is the answer. */
static void test_a_lost_commit_is_asked_about(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, new_subject(), "key-0", "an earlier one");
    assert_int_equal(ask(&sender), STATUS_OK); /* every statement is prepared now: nothing waits before the commit */
    sender.call.meta.idempotency_key = "key-1";
    sender.mark = "one";
    sender.goes_deaf = true;
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_string_equal(sender.reply.number, "one");
    assert_string_equal(marks(), "an earlier one one");
    assert_int_equal(sender.runs, 2);
    sender_done(&sender);
}

static void test_a_sealed_answer_is_read_by_its_secret_alone(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, new_subject(), "key-1", "token-that-nobody-may-see");
    sender.work.seal = SEAL;
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_string_equal(
        store_test_value(conninfo, "SELECT count(*) FROM idempotency_key WHERE position('token-that' in encode(answer, 'escape')) > 0"),
        "0");
    unsigned char plain[IDEMPOTENCY_DIGEST_SIZE];
    char hex[2 * IDEMPOTENCY_DIGEST_SIZE + 1], query[200];
    uint8_t packed[64];
    size_t size = protobuf_c_message_pack(&sender.request.base, packed);
    crypto_generichash(plain, sizeof(plain), packed, size, NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), plain, sizeof(plain));
    snprintf(query, sizeof(query), "SELECT count(*) FROM idempotency_key WHERE encode(digest, 'hex') = '%s'", hex);
    assert_string_equal(store_test_value(conninfo, query), "0"); /* a password cannot be tried out on the digest */
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_string_equal(sender.reply.number, "token-that-nobody-may-see");
    assert_int_equal(sender.runs, 1);
    sender.work.seal = OTHER_SEAL;
    assert_int_equal(ask(&sender), STATUS_INVALID_ARGUMENT); /* another digest, too */
    sender_done(&sender);
}

static void test_strangers_do_not_meet_in_a_key(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, "", "1", "one");
    assert_int_equal(ask(&sender), STATUS_INVALID_ARGUMENT);
    assert_string_equal(sender.err.violations[0].code, "too_short");
    sender.call.meta.idempotency_key = "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50";
    assert_int_equal(ask(&sender), STATUS_OK);
    sender_done(&sender);
}

static enum status save_in_a_joined_transaction(struct db *db, void *arg, struct error *err)
{
    enum status status = db_transact(db, save_mark, arg, err);
    error_clear(err);
    (void)status; /* overlooked, as a careless caller would */
    return STATUS_OK;
}

static void test_what_joins_a_transaction_is_saved_or_undone_with_it(void **state)
{
    (void)state;
    struct sender sender;
    sender_init(&sender, new_subject(), "key-1", "one");
    sender.work.fn = save_in_a_joined_transaction;
    sender.refuses = STATUS_FAILED_PRECONDITION;
    assert_int_equal(ask(&sender), STATUS_FAILED_PRECONDITION);
    assert_string_equal(marks(), "");
    sender.refuses = STATUS_OK;
    assert_int_equal(ask(&sender), STATUS_OK);
    assert_string_equal(marks(), "one");
    sender_done(&sender);
}

static void test_the_next_sweep_is_a_day_after_the_oldest(void **state)
{
    (void)state;
    struct sender sender;
    int64_t due_us = 0;
    sender_init(&sender, new_subject(), "key-1", "one");
    assert_int_equal(idempotency_next_sweep(sender.db, sender.arena, &due_us, &sender.err), DB_OK);
    assert_in_range(due_us - clock_now_us(), 24 * 3600 * US_PER_S - 10 * US_PER_S, 24 * 3600 * US_PER_S);
    assert_int_equal(ask(&sender), STATUS_OK);
    store_test_run(conninfo, "UPDATE idempotency_key SET created_at = now() - interval '23 hours'");
    assert_int_equal(idempotency_next_sweep(sender.db, sender.arena, &due_us, &sender.err), DB_OK);
    assert_in_range(due_us - clock_now_us(), 3600 * US_PER_S - 10 * US_PER_S, 3600 * US_PER_S);
    sender_done(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_copy_gets_the_first_answer_and_does_nothing, clear),
        cmocka_unit_test_setup(test_without_a_key_everything_is_done, clear),
        cmocka_unit_test_setup(test_one_key_is_for_one_request, clear),
        cmocka_unit_test_setup(test_a_copy_waits_for_the_one_that_runs, clear),
        cmocka_unit_test_setup(test_a_copy_waits_no_longer_than_its_call_has, clear),
        cmocka_unit_test_setup(test_a_refusal_leaves_the_key_free_and_its_reason_seen, clear),
        cmocka_unit_test_setup(test_a_lost_commit_is_asked_about, clear),
        cmocka_unit_test_setup(test_a_sealed_answer_is_read_by_its_secret_alone, clear),
        cmocka_unit_test_setup(test_strangers_do_not_meet_in_a_key, clear),
        cmocka_unit_test_setup(test_what_joins_a_transaction_is_saved_or_undone_with_it, clear),
        cmocka_unit_test_setup(test_the_next_sweep_is_a_day_after_the_oldest, clear),
    };
    return cmocka_run_group_tests(tests, open_all, NULL);
}
