/* Requests as they come over the wire: what a client loses when the edge is careless. */
#include "gateway_shop.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define H "Host: shop.example\r\n"
#define GUEST bearer(RPC__V1__CALLER__KIND__KIND_GUEST, 600)
#define STAFF bearer(RPC__V1__CALLER__KIND__KIND_STAFF, 600)
#define JSON "Content-Type: application/json\r\n"

static void an_answer_can_be_kept_and_asked_for_again(void **state)
{
    (void)state;
    struct answer first = ask("GET", "/v1/products/shirt?countryCode=KE", "", NULL);
    assert_int_equal(first.status, 200);
    assert_string_equal(header_of(&first, "Cache-Control"), "public, max-age=10, stale-while-revalidate=60");
    assert_string_equal(header_of(&first, "Vary"), "Accept-Encoding");
    assert_string_equal(header_of(&first, "X-Content-Type-Options"), "nosniff");
    assert_null(header_of(&first, "Server"));
    const char *etag = header_of(&first, "ETag");
    struct answer again =
        ask("GET", "/v1/products/shirt?countryCode=KE", format("If-None-Match: \"x\", W/%s\r\n", etag), NULL);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.body_size, 0);
    assert_string_equal(header_of(&again, "ETag"), etag);
    assert_non_null(header_of(&again, "Cache-Control"));
    struct answer other = ask("GET", "/v1/products/dress?countryCode=KE", format("If-None-Match: %s\r\n", etag), NULL);
    assert_int_equal(other.status, 200);
}

static void gzip_has_a_tag_of_its_own(void **state)
{
    (void)state;
    struct answer plain = ask("GET", "/v1/products/shirt", "", NULL);
    struct answer packed = ask("GET", "/v1/products/shirt", "Accept-Encoding: gzip\r\n", NULL);
    assert_string_equal(header_of(&packed, "Content-Encoding"), "gzip");
    assert_true(packed.body_size < plain.body_size / 10);
    assert_string_not_equal(header_of(&packed, "ETag"), header_of(&plain, "ETag"));
    struct answer refused = ask("GET", "/v1/products/shirt", "Accept-Encoding: gzip;q=0\r\n", NULL);
    assert_null(header_of(&refused, "Content-Encoding"));
    struct answer again = ask("GET", "/v1/products/shirt",
                              format("Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", header_of(&packed, "ETag")), NULL);
    assert_int_equal(again.status, 304);
}

static void head_says_what_get_would_send(void **state)
{
    (void)state;
    struct answer get = ask("GET", "/v1/products/shirt", "", NULL);
    struct answer head = ask("HEAD", "/v1/products/shirt", "", NULL);
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body_size, 0);
    assert_string_equal(header_of(&head, "Content-Length"), header_of(&get, "Content-Length"));
    assert_string_equal(header_of(&head, "ETag"), header_of(&get, "ETag"));
}

static void addresses_answer_for_their_methods(void **state)
{
    (void)state;
    struct answer wrong = ask("DELETE", "/v1/products", "", NULL);
    assert_int_equal(wrong.status, 405);
    assert_string_equal(header_of(&wrong, "Allow"), "GET, HEAD, OPTIONS");
    struct answer options = ask("OPTIONS", "/v1/cart/items", "", NULL);
    assert_int_equal(options.status, 204);
    assert_string_equal(header_of(&options, "Allow"), "OPTIONS, POST");
    assert_int_equal(ask("GET", "/v1/nothing", "", NULL).status, 404);
    assert_int_equal(ask("BREW", "/v1/products", "", NULL).status, 501);
    struct answer slash = ask("GET", "/v1/products/shirt/?countryCode=KE", "", NULL);
    assert_int_equal(slash.status, 308);
    assert_string_equal(header_of(&slash, "Location"), "/v1/products/shirt?countryCode=KE");
}

/* RFC 9112, sections 3.2, 6.1, 6.3, 11.2: what two servers could read differently. */
static void ambiguous_requests_are_refused_and_the_connection_ends(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "POST /v1/cart/items HTTP/1.1\r\n" H "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /v1/cart/items HTTP/1.1\r\n" H "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/cart/items HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/cart/items HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/cart/items HTTP/1.1\r\n" H "Content-Length: +2\r\n\r\n{}",
        "GET /v1/markets HTTP/1.1\r\n" H H "\r\n",
        "GET /v1/markets HTTP/1.1\r\n\r\n",
        "GET /v1/markets HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET /v1/markets HTTP/1.1\r\n" H "X-A : b\r\n\r\n",
        "GET /v1/markets HTTP/1.1\r\n" H "X-A: a\x01z\r\n\r\n",
        "DELETE /v1/cart/items/a HTTP/1.1\r\n" H
        "Content-Length: 44\r\nContent-Length: 44\r\n\r\nGET /v1/products/shirt HTTP/1.1\r\n" H "\r\n",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct answer answer = send_bytes(requests[i], strlen(requests[i]));
        if (answer.status != 400 || strstr(answer.text, "HTTP/1.1 2"))
            fail_msg("request %zu was answered %.200s", i, answer.text);
    }
}

