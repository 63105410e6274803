/* Metrics of db, registered by whoever is first. */
#include "db_internal.h"

#include <pthread.h>

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static struct metric *durations;
static struct metric_series *idle_connections;
static struct metric_series *busy_connections;
static struct metric_series *reruns;

static void register_all(void)
{
    durations = metric_new(METRIC_HISTOGRAM_US, "db_query_duration_seconds", "statement",
                           "From giving a statement to the database to having its answer.");
    struct metric *connections = metric_new(METRIC_GAUGE, "db_connections", "state", "Open connections to the database.");
    idle_connections = metric_series(connections, (const char *const[]){"idle"});
    busy_connections = metric_series(connections, (const char *const[]){"in_transaction"});
    struct metric *transactions = metric_new(METRIC_COUNTER, "db_transaction_reruns_total", "",
                                             "Transactions run again after a deadlock or a serialisation failure.");
    reruns = metric_series(transactions, NULL);
}

struct metric_series *db_metrics_statement(const char *name)
{
    pthread_once(&registered, register_all);
    return metric_series(durations, (const char *const[]){name});
}

void db_metrics_connected(int change)
{
    pthread_once(&registered, register_all);
    metric_add(idle_connections, change);
}

void db_metrics_in_transaction(int change)
{
    pthread_once(&registered, register_all);
    metric_add(busy_connections, change);
    metric_add(idle_connections, -change);
}

void db_metrics_rerun(void)
{
    pthread_once(&registered, register_all);
    metric_add(reruns, 1);
}
