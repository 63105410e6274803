/* Stock: no order takes what is not there, and every hold ends exactly once. */
#include "check.h"

#include <string.h>

#include "stock.h"

#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"
#define UNKNOWN "0190a000-0000-7000-8000-00000000000f"

/* Shirts lie in Nairobi (10, of which 4 are held) and Mombasa (5); shoes in Nairobi only (3). */
#define NAIROBI 1
#define MOMBASA 2

static struct stock_level list[3];
static struct stock_levels levels;
static struct stock_moves moves;
static struct arena *arena;

static int reset(void **state)
{
    (void)state;
    if (!arena)
        arena = arena_new(4096, 1 << 20);
    arena_reset(arena);
    moves = (struct stock_moves){.arena = arena};
    list[0] =
        (struct stock_level){.variant_id = SHIRT, .location_id = NAIROBI, .is_active = true, .on_hand = 10, .reserved = 4};
    list[1] = (struct stock_level){.variant_id = SHIRT, .location_id = MOMBASA, .is_active = true, .on_hand = 5};
    list[2] = (struct stock_level){.variant_id = SHOES, .location_id = NAIROBI, .is_active = true, .on_hand = 3};
    levels = (struct stock_levels){list, 3};
    return 0;
}

static struct stock_line sold(const char *variant_id, int64_t quantity)
{
    return (struct stock_line){variant_id, quantity, true};
}

/* "location:quantity+owed" of each share, or "no". */
static const char *take(struct stock_line line)
{
    struct stock_share *shares;
    size_t count;
    const char *text = "";
    if (!stock_take(&line, 1, "KE", "order", &levels, &moves, &shares, &count))
        return "no";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%d:%d+%d", text, i > 0 ? " " : "", (int)shares[i].location_id,
                            (int)shares[i].quantity, (int)shares[i].owed);
    return text;
}

/* "on hand/reserved/owed" of a level with its changes. */
static const char *counts(const struct stock_level *level)
{
    return arena_printf(arena, "%d/%d/%d", (int)(level->on_hand + level->on_hand_change),
                        (int)(level->reserved + level->reserved_change), (int)(level->owed + level->owed_change));
}

/* The whole life of a hold, by hand: what each event does to the counts. */
static void test_every_event_in_every_state(void **state)
{
    (void)state;
    static const struct {
        enum stock_state from;
        enum stock_event event;
        enum stock_state to;
        int on_hand, reserved, owed;
    } rows[] = {
        {STOCK_NONE, STOCK_RESERVE, STOCK_HELD, 0, 1, 1},       {STOCK_HELD, STOCK_CONFIRM, STOCK_SOLD, -1, -1, 0},
        {STOCK_HELD, STOCK_RELEASE, STOCK_RELEASED, 0, -1, -1}, {STOCK_HELD, STOCK_EXPIRE, STOCK_EXPIRED, 0, -1, -1},
        {STOCK_EXPIRED, STOCK_CONFIRM, STOCK_SOLD, -1, 0, 1},   {STOCK_EXPIRED, STOCK_RELEASE, STOCK_RELEASED, 0, 0, 0},
        {STOCK_SOLD, STOCK_RELEASE, STOCK_RELEASED, 1, 0, -1},
    };
    size_t happens = 0;
    for (int from = STOCK_NONE; from <= STOCK_EXPIRED; from++)
        for (int event = STOCK_RESERVE; event <= STOCK_EXPIRE; event++)
            happens += stock_transition((enum stock_state)from, (enum stock_event)event) != NULL;
    assert_int_equal(happens, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct stock_transition *transition = stock_transition(rows[i].from, rows[i].event);
        assert_non_null(transition);
        assert_int_equal(transition->to, rows[i].to);
        assert_int_equal(transition->on_hand, rows[i].on_hand);
        assert_int_equal(transition->reserved, rows[i].reserved);
        assert_int_equal(transition->owed, rows[i].owed);
    }
}

static void test_a_hold_that_is_sold_and_given_back_leaves_the_counts_as_they_were(void **state)
{
    (void)state;
    const struct stock_share share = {SHOES, NAIROBI, 2, 0, 0};
    assert_string_equal(take(sold(SHOES, 2)), "1:2+0");
    assert_string_equal(counts(&list[2]), "3/2/0");
    assert_true(stock_settle(stock_transition(STOCK_HELD, STOCK_CONFIRM), &share, 1, "order", &levels, &moves));
    assert_string_equal(counts(&list[2]), "1/0/0");
    assert_true(stock_settle(stock_transition(STOCK_SOLD, STOCK_RELEASE), &share, 1, "order", &levels, &moves));
    assert_string_equal(counts(&list[2]), "3/0/0");
    assert_int_equal(moves.count, 3);
    assert_string_equal(moves.list[0].kind, "reserved");
    assert_string_equal(moves.list[1].kind, "sold");
    assert_string_equal(moves.list[2].kind, "returned");
}

