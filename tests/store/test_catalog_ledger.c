/* The ledger: whatever happens to stock, its figures are the sum of what happened, and were never below nothing. */
#include "catalog_shop.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "stock_desk.h"
#include "uuid.h"

#define FAR_US (clock_now_us() + 3600 * US_PER_S)

static struct db_bytes pack(void *arg, const struct hold_quote *quotes, size_t count)
{
    int64_t *awaited = arg;
    *awaited = 0;
    for (size_t i = 0; i < count; i++)
        *awaited += quotes[i].awaited;
    return (struct db_bytes){awaited, sizeof(*awaited)};
}

/* Holds units for an order in a market; *ret_awaited: units that have still to come. */
static enum status hold_in(const char *country, const char *order_id, const char *variant_id, int64_t quantity,
                           int64_t expires_at_us, int64_t *ret_awaited)
{
    const struct stock_line line = {variant_id, quantity, false};
    struct error err;
    struct stock_hold hold = {.order_id = order_id,
                              .currency = "KES",
                              .country = country,
                              .lines = &line,
                              .line_count = 1,
                              .expires_at_us = expires_at_us,
                              .pack = pack,
                              .arg = ret_awaited,
                              .err = &shop.err};
    error_clear(&err);
    assert_int_equal(hold_store_reserve(shop.db, &hold, 1, shop.arena, &err), STATUS_OK);
    return hold.status;
}

static const char *hold(const char *variant_id, int64_t quantity)
{
    const char *order_id = uuid_new(shop.arena);
    int64_t awaited;
    assert_int_equal(hold_in("KE", order_id, variant_id, quantity, FAR_US, &awaited), STATUS_OK);
    return order_id;
}

static bool confirm(const char *order_id)
{
    const char *missing[1];
    size_t count;
    error_clear(&shop.err);
    assert_int_equal(stock_store_confirm(shop.db, (struct db_texts){&order_id, 1}, missing, &count, shop.arena, &shop.err),
                     STATUS_OK);
    return count == 0;
}

static void release(const char *order_id)
{
    bool released;
    error_clear(&shop.err);
    assert_int_equal(stock_store_release(shop.db, order_id, &released, shop.arena, &shop.err), STATUS_OK);
}

static enum status count_in(const char *variant_id, const char *location_code, int64_t delta)
{
    struct stock_level level;
    const struct stock_adjustment adjustment = {variant_id, location_code, delta, "counted", "staff"};
    error_clear(&shop.err);
    return stock_counts_adjust(shop.db, &adjustment, &level, shop.arena, &shop.err);
}

static int64_t fulfil(void)
{
    int64_t fulfilled;
    error_clear(&shop.err);
    assert_int_equal(stock_store_fulfil(shop.db, 100, &fulfilled, shop.arena, &shop.err), STATUS_OK);
    return fulfilled;
}

static enum status give_back(const char *return_id, const char *order_id, const char *variant_id, int64_t quantity,
                             int64_t discarded)
{
    bool replayed;
    const struct stock_return_line line = {variant_id, quantity, discarded};
    const struct stock_return back = {return_id, order_id, "", &line, 1, "too small", "staff"};
    error_clear(&shop.err);
    return stock_counts_restock(shop.db, &back, &replayed, shop.arena, &shop.err);
}

static void open_location(const char *code, const char *country, int64_t priority)
{
    const struct location_row row = {code, code, {&country, *country ? 1 : 0}, priority, true};
    assert_int_equal(stock_desk_save_location(shop.db, &row, shop.arena, &shop.err), STATUS_OK);
}

static void sell_ahead(const char *variant_id, const char *how, int64_t ahead_max)
{
    const struct sell_policy policy = {how, ahead_max, 0, 0};
    assert_int_equal(stock_desk_set_policy(shop.db, variant_id, &policy, &shop.err), STATUS_OK);
}

/* "main 10/3/0, mombasa 5/0/0": on hand, reserved and owed by location. */
static const char *counts(const char *variant_id)
{
    return text_of(
        arena_printf(shop.arena,
                     "SELECT string_agg(code || ' ' || on_hand || '/' || reserved || '/' || owed, ', ' ORDER BY code)"
                     " FROM stock JOIN stock_location ON id = location_id WHERE variant_id = '%s'",
                     variant_id));
}

