/*
 * Money that ought not to be there, or not to stay, against the providers' simulators: too little, too late, twice, of another
 * currency, for goods that are gone. It goes back or waits for staff, and the books say which.
 */
#include "trade_pay.h"

RPC_STUB(list_reviews, orders__v1__order_service__list_payment_reviews, Orders__V1__ListPaymentReviewsRequest,
         Orders__V1__ListPaymentReviewsReply)
RPC_STUB(resolve_payment, orders__v1__order_service__resolve_payment, Orders__V1__ResolvePaymentRequest,
         Orders__V1__OrderPayments)
RPC_STUB(retry_task, orders__v1__order_service__retry_task, Orders__V1__TaskRequest, Orders__V1__ListTasksReply)
RPC_STUB(undo_task, orders__v1__order_service__undo_task, Orders__V1__TaskRequest, Orders__V1__ListTasksReply)
RPC_STUB(resolve_refund, orders__v1__order_service__resolve_refund, Orders__V1__ResolveRefundRequest,
         Orders__V1__OrderPayments)

/* ---- money that is not as it should be ---- */

static const Orders__V1__PaymentReview *the_review(void)
{
    const Orders__V1__ListPaymentReviewsReply *reply;
    Orders__V1__ListPaymentReviewsRequest request = ORDERS__V1__LIST_PAYMENT_REVIEWS_REQUEST__INIT;
    assert_int_equal(PAY_CALL(list_reviews, &staff, "", &request, &reply), STATUS_OK);
    for (size_t i = 0; i < reply->n_reviews; i++)
        if (strcmp(reply->reviews[i]->order_id, guest.order->id) == 0)
            return reply->reviews[i];
    fail_msg("the payment is not shown to staff");
    return NULL;
}

static enum status resolve(struct person *person, const char *key, Orders__V1__ResolvePaymentRequest__Decision decision)
{
    const Orders__V1__OrderPayments *reply;
    Orders__V1__ResolvePaymentRequest request = ORDERS__V1__RESOLVE_PAYMENT_REQUEST__INIT;
    request.attempt_id = guest.order->payment->attempt->id;
    request.decision = decision;
    request.note = (char *)"Called the customer.";
    return PAY_CALL(resolve_payment, person, key, &request, &reply);
}

static void pay_too_little(void)
{
    payments_switch("{\"paystack\": {\"times\": {\"wrongAmount\": 1}}}");
    place(PAYSTACK);
    payments_customer("paystack", reference(), "pay");
    assert_true(pay_becomes(of_order(ATTEMPTS), "review"));
    assert_balance("provider:paystack", "137500");
    assert_balance("unallocated", "-137500");
    assert_balance("sales", "0");
    assert_string_equal(value("SELECT status FROM orders WHERE id = '%s'"), "pending_payment");
    assert_int_equal(the_review()->attempt->captured->amount_minor, 137500);
}

static void test_too_little_waits_for_staff_and_goes_back(void **state)
{
    (void)state;
    pay_too_little();
    assert_int_equal(resolve(&guest, "r", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__GIVE_BACK), STATUS_PERMISSION_DENIED);
    assert_int_equal(resolve(&staff, "r", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__GIVE_BACK), STATUS_OK);
    assert_int_equal(resolve(&staff, "r", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__GIVE_BACK), STATUS_OK);
    assert_int_equal(resolve(&staff, "r2", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__GIVE_BACK),
                     STATUS_FAILED_PRECONDITION);
    assert_true(pay_becomes(of_order(REFUNDS), "unallocated succeeded"));
    assert_balance("provider:paystack", "0");
    assert_balance("unallocated", "0");
    assert_balance("refunds_payable", "0");
}

static void test_too_little_may_be_accepted(void **state)
{
    (void)state;
    pay_too_little();
    assert_int_equal(resolve(&staff, "r", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__ACCEPT), STATUS_OK);
    assert_true(order_becomes("paid"));
    assert_balance("sales", "-137500");
    assert_balance("unallocated", "0");
}

