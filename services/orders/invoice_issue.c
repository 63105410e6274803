/* The transactions that make an invoice and a credit note. */
#include "invoice_issue.h"

#include "clock.h"
#include "invoice_content.h"
#include "invoice_store.h"
#include "uuid.h"

/* What a transaction of this file is given. */
struct issue {
    const struct markets *markets;
    const char *order_id;
    const struct invoice_credit *credit;    /* NULL: the invoice */
    struct arena *arena;
};

static enum status failed(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Invoices cannot be reached at the moment.");
}

/* Gives the next number of the series, which stays locked until the commit. */
static enum status number_next(struct db *db, enum invoice_kind kind, const char *country_code, struct invoice_place *place,
                               char number[INVOICE_NUMBER_SIZE], struct arena *arena, struct error *err)
{
    enum db_outcome outcome =
        invoice_store_next_number(db, invoice_kind_name(kind), country_code, &place->sequence, arena, err);
    if (outcome != DB_OK)
        return failed(outcome, err);
    place->id = uuid_new(arena);
    place->country_code = country_code;
    invoice_number_format(kind, country_code, place->sequence, number);
    return STATUS_OK;
}

static void send(struct db *db, const struct invoice_place *place, const Orders__V1__Invoice *invoice, struct arena *arena)
{
    const struct invoice_row row = {
        .kind = invoice_kind_name((enum invoice_kind)invoice->kind),
        .number = invoice->number,
        .currency_code = invoice->total->currency_code,
        .total_minor = invoice->total->amount_minor,
        .vat_minor = invoice->vat_total->amount_minor,
        .content = invoice_content_write(invoice, arena),
        .issued_at_us = clock_from_timestamp(invoice->issued_at),
    };
    invoice_store_send(db, place, &row);
}

static enum status load_order(struct db *db, const char *order_id, struct order_record *ret_order, struct arena *arena,
                              struct error *err)
{
    enum db_outcome outcome = orders_store_find(db, order_id, NULL, NULL, ret_order, arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "There is no such order.");
    return outcome == DB_OK ? STATUS_OK : failed(outcome, err);
}

static const Types__V1__Market *market_with_seller(const struct markets *markets, const char *country_code,
                                                   struct error *err)
{
    const Types__V1__Market *market = markets_find(markets, country_code);
    if (market && market->seller && market->seller->name[0] != '\0')
        return market;
    error_set(err, STATUS_FAILED_PRECONDITION, "The market %s names no seller, and an invoice needs one.", country_code);
    return NULL;
}

static enum status send_invoice(struct db *db, void *arg, struct error *err)
{
    const struct issue *issue = arg;
    struct invoice_place place = {.order_id = issue->order_id, .source_id = issue->order_id};
    struct order_record order;
    char number[INVOICE_NUMBER_SIZE];
    bool is_made = false;
    enum db_outcome outcome = invoice_store_is_made(db, invoice_kind_name(INVOICE_KIND_INVOICE), issue->order_id, &is_made,
                                                    issue->arena, err);
    if (outcome != DB_OK)
        return failed(outcome, err);
    if (is_made)
        return STATUS_OK;
    if (load_order(db, issue->order_id, &order, issue->arena, err) != STATUS_OK)
        return err->status;
    const Types__V1__Market *market = market_with_seller(issue->markets, order.country_code, err);
    if (!market || number_next(db, INVOICE_KIND_INVOICE, order.country_code, &place, number, issue->arena, err) != STATUS_OK)
        return err->status;
    send(db, &place, invoice_content_of_order(&order, market, number, clock_now_us(), issue->arena), issue->arena);
    return STATUS_OK;
}

static enum status load_invoice(struct db *db, const char *order_id, Orders__V1__Invoice **ret_invoice, struct arena *arena,
                                struct error *err)
{
    struct invoice_row row;
    enum db_outcome outcome = invoice_store_find(db, order_id, NULL, &row, arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "The order has no invoice that could be corrected.");
    return outcome == DB_OK ? invoice_content_read(row.content, arena, ret_invoice, err) : failed(outcome, err);
}

/* What the note gives back: as wished, but never more than what is left of the invoice. */
static int64_t amount_of(const struct invoice_credit *credit, int64_t total_minor, struct invoice_credited before)
{
    int64_t left = total_minor - before.total_minor;
    return credit->amount_minor == 0 || credit->amount_minor > left ? left : credit->amount_minor;
}

static enum status send_note(struct db *db, const struct issue *issue, const Orders__V1__Invoice *invoice,
                             struct invoice_credited before, struct error *err)
{
    const struct invoice_credit *credit = issue->credit;
    struct invoice_place place = {.order_id = credit->order_id, .source_id = credit->source_id};
    char number[INVOICE_NUMBER_SIZE];
    struct invoice_credit_note note = {.number = number, .reason = credit->reason};
    note.amount_minor = amount_of(credit, invoice->total->amount_minor, before);
    if (note.amount_minor <= 0)
        return STATUS_OK;
    note.vat_minor =
        invoice_credit_vat(invoice->total->amount_minor, invoice->vat_total->amount_minor, before, note.amount_minor);
    if (number_next(db, INVOICE_KIND_CREDIT_NOTE, invoice->country_code, &place, number, issue->arena, err) != STATUS_OK)
        return err->status;
    send(db, &place, invoice_content_of_credit(invoice, &note, clock_now_us(), issue->arena), issue->arena);
    return STATUS_OK;
}

static enum status send_credit(struct db *db, void *arg, struct error *err)
{
    const struct issue *issue = arg;
    const struct invoice_credit *credit = issue->credit;
    struct invoice_credited before = {0};
    Orders__V1__Invoice *invoice;
    bool is_made = false;
    invoice_store_send_lock_order(db, credit->order_id);
    enum db_outcome outcome = invoice_store_is_made(db, invoice_kind_name(INVOICE_KIND_CREDIT_NOTE), credit->source_id,
                                                    &is_made, issue->arena, err);
    if (outcome == DB_OK)
        outcome = invoice_store_sum_credits(db, credit->order_id, &before.total_minor, &before.vat_minor, issue->arena, err);
    if (outcome != DB_OK)
        return failed(outcome, err);
    if (is_made)
        return STATUS_OK;
    if (load_invoice(db, credit->order_id, &invoice, issue->arena, err) != STATUS_OK)
        return err->status;
    return send_note(db, issue, invoice, before, err);
}

static enum status transact(struct db *db, enum status (*fn)(struct db *, void *, struct error *), struct issue *issue,
                            struct error *err)
{
    enum status status = db_transact(db, fn, issue, err);
    return status == STATUS_ALREADY_EXISTS && invoice_store_is_beaten(db) ? STATUS_OK : status;
}

enum status invoice_issue(struct db *db, const struct markets *markets, const char *order_id, struct arena *arena,
                          struct error *err)
{
    struct issue issue = {.markets = markets, .order_id = order_id, .arena = arena};
    return transact(db, send_invoice, &issue, err);
}

enum status invoice_issue_credit(struct db *db, const struct invoice_credit *credit, struct arena *arena, struct error *err)
{
    struct issue issue = {.credit = credit, .order_id = credit->order_id, .arena = arena};
    return transact(db, send_credit, &issue, err);
}