/* What the audit asks of the books: nothing may be found. */
static void assert_books_balance(void)
{
    static const char *const questions[] = {
        "SELECT count(*) FROM stock s FULL JOIN (SELECT variant_id, location_id, sum(on_hand_change) AS on_hand, "
        "sum(reserved_change) AS reserved, sum(owed_change) AS owed FROM stock_movement GROUP BY 1, 2) m "
        "USING (variant_id, location_id) WHERE (coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(s.owed, 0)) "
        "<> (coalesce(m.on_hand, 0), coalesce(m.reserved, 0), coalesce(m.owed, 0))",
        "SELECT count(*) FROM (SELECT sum(on_hand_change) OVER w AS on_hand, sum(reserved_change) OVER w AS reserved, "
        "sum(owed_change) OVER w AS owed FROM stock_movement WINDOW w AS (PARTITION BY variant_id, location_id ORDER BY "
        "id)) h "
        "WHERE on_hand < 0 OR reserved < 0 OR owed < 0 OR reserved > on_hand",
        "SELECT count(*) FROM stock s WHERE reserved <> (SELECT coalesce(sum(quantity), 0) FROM reservation_line l "
        "JOIN reservation r USING (order_id) WHERE r.state = 'held' AND l.variant_id = s.variant_id "
        "AND l.location_id = s.location_id)",
        "SELECT count(*) FROM stock s WHERE owed <> (SELECT coalesce(sum(l.owed), 0) FROM reservation_line l "
        "JOIN reservation r USING (order_id) WHERE r.state IN ('held', 'sold') AND l.variant_id = s.variant_id "
        "AND l.location_id = s.location_id)",
    };
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        assert_int_equal(number_of(questions[i]), 0);
}

/* ---- locations ---- */

