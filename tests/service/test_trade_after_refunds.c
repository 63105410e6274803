/* Money that goes back: as much as was paid for what is given back, once, and never more than was paid. */
#include "trade_after.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "clock.h"

static struct person guest;
static struct person staff;
static struct product shirt;
static struct product shoes;
static struct order_form form;
static char order_id[UUID_SIZE];
static int64_t total_minor;

/* 2 shirts at 1250.00 and 1 pair of shoes at 500.00, delivery 250.00. */
static int begin(void **state)
{
    (void)state;
    product_init(&shirt, 125000, 10);
    product_init(&shoes, 50000, 10);
    shopper_init(&guest, &shirt, 2);
    staff_init(&staff);
    order_form_init(&form);
    assert_int_equal(cart_put(&guest, &shoes, 1), STATUS_OK);
    after_take_notes();
    assert_int_equal(order_place(&guest, "order", &form), STATUS_OK);
    memcpy(order_id, guest.order->id, UUID_SIZE);
    total_minor = guest.order->totals->total->amount_minor;
    assert_int_equal(total_minor, 325000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    person_done(&staff);
    return 0;
}

static void ship_and_deliver(void)
{
    const Orders__V1__Shipment *parcel;
    assert_int_equal(after_ship(&staff, after_key(&staff), order_id, &shirt, 0, &parcel), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, parcel->id), STATUS_OK);
}

/* ---- of a paid order ---- */

static void test_a_unit_that_cannot_be_sent_is_refunded(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    const Orders__V1__Shipment *parcel;
    after_was_paid(order_id);
    assert_true(product_becomes_available(&shirt, 8));
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, true, &refund), STATUS_OK);
    assert_int_equal(refund->amount->amount_minor, 125000);
    assert_int_equal(refund->vat->amount_minor, 17242); /* 448.28 was paid on 3250.00; 448.28 * 1250 / 3250 = 172.4153 */
    assert_int_equal(refund->state, ORDERS__V1__REFUND__STATE__REQUESTED);
    assert_int_equal(refund->lines[0]->restocked, 1);
    assert_int_equal(after_refunded(order_id), 125000);
    assert_true(product_becomes_available(&shirt, 9));
    assert_int_equal(after_ship(&staff, "b", order_id, &shirt, 2, &parcel), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_ship(&staff, "c", order_id, &shirt, 0, &parcel), STATUS_OK);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__SHIPPED);
    assert_int_equal(guest.order->lines[0]->dropped, 1);
    assert_string_equal(guest.order->refunds[0]->reason, "One was damaged.");
}

static void test_units_lost_are_not_put_back(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, false, &refund), STATUS_OK);
    assert_int_equal(order_cancel(&staff, order_id, ""), STATUS_OK);
    assert_true(product_becomes_available(&shoes, 10)); /* the cancelling gave back what was left ... */
    assert_true(product_becomes_available(&shirt, 9));  /* ... and not what was lost before */
    assert_int_equal(after_refunded(order_id), total_minor);
}

static void test_units_for_a_place_that_is_none_wait_for_a_person(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    char query[200];
    int64_t give_up_us = clock_monotonic_us() + 5 * US_PER_S;
    after_was_paid(order_id);
    after_location = "nowhere";
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, true, &refund), STATUS_OK);
    after_location = "";
    snprintf(query, sizeof(query), "SELECT state FROM order_task WHERE step = 'restock_return' AND subject_id = '%s'",
             refund->id);
    while (strcmp(store_test_value(trade_orders_db, query), "failed") != 0)
        if (nanosleep(&pause, NULL) != 0 || clock_monotonic_us() > give_up_us)
            fail_msg("no dead letter after 5 s");
    assert_int_equal(product_available(&shirt), 8);
}

static void test_one_key_is_one_refund(void **state)
{
    (void)state;
    const Orders__V1__Refund *first, *again;
    after_was_paid(order_id);
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, true, &first), STATUS_OK);
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, true, &again), STATUS_OK);
    assert_string_equal(first->id, again->id);
    assert_int_equal(after_refund_units(&staff, "", order_id, &shirt, 1, true, &again), STATUS_INVALID_ARGUMENT);
    assert_int_equal(after_refunded(order_id), 125000);
}

