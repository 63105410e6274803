/* Money in the database: books that always balance, refunds that never exceed what came. */
#include "check.h"

#include <string.h>

#include "clock.h"
#include "ledger.h"
#include "ledger_sql.h"
#include "order.h"
#include "orders_migrations.h"
#include "orders_store.h"
#include "payments_sql.h"
#include "refund_sql.h"
#include "refunds.h"
#include "store_test.h"
#include "uuid.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct error err;
static const char *order_id;
static const char *attempt_id;
static uint64_t numbers;

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

static enum status send_order(struct db *in, void *arg, struct error *error)
{
    (void)error;
    orders_store_send_order(in, arg, arena);
    return STATUS_OK;
}

/* One shirt at 1000.00, delivered for 250.00. */
static void save_order(const char *method, const char *payment_status)
{
    char number[ORDER_NUMBER_SIZE];
    struct order_line line = {.variant_id = "0190a000-0000-7000-8000-000000000001",
                              .product_handle = "shirt",
                              .product_title = "Shirt",
                              .variant_title = "",
                              .sku = "",
                              .picture_url = "",
                              .picture_srcset = "",
                              .picture_alt = "",
                              .unit_price_minor = 100000,
                              .quantity = 1,
                              .line_total_minor = 100000};
    order_number_format("KE", ++numbers, number);
    struct order_record order = {.id = order_id = uuid_new(arena),
                                 .number = number,
                                 .subject = uuid_new(arena),
                                 .cart_id = uuid_new(arena),
                                 .status = "placed",
                                 .version = 1,
                                 .country_code = "KE",
                                 .currency_code = "KES",
                                 .item_count = 1,
                                 .subtotal_minor = 100000,
                                 .delivery_minor = 25000,
                                 .total_minor = 125000,
                                 .vat_included = true,
                                 .contact_name = "Amina",
                                 .contact_phone = "+254712345678",
                                 .contact_email = "",
                                 .recipient = "Amina",
                                 .recipient_phone = "+254712345678",
                                 .line1 = "House 12",
                                 .line2 = "",
                                 .landmark = "",
                                 .city = "Nairobi",
                                 .region = "",
                                 .postal_code = "",
                                 .note = "",
                                 .placed_at_us = NOW_US,
                                 .payment_method = method,
                                 .payment_status = payment_status,
                                 .lines = &line,
                                 .line_count = 1};
    assert_int_equal(db_transact(db, send_order, &order, &err), STATUS_OK);
}

/* An attempt with M-Pesa that brought `captured`; `counted`: it is what the order was paid with. */
static void save_attempt(const char *state, int captured, bool counted)
{
    attempt_id = uuid_new(arena);
    store_test_run(conninfo,
                   arena_printf(arena,
                                "INSERT INTO payment_attempt (id, order_id, method, reference, state, amount_minor, "
                                "currency_code, phone, captured_minor, captured_currency, is_counted, deadline_at, "
                                "created_at, changed_at) VALUES ('%s', '%s', 'mpesa', '%s', '%s', 125000, 'KES', "
                                "'+254712345678', %d, 'KES', %s, now(), now(), now())",
                                attempt_id, order_id, attempt_id, state, captured, counted ? "true" : "false"));
}

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    save_order("mpesa", "paid");
    return 0;
}

/* ---- the books ---- */

static enum status send_posting(struct db *in, void *arg, struct error *error)
{
    (void)error;
    ledger_send(in, arg);
    return STATUS_OK;
}

static struct ledger_posting posting_of(const char *kind, int64_t first, int64_t second)
{
    struct ledger_posting posting = {
        .kind = kind, .source_id = order_id, .order_id = order_id, .currency_code = "KES", .now_us = NOW_US};
    ledger_add(&posting, "provider:mpesa", first);
    ledger_add(&posting, "sales", second);
    return posting;
}