static void test_units_given_back_before_are_not_given_back_again(void **state)
{
    (void)state;
    const struct stock_share share = {SHOES, NAIROBI, 2, 0, 1};
    assert_true(stock_settle(stock_transition(STOCK_SOLD, STOCK_RELEASE), &share, 1, "order", &levels, &moves));
    assert_string_equal(counts(&list[2]), "4/0/0");
}

static void test_units_held_for_others_cannot_be_taken(void **state)
{
    (void)state;
    list[1].is_active = false;
    assert_string_equal(take(sold(SHIRT, 7)), "no");
    assert_string_equal(take(sold(SHIRT, 6)), "1:6+0");
    assert_string_equal(take(sold(SHIRT, 1)), "no");
}

static void test_a_line_comes_from_one_place_when_one_has_it(void **state)
{
    (void)state;
    list[0].reserved = 8;
    assert_string_equal(take(sold(SHIRT, 3)), "2:3+0");
    assert_string_equal(take(sold(SHIRT, 3)), "1:2+0 2:1+0");
    assert_string_equal(counts(&list[1]), "5/4/0");
}

static void test_a_market_has_what_its_places_have(void **state)
{
    (void)state;
    static const char *const tanzania[] = {"TZ"};
    list[0].countries = tanzania;
    list[0].country_count = 1;
    assert_int_equal(stock_available(&levels, "TZ"), 6 + 5 + 3);
    assert_string_equal(take(sold(SHIRT, 6)), "no");
    assert_string_equal(take(sold(SHIRT, 5)), "2:5+0");
}

static void test_what_is_sold_ahead_is_owed_up_to_its_limit(void **state)
{
    (void)state;
    list[2].ahead_max = 4;
    assert_string_equal(take(sold(SHOES, 5)), "1:3+2");
    assert_string_equal(counts(&list[2]), "3/3/2");
    assert_string_equal(take(sold(SHOES, 3)), "no");
    assert_string_equal(take(sold(SHOES, 2)), "1:0+2");
    assert_string_equal(take(sold(SHOES, 1)), "no");
}

/* Who waits comes first: units that arrive are not for the next shopper. */
static void test_units_that_arrive_go_to_who_waits(void **state)
{
    (void)state;
    struct stock_share waiting = {SHOES, NAIROBI, 0, 2, 0};
    list[2].reserved = 2;
    list[2].owed = 2;
    assert_string_equal(take(sold(SHOES, 1)), "no");
    assert_int_equal(stock_fulfil(STOCK_HELD, &waiting, "order", &list[2], &moves), 1);
    assert_string_equal(counts(&list[2]), "3/3/1");
    assert_int_equal(stock_fulfil(STOCK_HELD, &waiting, "order", &list[2], &moves), 0);
    list[2].on_hand = 4;
    assert_int_equal(stock_fulfil(STOCK_SOLD, &waiting, "order", &list[2], &moves), 1);
    assert_string_equal(counts(&list[2]), "3/3/0");
    assert_int_equal(waiting.quantity, 2);
    assert_int_equal(waiting.owed, 0);
}

static void test_a_late_sale_takes_only_what_is_free(void **state)
{
    (void)state;
    const struct stock_transition *late = stock_transition(STOCK_EXPIRED, STOCK_CONFIRM);
    const struct stock_share two = {SHOES, NAIROBI, 2, 0, 0};
    assert_true(stock_settle(late, &two, 1, "order", &levels, &moves));
    assert_false(stock_settle(late, &two, 1, "order", &levels, &moves));
    assert_string_equal(counts(&list[2]), "1/0/0");
}

