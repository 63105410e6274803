/* Webhooks over real TLS: merchants hear of each event once, can prove it, and one bad receiver harms nobody else. */
#include "courier_shop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

#include "clock.h"
#include "store_test.h"
#include "uuid.h"
#include "webhook_signature.h"

#define PAYLOAD "{\"id\":\"018f0000-0000-7000-8000-000000000001\",\"number\":\"KE-7F3K-9Q2M\"}"

static void deliver(const char *topic)
{
    assert_null(courier_deliver(NULL, topic, PAYLOAD));
}

/* As a merchant would: by the secret that was shown. */
static bool is_signed_with(const char *path, size_t i, const char *whsec)
{
    unsigned char secret[64];
    size_t size = 0;
    struct arena *arena = arena_new(4096, 0);
    const char *text = whsec + strlen("whsec_");
    assert_return_code(
        sodium_base642bin(secret, sizeof(secret), text, strlen(text), NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL), 0);
    const char *id = courier_member(path, i, "id");
    const char *body = courier_member(path, i, "body");
    int64_t timestamp_s = strtoll(courier_member(path, i, "timestamp"), NULL, 10);
    const char *signature = webhook_signature(secret, size, id, timestamp_s, body, arena);
    bool is_in = strstr(courier_member(path, i, "signature"), signature) != NULL;
    arena_free(arena);
    return is_in && llabs(timestamp_s - clock_now_us() / US_PER_S) < 10;
}

static void test_a_merchant_gets_the_event_and_can_prove_it(void **state)
{
    (void)state;
    char id[UUID_SIZE];
    const Orders__V1__WebhookEndpoint *endpoint = courier_endpoint("/ok", NULL);
    uuid_v7(clock_now_us(), id);
    assert_null(courier_deliver(id, "order.placed", PAYLOAD));
    assert_int_equal(courier_awaits("/ok", 1, 10000), 1);
    assert_string_equal(courier_member("/ok", 0, "id"), id);
    assert_string_equal(courier_member("/ok", 0, "type"), "application/json");
    assert_true(is_signed_with("/ok", 0, endpoint->secret));
    json_t *body = json_loads(courier_member("/ok", 0, "body"), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "type")), "order.placed");
    assert_string_equal(json_string_value(json_object_get(json_object_get(body, "data"), "number")), "KE-7F3K-9Q2M");
    json_decref(body);
    assert_true(courier_becomes("SELECT state FROM courier_message", "delivered", 10000));
}

static void test_copies_of_an_event_are_told_once(void **state)
{
    (void)state;
    char id[UUID_SIZE];
    (void)courier_endpoint("/ok", NULL);
    uuid_v7(clock_now_us(), id);
    for (int i = 0; i < 3; i++)
        assert_null(courier_deliver(id, "order.placed", PAYLOAD));
    assert_int_equal(courier_awaits("/ok", 2, 500), 1);
    assert_string_equal(store_test_value(courier_db, "SELECT count(*) FROM courier_message"), "1");
}

static void test_an_endpoint_hears_its_topics_only(void **state)
{
    (void)state;
    (void)courier_endpoint("/ok", "order.shipped");
    deliver("order.placed");
    deliver("order.shipped");
    assert_int_equal(courier_awaits("/ok", 2, 500), 1);
    assert_non_null(strstr(courier_member("/ok", 0, "body"), "order.shipped"));
}

static void test_a_code_goes_to_no_webhook_and_is_not_kept_in_clear(void **state)
{
    (void)state;
    (void)courier_endpoint("/ok", NULL);
    assert_null(courier_deliver(NULL, "order.confirm_code", "{\"phone\":\"+254712345678\",\"code\":\"424242\"}"));
    assert_int_equal(courier_awaits("/ok", 1, 300), 0);
    assert_string_equal(store_test_value(courier_db, "SELECT payload FROM inbox_event"), "");
    assert_string_equal(store_test_value(courier_db, "SELECT position('424242' in sealed::text) FROM inbox_event"), "0");
}

static void test_what_cannot_be_an_event_is_refused_and_said_so(void **state)
{
    (void)state;
    assert_non_null(courier_deliver(NULL, "order.dreamt", PAYLOAD));
    assert_non_null(courier_deliver(NULL, "order.placed", "[1]"));
    assert_non_null(courier_deliver("no-id", "order.placed", PAYLOAD));
    assert_null(courier_deliver(NULL, "order.placed", PAYLOAD));
}

static void test_a_receiver_that_fails_is_tried_again(void **state)
{
    (void)state;
    (void)courier_endpoint("/fail", NULL);
    deliver("order.placed");
    assert_int_equal(courier_awaits("/fail", 1, 10000), 1);
    assert_true(courier_becomes("SELECT state || ' ' || last_code FROM courier_message", "due 500", 10000));
    store_test_run(courier_db,
                   "UPDATE courier_message SET due_at = now(); SELECT pg_notify('courier_' || current_schema(), 'webhook')");
    assert_int_equal(courier_awaits("/fail", 2, 10000), 2);
    assert_string_equal(courier_member("/fail", 0, "id"), courier_member("/fail", 1, "id"));
}

