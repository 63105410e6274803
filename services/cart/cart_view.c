/* How a cart is shown. */
#include "cart_view.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "money.h"
#include "totals.h"

struct cart_offer cart_view_offer(const Catalog__V1__VariantQuote *quote)
{
    if (!quote || !quote->found || !quote->price)
        return (struct cart_offer){.currency_code = ""};
    return (struct cart_offer){.is_sold = true,
                               .price_minor = quote->price->amount_minor,
                               .currency_code = quote->price->currency_code,
                               .available = quote->available};
}

const Catalog__V1__VariantQuote *cart_view_quote(const Catalog__V1__QuoteVariantsReply *quotes, const char *variant_id)
{
    for (size_t i = 0; quotes && i < quotes->n_quotes; i++)
        if (strcmp(quotes->quotes[i]->variant_id, variant_id) == 0)
            return quotes->quotes[i];
    return NULL;
}

/* One cart being turned into its message. */
struct view {
    struct arena *arena;
    const Types__V1__Market *market;
    Cart__V1__Cart *reply;
    int64_t *line_totals_minor;
};

static const char *name_of(struct view *view, const struct cart_item *item)
{
    if (item->variant_title[0] == '\0')
        return item->product_title;
    return arena_printf(view->arena, "%s (%s)", item->product_title, item->variant_title);
}

static const char *amount_of(struct view *view, int64_t amount_minor, const char *currency_code)
{
    char decimal[MONEY_DECIMAL_SIZE];
    const struct currency *currency = currency_find(currency_code);
    if (!currency)
        return currency_code;
    money_format_decimal(amount_minor, currency, decimal);
    return arena_printf(view->arena, "%s %s", currency_code, decimal);
}

static Cart__V1__CartWarning *add_warning(struct view *view, const struct cart_item *item, Cart__V1__CartWarning__Code code,
                                          char *message)
{
    Cart__V1__CartWarning *warning = ARENA_NEW(view->arena, Cart__V1__CartWarning);
    cart__v1__cart_warning__init(warning);
    warning->code = code;
    warning->item_id = (char *)item->id;
    warning->message = message;
    view->reply->warnings[view->reply->n_warnings++] = warning;
    return warning;
}

static void warn_of_price(struct view *view, const struct cart_item *item, const struct cart_offer *offer)
{
    char *message = arena_printf(view->arena, "%s now costs %s; it was %s when you put it in.", name_of(view, item),
                                 amount_of(view, offer->price_minor, offer->currency_code),
                                 amount_of(view, item->seen_price_minor, item->seen_currency));
    Cart__V1__CartWarning *warning = add_warning(view, item, CART__V1__CART_WARNING__CODE__PRICE_CHANGED, message);
    warning->old_price = money_message(view->arena, item->seen_price_minor, item->seen_currency);
}

static void warn_of_shortage(struct view *view, const struct cart_item *item, const struct cart_offer *offer)
{
    char *message = arena_printf(view->arena, "Only %" PRId64 " left of %s; your cart holds %" PRId64 ". Choose fewer.",
                                 offer->available, name_of(view, item), item->quantity);
    add_warning(view, item, CART__V1__CART_WARNING__CODE__NOT_ENOUGH_STOCK, message);
}

static void warn_of_stock_out(struct view *view, const struct cart_item *item, const struct cart_offer *offer)
{
    (void)offer;
    char *message = arena_printf(view->arena, "%s is out of stock. Remove it to order the rest.", name_of(view, item));
    add_warning(view, item, CART__V1__CART_WARNING__CODE__OUT_OF_STOCK, message);
}

static void warn_of_end(struct view *view, const struct cart_item *item, const struct cart_offer *offer)
{
    (void)offer;
    char *message = arena_printf(view->arena, "%s is not sold in %s any more. Remove it to order the rest.",
                                 name_of(view, item), view->market->name);
    add_warning(view, item, CART__V1__CART_WARNING__CODE__NO_LONGER_SOLD, message);
}

