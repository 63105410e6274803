/* Orders as rows. */
#include "orders_store.h"

#include <string.h>

#include "orders_sql.h"
#include "saga.h"
#include "uuid.h"

static void send_head(struct db *db, const struct order_record *order)
{
    db_send(db, &sql_orders_insert_order,
            DB_ARGS(DB_ARG(order->id), DB_ARG(order->number), DB_ARG(order->subject), DB_ARG(order->cart_id),
                    DB_ARG(order->status), DB_ARG(order->version), DB_ARG(order->country_code), DB_ARG(order->currency_code),
                    DB_ARG(order->item_count), DB_ARG(order->subtotal_minor), DB_ARG(order->delivery_minor),
                    DB_ARG(order->vat_minor), DB_ARG(order->total_minor), DB_ARG(order->vat_basis_points),
                    DB_ARG(order->vat_included), DB_ARG(order->contact_name), DB_ARG(order->contact_phone),
                    DB_ARG(order->contact_email), DB_ARG(order->recipient), DB_ARG(order->recipient_phone),
                    DB_ARG(order->line1), DB_ARG(order->line2), DB_ARG(order->landmark), DB_ARG(order->city),
                    DB_ARG(order->region), DB_ARG(order->postal_code), DB_ARG(order->note), DB_ARG(order->placed_at_us),
                    order->pay_until_us == 0 ? db_arg_null(DB_INT) : DB_ARG(order->pay_until_us)));
}

/* Lines travel to and from the database as one array for each column. */
#define LINE_TEXTS 8
#define LINE_NUMBERS 7

static const size_t line_texts[LINE_TEXTS] = {
    offsetof(struct order_line, variant_id),
    offsetof(struct order_line, product_handle),
    offsetof(struct order_line, product_title),
    offsetof(struct order_line, variant_title),
    offsetof(struct order_line, sku),
    offsetof(struct order_line, picture_url),
    offsetof(struct order_line, picture_srcset),
    offsetof(struct order_line, picture_alt),
};

static const size_t line_numbers[LINE_NUMBERS] = {
    offsetof(struct order_line, unit_price_minor), offsetof(struct order_line, quantity),
    offsetof(struct order_line, line_total_minor), offsetof(struct order_line, picture_width),
    offsetof(struct order_line, picture_height),   offsetof(struct order_line, awaited),
    offsetof(struct order_line, expected_at_us),
};

struct line_arrays {
    struct db_texts texts[LINE_TEXTS];
    struct db_ints numbers[LINE_NUMBERS];
};

static const char **text_of(struct order_line *line, size_t i)
{
    return (const char **)(void *)((char *)line + line_texts[i]);
}

static int64_t *number_of(struct order_line *line, size_t i)
{
    return (int64_t *)(void *)((char *)line + line_numbers[i]);
}

static struct line_arrays arrays_of_lines(struct order_line *lines, size_t count, struct arena *arena)
{
    struct line_arrays arrays;
    for (size_t i = 0; i < LINE_TEXTS; i++) {
        const char **values = ARENA_ARRAY(arena, const char *, count);
        for (size_t l = 0; l < count; l++)
            values[l] = *text_of(&lines[l], i);
        arrays.texts[i] = (struct db_texts){values, count};
    }
    for (size_t i = 0; i < LINE_NUMBERS; i++) {
        int64_t *values = ARENA_ARRAY(arena, int64_t, count);
        for (size_t l = 0; l < count; l++)
            values[l] = *number_of(&lines[l], i);
        arrays.numbers[i] = (struct db_ints){values, count};
    }
    return arrays;
}

static struct order_line *lines_of_arrays(const struct line_arrays *arrays, struct arena *arena)
{
    size_t count = arrays->texts[0].count;
    struct order_line *lines = ARENA_ARRAY(arena, struct order_line, count);
    for (size_t l = 0; l < count; l++) {
        for (size_t i = 0; i < LINE_TEXTS; i++)
            *text_of(&lines[l], i) = arrays->texts[i].values[l];
        for (size_t i = 0; i < LINE_NUMBERS; i++)
            *number_of(&lines[l], i) = arrays->numbers[i].values[l];
    }
    return lines;
}