static void test_never_more_than_was_paid(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_refund_amount(&staff, "a", order_id, total_minor + 1, false, &refund),
                     STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&staff, "amount", "too_much"));
    assert_int_equal(after_refund_amount(&staff, "b", order_id, 300000, false, &refund), STATUS_OK);
    assert_int_equal(after_refund_units(&staff, "c", order_id, &shirt, 1, true, &refund), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refund_amount(&staff, "d", order_id, 25000, false, &refund), STATUS_OK);
    assert_int_equal(after_refund_amount(&staff, "e", order_id, 1, false, &refund), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refunded(order_id), total_minor);
}

static atomic_int given;

static void refund_some(size_t i)
{
    struct person clerk;
    const Orders__V1__Refund *refund;
    (void)i;
    staff_init(&clerk);
    if (after_refund_amount(&clerk, "mine", order_id, 100000, false, &refund) == STATUS_OK)
        given++;
    person_done(&clerk);
}

static void test_eight_clerks_give_back_what_was_paid(void **state)
{
    (void)state;
    after_was_paid(order_id);
    given = 0;
    at_once(8, refund_some);
    assert_int_equal(given, 3); /* 3 x 1000.00 of 3250.00 */
    assert_int_equal(after_refunded(order_id), 300000);
}

static void test_the_delivery_fee_once(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_refund_amount(&staff, "a", order_id, 0, true, &refund), STATUS_OK);
    assert_int_equal(refund->amount->amount_minor, 25000);
    assert_true(refund->with_delivery);
    assert_int_equal(after_refund_amount(&staff, "b", order_id, 0, true, &refund), STATUS_FAILED_PRECONDITION);
}

static void test_everything_is_everything_that_is_left(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    ship_and_deliver();
    assert_int_equal(after_refund_amount(&staff, "a", order_id, 10000, false, &refund), STATUS_OK);
    int64_t vat_minor = refund->vat->amount_minor;
    assert_int_equal(after_refund_everything(&staff, "b", order_id, &refund), STATUS_OK);
    assert_int_equal(refund->amount->amount_minor, total_minor - 10000);
    assert_int_equal(refund->vat->amount_minor + vat_minor, guest.order->totals->vat->amount_minor);
    assert_int_equal(after_refunded(order_id), total_minor);
    assert_true(product_becomes_available(&shirt, 10));
    assert_true(product_becomes_available(&shoes, 10));
    assert_int_equal(after_refund_units(&staff, "c", order_id, &shirt, 1, true, &refund), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refund_everything(&staff, "d", order_id, &refund), STATUS_FAILED_PRECONDITION);
}

static void test_what_remains_after_a_refund_is_what_was_shipped(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    const Orders__V1__Shipment *parcel;
    after_was_paid(order_id);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 2, &parcel), STATUS_OK);
    assert_int_equal(after_refund_units(&staff, "b", order_id, &shoes, 1, true, &refund), STATUS_OK);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__SHIPPED); /* nothing is left to be sent */
    assert_int_equal(after_refund_everything(&staff, "c", order_id, &refund), STATUS_OK);
}

static void test_an_order_that_loses_everything_is_to_be_cancelled(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_refund_everything(&staff, "a", order_id, &refund), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refunded(order_id), 0);
}

/* ---- cancelled ---- */

static void test_a_paid_order_that_is_cancelled_is_refunded(void **state)
{
    (void)state;
    after_was_paid(order_id);
    assert_int_equal(order_cancel(&guest, order_id, "Found it cheaper."), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CANCELLED);
    assert_int_equal(guest.order->n_refunds, 1);
    assert_int_equal(guest.order->refunds[0]->amount->amount_minor, total_minor);
    assert_int_equal(order_cancel(&guest, order_id, ""), STATUS_OK);
    assert_int_equal(after_refunded(order_id), total_minor);
    assert_true(product_becomes_available(&shirt, 10));
}

static void cancel_as_guest(size_t i)
{
    struct person tab;
    (void)i;
    guest_init(&tab);
    tab.caller.subject = guest.subject;
    if (order_cancel(&tab, order_id, "") == STATUS_OK)
        given++;
    person_done(&tab);
}

