/* Codes at the door: nothing is packed for a number that nobody answers, and no parcel counts as delivered on somebody's word. */
#include "trade_shop.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store_test.h"

/* Kenya with all the rules: up to 5,000.00 at the door, in Nairobi only, confirmed by phone and handed over by a code. */
static const char MARKETS[] =
    "{\"markets\":[{\"countryCode\":\"KE\",\"name\":\"Kenya\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\","
    "\"callingCode\":\"254\",\"vatRates\":[{\"basisPoints\":1600}],\"pricesIncludeVat\":true,"
    "\"paymentMethods\":[\"CASH_ON_DELIVERY\"],"
    "\"cashOnDelivery\":{\"maxTotal\":{\"amountMinor\":\"500000\",\"currencyCode\":\"KES\"},\"areas\":[\"Nairobi\"],"
    "\"confirmByPhone\":true,\"deliveryCode\":true},"
    "\"seller\":{\"name\":\"Soko Ltd\",\"address\":[\"Nairobi\"],\"taxId\":\"P1\",\"taxIdLabel\":\"PIN\"}}]}";

/* Events leave the outbox as soon as they are delivered: what they said is written down here. */
static const char NOTEBOOK[] =
    "CREATE TABLE told (seq bigint, topic text, key text, payload json);"
    "CREATE FUNCTION note_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO told VALUES (new.seq, new.topic, new.key, new.payload::json); RETURN new; END $$;"
    "CREATE TRIGGER note_down AFTER INSERT ON outbox_event FOR EACH ROW EXECUTE FUNCTION note_down()";

static struct person guest;
static struct person staff;
static struct product shirt;
static struct order_form form;

static int open_shop(void **state)
{
    static char path[64];
    int fd = memfd_create("markets", 0);
    assert_int_equal(write(fd, MARKETS, sizeof(MARKETS) - 1), sizeof(MARKETS) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    trade_markets_file = path;
    int failed = trade_shop_open(state);
    store_test_run(trade_orders_db, NOTEBOOK);
    return failed;
}

static int begin(void **state)
{
    (void)state;
    product_init(&shirt, 125000, 100);
    shopper_init(&guest, &shirt, 2);
    staff_init(&staff);
    order_form_init(&form);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    person_done(&staff);
    return 0;
}

/* The code as the event carries it to the phone; "" when none was sent. */
static const char *code_of(const char *order_id, const char *topic)
{
    char query[256];
    snprintf(query, sizeof(query),
             "SELECT coalesce((SELECT payload->>'code' FROM told WHERE key = '%s' AND topic = '%s' "
             "ORDER BY seq DESC LIMIT 1), '')",
             order_id, topic);
    return store_test_value(trade_orders_db, query);
}

static const char *another_code(const char *code)
{
    return strcmp(code, "000000") == 0 ? "000001" : "000000";
}

static void test_an_order_beyond_the_rules_is_refused_and_holds_nothing(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 3), STATUS_OK);
    assert_int_equal(order_place(&guest, "key-much", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "paymentMethod", "over_limit"));
    assert_int_equal(product_available(&shirt), 100);
    assert_int_equal(cart_change(&guest, "", guest.cart->items[0]->id, 1), STATUS_OK);
    form.address.city = (char *)"Mombasa";
    assert_int_equal(order_place(&guest, "key-far", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "paymentMethod", "not_in_this_area"));
    assert_int_equal(product_available(&shirt), 100);
}

static void test_the_code_that_was_sent_confirms_the_order(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    const char *code = code_of(id, "order.confirm_code");
    assert_true(guest.order->needs_code);
    assert_int_equal(strlen(code), 6);
    assert_int_equal(order_confirm(&guest, id, another_code(code)), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "code", "wrong"));
    assert_int_equal(order_confirm(&guest, id, "12"), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "code", "malformed"));
    assert_int_equal(order_confirm(&guest, id, code), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CONFIRMED);
    assert_false(guest.order->needs_code);
    assert_int_equal(order_confirm(&guest, id, code), STATUS_OK);
    assert_int_equal(order_send_code(&guest, id), STATUS_FAILED_PRECONDITION);
}