static void send_lines(struct db *db, const struct order_record *order, struct arena *arena)
{
    struct line_arrays a = arrays_of_lines(order->lines, order->line_count, arena);
    db_send(db, &sql_orders_insert_lines,
            DB_ARGS(DB_ARG(order->id), DB_ARG(a.texts[0]), DB_ARG(a.texts[1]), DB_ARG(a.texts[2]), DB_ARG(a.texts[3]),
                    DB_ARG(a.texts[4]), DB_ARG(a.texts[5]), DB_ARG(a.texts[6]), DB_ARG(a.texts[7]), DB_ARG(a.numbers[0]),
                    DB_ARG(a.numbers[1]), DB_ARG(a.numbers[2]), DB_ARG(a.numbers[3]), DB_ARG(a.numbers[4]), DB_ARG(a.numbers[5]),
                    DB_ARG(a.numbers[6])));
}

static void send_step(struct db *db, const char *order_id, int64_t version, const struct order_step *step,
                      const char *made_by)
{
    db_send(db, &sql_orders_insert_step,
            DB_ARGS(DB_ARG(order_id), DB_ARG(version), DB_ARG(step->status), DB_ARG(step->what), DB_ARG(step->note),
                    DB_ARG(made_by), DB_ARG(step->made_at_us)));
}

void orders_store_send_order(struct db *db, const struct order_record *order, struct arena *arena)
{
    const struct order_step first = {.status = order->status, .what = "", .note = "", .made_at_us = order->placed_at_us};
    send_head(db, order);
    send_lines(db, order, arena);
    send_step(db, order->id, order->version, &first, order->subject);
    db_send(db, &sql_orders_insert_payment,
            DB_ARGS(DB_ARG(uuid_new(arena)), DB_ARG(order->id), DB_ARG(order->payment_method), DB_ARG(order->payment_status),
                    DB_ARG(order->total_minor), DB_ARG(order->currency_code), DB_ARG(order->placed_at_us)));
}

/* Whatever changes an order may ask for an invoice or a credit note; the step finds out. */
static void send_papers(struct db *db, const struct order_change *change)
{
    const struct saga_plan plan = saga_plan_of("make_papers", change->now_us);
    task_store_send_wake(db, change->order_id, change->order_id, &plan);
}

void orders_store_send_change(struct db *db, const struct order_change *change)
{
    int64_t version = change->version + 1;
    const struct order_step step = {.status = change->status,
                                    .what = change->what ? change->what : "",
                                    .note = change->note,
                                    .made_at_us = change->now_us};
    send_step(db, change->order_id, version, &step, change->made_by);
    db_send(db, &sql_orders_set_status, DB_ARGS(DB_ARG(change->order_id), DB_ARG(change->status), DB_ARG(version)));
    send_papers(db, change);
    if (change->payment_status)
        db_send(db, &sql_orders_set_payment_status,
                DB_ARGS(DB_ARG(change->order_id), DB_ARG(change->payment_status), DB_ARG(change->now_us)));
}

bool orders_store_is_beaten(const struct db *db)
{
    return strcmp(db_constraint(db), "order_step_pkey") == 0;
}

bool orders_store_is_number_taken(const struct db *db)
{
    return strcmp(db_constraint(db), "orders_number_key") == 0;
}

bool orders_store_is_cart_taken(const struct db *db)
{
    return strcmp(db_constraint(db), "orders_cart_key") == 0;
}

/* A row of find_order: the order, and its lines and steps still as arrays. */
struct order_row {
    struct order_record order;
    struct line_arrays lines;
    struct db_texts step_statuses;
    struct db_texts step_whats;
    struct db_texts step_notes;
    struct db_ints step_times;
};

#define ORDER(member) DB_COLUMN(struct order_row, order.member)
#define LINE_TEXT(i) DB_COLUMN(struct order_row, lines.texts[i])
#define LINE_NUMBER(i) DB_COLUMN(struct order_row, lines.numbers[i])

