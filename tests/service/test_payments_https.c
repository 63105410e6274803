/* What leaves this machine and what is known afterwards: the difference between "nothing was done" and "it may have been done". */
#include "payments_stage.h"

#include <string.h>

#include "clock.h"
#include "https.h"

#define DEADLINE_S 5

static struct error err;
static struct https_answer answer;

static enum status get(struct https *https, const char *url, int64_t patience_ms)
{
    const struct https_request request = {.method = "GET", .url = url};
    error_clear(&err);
    return https_send(https, &request, clock_monotonic_us() + patience_ms * US_PER_MS, payments_arena(), &answer, &err);
}

static struct https *ours(void)
{
    return https_new(payments_settings().ca_file, 5000);
}

static const char *url(const char *path)
{
    return arena_printf(payments_arena(), "%s%s", payments_settings().paystack_url, path);
}

static void an_answer_is_read(void **state)
{
    (void)state;
    struct https *https = ours();
    assert_int_equal(get(https, url("/transaction/verify/x"), 5000), STATUS_OK);
    assert_int_equal(answer.code, 401);
    assert_non_null(strstr(answer.body, "Invalid key"));
    https_free(https);
}

static void nobody_listening_is_certain(void **state)
{
    (void)state;
    struct https *https = ours();
    assert_int_equal(get(https, "https://127.0.0.1:1/", 5000), STATUS_UNAVAILABLE);
    https_free(https);
}

/* The certificate is no authority's that the machine trusts: not a byte of the request is shown to that server. */
static void an_untrusted_certificate_is_certain(void **state)
{
    (void)state;
    struct https *https = https_new("", 5000);
    assert_int_equal(get(https, url("/transaction/verify/x"), 5000), STATUS_UNAVAILABLE);
    https_free(https);
}

/* The certificate is for localhost and 127.0.0.1. */
static void another_name_than_the_certificate_s_is_certain(void **state)
{
    (void)state;
    struct https *https = ours();
    const char *port = strrchr(payments_settings().paystack_url, ':');
    assert_int_equal(get(https, arena_printf(payments_arena(), "https://127.0.0.2%s/", port), 5000), STATUS_UNAVAILABLE);
    https_free(https);
}

static void http_without_tls_is_not_spoken(void **state)
{
    (void)state;
    struct https *https = ours();
    assert_int_equal(get(https, "http://127.0.0.1:1/", 5000), STATUS_UNAVAILABLE);
    https_free(https);
}

static void an_answer_that_does_not_come_is_uncertain(void **state)
{
    (void)state;
    struct https *https = ours();
    payments_switch("{\"paystack\": {\"slow\": 1, \"slowMs\": 3000}}");
    assert_int_equal(get(https, url("/transaction/verify/x"), 700), STATUS_UNKNOWN);
    https_free(https);
}

static void a_deadline_that_has_passed_is_certain(void **state)
{
    (void)state;
    struct https *https = ours();
    assert_int_equal(get(https, url("/transaction/verify/x"), -1), STATUS_UNAVAILABLE);
    https_free(https);
}

static void an_answer_without_end_is_cut(void **state)
{
    (void)state;
    struct https *https = ours();
    payments_switch("{\"paystack\": {\"huge\": 1}}");
    assert_int_equal(get(https, url("/transaction/verify/x"), 5000), STATUS_UNKNOWN);
    https_free(https);
}

/* libcurl repeats a request by itself when a kept connection turns out to be closed; where that would charge twice, it does not. */
static void what_must_be_sent_once_is_sent_once(void **state)
{
    (void)state;
    struct https *https = ours();
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    const struct provider *paystack = payments_provider("paystack");
    error_clear(&err);
    assert_int_equal(provider_create(paystack, payments_call(), &charge, &action, &err), STATUS_OK);
    payments_switch("{\"paystack\": {\"times\": {\"drop\": 2}}}");
    charge = payments_charge("KES", 150000);
    assert_int_equal(provider_create(paystack, payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    charge = payments_charge("KES", 150000);
    assert_int_equal(provider_create(paystack, payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "charges")), 3);
    https_free(https);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    struct https *https = ours();
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    error_clear(&err);
    assert_int_equal(provider_create(payments_provider("paystack"), payments_call(), &charge, &action, &err), STATUS_OK);
    const struct https_request request = {.method = "POST",
                                          .url = action.url,
                                          .headers = {"Content-Type: application/x-www-form-urlencoded"},
                                          .body = "does=pay"};
    assert_int_equal(https_send(https, &request, clock_monotonic_us() + DEADLINE_S * US_PER_S, payments_arena(), &answer, &err),
                     STATUS_OK);
    assert_int_equal(answer.code, 303);
    https_free(https);
}

static void too_many_requests_are_certain_and_say_when(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    error_clear(&err);
    payments_switch("{\"paystack\": {\"times\": {\"tooMany\": 1}}}");
    assert_int_equal(provider_create(payments_provider("paystack"), payments_call(), &charge, &action, &err),
                     STATUS_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_read),
        TEST(nobody_listening_is_certain),
        TEST(an_untrusted_certificate_is_certain),
        TEST(another_name_than_the_certificate_s_is_certain),
        TEST(http_without_tls_is_not_spoken),
        TEST(an_answer_that_does_not_come_is_uncertain),
        TEST(a_deadline_that_has_passed_is_certain),
        TEST(an_answer_without_end_is_cut),
        TEST(what_must_be_sent_once_is_sent_once),
        TEST(a_redirect_is_not_followed),
        TEST(too_many_requests_are_certain_and_say_when),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
