/* Parcels: what was ordered leaves once, and the order says where it is. */
#include "trade_after.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static struct person guest;
static struct person staff;
static struct product shirt;
static struct product shoes;
static struct order_form form;
static char order_id[UUID_SIZE];

/* 3 shirts at 1250.00 and 1 pair of shoes at 3000.00, confirmed, to be paid at the door. */
static int begin(void **state)
{
    (void)state;
    product_init(&shirt, 125000, 10);
    product_init(&shoes, 300000, 10);
    shopper_init(&guest, &shirt, 3);
    staff_init(&staff);
    order_form_init(&form);
    assert_int_equal(cart_put(&guest, &shoes, 1), STATUS_OK);
    after_take_notes();
    assert_int_equal(order_place(&guest, "order", &form), STATUS_OK);
    memcpy(order_id, guest.order->id, UUID_SIZE);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    person_done(&staff);
    return 0;
}

static void test_an_order_in_two_parcels(void **state)
{
    (void)state;
    const Orders__V1__Shipment *first, *second;
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 2, &first), STATUS_OK);
    assert_int_equal(first->number, 1);
    assert_int_equal(first->n_lines, 1);
    assert_int_equal(first->lines[0]->quantity, 2);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__PARTLY_SHIPPED);
    assert_int_equal(guest.order->lines[0]->to_ship, 1);
    assert_string_equal(guest.order->shipments[0]->tracking_number, "G4S-77");
    assert_false(guest.order->can_cancel);
    assert_int_equal(after_ship(&staff, "b", order_id, &shirt, 0, &second), STATUS_OK);
    assert_int_equal(second->n_lines, 2);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__SHIPPED);
    assert_int_equal(guest.order->n_shipments, 2);
    const Orders__V1__OrderStep *last = guest.order->history[guest.order->n_history - 1];
    assert_int_equal(last->what, ORDERS__V1__ORDER_STEP__WHAT__SHIPMENT);
    assert_string_equal(last->note, "G4S, G4S-77");
}

static void test_the_order_has_arrived_with_its_last_parcel(void **state)
{
    (void)state;
    const Orders__V1__Shipment *first, *second;
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 3, &first), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, first->id), STATUS_OK);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__PARTLY_SHIPPED);
    assert_int_equal(guest.order->shipments[0]->state, ORDERS__V1__SHIPMENT__STATE__DELIVERED);
    assert_int_equal(after_ship(&staff, "b", order_id, &shoes, 1, &second), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, second->id), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, second->id), STATUS_OK);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__DELIVERED);
    assert_int_equal(guest.order->payment->status, ORDERS__V1__PAYMENT__STATUS__COLLECTED);
    assert_int_equal(guest.order->lines[0]->delivered, 3);
}

static void test_every_parcel_is_told_of_once(void **state)
{
    (void)state;
    const Orders__V1__Shipment *first, *second;
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 3, &first), STATUS_OK);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 3, &first), STATUS_OK);
    assert_int_equal(after_ship(&staff, "b", order_id, &shoes, 1, &second), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, first->id), STATUS_OK);
    assert_int_equal(after_deliver(&staff, order_id, second->id), STATUS_OK);
    assert_string_equal(after_told(order_id), "order.confirmed order.shipped order.shipped order.delivered");
    assert_string_equal(store_test_value(trade_orders_db, "SELECT payload->>'trackingNumber' FROM told WHERE topic = "
                                                          "'order.shipped' ORDER BY seq DESC LIMIT 1"),
                        "G4S-77");
}

static void test_no_more_than_was_ordered_leaves(void **state)
{
    (void)state;
    const Orders__V1__Shipment *parcel;
    struct product other;
    product_init(&other, 1000, 1);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 4, &parcel), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&staff, "lines[0].quantity", "too_many"));
    assert_int_equal(after_ship(&staff, "b", order_id, &other, 1, &parcel), STATUS_INVALID_ARGUMENT);
    assert_int_equal(after_ship(&staff, "c", order_id, &shirt, 0, &parcel), STATUS_OK);
    assert_int_equal(after_ship(&staff, "d", order_id, &shirt, 0, &parcel), STATUS_FAILED_PRECONDITION);
}

