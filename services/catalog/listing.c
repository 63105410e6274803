/* Orders of lists, the plan of a search, and places in a list. */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

static const char *const sort_names[] = {"unspecified", "relevance", "newest", "price_low", "price_high", "name"};

static const char lowest_id[] = "00000000-0000-0000-0000-000000000000";
static const char highest_id[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const char *listing_sort_name(enum listing_sort sort)
{
    return sort_names[sort];
}

enum listing_sort listing_effective_sort(enum listing_sort asked, bool searching)
{
    if (asked != LISTING_UNSPECIFIED && (asked != LISTING_RELEVANCE || searching))
        return asked;
    return searching ? LISTING_RELEVANCE : LISTING_NEWEST;
}

/* The word to look for instead of `word`; NULL when there is nothing to find. */
static const char *best_word(const struct listing_word *word)
{
    return word->products > 0 ? word->typed : word->correction;
}

struct listing_search listing_plan(const char *query, const struct listing_word *words, size_t count, struct arena *arena)
{
    struct listing_search plan = {.words = "", .did_you_mean = ""};
    if (*query == '\0')
        return plan;
    bool corrected = false;
    for (size_t i = 0; i < count && i < LISTING_WORDS_MAX; i++) {
        const char *word = best_word(&words[i]);
        if (!word) {
            plan.is_hopeless = true;
            return plan;
        }
        corrected |= words[i].products == 0;
        plan.words = arena_printf(arena, "%s%s%s", plan.words, i > 0 ? " " : "", word);
    }
    plan.is_hopeless = count == 0;
    if (corrected)
        plan.did_you_mean = plan.words;
    return plan;
}

struct listing_place listing_start(enum listing_sort sort, bool searching)
{
    if (searching)
        return (struct listing_place){INT64_MIN, "", highest_id};
    switch (sort) {
    case LISTING_PRICE_LOW:
    case LISTING_NAME:
        return (struct listing_place){INT64_MIN, "", lowest_id};
    default:
        return (struct listing_place){INT64_MAX, "", highest_id};
    }
}

struct cursor listing_to_cursor(const struct listing_place *place, struct arena *arena)
{
    const char *number = arena_printf(arena, "%lld", (long long)place->number_key);
    return (struct cursor){.values = {number, place->text_key, place->product_id}, .count = 3};
}

struct listing_place listing_from_cursor(const struct cursor *cursor, enum listing_sort sort, bool searching)
{
    if (cursor->count != 3)
        return listing_start(sort, searching);
    return (struct listing_place){strtoll(cursor->values[0], NULL, 10), cursor->values[1], cursor->values[2]};
}
