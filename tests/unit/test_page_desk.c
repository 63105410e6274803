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

#define TEST(name) cmocka_unit_test_setup(name, stage_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_invoice_says_it_all),
        TEST(test_an_invoice_keeps_its_market),
        TEST(test_an_invoice_is_printed),
        TEST(test_an_invoice_that_is_not_made_is_no_paper),
    };
    return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
