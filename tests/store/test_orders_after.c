/* After the sale, in the database: whatever the program believes, no unit is shipped, taken off or returned twice. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "after_sql.h"
#include "after_store.h"
#include "clock.h"
#include "orders_migrations.h"
#include "store_test.h"
#include "uuid.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"
#define ORDER "0190b000-0000-7000-8000-000000000001"
#define STAFF "0190c000-0000-7000-8000-000000000001"

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct error err;

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    arena = arena_new(65536, 1 << 20);
    db = store_test_db(conninfo);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    return 0;
}

/* An order of 3 shirts at 1000.00 and 1 pair of shoes at 5000.00, delivery 250.00, to be paid at the door. */
static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    store_test_run(
        conninfo,
        "TRUNCATE orders CASCADE;"
        "INSERT INTO orders (id, number, subject, cart_id, status, version, country_code, currency_code, item_count, "
        "subtotal_minor, delivery_minor, vat_minor, total_minor, vat_basis_points, vat_included, contact_name, "
        "contact_phone, contact_email, recipient, recipient_phone, line1, line2, landmark, city, region, postal_code, "
        "note, placed_at) VALUES ('" ORDER "', 'KE-0000-0001', '" STAFF "', '" SHIRT "', 'confirmed', 1, 'KE', 'KES', 4,"
        " 800000, 25000, 113793, 825000, 1600, true, 'A', '+254712345678', '', 'A', '+254712345678', '1', '', '', "
        "'Nairobi', '', '', '', now());"
        "INSERT INTO order_line (order_id, position, variant_id, product_handle, product_title, variant_title, sku, "
        "unit_price_minor, quantity, line_total_minor, picture_url, picture_srcset, picture_alt, picture_width, "
        "picture_height) VALUES "
        "('" ORDER "', 1, '" SHIRT "', 'shirt', 'Shirt', 'Blue', 'S-1', 100000, 3, 300000, '', '', '', 0, 0), "
        "('" ORDER "', 2, '" SHOES "', 'shoes', 'Shoes', '', 'S-2', 500000, 1, 500000, '', '', '', 0, 0);"
        "INSERT INTO payment (id, order_id, method, status, amount_minor, currency_code, changed_at) VALUES "
        "('" ORDER "', '" ORDER "', 'cash_on_delivery', 'to_collect', 825000, 'KES', now())");
    return 0;
}

static void test_every_statement_fits_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; sql_after_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_after_all[i], &err), DB_OK);
}

/* ---- doing one thing in a transaction ---- */

static const int64_t both[] = {1, 2};

static struct db_ints ints(const int64_t *values)
{
    return (struct db_ints){values, 2};
}

static enum status send_shipment(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_shipment(in, arg);
    return STATUS_OK;
}

static struct after_shipment shipment_of(int64_t number, const int64_t *quantities)
{
    return (struct after_shipment){.id = uuid_new(arena),
                                   .order_id = ORDER,
                                   .number = number,
                                   .carrier = "G4S",
                                   .tracking_number = "G4S-77",
                                   .tracking_url = "https://track.example/G4S-77",
                                   .note = "",
                                   .shipped_at_us = NOW_US,
                                   .shipped_by = STAFF,
                                   .parts = {ints(both), ints(quantities)}};
}

static enum status ship(int64_t number, int64_t shirts, const char **ret_id)
{
    struct after_shipment shipment = shipment_of(number, (const int64_t[]){shirts, 1});
    if (number > 1)
        shipment.parts.positions.count = shipment.parts.quantities.count = 1;
    *ret_id = shipment.id;
    error_clear(&err);
    return db_transact(db, send_shipment, &shipment, &err);
}

static enum status send_delivered(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_delivered(in, ORDER, arg, NOW_US + US_PER_S);
    return STATUS_OK;
}

static void deliver(const char *shipment_id)
{
    assert_int_equal(db_transact(db, send_delivered, (void *)(uintptr_t)shipment_id, &err), STATUS_OK);
}

