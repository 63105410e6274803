/* Calls that are answered together: each gets its own answer, whatever becomes of its neighbours. */
#include "rpc_shop.h"

#include <string.h>

#define ADDRESS "inproc://rpc-batch-test"
#define REFUSED 13 /* this quantity is refused */
#define BATCHES_MAX 16

static struct rpc_shop shop = {.runs_file = -1};
static struct rpc_client *client;
static atomic_int batch_count;
static size_t batch_sizes[BATCHES_MAX];
static atomic_bool may_go;

/* The first batch waits until the test lets it go, so that others gather behind it. */
static bool is_let_go(void *arg)
{
    (void)arg;
    return atomic_load(&may_go);
}

static void set_quantities(ProtobufCService *service, struct rpc_batch_call *calls, size_t count)
{
    assert_ptr_equal(service, &shop.base.base);
    int place = atomic_fetch_add(&batch_count, 1);
    batch_sizes[place] = count;
    assert_true(rpc_shop_await(is_let_go, NULL));
    for (size_t i = 0; i < count; i++) {
        const Cart__V1__SetItemQuantityRequest *request = calls[i].request;
        Cart__V1__Cart *reply = calls[i].reply;
        reply->item_count = request->quantity;
        calls[i].call->replayed = request->quantity == 1;
        calls[i].status = STATUS_OK;
        if (request->quantity == REFUSED)
            calls[i].status = error_field(calls[i].err, "quantity", "unlucky", "Not that many.");
    }
}

static size_t lane_of(const char *method_name)
{
    return strcmp(method_name, "SetItemQuantity") == 0 ? 1 : 0;
}

static int open_shop(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    rpc_shop_init(&shop);
    batch_count = 0;
    may_go = false;
    const struct rpc_lane lanes[] = {{"quick", 1, 8, NULL}, {"together", 1, 256, set_quantities}};
    const struct rpc_server_options options = {
        .address = ADDRESS, .service = &shop.base.base, .lanes = lanes, .lane_count = 2, .lane_of = lane_of};
    if (rpc_server_start(&options, &shop.server, &err))
        fail_msg("%s", err.message);
    client = rpc_shop_client(ADDRESS, 256);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    rpc_client_close(client);
    rpc_shop_close(&shop, 1000);
    return 0;
}

static void ask(struct rpc_ask *asked, int quantity)
{
    rpc_ask_init(asked, 10000);
    rpc_ask_sleep(asked, client, quantity);
}

static bool has_begun(void *arg)
{
    (void)arg;
    return atomic_load(&batch_count) > 0;
}

static bool has_queued(void *length)
{
    return rpc_shop_metric("rpc_server_queue_length{lane=\"together\"} ") == *(long *)length;
}

static void gather(struct rpc_ask *asked, size_t count)
{
    long waiting = (long)count - 1;
    ask(&asked[0], 2);
    assert_true(rpc_shop_await(has_begun, NULL));
    for (size_t i = 1; i < count; i++)
        ask(&asked[i], (int)i + 2);
    assert_true(rpc_shop_await(has_queued, &waiting));
    atomic_store(&may_go, true);
}

static void test_what_waits_is_answered_together(void **state)
{
    (void)state;
    struct rpc_ask asked[11];
    gather(asked, 11);
    for (size_t i = 0; i < 11; i++) {
        assert_int_equal(rpc_ask_wait(&asked[i]), STATUS_OK);
        assert_int_equal(((Cart__V1__Cart *)asked[i].result.reply)->item_count, i + 2);
        rpc_ask_done(&asked[i]);
    }
    assert_int_equal(batch_count, 2);
    assert_int_equal(batch_sizes[0], 1);
    assert_int_equal(batch_sizes[1], 10);
}

static void test_a_refusal_is_its_own_callers_alone(void **state)
{
    (void)state;
    struct rpc_ask first, refused, repeated;
    long waiting = 2;
    ask(&first, 2);
    assert_true(rpc_shop_await(has_begun, NULL));
    ask(&refused, REFUSED);
    ask(&repeated, 1);
    assert_true(rpc_shop_await(has_queued, &waiting));
    atomic_store(&may_go, true);
    assert_int_equal(rpc_ask_wait(&refused), STATUS_INVALID_ARGUMENT);
    assert_string_equal(refused.result.err.violations[0].code, "unlucky");
    assert_int_equal(rpc_ask_wait(&repeated), STATUS_OK);
    assert_true(repeated.result.replayed);
    assert_int_equal(rpc_ask_wait(&first), STATUS_OK);
    assert_false(first.result.replayed);
    rpc_ask_done(&first);
    rpc_ask_done(&refused);
    rpc_ask_done(&repeated);
}

static void test_a_batch_has_a_limit(void **state)
{
    (void)state;
    static struct rpc_ask asked[RPC_BATCH_MAX + 6];
    gather(asked, RPC_BATCH_MAX + 6);
    for (size_t i = 0; i < RPC_BATCH_MAX + 6; i++) {
        rpc_ask_wait(&asked[i]);
        rpc_ask_done(&asked[i]);
    }
    assert_int_equal(batch_count, 3);
    assert_int_equal(batch_sizes[1], RPC_BATCH_MAX);
    assert_int_equal(batch_sizes[2], 5);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_shop, close_shop)

RUN_TESTS(TEST(test_what_waits_is_answered_together), TEST(test_a_refusal_is_its_own_callers_alone),
          TEST(test_a_batch_has_a_limit))
