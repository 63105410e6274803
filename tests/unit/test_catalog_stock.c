/* Stock: no order takes what is not there, and every hold ends exactly once. */
#include "check.h"

#include <string.h>

#include "stock.h"

#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"
#define UNKNOWN "0190a000-0000-7000-8000-00000000000f"

static struct stock_level levels[2];

static int reset(void **state)
{
    (void)state;
    levels[0] = (struct stock_level){SHIRT, true, 10, 4, 0, 0};
    levels[1] = (struct stock_level){SHOES, true, 3, 0, 0, 0};
    return 0;
}

/* The whole life of a hold, by hand: what each event does to the counts. */
static void test_every_event_in_every_state(void **state)
{
    (void)state;
    static const struct {
        enum stock_state from;
        enum stock_event event;
        enum stock_state to;
        int on_hand, reserved;
    } rows[] = {
        {STOCK_NONE, STOCK_RESERVE, STOCK_HELD, 0, 1},      {STOCK_HELD, STOCK_CONFIRM, STOCK_SOLD, -1, -1},
        {STOCK_HELD, STOCK_RELEASE, STOCK_RELEASED, 0, -1}, {STOCK_HELD, STOCK_EXPIRE, STOCK_EXPIRED, 0, -1},
        {STOCK_EXPIRED, STOCK_CONFIRM, STOCK_SOLD, -1, 0},  {STOCK_EXPIRED, STOCK_RELEASE, STOCK_RELEASED, 0, 0},
        {STOCK_SOLD, STOCK_RELEASE, STOCK_RELEASED, 1, 0},
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
    }
}

static void test_a_hold_that_is_sold_and_returned_leaves_the_counts_as_they_were(void **state)
{
    (void)state;
    const struct stock_line line = {SHOES, 2};
    static const struct {
        enum stock_state from;
        enum stock_event event;
        int64_t on_hand, reserved;
    } steps[] = {{STOCK_NONE, STOCK_RESERVE, 3, 2}, {STOCK_HELD, STOCK_CONFIRM, 1, 0}, {STOCK_SOLD, STOCK_RELEASE, 3, 0}};
    for (size_t i = 0; i < 3; i++) {
        const struct stock_transition *transition = stock_transition(steps[i].from, steps[i].event);
        assert_true(stock_can_apply(transition, &line, 1, levels, 2));
        stock_apply(transition, &line, 1, levels, 2);
        assert_int_equal(levels[1].on_hand + levels[1].on_hand_change, steps[i].on_hand);
        assert_int_equal(levels[1].reserved + levels[1].reserved_change, steps[i].reserved);
    }
}

static void test_units_held_for_others_cannot_be_taken(void **state)
{
    (void)state;
    const struct stock_transition *reserve = stock_transition(STOCK_NONE, STOCK_RESERVE);
    const struct stock_line six = {SHIRT, 6};
    const struct stock_line seven = {SHIRT, 7};
    assert_true(stock_can_apply(reserve, &six, 1, levels, 2));
    assert_false(stock_can_apply(reserve, &seven, 1, levels, 2));
}

static void test_two_orders_in_one_batch_do_not_take_the_same_units(void **state)
{
    (void)state;
    const struct stock_transition *late = stock_transition(STOCK_EXPIRED, STOCK_CONFIRM);
    const struct stock_line two = {SHOES, 2};
    assert_true(stock_can_apply(late, &two, 1, levels, 2));
    stock_apply(late, &two, 1, levels, 2);
    assert_false(stock_can_apply(late, &two, 1, levels, 2));
}

static void test_lines_of_one_variant_are_added_up(void **state)
{
    (void)state;
    const struct stock_line lines[] = {{SHOES, 1}, {SHIRT, 2}, {"0190A000-0000-7000-8000-000000000002", 3}};
    struct stock_line merged[3];
    assert_int_equal(stock_merge_lines(lines, 3, merged), 2);
    assert_string_equal(merged[0].variant_id, SHIRT);
    assert_int_equal(merged[0].quantity, 2);
    assert_int_equal(merged[1].quantity, 4);
}

static void test_each_line_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    levels[1].reserved = 3;
    const struct stock_line lines[] = {{SHIRT, 7}, {SHOES, 1}, {UNKNOWN, 1}, {SHIRT, 1}};
    struct stock_line merged[4];
    size_t count = stock_merge_lines(lines, 4, merged);
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_explain(lines, 4, merged, count, levels, 2, &err), STATUS_FAILED_PRECONDITION);
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
        const struct stock_line line = {SHIRT, bad[i]};
        struct error err;
        error_clear(&err);
        assert_int_equal(stock_check_lines(&line, 1, &err), STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, "lines[0].quantity");
    }
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_check_lines(NULL, 0, &err), STATUS_INVALID_ARGUMENT);
    error_clear(&err);
    const struct stock_line nameless = {"shirt", 1};
    assert_int_equal(stock_check_lines(&nameless, 1, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "lines[0].variantId");
}

static void test_staff_cannot_count_out_what_is_held(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_int_equal(stock_check_adjustment(10, 4, -6, &err), STATUS_OK);
    assert_int_equal(stock_check_adjustment(10, 4, -7, &err), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].field, "delta");
    error_clear(&err);
    assert_int_equal(stock_check_adjustment(INT64_MAX - 1, 0, 2, &err), STATUS_INVALID_ARGUMENT);
}

RUN_TESTS(cmocka_unit_test_setup(test_every_event_in_every_state, reset),
          cmocka_unit_test_setup(test_a_hold_that_is_sold_and_returned_leaves_the_counts_as_they_were, reset),
          cmocka_unit_test_setup(test_units_held_for_others_cannot_be_taken, reset),
          cmocka_unit_test_setup(test_two_orders_in_one_batch_do_not_take_the_same_units, reset),
          cmocka_unit_test_setup(test_lines_of_one_variant_are_added_up, reset),
          cmocka_unit_test_setup(test_each_line_that_cannot_be_had_is_told, reset),
          cmocka_unit_test_setup(test_absurd_lines_are_refused, reset),
          cmocka_unit_test_setup(test_staff_cannot_count_out_what_is_held, reset))