static enum status send_credit(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_credit(in, arg);
    return STATUS_OK;
}

static struct after_credit credit_of(const int64_t *dropped, const int64_t *credited)
{
    static const int64_t none[] = {0, 0};
    return (struct after_credit){.id = uuid_new(arena),
                                 .order_id = ORDER,
                                 .return_id = "",
                                 .is_refund = false,
                                 .amount_minor = 100000,
                                 .vat_minor = 13793,
                                 .base_minor = 100000,
                                 .currency_code = "KES",
                                 .reason = "",
                                 .location_code = "",
                                 .made_at_us = NOW_US,
                                 .made_by = STAFF,
                                 .positions = ints(both),
                                 .dropped = ints(dropped),
                                 .credited = ints(credited),
                                 .returned = ints(none),
                                 .amounts_minor = ints(none),
                                 .restocked = ints(dropped)};
}

static enum status credit(const int64_t *dropped, const int64_t *credited)
{
    struct after_credit sent = credit_of(dropped, credited);
    error_clear(&err);
    return db_transact(db, send_credit, &sent, &err);
}

static enum status send_return(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_return(in, arg, NOW_US);
    return STATUS_OK;
}

static enum status ask_return(int64_t number, int64_t shirts, const char **ret_id)
{
    const int64_t quantities[] = {shirts};
    struct after_return asked = {.id = uuid_new(arena),
                                 .order_id = ORDER,
                                 .number = number,
                                 .state = "requested",
                                 .reason = "damaged",
                                 .note = "A hole.",
                                 .requested_by = STAFF,
                                 .parts = {{both, 1}, {quantities, 1}}};
    *ret_id = asked.id;
    error_clear(&err);
    return db_transact(db, send_return, &asked, &err);
}

struct state_change {
    const char *return_id;
    const char *state;
};

static enum status send_state(struct db *in, void *arg, struct error *error)
{
    (void)error;
    const struct state_change *change = arg;
    after_store_send_return_state(in, change->return_id, change->state, "No.", NOW_US);
    return STATUS_OK;
}

static enum status set_state(const char *return_id, const char *to)
{
    struct state_change change = {return_id, to};
    error_clear(&err);
    return db_transact(db, send_state, &change, &err);
}

static void is_refused_by(enum status status, const char *constraint)
{
    assert_int_equal(status, STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), constraint);
    assert_true(after_store_is_over(db));
}

static struct after_state loaded(void)
{
    struct after_state state;
    error_clear(&err);
    assert_int_equal(after_store_load(db, ORDER, &state, arena, &err), DB_OK);
    return state;
}

/* ---- shipments ---- */

static void test_a_shipment_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    const char *id;
    assert_int_equal(ship(1, 2, &id), STATUS_OK);
    const struct after_state after = loaded();
    assert_int_equal(after.shipment_count, 1);
    assert_string_equal(after.shipments[0].id, id);
    assert_string_equal(after.shipments[0].tracking_number, "G4S-77");
    assert_int_equal(after.shipments[0].shipped_at_us, NOW_US);
    assert_int_equal(after.shipments[0].delivered_at_us, 0);
    assert_int_equal(after.shipments[0].parts.quantities.values[0], 2);
    assert_int_equal(after.lines[0].shipped, 2);
    assert_int_equal(after.lines[0].delivered, 0);
    assert_int_equal(after.lines[1].shipped, 1);
    assert_string_equal(after.words[1].product_title, "Shoes");
}

static void test_no_more_is_shipped_than_was_ordered(void **state)
{
    (void)state;
    const char *id;
    assert_int_equal(ship(1, 2, &id), STATUS_OK);
    is_refused_by(ship(2, 2, &id), "order_line_not_shipped_twice");
    assert_int_equal(ship(2, 1, &id), STATUS_OK);
    is_refused_by(ship(3, 1, &id), "order_line_not_shipped_twice");
    assert_int_equal(loaded().shipment_count, 2);
}

