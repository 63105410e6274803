/* The pay page: a shopper who is not told what to do next does not pay; one who is told wrongly pays twice. */
#include "page_stage.h"

#include <unistd.h>

#define GUEST RPC__V1__CALLER__KIND__KIND_GUEST
#define ORDER_ID "c1823e58-9786-5741-9246-f7a67b01bf1f"

static char folder[64];

/* The order of GetOrder.json, with that status and payment, as what the services answer. */
static void answers(const char *status, const char *payment)
{
    char path[128];
    json_auto_t *order = json_load_file(SOURCE_DIR "/tests/unit/pages/GetOrder.json", 0, NULL);
    json_auto_t *methods = json_load_file(SOURCE_DIR "/tests/unit/pages/ListPaymentMethods.json", 0, NULL);
    json_t *parsed = json_loads(payment, 0, NULL);
    assert_non_null(parsed);
    json_object_set_new(order, "status", json_string(status));
    json_object_set_new(order, "payment", parsed);
    snprintf(path, sizeof(path), "%s/GetOrder.json", folder);
    assert_int_equal(json_dump_file(order, path, 0), 0);
    snprintf(path, sizeof(path), "%s/ListPaymentMethods.json", folder);
    assert_int_equal(json_dump_file(methods, path, 0), 0);
    setenv("PORTAL_PAGES_FROM", folder, 1);
}

#define MONEY "\"amount\": {\"amountMinor\": \"2674000\", \"currencyCode\": \"KES\"}"
#define ATTEMPT(method, state, rest)                                                                                     \
    "{\"method\": \"" method "\", \"status\": \"AWAITED\", " MONEY ", \"canPay\": true, \"payUntil\": \"2026-11-23T09:00:00Z\","  \
    " \"attempt\": {\"method\": \"" method "\", \"state\": \"" state "\", " rest "}}"

static void show(const char *name, const char *query)
{
    stage_as(GUEST);
    stage_get(name, "/orders/{order_id}/pay", "/orders/" ORDER_ID "/pay", "order_id=" ORDER_ID, query);
    assert_int_equal(stage.status, 200);
}

static void a_page_of_theirs_is_gone_to_at_once_and_by_a_link(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT",
            ATTEMPT("PAYSTACK", "PENDING", "\"action\": {\"kind\": \"REDIRECT\", \"url\": \"https://checkout.paystack.com/a?b=1&c=2\"}"));
    show("pay-redirect", "go=1");
    stage_shows("<meta http-equiv=\"refresh\" content=\"0;url=https://checkout.paystack.com/a?b=1&amp;c=2\">");
    stage_shows("href=\"https://checkout.paystack.com/a?b=1&amp;c=2\"");
    stage_shows("26,740");
    stage_shows("value=\"MPESA\"");
    stage_hides("CASH_ON_DELIVERY");
    assert_null(stage.x.answer.script_origin);
}

/* Back from there: not sent away again, and the page looks again by itself. */
static void who_comes_back_is_not_sent_away(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT",
            ATTEMPT("PAYSTACK", "PENDING", "\"action\": {\"kind\": \"REDIRECT\", \"url\": \"https://checkout.paystack.com/a\"}"));
    show("pay-back", "reference=x");
    stage_hides("content=\"0;url");
    stage_shows("<meta http-equiv=\"refresh\" content=\"4;url=/orders/" ORDER_ID "/pay?n=1\">");
}

static void a_prompt_is_told_and_looked_after_ever_more_slowly(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT",
            ATTEMPT("MPESA", "PENDING", "\"phone\": \"+254712345678\", \"action\": {\"kind\": \"PROMPT\", \"text\": \"Enter your PIN.\"}"));
    show("pay-prompt", "n=20");
    stage_shows("Enter your PIN.");
    stage_shows("+254712345678");
    stage_shows("content=\"15;url=/orders/" ORDER_ID "/pay?n=21\"");
    stage_open(NULL);
    show("pay-prompt-end", "n=40");
    stage_hides("http-equiv=\"refresh\"");
    stage_shows("href=\"/orders/" ORDER_ID "/pay\"");
}

static void stripe_s_script_is_let_in_where_it_is_needed(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT",
            ATTEMPT("STRIPE", "PENDING", "\"action\": {\"kind\": \"CLIENT\", \"text\": \"pi_1_secret_2\"}"));
    show("pay-stripe", "go=1");
    assert_string_equal(stage.x.answer.script_origin, "https://js.stripe.com");
    stage_shows("data-key=\"pk_test_1\"");
    stage_shows("data-secret=\"pi_1_secret_2\"");
    stage_shows("data-back=\"https://shop.example/orders/" ORDER_ID "/pay\"");
    stage_shows("/assets/stripe.");
    stage_shows("<noscript>");
    stage_hides("http-equiv=\"refresh\"");
    stage_shows("value=\"PAYSTACK\"");
}

static void who_comes_back_from_stripe_waits_and_is_not_asked_again(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT",
            ATTEMPT("STRIPE", "PENDING", "\"action\": {\"kind\": \"CLIENT\", \"text\": \"pi_1_secret_2\"}"));
    show("pay-stripe-back", "redirect_status=succeeded");
    stage_hides("data-secret");
    stage_shows("content=\"4;url=/orders/" ORDER_ID "/pay?n=1&amp;redirect_status=again\"");
    stage_open(NULL);
    show("pay-stripe-failed", "redirect_status=failed");
    stage_shows("data-secret=\"pi_1_secret_2\"");
}

