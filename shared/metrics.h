/*
 * Numbers for Prometheus: counters, gauges and histograms, declared as static objects and registered once at start.
 *
 * Updating takes no lock (C11 atomics); label values are few and known, or taken from tables of ours, never from users.
 */
#ifndef PORTAL_METRICS_H
#define PORTAL_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct metric;
struct metric_series;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM_US };   /* the histogram takes microseconds, shows seconds */

/* `name` after Prometheus' conventions ("rpc_server_calls_total"); `labels`: names with commas between, "" for none. */
struct metric *metric_new(enum metric_kind kind, const char *name, const char *labels, const char *help);

/* The series of these label values, in the order of the names; made at first use. Keep the pointer where speed matters. */
struct metric_series *metric_series(struct metric *metric, const char *const *values);

void metric_add(struct metric_series *series, int64_t amount);         /* counters and gauges */
void metric_set(struct metric_series *series, int64_t value);          /* gauges */
void metric_observe_us(struct metric_series *series, int64_t duration_us);

/* All metrics in the text format 0.0.4, with process_* ones (memory, CPU, descriptors, start); free() it. */
char *metrics_render(size_t *ret_size);

#endif
