/* What happens when there is more to do than can be done, less time than is needed, or more bytes than are allowed. */
#include "rpc_shop.h"

#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/portal-rpc-XXXXXX";
static char address[64]; /* ipc, where every byte really travels */
static struct rpc_shop shop = {.runs_file = -1};
static struct rpc_client *client;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(address, sizeof(address), "ipc://%s/cart", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(address + strlen("ipc://"));
    return rmdir(folder);
}

static void open_shop(int threads, int queue_max, int slow_queue)
{
    rpc_shop_open(&shop, address, threads, queue_max, slow_queue);
    client = rpc_shop_client(address, 64);
}

static void close_shop(void)
{
    rpc_client_close(client);
    rpc_shop_close(&shop, 1000);
}

static bool has_run(void *runs)
{
    return atomic_load(&shop.runs) >= *(int *)runs;
}

static void await_runs(int runs)
{
    assert_true(rpc_shop_await(has_run, &runs));
}

static bool is_one_queued(void *arg)
{
    (void)arg;
    return rpc_shop_metric("rpc_server_queue_length{lane=\"quick\"} ") == 1;
}

/* A shopper who gave up does not cost the shop the work as well. */
static void work_past_its_deadline_is_not_run(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    long dropped = rpc_shop_metric("rpc_server_dropped_total{reason=\"expired\"} ");
    struct rpc_ask first, second, third;
    rpc_ask_init(&first, 5000);
    rpc_ask_sleep(&first, client, 400);
    await_runs(1);
    rpc_ask_init(&second, 100); /* not earlier: a call without time left is not even sent */
    rpc_ask_sleep(&second, client, 0);
    assert_int_equal(rpc_ask_wait(&second), STATUS_DEADLINE_EXCEEDED);
    assert_non_null(strstr(second.result.err.message, "cart"));
    assert_int_equal(rpc_ask_wait(&first), STATUS_OK);
    rpc_ask_init(&third, 5000);
    rpc_ask_sleep(&third, client, 0);
    assert_int_equal(rpc_ask_wait(&third), STATUS_OK);
    assert_int_equal(atomic_load(&shop.runs), 2);
    assert_int_equal(rpc_shop_metric("rpc_server_dropped_total{reason=\"expired\"} "), dropped + 1);
    rpc_ask_done(&first);
    rpc_ask_done(&second);
    rpc_ask_done(&third);
    close_shop();
}

static bool is_one_done(void *pair)
{
    struct rpc_ask *asks = pair;
    return atomic_load(&asks[0].done) || atomic_load(&asks[1].done);
}

/* Of two calls that reach a lane with room for one, one is refused while the other still waits. */
static void a_full_lane_refuses_at_once(void **state)
{
    (void)state;
    open_shop(1, 1, 0);
    struct rpc_ask running, pair[2];
    rpc_ask_init(&running, 5000);
    rpc_ask_sleep(&running, client, 300);
    await_runs(1);
    for (int i = 0; i < 2; i++) {
        rpc_ask_init(&pair[i], 5000);
        rpc_ask_sleep(&pair[i], client, 0);
    }
    assert_true(rpc_shop_await(is_one_done, pair));
    assert_int_equal(atomic_load(&shop.runs), 1);
    int refused = atomic_load(&pair[0].done) ? 0 : 1;
    assert_int_equal(rpc_ask_wait(&pair[refused]), STATUS_UNAVAILABLE);
    assert_int_equal(pair[refused].result.err.retry_after_s, 1);
    assert_int_equal(rpc_ask_wait(&running), STATUS_OK);
    assert_int_equal(rpc_ask_wait(&pair[1 - refused]), STATUS_OK);
    assert_int_equal(atomic_load(&shop.runs), 2);
    rpc_ask_done(&running);
    rpc_ask_done(&pair[0]);
    rpc_ask_done(&pair[1]);
    close_shop();
}

/* Many people signing in (argon2id) must not stop others from looking at the shop: more slow calls than any lane can hold.
 */
static void a_slow_lane_does_not_hold_up_the_quick_one(void **state)
{
    (void)state;
    enum { SLOW = 40 };
    open_shop(1, 4, 20);
    struct rpc_ask slow[SLOW];
    for (int i = 0; i < SLOW; i++) {
        rpc_ask_init(&slow[i], 1000);
        rpc_ask_sleep(&slow[i], client, 100);
    }
    int64_t asked_us = clock_monotonic_us();
    for (int i = 0; i < 10; i++)
        assert_int_equal(rpc_shop_visit(client, 1000), STATUS_OK);
    assert_in_range(clock_monotonic_us() - asked_us, 0, 500 * US_PER_MS);
    int refused = 0;
    for (int i = 0; i < SLOW; i++) {
        refused += rpc_ask_wait(&slow[i]) == STATUS_UNAVAILABLE;
        rpc_ask_done(&slow[i]);
    }
    assert_in_range(refused, SLOW - 22, SLOW - 20);
    close_shop();
}

