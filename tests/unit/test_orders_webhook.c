/* Webhooks: merchants can prove who called, nobody is called inside our networks, and a receiver that is down is not
 * hammered. */
#include "check.h"

#include <arpa/inet.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "courier_lane.h"
#include "courier_retry.h"
#include "webhook_address.h"
#include "webhook_signature.h"

/* ---- the signature ---- */

/* The example of the specification and of its reference libraries (github.com/standard-webhooks/standard-webhooks). */
static void test_the_signature_is_that_of_the_specification(void **state)
{
    (void)state;
    unsigned char secret[64];
    size_t size = 0;
    struct arena *arena = arena_new(4096, 0);
    const char *text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_return_code(
        sodium_base642bin(secret, sizeof(secret), text, strlen(text), NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL), 0);
    assert_int_equal(size, 24);
    assert_string_equal(
        webhook_signature(secret, size, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}", arena),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_string_equal(webhook_secret_text(secret, size, arena), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    arena_free(arena);
}

/* ---- addresses ---- */

static bool is_public(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return webhook_address_is_public((const struct sockaddr *)(const void *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return webhook_address_is_public((const struct sockaddr *)(const void *)&six);
}

/* First and last addresses of the blocks in IANA's special-purpose registries, and what lies beside them. */
static void test_addresses_within_networks_are_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "0.0.0.0",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fe80::1",
        "febf::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "100::1",
        "fec0::1",
        "::127.0.0.1",
        "fd00:ec2::254",
        "3fff::1",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (is_public(refused[i]))
            fail_msg("%s would be called", refused[i]);
}

static void test_public_addresses_are_called(void **state)
{
    (void)state;
    static const char *const called[] = {
        "1.1.1.1",          "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",     "128.0.0.1",
        "169.253.0.1",      "172.15.255.255",  "172.32.0.0",
        "192.167.255.255",  "192.169.0.1",     "197.248.1.1",
        "198.17.0.1",       "198.20.0.1",      "223.255.255.1",
        "2606:4700::1111",  "2c0f:fb50::1",    "::ffff:1.1.1.1",
        "64:ff9b::101:101", "2002:101:101::1", "2001:4860:4860::8888",
    };
    for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++)
        if (!is_public(called[i]))
            fail_msg("%s would not be called", called[i]);
}

/* ---- when again ---- */

static void test_pauses_grow_and_end_after_three_days(void **state)
{
    (void)state;
    int64_t total_us = 0;
    for (int64_t attempt = 1; attempt < COURIER_ATTEMPTS_MAX; attempt++) {
        int64_t least = courier_retry_pause_us(attempt, 0);
        int64_t most = courier_retry_pause_us(attempt, 400);
        assert_true(most > least);
        assert_true(attempt == 1 || courier_retry_pause_us(attempt, 200) >= courier_retry_pause_us(attempt - 1, 200));
        total_us += courier_retry_pause_us(attempt, 200);
    }
    assert_int_equal(courier_retry_pause_us(1, 200), 5 * US_PER_S);
    assert_int_equal(courier_retry_pause_us(3, 200), 80 * US_PER_S);
    assert_int_equal(courier_retry_pause_us(1, 0), 4 * US_PER_S);
    assert_in_range(total_us / US_PER_S, 70 * 3600, 96 * 3600);
}

static void test_an_endpoint_rests_after_five_failures(void **state)
{
    (void)state;
    assert_int_equal(courier_retry_rest_us(4, 200), 0);
    assert_int_equal(courier_retry_rest_us(5, 200), 30 * US_PER_S);
    assert_int_equal(courier_retry_rest_us(7, 200), 120 * US_PER_S);
    assert_int_equal(courier_retry_rest_us(1000, 200), 3600 * US_PER_S);
}

/* ---- what becomes of a message ---- */

#define NOW (INT64_C(1800000000) * US_PER_S)

static struct courier_end decide(enum courier_result result, int64_t attempts, int64_t age_s, const char *topic,
                                 const char *kind)
{
    const struct courier_job job = {
        .attempts = attempts, .created_at_us = NOW - age_s * US_PER_S, .kind = kind, .failures = attempts - 1};
    const struct courier_outcome outcome = {.result = result};
    return courier_lane_decide(&job, notice_find(topic), &outcome, NOW, 200);
}

static void test_a_message_ends_as_it_should(void **state)
{
    (void)state;
    assert_string_equal(decide(COURIER_SENT, 1, 0, "order.placed", "webhook").state, "delivered");
    assert_string_equal(decide(COURIER_NEVER, 1, 0, "order.placed", "mail").state, "failed");
    assert_string_equal(decide(COURIER_DOUBT, 1, 0, "order.shipped", "sms").state, "in_doubt");
    assert_string_equal(decide(COURIER_AGAIN, COURIER_ATTEMPTS_MAX, 0, "order.placed", "webhook").state, "failed");
    struct courier_end again = decide(COURIER_AGAIN, 2, 10, "order.placed", "webhook");
    assert_string_equal(again.state, "due");
    assert_int_equal(again.due_at_us, NOW + 20 * US_PER_S);
}

/* News of yesterday is no SMS any more, but still a mail. */
static void test_an_sms_is_given_up_before_a_mail(void **state)
{
    (void)state;
    assert_string_equal(decide(COURIER_AGAIN, 2, 4 * 3600, "order.placed", "sms").state, "failed");
    assert_string_equal(decide(COURIER_AGAIN, 2, 4 * 3600, "order.placed", "mail").state, "due");
}

/* A code that comes after its life is worse than none. */
static void test_a_code_is_not_sent_late(void **state)
{
    (void)state;
    assert_string_equal(decide(COURIER_AGAIN, 4, 200, "order.confirm_code", "sms").state, "due");
    assert_string_equal(decide(COURIER_AGAIN, 5, 500, "order.confirm_code", "sms").state, "failed");
}

static void test_an_endpoint_that_is_gone_is_called_no_more(void **state)
{
    (void)state;
    struct courier_end end = decide(COURIER_GONE, 1, 0, "order.placed", "webhook");
    assert_false(end.keeps_active);
    assert_string_equal(end.state, "failed");
    assert_true(decide(COURIER_AGAIN, 1, 0, "order.placed", "webhook").keeps_active);
}

static void test_failures_in_a_row_pause_an_endpoint_and_a_success_ends_them(void **state)
{
    (void)state;
    struct courier_end fifth = decide(COURIER_AGAIN, 5, 0, "order.placed", "webhook");
    assert_int_equal(fifth.failures, 5);
    assert_int_equal(fifth.paused_until_us, NOW + 30 * US_PER_S);
    struct courier_end success = decide(COURIER_SENT, 6, 0, "order.placed", "webhook");
    assert_int_equal(success.failures, 0);
    assert_int_equal(success.paused_until_us, 0);
}

RUN_TESTS(cmocka_unit_test(test_the_signature_is_that_of_the_specification),
          cmocka_unit_test(test_addresses_within_networks_are_refused), cmocka_unit_test(test_public_addresses_are_called),
          cmocka_unit_test(test_pauses_grow_and_end_after_three_days),
          cmocka_unit_test(test_an_endpoint_rests_after_five_failures), cmocka_unit_test(test_a_message_ends_as_it_should),
          cmocka_unit_test(test_a_code_is_not_sent_late), cmocka_unit_test(test_an_sms_is_given_up_before_a_mail),
          cmocka_unit_test(test_an_endpoint_that_is_gone_is_called_no_more),
          cmocka_unit_test(test_failures_in_a_row_pause_an_endpoint_and_a_success_ends_them))