static const struct {
    enum cart_trouble trouble;
    void (*warn)(struct view *view, const struct cart_item *item, const struct cart_offer *offer);
} warners[] = {
    {CART_PRICE_CHANGED, warn_of_price},
    {CART_NOT_ENOUGH_STOCK, warn_of_shortage},
    {CART_OUT_OF_STOCK, warn_of_stock_out},
    {CART_NO_LONGER_SOLD, warn_of_end},
};
#define WARNER_COUNT (sizeof(warners) / sizeof(warners[0]))

static Cart__V1__CartItem *item_message(struct view *view, const struct cart_item *item)
{
    Cart__V1__CartItem *message = ARENA_NEW(view->arena, Cart__V1__CartItem);
    cart__v1__cart_item__init(message);
    message->id = (char *)item->id;
    message->variant_id = (char *)item->variant_id;
    message->product_title = (char *)item->product_title;
    message->variant_title = (char *)item->variant_title;
    message->quantity = item->quantity;
    return message;
}

static void take_quote(Cart__V1__CartItem *message, const Catalog__V1__VariantQuote *quote)
{
    message->product_handle = quote->product_handle;
    message->product_title = quote->product_title;
    message->variant_title = quote->variant_title;
    message->sku = quote->sku;
    message->picture = quote->picture;
    message->unit_price = quote->price;
    message->available = quote->available;
    if (message->quantity <= quote->ready || message->quantity > quote->available)
        return;
    message->later = message->quantity - quote->ready;
    message->available_from = quote->available_from;
}

/* Returns the troubles of the item. An item that is not sold is shown, and costs nothing. */
static unsigned show_item(struct view *view, const struct cart_item *item, const Catalog__V1__VariantQuote *quote,
                          struct error *err)
{
    size_t place = view->reply->n_items++;
    Cart__V1__CartItem *message = view->reply->items[place] = item_message(view, item);
    struct cart_offer offer = cart_view_offer(quote);
    view->reply->item_count += item->quantity;
    if (offer.is_sold) {
        take_quote(message, quote);
        if (!money_multiply(offer.price_minor, item->quantity, &view->line_totals_minor[place]))
            (void)error_set(err, STATUS_INVALID_ARGUMENT, "The sum of this cart is too large.");
        message->line_total = money_message(view->arena, view->line_totals_minor[place], offer.currency_code);
    }
    unsigned troubles = cart_troubles(item, &offer);
    for (size_t i = 0; i < WARNER_COUNT; i++)
        if (troubles & warners[i].trouble)
            warners[i].warn(view, item, &offer);
    return troubles;
}

static void show_head(struct view *view, const struct cart *cart)
{
    Cart__V1__Cart *reply = view->reply;
    if (cart->id)
        reply->id = (char *)cart->id;
    reply->country_code = view->market->country_code;
    reply->currency_code = view->market->currency_code;
    reply->updated_at = clock_to_timestamp(view->arena, cart->updated_at_us);
    reply->items = ARENA_ARRAY(view->arena, Cart__V1__CartItem *, cart->count);
    reply->warnings = ARENA_ARRAY(view->arena, Cart__V1__CartWarning *, cart->count * WARNER_COUNT);
    view->line_totals_minor = ARENA_ARRAY(view->arena, int64_t, cart->count);
}

enum status cart_view(const struct cart *cart, const Types__V1__Market *market,
                      const Catalog__V1__QuoteVariantsReply *quotes, int64_t now_us, struct arena *arena,
                      Cart__V1__Cart *reply, struct error *err)
{
    struct view view = {.arena = arena, .market = market, .reply = reply};
    unsigned troubles = 0;
    show_head(&view, cart);
    for (size_t i = 0; i < cart->count; i++)
        troubles |= show_item(&view, &cart->items[i], cart_view_quote(quotes, cart->items[i].variant_id), err);
    if (err->status != STATUS_OK)
        return err->status;
    struct totals totals;
    if (totals_compute(market, view.line_totals_minor, cart->count, now_us, &totals, err) != STATUS_OK)
        return err->status;
    reply->totals = totals_message(arena, &totals, market->currency_code);
    reply->can_checkout = cart->count > 0 && !(troubles & CART_CANNOT_BE_ORDERED);
    return STATUS_OK;
}
