/*
 * Orders paid in advance, against the providers' simulators: whatever the providers, the network or the customers do, an order
 * is paid once. Money that ought not to be there is in test_trade_money.c.
 */
#include "trade_pay.h"

#include <unistd.h>

RPC_STUB(list_methods, orders__v1__order_service__list_payment_methods, Orders__V1__ListPaymentMethodsRequest,
         Orders__V1__ListPaymentMethodsReply)

/* ---- as it should go ---- */

static void test_a_phone_is_asked_and_the_order_is_paid(void **state)
{
    (void)state;
    place(MPESA);
    const Orders__V1__PaymentAttempt *attempt = guest.order->payment->attempt;
    assert_int_equal(attempt->state, ORDERS__V1__PAYMENT_ATTEMPT__STATE__PENDING);
    assert_int_equal(attempt->action->kind, ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__PROMPT);
    assert_int_equal(guest.order->amount_due->amount_minor, 275000);
    assert_true(order_becomes("paid"));
    assert_balance("provider:mpesa", TOTAL);
    assert_balance("sales", "-" TOTAL);
    assert_int_equal(payments_count("charges", "mpesa", "paid"), 1);
    assert_true(pay_becomes(of_order("SELECT string_agg(step, ' ') FROM order_task WHERE order_id = '%s' AND step <> 'make_papers'"), ""));
    assert_int_equal(product_available(&shirt), 8);
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_int_equal(guest.order->amount_due->amount_minor, 0);
    assert_int_equal(guest.order->payment->status, ORDERS__V1__PAYMENT__STATUS__PAID);
    assert_string_equal(value("SELECT count(*) FROM (SELECT id, topic, key FROM outbox_event UNION SELECT id, topic, key FROM inbox_event) e "
                              "WHERE topic = 'order.paid' AND key = '%s'"), "1");
}

static void pay_on_page(Types__V1__PaymentMethod method, const char *provider, const char *account)
{
    place(method);
    assert_int_equal(guest.order->payment->attempt->action->kind, ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__REDIRECT);
    assert_memory_equal(guest.order->payment->attempt->action->url, "https://", 8);
    payments_customer(provider, reference(), "pay");
    assert_true(order_becomes("paid"));
    assert_balance(account, TOTAL);
}

static void test_a_page_of_paystack_is_paid_on(void **state)
{
    (void)state;
    pay_on_page(PAYSTACK, "paystack", "provider:paystack");
}

static void test_a_page_of_flutterwave_is_paid_on(void **state)
{
    (void)state;
    pay_on_page(FLUTTERWAVE, "flutterwave", "provider:flutterwave");
}

static void test_a_card_is_taken_by_stripe_s_own_form(void **state)
{
    (void)state;
    place(STRIPE);
    assert_int_equal(guest.order->payment->attempt->action->kind, ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__CLIENT);
    payments_customer("stripe", reference(), "pay");
    assert_true(order_becomes("paid"));
    assert_balance("provider:stripe", TOTAL);
}

/* M-Pesa takes whole shillings; what is not set up or not for this country is not offered. */
static void test_what_is_offered_fits_country_and_sum(void **state)
{
    (void)state;
    const Orders__V1__ListPaymentMethodsReply *reply;
    Orders__V1__ListPaymentMethodsRequest request = ORDERS__V1__LIST_PAYMENT_METHODS_REQUEST__INIT;
    request.country_code = (char *)"KE";
    request.total_minor = 275000;
    assert_int_equal(PAY_CALL(list_methods, &guest, "", &request, &reply), STATUS_OK);
    assert_int_equal(reply->methods[0]->method, MPESA);
    assert_true(reply->methods[0]->needs_phone);
    request.total_minor = 275050;
    assert_int_equal(PAY_CALL(list_methods, &guest, "", &request, &reply), STATUS_OK);
    assert_int_not_equal(reply->methods[0]->method, MPESA);
    request.country_code = (char *)"SN";
    request.total_minor = 1000;
    assert_int_equal(PAY_CALL(list_methods, &guest, "", &request, &reply), STATUS_OK);
    for (size_t i = 0; i < reply->n_methods; i++)
        assert_true(reply->methods[i]->method != MPESA && reply->methods[i]->method != PAYSTACK);
}

/* ---- answers and notices that go astray ---- */

static void test_copies_of_a_notice_are_one(void **state)
{
    (void)state;
    place(PAYSTACK);
    payments_customer("paystack", reference(), "pay");
    for (int i = 0; i < 3; i++)
        assert_int_equal(pay_notice(&guest, "paystack", "charge.success"), STATUS_OK);
    assert_true(order_becomes("paid"));
    assert_int_equal(pay_notice(&guest, "paystack", "charge.success"), STATUS_OK);
    assert_string_equal(store_test_value(trade_orders_db, "SELECT count(*) - count(DISTINCT event_id) FROM payment_notice"), "0");
    assert_balance("provider:paystack", TOTAL);
}

