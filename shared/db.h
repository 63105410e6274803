/*
 * PostgreSQL through named statements: one struct db is one connection, used by one thread at a time (a worker owns its own).
 *
 * Statements are written in .sql files beside their store ("-- name: insert_order" starts one) and embedded at build time as
 * `const struct sql sql_<file>_<name>`. They are prepared on a connection at first use, and what the server then tells about
 * parameters and columns is compared with what the caller declares: a difference is a bug of ours and ends the process.
 *
 * Arguments are a list of struct db_arg, results a list of struct db_column over a plain struct, whose kinds follow from the C
 * types of the members.
 *
 *   C                                     PostgreSQL
 *   const char * (NULL is NULL)           text, varchar, uuid, jsonb, json, name, citext, enums
 *   int64_t                               int2, int4, int8, timestamptz (microseconds since 1970; the ends of the range are
 *                                         -infinity and infinity)
 *   bool                                  bool
 *   struct db_bytes (data NULL is NULL)   bytea
 *   struct db_texts                       text[], varchar[], uuid[]
 *   struct db_ints                        int8[], int4[], int2[]
 * A NULL that arrives in an int64_t is 0, in a bool false, in a db_texts or db_ints no elements. A db_texts or db_ints without
 * elements goes as an empty array; db_arg_null() makes a NULL of any kind. Elements are never NULL: that is a bug of ours.
 * A malformed uuid or a number too large for its column is refused by the server: DB_BROKEN, and an error in the log.
 *
 * Connections are opened when first needed and again after they broke, one attempt for each call or transaction; a statement is
 * never repeated by this layer outside db_transact(). Sessions run in UTC.
 */
#ifndef PORTAL_DB_H
#define PORTAL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct sql {
    const char *name;           /* "orders.insert_order" */
    const char *text;
};

struct db_bytes { const void *data; size_t size; };
struct db_texts { const char *const *values; size_t count; };
struct db_ints { const int64_t *values; size_t count; };

enum db_kind { DB_TEXT, DB_INT, DB_BOOL, DB_BYTES, DB_TEXTS, DB_INTS };

struct db_arg {
    enum db_kind kind;
    union {
        const char *text;
        int64_t number;
        bool truth;
        struct db_bytes bytes;
        struct db_texts texts;
        struct db_ints ints;
    } as;
    bool is_null;
};

struct db_arg db_arg_text(const char *text);
struct db_arg db_arg_int(int64_t number);
struct db_arg db_arg_bool(bool truth);
struct db_arg db_arg_bytes(struct db_bytes bytes);
struct db_arg db_arg_texts(struct db_texts texts);
struct db_arg db_arg_ints(struct db_ints ints);
struct db_arg db_arg_null(enum db_kind kind);

/* DB_ARG(order->id): the constructor that fits the C type; an int is taken as int64_t. */
#define DB_ARG(value)                                                                                                    \
    _Generic((value), const char *: db_arg_text, char *: db_arg_text, int: db_arg_int, int64_t: db_arg_int,              \
             uint32_t: db_arg_int, bool: db_arg_bool, struct db_bytes: db_arg_bytes, struct db_texts: db_arg_texts,      \
             struct db_ints: db_arg_ints)(value)

/* DB_ARGS(DB_ARG(a), DB_ARG(b)) gives the two arguments `args, arg_count` of the functions below; DB_NO_ARGS for none. */
#define DB_ARGS(...) (const struct db_arg[]){__VA_ARGS__}, sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)
#define DB_NO_ARGS NULL, 0

struct db_column {
    enum db_kind kind;
    size_t offset;
};

#define DB_KIND_OF_(value)                                                                                               \
    _Generic((value), const char *: DB_TEXT, int64_t: DB_INT, bool: DB_BOOL, struct db_bytes: DB_BYTES,                  \
             struct db_texts: DB_TEXTS, struct db_ints: DB_INTS)
#define DB_COLUMN(type, member) {DB_KIND_OF_(((type *)0)->member), offsetof(type, member)}

/* The shape of a row: the statement's columns, in order, as members of one struct. */
struct db_shape {
    const struct db_column *columns;
    size_t count;
    size_t row_size;            /* sizeof the struct */
};
#define DB_SHAPE(type, column_array) {(column_array), sizeof(column_array) / sizeof((column_array)[0]), sizeof(type)}