static void too_much_of_anything_has_its_own_status(void **state)
{
    (void)state;
    char *many = arena_alloc(shop.arena, 100001);
    memset(many, 'x', 100000);
    assert_int_equal(ask("POST", "/v1/cart/items", JSON, many).status, 413);
    assert_int_equal(ask("GET", format("/v1/products?q=%.9000s", many), "", NULL).status, 414);
    assert_int_equal(ask("GET", "/v1/products/shirt", format("X-Long: %.20000s\r\n", many), NULL).status, 431);
    const char *lines = "";
    for (int i = 0; i < 70; i++)
        lines = format("%sX-%d: a\r\n", lines, i);
    assert_int_equal(ask("GET", "/v1/products/shirt", lines, NULL).status, 431);
    struct answer early = ask("POST", "/v1/cart/items", "Expect: 100-continue\r\nContent-Length: 100000000\r\n", NULL);
    assert_int_equal(early.status, 413);
}

static void a_refused_body_does_not_spoil_the_next_request(void **state)
{
    (void)state;
    static const char requests[] = "POST /v1/nothing HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"
                                   "GET /v1/products/shirt HTTP/1.1\r\n" H "Connection: close\r\n\r\n";
    struct answer answer = send_bytes(requests, sizeof(requests) - 1);
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(answer.text, "HTTP/1.1 200 OK"));
}

static void bad_bodies_are_named(void **state)
{
    (void)state;
    int before = atomic_load(&shop.calls);
    const char *with = format("%s" JSON, GUEST);
    struct answer unknown = ask("POST", "/v1/cart/items", with, "{\"colour\":1}");
    assert_int_equal(unknown.status, 400);
    assert_true(body_says(&unknown, "\"field\":\"colour\""));
    assert_int_equal(ask("POST", "/v1/cart/items", with, "{\"quantity\":").status, 400);
    assert_int_equal(ask("POST", "/v1/cart/items", GUEST, "{}").status, 415);
    assert_int_equal(ask("POST", "/v1/cart/items", format("%sContent-Type: application/jsonx\r\n", GUEST), "{}").status,
                     415);
    assert_int_equal(atomic_load(&shop.calls), before);
    assert_int_equal(ask("POST", "/v1/cart/items", format("%sContent-Type: Application/JSON; charset=utf-8\r\n", GUEST),
                         "{\"quantity\":\"3\"}")
                         .status,
                     201);
}

static void fields_of_a_body_are_named_as_the_client_wrote_them(void **state)
{
    (void)state;
    struct answer answer = ask("PUT", "/v1/admin/products/shirt", format("%s" JSON, STAFF), "{\"vendor\":\"V\"}");
    assert_int_equal(answer.status, 400);
    assert_true(body_says(&answer, "\"field\":\"title\""));
    assert_int_equal(ask("PUT", "/v1/admin/products/shirt", format("%s" JSON, STAFF), "{\"title\":\"Shirt\"}").status, 200);
}

static void an_order_needs_its_key(void **state)
{
    (void)state;
    const char *with = format("%s" JSON, GUEST);
    struct answer none = ask("POST", "/v1/orders", with, "{}");
    assert_int_equal(none.status, 400);
    assert_true(body_says(&none, "\"field\":\"Idempotency-Key\""));
    char *many = arena_alloc(shop.arena, 257);
    memset(many, 'k', 256);
    assert_int_equal(ask("POST", "/v1/orders", format("%sIdempotency-Key: %s\r\n", with, many), "{}").status, 400);
    assert_int_equal(ask("POST", "/v1/orders", format("%sIdempotency-Key: a\xC3\xA8\r\n", with), "{}").status, 400);
    struct answer first = ask("POST", "/v1/orders", format("%sIdempotency-Key: %.255s\r\n", with, many), "{}");
    assert_int_equal(first.status, 201);
    assert_string_equal(header_of(&first, "Location"), "/v1/orders/o%201");
    assert_null(header_of(&first, "Idempotency-Replayed"));
    struct answer again = ask("POST", "/v1/orders", format("%sIdempotency-Key: %.255s\r\n", with, many), "{}");
    assert_string_equal(header_of(&again, "Idempotency-Replayed"), "true");
}

static void services_errors_become_problems(void **state)
{
    (void)state;
    struct answer missing = ask("GET", "/v1/products/missing", "X-Request-Id: request-12345\r\n", NULL);
    assert_int_equal(missing.status, 404);
    assert_string_equal(header_of(&missing, "Content-Type"), "application/problem+json");
    assert_true(body_says(&missing, "\"requestId\":\"request-12345\""));
    assert_true(body_says(&missing, "\"type\":\"/problems/not-found\""));
    assert_string_equal(header_of(&missing, "X-Request-Id"), "request-12345");
    assert_int_equal(ask("GET", "/v1/products/broken", "", NULL).status, 500);
    struct answer unanswered = ask("GET", "/v1/products/shirt", "X-Request-Id: bad id\r\n", NULL);
    assert_string_not_equal(header_of(&unanswered, "X-Request-Id"), "bad id");
}

