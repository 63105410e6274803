/* Numbers without gaps, whatever is cut off; one invoice for an order; credit notes that add up; nothing ever changed. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "invoice_content.h"
#include "invoice_issue.h"
#include "invoice_store.h"
#include "order.h"
#include "orders_migrations.h"
#include "orders_store.h"
#include "store_test.h"
#include "uuid.h"

#define WRITERS 6
#define ORDERS_EACH 40
#define WRITER "invoice writer"
#define GUEST "0190a000-0000-7000-8000-0000000000aa"

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct markets *markets;
static struct error err;
static atomic_uint_fast64_t numbers;

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    arena = arena_new(65536, 1 << 20);
    db = store_test_db(conninfo);
    return markets_load(NULL, &markets, &err) == STATUS_OK ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    markets_free(markets);
    db_free(db);
    arena_free(arena);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    store_test_run(conninfo, "TRUNCATE orders, order_line, order_step, payment, invoice, invoice_series CASCADE");
    return 0;
}

static enum status send_order(struct db *in, void *arg, struct error *error)
{
    (void)error;
    struct arena *own = arena_new(4096, 1 << 16);
    orders_store_send_order(in, arg, own);
    arena_free(own);
    return STATUS_OK;
}

/* Saves an order of 5,750.00 to Nairobi; its id lives in `in`. */
static const char *order_saved(struct db *with, struct arena *in)
{
    struct error error;
    char number[ORDER_NUMBER_SIZE];
    error_clear(&error);
    order_number_format("KE", atomic_fetch_add(&numbers, 1) + 1, number);
    struct order_line line = {uuid_new(in), "shirt", "Kitenge shirt", "XL", "KS-1", "", "", "", 550000, 1, 550000, 0, 0, 0, 0};
    struct order_record order = {
        .id = uuid_new(in), .number = number, .subject = GUEST, .cart_id = uuid_new(in), .status = "placed", .version = 1,
        .country_code = "KE", .currency_code = "KES", .item_count = 1, .subtotal_minor = 550000, .delivery_minor = 25000,
        .vat_minor = 79310, .total_minor = 575000, .vat_basis_points = 1600, .vat_included = true,
        .contact_name = "محمد", .contact_phone = "+254712345678", .contact_email = "", .recipient = "Amina",
        .recipient_phone = "+254712345678", .line1 = "House 12", .line2 = "", .landmark = "", .city = "Nairobi",
        .region = "", .postal_code = "", .note = "", .placed_at_us = clock_now_us(), .payment_method = "cash_on_delivery",
        .payment_status = "to_collect", .lines = &line, .line_count = 1};
    assert_int_equal(db_transact(with, send_order, &order, &error), STATUS_OK);
    return order.id;
}

static const char *value(const char *query)
{
    return store_test_value(conninfo, query);
}

#define GAPS "SELECT count(*) || ' ' || max(sequence) || ' ' || count(DISTINCT order_id) FROM invoice WHERE kind = 'invoice'"

/* ---- numbers ---- */

static void *write_invoices(void *arg)
{
    atomic_int *failures = arg;
    struct arena *own = arena_new(65536, 1 << 22);
    const struct db_options options = {conninfo, WRITER, 10000, 10};
    struct db *with = db_new(&options);
    const char *orders[ORDERS_EACH];
    for (int i = 0; i < ORDERS_EACH; i++)
        orders[i] = order_saved(with, own);
    for (int i = 0; i < ORDERS_EACH; i++) {
        struct error error;
        error_clear(&error);
        while (invoice_issue(with, markets, orders[i], own, &error) != STATUS_OK) {
            atomic_fetch_add(failures, 1);
            error_clear(&error);
        }
    }
    db_free(with);
    arena_free(own);
    return NULL;
}

struct cutter {
    atomic_bool over;
    int cut;
};

/* Ends connections that are in the middle of something, as a crash would. */
static void *cut_connections(void *arg)
{
    struct cutter *cutter = arg;
    while (!atomic_load(&cutter->over)) {
        cutter->cut += atoi(store_test_value(
            conninfo, "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE pid <> "
                      "pg_backend_pid() AND application_name = '" WRITER "' AND query LIKE '%invoice%' "
                      "AND state <> 'idle' ORDER BY random() LIMIT 1) victim"));
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return NULL;
}

static void numbers_have_no_gap_when_connections_are_cut(void **state)
{
    (void)state;
    pthread_t writers[WRITERS];
    pthread_t scissors;
    struct cutter cutter = {.over = false};
    atomic_int failures = 0;
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&writers[i], NULL, write_invoices, &failures);
    pthread_create(&scissors, NULL, cut_connections, &cutter);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&cutter.over, true);
    pthread_join(scissors, NULL);
    print_message("%d connections cut, %d tries failed\n", cutter.cut, atomic_load(&failures));
    assert_true(cutter.cut > 0);
    assert_string_equal(value(GAPS), "240 240 240");
}

static enum status send_and_give_up(struct db *in, void *arg, struct error *error)
{
    (void)arg;
    int64_t sequence;
    assert_int_equal(invoice_store_next_number(in, "invoice", "KE", &sequence, arena, error), DB_OK);
    return error_set(error, STATUS_ABORTED, "no");
}

