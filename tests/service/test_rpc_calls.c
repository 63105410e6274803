/* What a handler and its caller may rely on when nothing is broken. */
#include "rpc_shop.h"

#include <string.h>

#define ADDRESS "inproc://rpc-calls"

RPC_STUB(ask_cart, cart__v1__cart_service__get_cart, Cart__V1__GetCartRequest, Cart__V1__Cart)
RPC_STUB(ask_add_item, cart__v1__cart_service__add_item, Cart__V1__AddItemRequest, Cart__V1__Cart)
RPC_STUB(ask_remove_item, cart__v1__cart_service__remove_item, Cart__V1__RemoveItemRequest, Cart__V1__Cart)
RPC_STUB(ask_set_country, cart__v1__cart_service__set_country, Cart__V1__SetCountryRequest, Cart__V1__Cart)

static struct rpc_shop shop = {.runs_file = -1};
static struct rpc_client *client;

static int open_shop(void **state)
{
    (void)state;
    rpc_shop_open(&shop, ADDRESS, 2, 8, 4);
    client = rpc_shop_client(ADDRESS, 64);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    rpc_client_close(client);
    rpc_shop_close(&shop, 1000);
    return 0;
}

static void an_answer_is_typed_and_whole(void **state)
{
    (void)state;
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    Cart__V1__GetCartRequest request;
    cart__v1__get_cart_request__init(&request);
    request.cart_id = "0190-cart";
    request.country_code = "KE";
    const Cart__V1__Cart *cart = NULL;
    struct error err;
    error_clear(&err);
    assert_int_equal(ask_cart(client, &ask.meta, ask.arena, &request, &cart, &err), STATUS_OK);
    assert_string_equal(cart->id, "0190-cart");
    assert_string_equal(cart->country_code, "KE");
    rpc_ask_done(&ask);
}

/* A person learns of both fields, in the handler's words. */
static void what_is_wrong_travels(void **state)
{
    (void)state;
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    Cart__V1__AddItemRequest request;
    cart__v1__add_item_request__init(&request);
    request.quantity = 1;
    const Cart__V1__Cart *untouched = (const Cart__V1__Cart *)&request;
    const Cart__V1__Cart *cart = untouched;
    struct error err;
    error_clear(&err);
    assert_int_equal(ask_add_item(client, &ask.meta, ask.arena, &request, &cart, &err), STATUS_INVALID_ARGUMENT);
    assert_ptr_equal(cart, untouched);
    assert_int_equal(err.status, STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, 2);
    assert_string_equal(err.violations[0].field, "variantId");
    assert_string_equal(err.violations[0].code, "required");
    assert_string_equal(err.violations[1].field, "quantity");
    assert_string_equal(err.violations[1].message, "Between 1 and 99.");
    assert_int_equal(err.retry_after_s, 7);
    rpc_ask_done(&ask);
}

/* The trace stays, the span is the hop's own (W3C Trace Context, the example of section 3.2). */
static void who_asks_and_why_travels(void **state)
{
    (void)state;
    struct rpc_ask ask;
    Rpc__V1__Caller caller = RPC__V1__CALLER__INIT;
    caller.subject = "0190-person";
    rpc_ask_init(&ask, 5000);
    ask.meta.caller = &caller;
    ask.meta.request_id = "0190-request";
    ask.meta.idempotency_key = "0190-key";
    ask.meta.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Cart__V1__RemoveItemRequest request;
    cart__v1__remove_item_request__init(&request);
    const Cart__V1__Cart *told = NULL;
    struct error err;
    error_clear(&err);
    assert_int_equal(ask_remove_item(client, &ask.meta, ask.arena, &request, &told, &err), STATUS_OK);
    assert_string_equal(told->id, "0190-person");
    assert_string_equal(told->country_code, "0190-request");
    assert_string_equal(told->currency_code, "0190-key");
    assert_int_equal(strlen(told->items[0]->sku), 55);
    assert_memory_equal(told->items[0]->sku, "00-4bf92f3577b34da6a3ce929d0e0e4736-", 36);
    assert_memory_not_equal(told->items[0]->sku + 36, "00f067aa0ba902b7", 16);
    assert_string_equal(told->items[0]->sku + 52, "-01");
    rpc_ask_done(&ask);
}

static void a_stored_answer_says_so(void **state)
{
    (void)state;
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    Cart__V1__RemoveItemRequest request;
    cart__v1__remove_item_request__init(&request);
    rpc_ask_method(&ask, client, &cart__v1__cart_service__descriptor.methods[3], &request.base);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
    assert_true(ask.result.replayed);
    rpc_ask_done(&ask);
    rpc_ask_init(&ask, 5000);
    rpc_ask_cart(&ask, client, "c1");
    assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
    assert_false(ask.result.replayed);
    rpc_ask_done(&ask);
}

