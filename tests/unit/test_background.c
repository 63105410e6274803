/* Work that comes due: on time, when woken, never twice at once, and not after the end. */
#include "check.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "background.h"
#include "clock.h"

struct probe {
    atomic_int runs;
    atomic_int inside;
    atomic_bool overlapped;
    int run_ms; /* how long each run takes */
    int64_t (*next)(int runs);
};

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static int64_t work(void *arg)
{
    struct probe *probe = arg;
    if (atomic_fetch_add(&probe->inside, 1) > 0)
        atomic_store(&probe->overlapped, true);
    sleep_ms(probe->run_ms);
    atomic_fetch_sub(&probe->inside, 1);
    return probe->next(atomic_fetch_add(&probe->runs, 1) + 1);
}

static int64_t never(int runs)
{
    (void)runs;
    return BACKGROUND_NEVER;
}

static int64_t in_50_ms_until_the_third(int runs)
{
    return runs < 3 ? clock_monotonic_us() + 50 * US_PER_MS : BACKGROUND_NEVER;
}

static int64_t in_an_hour(int runs)
{
    (void)runs;
    return clock_monotonic_us() + 3600 * US_PER_S;
}

static int64_t long_ago(int runs)
{
    return runs < 5 ? INT64_MIN : BACKGROUND_NEVER;
}

static struct background *start(struct probe *probe)
{
    struct background *background;
    struct error err;
    error_clear(&err);
    assert_int_equal(background_start("probe", work, probe, &background, &err), STATUS_OK);
    return background;
}

/* Waits for `runs`, at most 5 s, and then a little for one too many. */
static void expect_runs(struct probe *probe, int runs)
{
    for (int i = 0; i < 5000 && atomic_load(&probe->runs) < runs; i++)
        sleep_ms(1);
    sleep_ms(30);
    assert_int_equal(atomic_load(&probe->runs), runs);
}

/* What a crash left behind is done when the service starts again, not when the next call happens to come. */
static void it_runs_once_at_the_start(void **state)
{
    (void)state;
    struct probe probe = {.next = never};
    struct background *background = start(&probe);
    expect_runs(&probe, 1);
    background_stop(background);
}

static void it_runs_when_due(void **state)
{
    (void)state;
    struct probe probe = {.next = in_50_ms_until_the_third};
    int64_t began_us = clock_monotonic_us();
    struct background *background = start(&probe);
    expect_runs(&probe, 3);
    assert_true(clock_monotonic_us() - began_us >= 100 * US_PER_MS);
    background_stop(background);
}

static void it_runs_when_woken(void **state)
{
    (void)state;
    struct probe probe = {.next = in_an_hour};
    struct background *background = start(&probe);
    expect_runs(&probe, 1);
    background_wake(background);
    expect_runs(&probe, 2);
    background_stop(background);
}

/* A hundred orders that wake it while it works cost one more run, and none of them is missed. */
static void many_wakes_are_one_run(void **state)
{
    (void)state;
    struct probe probe = {.next = never, .run_ms = 50};
    struct background *background = start(&probe);
    while (atomic_load(&probe.inside) == 0)
        sleep_ms(1);
    for (int i = 0; i < 100; i++)
        background_wake(background);
    expect_runs(&probe, 2);
    assert_false(atomic_load(&probe.overlapped));
    background_stop(background);
}

static void a_time_in_the_past_is_now(void **state)
{
    (void)state;
    struct probe probe = {.next = long_ago};
    struct background *background = start(&probe);
    expect_runs(&probe, 5);
    background_stop(background);
}

static void stopping_waits_for_the_run(void **state)
{
    (void)state;
    struct probe probe = {.next = never, .run_ms = 100};
    struct background *background = start(&probe);
    while (atomic_load(&probe.inside) == 0)
        sleep_ms(1);
    background_stop(background);
    assert_int_equal(atomic_load(&probe.inside), 0);
    assert_int_equal(atomic_load(&probe.runs), 1);
}

static void nothing_can_be_woken_and_stopped(void **state)
{
    (void)state;
    background_wake(NULL);
    background_stop(NULL);
}

RUN_TESTS(cmocka_unit_test(it_runs_once_at_the_start), cmocka_unit_test(it_runs_when_due),
          cmocka_unit_test(it_runs_when_woken), cmocka_unit_test(many_wakes_are_one_run),
          cmocka_unit_test(a_time_in_the_past_is_now), cmocka_unit_test(stopping_waits_for_the_run),
          cmocka_unit_test(nothing_can_be_woken_and_stopped))
