/*
 * Brings a service's schema up to date: numbered, embedded migrations, each in its own transaction, under an advisory lock so
 * that replicas starting together do not collide, recorded with a digest in `schema_migration` of that schema. A recorded
 * migration whose text has changed since refuses to start.
 *
 * A migration only expands what an older program still uses; what contracts comes a release later.
 */
#ifndef PORTAL_DB_MIGRATE_H
#define PORTAL_DB_MIGRATE_H

#include "db.h"

struct db_migration {
    const char *name;           /* "0001_products" */
    const char *text;
};

/* `migrations` are sorted by name. *ret_applied: how many were new. */
enum status db_migrate(const char *conninfo, const struct db_migration *migrations, size_t count, size_t *ret_applied,
                       struct error *err) MUST_CHECK;

#endif
