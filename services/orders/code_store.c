/* Codes as rows. */
#include "code_store.h"

#include <string.h>

#include "code_sql.h"

void code_store_send_put(struct db *db, const char *order_id, enum cod_code kind,
                         const unsigned char digest[COD_DIGEST_SIZE], int64_t now_us)
{
    struct db_bytes bytes = {digest, COD_DIGEST_SIZE};
    db_send(db, &sql_code_put,
            DB_ARGS(DB_ARG(order_id), DB_ARG(cod_code_name(kind)), DB_ARG(bytes), DB_ARG(COD_CODE_GUESSES), DB_ARG(now_us)));
}

bool code_store_is_sent_too_often(const struct db *db)
{
    return strcmp(db_constraint(db), "order_code_sent_too_often") == 0;
}

enum db_outcome code_store_guess(struct db *db, const char *order_id, enum cod_code kind, struct code_guess *ret_guess,
                                 struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct code_guess, digest),
                                               DB_COLUMN(struct code_guess, guesses_left)};
    static const struct db_shape shape = DB_SHAPE(struct code_guess, columns);
    return db_one(db, &sql_code_guess, DB_ARGS(DB_ARG(order_id), DB_ARG(cod_code_name(kind))), &shape, ret_guess, arena, err);
}

enum db_outcome code_store_find(struct db *db, const char *order_id, enum cod_code kind, struct code_state *ret_state,
                                struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct code_state, guesses_left),
                                               DB_COLUMN(struct code_state, sends),
                                               DB_COLUMN(struct code_state, made_at_us)};
    static const struct db_shape shape = DB_SHAPE(struct code_state, columns);
    return db_one(db, &sql_code_find, DB_ARGS(DB_ARG(order_id), DB_ARG(cod_code_name(kind))), &shape, ret_state, arena, err);
}
