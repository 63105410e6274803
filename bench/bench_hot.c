/*
 * One article that everybody wants: reservations a second by many clients at once.
 *
 *   bench-hot reserve ADDRESS VARIANT CLIENTS SECONDS     ours: ReserveStock of the catalog service at an nng address
 *   bench-hot update DATABASE_URL CLIENTS SECONDS         the limit: each client's transaction updates the article's row
 * where units are left and inserts a hold, in one round trip
 *
 * Prints the number. A client is a thread that waits for its answer before it asks again.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <libpq-fe.h>

#include "catalog.pb-c.h"
#include "clock.h"
#include "rpc_client.h"
#include "uuid.h"

#define CLIENTS_MAX 1000
#define WARM_UP_US (US_PER_S / 2)

RPC_STUB(reserve_stock, catalog__v1__catalog_service__reserve_stock, Catalog__V1__ReserveStockRequest,
         Catalog__V1__ReserveStockReply)

static const char *target; /* address or database */
static const char *variant;
static struct rpc_client *client;
static atomic_bool measuring;
static atomic_bool stopping;
static atomic_long served;

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench-hot: %s: %s\n", what, why);
    exit(1);
}

static void sleep_us(int64_t us)
{
    nanosleep(&(struct timespec){.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000}, NULL);
}

static void count_one(void)
{
    if (atomic_load(&measuring))
        atomic_fetch_add(&served, 1);
}

/* ---- ours ---- */

static void reserve_one(struct arena *arena)
{
    Catalog__V1__StockLine line = CATALOG__V1__STOCK_LINE__INIT;
    Catalog__V1__StockLine *lines[] = {&line};
    Catalog__V1__ReserveStockRequest request = CATALOG__V1__RESERVE_STOCK_REQUEST__INIT;
    const Catalog__V1__ReserveStockReply *reply;
    const struct rpc_meta meta = {.caller = &RPC_SERVICE,
                                  .request_id = "bench",
                                  .traceparent = "",
                                  .idempotency_key = "",
                                  .deadline_us = clock_monotonic_us() + 30 * US_PER_S};
    struct error err;
    error_clear(&err);
    line.variant_id = (char *)variant;
    line.quantity = 1;
    request.order_id = (char *)uuid_new(arena);
    request.country_code = (char *)"KE";
    request.hold_seconds = 3600;
    request.n_lines = 1;
    request.lines = lines;
    if (reserve_stock(client, &meta, arena, &request, &reply, &err) != STATUS_OK)
        die("ReserveStock", err.message);
}