static void test_a_code_cannot_be_found_by_trying(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    const char *code = code_of(id, "order.confirm_code");
    for (int i = 0; i < 5; i++)
        assert_int_equal(order_confirm(&guest, id, another_code(code)), STATUS_INVALID_ARGUMENT);
    assert_int_equal(order_confirm(&guest, id, code), STATUS_FAILED_PRECONDITION);
    assert_int_equal(order_look(&guest, id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__PLACED);
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);   /* by telephone */
}

static void test_another_code_is_sent_after_a_minute_and_ends_the_first(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    const char *first = code_of(id, "order.confirm_code");
    assert_int_equal(order_send_code(&guest, id), STATUS_RESOURCE_EXHAUSTED);
    assert_in_range(guest.err.retry_after_s, 1, 60);
    store_test_run(trade_orders_db, "UPDATE order_code SET made_at = made_at - interval '61 seconds'");
    assert_int_equal(order_send_code(&guest, id), STATUS_OK);
    const char *second = code_of(id, "order.confirm_code");
    if (strcmp(first, second) != 0)
        assert_int_equal(order_confirm(&guest, id, first), STATUS_INVALID_ARGUMENT);
    store_test_run(trade_orders_db, "UPDATE order_code SET made_at = made_at - interval '61 seconds'");
    assert_int_equal(order_send_code(&guest, id), STATUS_OK);
    store_test_run(trade_orders_db, "UPDATE order_code SET made_at = made_at - interval '61 seconds'");
    assert_int_equal(order_send_code(&guest, id), STATUS_FAILED_PRECONDITION);
    assert_int_equal(order_confirm(&guest, id, code_of(id, "order.confirm_code")), STATUS_OK);
}

RPC_STUB(confirm_order, orders__v1__order_service__confirm_order, Orders__V1__ConfirmOrderRequest, Orders__V1__Order)
RPC_STUB(send_confirm_code, orders__v1__order_service__send_confirm_code, Orders__V1__SendConfirmCodeRequest,
         Orders__V1__SendConfirmCodeReply)

static enum status confirm_with_key(const char *key, const char *id, const char *code)
{
    Orders__V1__ConfirmOrderRequest request = ORDERS__V1__CONFIRM_ORDER_REQUEST__INIT;
    request.order_id = (char *)id;
    request.code = (char *)code;
    return confirm_order(trade_orders_client(), person_meta(&guest, key), guest.arena, &request, &guest.order, &guest.err);
}

static enum status send_code_with_key(const char *key, const char *id)
{
    const Orders__V1__SendConfirmCodeReply *reply;
    Orders__V1__SendConfirmCodeRequest request = ORDERS__V1__SEND_CONFIRM_CODE_REQUEST__INIT;
    request.order_id = (char *)id;
    return send_confirm_code(trade_orders_client(), person_meta(&guest, key), guest.arena, &request, &reply, &guest.err);
}

/* A copy of asking for a code sends no second one, and is not told to wait a minute; a copy of typing it is no second guess. */
static void test_with_a_key_a_code_is_sent_and_typed_once(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    store_test_run(trade_orders_db, "UPDATE order_code SET made_at = made_at - interval '61 seconds'");
    assert_int_equal(send_code_with_key("key-2", id), STATUS_OK);
    const char *code = arena_strdup(guest.arena, code_of(id, "order.confirm_code"));
    assert_int_equal(send_code_with_key("key-2", id), STATUS_OK);
    assert_string_equal(code_of(id, "order.confirm_code"), code);
    assert_int_equal(confirm_with_key("key-3", id, another_code(code)), STATUS_INVALID_ARGUMENT); /* uses no key up */
    assert_int_equal(confirm_with_key("key-3", id, code), STATUS_OK);
    assert_int_equal(confirm_with_key("key-3", id, code), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CONFIRMED);
    assert_int_equal(confirm_with_key("key-3", id, another_code(code)), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "Idempotency-Key", "idempotency_key_reused"));
}