static void calls_in_flight_have_a_limit(void **state)
{
    (void)state;
    open_shop(4, 8, 0);
    struct rpc_client *narrow = rpc_shop_client(address, 1);
    struct rpc_ask first, second;
    rpc_ask_init(&first, 5000);
    rpc_ask_init(&second, 5000);
    rpc_ask_sleep(&first, narrow, 200);
    rpc_ask_sleep(&second, narrow, 0);
    assert_true(atomic_load(&second.done));
    assert_int_equal(second.result.err.status, STATUS_UNAVAILABLE);
    assert_int_equal(second.result.err.retry_after_s, 1);
    assert_int_equal(rpc_ask_wait(&first), STATUS_OK);
    assert_int_equal(rpc_shop_visit(narrow, 5000), STATUS_OK);
    rpc_ask_done(&first);
    rpc_ask_done(&second);
    rpc_client_close(narrow);
    close_shop();
}

static void a_request_that_is_too_large_is_not_sent(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    char *huge = calloc(1, RPC_MESSAGE_MAX + 1);
    memset(huge, 'x', RPC_MESSAGE_MAX);
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    rpc_ask_cart(&ask, client, huge);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(ask.result.err.message, "4 MiB"));
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(atomic_load(&shop.runs), 1);
    rpc_ask_done(&ask);
    free(huge);
    close_shop();
}

/* What is just within the limit goes there and back. */
static void a_request_of_almost_the_limit_is_served(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    size_t length = RPC_MESSAGE_MAX - 1024;
    char *large = calloc(1, length + 1);
    memset(large, 'x', length);
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    rpc_ask_cart(&ask, client, large);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
    assert_string_equal(((const Cart__V1__Cart *)ask.result.reply)->id, large);
    rpc_ask_done(&ask);
    free(large);
    close_shop();
}

static void an_answer_that_is_too_large_is_a_fault_of_ours(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    struct rpc_ask ask;
    Cart__V1__GetCartRequest request;
    cart__v1__get_cart_request__init(&request);
    request.country_code = "XL";
    rpc_ask_init(&ask, 5000);
    rpc_ask_method(&ask, client, &cart__v1__cart_service__descriptor.methods[0], &request.base);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_INTERNAL);
    assert_null(ask.result.reply);
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    rpc_ask_done(&ask);
    close_shop();
}

/* Sends bytes as nng's req protocol does; gives the answer's status, -1 when there is none within half a second. */
static int send_raw(const void *bytes, size_t size)
{
    nng_socket socket;
    nng_msg *message;
    int status = -1;
    assert_int_equal(nng_req0_open(&socket), 0);
    assert_int_equal(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 500), 0);
    assert_int_equal(nng_dial(socket, address, NULL, 0), 0);
    assert_int_equal(nng_send(socket, (void *)(uintptr_t)bytes, size, 0), 0);
    if (nng_recvmsg(socket, &message, 0) == 0) {
        Rpc__V1__Reply *reply = rpc__v1__reply__unpack(NULL, nng_msg_len(message), nng_msg_body(message));
        status = reply ? reply->status : -1;
        rpc__v1__reply__free_unpacked(reply, NULL);
        nng_msg_free(message);
    }
    nng_close(socket);
    return status;
}