static void test_another_currency_waits_for_staff(void **state)
{
    (void)state;
    payments_switch("{\"flutterwave\": {\"times\": {\"wrongCurrency\": 1}}}");
    place(FLUTTERWAVE);
    payments_customer("flutterwave", reference(), "pay");
    assert_true(pay_becomes(of_order(ATTEMPTS), "review"));
    assert_string_equal(value("SELECT string_agg(e.account || e.currency_code, ' ' ORDER BY e.account) FROM ledger_entry e "
                              "JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.order_id = '%s'"),
                        "provider:flutterwaveUSD unallocatedUSD");
    assert_int_equal(resolve(&staff, "r", ORDERS__V1__RESOLVE_PAYMENT_REQUEST__DECISION__ACCEPT), STATUS_FAILED_PRECONDITION);
}

static void test_money_for_a_cancelled_order_goes_back(void **state)
{
    (void)state;
    place(PAYSTACK);
    assert_int_equal(order_cancel(&guest, guest.order->id, "too slow"), STATUS_OK);
    payments_customer("paystack", reference(), "pay");
    assert_int_equal(pay_notice(&guest, "paystack", "charge.success"), STATUS_OK);
    assert_true(pay_becomes(of_order(REFUNDS), "unallocated succeeded"));
    assert_balance("provider:paystack", "0");
    assert_balance("sales", "0");
    assert_string_equal(value("SELECT status FROM orders WHERE id = '%s'"), "cancelled");
    assert_true(product_becomes_available(&shirt, 10));
}

/* Where the provider can be told to take no money any more, it is. */
static void test_a_cancelled_order_is_cancelled_at_stripe(void **state)
{
    (void)state;
    place(STRIPE);
    assert_int_equal(order_cancel(&guest, guest.order->id, "too slow"), STATUS_OK);
    assert_true(pay_becomes(of_order(ATTEMPTS), "cancelled"));
    assert_int_equal(payments_count("charges", "stripe", "cancelled"), 1);
}

/* Two pages open, both are paid on: the second payment goes back. */
static void test_who_pays_twice_gets_one_back(void **state)
{
    (void)state;
    place(PAYSTACK);
    const char *first = reference();
    assert_int_equal(pay_again(&guest, "again", FLUTTERWAVE), STATUS_OK);
    assert_string_not_equal(reference(), first);
    assert_string_equal(value(ATTEMPTS), "cancelled pending");
    payments_customer("flutterwave", reference(), "pay");
    assert_true(order_becomes("paid"));
    payments_customer("paystack", first, "pay");
    assert_true(pay_becomes(of_order(REFUNDS), "unallocated succeeded"));
    assert_balance("provider:paystack", "0");
    assert_balance("provider:flutterwave", TOTAL);
    assert_balance("sales", "-" TOTAL);
    assert_int_equal(payments_count("refunds", "paystack", "done"), 1);
}

static void test_a_paid_order_that_is_cancelled_gives_all_back(void **state)
{
    (void)state;
    place(MPESA);
    assert_true(order_becomes("paid"));
    assert_int_equal(pay_notice(&guest, "mpesa", "stkCallback"), STATUS_OK);
    assert_true(pay_becomes(of_order("SELECT transaction_id <> '' FROM payment_attempt WHERE order_id = '%s'"), "t"));
    assert_int_equal(order_cancel(&guest, guest.order->id, "changed my mind"), STATUS_OK);
    assert_true(pay_becomes(of_order(REFUNDS), "sales pending"));
    assert_int_equal(pay_notice(&guest, "mpesa", "result"), STATUS_OK);
    assert_true(pay_becomes(of_order(REFUNDS), "sales succeeded"));
    assert_balance("provider:mpesa", "0");
    assert_balance("sales", "0");
}

/* The provider refuses to give it back: staff do it by hand, once, and the books know from where. */
static void test_a_refund_that_a_provider_refuses_is_made_by_hand(void **state)
{
    (void)state;
    const Orders__V1__OrderPayments *reply;
    Orders__V1__ResolveRefundRequest request = ORDERS__V1__RESOLVE_REFUND_REQUEST__INIT;
    place(PAYSTACK);
    payments_customer("paystack", reference(), "pay");
    assert_true(order_becomes("paid"));
    payments_switch("{\"paystack\": {\"times\": {\"refundRefused\": 1}}}");
    assert_int_equal(order_cancel(&guest, guest.order->id, "changed my mind"), STATUS_OK);
    assert_true(pay_becomes(of_order(REFUNDS), "sales review"));
    assert_balance("refunds_payable", "-" TOTAL);
    request.refund_id = arena_strdup(staff.arena, value("SELECT id FROM refund WHERE order_id = '%s'"));
    request.decision = ORDERS__V1__RESOLVE_REFUND_REQUEST__DECISION__DONE_BY_HAND;
    request.note = (char *)"Paid at the counter.";
    assert_int_equal(PAY_CALL(resolve_refund, &staff, "h", &request, &reply), STATUS_OK);
    assert_int_equal(PAY_CALL(resolve_refund, &staff, "h", &request, &reply), STATUS_OK);
    assert_balance("cash:office", "-" TOTAL);
    assert_balance("refunds_payable", "0");
    assert_int_equal(PAY_CALL(resolve_refund, &staff, "h2", &request, &reply), STATUS_FAILED_PRECONDITION);
}