static void test_it_is_told_once_that_a_variant_runs_low(void **state)
{
    (void)state;
    struct stock_levels shirts = {list, 2};
    int64_t left;
    list[0].low_at = list[1].low_at = 5;
    assert_string_equal(take(sold(SHIRT, 5)), "1:5+0");
    assert_false(stock_runs_low(&shirts, &left));
    assert_string_equal(take(sold(SHIRT, 1)), "1:1+0");
    assert_true(stock_runs_low(&shirts, &left));
    assert_int_equal(left, 5);
    list[0].reserved += 6;
    list[0].reserved_change = 0;
    assert_string_equal(take(sold(SHIRT, 1)), "2:1+0");
    assert_false(stock_runs_low(&shirts, &left));
    list[0].low_at = list[1].low_at = 0;
    assert_string_equal(take(sold(SHIRT, 4)), "2:4+0");
    assert_false(stock_runs_low(&shirts, &left));
}

static void test_lines_of_one_variant_are_added_up(void **state)
{
    (void)state;
    const struct stock_line lines[] = {
        {SHOES, 1, true}, {SHIRT, 2, true}, {"0190A000-0000-7000-8000-000000000002", 3, true}};
    struct stock_line merged[3];
    assert_int_equal(stock_merge_lines(lines, 3, merged), 2);
    assert_string_equal(merged[0].variant_id, SHIRT);
    assert_int_equal(merged[0].quantity, 2);
    assert_int_equal(merged[1].quantity, 4);
}

static void test_each_line_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    list[1].on_hand = 0;
    list[2].reserved = 3;
    const struct stock_line lines[] = {sold(SHIRT, 7), sold(SHOES, 1), {UNKNOWN, 1, false}, sold(SHIRT, 1)};
    struct stock_line merged[4];
    size_t count = stock_merge_lines(lines, 4, merged);
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_explain(lines, 4, merged, count, "KE", &levels, &err), STATUS_FAILED_PRECONDITION);
    assert_int_equal(err.violation_count, 4);
    assert_string_equal(err.violations[0].field, "lines[0]");
    assert_string_equal(err.violations[0].code, "not_enough_stock");
    assert_string_equal(err.violations[0].message, "Only 6 of this are left.");
    assert_string_equal(err.violations[1].code, "out_of_stock");
    assert_string_equal(err.violations[2].code, "unknown");
    assert_string_equal(err.violations[3].code, "not_enough_stock");
}

static void test_absurd_lines_are_refused(void **state)
{
    (void)state;
    static const int64_t bad[] = {0, -1, INT64_MAX, INT64_MIN, STOCK_QUANTITY_MAX + 1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct stock_line line = {SHIRT, bad[i], false};
        struct error err;
        error_clear(&err);
        assert_int_equal(stock_check_lines(&line, 1, &err), STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, "lines[0].quantity");
    }
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_check_lines(NULL, 0, &err), STATUS_INVALID_ARGUMENT);
    error_clear(&err);
    const struct stock_line nameless = {"shirt", 1, false};
    assert_int_equal(stock_check_lines(&nameless, 1, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "lines[0].variantId");
}

static void test_staff_cannot_count_out_what_is_held(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_check_adjustment(10, 4, -6, "delta", &err), STATUS_OK);
    assert_int_equal(stock_check_adjustment(10, 4, -7, "delta", &err), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].field, "delta");
    error_clear(&err);
    assert_int_equal(stock_check_adjustment(INT64_MAX - 1, 0, 2, "delta", &err), STATUS_INVALID_ARGUMENT);
}

RUN_TESTS(cmocka_unit_test_setup(test_every_event_in_every_state, reset),
          cmocka_unit_test_setup(test_a_hold_that_is_sold_and_given_back_leaves_the_counts_as_they_were, reset),
          cmocka_unit_test_setup(test_units_given_back_before_are_not_given_back_again, reset),
          cmocka_unit_test_setup(test_units_held_for_others_cannot_be_taken, reset),
          cmocka_unit_test_setup(test_a_line_comes_from_one_place_when_one_has_it, reset),
          cmocka_unit_test_setup(test_a_market_has_what_its_places_have, reset),
          cmocka_unit_test_setup(test_what_is_sold_ahead_is_owed_up_to_its_limit, reset),
          cmocka_unit_test_setup(test_units_that_arrive_go_to_who_waits, reset),
          cmocka_unit_test_setup(test_a_late_sale_takes_only_what_is_free, reset),
          cmocka_unit_test_setup(test_it_is_told_once_that_a_variant_runs_low, reset),
          cmocka_unit_test_setup(test_lines_of_one_variant_are_added_up, reset),
          cmocka_unit_test_setup(test_each_line_that_cannot_be_had_is_told, reset),
          cmocka_unit_test_setup(test_absurd_lines_are_refused, reset),
          cmocka_unit_test_setup(test_staff_cannot_count_out_what_is_held, reset))
