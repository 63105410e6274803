/* How many units of an order may still be shipped, taken off or sent back. */
#include "after_units.h"

#include <stdio.h>
#include <string.h>

/* As in "Only 2 of these are left to be shipped." */
static const char *const uses[] = {
    [AFTER_SHIP] = "to be shipped", [AFTER_CREDIT] = "to be refunded", [AFTER_RETURN] = "to be returned"};

static int64_t unshipped(const struct after_line *line)
{
    return line->quantity - line->shipped - line->dropped;
}

int64_t after_units_left(const struct after_line *line, enum after_use use)
{
    int64_t unclaimed = line->shipped - line->credited - line->claimed;
    int64_t arrived = line->delivered - line->claimed;
    switch (use) {
    case AFTER_SHIP:
        return unshipped(line);
    case AFTER_CREDIT:
        return unshipped(line) + unclaimed;
    case AFTER_RETURN:
        return unclaimed < arrived ? unclaimed : arrived;
    }
    return 0;
}

static size_t find_line(const struct after_line *lines, size_t line_count, const char *variant_id)
{
    size_t i = 0;
    while (i < line_count && strcmp(lines[i].variant_id, variant_id) != 0)
        i++;
    return i;
}

static void refuse(struct error *err, size_t index, const char *member, const char *code, const char *sentence)
{
    char field[ERROR_FIELD_MAX];
    snprintf(field, sizeof(field), "lines[%zu].%s", index, member);
    error_field(err, field, code, "%s", sentence);
}

/* False when more are asked for than are left. */
static bool take_one(const struct after_line *lines, size_t line_count, const struct after_units *named, size_t index,
                     enum after_use use, int64_t *taken, struct error *err)
{
    char sentence[ERROR_MESSAGE_MAX];
    size_t i = find_line(lines, line_count, named->variant_id);
    if (i == line_count)
        refuse(err, index, "variantId", "unknown", "This order has no such line.");
    else if (taken[i] != 0)
        refuse(err, index, "variantId", "duplicate", "This line is named twice.");
    else if (named->quantity < 1)
        refuse(err, index, "quantity", "out_of_range", "Name at least one unit.");
    else if (named->quantity > after_units_left(&lines[i], use)) {
        snprintf(sentence, sizeof(sentence), "Only %lld of these are left %s.", (long long)after_units_left(&lines[i], use),
                 uses[use]);
        refuse(err, index, "quantity", "too_many", sentence);
        return false;
    } else
        taken[i] = named->quantity;
    return true;
}

enum status after_units_take(const struct after_line *lines, size_t line_count, const struct after_units *named,
                             size_t named_count, enum after_use use, int64_t *ret_taken, struct error *err)
{
    bool enough = true;
    memset(ret_taken, 0, line_count * sizeof(*ret_taken));
    for (size_t i = 0; i < named_count; i++)
        enough = take_one(lines, line_count, &named[i], i, use, ret_taken, err) && enough;
    if (err->violation_count == 0)
        return STATUS_OK;
    return enough ? err->status : error_set(err, STATUS_FAILED_PRECONDITION, "%s", err->violations[0].message);
}

enum status after_units_take_all(const struct after_line *lines, size_t line_count, enum after_use use, int64_t *ret_taken,
                                 struct error *err)
{
    int64_t all = 0;
    for (size_t i = 0; i < line_count; i++)
        all += ret_taken[i] = after_units_left(&lines[i], use);
    return all > 0 ? STATUS_OK : error_set(err, STATUS_FAILED_PRECONDITION, "Nothing of this order is left %s.", uses[use]);
}

int64_t after_units_dropped(const struct after_line *line, int64_t taken)
{
    return taken < unshipped(line) ? taken : unshipped(line);
}

int64_t after_units_unshipped(const struct after_line *lines, size_t line_count, const int64_t *shipping,
                              const int64_t *dropping)
{
    int64_t rest = 0;
    for (size_t i = 0; i < line_count; i++)
        rest += unshipped(&lines[i]) - (shipping ? shipping[i] : 0) - (dropping ? dropping[i] : 0);
    return rest;
}
