/* Series in hash tables that only grow, so that readers need no lock; making a metric or a series takes one. */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_process.h"

#define SLOTS 64 /* a power of two */

/* Upper bounds, as they are printed too; what is above the last falls into +Inf. */
static const struct {
    int64_t us;
    const char *seconds;
} buckets[] = {{100, "0.0001"}, {250, "0.00025"}, {500, "0.0005"}, {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},
               {10000, "0.01"}, {25000, "0.025"}, {50000, "0.05"}, {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
               {1000000, "1"},  {2500000, "2.5"}, {5000000, "5"},  {10000000, "10"}, {30000000, "30"}};
#define BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

struct metric_series {
    struct metric_series *next; /* of the same slot */
    char *values[METRIC_LABELS_MAX];
    char *labels;                  /* 'method="GetCart",status="OK"', escaped; "" for none */
    atomic_int_fast64_t value;     /* of a histogram: the sum in microseconds */
    atomic_uint_fast64_t counts[]; /* of a histogram: BUCKETS + 1, not cumulated */
};

struct metric {
    _Atomic(struct metric *) next;
    enum metric_kind kind;
    char *name;
    char *help; /* escaped */
    char *label_names[METRIC_LABELS_MAX];
    size_t label_count;
    _Atomic(struct metric_series *) slots[SLOTS];
};

/* The registry is one for the process, like the numbers that it shows. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct metric *) first_metric;

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory for metrics\n", stderr);
        abort();
    }
    return memory;
}

/* The text format wants \\ and \n escaped everywhere, and \" in label values. */
static void write_escaped(FILE *out, const char *text, bool quoted)
{
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '\\' || (quoted && *text == '"'))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static char *escape_help(const char *text)
{
    char *escaped = NULL;
    size_t size;
    FILE *out = must(open_memstream(&escaped, &size));
    write_escaped(out, text, false);
    fclose(out);
    return must(escaped);
}

static void split_labels(struct metric *metric, const char *labels)
{
    while (*labels) {
        size_t length = strcspn(labels, ",");
        assert(metric->label_count < METRIC_LABELS_MAX && "a metric has at most METRIC_LABELS_MAX labels");
        metric->label_names[metric->label_count++] = must(strndup(labels, length));
        labels += length + (labels[length] == ',');
    }
}

/* The metric of this name, or NULL and the link that a new one belongs in. */
static struct metric *find_metric(const char *name, _Atomic(struct metric *) **ret_link)
{
    _Atomic(struct metric *) *link = &first_metric;
    struct metric *metric = atomic_load(link);
    while (metric && strcmp(metric->name, name) != 0) {
        link = &metric->next;
        metric = atomic_load(link);
    }
    *ret_link = link;
    return metric;
}

struct metric *metric_new(enum metric_kind kind, const char *name, const char *labels, const char *help)
{
    _Atomic(struct metric *) *link;
    pthread_mutex_lock(&making);
    struct metric *metric = find_metric(name, &link);
    if (!metric) {
        metric = must(calloc(1, sizeof(*metric)));
        metric->kind = kind;
        metric->name = must(strdup(name));
        metric->help = escape_help(help);
        split_labels(metric, labels);
        atomic_store(link, metric);
    }
    pthread_mutex_unlock(&making);
    assert(metric->kind == kind && "a metric's name stands for one kind");
    return metric;
}

/* FNV-1a over the values with their ends. */
static size_t slot_of(const struct metric *metric, const char *const *values)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < metric->label_count; i++) {
        const unsigned char *c = (const unsigned char *)values[i];
        do
            hash = (hash ^ *c) * 16777619u;
        while (*c++);
    }
    return (hash ^ hash >> 16) % SLOTS;
}

static struct metric_series *find_series(struct metric *metric, size_t slot, const char *const *values)
{
    struct metric_series *series = atomic_load_explicit(&metric->slots[slot], memory_order_acquire);
    for (; series; series = series->next) {
        size_t same = 0;
        while (same < metric->label_count && strcmp(series->values[same], values[same]) == 0)
            same++;
        if (same == metric->label_count)
            return series;
    }
    return NULL;
}