/* The arena of the shop is for one thread. */
static void *ask_slowly(void *ret_status)
{
    *(int *)ret_status = status_of("GET /v1/products/slow HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    return NULL;
}

static void waiting_requests_cost_no_thread(void **state)
{
    (void)state;
    enum { MANY = 24 };
    pthread_t threads[MANY];
    int statuses[MANY];
    atomic_store(&shop.most_running, 0);
    for (int i = 0; i < MANY; i++)
        pthread_create(&threads[i], NULL, ask_slowly, &statuses[i]);
    for (int i = 0; i < MANY; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(statuses[i], 200);
    }
    assert_in_range(atomic_load(&shop.most_running), MANY / 2, MANY);
}

static void calls_of_a_page_run_side_by_side(void **state)
{
    (void)state;
    atomic_store(&shop.most_running, 0);
    struct answer home = ask("GET", "/", "", NULL);
    assert_int_equal(home.status, 200);
    assert_in_range(atomic_load(&shop.most_running), 2, 8);
}

static void *stop_gently(void *arg)
{
    (void)arg;
    http_drain(shop.http, 5000);
    return NULL;
}

static void what_is_in_progress_is_finished_before_the_end(void **state)
{
    (void)state;
    pthread_t asking, stopping;
    int status = 0;
    pthread_create(&asking, NULL, ask_slowly, &status);
    while (atomic_load(&shop.running) == 0)
        sched_yield();
    pthread_create(&stopping, NULL, stop_gently, NULL);
    pthread_join(asking, NULL);
    pthread_join(stopping, NULL);
    assert_int_equal(status, 200);
    assert_int_equal(atomic_load(&shop.http->open), 0);
    http_stop(shop.http);
    gateway_shop_open_http();
}

/* A request that crosses the end of the gateway on a connection that was kept open is answered, and is the last on it. */
static void what_is_on_its_way_is_answered_before_the_end(void **state)
{
    (void)state;
    static const char request[] = "GET /v1/products/shirt HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    char text[4096] = "";
    pthread_t stopping;
    int fd = connect_to_gateway();
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
    assert_null(strstr(text, "Connection: close"));
    pthread_create(&stopping, NULL, stop_gently, NULL);
    while (!atomic_load(&shop.gateway.is_draining))
        sched_yield();
    usleep(20000);
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    memset(text, 0, sizeof(text));
    assert_true(recv(fd, text, sizeof(text) - 1, MSG_WAITALL) > 0);
    pthread_join(stopping, NULL);
    close(fd);
    assert_non_null(strstr(text, "HTTP/1.1 200"));
    assert_non_null(strstr(text, "Connection: close"));
    http_stop(shop.http);
    gateway_shop_open_http();
}

/* A header at a byte each tenth of a second never lets libmicrohttpd's own time-out pass. */
static int64_t dribble_until_closed(void)
{
    int64_t began_us = clock_monotonic_us();
    int fd = connect_to_gateway();
    char byte;
    assert_true(send(fd, "GET / HTTP/1.1\r\nX: ", 19, MSG_NOSIGNAL) == 19);
    while (clock_monotonic_us() - began_us < 8 * US_PER_S) {
        bool is_sent = send(fd, "x", 1, MSG_NOSIGNAL) == 1;
        if (!is_sent || recv(fd, &byte, 1, MSG_DONTWAIT) == 0)
            break;
        usleep(100000);
    }
    close(fd);
    return clock_monotonic_us() - began_us;
}

static void a_connection_that_dribbles_is_ended(void **state)
{
    (void)state;
    http_drain(shop.http, 1000);
    http_stop(shop.http);
    shop.gateway.settings.request_s = 1;
    gateway_shop_open_http();
    int64_t took_us = dribble_until_closed();
    assert_in_range(took_us, US_PER_S / 2, 5 * US_PER_S);
    shop.gateway.settings.request_s = 10;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_can_be_kept_and_asked_for_again),
        cmocka_unit_test(gzip_has_a_tag_of_its_own),
        cmocka_unit_test(head_says_what_get_would_send),
        cmocka_unit_test(addresses_answer_for_their_methods),
        cmocka_unit_test(ambiguous_requests_are_refused_and_the_connection_ends),
        cmocka_unit_test(too_much_of_anything_has_its_own_status),
        cmocka_unit_test(a_refused_body_does_not_spoil_the_next_request),
        cmocka_unit_test(bad_bodies_are_named),
        cmocka_unit_test(fields_of_a_body_are_named_as_the_client_wrote_them),
        cmocka_unit_test(an_order_needs_its_key),
        cmocka_unit_test(services_errors_become_problems),
        cmocka_unit_test(waiting_requests_cost_no_thread),
        cmocka_unit_test(calls_of_a_page_run_side_by_side),
        cmocka_unit_test(what_is_in_progress_is_finished_before_the_end),
        cmocka_unit_test(what_is_on_its_way_is_answered_before_the_end),
        cmocka_unit_test(a_connection_that_dribbles_is_ended),
    };
    return cmocka_run_group_tests(tests, gateway_shop_open, gateway_shop_close);
}