static void *reserve(void *arg)
{
    (void)arg;
    struct arena *arena = arena_new(4096, 1 << 20);
    while (!atomic_load(&stopping)) {
        reserve_one(arena);
        count_one();
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void open_client(int clients)
{
    const struct rpc_client_options options = {target, &catalog__v1__catalog_service__descriptor, clients};
    struct error err;
    error_clear(&err);
    if (rpc_client_open(&options, &client, &err) != STATUS_OK)
        die("client", err.message);
}

/* ---- the limit ---- */

static PGconn *connect_database(void)
{
    PGconn *connection = PQconnectdb(target);
    if (PQstatus(connection) != CONNECTION_OK)
        die("database", PQerrorMessage(connection));
    return connection;
}

static void run_sql(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        die(sql, PQerrorMessage(connection));
    PQclear(result);
}

static void make_tables(void)
{
    PGconn *connection = connect_database();
    run_sql(connection,
            "DROP SCHEMA IF EXISTS bench_hot CASCADE; CREATE SCHEMA bench_hot;"
            "CREATE TABLE bench_hot.stock (id integer PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL,"
            " CHECK (reserved >= 0 AND reserved <= on_hand)) WITH (fillfactor = 80);"
            "CREATE TABLE bench_hot.hold (order_id uuid PRIMARY KEY, stock integer NOT NULL, quantity bigint NOT NULL,"
            " expires_at timestamptz NOT NULL);"
            "INSERT INTO bench_hot.stock VALUES (1, 1000000000, 0)");
    PQfinish(connection);
}

static void drop_tables(void)
{
    PGconn *connection = connect_database();
    run_sql(connection, "SET client_min_messages = warning; DROP SCHEMA bench_hot CASCADE");
    PQfinish(connection);
}

/* Sent as one; the row is locked for no longer than the server needs and its disk. */
static void update_one(PGconn *connection)
{
    char id[UUID_SIZE];
    const char *const values[] = {id};
    static const char *const statements[] = {"begin", "take", "hold", "commit"};
    uuid_v7(clock_now_us(), id);
    for (int i = 0; i < 4; i++)
        if (!PQsendQueryPrepared(connection, statements[i], i == 2, values, NULL, NULL, 0))
            die(statements[i], PQerrorMessage(connection));
    if (!PQpipelineSync(connection))
        die("sync", PQerrorMessage(connection));
    for (int i = 0; i < 4; i++) {
        PGresult *result = PQgetResult(connection);
        if (PQresultStatus(result) != PGRES_COMMAND_OK || (i == 1 && strcmp(PQcmdTuples(result), "1") != 0))
            die(statements[i], PQerrorMessage(connection));
        PQclear(result);
        PQclear(PQgetResult(connection));
    }
    PQclear(PQgetResult(connection));
}

static void *update(void *arg)
{
    (void)arg;
    PGconn *connection = connect_database();
    static const char *const statements[][2] = {
        {"begin", "BEGIN"},
        {"take", "UPDATE bench_hot.stock SET reserved = reserved + 1 WHERE id = 1 AND on_hand - reserved >= 1"},
        {"hold", "INSERT INTO bench_hot.hold VALUES ($1::uuid, 1, 1, now() + interval '1 hour')"},
        {"commit", "COMMIT"},
    };
    for (int i = 0; i < 4; i++)
        PQclear(PQprepare(connection, statements[i][0], statements[i][1], 0, NULL));
    if (!PQenterPipelineMode(connection))
        die("pipeline", PQerrorMessage(connection));
    while (!atomic_load(&stopping)) {
        update_one(connection);
        count_one();
    }
    PQfinish(connection);
    return NULL;
}

/* ---- both ---- */

static double measure(void *(*work)(void *arg), int clients, double seconds)
{
    static pthread_t threads[CLIENTS_MAX];
    for (int i = 0; i < clients; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            die("thread", "there are no more");
    sleep_us(WARM_UP_US);
    int64_t began_us = clock_monotonic_us();
    atomic_store(&measuring, true);
    sleep_us((int64_t)(seconds * (double)US_PER_S));
    atomic_store(&measuring, false);
    double took_s = (double)(clock_monotonic_us() - began_us) / (double)US_PER_S;
    atomic_store(&stopping, true);
    for (int i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    return (double)atomic_load(&served) / took_s;
}

int main(int argc, char **argv)
{
    bool is_ours = argc == 6 && strcmp(argv[1], "reserve") == 0;
    if (!is_ours && (argc != 5 || strcmp(argv[1], "update") != 0))
        die("usage", "bench-hot reserve ADDRESS VARIANT CLIENTS SECONDS | bench-hot update DATABASE_URL CLIENTS SECONDS");
    int clients = atoi(argv[argc - 2]);
    double seconds = strtod(argv[argc - 1], NULL);
    if (clients < 1 || clients > CLIENTS_MAX || seconds <= 0)
        die("usage", "1 to 1000 clients, more than 0 seconds");
    target = argv[2];
    variant = argv[3];
    if (is_ours)
        open_client(clients);
    else
        make_tables();
    printf("%.1f\n", measure(is_ours ? reserve : update, clients, seconds));
    if (is_ours)
        rpc_client_close(client);
    else
        drop_tables();
    return 0;
}
