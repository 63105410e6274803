/*
 * Numbers for Prometheus: counters, gauges and histograms, made once and kept as long as the process.
 *
 * Updating takes no lock (C11 atomics); label values are few and known, or taken from tables of ours, never from users.
 * Any thread may call any of these.
 */
#ifndef PORTAL_METRICS_H
#define PORTAL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define METRIC_LABELS_MAX 4

struct metric;
struct metric_series;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM_US };   /* the histogram takes microseconds, shows seconds */

/*
 * `name` after Prometheus' conventions ("rpc_server_calls_total"); `labels`: names with commas between, "" for none. Asking
 * for a name again gives the metric there is, so that two clients in one process share theirs. The texts are copied.
 */
struct metric *metric_new(enum metric_kind kind, const char *name, const char *labels, const char *help);

/*
 * The series of these label values, in the order of the names (NULL where there are none); made at first use. Finding it costs
 * a hash of the values and no lock; keep the pointer where even that matters.
 */
struct metric_series *metric_series(struct metric *metric, const char *const *values);

void metric_add(struct metric_series *series, int64_t amount);         /* counters and gauges */
void metric_set(struct metric_series *series, int64_t value);          /* gauges */
void metric_observe_us(struct metric_series *series, int64_t duration_us);

/* All metrics in the text format 0.0.4, with process_* ones (memory, CPU, descriptors, start); free() it. NULL: no memory. */
char *metrics_render(size_t *ret_size);

#endif