static void test_books_that_do_not_balance_are_refused(void **state)
{
    (void)state;
    struct ledger_posting balanced = posting_of("paid", 125000, -125000);
    struct ledger_posting wrong = posting_of("collected", 125000, -124999);
    struct ledger_posting one_sided = posting_of("reversed", 125000, 0);
    assert_int_equal(db_transact(db, send_posting, &balanced, &err), STATUS_OK);
    assert_int_equal(db_transact(db, send_posting, &wrong, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), "ledger_balances");
    assert_int_equal(db_transact(db, send_posting, &one_sided, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(store_test_value(conninfo, "SELECT sum(amount_minor) FROM ledger_entry"), "0");
}

static void test_the_same_thing_is_booked_once(void **state)
{
    (void)state;
    struct ledger_posting posting = posting_of("paid", 125000, -125000);
    assert_int_equal(db_transact(db, send_posting, &posting, &err), STATUS_OK);
    assert_int_equal(db_transact(db, send_posting, &posting, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), "ledger_transaction_once");
}

static enum status run_text(struct db *in, void *arg, struct error *error)
{
    (void)error;
    db_send(in, arg, DB_NO_ARGS);
    return STATUS_OK;
}

static void test_what_is_booked_is_not_changed(void **state)
{
    (void)state;
    static const struct sql changes[] = {
        {"test.update_entry", "UPDATE ledger_entry SET amount_minor = amount_minor * 2"},
        {"test.delete_entry", "DELETE FROM ledger_entry"},
        {"test.update_transaction", "UPDATE ledger_transaction SET at = now()"},
        {"test.delete_transaction", "DELETE FROM ledger_transaction"},
        {"test.add_entry", "INSERT INTO ledger_entry SELECT id, 'cash:office', 'KES', 5 FROM ledger_transaction LIMIT 1"},
    };
    struct ledger_posting posting = posting_of("paid", 125000, -125000);
    assert_int_equal(db_transact(db, send_posting, &posting, &err), STATUS_OK);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        assert_int_equal(db_transact(db, run_text, (void *)(uintptr_t)&changes[i], &err), STATUS_ALREADY_EXISTS);
}

/* ---- refunds ---- */

struct ask {
    struct refund_request request;
    const char *of_attempt;
};

static enum status send_refund(struct db *in, void *arg, struct error *error)
{
    (void)error;
    const struct ask *ask = arg;
    if (ask->of_attempt)
        refunds_send_return(in, ask->of_attempt, &ask->request);
    else
        refunds_send_request(in, &ask->request);
    return STATUS_OK;
}

static enum status refund(const char *of_attempt, int64_t amount_minor, const char **ret_id)
{
    struct ask ask = {{.id = uuid_new(arena),
                       .order_id = order_id,
                       .amount_minor = amount_minor,
                       .currency_code = "KES",
                       .reason = "sent back",
                       .now_us = NOW_US},
                      of_attempt};
    if (ret_id)
        *ret_id = ask.request.id;
    return db_transact(db, send_refund, &ask, &err);
}

static const char *balance(const char *account)
{
    return store_test_value(conninfo, arena_printf(arena,
                                                   "SELECT COALESCE(sum(e.amount_minor), 0) FROM ledger_entry e "
                                                   "JOIN ledger_transaction t ON t.id = e.transaction_id "
                                                   "WHERE t.order_id = '%s' AND account = '%s'",
                                                   order_id, account));
}

static void test_refunds_never_exceed_what_was_paid(void **state)
{
    (void)state;
    save_attempt("succeeded", 125000, true);
    assert_int_equal(refund(NULL, 100000, NULL), STATUS_OK);
    assert_int_equal(refund(NULL, 25001, NULL), STATUS_ALREADY_EXISTS);
    assert_true(refunds_is_too_much(db));
    assert_int_equal(refund(NULL, 25000, NULL), STATUS_OK);
    assert_string_equal(balance("refunds_payable"), "-125000");
    assert_string_equal(balance("sales"), "125000");
    assert_string_equal(store_test_value(conninfo, arena_printf(arena,
                                                                "SELECT count(*) FROM order_task WHERE step = 'send_refund' "
                                                                "AND order_id = '%s' AND lane = 'provider'",
                                                                order_id)),
                        "2");
}

static void test_nothing_paid_nothing_given_back(void **state)
{
    (void)state;
    assert_int_equal(refund(NULL, 1, NULL), STATUS_ALREADY_EXISTS);
    assert_true(refunds_is_too_much(db));
    save_order("cash_on_delivery", "to_collect");
    assert_int_equal(refund(NULL, 1, NULL), STATUS_ALREADY_EXISTS);
    assert_true(refunds_is_too_much(db));
}

/* Nobody sends cash by a program: it waits for staff. */
static void test_cash_goes_back_by_hand(void **state)
{
    (void)state;
    const char *id;
    struct refund_record record;
    save_order("cash_on_delivery", "collected");
    assert_int_equal(refund(NULL, 125001, NULL), STATUS_ALREADY_EXISTS);
    assert_int_equal(refund(NULL, 125000, &id), STATUS_OK);
    assert_int_equal(refunds_find(db, id, &record, arena, &err), DB_OK);
    assert_string_equal(record.state, "review");
    assert_null(record.attempt_id);
    assert_string_equal(
        store_test_value(conninfo, arena_printf(arena, "SELECT count(*) FROM order_task WHERE order_id = '%s'", order_id)),
        "0");
    assert_int_equal(refunds_succeed(db, &record, "cash:office", "", arena, &err), STATUS_OK);
    assert_string_equal(balance("cash:office"), "-125000");
    assert_string_equal(balance("refunds_payable"), "0");
}

static void test_money_without_an_order_goes_back_apart_from_the_orders(void **state)
{
    (void)state;
    const char *id;
    struct refund_record record;
    save_attempt("succeeded", 125000, true);
    save_attempt("succeeded", 125000, false);
    assert_int_equal(refund(attempt_id, 125000, &id), STATUS_OK);
    assert_int_equal(refund(attempt_id, 1, NULL), STATUS_ALREADY_EXISTS);
    assert_int_equal(refund(NULL, 125000, NULL), STATUS_OK);
    assert_string_equal(balance("unallocated"), "125000");
    assert_int_equal(refunds_find(db, id, &record, arena, &err), DB_OK);
    assert_string_equal(record.charge_reference, attempt_id);
}

static void test_a_refund_ends_once(void **state)
{
    (void)state;
    const char *id;
    struct refund_record record;
    save_attempt("succeeded", 125000, true);
    assert_int_equal(refund(NULL, 5000, &id), STATUS_OK);
    assert_int_equal(refunds_find(db, id, &record, arena, &err), DB_OK);
    assert_int_equal(refunds_mark_sending(db, id, NOW_US, &err), STATUS_OK);
    assert_int_equal(refunds_succeed(db, &record, "provider:mpesa", "R-1", arena, &err), STATUS_OK);
    assert_int_equal(refunds_succeed(db, &record, "provider:mpesa", "R-1", arena, &err), STATUS_OK);
    assert_int_equal(refunds_fail(db, &record, "no", arena, &err), STATUS_OK);
    assert_int_equal(refunds_mark_review(db, id, "no", NOW_US, &err), STATUS_OK);
    assert_string_equal(balance("provider:mpesa"), "-5000");
    assert_string_equal(balance("refunds_payable"), "0");
    assert_int_equal(refunds_find(db, id, &record, arena, &err), DB_OK);
    assert_string_equal(record.state, "succeeded");
    assert_string_equal(record.provider_ref, "R-1");
}

static void test_a_refund_that_was_given_up_may_be_made_again(void **state)
{
    (void)state;
    const char *id;
    struct refund_record record;
    save_attempt("succeeded", 125000, true);
    assert_int_equal(refund(NULL, 125000, &id), STATUS_OK);
    assert_int_equal(refunds_find(db, id, &record, arena, &err), DB_OK);
    assert_int_equal(refunds_fail(db, &record, "the number is closed", arena, &err), STATUS_OK);
    assert_string_equal(balance("sales"), "0");
    assert_int_equal(refund(NULL, 125000, NULL), STATUS_OK);
}

static void test_every_statement_fits_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; sql_ledger_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_ledger_all[i], &err), DB_OK);
    for (size_t i = 0; sql_payments_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_payments_all[i], &err), DB_OK);
    for (size_t i = 0; sql_refund_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_refund_all[i], &err), DB_OK);
}