/* With the pauses of 4 to 6 s, and 16 to 24 s shortened. */
static void test_a_receiver_that_recovers_gets_it(void **state)
{
    (void)state;
    const Orders__V1__WebhookEndpoint *endpoint = courier_endpoint("/flaky", NULL);
    deliver("order.placed");
    for (size_t tries = 1; tries <= 3; tries++) {
        assert_int_equal(courier_awaits("/flaky", tries, 10000), tries);
        assert_true(courier_becomes("SELECT count(*) FROM courier_message WHERE state = 'sending'", "0", 10000));
        store_test_run(courier_db, "UPDATE courier_message SET due_at = now() WHERE state = 'due'; "
                                   "SELECT pg_notify('courier_' || current_schema(), 'webhook')");
    }
    assert_true(courier_becomes("SELECT state || ' ' || attempts FROM courier_message", "delivered 3", 10000));
    assert_int_equal(courier_show(endpoint->id)->failures, 0);
}

/* The silent one holds its thread until the time is over, four times; the other must not wait for any of that. */
static void test_a_silent_receiver_stalls_no_other(void **state)
{
    (void)state;
    (void)courier_endpoint("/silent", NULL);
    (void)courier_endpoint("/ok", NULL);
    for (int i = 0; i < 10; i++)
        deliver("order.placed");
    assert_int_equal(courier_awaits("/ok", 10, 7000), 10);
    assert_in_range(courier_awaits("/silent", 1, 100), 1, 2);
}

static void test_redirects_are_not_followed_and_long_answers_not_read(void **state)
{
    (void)state;
    (void)courier_endpoint("/moved", NULL);
    (void)courier_endpoint("/huge", NULL);
    deliver("order.placed");
    assert_true(courier_becomes(
        "SELECT count(*) FROM courier_message WHERE state = 'due' AND attempts = 1 AND last_error <> ''", "2", 10000));
    assert_int_equal(json_array_size(courier_received("/ok")), 0);
}

static void test_a_receiver_that_is_gone_is_called_no_more(void **state)
{
    (void)state;
    const Orders__V1__WebhookEndpoint *endpoint = courier_endpoint("/gone", NULL);
    deliver("order.placed");
    assert_true(courier_becomes("SELECT state FROM courier_message", "failed", 10000));
    deliver("order.shipped");
    assert_int_equal(courier_awaits("/gone", 2, 300), 1);
    assert_false(courier_show(endpoint->id)->active);
}

static void test_five_failures_give_an_endpoint_a_rest(void **state)
{
    (void)state;
    const Orders__V1__WebhookEndpoint *endpoint = courier_endpoint("/fail", NULL);
    for (int i = 0; i < 7; i++)
        deliver("order.placed");
    assert_true(courier_becomes("SELECT failures FROM webhook_endpoint", "5", 10000));
    assert_int_equal(courier_awaits("/fail", 6, 300), 5);
    endpoint = courier_show(endpoint->id);
    assert_non_null(endpoint->paused_until);
    assert_int_equal(endpoint->waiting, 7);
}

/* A private address that a name resolves to is seen when the connection is made. */
static void test_private_addresses_are_not_called(void **state)
{
    (void)state;
    courier_orders_stop();
    courier_settings.courier.allow_private = false;
    courier_orders_start();
    (void)courier_endpoint("/ok", NULL);
    deliver("order.placed");
    assert_true(courier_becomes("SELECT state || attempts FROM courier_message", "due1", 10000));
    assert_int_equal(json_array_size(courier_received("/ok")), 0);
    courier_orders_stop();
    courier_settings.courier.allow_private = true;
    courier_orders_start();
}

static void test_a_new_secret_signs_beside_the_old_one(void **state)
{
    (void)state;
    const Orders__V1__WebhookEndpoint *before = courier_endpoint("/ok", NULL);
    const Orders__V1__WebhookEndpoint *after = courier_rotate(before->id);
    assert_non_null(after);
    assert_string_not_equal(before->secret, after->secret);
    assert_non_null(after->previous_secret_until);
    deliver("order.placed");
    assert_int_equal(courier_awaits("/ok", 1, 10000), 1);
    assert_true(is_signed_with("/ok", 0, before->secret));
    assert_true(is_signed_with("/ok", 0, after->secret));
    store_test_run(courier_db, "UPDATE webhook_endpoint SET previous_until = now() - interval '1 s'");
    deliver("order.placed");
    assert_int_equal(courier_awaits("/ok", 2, 10000), 2);
    assert_false(is_signed_with("/ok", 1, before->secret));
    assert_true(is_signed_with("/ok", 1, after->secret));
    assert_string_equal(courier_show(before->id)->secret, "");
}

