/* The books as rows. */
#include "ledger.h"

#include <assert.h>

#include "ledger_sql.h"
#include "uuid.h"

void ledger_add(struct ledger_posting *posting, const char *account, int64_t amount_minor)
{
    if (amount_minor == 0)
        return;
    assert(posting->count < LEDGER_ENTRIES_MAX && "a posting has few entries");
    posting->accounts[posting->count] = account;
    posting->amounts_minor[posting->count++] = amount_minor;
}

void ledger_send(struct db *db, const struct ledger_posting *posting)
{
    char id[UUID_SIZE];
    if (posting->count == 0)
        return;
    uuid_v7(posting->now_us, id);
    const struct db_texts accounts = {posting->accounts, posting->count};
    const struct db_ints amounts = {posting->amounts_minor, posting->count};
    db_send(db, &sql_ledger_post,
            DB_ARGS(DB_ARG((const char *)id), DB_ARG(posting->kind), DB_ARG(posting->source_id), DB_ARG(posting->order_id),
                    DB_ARG(posting->now_us), DB_ARG(posting->currency_code), DB_ARG(accounts), DB_ARG(amounts)));
}

enum db_outcome ledger_list(struct db *db, const char *order_id, struct ledger_line **ret_lines, size_t *ret_count,
                            struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct ledger_line, kind), DB_COLUMN(struct ledger_line, account),
                                               DB_COLUMN(struct ledger_line, currency_code),
                                               DB_COLUMN(struct ledger_line, amount_minor),
                                               DB_COLUMN(struct ledger_line, at_us)};
    static const struct db_shape shape = DB_SHAPE(struct ledger_line, columns);
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_ledger_list_of_order, DB_ARGS(DB_ARG(order_id)), &shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_lines = rows;
    return outcome;
}
