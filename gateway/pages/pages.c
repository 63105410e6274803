/* The shop's pages: which address shows which template, fed by which calls, and which form leads to which call. */
#include "page_row.h"

#include <assert.h>
#include <string.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "orders.pb-c.h"

#include "page_pay.h"
#include "page_special.h"

#define AUTH &auth__v1__auth_service__descriptor
#define CATALOG &catalog__v1__catalog_service__descriptor
#define CART &cart__v1__cart_service__descriptor
#define ORDERS &orders__v1__order_service__descriptor

#define BROWSE_S 60             /* how long anybody may keep a page of the catalogue */
#define LIST_SIZE "24"

#define PROFILE_FEED {.name = "profile", .call = {AUTH, "GetProfile", NULL}, .audience = PAGE_FOR_CUSTOMERS, .optional = true}
#define ADDRESSES_FEED {.name = "saved", .call = {AUTH, "ListAddresses", NULL}, .audience = PAGE_FOR_CUSTOMERS, .optional = true}
#define CART_FEED {.name = "cart", .call = {CART, "GetCart", FIELDS(FROM_MARKET)}, .audience = PAGE_FOR_SHOPPERS}
#define ORDER_FEED {.name = "order", .call = {ORDERS, "GetOrder", FIELDS({"order_id", PAGE_CAPTURE, "order_id"})}}
#define PAPERS_FEED {.name = "papers", .optional = true, .call = {ORDERS, "ListInvoices", FIELDS({"order_id", PAGE_CAPTURE, "order_id"})}}
#define INVOICE_FEED {.name = "invoice", .call = {ORDERS, "GetInvoice", FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"number", PAGE_QUERY, "number"})}}

/* A saved address as its form sends it. */
#define ADDRESS_FIELDS                                                                                                   \
    {"address.recipient", PAGE_FORM, "address.recipient"}, {"address.phone", PAGE_FORM, "address.phone"},                \
    {"address.line1", PAGE_FORM, "address.line1"}, {"address.line2", PAGE_FORM, "address.line2"},                        \
    {"address.landmark", PAGE_FORM, "address.landmark"}, {"address.city", PAGE_FORM, "address.city"},                    \
    {"address.region", PAGE_FORM, "address.region"}, {"address.postal_code", PAGE_FORM, "address.postalCode"},           \
    {"address.country_code", PAGE_FORM, "address.countryCode"}, {"is_default", PAGE_FORM, "isDefault"}

/* Whoever orders is asked for a name and a telephone number once; the parcel goes to the same person. */
#define ORDER_FIELDS                                                                                                     \
    {"contact.name", PAGE_FORM, "contact.name"}, {"contact.phone", PAGE_FORM, "contact.phone"},                          \
    {"contact.email", PAGE_FORM, "contact.email"}, {"delivery_address.recipient", PAGE_FORM, "contact.name"},            \
    {"delivery_address.phone", PAGE_FORM, "contact.phone"}, {"delivery_address.line1", PAGE_FORM, "deliveryAddress.line1"}, \
    {"delivery_address.line2", PAGE_FORM, "deliveryAddress.line2"},                                                      \
    {"delivery_address.landmark", PAGE_FORM, "deliveryAddress.landmark"},                                                \
    {"delivery_address.city", PAGE_FORM, "deliveryAddress.city"},                                                        \
    {"delivery_address.region", PAGE_FORM, "deliveryAddress.region"},                                                    \
    {"delivery_address.country_code", PAGE_FORM, "deliveryAddress.countryCode"},                                         \
    {"payment_method", PAGE_FORM, "paymentMethod"}, {"payment_phone", PAGE_FORM, "paymentPhone"},                        \
    {"note", PAGE_FORM, "note"},                                                                                         \
    {"expected_total.amount_minor", PAGE_FORM, "expectedTotal.amountMinor"},                                             \
    {"expected_total.currency_code", PAGE_FORM, "expectedTotal.currencyCode"}

