/* The outbox and its relay: what was committed is told, in order for each key, also when consumers and connections fail. */
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "orders_migrations.h"
#include "outbox.h"
#include "outbox_relay.h"
#include "store_test.h"

#define HEARD_MAX 4096
#define KEYS 10
#define EVENTS_PER_KEY 30
#define WRITERS 4

static const char *conninfo;
static struct service_settings settings;
static struct db *db;

/* A consumer that notes what it is told. */
static struct consumer {
    pthread_mutex_t lock;
    char heard[HEARD_MAX][32]; /* "key:payload" */
    size_t count;
    char busy[OUTBOX_BATCH * 2][16]; /* keys that are being delivered now, by any relay */
    bool was_mixed;                  /* one key was delivered by two at the same time */
    int failures_left;               /* deliveries to fail */
    const char *refused;             /* a payload that is refused */
    int pause_us;
} consumer = {.lock = PTHREAD_MUTEX_INITIALIZER};

static char *place_of(const char *key)
{
    for (size_t i = 0; i < sizeof(consumer.busy) / sizeof(consumer.busy[0]); i++)
        if (strcmp(consumer.busy[i], key) == 0)
            return consumer.busy[i];
    return NULL;
}

static enum status begin(const struct outbox_record *events, size_t count, struct error *err)
{
    pthread_mutex_lock(&consumer.lock);
    for (size_t i = 0; i < count; i++) {
        consumer.was_mixed |= place_of(events[i].key) != NULL;
        snprintf(place_of(""), sizeof(consumer.busy[0]), "%s", events[i].key);
    }
    bool fails = consumer.failures_left > 0;
    consumer.failures_left -= fails;
    pthread_mutex_unlock(&consumer.lock);
    return fails ? error_set(err, STATUS_UNAVAILABLE, "not now") : STATUS_OK;
}

static void end(struct outbox_record *events, size_t count, bool heard)
{
    pthread_mutex_lock(&consumer.lock);
    for (size_t i = 0; i < count; i++) {
        place_of(events[i].key)[0] = '\0';
        if (consumer.refused && strcmp(events[i].payload_json, consumer.refused) == 0)
            events[i].refusal = "never";
        else if (heard)
            snprintf(consumer.heard[consumer.count++], sizeof(consumer.heard[0]), "%s:%s", events[i].key,
                     events[i].payload_json);
    }
    pthread_mutex_unlock(&consumer.lock);
}

static enum status deliver(void *arg, struct outbox_record *events, size_t count, struct arena *arena, struct error *err)
{
    (void)arg;
    (void)arena;
    enum status status = begin(events, count, err);
    usleep((useconds_t)consumer.pause_us);
    end(events, count, status == STATUS_OK);
    return status;
}

static size_t heard_count(void)
{
    pthread_mutex_lock(&consumer.lock);
    size_t count = consumer.count;
    pthread_mutex_unlock(&consumer.lock);
    return count;
}

/* Whether that many were heard within the time. */
static bool hears(size_t wanted, int64_t within_us)
{
    int64_t until_us = clock_monotonic_us() + within_us;
    while (heard_count() < wanted && clock_monotonic_us() < until_us)
        usleep(2000);
    return heard_count() >= wanted;
}

/* ---- writing ---- */

struct writing {
    const char *key;
    const char *payload;
    bool fails;
};

static enum status send_one(struct db *connection, void *arg, struct error *err)
{
    const struct writing *writing = arg;
    outbox_send(connection, &(struct outbox_event){"order.placed", writing->key, writing->payload});
    return writing->fails ? error_set(err, STATUS_ABORTED, "changed its mind") : STATUS_OK;
}

static enum status tell_by(struct db *connection, const char *key, int number, bool fails)
{
    char payload[16];
    struct error err;
    error_clear(&err);
    snprintf(payload, sizeof(payload), "%d", number);
    struct writing writing = {key, payload, fails};
    return db_transact(connection, send_one, &writing, &err);
}

