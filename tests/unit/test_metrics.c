/*
 * Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), and counting by many
 * threads.
 */
#include "check.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "metrics.h"

#define VALUES(...) ((const char *const[]){__VA_ARGS__})

/* Whether the whole line is there. */
static bool has_line(const char *line)
{
    size_t size;
    char *text = metrics_render(&size);
    assert_non_null(text);
    assert_int_equal(strlen(text), size);
    size_t length = strlen(line);
    bool found = false;
    for (const char *at = strstr(text, line); at && !found; at = strstr(at + 1, line))
        found = (at == text || at[-1] == '\n') && at[length] == '\n';
    free(text);
    return found;
}

static void a_counter_shows_its_sum(void **state)
{
    (void)state;
    struct metric *metric = metric_new(METRIC_COUNTER, "test_calls_total", "method,status", "Calls.");
    metric_add(metric_series(metric, VALUES("GetCart", "OK")), 2);
    metric_add(metric_series(metric, VALUES("GetCart", "OK")), 3);
    metric_add(metric_series(metric, VALUES("GetCart", "INTERNAL")), 1);
    assert_true(has_line("# HELP test_calls_total Calls."));
    assert_true(has_line("# TYPE test_calls_total counter"));
    assert_true(has_line("test_calls_total{method=\"GetCart\",status=\"OK\"} 5"));
    assert_true(has_line("test_calls_total{method=\"GetCart\",status=\"INTERNAL\"} 1"));
}

static void a_gauge_goes_up_and_down(void **state)
{
    (void)state;
    struct metric_series *gauge = metric_series(metric_new(METRIC_GAUGE, "test_waiting", "", "Waiting."), NULL);
    metric_add(gauge, 5);
    metric_add(gauge, -7);
    assert_true(has_line("test_waiting -2"));
    metric_set(gauge, 41);
    assert_true(has_line("test_waiting 41"));
}

/* Bounds are inclusive, buckets cumulate, the sum is in seconds: 100 us + 101 us + 45 s = 45.000201 s. */
static void a_histogram_cumulates(void **state)
{
    (void)state;
    struct metric_series *times =
        metric_series(metric_new(METRIC_HISTOGRAM_US, "test_duration_seconds", "method", "Time."), VALUES("Login"));
    metric_observe_us(times, 100);
    metric_observe_us(times, 101);
    metric_observe_us(times, 45000000);
    assert_true(has_line("# TYPE test_duration_seconds histogram"));
    assert_true(has_line("test_duration_seconds_bucket{method=\"Login\",le=\"0.0001\"} 1"));
    assert_true(has_line("test_duration_seconds_bucket{method=\"Login\",le=\"0.00025\"} 2"));
    assert_true(has_line("test_duration_seconds_bucket{method=\"Login\",le=\"30\"} 2"));
    assert_true(has_line("test_duration_seconds_bucket{method=\"Login\",le=\"+Inf\"} 3"));
    assert_true(has_line("test_duration_seconds_sum{method=\"Login\"} 45.000201"));
    assert_true(has_line("test_duration_seconds_count{method=\"Login\"} 3"));
}

static void a_histogram_without_labels_is_well_formed(void **state)
{
    (void)state;
    struct metric_series *times = metric_series(metric_new(METRIC_HISTOGRAM_US, "test_bare_seconds", "", "Time."), NULL);
    metric_observe_us(times, 2000);
    assert_true(has_line("test_bare_seconds_bucket{le=\"0.001\"} 0"));
    assert_true(has_line("test_bare_seconds_bucket{le=\"+Inf\"} 1"));
    assert_true(has_line("test_bare_seconds_sum 0.002000"));
    assert_true(has_line("test_bare_seconds_count 1"));
}