/* Who is killed while calling leaves that message `sending` until its lease is over. */
static void test_a_sender_that_died_leaves_one_message_that_is_sent_again(void **state)
{
    (void)state;
    (void)courier_endpoint("/ok", NULL);
    courier_orders_stop();
    store_test_run(
        courier_db,
        "INSERT INTO inbox_event (id, topic, key, payload, made_at) VALUES "
        "(gen_random_uuid(), 'order.placed', 'k', '{}', now()), (gen_random_uuid(), 'order.shipped', 'k', '{}', now());"
        "INSERT INTO courier_message (id, event_id, kind, endpoint_id, state, attempts, due_at) "
        "SELECT gen_random_uuid(), i.id, 'webhook', e.id, 'sending', 1, now() + interval '4 s' "
        "FROM inbox_event i, webhook_endpoint e WHERE topic = 'order.placed';"
        "INSERT INTO courier_message (id, event_id, kind, state, attempts, due_at) "
        "SELECT gen_random_uuid(), i.id, 'sms', 'sending', 1, now() - interval '1 s' "
        "FROM inbox_event i WHERE topic = 'order.shipped';"
        "UPDATE webhook_endpoint SET busy_until = now() + interval '4 s'");
    courier_settings.courier.sms_api_key = "key";
    courier_settings.courier.sms_username = "shop";
    courier_settings.courier.sms_url = "https://localhost:1/";
    courier_settings.courier.sms_from = "";
    courier_orders_start();
    assert_int_equal(courier_awaits("/ok", 1, 500), 0);
    assert_int_equal(courier_awaits("/ok", 1, 20000), 1);
    assert_true(courier_becomes("SELECT state FROM courier_message WHERE kind = 'sms'", "in_doubt", 10000));
    courier_orders_stop();
    courier_settings.courier.sms_api_key = "";
    courier_orders_start();
}

static void test_what_failed_is_listed_and_replayed(void **state)
{
    (void)state;
    const Orders__V1__WebhookEndpoint *endpoint = courier_endpoint("/ok", NULL);
    deliver("order.placed");
    deliver("order.shipped");
    deliver("order.delivered");
    assert_int_equal(courier_awaits("/ok", 3, 10000), 3);
    assert_true(courier_becomes("SELECT count(*) FROM courier_message WHERE state = 'delivered'", "3", 10000));
    store_test_run(courier_db, "UPDATE courier_message SET state = 'failed' WHERE event_id IN "
                               "(SELECT id FROM inbox_event WHERE topic <> 'order.placed')");
    const Orders__V1__ListMessagesReply *page = courier_list(endpoint->id, 2, "");
    assert_int_equal(page->n_messages, 2);
    assert_int_equal(page->messages[0]->state, ORDERS__V1__MESSAGE__STATE__FAILED);
    const Orders__V1__ListMessagesReply *rest = courier_list(endpoint->id, 2, page->next_page_token);
    assert_int_equal(rest->n_messages, 1);
    assert_string_equal(rest->messages[0]->topic, "order.placed");
    assert_int_equal(courier_replay("", endpoint->id), 2);
    assert_int_equal(courier_awaits("/ok", 5, 10000), 5);
    assert_true(courier_becomes("SELECT count(*) FROM courier_message WHERE state = 'delivered'", "3", 10000));
    assert_int_equal(courier_replay(rest->messages[0]->id, ""), 1);
    assert_int_equal(courier_awaits("/ok", 6, 10000), 6);
}

static void test_an_endpoint_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://shop.example/hook", "https://", "ftp://x.example", "https://a:b@x.example/", "https://x.example/#top",
        "javascript:alert(1)",      ""};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_null(courier_endpoint_at(urls[i]));
        assert_string_equal(courier_error()->violations[0].field, "url");
    }
    assert_null(courier_rotate("018f0000-0000-7000-8000-000000000001"));
    assert_int_equal(courier_error()->status, STATUS_NOT_FOUND);
}

#define COURIER_TEST(test) cmocka_unit_test_setup(test, courier_shop_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COURIER_TEST(test_a_merchant_gets_the_event_and_can_prove_it),
        COURIER_TEST(test_copies_of_an_event_are_told_once),
        COURIER_TEST(test_an_endpoint_hears_its_topics_only),
        COURIER_TEST(test_a_code_goes_to_no_webhook_and_is_not_kept_in_clear),
        COURIER_TEST(test_what_cannot_be_an_event_is_refused_and_said_so),
        COURIER_TEST(test_a_receiver_that_fails_is_tried_again),
        COURIER_TEST(test_a_receiver_that_recovers_gets_it),
        COURIER_TEST(test_a_silent_receiver_stalls_no_other),
        COURIER_TEST(test_redirects_are_not_followed_and_long_answers_not_read),
        COURIER_TEST(test_a_receiver_that_is_gone_is_called_no_more),
        COURIER_TEST(test_five_failures_give_an_endpoint_a_rest),
        COURIER_TEST(test_private_addresses_are_not_called),
        COURIER_TEST(test_a_new_secret_signs_beside_the_old_one),
        COURIER_TEST(test_a_sender_that_died_leaves_one_message_that_is_sent_again),
        COURIER_TEST(test_what_failed_is_listed_and_replayed),
        COURIER_TEST(test_an_endpoint_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, courier_shop_open, courier_shop_close);
}
