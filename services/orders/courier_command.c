/* How the courier's messages stand, and what failed sent again: for people. */
#include "courier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "courier_store.h"
#include "service.h"

static enum db_outcome run(struct db *db, bool replays, struct arena *arena, struct error *err)
{
    struct courier_count *counts;
    size_t count;
    int64_t replayed = 0;
    enum db_outcome outcome = replays ? courier_store_replay(db, NULL, NULL, &replayed, arena, err) : DB_OK;
    if (outcome == DB_OK && replays)
        printf("%" PRId64 " messages are sent again.\n", replayed);
    if (outcome == DB_OK)
        outcome = courier_store_counts(db, &counts, &count, arena, err);
    if (outcome != DB_OK)
        return outcome;
    for (size_t i = 0; i < count; i++)
        printf("%s: %" PRId64 " %s (the oldest for %" PRId64 " s)\n", counts[i].kind, counts[i].messages, counts[i].state,
               counts[i].age_us / US_PER_S);
    if (count == 0)
        printf("messages: all delivered\n");
    return DB_OK;
}

int courier_command(void *settings, int argc, char **argv)
{
    struct error err;
    bool replays = argc == 2 && strcmp(argv[1], "replay") == 0;
    if (argc > 1 && !replays) {
        fprintf(stderr, "messages: \"%s\" is not known; nothing, or replay.\n", argv[1]);
        return 2;
    }
    error_clear(&err);
    struct db *db = service_db_new(settings, "courier command");
    struct arena *arena = arena_new(1024, 1024);
    enum db_outcome outcome = run(db, replays, arena, &err);
    if (outcome != DB_OK)
        fprintf(stderr, "messages: %s\n", err.message);
    arena_free(arena);
    db_free(db);
    return outcome == DB_OK ? 0 : 1;
}
