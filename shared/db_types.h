/*
 * Which types of PostgreSQL stand for which kinds of values; only the parts of db include it.
 */
#ifndef PORTAL_DB_TYPES_H
#define PORTAL_DB_TYPES_H

#include <libpq-fe.h>

#include "clock.h"
#include "db.h"

/* The numbers of built-in types (pg_type.dat); they never change. From TYPE_FIRST_OF_USERS on, types are made by people. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_JSON = 114,
    TYPE_INT2_ARRAY = 1005,
    TYPE_INT4_ARRAY = 1007,
    TYPE_TEXT_ARRAY = 1009,
    TYPE_VARCHAR_ARRAY = 1015,
    TYPE_INT8_ARRAY = 1016,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_UUID = 2950,
    TYPE_UUID_ARRAY = 2951,
    TYPE_JSONB = 3802,
    TYPE_FIRST_OF_USERS = 16384
};

/* PostgreSQL counts microseconds from 2000-01-01T00:00:00Z. */
#define DB_EPOCH_OFFSET_US (INT64_C(946684800) * US_PER_S)

/*
 * A binary array: how many dimensions, whether there are NULLs, type of the elements, their count, the first index; then each
 * element behind its size. An empty one may end after the type.
 */
#define DB_ARRAY_HEADER 20

/* Types that an extension or a migration made (citext, enums) look like text in both forms and fit DB_TEXT. */
bool db_type_fits(enum db_kind kind, Oid type);
const char *db_type_kind_name(enum db_kind kind);

/* Bytes of the member that takes a value of the kind. */
size_t db_type_member_size(enum db_kind kind);

Oid db_type_element(Oid array_type);

#endif