static const struct page_row ROWS[] = {
    /* Looking around. */
    {SHOW("/", ACCESS_PUBLIC, BROWSE_S), .template = "home",
     .feeds = {{.name = "tree", .call = {CATALOG, "ListCategories", NULL}},
               {.name = "newest", .call = {CATALOG, "ListProducts",
                                           FIELDS(FROM_MARKET, {"sort", PAGE_CONSTANT, "NEWEST"}, {"page_size", PAGE_CONSTANT, "8"})}}},
     .ask_more = page_special_ask_shelves, .add = page_special_add_home},
    {SHOW("/categories", ACCESS_PUBLIC, BROWSE_S), .template = "categories",
     .feeds = {{.name = "tree", .call = {CATALOG, "ListCategories", NULL}}}, .add = page_special_add_tree},
    {SHOW("/c/{path=**}", ACCESS_PUBLIC, BROWSE_S), .template = "category",
     .feeds = {{.name = "listing",
                .call = {CATALOG, "ListProducts",
                         FIELDS(FROM_MARKET, {"category_path", PAGE_CAPTURE, "path"}, {"sort", PAGE_QUERY, "sort"},
                                {"page_token", PAGE_QUERY, "page"}, {"page_size", PAGE_CONSTANT, LIST_SIZE})}}},
     .add = page_special_add_breadcrumbs},
    {SHOW("/search", ACCESS_PUBLIC, BROWSE_S), .template = "search",
     .feeds = {{.name = "listing",
                .call = {CATALOG, "ListProducts",
                         FIELDS(FROM_MARKET, {"q", PAGE_QUERY, "q"}, {"sort", PAGE_QUERY, "sort"},
                                {"page_token", PAGE_QUERY, "page"}, {"page_size", PAGE_CONSTANT, LIST_SIZE})}}},
     .add = page_special_add_search},
    {SHOW("/p/{handle}", ACCESS_PUBLIC, BROWSE_S), .template = "product",
     .feeds = {{.name = "product", .call = {CATALOG, "GetProduct", FIELDS(FROM_MARKET, {"handle", PAGE_CAPTURE, "handle"})}}},
     .add = page_special_add_product},

    /* The cart. */
    {ACT("/p/{handle}", ACCESS_SHOPPER), .next = "/cart", .done = page_special_keep_cart_count,
     .call = {CART, "AddItem", FIELDS(FROM_MARKET, {"variant_id", PAGE_FORM, "variantId"}, {"quantity", PAGE_FORM, "quantity"})}},
    {SHOW("/cart", ACCESS_PUBLIC, 0), .template = "cart", .feeds = {CART_FEED}, .add = page_special_add_cart},
    {ACT("/cart/items/{item_id}", ACCESS_SHOPPER), .again = "/cart", .next = "/cart", .done = page_special_keep_cart_count,
     .call = {CART, "SetItemQuantity", FIELDS({"item_id", PAGE_CAPTURE, "item_id"}, {"quantity", PAGE_FORM, "quantity"})}},
    {ACT("/cart/items/{item_id}/remove", ACCESS_SHOPPER), .again = "/cart", .next = "/cart", .done = page_special_keep_cart_count,
     .call = {CART, "RemoveItem", FIELDS({"item_id", PAGE_CAPTURE, "item_id"})}},
    {ACT("/market", ACCESS_PUBLIC), .again = "/", .next = "/", .next_from_form = true, .done = page_special_choose_market,
     .finish = page_special_move_cart},

    /* Ordering. */
    {SHOW("/checkout", ACCESS_PUBLIC, 0), .template = "checkout", .feeds = {CART_FEED, PROFILE_FEED, ADDRESSES_FEED},
     .ask_more = page_pay_ask_checkout_methods, .add = page_pay_add_checkout},
    {ACT("/checkout", ACCESS_SHOPPER), .next = "/orders/{id}/placed", .done = page_special_forget_cart_count,
     .finish = page_pay_leave_checkout,
     .call = {ORDERS, "PlaceOrder", FIELDS(ORDER_FIELDS)}},
    {SHOW("/orders/{order_id}/placed", ACCESS_SHOPPER, 0), .template = "placed", .feeds = {ORDER_FEED}},
    {SHOW("/orders/{order_id}/pay", ACCESS_SHOPPER, 0), .template = "pay", .feeds = {ORDER_FEED},
     .ask_more = page_pay_ask_methods, .add = page_pay_add},
    {ACT("/orders/{order_id}/pay", ACCESS_SHOPPER), .next = "/orders/{id}/pay?go=1",
     .call = {ORDERS, "PayOrder", FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"method", PAGE_FORM, "method"},
                                         {"phone", PAGE_FORM, "phone"})}},
    {SHOW("/orders", ACCESS_PUBLIC, 0), .template = "orders",
     .feeds = {{.name = "listing", .audience = PAGE_FOR_SHOPPERS,
                .call = {ORDERS, "ListOrders", FIELDS({"page_token", PAGE_QUERY, "page"})}}}},
    {SHOW("/orders/{order_id}", ACCESS_SHOPPER, 0), .template = "order", .feeds = {ORDER_FEED, PAPERS_FEED}},
    {SHOW("/orders/{order_id}/invoice", ACCESS_SHOPPER, 0), .template = "invoice",
     .feeds = {INVOICE_FEED, PAPERS_FEED},
     .ask_more = page_special_use_invoice_market},
    {SHOW("/orders/{order_id}/invoice.pdf", ACCESS_SHOPPER, 0), .feeds = {INVOICE_FEED}, .answer = page_paper_answer_invoice},
    {ACT("/orders/{order_id}/confirm", ACCESS_SHOPPER), .again = "/orders/{order_id}", .next = "/orders/{id}",
     .call = {ORDERS, "ConfirmOrder", FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"code", PAGE_FORM, "code"})}},
    {ACT("/orders/{order_id}/confirm-code", ACCESS_SHOPPER), .again = "/orders/{order_id}", .next = "/orders/{order_id}",
     .call = {ORDERS, "SendConfirmCode", FIELDS({"order_id", PAGE_CAPTURE, "order_id"})}},
    {ACT("/orders/{order_id}/cancel", ACCESS_SHOPPER), .again = "/orders/{order_id}", .next = "/orders/{id}",
     .call = {ORDERS, "CancelOrder", FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"reason", PAGE_FORM, "reason"})}},
    {ACT("/orders/{order_id}/returns", ACCESS_SHOPPER), .again = "/orders/{order_id}", .next = "/orders/{orderId}",
     .call = {ORDERS, "RequestReturn",
              FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"reason", PAGE_FORM, "reason"}, {"note", PAGE_FORM, "note"},
                     {"line.variant_id", PAGE_FORM, "line.variantId"}, {"line.quantity", PAGE_FORM, "line.quantity"})}},
    {ACT("/orders/{order_id}/returns/{return_id}/withdraw", ACCESS_SHOPPER), .again = "/orders/{order_id}",
     .next = "/orders/{orderId}",
     .call = {ORDERS, "WithdrawReturn",
              FIELDS({"order_id", PAGE_CAPTURE, "order_id"}, {"return_id", PAGE_CAPTURE, "return_id"})}},

    /* Who somebody is. */
    {SHOW("/login", ACCESS_PUBLIC, 0), .template = "login", .add = page_special_add_next},
    {ACT("/login", ACCESS_PUBLIC), .next = "/account", .next_from_form = true, .done = page_special_begin_session,
     .finish = page_special_count_cart,
     .call = {AUTH, "Login", FIELDS(FROM_MARKET, {"login", PAGE_FORM, "login"}, {"password", PAGE_FORM, "password"})}},
    {SHOW("/register", ACCESS_PUBLIC, 0), .template = "register", .add = page_special_add_next},
    {ACT("/register", ACCESS_PUBLIC), .next = "/account", .next_from_form = true, .done = page_special_begin_session,
     .finish = page_special_count_cart,
     .call = {AUTH, "RegisterCustomer", FIELDS(FROM_MARKET, {"name", PAGE_FORM, "name"}, {"login", PAGE_FORM, "login"},
                                               {"password", PAGE_FORM, "password"})}},
    {ACT("/logout", ACCESS_PUBLIC), .again = "/login", .next = "/", .may_fail = true, .done = page_special_end_session,
     .call = {AUTH, "Logout", FIELDS({"refresh_token", PAGE_REFRESH_TOKEN, NULL})}},
    {SHOW("/account", ACCESS_CUSTOMER, 0), .template = "account", .feeds = {PROFILE_FEED, ADDRESSES_FEED}},
    {ACT("/account", ACCESS_CUSTOMER), .next = "/account?saved=1",
     .call = {AUTH, "UpdateProfile", FIELDS({"name", PAGE_FORM, "name"})}},
    {SHOW("/account/addresses", ACCESS_CUSTOMER, 0), .template = "address", .feeds = {PROFILE_FEED},
     .add = page_special_add_address},
    {ACT("/account/addresses", ACCESS_CUSTOMER), .next = "/account?saved=1",
     .call = {AUTH, "CreateAddress", FIELDS(ADDRESS_FIELDS)}},
    {SHOW("/account/addresses/{address_id}", ACCESS_CUSTOMER, 0), .template = "address", .feeds = {ADDRESSES_FEED},
     .add = page_special_add_address},
    {ACT("/account/addresses/{address_id}", ACCESS_CUSTOMER), .next = "/account?saved=1",
     .call = {AUTH, "UpdateAddress", FIELDS({"address_id", PAGE_CAPTURE, "address_id"}, ADDRESS_FIELDS)}},
    {ACT("/account/addresses/{address_id}/delete", ACCESS_CUSTOMER), .again = "/account", .next = "/account",
     .call = {AUTH, "DeleteAddress", FIELDS({"address_id", PAGE_CAPTURE, "address_id"})}},
};

