/* The exceptions of the pages' table that have to do with shopping: shelves, carts, markets, addresses, sign-ins. */
#include "page_special.h"

#include <string.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "orders.pb-c.h"
#include "pbjson.h"

#include "../session.h"
#include "page_key.h"
#include "page_view.h"

#define SHELVES 4
#define SHELF_SIZE 4

static bool is_known(const struct exchange *x)
{
    return x->caller->kind != RPC__V1__CALLER__KIND__KIND_NOBODY;
}

static json_t *decorated(const struct page_run *run, const ProtobufCMessage *message)
{
    json_t *json = pbjson_encode(message);
    decorate(json, message->descriptor, &run->market->decorator);
    return json;
}

/* The first object of a list whose member `name` has that text; NULL when there is none. */
static json_t *find(const json_t *list, const char *name, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *object = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(object, name)), text) == 0)
            return object;
    }
    return NULL;
}

/* Home: the tree of categories, and shelves. */

/* Parents stand before their children; those further down than the second level are found on their parents' pages. */
void page_special_add_tree(struct exchange *x, struct page_run *run)
{
    (void)x;
    const json_t *all = json_object_get(json_object_get(run->view, "tree"), "categories");
    json_t *roots = json_array();
    size_t index;
    json_t *category;
    json_array_foreach((json_t *)all, index, category) {
        json_t *root = find(roots, "path", json_string_value(json_object_get(category, "parentPath")));
        if (json_is_false(json_object_get(category, "hasProductCount")))
            continue;
        if (root)
            json_array_append(json_object_get(root, "children"), category);
        else if (json_integer_value(json_object_get(category, "depth")) == 0) {
            json_object_set_new(category, "children", json_array());
            json_array_append(roots, category);
        }
    }
    json_object_set_new(run->view, "roots", roots);
}

void page_special_ask_shelves(struct exchange *x, struct page_run *run)
{
    const Catalog__V1__ListCategoriesReply *tree = (const Catalog__V1__ListCategoriesReply *)run->results[0]->reply;
    for (size_t i = 0; i < tree->n_categories && run->extra_count < SHELVES; i++) {
        const Catalog__V1__Category *category = tree->categories[i];
        if (category->depth != 0 || category->product_count == 0)
            continue;
        Catalog__V1__ListProductsRequest *request = ARENA_NEW(x->arena, Catalog__V1__ListProductsRequest);
        catalog__v1__list_products_request__init(request);
        request->country_code = x->market->country_code;
        request->category_path = category->path;
        request->page_size = SHELF_SIZE;
        run->extra[run->extra_count++] =
            exchange_call(x, &catalog__v1__catalog_service__descriptor, "ListProducts", &request->base);
    }
}

/* A shelf that could not be asked for, or is empty in this market, is left out. */
void page_special_add_home(struct exchange *x, struct page_run *run)
{
    page_special_add_tree(x, run);
    json_t *shelves = json_array();
    for (size_t i = 0; i < run->extra_count; i++) {
        const Catalog__V1__ListProductsReply *reply = (const Catalog__V1__ListProductsReply *)run->extra[i]->reply;
        if (reply && reply->n_products > 0)
            json_array_append_new(shelves, decorated(run, &reply->base));
    }
    json_object_set_new(run->view, "shelves", shelves);
}

void page_special_add_search(struct exchange *x, struct page_run *run)
{
    const Catalog__V1__ListProductsReply *reply = (const Catalog__V1__ListProductsReply *)run->results[0]->reply;
    json_object_set_new(run->view, "didYouMeanEscaped", json_string(params_escape(reply->did_you_mean, x->arena)));
}

/* The cart. */

static void set_cart_count(struct exchange *x, const Cart__V1__Cart *cart)
{
    const char *count = arena_printf(x->arena, "%lld", (long long)cart->item_count);
    const char *had = params_get(&x->cookies, PAGE_CART_COUNT_COOKIE);
    if (strcmp(had ? had : "0", count) != 0)
        exchange_set_cookie(x, PAGE_CART_COUNT_COOKIE, count, cart->item_count > 0 ? PAGE_COOKIE_AGE_S : 0, false);
}

enum status page_special_keep_cart_count(struct exchange *x, struct page_run *run, struct error *err)
{
    (void)err;
    set_cart_count(x, (const Cart__V1__Cart *)run->acted->reply);
    return STATUS_OK;
}

enum status page_special_forget_cart_count(struct exchange *x, struct page_run *run, struct error *err)
{
    (void)run, (void)err;
    exchange_set_cookie(x, PAGE_CART_COUNT_COOKIE, "0", 0, false);
    return STATUS_OK;
}

/* A warning about an item stands at the item; one about something that is gone stands above the list. */
static void place_warnings(json_t *cart)
{
    json_t *others = json_array();
    size_t index;
    json_t *warning;
    json_array_foreach(json_object_get(cart, "warnings"), index, warning) {
        json_t *item = find(json_object_get(cart, "items"), "id", json_string_value(json_object_get(warning, "itemId")));
        if (item)
            json_object_set(item, "warning", warning);
        else
            json_array_append(others, warning);
    }
    json_object_set_new(cart, "otherWarnings", others);
}