static void texts_are_escaped(void **state)
{
    (void)state;
    struct metric *metric = metric_new(METRIC_COUNTER, "test_escaped_total", "path", "Back\\slash \"quote\"\nline.");
    metric_add(metric_series(metric, VALUES("a\\b\"c\nd")), 1);
    assert_true(has_line("# HELP test_escaped_total Back\\\\slash \"quote\"\\nline."));
    assert_true(has_line("test_escaped_total{path=\"a\\\\b\\\"c\\nd\"} 1"));
}

static void a_name_is_one_metric(void **state)
{
    (void)state;
    struct metric *metric = metric_new(METRIC_COUNTER, "test_shared_total", "a,b", "Shared.");
    assert_ptr_equal(metric_new(METRIC_COUNTER, "test_shared_total", "a,b", "Shared."), metric);
    assert_ptr_equal(metric_series(metric, VALUES("x", "y")), metric_series(metric, VALUES("x", "y")));
    assert_ptr_not_equal(metric_series(metric, VALUES("x", "y")), metric_series(metric, VALUES("xy", "")));
}

static double value_of(const char *name)
{
    size_t size;
    char *text = metrics_render(&size);
    char start[80];
    snprintf(start, sizeof(start), "\n%s ", name);
    const char *at = strstr(text, start);
    double value = at ? strtod(at + strlen(start), NULL) : -1;
    free(text);
    return value;
}

/* Operators see the process itself: its descriptors, its memory, its CPU time, and that it started within this hour. */
static void the_process_is_described(void **state)
{
    (void)state;
    double before = value_of("process_open_fds");
    int extra = dup(STDERR_FILENO);
    assert_true(value_of("process_open_fds") == before + 1);
    close(extra);
    double memory = value_of("process_resident_memory_bytes");
    assert_true(has_line("# TYPE process_cpu_seconds_total counter"));
    assert_true(value_of("process_cpu_seconds_total") > 0);
    double age = (double)time(NULL) - value_of("process_start_time_seconds");
    assert_true(age > -2 && age < 3600);
    assert_true(memory > 1 << 20);
}

/* Every line is a comment or name{labels} value, as a parser that knows nothing of us reads it. */
static void every_line_can_be_parsed(void **state)
{
    (void)state;
    size_t size;
    char *text = metrics_render(&size);
    char *rest = text;
    int samples = 0;
    assert_int_equal(text[size - 1], '\n');
    for (char *line = strsep(&rest, "\n"); line && rest; line = strsep(&rest, "\n")) {
        if (strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0)
            continue;
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
        const char *value = strrchr(line, ' ');
        assert_true(name > 0 && (line[name] == '{' || line[name] == ' ') && value);
        assert_true(line[name] == ' ' || value[-1] == '}');
        char *end;
        strtod(value + 1, &end);
        assert_true(end > value + 1 && *end == '\0');
        samples++;
    }
    assert_true(samples > 20);
    free(text);
}

static void *count_often(void *arg)
{
    struct metric *metric = arg;
    static const char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 40000; i++)
        metric_add(metric_series(metric, VALUES(names[i % 4])), 1);
    return NULL;
}

/* No count is lost, also while the series are being made and shown. */
static void many_threads_count_together(void **state)
{
    (void)state;
    struct metric *metric = metric_new(METRIC_COUNTER, "test_threads_total", "name", "Threads.");
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_often, metric), 0);
    for (int i = 0; i < 20; i++)
        has_line("test_threads_total{name=\"a\"} 1");
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(has_line("test_threads_total{name=\"a\"} 40000"));
    assert_true(has_line("test_threads_total{name=\"d\"} 40000"));
}

RUN_TESTS(cmocka_unit_test(a_counter_shows_its_sum), cmocka_unit_test(a_gauge_goes_up_and_down),
          cmocka_unit_test(a_histogram_cumulates), cmocka_unit_test(a_histogram_without_labels_is_well_formed),
          cmocka_unit_test(texts_are_escaped), cmocka_unit_test(a_name_is_one_metric),
          cmocka_unit_test(the_process_is_described), cmocka_unit_test(every_line_can_be_parsed),
          cmocka_unit_test(many_threads_count_together))
