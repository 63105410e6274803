/* Papers and the staff's pages: what they show, in which language, and to whom. */
#include "page_stage.h"

#define GUEST RPC__V1__CALLER__KIND__KIND_GUEST
#define STAFF RPC__V1__CALLER__KIND__KIND_STAFF

static void keep_document(void)
{
    const char *folder = getenv("PORTAL_PAGES_OUT");
    if (!folder)
        return;
    FILE *file = fopen(arena_printf(stage.x.arena, "%s/invoice.xml", folder), "w");
    assert_non_null(file);
    fputs(stage_asked("PrintPaper", "document"), file);
    fclose(file);
}

static void test_an_invoice_says_it_all(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get("invoice", "/orders/{order_id}/invoice", "/orders/1/invoice", "order_id=1", "");
    stage_shows("EG-INV-000042");
    stage_shows("Soko Safi Egypt LLC");
    stage_shows("Tax Reg. No. 123-456-789");
    stage_shows("محمد عبد الله");
    stage_shows("Robe d&#39;été");
    stage_shows("14%");
    stage_shows("invoice?number=EG-CRN-000003");
}

/* A shopper in Abidjan looks at an invoice of Egypt: it stays Egypt's. */
static void test_an_invoice_keeps_its_market(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage.x.market = markets_find(stage.markets, "CI");
    stage_get("invoice", "/orders/{order_id}/invoice", "/orders/1/invoice", "order_id=1", "number=EG-INV-000042");
    assert_string_equal(stage_asked("GetInvoice", "number"), "EG-INV-000042");
    stage_shows("<html lang=\"en-EG\">");
    stage_shows("Unit price");
}

static void test_an_invoice_is_printed(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get(NULL, "/orders/{order_id}/invoice.pdf", "/orders/1/invoice.pdf", "order_id=1", "");
    assert_string_equal(stage.content_type, "application/pdf");
    assert_string_equal(stage.html, "%PDF-");
    const char *document = stage_asked("PrintPaper", "document");
    assert_non_null(strstr(document, "<p bold=\"1\" before=\"2\">محمد عبد الله</p>"));
    assert_non_null(strstr(document, "&amp; Cie"));
    keep_document();
}

static void test_an_invoice_that_is_not_made_is_no_paper(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_fails("GetInvoice", STATUS_NOT_FOUND, NULL, NULL, "There is no invoice yet.");
    stage_get(NULL, "/orders/{order_id}/invoice.pdf", "/orders/1/invoice.pdf", "order_id=1", "");
    assert_int_equal(stage.status, 404);
    assert_false(stage_called("PrintPaper"));
}

/* ---- the staff's pages ---- */

static void test_the_start_counts_what_is_to_be_done(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_start", "/admin", "/admin", "", "");
    stage_shows("<li class=\"todo\"><a href=\"/admin/orders?status=PLACED\"><b>3</b> to confirm");
    stage_shows("<li><a href=\"/admin/orders?status=PAID\"><b>0</b>");
}

static void test_orders_are_filtered_by_status(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_orders", "/admin/orders", "/admin/orders", "", "status=SHIPPED&page=abc");
    assert_string_equal(stage_asked("ListAllOrders", "status"), "SHIPPED");
    assert_string_equal(stage_asked("ListAllOrders", "pageToken"), "abc");
    stage_shows("<option value=\"SHIPPED\" selected>On its way</option>");
    stage_hides("UNSPECIFIED");
}

static void test_an_order_is_found_by_what_people_say(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_search", "/admin/search", "/admin/search", "", "order=0712+345678");
    assert_string_equal(stage_asked("FindOrders", "q"), "0712 345678");
    assert_string_equal(stage_asked("FindOrders", "countryCode"), "KE");
    stage_shows("value=\"0712 345678\"");
}

/* Only what may happen is offered. */
static void test_staff_are_offered_the_next_events(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_order", "/admin/orders/{order_id}", "/admin/orders/1", "order_id=1", "");
    stage_shows("name=\"event\" value=\"DELIVER\">Delivered</button>");
    stage_hides("value=\"CONFIRM\"");
    stage_shows("tel:+254712345678");
    stage_shows("invoice?number=EG-CRN-000003");
}