static void a_transaction_that_is_rolled_back_leaves_no_gap(void **state)
{
    (void)state;
    assert_int_equal(invoice_issue(db, markets, order_saved(db, arena), arena, &err), STATUS_OK);
    assert_int_equal(db_transact(db, send_and_give_up, NULL, &err), STATUS_ABORTED);
    error_clear(&err);
    assert_int_equal(invoice_issue(db, markets, order_saved(db, arena), arena, &err), STATUS_OK);
    assert_string_equal(value("SELECT string_agg(number, ' ' ORDER BY sequence) FROM invoice"), "KE-INV-000001 KE-INV-000002");
}

static const char *contested;

static void *write_contested(void *arg)
{
    (void)arg;
    struct error error;
    struct db *with = store_test_db(conninfo);
    struct arena *own = arena_new(65536, 1 << 20);
    error_clear(&error);
    assert_int_equal(invoice_issue(with, markets, contested, own, &error), STATUS_OK);
    arena_free(own);
    db_free(with);
    return NULL;
}

static void an_order_has_one_invoice_whoever_makes_it(void **state)
{
    (void)state;
    pthread_t writers[WRITERS];
    contested = order_saved(db, arena);
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&writers[i], NULL, write_contested, NULL);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    assert_int_equal(invoice_issue(db, markets, order_saved(db, arena), arena, &err), STATUS_OK);
    assert_string_equal(value(GAPS), "2 2 2");
}

/* ---- what the database itself refuses ---- */

static void the_database_refuses_gaps_and_changes(void **state)
{
    (void)state;
    assert_int_equal(invoice_issue(db, markets, order_saved(db, arena), arena, &err), STATUS_OK);
    static const char *const attempts[][2] = {
        {"UPDATE invoice SET total_minor = 1", "restrict_violation"},
        {"DELETE FROM invoice", "restrict_violation"},
        {"INSERT INTO invoice (id, kind, country_code, sequence, number, order_id, source_id, currency_code, total_minor, vat_minor, "
         "content, issued_at) SELECT gen_random_uuid(), kind, country_code, 3, 'KE-INV-3', order_id, gen_random_uuid(), "
         "currency_code, 1, 0, content, issued_at FROM invoice",
         "foreign_key_violation"},
    };
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
        store_test_run(conninfo,
                       arena_printf(arena,
                                    "DO $$ BEGIN %s; RAISE EXCEPTION 'it was let through'; EXCEPTION WHEN %s THEN NULL; END $$",
                                    attempts[i][0], attempts[i][1]));
    assert_string_equal(value(GAPS), "1 1 1");
}

/* ---- credit notes ---- */

static enum status credit(const char *order_id, const char *source_id, int64_t amount_minor)
{
    const struct invoice_credit wish = {order_id, source_id, amount_minor, "Broken in the post"};
    error_clear(&err);
    return invoice_issue_credit(db, &wish, arena, &err);
}

#define CREDITS "SELECT string_agg(number || ':' || total_minor || ':' || vat_minor, ' ' ORDER BY sequence) FROM invoice WHERE kind = 'credit_note'"

static void credit_notes_give_back_exactly_what_was_invoiced(void **state)
{
    (void)state;
    const char *order = order_saved(db, arena);
    const char *refund = uuid_new(arena);
    assert_int_equal(credit(order, refund, 1), STATUS_NOT_FOUND);
    assert_int_equal(invoice_issue(db, markets, order, arena, &err), STATUS_OK);
    assert_int_equal(credit(order, refund, 191667), STATUS_OK);
    assert_int_equal(credit(order, refund, 191667), STATUS_OK);
    assert_int_equal(credit(order, uuid_new(arena), 191667), STATUS_OK);
    assert_int_equal(credit(order, uuid_new(arena), 999999), STATUS_OK);
    assert_int_equal(credit(order, uuid_new(arena), 1), STATUS_OK);
    assert_string_equal(value(CREDITS), "KE-CRN-000001:191667:26437 KE-CRN-000002:191667:26436 KE-CRN-000003:191666:26437");
}

/* ---- content ---- */

static void an_invoice_says_what_was_true_when_it_was_made(void **state)
{
    (void)state;
    struct invoice_row row;
    Orders__V1__Invoice *invoice;
    const char *order = order_saved(db, arena);
    assert_int_equal(invoice_issue(db, markets, order, arena, &err), STATUS_OK);
    store_test_run(conninfo, "UPDATE orders SET contact_name = 'Somebody else'");
    assert_int_equal(invoice_store_find(db, order, NULL, &row, arena, &err), DB_OK);
    assert_int_equal(invoice_content_read(row.content, arena, &invoice, &err), STATUS_OK);
    assert_string_equal(invoice->number, "KE-INV-000001");
    assert_string_equal(invoice->buyer->name, "محمد");
    assert_string_equal(invoice->seller->tax_id_label, "KRA PIN");
    assert_string_equal(invoice->lines[0]->title, "Kitenge shirt");
    assert_int_equal(invoice->vat[0]->net->amount_minor, 495690);
    assert_int_equal(invoice->vat[0]->vat->amount_minor, 79310);
    assert_int_equal(invoice->total->amount_minor, 575000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_have_no_gap_when_connections_are_cut, begin),
        cmocka_unit_test_setup(a_transaction_that_is_rolled_back_leaves_no_gap, begin),
        cmocka_unit_test_setup(an_order_has_one_invoice_whoever_makes_it, begin),
        cmocka_unit_test_setup(the_database_refuses_gaps_and_changes, begin),
        cmocka_unit_test_setup(credit_notes_give_back_exactly_what_was_invoiced, begin),
        cmocka_unit_test_setup(an_invoice_says_what_was_true_when_it_was_made, begin),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