/* clang-format off: rows of a table */
static const struct db_column order_columns[] = {
    ORDER(id), ORDER(number), ORDER(subject), ORDER(cart_id), ORDER(status), ORDER(version), ORDER(country_code),
    ORDER(currency_code), ORDER(item_count), ORDER(subtotal_minor), ORDER(delivery_minor), ORDER(vat_minor),
    ORDER(total_minor), ORDER(vat_basis_points), ORDER(vat_included), ORDER(contact_name), ORDER(contact_phone),
    ORDER(contact_email), ORDER(recipient), ORDER(recipient_phone), ORDER(line1), ORDER(line2), ORDER(landmark),
    ORDER(city), ORDER(region), ORDER(postal_code), ORDER(note), ORDER(placed_at_us), ORDER(pay_until_us),
    ORDER(payment_method),
    ORDER(payment_status), ORDER(needs_code), ORDER(payment_minor), ORDER(captured_minor), ORDER(refunded_minor),
    ORDER(attempt.id), ORDER(attempt.method), ORDER(attempt.state), ORDER(attempt.reference), ORDER(attempt.amount_minor),
    ORDER(attempt.captured_minor), ORDER(attempt.currency_code), ORDER(attempt.captured_currency), ORDER(attempt.phone), ORDER(attempt.action_kind),
    ORDER(attempt.action_url), ORDER(attempt.action_text), ORDER(attempt.reason), ORDER(attempt.provider_ref),
    ORDER(attempt.created_at_us), ORDER(attempt.deadline_at_us),
    LINE_TEXT(0), LINE_TEXT(1), LINE_TEXT(2), LINE_TEXT(3), LINE_TEXT(4), LINE_TEXT(5), LINE_TEXT(6), LINE_TEXT(7),
    LINE_NUMBER(0), LINE_NUMBER(1), LINE_NUMBER(2), LINE_NUMBER(3), LINE_NUMBER(4), LINE_NUMBER(5), LINE_NUMBER(6),
    DB_COLUMN(struct order_row, step_statuses), DB_COLUMN(struct order_row, step_whats),
    DB_COLUMN(struct order_row, step_notes),
    DB_COLUMN(struct order_row, step_times),
};
/* clang-format on */
static const struct db_shape order_shape = DB_SHAPE(struct order_row, order_columns);

static void take_arrays(struct order_row *row, struct arena *arena)
{
    struct order_record *order = &row->order;
    order->line_count = row->lines.texts[0].count;
    order->lines = lines_of_arrays(&row->lines, arena);
    order->step_count = row->step_statuses.count;
    order->steps = ARENA_ARRAY(arena, struct order_step, order->step_count);
    for (size_t i = 0; i < order->step_count; i++)
        order->steps[i] = (struct order_step){.status = row->step_statuses.values[i],
                                              .what = row->step_whats.values[i],
                                              .note = row->step_notes.values[i],
                                              .made_at_us = row->step_times.values[i]};
}

enum db_outcome orders_store_find(struct db *db, const char *id, const char *number, const struct db_texts *subjects,
                                  struct order_record *ret_order, struct arena *arena, struct error *err)
{
    struct order_row row;
    enum db_outcome outcome =
        db_one(db, &sql_orders_find_order,
               DB_ARGS(DB_ARG(id), DB_ARG(number), subjects ? DB_ARG(*subjects) : db_arg_null(DB_TEXTS)), &order_shape, &row,
               arena, err);
    if (outcome != DB_OK)
        return outcome;
    take_arrays(&row, arena);
    *ret_order = row.order;
    return DB_OK;
}

static const struct db_column summary_columns[] = {
    DB_COLUMN(struct order_summary, id),
    DB_COLUMN(struct order_summary, number),
    DB_COLUMN(struct order_summary, status),
    DB_COLUMN(struct order_summary, total_minor),
    DB_COLUMN(struct order_summary, currency_code),
    DB_COLUMN(struct order_summary, item_count),
    DB_COLUMN(struct order_summary, placed_at_us),
    DB_COLUMN(struct order_summary, first_item_title),
    DB_COLUMN(struct order_summary, picture_url),
    DB_COLUMN(struct order_summary, picture_srcset),
    DB_COLUMN(struct order_summary, picture_alt),
    DB_COLUMN(struct order_summary, picture_width),
    DB_COLUMN(struct order_summary, picture_height),
};
const struct db_shape orders_store_summary_shape = DB_SHAPE(struct order_summary, summary_columns);

static enum db_outcome list_rows(struct db *db, const struct orders_page *page, void **ret_rows, size_t *ret_count,
                                 struct arena *arena, struct error *err)
{
    if (page->subjects)
        return db_all(db, &sql_orders_list_of_subjects,
                      DB_ARGS(DB_ARG(*page->subjects), DB_ARG(page->before_id), DB_ARG(page->limit)), &orders_store_summary_shape,
                      ret_rows, ret_count, arena, err);
    if (page->status)
        return db_all(db, &sql_orders_list_by_status,
                      DB_ARGS(DB_ARG(page->status), DB_ARG(page->before_id), DB_ARG(page->limit)), &orders_store_summary_shape, ret_rows,
                      ret_count, arena, err);
    return db_all(db, &sql_orders_list_all, DB_ARGS(DB_ARG(page->before_id), DB_ARG(page->limit)), &orders_store_summary_shape, ret_rows,
                  ret_count, arena, err);
}

enum db_outcome orders_store_list(struct db *db, const struct orders_page *page, struct order_summary **ret_orders,
                                  size_t *ret_count, struct arena *arena, struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome = list_rows(db, page, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_orders = rows;
    return outcome;
}