static void test_cancelled_by_eight_tabs_it_is_refunded_once(void **state)
{
    (void)state;
    after_was_paid(order_id);
    given = 0;
    at_once(8, cancel_as_guest);
    assert_int_equal(given, 8);
    assert_int_equal(after_refunded(order_id), total_minor);
    assert_string_equal(after_told(order_id), "order.cancelled");
}

static void test_an_order_that_nobody_paid_is_cancelled_without_money(void **state)
{
    (void)state;
    assert_int_equal(order_cancel(&guest, order_id, ""), STATUS_OK);
    assert_int_equal(guest.order->n_refunds, 0);
    assert_int_equal(after_refunded(order_id), 0);
}

static void test_a_paid_order_refused_at_the_door_is_refunded(void **state)
{
    (void)state;
    const Orders__V1__Shipment *parcel;
    after_was_paid(order_id);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 0, &parcel), STATUS_OK);
    assert_int_equal(order_cancel(&guest, order_id, ""), STATUS_FAILED_PRECONDITION);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__RETURN), STATUS_OK);
    assert_int_equal(after_refunded(order_id), total_minor);
    assert_true(product_becomes_available(&shirt, 10));
}

static void test_an_order_of_which_a_parcel_was_kept_is_not_refused_at_the_door(void **state)
{
    (void)state;
    const Orders__V1__Shipment *kept, *back;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 2, &kept), STATUS_OK);
    assert_int_equal(after_ship(&staff, "b", order_id, &shoes, 1, &back), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, kept->id), STATUS_OK);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__RETURN), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refunded(order_id), 0);
    assert_int_equal(after_refund_units(&staff, "c", order_id, &shoes, 1, true, &refund), STATUS_OK);
    assert_int_equal(after_refunded(order_id), 50000);
    assert_true(product_becomes_available(&shoes, 10));
    assert_int_equal(product_available(&shirt), 8);
}

/* ---- to be paid at the door ---- */

static void test_what_is_taken_off_is_not_collected(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(after_refund_units(&staff, "a", order_id, &shirt, 1, true, &refund), STATUS_OK);
    assert_int_equal(refund->state, ORDERS__V1__REFUND__STATE__TAKEN_OFF);
    assert_int_equal(refund->amount->amount_minor, 125000);
    assert_int_equal(after_refunded(order_id), 0);
    ship_and_deliver();
    assert_int_equal(after_refund_amount(&staff, "b", order_id, 200001, false, &refund), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_refund_amount(&staff, "c", order_id, 200000, false, &refund), STATUS_OK);
    assert_int_equal(after_refunded(order_id), 200000);
}

static void test_refunds_are_the_work_of_staff(void **state)
{
    (void)state;
    const Orders__V1__Refund *refund;
    after_was_paid(order_id);
    assert_int_equal(after_refund_units(&guest, "a", order_id, &shirt, 1, true, &refund), STATUS_PERMISSION_DENIED);
    assert_int_equal(after_refund_amount(&staff, "b", order_id, 0, false, &refund), STATUS_INVALID_ARGUMENT);
    assert_int_equal(after_refund_amount(&staff, "c", order_id, -5, false, &refund), STATUS_INVALID_ARGUMENT);
    assert_int_equal(after_refunded(order_id), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_unit_that_cannot_be_sent_is_refunded),
        TEST(test_units_lost_are_not_put_back),
        TEST(test_units_for_a_place_that_is_none_wait_for_a_person),
        TEST(test_one_key_is_one_refund),
        TEST(test_never_more_than_was_paid),
        TEST(test_eight_clerks_give_back_what_was_paid),
        TEST(test_the_delivery_fee_once),
        TEST(test_everything_is_everything_that_is_left),
        TEST(test_what_remains_after_a_refund_is_what_was_shipped),
        TEST(test_an_order_that_loses_everything_is_to_be_cancelled),
        TEST(test_a_paid_order_that_is_cancelled_is_refunded),
        TEST(test_cancelled_by_eight_tabs_it_is_refunded_once),
        TEST(test_an_order_that_nobody_paid_is_cancelled_without_money),
        TEST(test_a_paid_order_refused_at_the_door_is_refunded),
        TEST(test_an_order_of_which_a_parcel_was_kept_is_not_refused_at_the_door),
        TEST(test_what_is_taken_off_is_not_collected),
        TEST(test_refunds_are_the_work_of_staff),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
