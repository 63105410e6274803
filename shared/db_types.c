/* The table of types. */
#include "db_types.h"

#define TYPES_MAX 8

static const struct {
    const char *name;
    size_t member_size;
    Oid types[TYPES_MAX];
} kinds[] = {
    [DB_TEXT] = {"text", sizeof(const char *),
                 {TYPE_TEXT, TYPE_VARCHAR, TYPE_UUID, TYPE_JSONB, TYPE_JSON, TYPE_NAME, TYPE_BPCHAR}},
    [DB_INT] = {"an integer", sizeof(int64_t), {TYPE_INT8, TYPE_INT4, TYPE_TIMESTAMPTZ, TYPE_INT2}},
    [DB_BOOL] = {"a bool", sizeof(bool), {TYPE_BOOL}},
    [DB_BYTES] = {"bytes", sizeof(struct db_bytes), {TYPE_BYTEA}},
    [DB_TEXTS] = {"texts", sizeof(struct db_texts), {TYPE_TEXT_ARRAY, TYPE_UUID_ARRAY, TYPE_VARCHAR_ARRAY}},
    [DB_INTS] = {"integers", sizeof(struct db_ints), {TYPE_INT8_ARRAY, TYPE_INT4_ARRAY, TYPE_INT2_ARRAY}},
};

bool db_type_fits(enum db_kind kind, Oid type)
{
    if (type >= TYPE_FIRST_OF_USERS)
        return kind == DB_TEXT;
    for (size_t i = 0; i < TYPES_MAX; i++)
        if (kinds[kind].types[i] == type)
            return true;
    return false;
}

const char *db_type_kind_name(enum db_kind kind)
{
    return kinds[kind].name;
}

size_t db_type_member_size(enum db_kind kind)
{
    return kinds[kind].member_size;
}

Oid db_type_element(Oid array_type)
{
    static const Oid pairs[][2] = {
        {TYPE_TEXT_ARRAY, TYPE_TEXT}, {TYPE_VARCHAR_ARRAY, TYPE_VARCHAR}, {TYPE_UUID_ARRAY, TYPE_UUID},
        {TYPE_INT8_ARRAY, TYPE_INT8}, {TYPE_INT4_ARRAY, TYPE_INT4},       {TYPE_INT2_ARRAY, TYPE_INT2},
    };
    size_t i = 0;
    while (pairs[i][0] != array_type)
        i++;
    return pairs[i][1];
}
