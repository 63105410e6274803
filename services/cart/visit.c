/* One call on a cart: load, quote, decide, save. */
#include "visit.h"

#include <string.h>

#include "cart_store.h"
#include "cart_view.h"
#include "service.h"
#include "uuid.h"

#define TRIES_MAX 32 /* how often a write decides again after somebody else's came first */

RPC_STUB(quote_variants, catalog__v1__catalog_service__quote_variants, Catalog__V1__QuoteVariantsRequest,
         Catalog__V1__QuoteVariantsReply)

static enum status db_failed(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "The cart cannot be reached at the moment. Try again shortly.");
}

static enum status beaten(struct error *err)
{
    return error_set(err, STATUS_ABORTED, "Your cart is being changed from elsewhere at the same time. Try again.");
}

/* ---- load ---- */

static size_t subjects_of(const Rpc__V1__Caller *caller, const char *subjects[2])
{
    subjects[0] = caller->subject;
    if (caller->kind != RPC__V1__CALLER__KIND__KIND_CUSTOMER || !uuid_is_valid(caller->guest_subject))
        return 1;
    subjects[1] = caller->guest_subject;
    return 2;
}

static struct cart *cart_of(struct cart *carts, size_t count, const char *subject)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(carts[i].subject, subject) == 0)
            return &carts[i];
    return NULL;
}

/* After signing in: the guest's cart becomes the customer's, or goes into the one that the customer has. */
static enum db_outcome take_up_guest(struct visit *visit, const struct cart *own, const struct cart *guest,
                                     struct error *err)
{
    struct arena *arena = visit->call->arena;
    struct db *db = service_db(visit->call);
    if (!own)
        return cart_store_adopt(db, guest, visit->call->meta.caller->subject, err);
    size_t count;
    struct cart_item *items = cart_merge(own, guest, arena, &count);
    for (size_t i = 0; i < count; i++)
        items[i].id = uuid_new(arena);
    return cart_store_merge(db, own, guest, items, count, visit->now_us, arena, err);
}

/* The caller's open cart; NULL when there is none. */
static enum status find_open(struct visit *visit, struct cart **ret_cart, struct error *err)
{
    const char *subjects[2];
    struct db_texts wanted = {subjects, subjects_of(visit->call->meta.caller, subjects)};
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct cart *carts;
        size_t count;
        enum db_outcome outcome =
            cart_store_find_open(service_db(visit->call), wanted, &carts, &count, visit->call->arena, err);
        if (outcome != DB_OK)
            return outcome == DB_CONFLICT ? beaten(err) : db_failed(outcome, err); /* of a transaction that is over */
        struct cart *own = cart_of(carts, count, subjects[0]);
        struct cart *guest = wanted.count == 2 ? cart_of(carts, count, subjects[1]) : NULL;
        if (!guest) {
            *ret_cart = own;
            return STATUS_OK;
        }
        outcome = take_up_guest(visit, own, guest, err);
        if (outcome != DB_OK && outcome != DB_NONE && outcome != DB_CONFLICT)
            return db_failed(outcome, err);
        error_clear(err);
    }
    return beaten(err);
}

static struct cart *empty_cart(struct visit *visit)
{
    struct cart *cart = ARENA_NEW(visit->call->arena, struct cart);
    cart->items = ARENA_ARRAY(visit->call->arena, struct cart_item, 1);
    cart->country_code = visit->wanted->country_code;
    return cart;
}

/* A cart whose country the shop has left is shown in the market that was asked for. */
static enum status load(struct visit *visit, struct error *err)
{
    struct cart *cart = NULL;
    if (find_open(visit, &cart, err) != STATUS_OK)
        return err->status;
    if (visit->cart_id[0] != '\0' && (!cart || strcasecmp(cart->id, visit->cart_id) != 0))
        return error_set(err, STATUS_NOT_FOUND, "You have no such cart. It may have been ordered already.");
    visit->cart = cart ? cart : empty_cart(visit);
    visit->market = markets_find(visit->markets, visit->cart->country_code);
    if (!visit->market)
        visit->market = visit->wanted;
    return STATUS_OK;
}

/* Asks the catalog once for all items of the cart and, unless it is "", for one variant more. */
static enum status quote(struct visit *visit, const char *more, struct error *err)
{
    struct cart *cart = visit->cart;
    char **ids = ARENA_ARRAY(visit->call->arena, char *, cart->count + 1);
    Catalog__V1__QuoteVariantsRequest request = CATALOG__V1__QUOTE_VARIANTS_REQUEST__INIT;
    request.country_code = visit->market->country_code;
    request.variant_ids = ids;
    for (size_t i = 0; i < cart->count; i++)
        ids[request.n_variant_ids++] = (char *)cart->items[i].variant_id;
    if (more[0] != '\0' && !cart_item_by_variant(cart, more))
        ids[request.n_variant_ids++] = (char *)more;
    visit->quotes = NULL;
    if (request.n_variant_ids == 0)
        return STATUS_OK;
    struct rpc_meta meta = visit->call->meta;
    meta.caller = &RPC_SERVICE;
    meta.idempotency_key = "";
    meta.may_repeat = true;
    return quote_variants(visit->catalog, &meta, visit->call->arena, &request, &visit->quotes, err);
}