static char *join_labels(const struct metric *metric, const char *const *values)
{
    char *labels = NULL;
    size_t size;
    FILE *out = must(open_memstream(&labels, &size));
    for (size_t i = 0; i < metric->label_count; i++) {
        fprintf(out, "%s%s=\"", i > 0 ? "," : "", metric->label_names[i]);
        write_escaped(out, values[i], true);
        fputc('"', out);
    }
    fclose(out);
    return must(labels);
}

static struct metric_series *make_series(const struct metric *metric, const char *const *values)
{
    size_t counts = metric->kind == METRIC_HISTOGRAM_US ? BUCKETS + 1 : 0;
    struct metric_series *series = must(calloc(1, sizeof(*series) + counts * sizeof(series->counts[0])));
    for (size_t i = 0; i < metric->label_count; i++)
        series->values[i] = must(strdup(values[i]));
    series->labels = join_labels(metric, values);
    return series;
}

struct metric_series *metric_series(struct metric *metric, const char *const *values)
{
    size_t slot = slot_of(metric, values);
    struct metric_series *series = find_series(metric, slot, values);
    if (series)
        return series;
    pthread_mutex_lock(&making);
    series = find_series(metric, slot, values);
    if (!series) {
        series = make_series(metric, values);
        series->next = atomic_load_explicit(&metric->slots[slot], memory_order_relaxed);
        atomic_store_explicit(&metric->slots[slot], series, memory_order_release);
    }
    pthread_mutex_unlock(&making);
    return series;
}

void metric_add(struct metric_series *series, int64_t amount)
{
    atomic_fetch_add_explicit(&series->value, amount, memory_order_relaxed);
}

void metric_set(struct metric_series *series, int64_t value)
{
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric_series *series, int64_t duration_us)
{
    size_t bucket = 0;
    while (bucket < BUCKETS && duration_us > buckets[bucket].us)
        bucket++;
    atomic_fetch_add_explicit(&series->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->value, duration_us, memory_order_relaxed);
}

static int64_t value_of(const struct metric_series *series)
{
    return atomic_load_explicit(&series->value, memory_order_relaxed);
}

/* name{labels} or name */
static void write_name(FILE *out, const struct metric *metric, const struct metric_series *series, const char *suffix)
{
    const char *labels = series->labels;
    fprintf(out, *labels ? "%s%s{%s} " : "%s%s%s ", metric->name, suffix, labels);
}

/* _count is the last of the cumulated buckets, so that the two agree although others go on counting. */
static void write_histogram(FILE *out, const struct metric *metric, const struct metric_series *series)
{
    const char *comma = *series->labels ? "," : "";
    uint64_t count = 0;
    for (size_t i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&series->counts[i], memory_order_relaxed);
        fprintf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", metric->name, series->labels, comma,
                i < BUCKETS ? buckets[i].seconds : "+Inf", count);
    }
    int64_t sum_us = value_of(series);
    write_name(out, metric, series, "_sum");
    fprintf(out, "%" PRId64 ".%06" PRId64 "\n", sum_us / 1000000, sum_us % 1000000);
    write_name(out, metric, series, "_count");
    fprintf(out, "%" PRIu64 "\n", count);
}

static void write_series(FILE *out, const struct metric *metric, const struct metric_series *series)
{
    if (metric->kind == METRIC_HISTOGRAM_US) {
        write_histogram(out, metric, series);
        return;
    }
    write_name(out, metric, series, "");
    fprintf(out, "%" PRId64 "\n", value_of(series));
}

static void write_metric(FILE *out, const struct metric *metric)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name, kinds[metric->kind]);
    for (size_t slot = 0; slot < SLOTS; slot++) {
        const struct metric_series *series = atomic_load_explicit(&metric->slots[slot], memory_order_acquire);
        for (; series; series = series->next)
            write_series(out, metric, series);
    }
}

char *metrics_render(size_t *ret_size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_size);
    if (!out)
        return NULL;
    metrics_process_write(out);
    for (const struct metric *metric = atomic_load(&first_metric); metric; metric = atomic_load(&metric->next))
        write_metric(out, metric);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
