/*
 * The codes of orders in the database, as digests.
 */
#ifndef ORDERS_CODE_STORE_H
#define ORDERS_CODE_STORE_H

#include "cod.h"
#include "db.h"

/* Inside db_transact(): the code of that kind from now on; code_store_is_sent_too_often() tells when it was the fourth. */
void code_store_send_put(struct db *db, const char *order_id, enum cod_code kind,
                         const unsigned char digest[COD_DIGEST_SIZE], int64_t now_us);
bool code_store_is_sent_too_often(const struct db *db);

struct code_guess {
    struct db_bytes digest;         /* what the right code's is */
    int64_t guesses_left;           /* after this one */
};

/* Uses up one guess, right or wrong. DB_NONE: there is no code, or too many were wrong. */
enum db_outcome code_store_guess(struct db *db, const char *order_id, enum cod_code kind, struct code_guess *ret_guess,
                                 struct arena *arena, struct error *err) MUST_CHECK;

struct code_state {
    int64_t guesses_left;
    int64_t sends;
    int64_t made_at_us;
};

/* DB_NONE: the order has no such code. */
enum db_outcome code_store_find(struct db *db, const char *order_id, enum cod_code kind, struct code_state *ret_state,
                                struct arena *arena, struct error *err) MUST_CHECK;

#endif