static void tell(const char *key, int number)
{
    assert_int_equal(tell_by(db, key, number, false), STATUS_OK);
}

static struct outbox_relay *relay_open(void)
{
    struct outbox_relay *relay = NULL;
    struct error err;
    error_clear(&err);
    assert_int_equal(outbox_relay_open(&settings, deliver, NULL, &relay, &err), STATUS_OK);
    return relay;
}

static int open_all(void **state)
{
    (void)state;
    assert_return_code(sodium_init(), 0);
    log_init("test", LOG_LEVEL_ERROR);
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    settings = (struct service_settings){.database_url = conninfo, .statement_timeout_ms = 10000};
    db = store_test_db(conninfo);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_free(db);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    store_test_run(conninfo, "TRUNCATE outbox_event");
    memset(consumer.heard, 0, sizeof(consumer.heard));
    memset(consumer.busy, 0, sizeof(consumer.busy));
    consumer.count = 0;
    consumer.was_mixed = false;
    consumer.failures_left = 0;
    consumer.refused = NULL;
    consumer.pause_us = 0;
    return 0;
}

/* Every key's events came once each, in the order in which they were written. */
static void check_all_in_order(int keys, int per_key)
{
    int next[KEYS] = {0};
    assert_int_equal(consumer.count, keys * per_key);
    for (size_t i = 0; i < consumer.count; i++) {
        int key = -1, number = -1;
        assert_int_equal(sscanf(consumer.heard[i], "k%d:%d", &key, &number), 2);
        assert_int_equal(number, next[key]++);
    }
}

/* ---- tests ---- */

static void test_a_change_that_is_rolled_back_tells_nothing(void **state)
{
    (void)state;
    assert_int_equal(tell_by(db, "k0", 1, true), STATUS_ABORTED);
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM outbox_event"), "0");
}

static void test_what_waited_is_told_in_order(void **state)
{
    (void)state;
    for (int number = 0; number < EVENTS_PER_KEY; number++)
        for (int key = 0; key < KEYS; key++) {
            char name[16];
            snprintf(name, sizeof(name), "k%d", key);
            tell(name, number);
        }
    struct outbox_relay *relay = relay_open();
    assert_true(hears(KEYS * EVENTS_PER_KEY, 20 * US_PER_S));
    outbox_relay_close(relay);
    check_all_in_order(KEYS, EVENTS_PER_KEY);
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM outbox_event"), "0");
}

/* The relay sleeps; its own first look would come after 30 s. */
static void test_a_commit_wakes_a_sleeping_relay(void **state)
{
    (void)state;
    struct outbox_relay *relay = relay_open();
    usleep(300000);
    tell("k0", 0);
    assert_true(hears(1, 20 * US_PER_S));
    outbox_relay_close(relay);
}

static void *write_keys(void *arg)
{
    const int first = *(const int *)arg;
    struct db *connection = store_test_db(conninfo);
    for (int number = 0; number < EVENTS_PER_KEY; number++)
        for (int key = first; key < KEYS; key += WRITERS) {
            char name[16];
            snprintf(name, sizeof(name), "k%d", key);
            if (tell_by(connection, name, number, false) != STATUS_OK)
                abort();
        }
    db_free(connection);
    return NULL;
}