static void a_payment_that_failed_may_be_tried_again(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT", ATTEMPT("MPESA", "FAILED", "\"reason\": \"There is not enough money in the account.\""));
    show("pay-failed", "");
    stage_shows("There is not enough money in the account.");
    stage_shows("value=\"MPESA\" checked");
    stage_hides("http-equiv=\"refresh\"");
}

static void a_paid_order_says_so_and_offers_no_payment(void **state)
{
    (void)state;
    answers("PAID", "{\"method\": \"MPESA\", \"status\": \"PAID\", " MONEY "}");
    show("pay-paid", "");
    stage_shows("is paid");
    stage_hides("name=\"method\"");
    assert_false(stage_called("ListPaymentMethods"));
}

static void a_cancelled_order_says_that_money_comes_back(void **state)
{
    (void)state;
    answers("CANCELLED", "{\"method\": \"MPESA\", \"status\": \"VOID\", " MONEY "}");
    show("pay-cancelled", "");
    stage_shows("cancelled");
    stage_hides("name=\"method\"");
}

static void another_try_asks_once_and_goes_on(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT", ATTEMPT("MPESA", "FAILED", "\"reason\": \"\""));
    stage_as(GUEST);
    stage_post("pay-post", "/orders/{order_id}/pay", "/orders/" ORDER_ID "/pay", "order_id=" ORDER_ID,
               "idempotencyKey=0192f0c4-1234-7000-8000-0123456789ab&method=PAYSTACK&phone=0712345678");
    assert_string_equal(stage_asked("PayOrder", "method"), "PAYSTACK");
    assert_string_equal(stage_asked("PayOrder", "phone"), "0712345678");
    assert_true(stage.x.idempotency_key[0] != '\0');
    assert_int_equal(stage.status, 303);
    assert_string_equal(stage.location, "/orders/" ORDER_ID "/pay?go=1");
}

static void a_refused_try_is_shown_with_what_was_entered(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT", ATTEMPT("MPESA", "FAILED", "\"reason\": \"\""));
    stage_as(GUEST);
    stage_fails("PayOrder", STATUS_INVALID_ARGUMENT, "phone", "malformed", "That is no Kenyan number.");
    stage_post("pay-refused", "/orders/{order_id}/pay", "/orders/" ORDER_ID "/pay", "order_id=" ORDER_ID,
               "idempotencyKey=0192f0c4-1234-7000-8000-0123456789ab&method=PAYSTACK&phone=12");
    assert_int_equal(stage.status, 400);
    stage_shows("That is no Kenyan number.");
    stage_shows("value=\"12\"");
    stage_shows("value=\"PAYSTACK\" checked");
}

static void an_order_to_be_paid_first_leads_to_its_pay_page(void **state)
{
    (void)state;
    answers("PENDING_PAYMENT", ATTEMPT("MPESA", "CREATED", "\"reason\": \"\""));
    stage_as(GUEST);
    stage_post("checkout-prepaid", "/checkout", "/checkout", "",
               "idempotencyKey=0192f0c4-1234-7000-8000-0123456789ab&contact.name=Amina&paymentMethod=MPESA&paymentPhone=0722");
    assert_string_equal(stage_asked("PlaceOrder", "paymentMethod"), "MPESA");
    assert_string_equal(stage_asked("PlaceOrder", "paymentPhone"), "0722");
    assert_string_equal(stage.location, "/orders/" ORDER_ID "/pay?go=1");
}

static void checkout_offers_what_this_cart_may_be_paid_by(void **state)
{
    (void)state;
    unsetenv("PORTAL_PAGES_FROM");
    stage_as(GUEST);
    stage_get("checkout-ways", "/checkout", "/checkout", "", "");
    assert_string_equal(stage_asked("ListPaymentMethods", "countryCode"), "KE");
    assert_string_equal(stage_asked("ListPaymentMethods", "totalMinor"), "2674000");
    stage_shows("value=\"CASH_ON_DELIVERY\" checked");
    stage_shows("value=\"MPESA\" required");
    stage_shows("name=\"paymentPhone\"");
}

static int start(void **state)
{
    snprintf(folder, sizeof(folder), "/tmp/portal-pay-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return stage_start(state);
}

static int stop(void **state)
{
    char path[128];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s.json", folder, i ? "GetOrder" : "ListPaymentMethods");
        unlink(path);
    }
    rmdir(folder);
    return stage_stop(state);
}

#define TEST(name) cmocka_unit_test_setup(name, stage_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_of_theirs_is_gone_to_at_once_and_by_a_link),
        TEST(who_comes_back_is_not_sent_away),
        TEST(a_prompt_is_told_and_looked_after_ever_more_slowly),
        TEST(stripe_s_script_is_let_in_where_it_is_needed),
        TEST(who_comes_back_from_stripe_waits_and_is_not_asked_again),
        TEST(a_payment_that_failed_may_be_tried_again),
        TEST(a_paid_order_says_so_and_offers_no_payment),
        TEST(a_cancelled_order_says_that_money_comes_back),
        TEST(another_try_asks_once_and_goes_on),
        TEST(a_refused_try_is_shown_with_what_was_entered),
        TEST(an_order_to_be_paid_first_leads_to_its_pay_page),
        TEST(checkout_offers_what_this_cart_may_be_paid_by),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