static void test_what_was_taken_off_is_not_shipped(void **state)
{
    (void)state;
    const char *id;
    assert_int_equal(credit((const int64_t[]){1, 1}, (const int64_t[]){1, 0}), STATUS_ALREADY_EXISTS); /* none is shipped */
    struct after_credit one = credit_of((const int64_t[]){1, 0}, (const int64_t[]){0, 0});
    one.positions.count = one.dropped.count = one.credited.count = one.returned.count = one.amounts_minor.count =
        one.restocked.count = 1;
    error_clear(&err);
    assert_int_equal(db_transact(db, send_credit, &one, &err), STATUS_OK);
    is_refused_by(ship(1, 3, &id), "order_line_not_shipped_twice");
    assert_int_equal(ship(1, 2, &id), STATUS_OK);
    assert_int_equal(loaded().lines[0].dropped, 1);
}

static atomic_int shipped;

static void *ship_one(void *number)
{
    struct db *own = store_test_db(conninfo);
    struct error own_err;
    struct after_shipment shipment = {.order_id = ORDER,
                                      .number = (int64_t)(intptr_t)number,
                                      .carrier = "",
                                      .note = "",
                                      .tracking_number = "",
                                      .tracking_url = "",
                                      .shipped_at_us = NOW_US,
                                      .shipped_by = STAFF,
                                      .parts = {{both, 1}, {both, 1}}};
    char id[UUID_SIZE];
    uuid_v7(clock_now_us(), id);
    shipment.id = id;
    error_clear(&own_err);
    if (db_transact(own, send_shipment, &shipment, &own_err) == STATUS_OK)
        shipped++;
    db_free(own);
    return NULL;
}

static void test_parcels_packed_at_once_hold_what_was_ordered(void **state)
{
    (void)state;
    pthread_t threads[8];
    shipped = 0;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ship_one, (void *)(intptr_t)(i + 1)), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shipped, 3);
    assert_int_equal(loaded().lines[0].shipped, 3);
}

static void test_a_parcel_is_delivered_once(void **state)
{
    (void)state;
    const char *id;
    assert_int_equal(ship(1, 2, &id), STATUS_OK);
    deliver(id);
    deliver(NULL); /* nothing is on its way any more */
    const struct after_state after = loaded();
    assert_int_equal(after.shipments[0].delivered_at_us, NOW_US + US_PER_S);
    assert_int_equal(after.lines[0].delivered, 2);
}

/* ---- returns ---- */

static void test_only_what_arrived_is_returned_and_only_once(void **state)
{
    (void)state;
    const char *id, *parcel;
    assert_int_equal(ship(1, 2, &parcel), STATUS_OK);
    is_refused_by(ask_return(1, 1, &id), "order_line_not_returned_twice");
    deliver(parcel);
    is_refused_by(ask_return(1, 3, &id), "order_line_not_returned_twice");
    assert_int_equal(ask_return(1, 2, &id), STATUS_OK);
    is_refused_by(ask_return(2, 1, &id), "order_line_not_returned_twice");
    const struct after_state after = loaded();
    assert_int_equal(after.return_count, 1);
    assert_string_equal(after.returns[0].note, "A hole.");
    assert_int_equal(after.returns[0].parts.quantities.values[0], 2);
    assert_int_equal(after.lines[0].claimed, 2);
}

static void test_what_was_refused_may_be_asked_for_again(void **state)
{
    (void)state;
    const char *id, *parcel;
    assert_int_equal(ship(1, 2, &parcel), STATUS_OK);
    deliver(parcel);
    assert_int_equal(ask_return(1, 2, &id), STATUS_OK);
    assert_int_equal(set_state(id, "refused"), STATUS_OK);
    assert_string_equal(loaded().returns[0].answer, "No.");
    is_refused_by(set_state(id, "withdrawn"), "order_return_ends_once");
    is_refused_by(set_state(id, "approved"), "order_return_ends_once");
    assert_int_equal(loaded().lines[0].claimed, 0);
    assert_int_equal(ask_return(2, 2, &id), STATUS_OK);
}