static void test_one_key_is_one_parcel(void **state)
{
    (void)state;
    const Orders__V1__Shipment *first, *again;
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 1, &first), STATUS_OK);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 1, &again), STATUS_OK);
    assert_string_equal(first->id, again->id);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 2, &again), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&staff, "Idempotency-Key", "idempotency_key_reused"));
    assert_int_equal(after_ship(&staff, "", order_id, &shirt, 1, &again), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&staff, "Idempotency-Key", "required"));
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->n_shipments, 1);
}

static atomic_int left;

static void ship_one(size_t i)
{
    struct person packer;
    const Orders__V1__Shipment *parcel;
    (void)i;
    staff_init(&packer);
    if (after_ship(&packer, "mine", order_id, &shirt, 1, &parcel) == STATUS_OK)
        left++;
    person_done(&packer);
}

static void test_eight_packers_send_what_was_ordered(void **state)
{
    (void)state;
    left = 0;
    at_once(8, ship_one);
    assert_int_equal(left, 3);
    assert_int_equal(order_look(&guest, order_id), STATUS_OK);
    assert_int_equal(guest.order->n_shipments, 3);
    assert_int_equal(guest.order->lines[0]->shipped, 3);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__PARTLY_SHIPPED);
}

static void test_an_order_that_is_called_shipped_has_its_parcel(void **state)
{
    (void)state;
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__SHIP_PART), STATUS_INVALID_ARGUMENT);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
    assert_int_equal(staff.order->n_shipments, 1);
    assert_int_equal(staff.order->shipments[0]->n_lines, 2);
    assert_int_equal(order_advance(&staff, order_id, ORDERS__V1__ORDER_EVENT__DELIVER), STATUS_OK);
    assert_int_equal(staff.order->shipments[0]->state, ORDERS__V1__SHIPMENT__STATE__DELIVERED);
    assert_int_equal(staff.order->lines[1]->delivered, 1);
}

static void test_nothing_leaves_of_an_order_that_ended_or_has_not_begun(void **state)
{
    (void)state;
    const Orders__V1__Shipment *parcel;
    assert_int_equal(order_cancel(&guest, order_id, ""), STATUS_OK);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 1, &parcel), STATUS_FAILED_PRECONDITION);
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    assert_int_equal(order_place(&guest, "second", &form), STATUS_OK);
    assert_int_equal(after_ship(&staff, "b", guest.order->id, &shirt, 1, &parcel), STATUS_FAILED_PRECONDITION);
}

static void test_parcels_are_the_work_of_staff(void **state)
{
    (void)state;
    const Orders__V1__Shipment *parcel;
    assert_int_equal(after_ship(&guest, "a", order_id, &shirt, 1, &parcel), STATUS_PERMISSION_DENIED);
    assert_int_equal(after_ship(&staff, "a", order_id, &shirt, 1, &parcel), STATUS_OK);
    assert_int_equal(after_deliver(&guest, order_id, parcel->id), STATUS_PERMISSION_DENIED);
    assert_int_equal(after_deliver(&staff, order_id, order_id), STATUS_NOT_FOUND);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_in_two_parcels),
        TEST(test_the_order_has_arrived_with_its_last_parcel),
        TEST(test_every_parcel_is_told_of_once),
        TEST(test_no_more_than_was_ordered_leaves),
        TEST(test_one_key_is_one_parcel),
        TEST(test_eight_packers_send_what_was_ordered),
        TEST(test_an_order_that_is_called_shipped_has_its_parcel),
        TEST(test_nothing_leaves_of_an_order_that_ended_or_has_not_begun),
        TEST(test_parcels_are_the_work_of_staff),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