static int connect_plainly(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", address + strlen("ipc://"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

/*
 * A message of `size` zeros by nng's ipc protocol: a greeting with the number of req (0x30), then 1 and the length. Without nng,
 * whose 1.5 may wait for ever when it closes a connection that its peer ended in the middle of a message. Whether that is what
 * the peer did.
 */
static bool is_flood_cut_off(size_t size)
{
    static const unsigned char greeting[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    static const char zeros[1 << 16];
    const struct timeval patience = {.tv_sec = 20};
    unsigned char head[9] = {1};
    char answer[sizeof(greeting)];
    int fd = connect_plainly();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    for (size_t i = 0; i < 8; i++)
        head[1 + i] = (unsigned char)(size >> (56 - 8 * i));
    assert_int_equal(send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL), sizeof(greeting));
    assert_int_equal(recv(fd, answer, sizeof(answer), MSG_WAITALL), sizeof(answer));
    assert_int_equal(send(fd, head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
    ssize_t sent = 1;
    for (size_t left = size; left > 0 && sent > 0; left -= (size_t)sent)
        sent = send(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros), MSG_NOSIGNAL);
    errno = 0;
    bool is_over = recv(fd, answer, 1, 0) <= 0 && errno != EAGAIN;
    close(fd);
    return is_over;
}

/* Bytes that are not even nng's. */
static void scribble(void)
{
    int fd = connect_plainly();
    assert_true(write(fd, "GET / HTTP/1.1\r\n\r\n", 18) > 0);
    close(fd);
}

static void garbage_does_not_kill_the_server(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    static unsigned char noise[2048];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (unsigned char)(i * 167 + 13);
    assert_int_equal(send_raw(noise, sizeof(noise)), STATUS_INVALID_ARGUMENT);
    assert_int_equal(send_raw("", 0), STATUS_INVALID_ARGUMENT);
    scribble();
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(atomic_load(&shop.runs), 1);
    close_shop();
}

/* An envelope of ours around what is not the method's message, and around what no method takes. */
static void an_envelope_around_nonsense_is_refused(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    uint8_t packed[512];
    uint8_t nonsense[] = {0x0A, 0xFF, 0xFF, 0xFF, 0x0F, 'x'};
    Rpc__V1__Request request = RPC__V1__REQUEST__INIT;
    request.method = "cart.v1.CartService/GetCart";
    request.timeout_ms = 1000;
    request.payload = (ProtobufCBinaryData){sizeof(nonsense), nonsense};
    assert_int_equal(send_raw(packed, rpc__v1__request__pack(&request, packed)), STATUS_INVALID_ARGUMENT);
    request.payload.len = 0;
    request.timeout_ms = 0;
    assert_int_equal(send_raw(packed, rpc__v1__request__pack(&request, packed)), STATUS_INVALID_ARGUMENT);
    request.timeout_ms = 1000;
    request.method = "catalog.v1.CatalogService/GetCart";
    assert_int_equal(send_raw(packed, rpc__v1__request__pack(&request, packed)), STATUS_UNIMPLEMENTED);
    request.method = "cart.v1.CartServiceGetCart";
    assert_int_equal(send_raw(packed, rpc__v1__request__pack(&request, packed)), STATUS_UNIMPLEMENTED);
    assert_int_equal(atomic_load(&shop.runs), 0);
    request.method = "cart.v1.CartService/GetCart";
    assert_int_equal(send_raw(packed, rpc__v1__request__pack(&request, packed)), STATUS_OK);
    close_shop();
}

/* More bytes than may be received end the connection of who sends them, and nobody else's. */
static void a_flood_ends_its_own_connection_only(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_true(is_flood_cut_off(RPC_MESSAGE_MAX * 2));
    assert_true(rpc_client_is_connected(client));
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    close_shop();
}

struct stop {
    pthread_t thread;
    int drain_ms;
};

static void *run_stop(void *arg)
{
    rpc_shop_close(&shop, ((struct stop *)arg)->drain_ms);
    return NULL;
}

static void begin_stop(struct stop *stop, int drain_ms)
{
    stop->drain_ms = drain_ms;
    assert_int_equal(pthread_create(&stop->thread, NULL, run_stop, stop), 0);
}

static bool is_refused(void *arg)
{
    (void)arg;
    return rpc_shop_visit(client, 1000) == STATUS_UNAVAILABLE;
}

/* Nobody's order is cut off because a new version is rolled out. */
static void stopping_lets_calls_in_progress_finish(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    struct rpc_ask running, waiting;
    struct stop stop;
    rpc_ask_init(&running, 5000);
    rpc_ask_init(&waiting, 5000);
    rpc_ask_sleep(&running, client, 400);
    await_runs(1);
    rpc_ask_sleep(&waiting, client, 1);
    assert_true(rpc_shop_await(is_one_queued, NULL));
    begin_stop(&stop, 3000);
    assert_true(rpc_shop_await(is_refused, NULL));
    assert_int_equal(rpc_ask_wait(&running), STATUS_OK);
    assert_int_equal(rpc_ask_wait(&waiting), STATUS_OK);
    pthread_join(stop.thread, NULL);
    rpc_client_close(client);
    rpc_ask_done(&running);
    rpc_ask_done(&waiting);
}

/* What has run is answered even when the time is over; what only waited is told that it was not run. */
static void stopping_has_an_end(void **state)
{
    (void)state;
    open_shop(1, 8, 0);
    struct rpc_ask running, waiting;
    struct stop stop;
    rpc_ask_init(&running, 5000);
    rpc_ask_init(&waiting, 5000);
    rpc_ask_sleep(&running, client, 300);
    await_runs(1);
    rpc_ask_sleep(&waiting, client, 1);
    assert_true(rpc_shop_await(is_one_queued, NULL));
    begin_stop(&stop, 20);
    assert_int_equal(rpc_ask_wait(&waiting), STATUS_UNAVAILABLE);
    assert_int_equal(rpc_ask_wait(&running), STATUS_OK);
    pthread_join(stop.thread, NULL);
    assert_int_equal(atomic_load(&shop.runs), 1);
    rpc_client_close(client);
    rpc_ask_done(&running);
    rpc_ask_done(&waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_past_its_deadline_is_not_run),
        cmocka_unit_test(a_full_lane_refuses_at_once),
        cmocka_unit_test(a_slow_lane_does_not_hold_up_the_quick_one),
        cmocka_unit_test(calls_in_flight_have_a_limit),
        cmocka_unit_test(a_request_that_is_too_large_is_not_sent),
        cmocka_unit_test(a_request_of_almost_the_limit_is_served),
        cmocka_unit_test(an_answer_that_is_too_large_is_a_fault_of_ours),
        cmocka_unit_test(garbage_does_not_kill_the_server),
        cmocka_unit_test(an_envelope_around_nonsense_is_refused),
        cmocka_unit_test(a_flood_ends_its_own_connection_only),
        cmocka_unit_test(stopping_lets_calls_in_progress_finish),
        cmocka_unit_test(stopping_has_an_end),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