static void test_an_event_is_sent_with_its_key(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post(NULL, "/admin/orders/{order_id}/events", "/admin/orders/1/events", "order_id=1",
               "event=DELIVER&note=Paid+in+cash&code=1234&idempotencyKey=0192f0c4-aaaa-7000-8000-000000000001");
    assert_string_equal(stage_asked("AdvanceOrder", "event"), "DELIVER");
    assert_string_equal(stage_asked("AdvanceOrder", "note"), "Paid in cash");
    assert_string_equal(stage_asked("AdvanceOrder", "code"), "1234");
    assert_string_not_equal(stage.x.idempotency_key, "");
    assert_string_equal(stage.location, "/admin/orders/1");
}

static void test_an_amount_is_given_back_in_minor_units(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post(NULL, "/admin/orders/{order_id}/refunds", "/admin/orders/1/refunds", "order_id=1",
               "amount=1250.5&currency=KES&reason=A+scratch");
    assert_string_equal(stage_asked("RefundOrder", "amount.amountMinor"), "125050");
    assert_string_equal(stage_asked("RefundOrder", "amount.currencyCode"), "KES");
    assert_string_equal(stage.location, "/admin/orders/1");
}

static void test_a_refund_of_a_line_names_no_amount(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post(NULL, "/admin/orders/{order_id}/refunds", "/admin/orders/1/refunds", "order_id=1",
               "line.variantId=v&line.quantity=2&line.restock=true&amount=&currency=KES&reason=x");
    assert_string_equal(stage_asked("RefundOrder", "line.quantity"), "2");
    assert_string_equal(stage_asked("RefundOrder", "amount.currencyCode"), "");
}

static void test_what_is_no_amount_is_refused(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post("desk_order_refused", "/admin/orders/{order_id}/refunds", "/admin/orders/1/refunds", "order_id=1",
               "amount=much&currency=KES&reason=x");
    assert_int_equal(stage.status, 400);
    assert_false(stage_called("RefundOrder"));
    stage_shows("role=\"alert\"");
}

static void test_a_parcel_holds_a_part_or_all(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post(NULL, "/admin/orders/{order_id}/shipments", "/admin/orders/1/shipments", "order_id=1",
               "line.variantId=&line.quantity=&carrier=G4S&trackingNumber=T1&trackingUrl=");
    assert_string_equal(stage_asked("CreateShipment", "carrier"), "G4S");
    assert_string_equal(stage_asked("CreateShipment", "line.variantId"), "");
}

static void test_a_return_is_answered(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_return", "/admin/returns/{return_id}", "/admin/returns/r1", "return_id=r1", "");
    stage_shows("The seam is open.");
    stage_shows("value=\"APPROVE\"");
    stage_hides("value=\"CLOSE\"");
    stage_open(NULL);
    stage_as(STAFF);
    stage_post(NULL, "/admin/returns/{return_id}/events", "/admin/returns/r1/events", "return_id=r1", "event=APPROVE&answer=Sorry");
    assert_string_equal(stage_asked("AdvanceReturn", "event"), "APPROVE");
    assert_string_equal(stage.location, "/admin/returns/r1");
}

static void test_dead_letters_are_tried_again_or_undone(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_attention", "/admin/attention", "/admin/attention", "", "");
    stage_shows("the hold on the stock ran out and the units are gone");
    stage_shows("Undo: cancel the order");
    stage_shows("Less was paid than asked.");
    stage_open(NULL);
    stage_as(STAFF);
    stage_post(NULL, "/admin/tasks/{order_id}/{step}/retry", "/admin/tasks/1/confirm_stock/retry",
               "order_id=1&step=confirm_stock", "subjectId=2");
    assert_string_equal(stage_asked("RetryTask", "step"), "confirm_stock");
    assert_string_equal(stage_asked("RetryTask", "subjectId"), "2");
    assert_string_equal(stage.location, "/admin/attention");
}

static void test_refunds_and_messages_wait_for_a_person(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_attention", "/admin/attention", "/admin/attention", "", "");
    stage_shows("/admin/refunds/0192f0c4-0000-7000-8000-000000000003/resolve");
    stage_shows("550 no such mailbox");
    stage_open(NULL);
    stage_as(STAFF);
    stage_post(NULL, "/admin/refunds/{refund_id}/resolve", "/admin/refunds/r/resolve", "refund_id=r", "decision=DONE_BY_HAND");
    assert_string_equal(stage_asked("ResolveRefund", "decision"), "DONE_BY_HAND");
    assert_string_equal(stage.location, "/admin/attention");
}

