/* Gathers drafts as rows for COPY, and the categories they need, each once. */
#include "product_store.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "uuid.h"

#define ARENA_BLOCK 65536

void staging_init(struct staging *staging)
{
    *staging = (struct staging){.arena = arena_new(ARENA_BLOCK, SIZE_MAX)};
}

static void keep(void *path)
{
    (void)path; /* lives in the arena */
}

void staging_clear(struct staging *staging)
{
    copy_rows_clear(&staging->products);
    copy_rows_clear(&staging->variants);
    copy_rows_clear(&staging->prices);
    copy_rows_clear(&staging->pictures);
    staging->product_count = 0;
    tdestroy(staging->known_paths, keep);
    staging->known_paths = NULL;
    memset(staging->path_counts, 0, sizeof(staging->path_counts));
    memset(staging->path_capacities, 0, sizeof(staging->path_capacities));
    arena_reset(staging->arena);
}

void staging_done(struct staging *staging)
{
    staging_clear(staging);
    copy_rows_done(&staging->products);
    copy_rows_done(&staging->variants);
    copy_rows_done(&staging->prices);
    copy_rows_done(&staging->pictures);
    arena_free(staging->arena);
}

size_t staging_size(const struct staging *staging)
{
    return staging->products.size + staging->variants.size + staging->prices.size + staging->pictures.size;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char **grown(struct arena *arena, const char **list, size_t count, size_t capacity)
{
    const char **larger = ARENA_ARRAY(arena, const char *, capacity);
    if (count > 0)
        memcpy(larger, list, count * sizeof(*list));
    return larger;
}

static void add_path(struct staging *staging, const struct category_path *category, size_t level)
{
    if (tfind(category->paths[level], &staging->known_paths, compare_paths))
        return;
    size_t count = staging->path_counts[level];
    if (count == staging->path_capacities[level]) {
        size_t capacity = staging->path_capacities[level] = count * 2 + 8;
        staging->paths[level] = grown(staging->arena, staging->paths[level], count, capacity);
        staging->parents[level] = grown(staging->arena, staging->parents[level], count, capacity);
        staging->names[level] = grown(staging->arena, staging->names[level], count, capacity);
    }
    const char *path = arena_strdup(staging->arena, category->paths[level]);
    if (!tsearch(path, &staging->known_paths, compare_paths))
        abort();
    staging->paths[level][count] = path;
    staging->parents[level][count] = arena_strdup(staging->arena, category_parent_text(category, level));
    staging->names[level][count] = arena_strdup(staging->arena, category->names[level]);
    staging->path_counts[level]++;
}

static void add_variant(struct staging *staging, const struct product_variant *variant, int64_t position, int64_t now_us)
{
    struct copy_rows *rows = &staging->variants;
    char id[UUID_SIZE];
    uuid_v7(now_us, id);
    copy_int(rows, (int64_t)staging->product_count);
    copy_int(rows, position);
    copy_text(rows, id);
    copy_int(rows, variant->line);
    copy_text(rows, variant->sku);
    copy_text(rows, variant->barcode);
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX; i++)
        copy_text(rows, variant->options[i]);
    copy_int(rows, variant->weight_grams);
    copy_int(rows, variant->on_hand);
    copy_text(rows, variant->sell_policy ? variant->sell_policy : "");
    copy_end(rows);
}

static void add_price(struct staging *staging, const struct product_price *price, int64_t position)
{
    struct copy_rows *rows = &staging->prices;
    copy_int(rows, (int64_t)staging->product_count);
    copy_int(rows, position);
    copy_text(rows, price->currency);
    copy_int(rows, price->amount_minor);
    if (price->compare_at_minor)
        copy_int(rows, price->compare_at_minor);
    else
        copy_null(rows);
    copy_end(rows);
}

static void add_picture(struct staging *staging, const struct picture *picture, int64_t position)
{
    struct copy_rows *rows = &staging->pictures;
    copy_int(rows, (int64_t)staging->product_count);
    copy_int(rows, position);
    copy_text(rows, picture->alt);
    copy_text(rows, picture->url);
    copy_text(rows, picture->media);
    copy_int(rows, picture->width);
    copy_int(rows, picture->height);
    copy_end(rows);
}

static void add_product(struct staging *staging, const struct product_draft *draft, int64_t now_us)
{
    struct copy_rows *rows = &staging->products;
    char id[UUID_SIZE];
    uuid_v7(now_us, id);
    copy_int(rows, (int64_t)staging->product_count);
    copy_text(rows, draft->handle);
    copy_text(rows, id);
    copy_text(rows, draft->title);
    copy_text(rows, draft->description);
    copy_text(rows, draft->vendor);
    copy_text(rows, draft->type);
    copy_texts(rows, draft->tags, draft->tag_count);
    copy_text(rows, product_status_name(draft->status));
    copy_text(rows, category_path_text(&draft->category));
    copy_texts(rows, draft->option_names, draft->option_count);
    copy_text(rows, draft->digest);
    copy_bool(rows, draft->is_whole);
    copy_end(rows);
}

void staging_add(struct staging *staging, const struct product_draft *draft, int64_t now_us)
{
    add_product(staging, draft, now_us);
    for (size_t level = 0; level < draft->category.depth; level++)
        add_path(staging, &draft->category, level);
    for (size_t i = 0; i < draft->variant_count; i++) {
        add_variant(staging, &draft->variants[i], (int64_t)i, now_us);
        for (size_t k = 0; k < draft->variants[i].price_count; k++)
            add_price(staging, &draft->variants[i].prices[k], (int64_t)i);
    }
    for (size_t i = 0; i < draft->picture_count; i++)
        add_picture(staging, &draft->pictures[i], (int64_t)i);
    staging->product_count++;
}