static void test_a_market_is_served_from_its_own_places(void **state)
{
    (void)state;
    int64_t awaited;
    const char *shirt = PUT(.title = "Shirt", .stock = 2);
    open_location("kampala", "UG", 50);
    assert_int_equal(count_in(shirt, "kampala", 7), STATUS_OK);
    const struct quote_ask asked[] = {{shirt, "KES", "KE"}, {shirt, "KES", "UG"}};
    const struct quote_row *rows;
    size_t count;
    assert_int_equal(catalog_store_quote_variants(shop.db, asked, 2, &rows, &count, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rows[i].offer.ready, rows[i].position == 1 ? 2 : 9);
    assert_int_equal(hold_in("KE", uuid_new(shop.arena), shirt, 3, FAR_US, &awaited), STATUS_FAILED_PRECONDITION);
    assert_int_equal(hold_in("UG", uuid_new(shop.arena), shirt, 3, FAR_US, &awaited), STATUS_OK);
    assert_string_equal(counts(shirt), "kampala 7/3/0, main 2/0/0");
    const char *split = uuid_new(shop.arena);
    assert_int_equal(hold_in("UG", split, shirt, 5, FAR_US, &awaited), STATUS_OK);
    assert_string_equal(counts(shirt), "kampala 7/7/0, main 2/1/0");
    assert_true(confirm(split));
    assert_string_equal(counts(shirt), "kampala 3/3/0, main 1/0/0");
    assert_books_balance();
}

static void test_units_are_carried_and_none_is_lost(void **state)
{
    (void)state;
    struct stock_level from;
    struct stock_level to;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    open_location("mombasa", "KE", 200);
    hold(shirt, 4);
    struct stock_transfer transfer = {shirt, "main", "mombasa", 6, "nearer", "staff"};
    assert_int_equal(stock_counts_move(shop.db, &transfer, &from, &to, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(from.on_hand, 4);
    assert_int_equal(to.on_hand, 6);
    assert_string_equal(counts(shirt), "main 4/4/0, mombasa 6/0/0");
    transfer.quantity = 1;
    assert_int_equal(stock_counts_move(shop.db, &transfer, &from, &to, shop.arena, &shop.err), STATUS_FAILED_PRECONDITION);
    error_clear(&shop.err);
    transfer.to_code = "nowhere";
    assert_int_equal(stock_counts_move(shop.db, &transfer, &from, &to, shop.arena, &shop.err), STATUS_NOT_FOUND);
    assert_books_balance();
}

static void test_the_last_place_stays_open(void **state)
{
    (void)state;
    const struct location_row closed = {"main", "Main", {NULL, 0}, 100, false};
    assert_int_equal(stock_desk_save_location(shop.db, &closed, shop.arena, &shop.err), STATUS_FAILED_PRECONDITION);
    error_clear(&shop.err);
    open_location("mombasa", "KE", 1);
    assert_int_equal(stock_desk_save_location(shop.db, &closed, shop.arena, &shop.err), STATUS_OK);
}

/* ---- sold ahead ---- */

static void test_units_that_come_go_to_who_waits_longest(void **state)
{
    (void)state;
    int64_t awaited;
    const char *shirt = PUT(.title = "Shirt", .stock = 2);
    sell_ahead(shirt, "backorder", 5);
    const char *first = uuid_new(shop.arena);
    assert_int_equal(hold_in("KE", first, shirt, 4, FAR_US, &awaited), STATUS_OK);
    assert_int_equal(awaited, 2);
    assert_true(confirm(first));
    assert_string_equal(counts(shirt), "main 0/0/2");
    const char *second = hold(shirt, 3);
    assert_int_equal(hold_in("KE", uuid_new(shop.arena), shirt, 1, FAR_US, &awaited), STATUS_FAILED_PRECONDITION);
    assert_int_equal(count_in(shirt, "", 3), STATUS_OK);
    sell_ahead(shirt, "deny", 0);
    assert_int_equal(hold_in("KE", uuid_new(shop.arena), shirt, 1, FAR_US, &awaited), STATUS_FAILED_PRECONDITION);
    assert_int_equal(fulfil(), 2);
    assert_string_equal(counts(shirt), "main 1/1/2");
    assert_int_equal(fulfil(), 0);
    release(second);
    assert_string_equal(counts(shirt), "main 1/0/0");
    release(first);
    assert_string_equal(counts(shirt), "main 5/0/0");
    assert_books_balance();
}

static void test_a_list_shows_what_is_sold_ahead(void **state)
{
    (void)state;
    const char *gone = PUT(.title = "Gone", .stock = 0);
    const struct listing_request request = {.category = number_of("SELECT number FROM category WHERE path = ''"),
                                            .currency = "KES",
                                            .country = "KE",
                                            .sort = LISTING_NEWEST,
                                            .search = {.words = ""},
                                            .after = {.text_key = "", .product_id = "ffffffff-ffff-ffff-ffff-ffffffffffff"},
                                            .limit = 10};
    const struct card_row *rows;
    size_t count;
    static const char *const policies[] = {"deny", "preorder"};
    for (size_t i = 0; i < 2; i++) {
        sell_ahead(gone, policies[i], 1);
        assert_int_equal(catalog_store_list(shop.db, &request, &rows, &count, shop.arena, &shop.err), STATUS_OK);
        assert_int_equal(count, 1);
        assert_int_equal(rows[0].in_stock, i == 1);
    }
    hold(gone, 1);
    assert_int_equal(catalog_store_list(shop.db, &request, &rows, &count, shop.arena, &shop.err), STATUS_OK);
    assert_false(rows[0].in_stock);
}

/* ---- returns ---- */

static void test_a_return_is_put_back_once(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *order = hold(shirt, 5);
    const char *back = uuid_new(shop.arena);
    assert_int_equal(give_back(back, order, shirt, 2, 1), STATUS_UNAVAILABLE);
    assert_true(confirm(order));
    assert_int_equal(give_back(back, order, shirt, 2, 1), STATUS_OK);
    assert_string_equal(counts(shirt), "main 7/0/0");
    assert_int_equal(give_back(back, order, shirt, 2, 1), STATUS_OK);
    assert_string_equal(counts(shirt), "main 7/0/0");
    assert_int_equal(give_back(uuid_new(shop.arena), order, shirt, 3, 0), STATUS_FAILED_PRECONDITION);
    assert_string_equal(counts(shirt), "main 7/0/0");
    release(order);
    assert_string_equal(counts(shirt), "main 9/0/0");
    assert_int_equal(give_back(uuid_new(shop.arena), order, shirt, 1, 0), STATUS_OK);
    assert_string_equal(counts(shirt), "main 9/0/0");
    assert_books_balance();
}

/* ---- low stock ---- */

static void test_staff_hear_once_that_a_variant_runs_low(void **state)
{
    (void)state;
    static const char told[] = "SELECT count(*) FROM outbox_event WHERE topic = 'stock.low'";
    const char *shirt = PUT(.title = "Shirt", .stock = 10, .sku = "SH");
    hold(shirt, 4);
    assert_int_equal(number_of(told), 0);
    hold(shirt, 1);
    assert_int_equal(number_of(told), 1);
    hold(shirt, 1);
    assert_int_equal(number_of(told), 1);
    assert_string_equal(text_of("SELECT (payload::json->>'sku') || (payload::json->>'available') || key FROM outbox_event "
                                "WHERE topic = 'stock.low'"),
                        arena_printf(shop.arena, "SH5%s", shirt));
    assert_int_equal(count_in(shirt, "", 2), STATUS_OK);
    assert_int_equal(count_in(shirt, "", -2), STATUS_OK);
    assert_int_equal(number_of(told), 2);
    assert_int_equal(stock_desk_set_policy(shop.db, shirt, &(struct sell_policy){"deny", 0, 0, -1}, &shop.err), STATUS_OK);
    assert_int_equal(count_in(shirt, "", 2), STATUS_OK);
    assert_int_equal(count_in(shirt, "", -2), STATUS_OK);
    assert_int_equal(number_of(told), 2);
}

/* ---- anything at all ---- */

#define STEPS 600
#define ORDERS_MAX 600
#define VARIANTS 3

static uint64_t random_state;

/* Marsaglia's xorshift64*. */
static int64_t below(int64_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (int64_t)(random_state * UINT64_C(2685821657736338717) >> 33) % bound;
}

struct life {
    const char *variants[VARIANTS];
    const char *orders[ORDERS_MAX];
    size_t order_count;
};

static const char *some_order(const struct life *life)
{
    return life->order_count > 0 ? life->orders[below((int64_t)life->order_count)] : uuid_new(shop.arena);
}

static void something_happens(struct life *life)
{
    static const char *const countries[] = {"KE", "UG", "NG"};
    static const char *const places[] = {"main", "kampala", "lagos"};
    const char *variant = life->variants[below(VARIANTS)];
    struct stock_level from;
    struct stock_level to;
    int64_t number;
    error_clear(&shop.err);
    switch (below(9)) {
    case 0:
        (void)count_in(variant, places[below(3)], below(3) ? 1 + below(9) : -1 - below(4));
        return;
    case 1:
        (void)!stock_counts_move(
            shop.db, &(struct stock_transfer){variant, places[0], places[1 + below(2)], 1 + below(5), "", "staff"}, &from,
            &to, shop.arena, &shop.err);
        return;
    case 2:
        confirm(some_order(life));
        return;
    case 3:
        release(some_order(life));
        return;
    case 4:
        (void)give_back(uuid_new(shop.arena), some_order(life), variant, below(3), below(2));
        return;
    case 5:
        fulfil();
        return;
    case 6: {
        struct stock_next next;
        assert_int_equal(stock_store_expire(shop.db, clock_now_us(), 3, &number, &next, shop.arena, &shop.err), STATUS_OK);
        return;
    }
    default:
        life->orders[life->order_count] = uuid_new(shop.arena);
        (void)!hold_in(countries[below(3)], life->orders[life->order_count++], variant, 1 + below(6),
                       below(3) ? FAR_US : clock_now_us() - 1, &number);
    }
}

/* Any order of events leaves books that balance, and a history without a moment below nothing. */
static void test_whatever_happens_the_books_balance(void **state)
{
    (void)state;
    static struct life life;
    static const char *const policies[VARIANTS] = {"deny", "backorder", "preorder"};
    const char *seed = getenv("PORTAL_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_now_us();
    print_message("PORTAL_TEST_SEED=%llu\n", (unsigned long long)random_state);
    open_location("kampala", "UG", 50);
    open_location("lagos", "NG", 150);
    life.variants[0] = PUT(.title = "Shirt", .stock = 20);
    life.variants[1] = PUT(.title = "Shoes", .stock = 5);
    life.variants[2] = PUT(.title = "Album", .stock = 0);
    for (size_t i = 0; i < VARIANTS; i++)
        sell_ahead(life.variants[i], policies[i], 8);
    for (int step = 0; step < STEPS; step++) {
        something_happens(&life);
        if (step % 50 == 49)
            assert_books_balance();
    }
    assert_books_balance();
    assert_string_equal(text_of("SELECT string_agg(DISTINCT kind, ' ') FROM stock_movement"),
                        "adjusted moved received released reserved returned sold");
}

RUN_CATALOG_TESTS(CATALOG_TEST(test_a_market_is_served_from_its_own_places),
                  CATALOG_TEST(test_units_are_carried_and_none_is_lost), CATALOG_TEST(test_the_last_place_stays_open),
                  CATALOG_TEST(test_units_that_come_go_to_who_waits_longest),
                  CATALOG_TEST(test_a_list_shows_what_is_sold_ahead), CATALOG_TEST(test_a_return_is_put_back_once),
                  CATALOG_TEST(test_staff_hear_once_that_a_variant_runs_low),
                  CATALOG_TEST(test_whatever_happens_the_books_balance))