/* The secret is in the answer to the form, and in no page that is asked for. */
static void test_a_webhooks_secret_is_shown_once(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_post("desk_webhooks", "/admin/webhooks", "/admin/webhooks", "", "url=https%3A%2F%2Ferp.example%2Fhooks&description=ERP");
    assert_string_equal(stage_asked("CreateWebhook", "url"), "https://erp.example/hooks");
    assert_int_equal(stage.status, 200);
    stage_shows("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    stage_open(NULL);
    stage_as(STAFF);
    stage_get(NULL, "/admin/webhooks", "/admin/webhooks", "", "");
    stage_shows("https://erp.example/hooks");
    stage_hides("whsec_");
}

static void test_a_webhook_that_is_refused_is_shown_again(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_fails("CreateWebhook", STATUS_INVALID_ARGUMENT, "url", "malformed", "Must begin with https://");
    stage_post(NULL, "/admin/webhooks", "/admin/webhooks", "", "url=http%3A%2F%2Fa");
    assert_int_equal(stage.status, 400);
    stage_shows("value=\"http://a\"");
    stage_hides("whsec_");
}

static void test_stock_is_found_and_put_right(void **state)
{
    (void)state;
    stage_as(STAFF);
    stage_get("desk_stock", "/admin/stock", "/admin/stock", "", "sku=AWD&at=mombasa&low=true");
    assert_string_equal(stage_asked("ListStock", "q"), "AWD");
    assert_string_equal(stage_asked("ListStock", "locationCode"), "mombasa");
    stage_shows("<option value=\"mombasa\" selected>Mombasa</option>");
    stage_shows("/admin/stock/1ec46ebc-de2b-5c32-9fce-03bf24a625b4?sku=AWD-100-S-INDI");
    stage_open(NULL);
    stage_as(STAFF);
    stage_get("desk_variant", "/admin/stock/{variant_id}", "/admin/stock/v1", "variant_id=v1", "sku=AWD-100");
    assert_string_equal(stage_asked("ListStockMovements", "variantId"), "v1");
    stage_shows("Delivery note 77");
    stage_shows("action=\"/admin/stock/v1/adjust?sku=AWD-100\"");
    stage_open(NULL);
    stage_as(STAFF);
    stage_post(NULL, "/admin/stock/{variant_id}/adjust", "/admin/stock/v1/adjust", "variant_id=v1",
               "delta=-2&reason=Broken&locationCode=main&next=%2Fadmin%2Fstock%2Fv1%3Fsku%3DAWD-100");
    assert_string_equal(stage_asked("AdjustStock", "delta"), "-2");
    assert_string_equal(stage_asked("AdjustStock", "locationCode"), "main");
    assert_string_equal(stage.location, "/admin/stock/v1?sku=AWD-100");
}

#define TEST(name) cmocka_unit_test_setup(name, stage_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_invoice_says_it_all),
        TEST(test_an_invoice_keeps_its_market),
        TEST(test_an_invoice_is_printed),
        TEST(test_an_invoice_that_is_not_made_is_no_paper),
        TEST(test_the_start_counts_what_is_to_be_done),
        TEST(test_orders_are_filtered_by_status),
        TEST(test_an_order_is_found_by_what_people_say),
        TEST(test_staff_are_offered_the_next_events),
        TEST(test_an_event_is_sent_with_its_key),
        TEST(test_an_amount_is_given_back_in_minor_units),
        TEST(test_a_refund_of_a_line_names_no_amount),
        TEST(test_what_is_no_amount_is_refused),
        TEST(test_a_parcel_holds_a_part_or_all),
        TEST(test_a_return_is_answered),
        TEST(test_dead_letters_are_tried_again_or_undone),
        TEST(test_stock_is_found_and_put_right),
        TEST(test_refunds_and_messages_wait_for_a_person),
        TEST(test_a_webhooks_secret_is_shown_once),
        TEST(test_a_webhook_that_is_refused_is_shown_again),
    };
    return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