static enum status send_received(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_received(in, arg, NOW_US);
    return STATUS_OK;
}

static enum status receive(const char *return_id, int64_t received, int64_t restocked)
{
    const char *condition = "used";
    struct after_return came = {.id = return_id,
                                .answer = "",
                                .location_code = "nairobi",
                                .parts = {{both, 1}, {both, 1}},
                                .received = {&received, 1},
                                .restocked = {&restocked, 1},
                                .conditions = {&condition, 1}};
    error_clear(&err);
    return db_transact(db, send_received, &came, &err);
}

static void test_what_came_goes_back_on_the_shelf_once(void **state)
{
    (void)state;
    const char *id, *parcel;
    struct after_restock restock;
    assert_int_equal(ship(1, 3, &parcel), STATUS_OK);
    deliver(parcel);
    assert_int_equal(ask_return(1, 3, &id), STATUS_OK);
    assert_int_equal(after_store_find_restock(db, id, &restock, arena, &err), DB_NONE); /* nothing came yet */
    assert_int_equal(set_state(id, "approved"), STATUS_OK);
    assert_int_equal(receive(id, 2, 3), STATUS_ALREADY_EXISTS); /* more on the shelf than came */
    assert_int_equal(receive(id, 4, 1), STATUS_ALREADY_EXISTS); /* more than was asked for */
    assert_int_equal(receive(id, 2, 1), STATUS_OK);
    is_refused_by(receive(id, 2, 1), "return_line_received_once");
    const struct after_state after = loaded();
    assert_int_equal(after.lines[0].claimed, 2); /* the third did not come */
    assert_string_equal(after.returns[0].state, "received");
    assert_string_equal(after.returns[0].conditions.values[0], "used");
    error_clear(&err);
    assert_int_equal(after_store_find_restock(db, id, &restock, arena, &err), DB_OK);
    assert_string_equal(restock.location_code, "nairobi");
    assert_string_equal(restock.variant_ids.values[0], SHIRT);
    assert_int_equal(restock.restocked.values[0], 1);
    assert_int_equal(restock.discarded.values[0], 1);
}

/* ---- credits ---- */

static void test_a_return_is_refunded_once(void **state)
{
    (void)state;
    const char *id, *parcel;
    assert_int_equal(ship(1, 3, &parcel), STATUS_OK);
    deliver(parcel);
    assert_int_equal(ask_return(1, 1, &id), STATUS_OK);
    struct after_credit first = credit_of((const int64_t[]){0, 0}, (const int64_t[]){1, 1});
    struct after_credit second = first;
    first.return_id = second.return_id = id;
    second.id = uuid_new(arena);
    assert_int_equal(db_transact(db, send_credit, &first, &err), STATUS_OK);
    is_refused_by(db_transact(db, send_credit, &second, &err), "credit_of_return");
    assert_string_equal(loaded().returns[0].credit_id, first.id);
}

static void test_no_unit_is_credited_twice_nor_credited_and_returned(void **state)
{
    (void)state;
    const char *id, *parcel;
    assert_int_equal(ship(1, 3, &parcel), STATUS_OK);
    deliver(parcel);
    assert_int_equal(credit((const int64_t[]){0, 0}, (const int64_t[]){2, 1}), STATUS_OK);
    is_refused_by(credit((const int64_t[]){0, 0}, (const int64_t[]){2, 1}), "order_line_not_returned_twice");
    is_refused_by(ask_return(1, 2, &id), "order_line_not_returned_twice");
    assert_int_equal(ask_return(1, 1, &id), STATUS_OK);
}