enum status visit_look(struct visit *visit, struct error *err)
{
    if (load(visit, err) != STATUS_OK)
        return err->status;
    return quote(visit, "", err);
}

/* ---- decide and save: each changes the loaded cart by the rules and saves it; *ret_saved is DB_NONE when somebody else's
 * change came first ---- */

static void see(struct cart_item *item, const Catalog__V1__VariantQuote *quoted)
{
    item->product_title = quoted->product_title;
    item->variant_title = quoted->variant_title;
    item->seen_price_minor = quoted->price->amount_minor;
    item->seen_currency = quoted->price->currency_code;
}

static enum status add(struct visit *visit, enum db_outcome *ret_saved, struct error *err)
{
    if (quote(visit, visit->variant_id, err) != STATUS_OK)
        return err->status;
    const Catalog__V1__VariantQuote *quoted = cart_view_quote(visit->quotes, visit->variant_id);
    struct cart_offer offer = cart_view_offer(quoted);
    if (!offer.is_sold)
        return error_set(err, STATUS_NOT_FOUND, "This product is not sold in %s.", visit->market->name);
    struct cart *cart = visit->cart;
    struct cart_item wanted = {
        .id = uuid_new(visit->call->arena), .variant_id = quoted->variant_id, .quantity = visit->quantity};
    struct cart_item *item;
    see(&wanted, quoted);
    if (cart_add(cart, &wanted, &offer, &item, err) != STATUS_OK)
        return err->status;
    if (cart->id) {
        *ret_saved = cart_store_put_item(service_db(visit->call), cart, item, visit->now_us, err);
        return STATUS_OK;
    }
    cart->id = uuid_new(visit->call->arena);
    cart->subject = visit->call->meta.caller->subject;
    *ret_saved = cart_store_create(service_db(visit->call), cart, visit->now_us, err);
    return STATUS_OK;
}

static enum status find_item(const struct visit *visit, struct cart_item **ret_item, struct error *err)
{
    *ret_item = cart_item_by_id(visit->cart, visit->item_id);
    return *ret_item ? STATUS_OK : error_set(err, STATUS_NOT_FOUND, "This item is not in your cart (any more).");
}

static enum status set_quantity(struct visit *visit, enum db_outcome *ret_saved, struct error *err)
{
    struct cart_item *item;
    if (find_item(visit, &item, err) != STATUS_OK || quote(visit, "", err) != STATUS_OK)
        return err->status;
    const Catalog__V1__VariantQuote *quoted = cart_view_quote(visit->quotes, item->variant_id);
    struct cart_offer offer = cart_view_offer(quoted);
    if (cart_set_quantity(item, visit->quantity, &offer, err) != STATUS_OK)
        return err->status;
    see(item, quoted);
    *ret_saved = cart_store_put_item(service_db(visit->call), visit->cart, item, visit->now_us, err);
    return STATUS_OK;
}

static enum status remove_item(struct visit *visit, enum db_outcome *ret_saved, struct error *err)
{
    struct cart_item *item;
    if (find_item(visit, &item, err) != STATUS_OK)
        return err->status;
    *ret_saved = cart_store_remove_item(service_db(visit->call), visit->cart, item->id, visit->now_us, err);
    if (*ret_saved != DB_OK)
        return STATUS_OK;
    cart_remove(visit->cart, item);
    return quote(visit, "", err);
}

/* The prices of the new market are the ones that the shopper is about to see. */
static enum status move(struct visit *visit, enum db_outcome *ret_saved, struct error *err)
{
    struct cart *cart = visit->cart;
    visit->market = visit->wanted;
    cart->country_code = visit->wanted->country_code;
    if (quote(visit, "", err) != STATUS_OK || !cart->id)
        return err->status;
    for (size_t i = 0; i < cart->count; i++) {
        const Catalog__V1__VariantQuote *quoted = cart_view_quote(visit->quotes, cart->items[i].variant_id);
        if (cart_view_offer(quoted).is_sold)
            see(&cart->items[i], quoted);
    }
    *ret_saved = cart_store_set_country(service_db(visit->call), cart, visit->now_us, visit->call->arena, err);
    return STATUS_OK;
}

static enum status change(struct visit *visit,
                          enum status (*decide)(struct visit *visit, enum db_outcome *ret_saved, struct error *err),
                          struct error *err)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        enum db_outcome outcome = DB_OK;
        if (load(visit, err) != STATUS_OK || decide(visit, &outcome, err) != STATUS_OK)
            return err->status;
        if (outcome == DB_OK) {
            visit->cart->updated_at_us = visit->cart->id ? visit->now_us : 0;
            return STATUS_OK;
        }
        if (outcome != DB_NONE)
            return db_failed(outcome, err);
    }
    return beaten(err);
}

enum status visit_add(struct visit *visit, struct error *err)
{
    return change(visit, add, err);
}

enum status visit_set_quantity(struct visit *visit, struct error *err)
{
    return change(visit, set_quantity, err);
}

enum status visit_remove(struct visit *visit, struct error *err)
{
    return change(visit, remove_item, err);
}

enum status visit_move(struct visit *visit, struct error *err)
{
    return change(visit, move, err);
}
