/* One function for each RPC of the cart: check what was asked, visit the cart, show it. */
#include "cart_service.h"

#include <ctype.h>
#include <stdlib.h>

#include "cart_store.h"
#include "cart_view.h"
#include "clock.h"
#include "idempotency.h"
#include "uuid.h"
#include "visit.h"

struct cart_service {
    Cart__V1__CartService_Service base;
    struct rpc_client *catalog;
    struct markets *markets;
    const Types__V1__Market *default_market;
};

static enum status check_caller(const struct rpc_call *call, struct error *err)
{
    if (uuid_is_valid(call->meta.caller->subject))
        return STATUS_OK;
    return error_set(err, STATUS_UNAUTHENTICATED, "Start a guest session or sign in first.");
}

/* The id as the database writes it, in lower case. */
static const char *check_id(const struct rpc_call *call, const char *id, const char *field, const char *name,
                            struct error *err)
{
    if (id[0] == '\0')
        (void)error_field(err, field, "required", "Say which %s.", name);
    else if (!uuid_is_valid(id))
        (void)error_field(err, field, "malformed", "This is not the id of any %s.", name);
    char *lower = arena_strdup(call->arena, id);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

/* The market of a cart that is yet to be made. */
static const Types__V1__Market *check_country(struct cart_service *self, const char *country_code, struct error *err)
{
    return country_code[0] == '\0' ? self->default_market : markets_check(self->markets, country_code, "countryCode", err);
}

static struct visit visit_of(struct cart_service *self, struct rpc_call *call, const char *cart_id)
{
    return (struct visit){.call = call,
                          .catalog = self->catalog,
                          .markets = self->markets,
                          .cart_id = cart_id,
                          .wanted = self->default_market,
                          .now_us = clock_now_us()};
}

static enum status show(struct visit *visit, Cart__V1__Cart *reply, struct error *err)
{
    return cart_view(visit->cart, visit->market, visit->quotes, visit->now_us, visit->call->arena, reply, err);
}

static enum status get_cart(struct cart_service *self, struct rpc_call *call, const Cart__V1__GetCartRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    struct visit visit = visit_of(self, call, request->cart_id);
    visit.wanted = check_country(self, request->country_code, err);
    if (!visit.wanted || check_caller(call, err) != STATUS_OK || visit_look(&visit, err) != STATUS_OK)
        return err->status;
    return show(&visit, reply, err);
}

static enum status add_item(struct cart_service *self, struct rpc_call *call, const Cart__V1__AddItemRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    struct visit visit = visit_of(self, call, request->cart_id);
    visit.wanted = check_country(self, request->country_code, err);
    visit.variant_id = check_id(call, request->variant_id, "variantId", "product variant", err);
    visit.quantity = request->quantity;
    cart_check_quantity(request->quantity, err);
    if (err->violation_count > 0 || check_caller(call, err) != STATUS_OK || visit_add(&visit, err) != STATUS_OK)
        return err->status;
    return show(&visit, reply, err);
}

static enum status set_item_quantity(struct cart_service *self, struct rpc_call *call,
                                     const Cart__V1__SetItemQuantityRequest *request, Cart__V1__Cart *reply,
                                     struct error *err)
{
    struct visit visit = visit_of(self, call, request->cart_id);
    visit.item_id = check_id(call, request->item_id, "itemId", "item", err);
    visit.quantity = request->quantity;
    cart_check_quantity(request->quantity, err);
    if (err->violation_count > 0 || check_caller(call, err) != STATUS_OK || visit_set_quantity(&visit, err) != STATUS_OK)
        return err->status;
    return show(&visit, reply, err);
}

static enum status remove_item(struct cart_service *self, struct rpc_call *call, const Cart__V1__RemoveItemRequest *request,
                               Cart__V1__Cart *reply, struct error *err)
{
    struct visit visit = visit_of(self, call, request->cart_id);
    visit.item_id = check_id(call, request->item_id, "itemId", "item", err);
    if (err->violation_count > 0 || check_caller(call, err) != STATUS_OK || visit_remove(&visit, err) != STATUS_OK)
        return err->status;
    return show(&visit, reply, err);
}

static enum status set_country(struct cart_service *self, struct rpc_call *call, const Cart__V1__SetCountryRequest *request,
                               Cart__V1__Cart *reply, struct error *err)
{
    struct visit visit = visit_of(self, call, request->cart_id);
    visit.wanted = markets_check(self->markets, request->country_code, "countryCode", err);
    if (!visit.wanted || check_caller(call, err) != STATUS_OK || visit_move(&visit, err) != STATUS_OK)
        return err->status;
    return show(&visit, reply, err);
}

static enum status close_cart(struct cart_service *self, struct rpc_call *call, const Cart__V1__CloseCartRequest *request,
                              Cart__V1__CloseCartReply *reply, struct error *err)
{
    (void)self;
    (void)reply;
    if (call->meta.caller->kind != RPC__V1__CALLER__KIND__KIND_SERVICE)
        return error_set(err, STATUS_PERMISSION_DENIED, "A cart is closed by its order, not by a caller from outside.");
    const char *cart_id = check_id(call, request->cart_id, "cartId", "cart", err);
    const char *order_id = check_id(call, request->order_id, "orderId", "order", err);
    if (err->violation_count > 0)
        return err->status;
    enum db_outcome outcome = cart_store_close(service_db(call), cart_id, order_id, clock_now_us(), err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "There is no open cart of this id.");
    return outcome == DB_OK ? STATUS_OK : error_set(err, db_status(outcome), "The cart cannot be closed at the moment.");
}

IDEMPOTENCY_KEYED(add_item, struct cart_service, Cart__V1__AddItemRequest, Cart__V1__Cart)
IDEMPOTENCY_KEYED(set_item_quantity, struct cart_service, Cart__V1__SetItemQuantityRequest, Cart__V1__Cart)
IDEMPOTENCY_KEYED(remove_item, struct cart_service, Cart__V1__RemoveItemRequest, Cart__V1__Cart)
IDEMPOTENCY_KEYED(set_country, struct cart_service, Cart__V1__SetCountryRequest, Cart__V1__Cart)

RPC_HANDLER(get_cart, struct cart_service, Cart__V1__GetCartRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(add_item_keyed, struct cart_service, Cart__V1__AddItemRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(set_item_quantity_keyed, struct cart_service, Cart__V1__SetItemQuantityRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(remove_item_keyed, struct cart_service, Cart__V1__RemoveItemRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(set_country_keyed, struct cart_service, Cart__V1__SetCountryRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(close_cart, struct cart_service, Cart__V1__CloseCartRequest, Cart__V1__CloseCartReply,
            cart__v1__close_cart_reply__init)

static const Cart__V1__CartService_Service vtable = {
    .base = CART__V1__CART_SERVICE__BASE_INIT,
    .get_cart = get_cart_rpc,
    .add_item = add_item_keyed_rpc,
    .set_item_quantity = set_item_quantity_keyed_rpc,
    .remove_item = remove_item_keyed_rpc,
    .set_country = set_country_keyed_rpc,
    .close_cart = close_cart_rpc,
};

static enum status open_parts(struct cart_service *self, const struct cart_settings *settings, struct error *err)
{
    if (markets_load(settings->markets_file, &self->markets, err) != STATUS_OK)
        return err->status;
    self->default_market = markets_check(self->markets, settings->default_country, "CART_DEFAULT_COUNTRY", err);
    if (!self->default_market)
        return error_set(err, STATUS_INVALID_ARGUMENT, "CART_DEFAULT_COUNTRY: the shop does not sell in '%s'.",
                         settings->default_country);
    struct rpc_client_options catalog = {.addresses = settings->catalog_url,
                                         .service = &catalog__v1__catalog_service__descriptor,
                                         .in_flight_max = (int)settings->base.workers};
    return rpc_client_open(&catalog, &self->catalog, err);
}

enum status cart_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    struct cart_service *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    self->base = vtable;
    *ret_state = self;
    *ret_service = &self->base.base;
    return open_parts(self, settings, err);
}

void cart_service_close(void *state)
{
    struct cart_service *self = state;
    if (!self)
        return;
    rpc_client_close(self->catalog);
    markets_free(self->markets);
    free(self);
}
