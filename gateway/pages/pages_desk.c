/* The staff's pages: the same kind of table as pages.c. */
#include "page_row.h"

#include "orders.pb-c.h"

#include "page_desk.h"


#define ORDERS &orders__v1__order_service__descriptor

#define ORDER_ID {"order_id", PAGE_CAPTURE, "order_id"}
#define ORDER_PAGE .again = "/admin/orders/{order_id}", .next = "/admin/orders/{order_id}"

static const struct page_row ROWS[] = {
    {SHOW("/admin", ACCESS_STAFF, 0), .template = "desk/start",
     .feeds = {{.name = "desk", .call = {ORDERS, "GetDesk", NULL}}}},

    {SHOW("/admin/orders", ACCESS_STAFF, 0), .template = "desk/orders", .add = page_desk_add_statuses,
     .feeds = {{.name = "listing", .call = {ORDERS, "ListAllOrders", FIELDS({"status", PAGE_QUERY, "status"}, {"page_token", PAGE_QUERY, "page"},
                                                                           {"page_size", PAGE_CONSTANT, "30"})}}}},
    {SHOW("/admin/search", ACCESS_STAFF, 0), .template = "desk/orders", .add = page_desk_add_statuses,
     .feeds = {{.name = "listing", .call = {ORDERS, "FindOrders", FIELDS(FROM_MARKET, {"q", PAGE_QUERY, "order"})}}}},

    {SHOW("/admin/orders/{order_id}", ACCESS_STAFF, 0), .template = "desk/order",
     .feeds = {{.name = "order", .call = {ORDERS, "GetOrder", FIELDS(ORDER_ID)}},
               {.name = "papers", .optional = true, .call = {ORDERS, "ListInvoices", FIELDS(ORDER_ID)}}}},
    {ACT("/admin/orders/{order_id}/events", ACCESS_STAFF), ORDER_PAGE,
     .call = {ORDERS, "AdvanceOrder", FIELDS(ORDER_ID, {"event", PAGE_FORM, "event"}, {"note", PAGE_FORM, "note"}, {"code", PAGE_FORM, "code"})}},
};

const struct page_row *page_desk_rows(size_t *ret_count)
{
    *ret_count = sizeof ROWS / sizeof ROWS[0];
    return ROWS;
}