static void test_somebody_elses_order_takes_no_code(void **state)
{
    (void)state;
    struct person other;
    guest_init(&other);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *code = code_of(guest.order->id, "order.confirm_code");
    assert_int_equal(order_confirm(&other, guest.order->id, code), STATUS_NOT_FOUND);
    assert_int_equal(order_send_code(&other, guest.order->id), STATUS_NOT_FOUND);
    person_done(&other);
}

static void test_a_parcel_is_handed_over_by_its_code_or_with_a_reason(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    const char *number = guest.order->number;
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_string_equal(code_of(id, "order.delivery_code"), "");
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
    const char *code = code_of(id, "order.delivery_code");
    assert_int_equal(strlen(code), 6);
    assert_int_equal(order_deliver(&staff, number, "", ""), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&staff, "code", "required"));
    assert_int_equal(order_deliver(&staff, number, another_code(code), ""), STATUS_INVALID_ARGUMENT);
    assert_int_equal(order_deliver(&staff, number, code, ""), STATUS_OK);
    assert_int_equal(staff.order->status, ORDERS__V1__ORDER_STATUS__DELIVERED);
    assert_int_equal(order_deliver(&staff, number, "", ""), STATUS_OK);
}

static void test_a_reason_stands_for_a_code_that_was_lost(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
    assert_int_equal(order_deliver(&staff, id, "", "Her phone was stolen; she showed her passport."), STATUS_OK);
}

static void run_out(const char *order_id)
{
    char statement[200];
    snprintf(statement, sizeof(statement),
             "UPDATE order_task SET due_at = now() WHERE order_id = '%s' AND step = 'expire_unconfirmed'", order_id);
    trade_orders_stop();
    store_test_run(trade_orders_db, statement);
    trade_orders_start();
}

static void test_an_order_that_nobody_confirms_gives_its_stock_back(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    run_out(guest.order->id);
    assert_true(product_becomes_available(&shirt, 100));
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CANCELLED);
    assert_int_equal(order_confirm(&guest, guest.order->id, "123456"), STATUS_FAILED_PRECONDITION);
}

static void test_an_order_that_was_confirmed_stays(void **state)
{
    (void)state;
    char query[200];
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    assert_int_equal(order_confirm(&guest, id, code_of(id, "order.confirm_code")), STATUS_OK);
    run_out(id);
    snprintf(query, sizeof(query), "SELECT count(*) FROM order_task WHERE order_id = '%s' AND step = 'expire_unconfirmed'",
             id);
    assert_true(store_test_becomes(trade_orders_db, query, "0"));
    assert_int_equal(order_look(&guest, id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CONFIRMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_order_beyond_the_rules_is_refused_and_holds_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_the_code_that_was_sent_confirms_the_order, begin, end),
        cmocka_unit_test_setup_teardown(test_a_code_cannot_be_found_by_trying, begin, end),
        cmocka_unit_test_setup_teardown(test_another_code_is_sent_after_a_minute_and_ends_the_first, begin, end),
        cmocka_unit_test_setup_teardown(test_with_a_key_a_code_is_sent_and_typed_once, begin, end),
        cmocka_unit_test_setup_teardown(test_somebody_elses_order_takes_no_code, begin, end),
        cmocka_unit_test_setup_teardown(test_a_parcel_is_handed_over_by_its_code_or_with_a_reason, begin, end),
        cmocka_unit_test_setup_teardown(test_a_reason_stands_for_a_code_that_was_lost, begin, end),
        cmocka_unit_test_setup_teardown(test_an_order_that_nobody_confirms_gives_its_stock_back, begin, end),
        cmocka_unit_test_setup_teardown(test_an_order_that_was_confirmed_stays, begin, end),
    };
    return cmocka_run_group_tests(tests, open_shop, trade_shop_close);
}
