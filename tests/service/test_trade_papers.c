/* Papers and the desk: an order that leaves the shop gets its invoice by itself, what comes back its credit note, and nobody else
 * sees them. */
#include "trade_shop.h"

#include <string.h>
#include <time.h>

#include "store_test.h"

static struct person guest;
static struct person staff;
static struct product shirt;
static struct order_form form;
static char order_id[UUID_SIZE];

static int begin(void **state)
{
    (void)state;
    product_init(&shirt, 125000, 10);
    shopper_init(&guest, &shirt, 2);
    staff_init(&staff);
    order_form_init(&form);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    snprintf(order_id, sizeof(order_id), "%s", guest.order->id);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    person_done(&staff);
    return 0;
}

/* The worker makes papers by itself: waits until there are that many, 10 s at most. */
static const Orders__V1__ListInvoicesReply *papers_when(size_t wanted)
{
    const Orders__V1__ListInvoicesReply *list = NULL;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(order_invoices(&guest, order_id, &list), STATUS_OK);
        if (list->n_invoices >= wanted)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    assert_int_equal(list->n_invoices, wanted);
    return list;
}

static void ship(void)
{
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
}

/* 2 x 1250.00 and 250.00 of delivery, of which 379.31 is VAT at 16 %. */
static void test_what_leaves_the_shop_has_an_invoice(void **state)
{
    (void)state;
    const Orders__V1__Invoice *invoice = NULL;
    assert_int_equal(order_invoice(&guest, order_id, "", &invoice), STATUS_NOT_FOUND);
    ship();
    papers_when(1);
    assert_int_equal(order_invoice(&guest, order_id, "", &invoice), STATUS_OK);
    assert_memory_equal(invoice->number, "KE-INV-", 7);
    assert_int_equal(invoice->kind, ORDERS__V1__INVOICE__KIND__INVOICE);
    assert_int_equal(invoice->total->amount_minor, 275000);
    assert_int_equal(invoice->vat_total->amount_minor, 37931);
    assert_int_equal(invoice->n_lines, 1);
    assert_string_equal(invoice->seller->tax_id_label, "KRA PIN");
}

static void test_what_came_back_is_credited_whole(void **state)
{
    (void)state;
    const Orders__V1__Invoice *note = NULL;
    ship();
    papers_when(1);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__RETURN), STATUS_OK);
    const Orders__V1__ListInvoicesReply *list = papers_when(2);
    assert_int_equal(list->invoices[1]->kind, ORDERS__V1__INVOICE__KIND__CREDIT_NOTE);
    assert_int_equal(order_invoice(&guest, order_id, list->invoices[1]->number, &note), STATUS_OK);
    assert_int_equal(note->total->amount_minor, 275000);
    assert_int_equal(note->vat_total->amount_minor, 37931);
    assert_string_equal(note->corrects, list->invoices[0]->number);
}

static void test_papers_are_their_owners_only(void **state)
{
    (void)state;
    struct person stranger;
    const Orders__V1__Invoice *invoice = NULL;
    const Orders__V1__ListInvoicesReply *list = NULL;
    ship();
    papers_when(1);
    guest_init(&stranger);
    assert_int_equal(order_invoice(&stranger, order_id, "", &invoice), STATUS_NOT_FOUND);
    assert_int_equal(order_invoices(&stranger, order_id, &list), STATUS_NOT_FOUND);
    person_done(&stranger);
    assert_int_equal(order_invoice(&staff, order_id, "", &invoice), STATUS_OK);
    assert_int_equal(order_invoice(&staff, order_id, "KE-INV-999999", &invoice), STATUS_NOT_FOUND);
}

/* ---- the desk ---- */

static bool holds(const Orders__V1__ListOrdersReply *page)
{
    for (size_t i = 0; i < page->n_orders; i++)
        if (strcmp(page->orders[i]->id, order_id) == 0)
            return true;
    return false;
}

static void test_staff_find_an_order_by_what_people_say(void **state)
{
    (void)state;
    const Orders__V1__ListOrdersReply *page = NULL;
    const Orders__V1__ListInvoicesReply *list;
    char said[32];
    snprintf(said, sizeof(said), "ke%.4s %s", guest.order->number + 3, guest.order->number + 8);
    assert_int_equal(order_find(&staff, said, &page), STATUS_OK);
    assert_true(holds(page));
    assert_int_equal(page->n_orders, 1);
    assert_int_equal(order_find(&staff, "0712 345 678", &page), STATUS_OK);
    assert_true(holds(page));
    ship();
    list = papers_when(1);
    assert_int_equal(order_find(&staff, list->invoices[0]->number, &page), STATUS_OK);
    assert_true(holds(page));
    assert_int_equal(page->n_orders, 1);
    assert_int_equal(order_find(&staff, "0799 999 999", &page), STATUS_OK);
    assert_int_equal(page->n_orders, 0);
    assert_int_equal(order_find(&guest, said, &page), STATUS_PERMISSION_DENIED);
}

static void test_the_desk_counts_open_work(void **state)
{
    (void)state;
    const Orders__V1__Desk *before = NULL;
    const Orders__V1__Desk *after = NULL;
    assert_int_equal(desk_look(&guest, &before), STATUS_PERMISSION_DENIED);
    assert_int_equal(desk_look(&staff, &before), STATUS_OK);
    assert_true(before->placed >= 1);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(desk_look(&staff, &after), STATUS_OK);
    assert_int_equal(after->placed, before->placed - 1);
    assert_int_equal(after->confirmed, before->confirmed + 1);
}

static void test_staff_alone_are_told_what_may_happen_next(void **state)
{
    (void)state;
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->n_next_events, 0);
    assert_int_equal(order_look(&staff, order_id), STATUS_OK);
    assert_true(staff.order->n_next_events >= 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_leaves_the_shop_has_an_invoice),
        TEST(test_what_came_back_is_credited_whole),
        TEST(test_papers_are_their_owners_only),
        TEST(test_staff_find_an_order_by_what_people_say),
        TEST(test_the_desk_counts_open_work),
        TEST(test_staff_alone_are_told_what_may_happen_next),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