static void test_a_forged_notice_pays_nothing(void **state)
{
    (void)state;
    payments_switch("{\"paystack\": {\"times\": {\"badSignature\": 1}}}");
    place(PAYSTACK);
    payments_customer("paystack", reference(), "decline");
    Orders__V1__ReceiveNoticeRequest request = ORDERS__V1__RECEIVE_NOTICE_REQUEST__INIT;
    Orders__V1__ReceiveNoticeRequest__Header header = ORDERS__V1__RECEIVE_NOTICE_REQUEST__HEADER__INIT;
    const Orders__V1__ReceiveNoticeReply *reply;
    const char *body = arena_printf(guest.arena, "{\"event\":\"charge.success\",\"data\":{\"id\":1,\"reference\":\"%s\"}}",
                                    reference());
    header.name = (char *)"x-paystack-signature";
    header.value = (char *)"00";
    request.headers = (Orders__V1__ReceiveNoticeRequest__Header *[]){&header};
    request.n_headers = 1;
    request.provider = (char *)"paystack";
    request.body = (ProtobufCBinaryData){.len = strlen(body), .data = (uint8_t *)(uintptr_t)body};
    assert_int_equal(PAY_CALL(receive_notice, &guest, "", &request, &reply), STATUS_UNAUTHENTICATED);
    request.provider = (char *)"nobody";
    assert_int_equal(PAY_CALL(receive_notice, &guest, "", &request, &reply), STATUS_NOT_FOUND);
    assert_string_equal(value("SELECT status FROM orders WHERE id = '%s'"), "pending_payment");
}

/* Flutterwave acted and its answer was lost: it is told again under the same reference and gives the page. */
static void test_a_page_whose_answer_was_lost_is_had_again(void **state)
{
    (void)state;
    payments_switch("{\"flutterwave\": {\"times\": {\"drop\": 1}}}");
    place(FLUTTERWAVE);
    assert_true(pay_becomes(of_order(ATTEMPTS), "pending"));
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_int_equal(guest.order->payment->attempt->action->kind, ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__REDIRECT);
    payments_customer("flutterwave", reference(), "pay");
    assert_true(order_becomes("paid"));
}

/* Paystack does not give a page twice: that attempt is given up, and another one helps. */
static void test_a_page_that_is_lost_for_good_is_given_up(void **state)
{
    (void)state;
    payments_switch("{\"paystack\": {\"times\": {\"drop\": 1}}}");
    place(PAYSTACK);
    assert_true(pay_becomes(of_order(ATTEMPTS), "failed"));
    assert_int_equal(pay_again(&guest, "again", PAYSTACK), STATUS_OK);
    payments_customer("paystack", reference(), "pay");
    assert_true(order_becomes("paid"));
}

/* Safaricom pushed and its answer was lost: the customer is not asked for a PIN twice, and the notice tells the rest. */
static void test_a_push_whose_answer_was_lost_is_known_by_its_notice(void **state)
{
    (void)state;
    place(MPESA); /* from now on there is a token */
    assert_true(order_becomes("paid"));
    struct person other = guest;
    shopper_init(&guest, &shirt, 2);
    payments_switch("{\"mpesa\": {\"times\": {\"drop\": 1}}}");
    place(MPESA);
    assert_int_equal(guest.order->payment->attempt->state, ORDERS__V1__PAYMENT_ATTEMPT__STATE__CREATED);
    while (payments_count("charges", "mpesa", "paid") < 2)
        assert_int_equal(usleep(20000), 0);
    assert_int_equal(usleep(100000), 0);
    assert_int_equal(pay_notice(&guest, "mpesa", "stkCallback"), STATUS_OK);
    assert_true(order_becomes("paid"));
    assert_int_equal(json_array_size(json_object_get(payments_books(), "charges")), 2);
    person_done(&other);
}

/* The provider was told, and the process died before it could put that down. */
static void test_a_crash_between_telling_and_saving_is_made_good(void **state)
{
    (void)state;
    store_test_run(trade_orders_db, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';"
                                    "CREATE TRIGGER refusing BEFORE UPDATE OF state ON payment_attempt FOR EACH ROW "
                                    "EXECUTE FUNCTION refuse()");
    place(FLUTTERWAVE);
    trade_orders_stop();
    store_test_run(trade_orders_db, "DROP TRIGGER refusing ON payment_attempt; DROP FUNCTION refuse();"
                                    "UPDATE order_task SET due_at = now() WHERE step = 'start_payment'");
    trade_orders_start();
    assert_true(pay_becomes(of_order(ATTEMPTS), "pending"));
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_int_equal(guest.order->payment->attempt->action->kind, ORDERS__V1__PAYMENT_ATTEMPT__ACTION__KIND__REDIRECT);
}