static void test_the_delivery_fee_is_given_back_once(void **state)
{
    (void)state;
    struct after_credit first = credit_of((const int64_t[]){1, 1}, (const int64_t[]){0, 0});
    struct after_credit second = credit_of((const int64_t[]){1, 1}, (const int64_t[]){0, 0});
    first.positions.count = first.dropped.count = first.credited.count = first.returned.count = first.amounts_minor.count =
        first.restocked.count = 0;
    second = first;
    second.id = uuid_new(arena);
    first.with_delivery = second.with_delivery = true;
    assert_int_equal(db_transact(db, send_credit, &first, &err), STATUS_OK);
    is_refused_by(db_transact(db, send_credit, &second, &err), "credit_delivery_once");
    assert_true(loaded().credits[0].with_delivery);
}

static enum status send_take_off(struct db *in, void *arg, struct error *error)
{
    (void)error;
    after_store_send_take_off(in, ORDER, *(const int64_t *)arg, NOW_US);
    return STATUS_OK;
}

static void test_no_more_is_taken_off_than_is_to_be_collected(void **state)
{
    (void)state;
    int64_t most = 825000, more = 1;
    assert_int_equal(db_transact(db, send_take_off, &most, &err), STATUS_OK);
    assert_string_equal(store_test_value(conninfo, "SELECT amount_minor FROM payment"), "0");
    assert_int_equal(db_transact(db, send_take_off, &more, &err), STATUS_ALREADY_EXISTS);
}

static void test_what_happened_is_not_rewritten(void **state)
{
    (void)state;
    const char *id;
    int64_t changed;
    static const struct sql shrink = {"test.shrink", "UPDATE shipment_line SET quantity = 1"};
    static const struct sql forget = {"test.forget", "DELETE FROM shipment_line"};
    assert_int_equal(ship(1, 3, &id), STATUS_OK);
    assert_int_equal(db_exec(db, &shrink, DB_NO_ARGS, &changed, &err), DB_CONFLICT);
    assert_int_equal(db_exec(db, &forget, DB_NO_ARGS, &changed, &err), DB_CONFLICT);
    assert_int_equal(loaded().lines[0].shipped, 3);
}

static void test_staff_list_returns_of_a_state(void **state)
{
    (void)state;
    const char *id, *parcel, *order_id;
    struct after_return_summary *returns;
    size_t count;
    assert_int_equal(ship(1, 3, &parcel), STATUS_OK);
    deliver(parcel);
    assert_int_equal(ask_return(1, 1, &id), STATUS_OK);
    static const char last[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    assert_int_equal(after_store_list_returns(db, "requested", last, 10, &returns, &count, arena, &err), DB_OK);
    assert_int_equal(count, 1);
    assert_string_equal(returns[0].order_number, "KE-0000-0001");
    assert_int_equal(after_store_list_returns(db, "approved", last, 10, &returns, &count, arena, &err), DB_OK);
    assert_int_equal(count, 0);
    assert_int_equal(after_store_list_returns(db, NULL, id, 10, &returns, &count, arena, &err), DB_OK);
    assert_int_equal(count, 0);
    assert_int_equal(after_store_order_of_return(db, id, &order_id, arena, &err), DB_OK);
    assert_string_equal(order_id, ORDER);
    assert_int_equal(after_store_order_of_return(db, ORDER, &order_id, arena, &err), DB_NONE);
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_statement_fits_the_schema),
        TEST(test_a_shipment_comes_back_as_it_was_sent),
        TEST(test_no_more_is_shipped_than_was_ordered),
        TEST(test_what_was_taken_off_is_not_shipped),
        TEST(test_parcels_packed_at_once_hold_what_was_ordered),
        TEST(test_a_parcel_is_delivered_once),
        TEST(test_only_what_arrived_is_returned_and_only_once),
        TEST(test_what_was_refused_may_be_asked_for_again),
        TEST(test_what_came_goes_back_on_the_shelf_once),
        TEST(test_a_return_is_refunded_once),
        TEST(test_no_unit_is_credited_twice_nor_credited_and_returned),
        TEST(test_the_delivery_fee_is_given_back_once),
        TEST(test_no_more_is_taken_off_than_is_to_be_collected),
        TEST(test_what_happened_is_not_rewritten),
        TEST(test_staff_list_returns_of_a_state),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