/* ---- dead letters ---- */

static void put_on_hand(const char *quantity)
{
    char statement[512];
    snprintf(statement, sizeof(statement),
             "INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reserved_change, made_by) "
             "SELECT variant_id, location_id, 'adjusted', %s - on_hand, -reserved, 'test' FROM stock "
             "WHERE variant_id IN (SELECT variant_id FROM reservation_line WHERE order_id = '%%s')",
             quantity);
    store_test_run(trade_catalog_db, of_order(statement));
}

/* The hold ran out, and somebody else has them. */
static void lose_the_goods(void)
{
    store_test_run(trade_catalog_db, of_order("UPDATE reservation SET state = 'expired' WHERE order_id = '%s'"));
    put_on_hand("0");
}

static enum status undo(struct person *person, const char *key)
{
    const Orders__V1__ListTasksReply *reply;
    Orders__V1__TaskRequest request = ORDERS__V1__TASK_REQUEST__INIT;
    request.order_id = request.subject_id = guest.order->id;
    request.step = (char *)"confirm_stock";
    request.note = (char *)"Sold out.";
    return PAY_CALL(undo_task, person, key, &request, &reply);
}

static void test_a_paid_order_without_goods_is_undone_by_staff(void **state)
{
    (void)state;
    place(PAYSTACK);
    lose_the_goods();
    payments_customer("paystack", reference(), "pay");
    assert_true(pay_becomes(of_order("SELECT state FROM order_task WHERE order_id = '%s' AND step = 'confirm_stock'"), "failed"));
    assert_int_equal(undo(&guest, "u"), STATUS_PERMISSION_DENIED);
    assert_int_equal(undo(&staff, "u"), STATUS_OK);
    assert_int_equal(undo(&staff, "u"), STATUS_OK);
    assert_true(order_becomes("cancelled"));
    assert_true(pay_becomes(of_order(REFUNDS), "sales succeeded"));
    assert_balance("provider:paystack", "0");
    assert_balance("sales", "0");
}

static void test_a_dead_letter_is_tried_again_once_for_each_key(void **state)
{
    (void)state;
    const Orders__V1__ListTasksReply *reply;
    Orders__V1__TaskRequest request = ORDERS__V1__TASK_REQUEST__INIT;
    place(PAYSTACK);
    lose_the_goods();
    payments_customer("paystack", reference(), "pay");
    assert_true(pay_becomes(of_order("SELECT state FROM order_task WHERE order_id = '%s' AND step = 'confirm_stock'"), "failed"));
    put_on_hand("10");
    request.order_id = request.subject_id = guest.order->id;
    request.step = (char *)"confirm_stock";
    assert_int_equal(PAY_CALL(retry_task, &staff, "t", &request, &reply), STATUS_OK);
    assert_true(pay_becomes(of_order("SELECT count(*) FROM order_task WHERE order_id = '%s' AND step = 'confirm_stock'"), "0"));
    assert_int_equal(PAY_CALL(retry_task, &staff, "t", &request, &reply), STATUS_OK);
    assert_int_equal(PAY_CALL(retry_task, &staff, "t2", &request, &reply), STATUS_NOT_FOUND);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_too_little_waits_for_staff_and_goes_back),
        TEST(test_too_little_may_be_accepted),
        TEST(test_another_currency_waits_for_staff),
        TEST(test_money_for_a_cancelled_order_goes_back),
        TEST(test_a_cancelled_order_is_cancelled_at_stripe),
        TEST(test_who_pays_twice_gets_one_back),
        TEST(test_a_paid_order_that_is_cancelled_gives_all_back),
        TEST(test_a_refund_that_a_provider_refuses_is_made_by_hand),
        TEST(test_a_paid_order_without_goods_is_undone_by_staff),
        TEST(test_a_dead_letter_is_tried_again_once_for_each_key),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