static void test_two_relays_share_the_keys_and_keep_their_order(void **state)
{
    (void)state;
    pthread_t threads[WRITERS];
    int firsts[WRITERS];
    consumer.pause_us = 1000;
    struct outbox_relay *relays[] = {relay_open(), relay_open()};
    for (int i = 0; i < WRITERS; i++) {
        firsts[i] = i;
        assert_return_code(pthread_create(&threads[i], NULL, write_keys, &firsts[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(hears(KEYS * EVENTS_PER_KEY, 20 * US_PER_S));
    outbox_relay_close(relays[0]);
    outbox_relay_close(relays[1]);
    assert_false(consumer.was_mixed);
    check_all_in_order(KEYS, EVENTS_PER_KEY);
}

static void test_a_consumer_that_is_away_gets_everything_later(void **state)
{
    (void)state;
    consumer.failures_left = 2;
    tell("k0", 0);
    tell("k0", 1);
    struct outbox_relay *relay = relay_open();
    assert_true(hears(2, 20 * US_PER_S)); /* it comes again after 1 s and 2 s */
    outbox_relay_close(relay);
    check_all_in_order(1, 2);
}

static void test_a_key_that_waits_holds_up_no_other(void **state)
{
    (void)state;
    tell("k0", 0);
    tell("k0", 1);
    tell("k1", 0);
    store_test_run(conninfo,
                   "UPDATE outbox_event SET due_at = now() + interval '1 hour' WHERE key = 'k0' AND payload = '0'");
    struct outbox_relay *relay = relay_open();
    assert_true(hears(1, 20 * US_PER_S));
    usleep(200000);
    outbox_relay_close(relay);
    assert_int_equal(consumer.count, 1);
    assert_string_equal(consumer.heard[0], "k1:0");
}

static void test_a_refused_event_is_put_aside_and_may_be_replayed(void **state)
{
    (void)state;
    struct error err;
    int64_t count = 0;
    struct arena *arena = arena_new(1024, 1024);
    error_clear(&err);
    consumer.refused = "0";
    tell("k0", 0);
    tell("k0", 1);
    struct outbox_relay *relay = relay_open();
    assert_true(hears(1, 20 * US_PER_S));
    assert_string_equal(consumer.heard[0], "k0:1");
    assert_string_equal(store_test_value(conninfo, "SELECT state || ' ' || last_error FROM outbox_event"), "failed never");
    consumer.refused = NULL;
    assert_int_equal(outbox_replay(db, &count, arena, &err), DB_OK);
    assert_int_equal(count, 1);
    assert_true(hears(2, 20 * US_PER_S));
    outbox_relay_close(relay);
    arena_free(arena);
}

/* A relay that was killed while delivering: its event comes due again, and what is younger has waited for it. */
static void test_the_event_of_a_relay_that_died_is_taken_again(void **state)
{
    (void)state;
    tell("k0", 0);
    tell("k0", 1);
    store_test_run(conninfo, "UPDATE outbox_event SET attempts = 1, due_at = now() + interval '3 s' WHERE payload = '0'");
    struct outbox_relay *relay = relay_open();
    usleep(500000);
    assert_int_equal(heard_count(), 0);
    assert_true(hears(2, 20 * US_PER_S));
    outbox_relay_close(relay);
    check_all_in_order(1, 2);
}

/* What is told while the connection that listens is away is found when it is back. */
static void test_a_lost_connection_loses_no_event(void **state)
{
    (void)state;
    struct outbox_relay *relay = relay_open();
    usleep(300000);
    store_test_run(conninfo, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
                             "application_name IN ('listens for outbox', 'outbox relay')");
    tell("k0", 0);
    assert_true(hears(1, 20 * US_PER_S)); /* the first sweep of its own would come after 30 s */
    tell("k0", 1);
    assert_true(hears(2, 20 * US_PER_S));
    outbox_relay_close(relay);
}

#define OUTBOX_TEST(test) cmocka_unit_test_setup(test, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTBOX_TEST(test_a_change_that_is_rolled_back_tells_nothing),
        OUTBOX_TEST(test_what_waited_is_told_in_order),
        OUTBOX_TEST(test_a_commit_wakes_a_sleeping_relay),
        OUTBOX_TEST(test_two_relays_share_the_keys_and_keep_their_order),
        OUTBOX_TEST(test_a_consumer_that_is_away_gets_everything_later),
        OUTBOX_TEST(test_a_key_that_waits_holds_up_no_other),
        OUTBOX_TEST(test_a_refused_event_is_put_aside_and_may_be_replayed),
        OUTBOX_TEST(test_the_event_of_a_relay_that_died_is_taken_again),
        OUTBOX_TEST(test_a_lost_connection_loses_no_event),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
