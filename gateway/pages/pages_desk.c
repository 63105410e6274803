/* The staff's pages: the same kind of table as pages.c. */
#include "page_row.h"

#include "catalog.pb-c.h"
#include "orders.pb-c.h"

#include "page_desk.h"


#define CATALOG &catalog__v1__catalog_service__descriptor
#define ORDERS &orders__v1__order_service__descriptor

#define ORDER_ID {"order_id", PAGE_CAPTURE, "order_id"}
#define ORDER_PAGE .again = "/admin/orders/{order_id}", .next = "/admin/orders/{order_id}"
#define RETURN_ID {"return_id", PAGE_CAPTURE, "return_id"}
#define RETURN_PAGE .again = "/admin/returns/{return_id}", .next = "/admin/returns/{return_id}"
#define ATTENTION_PAGE .again = "/admin/attention", .next = "/admin/attention"
#define WEBHOOKS_PAGE .again = "/admin/webhooks", .next = "/admin/webhooks"
#define ENDPOINT {"endpoint_id", PAGE_CAPTURE, "endpoint_id"}
#define VARIANT_ID {"variant_id", PAGE_CAPTURE, "variant_id"}
#define VARIANT_PAGE .again = "/admin/stock/{variant_id}", .next = "/admin/stock/{variant_id}", .next_from_form = true
#define PLACES_FEED {.name = "locations", .call = {CATALOG, "ListStockLocations", NULL}}
#define TASK ORDER_ID, {"step", PAGE_CAPTURE, "step"}, {"subject_id", PAGE_FORM, "subjectId"}, {"note", PAGE_FORM, "note"}
#define FORM_AMOUNT {"amount.amount_minor", PAGE_FORM_MINOR, "amount"}, {"amount.currency_code", PAGE_FORM_CURRENCY, "amount"}

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
               {.name = "payments", .optional = true, .call = {ORDERS, "GetOrderPayments", FIELDS(ORDER_ID)}},
               {.name = "papers", .optional = true, .call = {ORDERS, "ListInvoices", FIELDS(ORDER_ID)}}},
     .add = page_desk_add_order},
    {ACT("/admin/orders/{order_id}/events", ACCESS_STAFF), ORDER_PAGE,
     .call = {ORDERS, "AdvanceOrder", FIELDS(ORDER_ID, {"event", PAGE_FORM, "event"}, {"note", PAGE_FORM, "note"}, {"code", PAGE_FORM, "code"})}},
    {ACT("/admin/orders/{order_id}/shipments", ACCESS_STAFF), ORDER_PAGE,
     .call = {ORDERS, "CreateShipment",
              FIELDS(ORDER_ID, {"line.variant_id", PAGE_FORM, "line.variantId"}, {"line.quantity", PAGE_FORM, "line.quantity"}, {"carrier", PAGE_FORM, "carrier"},
                     {"tracking_number", PAGE_FORM, "trackingNumber"}, {"tracking_url", PAGE_FORM, "trackingUrl"})}},
    {ACT("/admin/orders/{order_id}/shipments/{shipment_id}/deliver", ACCESS_STAFF), ORDER_PAGE,
     .call = {ORDERS, "DeliverShipment",
              FIELDS(ORDER_ID, {"shipment_id", PAGE_CAPTURE, "shipment_id"}, {"code", PAGE_FORM, "code"}, {"note", PAGE_FORM, "note"})}},
    {ACT("/admin/orders/{order_id}/refunds", ACCESS_STAFF), ORDER_PAGE,
     .call = {ORDERS, "RefundOrder",
              FIELDS(ORDER_ID, {"reason", PAGE_FORM, "reason"}, {"everything", PAGE_FORM, "everything"}, {"restock", PAGE_FORM, "restock"},
                     {"line.variant_id", PAGE_FORM, "line.variantId"}, {"line.quantity", PAGE_FORM, "line.quantity"}, {"line.restock", PAGE_FORM, "line.restock"},
                     {"with_delivery", PAGE_FORM, "withDelivery"}, FORM_AMOUNT)}},

    /* What comes back. */
    {SHOW("/admin/returns", ACCESS_STAFF, 0), .template = "desk/returns", .add = page_desk_add_return_states,
     .feeds = {{.name = "listing", .call = {ORDERS, "ListReturns", FIELDS({"state", PAGE_QUERY, "state"}, {"page_token", PAGE_QUERY, "page"},
                                                                         {"page_size", PAGE_CONSTANT, "30"})}}}},
    {SHOW("/admin/returns/{return_id}", ACCESS_STAFF, 0), .template = "desk/return",
     .feeds = {{.name = "return", .call = {ORDERS, "GetReturn", FIELDS(RETURN_ID)}}}},
    {ACT("/admin/returns/{return_id}/events", ACCESS_STAFF), RETURN_PAGE,
     .call = {ORDERS, "AdvanceReturn", FIELDS(RETURN_ID, {"event", PAGE_FORM, "event"}, {"answer", PAGE_FORM, "answer"})}},
    {ACT("/admin/returns/{return_id}/receipt", ACCESS_STAFF), RETURN_PAGE,
     .call = {ORDERS, "ReceiveReturn",
              FIELDS(RETURN_ID, {"note", PAGE_FORM, "note"}, {"line.variant_id", PAGE_FORM, "line.variantId"}, {"line.received", PAGE_FORM, "line.received"},
                     {"line.restocked", PAGE_FORM, "line.restocked"}, {"line.condition", PAGE_FORM, "line.condition"})}},
    {ACT("/admin/returns/{return_id}/refund", ACCESS_STAFF), RETURN_PAGE,
     .call = {ORDERS, "RefundReturn", FIELDS(RETURN_ID, {"with_delivery", PAGE_FORM, "withDelivery"}, FORM_AMOUNT)}},

    /* What cannot go on by itself. */
    {SHOW("/admin/attention", ACCESS_STAFF, 0), .template = "desk/attention",
     .feeds = {{.name = "tasks", .call = {ORDERS, "ListTasks", FIELDS({"page_size", PAGE_CONSTANT, "100"})}, .optional = true},
               {.name = "payments", .call = {ORDERS, "ListPaymentReviews", FIELDS({"page_size", PAGE_CONSTANT, "100"})}, .optional = true},
               {.name = "refunds", .call = {ORDERS, "ListRefundReviews", NULL}, .optional = true},
               {.name = "failed", .call = {ORDERS, "ListMessages", FIELDS({"state", PAGE_CONSTANT, "FAILED"}, {"page_size", PAGE_CONSTANT, "100"})}, .optional = true},
               {.name = "doubtful", .call = {ORDERS, "ListMessages", FIELDS({"state", PAGE_CONSTANT, "IN_DOUBT"}, {"page_size", PAGE_CONSTANT, "100"})}, .optional = true}}},
    {ACT("/admin/tasks/{order_id}/{step}/retry", ACCESS_STAFF), ATTENTION_PAGE, .call = {ORDERS, "RetryTask", FIELDS(TASK)}},
    {ACT("/admin/tasks/{order_id}/{step}/undo", ACCESS_STAFF), ATTENTION_PAGE, .call = {ORDERS, "UndoTask", FIELDS(TASK)}},
    {ACT("/admin/payments/{attempt_id}/resolve", ACCESS_STAFF), ATTENTION_PAGE,
     .call = {ORDERS, "ResolvePayment",
              FIELDS({"attempt_id", PAGE_CAPTURE, "attempt_id"}, {"decision", PAGE_FORM, "decision"}, {"note", PAGE_FORM, "note"})}},
    {ACT("/admin/refunds/{refund_id}/resolve", ACCESS_STAFF), ATTENTION_PAGE,
     .call = {ORDERS, "ResolveRefund", FIELDS({"refund_id", PAGE_CAPTURE, "refund_id"}, {"decision", PAGE_FORM, "decision"}, {"note", PAGE_FORM, "note"})}},
    {ACT("/admin/messages/{message_id}/replay", ACCESS_STAFF), ATTENTION_PAGE,
     .call = {ORDERS, "ReplayMessages", FIELDS({"message_id", PAGE_CAPTURE, "message_id"})}},

    /* What lies where. */
    {SHOW("/admin/stock", ACCESS_STAFF, 0), .template = "desk/stock", .add = page_desk_add_places,
     .feeds = {{.name = "listing", .call = {CATALOG, "ListStock", FIELDS({"q", PAGE_QUERY, "sku"}, {"location_code", PAGE_QUERY, "at"}, {"low_only", PAGE_QUERY, "low"},
                                                                        {"page_token", PAGE_QUERY, "page"})}},
               PLACES_FEED}},
    {SHOW("/admin/stock/{variant_id}", ACCESS_STAFF, 0), .template = "desk/variant", .add = page_desk_add_places,
     .feeds = {{.name = "listing", .call = {CATALOG, "ListStock", FIELDS({"q", PAGE_QUERY, "sku"}, {"page_size", PAGE_CONSTANT, "20"})}},
               PLACES_FEED,
               {.name = "ledger", .call = {CATALOG, "ListStockMovements", FIELDS(VARIANT_ID, {"page_token", PAGE_QUERY, "page"})}}}},
    {ACT("/admin/stock/{variant_id}/adjust", ACCESS_STAFF), VARIANT_PAGE,
     .call = {CATALOG, "AdjustStock", FIELDS(VARIANT_ID, {"delta", PAGE_FORM, "delta"}, {"reason", PAGE_FORM, "reason"}, {"location_code", PAGE_FORM, "locationCode"})}},
    {ACT("/admin/stock/{variant_id}/move", ACCESS_STAFF), VARIANT_PAGE,
     .call = {CATALOG, "MoveStock",
              FIELDS(VARIANT_ID, {"from_code", PAGE_FORM, "fromCode"}, {"to_code", PAGE_FORM, "toCode"}, {"quantity", PAGE_FORM, "quantity"}, {"reason", PAGE_FORM, "reason"})}},

    /* Who is told. A secret is shown in the answer to the form that made it, and never again. */
    {SHOW("/admin/webhooks", ACCESS_STAFF, 0), .template = "desk/webhooks", .add = page_desk_add_secret,
     .feeds = {{.name = "listing", .call = {ORDERS, "ListWebhooks", NULL}}}},
    {ACT("/admin/webhooks", ACCESS_STAFF), .next = "/admin/webhooks", .finish = page_desk_show_secret,
     .call = {ORDERS, "CreateWebhook", FIELDS({"url", PAGE_FORM, "url"}, {"description", PAGE_FORM, "description"})}},
    {ACT("/admin/webhooks/{endpoint_id}/secret", ACCESS_STAFF), WEBHOOKS_PAGE, .finish = page_desk_show_secret,
     .call = {ORDERS, "RotateWebhookSecret", FIELDS(ENDPOINT)}},
    {ACT("/admin/webhooks/{endpoint_id}/replay", ACCESS_STAFF), WEBHOOKS_PAGE, .call = {ORDERS, "ReplayMessages", FIELDS(ENDPOINT)}},
    {ACT("/admin/webhooks/{endpoint_id}/delete", ACCESS_STAFF), WEBHOOKS_PAGE, .call = {ORDERS, "DeleteWebhook", FIELDS(ENDPOINT)}},
};

const struct page_row *page_desk_rows(size_t *ret_count)
{
    *ret_count = sizeof ROWS / sizeof ROWS[0];
    return ROWS;
}
