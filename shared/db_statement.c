/* Statements as one connection knows them: prepared at first use, with the types that the server found. */
#include "db_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db_types.h"

static Oid *copy_types(const PGresult *described, int count, Oid (*type_of)(const PGresult *, int))
{
    Oid *types = calloc((size_t)count + 1, sizeof(*types));
    if (!types)
        db_bug("prepare", "out of memory");
    for (int i = 0; i < count; i++)
        types[i] = type_of(described, i);
    return types;
}

static struct db_statement *statement_new(const struct sql *sql, const PGresult *described)
{
    struct db_statement *statement = calloc(1, sizeof(*statement));
    if (!statement)
        db_bug(sql->name, "out of memory");
    statement->sql = sql;
    statement->param_count = (size_t)PQnparams(described);
    statement->column_count = (size_t)PQnfields(described);
    statement->param_types = copy_types(described, PQnparams(described), PQparamtype);
    statement->column_types = copy_types(described, PQnfields(described), PQftype);
    statement->duration = db_metrics_statement(sql->name);
    return statement;
}

static void statement_free(struct db_statement *statement)
{
    if (!statement)
        return;
    free(statement->param_types);
    free(statement->column_types);
    free(statement);
}

/* Statements are constants, so their address names them. Open addressing: the slot of the statement, or the one it would get. */
static struct db_statement **slot_of(struct db *db, const struct sql *sql)
{
    size_t i = (size_t)(((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % DB_STATEMENT_SLOTS;
    while (db->statements[i] && db->statements[i]->sql != sql)
        i = (i + 1) % DB_STATEMENT_SLOTS;
    return &db->statements[i];
}

static enum db_outcome prepare(struct db *db, const struct sql *sql, struct db_statement **slot)
{
    PGresult *described = NULL;
    if (db->statement_count >= DB_STATEMENT_SLOTS / 4 * 3)
        db_bug(sql->name, "more than %d statements on one connection", DB_STATEMENT_SLOTS / 4 * 3);
    db_link_queue(db, sql->name, PQsendPrepare(db->connection, sql->name, sql->text, 0, NULL));
    db_link_queue(db, sql->name, PQsendDescribePrepared(db->connection, sql->name));
    enum db_outcome outcome = db_link_sync(db, DB_NO_COMMIT, &described);
    if (outcome != DB_OK)
        return outcome;
    *slot = statement_new(sql, described);
    db->statement_count++;
    PQclear(described);
    return DB_OK;
}

enum db_outcome db_statement_get(struct db *db, const struct sql *sql, struct db_statement **ret_statement)
{
    struct db_statement **slot = slot_of(db, sql);
    enum db_outcome outcome = *slot ? DB_OK : prepare(db, sql, slot);
    if (outcome == DB_OK)
        *ret_statement = *slot;
    return outcome;
}

void db_statement_forget_all(struct db *db)
{
    for (size_t i = 0; i < DB_STATEMENT_SLOTS; i++) {
        statement_free(db->statements[i]);
        db->statements[i] = NULL;
    }
    db->statement_count = 0;
}

static void check_one(const struct sql *sql, const char *what, size_t position, enum db_kind kind, Oid type)
{
    if (!db_type_fits(kind, type))
        db_bug(sql->name, "%s %zu is declared as %s, but for the server it is of the type with OID %u", what, position + 1,
               db_type_kind_name(kind), type);
}

void db_statement_check(const struct db_statement *statement, const struct db_arg *args, size_t arg_count,
                        const struct db_shape *shape)
{
    const struct sql *sql = statement->sql;
    if (arg_count != statement->param_count || arg_count > DB_ARGS_MAX)
        db_bug(sql->name, "%zu arguments are given, %zu are wanted, %d are possible", arg_count, statement->param_count,
               DB_ARGS_MAX);
    for (size_t i = 0; i < arg_count; i++)
        check_one(sql, "argument", i, args[i].kind, statement->param_types[i]);
    if (!shape)
        return;
    if (shape->count != statement->column_count)
        db_bug(sql->name, "%zu columns are declared, the server gives %zu", shape->count, statement->column_count);
    for (size_t i = 0; i < shape->count; i++)
        check_one(sql, "column", i, shape->columns[i].kind, statement->column_types[i]);
}
