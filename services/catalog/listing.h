/*
 * How lists of products are ordered, searched and paged: the decisions, without the database.
 */
#ifndef CATALOG_LISTING_H
#define CATALOG_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "cursor.h"

#define LISTING_PAGE_USUAL 24
#define LISTING_PAGE_MAX 100
#define LISTING_QUERY_MAX 200 /* characters of a search */
#define LISTING_WORDS_MAX 12  /* further words are not looked for */

/* The numbers are those of ListProductsRequest.Sort. */
enum listing_sort {
    LISTING_UNSPECIFIED = 0,
    LISTING_RELEVANCE = 1,
    LISTING_NEWEST = 2,
    LISTING_PRICE_LOW = 3,
    LISTING_PRICE_HIGH = 4,
    LISTING_NAME = 5,
};

/* "price_low"; as the statements and page tokens name it. */
const char *listing_sort_name(enum listing_sort sort);

/* The order to use: relevance exists only in a search, where it is the usual one; a list shows the newest first. */
enum listing_sort listing_effective_sort(enum listing_sort asked, bool searching);

/* A word that a shopper typed, and what the catalogue knows of it. */
struct listing_word {
    const char *typed;      /* lower case, no accents */
    int64_t products;       /* in how many it occurs */
    const char *correction; /* the most alike word that occurs, when it occurs in none; NULL: nothing is alike */
};

/* How a list is to be made. */
struct listing_search {
    const char *words;        /* to look for, blanks between; "": everything */
    const char *did_you_mean; /* the same when it is not what was typed; "" otherwise */
    bool is_hopeless;         /* no product can match */
};

struct listing_search listing_plan(const char *query, const struct listing_word *words, size_t count, struct arena *arena);

/* Where a page starts: behind the row with these keys. */
struct listing_place {
    int64_t number_key;
    const char *text_key;
    const char *product_id;
};

/* Before the first row of the order; what a search finds is ordered by other keys than a list. */
struct listing_place listing_start(enum listing_sort sort, bool searching);

struct cursor listing_to_cursor(const struct listing_place *place, struct arena *arena);
struct listing_place listing_from_cursor(const struct cursor *cursor, enum listing_sort sort, bool searching);

#endif