/* ---- another try ---- */

static void test_a_refusal_is_told_and_another_try_pays(void **state)
{
    (void)state;
    payments_switch("{\"mpesa\": {\"pendingMs\": 3000, \"times\": {\"decline\": 1}}}");
    place(MPESA);
    assert_int_equal(pay_again(&guest, "too-soon", MPESA), STATUS_FAILED_PRECONDITION);
    assert_true(pay_becomes(of_order(ATTEMPTS), "failed"));
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_true(strlen(guest.order->payment->attempt->reason) > 10);
    assert_int_equal(pay_again(&guest, "again", MPESA), STATUS_OK);
    assert_true(order_becomes("paid"));
    assert_string_equal(value(ATTEMPTS), "failed succeeded");
}

/* The button was pressed twice: there is one attempt. A page that is open is gone back to. */
static void test_another_try_with_a_key_is_one(void **state)
{
    (void)state;
    place(PAYSTACK);
    const char *first = reference();
    assert_int_equal(pay_again(&guest, "a", PAYSTACK), STATUS_OK);
    assert_string_equal(reference(), first);
    assert_int_equal(pay_again(&guest, "b", FLUTTERWAVE), STATUS_OK);
    const char *second = reference();
    assert_int_equal(pay_again(&guest, "b", FLUTTERWAVE), STATUS_OK);
    assert_string_equal(reference(), second);
    assert_int_equal(pay_again(&guest, "b", STRIPE), STATUS_INVALID_ARGUMENT);
    assert_string_equal(value("SELECT count(*) FROM payment_attempt WHERE order_id = '%s'"), "2");
    assert_int_equal(pay_again(&guest, "c", CASH), STATUS_INVALID_ARGUMENT);
}

/* ---- time ---- */

static void let_time_run_out(void)
{
    trade_orders_stop();
    store_test_run(trade_orders_db,
                   "UPDATE orders SET pay_until = now() - interval '1 s' WHERE status = 'pending_payment';"
                   "UPDATE payment_attempt SET deadline_at = now() - interval '1 s' WHERE state IN ('created', 'pending');"
                   "UPDATE order_task SET due_at = now() WHERE step = 'expire_order'");
    trade_orders_start();
}

static void test_what_nobody_pays_ends_and_the_goods_go_back(void **state)
{
    (void)state;
    place(PAYSTACK);
    assert_int_equal(product_available(&shirt), 8);
    let_time_run_out();
    assert_true(order_becomes("cancelled"));
    assert_true(product_becomes_available(&shirt, 10));
    assert_string_equal(value(ATTEMPTS), "expired");
    payments_customer("paystack", reference(), "pay"); /* late: found by asking again */
    assert_true(pay_becomes(of_order(REFUNDS), "unallocated succeeded"));
    assert_balance("provider:paystack", "0");
}

/* Paid at the last moment, and the notice is lost: it is asked once more before the goods go back. */
static void test_the_last_question_finds_the_payment(void **state)
{
    (void)state;
    place(PAYSTACK);
    trade_orders_stop();
    payments_customer("paystack", reference(), "pay");
    trade_orders_start();
    let_time_run_out();
    assert_true(order_becomes("paid"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_phone_is_asked_and_the_order_is_paid),
        TEST(test_a_page_of_paystack_is_paid_on),
        TEST(test_a_page_of_flutterwave_is_paid_on),
        TEST(test_a_card_is_taken_by_stripe_s_own_form),
        TEST(test_what_is_offered_fits_country_and_sum),
        TEST(test_copies_of_a_notice_are_one),
        TEST(test_a_forged_notice_pays_nothing),
        TEST(test_a_page_whose_answer_was_lost_is_had_again),
        TEST(test_a_page_that_is_lost_for_good_is_given_up),
        TEST(test_a_push_whose_answer_was_lost_is_known_by_its_notice),
        TEST(test_a_crash_between_telling_and_saving_is_made_good),
        TEST(test_a_refusal_is_told_and_another_try_pays),
        TEST(test_another_try_with_a_key_is_one),
        TEST(test_what_nobody_pays_ends_and_the_goods_go_back),
        TEST(test_the_last_question_finds_the_payment),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