void page_special_add_cart(struct exchange *x, struct page_run *run)
{
    if (!run->results[0])
        return;
    page_key_turn(x);
    place_warnings(json_object_get(run->view, "cart"));
    set_cart_count(x, (const Cart__V1__Cart *)run->results[0]->reply);
    const Cart__V1__Cart *cart = (const Cart__V1__Cart *)run->results[0]->reply;
    json_object_set_new(json_object_get(run->view, "visitor"), "cartCount", json_integer(cart->item_count));
}

/* Invoices. */

void page_special_use_invoice_market(struct exchange *x, struct page_run *run)
{
    (void)x;
    const Orders__V1__Invoice *invoice = (const Orders__V1__Invoice *)run->results[0]->reply;
    const Types__V1__Market *market = markets_find(page_site()->options.markets, invoice->country_code);
    if (market)
        run->market = page_site_market(market);
}

/* The market. */

enum status page_special_choose_market(struct exchange *x, struct page_run *run, struct error *err)
{
    (void)run;
    const Types__V1__Market *market =
        markets_check(page_site()->options.markets, params_get(&x->form, "countryCode"), "countryCode", err);
    if (!market)
        return err->status;
    exchange_set_cookie(x, PAGE_MARKET_COOKIE, market->country_code, PAGE_COOKIE_AGE_S, false);
    return STATUS_OK;
}

/* That there is no cart to move, or that it cannot be moved, does not keep anybody from looking at another market. */
void page_special_move_cart(struct exchange *x)
{
    Cart__V1__SetCountryRequest *request = ARENA_NEW(x->arena, Cart__V1__SetCountryRequest);
    cart__v1__set_country_request__init(request);
    request->country_code = (char *)params_get(&x->form, "countryCode");
    if (is_known(x))
        (void)exchange_call(x, &cart__v1__cart_service__descriptor, "SetCountry", &request->base);
    exchange_wait(x, page_form_leave);
}

/* Addresses. */

/* The saved address of that id; without an id the first, which is the one that the customer prefers. */
static const json_t *address_of(const json_t *view, const char *id)
{
    const json_t *list = json_object_get(json_object_get(view, "saved"), "addresses");
    return id ? find(list, "id", id) : json_array_get(list, 0);
}

static void fill(json_t *form, const char *path, const json_t *from, const char *name)
{
    const char *value = json_string_value(json_object_get(from, name));
    if (value && *value)
        page_view_set(form, path, json_string(value));
}

void page_special_add_checkout(struct exchange *x, struct page_run *run)
{
    page_special_add_cart(x, run);
    if (run->action)
        return;
    json_t *form = json_object();
    const json_t *profile = json_object_get(run->view, "profile");
    const json_t *address = json_object_get(address_of(run->view, params_get(&x->query, "address")), "address");
    fill(form, "contact.name", profile, "name");
    fill(form, "contact.phone", profile, "phone");
    fill(form, "contact.email", profile, "email");
    fill(form, "contact.name", address, "recipient");
    fill(form, "contact.phone", address, "phone");
    if (address)
        json_object_set(form, "deliveryAddress", (json_t *)address);
    json_object_set_new(run->view, "form", form);
}

void page_special_add_address(struct exchange *x, struct page_run *run)
{
    if (run->action)
        return;
    const char *id = params_get(&x->captures, "address_id");
    const json_t *saved = id ? address_of(run->view, id) : NULL;
    json_t *form = saved ? json_copy((json_t *)saved) : json_object();
    const json_t *profile = json_object_get(run->view, "profile");
    fill(form, "address.recipient", profile, "name");
    fill(form, "address.phone", profile, "phone");
    json_object_set_new(run->view, "form", form);
}

/* Signing in and out. */

void page_special_add_next(struct exchange *x, struct page_run *run)
{
    const char *next = params_get(run->action ? &x->form : &x->query, "next");
    if (!page_form_is_own_path(next))
        return;
    json_object_set_new(run->view, "next", json_string(next));
    json_object_set_new(run->view, "nextEscaped", json_string(params_escape(next, x->arena)));
}

enum status page_special_begin_session(struct exchange *x, struct page_run *run, struct error *err)
{
    return session_begin(x, (const Auth__V1__Session *)run->acted->reply, err);
}

static void cart_counted(struct exchange *x)
{
    const struct page_run *run = x->state;
    if (run->extra[0]->reply)
        set_cart_count(x, (const Cart__V1__Cart *)run->extra[0]->reply);
    page_form_leave(x);
}

void page_special_count_cart(struct exchange *x)
{
    struct page_run *run = x->state;
    Cart__V1__GetCartRequest *request = ARENA_NEW(x->arena, Cart__V1__GetCartRequest);
    cart__v1__get_cart_request__init(request);
    request->country_code = x->market->country_code;
    run->extra[0] = exchange_call(x, &cart__v1__cart_service__descriptor, "GetCart", &request->base);
    exchange_wait(x, cart_counted);
}

enum status page_special_end_session(struct exchange *x, struct page_run *run, struct error *err)
{
    session_end(x);
    return page_special_forget_cart_count(x, run, err);
}