static void test_an_order_is_asked_for_by_one_provider_at_a_time(void **state)
{
    (void)state;
    static const struct sql second = {
        "test.second",
        "INSERT INTO payment_attempt (id, order_id, method, reference, state, amount_minor, currency_code, phone, "
        "deadline_at, "
        "created_at, changed_at) SELECT gen_random_uuid(), order_id, 'stripe', 'another', 'created', 1, 'KES', '', now(), "
        "now(), now() FROM payment_attempt WHERE state = 'pending' LIMIT 1"};
    save_attempt("failed", 0, false);
    save_attempt("pending", 0, false);
    assert_int_equal(db_transact(db, run_text, (void *)(uintptr_t)&second, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), "payment_attempt_one_open");
    store_test_run(conninfo,
                   arena_printf(arena, "UPDATE payment_attempt SET state = 'failed' WHERE order_id = '%s'", order_id));
    save_attempt("pending", 0, false);
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_statement_fits_the_schema),
        TEST(test_books_that_do_not_balance_are_refused),
        TEST(test_the_same_thing_is_booked_once),
        TEST(test_what_is_booked_is_not_changed),
        TEST(test_an_order_is_asked_for_by_one_provider_at_a_time),
        TEST(test_refunds_never_exceed_what_was_paid),
        TEST(test_nothing_paid_nothing_given_back),
        TEST(test_cash_goes_back_by_hand),
        TEST(test_money_without_an_order_goes_back_apart_from_the_orders),
        TEST(test_a_refund_ends_once),
        TEST(test_a_refund_that_was_given_up_may_be_made_again),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