static void a_deadline_shrinks_on_its_way(void **state)
{
    (void)state;
    struct rpc_ask ask;
    rpc_ask_init(&ask, 2000);
    Cart__V1__RemoveItemRequest request;
    cart__v1__remove_item_request__init(&request);
    const Cart__V1__Cart *told = NULL;
    struct error err;
    error_clear(&err);
    ask.meta.deadline_us -= 500 * US_PER_MS;
    assert_int_equal(ask_remove_item(client, &ask.meta, ask.arena, &request, &told, &err), STATUS_OK);
    assert_in_range(told->item_count, 1000, 1500);
    rpc_ask_done(&ask);
}

static void a_call_without_time_is_not_sent(void **state)
{
    (void)state;
    int runs = atomic_load(&shop.runs);
    assert_int_equal(rpc_shop_visit(client, 0), STATUS_DEADLINE_EXCEEDED);
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(atomic_load(&shop.runs), runs + 1);
}

static void a_method_that_is_left_out_is_unimplemented(void **state)
{
    (void)state;
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    Cart__V1__SetCountryRequest request;
    cart__v1__set_country_request__init(&request);
    const Cart__V1__Cart *cart = NULL;
    struct error err;
    error_clear(&err);
    assert_int_equal(ask_set_country(client, &ask.meta, ask.arena, &request, &cart, &err), STATUS_UNIMPLEMENTED);
    rpc_ask_done(&ask);
}

/* A caller that was built from a .proto file with its methods in another order still reaches the one that it means. */
static void methods_travel_by_name(void **state)
{
    (void)state;
    const ProtobufCMethodDescriptor reordered[] = {
        {"RemoveItem", &cart__v1__remove_item_request__descriptor, &cart__v1__cart__descriptor},
        {"GetCart", &cart__v1__get_cart_request__descriptor, &cart__v1__cart__descriptor},
    };
    Cart__V1__GetCartRequest request;
    cart__v1__get_cart_request__init(&request);
    request.cart_id = "c7";
    struct rpc_ask ask;
    rpc_ask_init(&ask, 5000);
    rpc_ask_method(&ask, client, &reordered[1], &request.base);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
    assert_string_equal(((const Cart__V1__Cart *)ask.result.reply)->id, "c7");
    rpc_ask_done(&ask);
}

static void many_calls_at_once_get_their_own_answers(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    struct rpc_ask asks[COUNT];
    char ids[COUNT][8];
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < COUNT; i++) {
            snprintf(ids[i], sizeof(ids[i]), "c%d", i);
            rpc_ask_init(&asks[i], 5000);
            rpc_ask_cart(&asks[i], client, ids[i]);
        }
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(rpc_ask_wait(&asks[i]), STATUS_OK);
            assert_string_equal(((const Cart__V1__Cart *)asks[i].result.reply)->id, ids[i]);
            rpc_ask_done(&asks[i]);
        }
    }
}

struct chain {
    struct rpc_ask ask;
    int left;
    atomic_bool over;
};

static void next_of_chain(void *arg)
{
    struct chain *chain = arg;
    Cart__V1__GetCartRequest request;
    cart__v1__get_cart_request__init(&request);
    if (chain->left-- > 0)
        rpc_client_start(client, &cart__v1__cart_service__descriptor.methods[0], &chain->ask.meta, &request.base,
                         chain->ask.arena, &chain->ask.result, next_of_chain, chain);
    else
        atomic_store(&chain->over, true);
}

static bool is_over(void *chain)
{
    return atomic_load(&((struct chain *)chain)->over);
}

/* The gateway asks one service after the other from the callback of the first. */
static void an_outcome_may_start_the_next_call(void **state)
{
    (void)state;
    struct chain chain = {.left = 100};
    int runs = atomic_load(&shop.runs);
    rpc_ask_init(&chain.ask, 10000);
    next_of_chain(&chain);
    assert_true(rpc_shop_await(is_over, &chain));
    assert_int_equal(atomic_load(&shop.runs), runs + 100);
    rpc_ask_done(&chain.ask);
}

static void calls_are_counted_by_method_and_status(void **state)
{
    (void)state;
    long served = rpc_shop_metric("rpc_server_calls_total{method=\"GetCart\",status=\"OK\"} ");
    long made = rpc_shop_metric("rpc_client_calls_total{service=\"cart\",method=\"GetCart\",status=\"OK\"} ");
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(rpc_shop_metric("rpc_server_calls_total{method=\"GetCart\",status=\"OK\"} "), served + 1);
    assert_int_equal(rpc_shop_metric("rpc_client_calls_total{service=\"cart\",method=\"GetCart\",status=\"OK\"} "),
                     made + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_typed_and_whole),
        cmocka_unit_test(what_is_wrong_travels),
        cmocka_unit_test(who_asks_and_why_travels),
        cmocka_unit_test(a_stored_answer_says_so),
        cmocka_unit_test(a_deadline_shrinks_on_its_way),
        cmocka_unit_test(a_call_without_time_is_not_sent),
        cmocka_unit_test(a_method_that_is_left_out_is_unimplemented),
        cmocka_unit_test(methods_travel_by_name),
        cmocka_unit_test(many_calls_at_once_get_their_own_answers),
        cmocka_unit_test(an_outcome_may_start_the_next_call),
        cmocka_unit_test(calls_are_counted_by_method_and_status),
    };
    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