#define ROW_COUNT (sizeof ROWS / sizeof ROWS[0])
#define ROWS_MAX 160

/* The rows of all tables and their routes, in one order, put together at the first call, which is at start. */
static struct page_row rows[ROWS_MAX];
static struct route routes[ROWS_MAX];
static size_t row_count;

static void add_rows(const struct page_row *table, size_t count)
{
    assert(row_count + count <= ROWS_MAX && "there is room for the rows of all tables");
    for (size_t i = 0; i < count; i++, row_count++) {
        rows[row_count] = table[i];
        routes[row_count] = table[i].route;
    }
}

const struct page_row *page_rows(size_t *ret_count)
{
    if (row_count == 0) {
        size_t desk_count;
        const struct page_row *desk = page_desk_rows(&desk_count);
        add_rows(ROWS, ROW_COUNT);
        add_rows(desk, desk_count);
    }
    *ret_count = row_count;
    return rows;
}

const struct route *page_routes(size_t *ret_count)
{
    (void)page_rows(ret_count);
    return routes;
}

const struct page_row *page_row_of(const struct exchange *x)
{
    ptrdiff_t index = x->route - routes;
    assert(index >= 0 && (size_t)index < row_count && "the route is one of page_routes()");
    return &rows[index];
}

const struct page_row *page_row_find(const char *pattern)
{
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].route.method == ROUTE_GET && strcmp(rows[i].route.pattern, pattern) == 0)
            return &rows[i];
    return NULL;
}
