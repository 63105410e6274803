/*
 * From a path to the row that answers it.
 */
#ifndef PORTAL_ROUTER_H
#define PORTAL_ROUTER_H

#include "arena.h"

#include "params.h"
#include "route.h"

struct router;

struct router_table {
    const struct route *rows;
    size_t count;
};

/* A path found: its rows by method, and what its pattern captured. */
struct router_match {
    const struct route *const *rows; /* ROUTE_METHOD_COUNT of them; NULL where the path does not take the method */
    struct params captures;          /* in the arena */
};

/*
 * Checks every row of every table and builds the router. A row that cannot work (a method that the service does not have, a
 * capture that the request lacks, two rows for one path, a private answer that may be kept ...) is FAILED_PRECONDITION with
 * a sentence that names it. The tables must outlive the router.
 */
enum status router_new(const struct router_table *tables, size_t table_count, struct router **ret_router,
                       struct error *err) MUST_CHECK;
void router_free(struct router *router); /* accepts NULL */

/*
 * Matches a path as it was sent: still percent-encoded, starting with '/', without the query. Its segments are decoded one
 * by one. OK with ret_match->rows NULL when no pattern fits; a literal goes before a capture. INVALID_ARGUMENT for a segment
 * that has a bad escape, an escaped slash or NUL, or is not UTF-8.
 */
enum status router_find(const struct router *router, const char *raw_path, struct arena *arena,
                        struct router_match *ret_match, struct error *err) MUST_CHECK;

/* "GET, HEAD, OPTIONS" for an Allow header. */
const char *router_allow(const struct route *const *rows, struct arena *arena);

/* All rows, in the order of the tables. */
const struct route *const *router_rows(const struct router *router, size_t *ret_count);

#endif