/* What became of a statement. */
enum db_outcome {
    DB_OK,          /* done; for db_one(): a row was found */
    DB_NONE,        /* db_one(): no row; db_exec(): no row was changed; db_all() gives DB_OK and a count of 0 instead */
    DB_CONFLICT,    /* a constraint refused it: unique, foreign key, check, exclusion; db_constraint() names it */
    DB_RETRY,       /* serialisation failure or deadlock: db_transact() runs its function again */
    DB_UNKNOWN,     /* the connection was lost while committing: it may or may not have happened. Outside db_transact() every
                       statement commits, and those that do not begin with SELECT can end like this */
    DB_BROKEN,      /* no connection, a timeout, a full disk, a mistake in the SQL: it did not happen */
};

struct db;

struct db_options {
    const char *conninfo;           /* libpq's: "postgresql://..." or "host=... user=..." */
    const char *application_name;
    int statement_timeout_ms;       /* 0: none */
    int connect_timeout_s;
};

struct db *db_new(const struct db_options *options);    /* does not connect yet */
void db_free(struct db *db);                            /* accepts NULL */

/* Connects if there is no connection; for readiness probes and start-up. */
enum db_outcome db_connect(struct db *db, struct error *err);

/*
 * Each of these waits for its result. Outside db_transact() a statement is its own transaction. `err` gets a general sentence
 * for every outcome but DB_OK and DB_NONE (the server's own message goes to the log, it may hold data); for DB_NONE and
 * DB_CONFLICT the caller usually says something better.
 *
 * db_one: the first row into *row (a struct of that shape). db_all: every row, as an array in the arena.
 * db_exec: no rows wanted; *ret_changed (may be NULL) tells how many were inserted, updated or deleted.
 * Strings and arrays in rows live in `arena`.
 */
enum db_outcome db_one(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                       const struct db_shape *shape, void *row, struct arena *arena, struct error *err) MUST_CHECK;
enum db_outcome db_all(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                       const struct db_shape *shape, void **ret_rows, size_t *ret_count, struct arena *arena,
                       struct error *err) MUST_CHECK;
enum db_outcome db_exec(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                        int64_t *ret_changed, struct error *err) MUST_CHECK;

/*
 * Inside db_transact() only: puts the statement into the pipeline and does not wait, but at its first use on a connection, when
 * it must be prepared, and at every 256th in a row. Its failure is told by the next waiting call or by the commit; rows that it
 * gives are dropped. Arguments are copied.
 */
void db_send(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count);

/* Inside db_transact() only: waits for all that was sent; the outcome is the first that is not DB_OK. */
enum db_outcome db_flush(struct db *db, struct error *err) MUST_CHECK;

/*
 * Runs `fn` in a transaction (READ COMMITTED, pipelined: a transaction that only sends costs one round trip) and commits when
 * it returns STATUS_OK; any other status rolls back and is returned. After DB_RETRY anywhere inside, all is rolled back and
 * `fn` runs again, up to 5 times with growing random pauses, so it must have no effect but through `db`. A commit whose answer
 * was lost is STATUS_UNKNOWN. After any other failure inside, even one that `fn` overlooks, the server takes no more statements:
 * STATUS_OK from `fn` then becomes the usual status of that failure.
 *
 * Inside another transaction it joins that one: `fn` runs once, what it sent is waited for, and whether it is saved is decided by
 * the outer commit. When it fails, the outer transaction cannot succeed any more.
 */
enum status db_transact(struct db *db, enum status (*fn)(struct db *db, void *arg, struct error *err), void *arg,
                        struct error *err) MUST_CHECK;

/*
 * The constraint that made the last statement outside a transaction, or the last transaction, end as DB_CONFLICT:
 * "orders_number_key"; "" when it ended otherwise. Look at it before the next call.
 */
const char *db_constraint(const struct db *db);

/* Whether the last failure was that a lock was not given within PostgreSQL's lock_timeout. */
bool db_waited_in_vain(const struct db *db);

/* The usual status of an outcome: NONE -> NOT_FOUND, CONFLICT -> ALREADY_EXISTS, RETRY -> ABORTED, UNKNOWN -> UNKNOWN,
 * BROKEN -> UNAVAILABLE. */
enum status db_status(enum db_outcome outcome);

/*
 * COPY ... FROM STDIN inside db_transact(); `sql` is the COPY statement (text format). put() takes whole or partial lines.
 * Between begin and end no other statement is possible; after a failure, and when `fn` gives up, end() is not needed.
 */
enum db_outcome db_copy_begin(struct db *db, const struct sql *sql, struct error *err) MUST_CHECK;
enum db_outcome db_copy_put(struct db *db, const char *data, size_t size, struct error *err) MUST_CHECK;
enum db_outcome db_copy_end(struct db *db, struct error *err) MUST_CHECK;

/* Prepares the statement only; for the test that prepares every named statement against the schema. */
enum db_outcome db_prepare(struct db *db, const struct sql *sql, struct error *err) MUST_CHECK;

#endif
