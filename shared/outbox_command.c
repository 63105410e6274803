/* How the outbox stands, and what failed delivered again: for people. */
#include "outbox_relay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "outbox_sql.h"

enum db_outcome outbox_look(struct db *db, struct outbox_state *ret_state, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct outbox_state, due), DB_COLUMN(struct outbox_state, failed),
                                               DB_COLUMN(struct outbox_state, age_us)};
    static const struct db_shape shape = DB_SHAPE(struct outbox_state, columns);
    return db_one(db, &sql_outbox_lag, DB_NO_ARGS, &shape, ret_state, arena, err);
}

enum db_outcome outbox_replay(struct db *db, int64_t *ret_count, struct arena *arena, struct error *err)
{
    struct replayed {
        int64_t count;
        const char *woken;
    } row;
    static const struct db_column columns[] = {DB_COLUMN(struct replayed, count), DB_COLUMN(struct replayed, woken)};
    static const struct db_shape shape = DB_SHAPE(struct replayed, columns);
    enum db_outcome outcome = db_one(db, &sql_outbox_replay, DB_NO_ARGS, &shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_count = row.count;
    return outcome;
}

static enum db_outcome run(struct db *db, bool replays, struct arena *arena, struct error *err)
{
    struct outbox_state state;
    int64_t count = 0;
    enum db_outcome outcome = replays ? outbox_replay(db, &count, arena, err) : DB_OK;
    if (outcome == DB_OK && replays)
        printf("%" PRId64 " events are delivered again.\n", count);
    if (outcome == DB_OK)
        outcome = outbox_look(db, &state, arena, err);
    if (outcome == DB_OK)
        printf("events: %" PRId64 " waiting (the oldest for %" PRId64 " s), %" PRId64 " failed\n", state.due,
               state.age_us / US_PER_S, state.failed);
    return outcome;
}

int outbox_command(void *settings, int argc, char **argv)
{
    struct error err;
    bool replays = argc == 2 && strcmp(argv[1], "replay") == 0;
    if (argc > 1 && !replays) {
        fprintf(stderr, "outbox: \"%s\" is not known; nothing, or replay.\n", argv[1]);
        return 2;
    }
    error_clear(&err);
    struct db *db = service_db_new(settings, "outbox command");
    struct arena *arena = arena_new(1024, 1024);
    enum db_outcome outcome = run(db, replays, arena, &err);
    if (outcome != DB_OK)
        fprintf(stderr, "outbox: %s\n", err.message);
    arena_free(arena);
    db_free(db);
    return outcome == DB_OK ? 0 : 1;
}
