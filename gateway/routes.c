/* The rows, by service; doors that are no calls at the end. */
#include "routes.h"

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "orders.pb-c.h"

#include "documents.h"
#include "media.h"
#include "notice.h"
#include "pages/page.h"
#include "web.h"

#define AUTH .kind = ROUTE_RPC, .service = &auth__v1__auth_service__descriptor
#define CATALOG .kind = ROUTE_RPC, .service = &catalog__v1__catalog_service__descriptor
#define CART .kind = ROUTE_RPC, .service = &cart__v1__cart_service__descriptor
#define ORDERS .kind = ROUTE_RPC, .service = &orders__v1__order_service__descriptor
#define DOOR .kind = ROUTE_DOOR

#define KIB 1024u
#define LOGIN_DEADLINE_MS 10000u /* password hashing may queue */
#define ORDER_DEADLINE_MS 15000u /* several services take part */

/* clang-format off: rows of a table */
const struct route routes[] = {
    {ROUTE_POST, "/v1/auth/guest", AUTH, .rpc = "StartGuestSession",
     .summary = "Start as a guest: an access token for a cart and orders"},
    {ROUTE_POST, "/v1/auth/register", AUTH, .rpc = "RegisterCustomer", .success = 201, .body_max = 8 * KIB,
     .deadline_ms = LOGIN_DEADLINE_MS, .summary = "Become a customer; a guest's cart and orders come along"},
    {ROUTE_POST, "/v1/auth/login", AUTH, .rpc = "Login", .body_max = 8 * KIB, .deadline_ms = LOGIN_DEADLINE_MS,
     .summary = "Sign in with e-mail address or phone number"},
    {ROUTE_POST, "/v1/auth/refresh", AUTH, .rpc = "Refresh", .body_max = 8 * KIB,
     .summary = "Exchange a refresh token for a new session"},
    {ROUTE_POST, "/v1/auth/logout", AUTH, .rpc = "Logout", .body_max = 8 * KIB,
     .summary = "End the sign-in that a refresh token belongs to"},
    {ROUTE_GET, "/v1/auth/keys", AUTH, .rpc = "ListSigningKeys", .cache_s = 300,
     .summary = "Public keys of access tokens (JWK Set)"},
    {ROUTE_GET, "/.well-known/jwks.json", AUTH, .rpc = "ListSigningKeys", .cache_s = 300,
     .summary = "Public keys of access tokens (JWK Set)"},

    {ROUTE_GET, "/v1/profile", AUTH, .rpc = "GetProfile", .access = ACCESS_CUSTOMER, .summary = "The customer who asks"},
    {ROUTE_PATCH, "/v1/profile", AUTH, .rpc = "UpdateProfile", .access = ACCESS_CUSTOMER,
     .summary = "Change name or country"},
    {ROUTE_GET, "/v1/addresses", AUTH, .rpc = "ListAddresses", .access = ACCESS_CUSTOMER,
     .summary = "Saved addresses, the default first"},
    {ROUTE_POST, "/v1/addresses", AUTH, .rpc = "CreateAddress", .access = ACCESS_CUSTOMER, .success = 201,
     .summary = "Save an address"},
    {ROUTE_PUT, "/v1/addresses/{address_id}", AUTH, .rpc = "UpdateAddress", .access = ACCESS_CUSTOMER,
     .summary = "Replace a saved address"},
    {ROUTE_DELETE, "/v1/addresses/{address_id}", AUTH, .rpc = "DeleteAddress", .access = ACCESS_CUSTOMER, .success = 204,
     .summary = "Forget a saved address"},

    {ROUTE_GET, "/v1/markets", CATALOG, .rpc = "ListMarkets", .cache_s = 300,
     .summary = "Countries the shop sells in, with currency, VAT and payment"},
    {ROUTE_GET, "/v1/categories", CATALOG, .rpc = "ListCategories", .cache_s = 60, .summary = "The category tree"},
    {ROUTE_GET, "/v1/products", CATALOG, .rpc = "ListProducts", .cache_s = 10,
     .summary = "Products of a category or a search, page by page"},
    {ROUTE_GET, "/v1/products/{handle}", CATALOG, .rpc = "GetProduct", .cache_s = 10,
     .summary = "A product with its variants and prices"},

    {ROUTE_GET, "/v1/cart", CART, .rpc = "GetCart", .access = ACCESS_SHOPPER, .summary = "The caller's open cart"},
    {ROUTE_POST, "/v1/cart/items", CART, .rpc = "AddItem", .access = ACCESS_SHOPPER, .success = 201,
     .summary = "Put a variant into the open cart"},
    {ROUTE_PATCH, "/v1/cart/items/{item_id}", CART, .rpc = "SetItemQuantity", .access = ACCESS_SHOPPER,
     .summary = "Change how many"},
    {ROUTE_DELETE, "/v1/cart/items/{item_id}", CART, .rpc = "RemoveItem", .access = ACCESS_SHOPPER,
     .summary = "Take an item out"},
    {ROUTE_PUT, "/v1/cart/country", CART, .rpc = "SetCountry", .access = ACCESS_SHOPPER,
     .summary = "Move the open cart to another market"},
    {ROUTE_GET, "/v1/carts/{cart_id}", CART, .rpc = "GetCart", .access = ACCESS_SHOPPER, .summary = "A cart by its id"},
    {ROUTE_POST, "/v1/carts/{cart_id}/items", CART, .rpc = "AddItem", .access = ACCESS_SHOPPER, .success = 201,
     .summary = "Put a variant into a cart by its id"},
    {ROUTE_PATCH, "/v1/carts/{cart_id}/items/{item_id}", CART, .rpc = "SetItemQuantity", .access = ACCESS_SHOPPER,
     .summary = "Change how many, in a cart by its id"},
    {ROUTE_DELETE, "/v1/carts/{cart_id}/items/{item_id}", CART, .rpc = "RemoveItem", .access = ACCESS_SHOPPER,
     .summary = "Take an item out of a cart by its id"},
    {ROUTE_PUT, "/v1/carts/{cart_id}/country", CART, .rpc = "SetCountry", .access = ACCESS_SHOPPER,
     .summary = "Move a cart by its id to another market"},

    {ROUTE_POST, "/v1/orders", ORDERS, .rpc = "PlaceOrder", .access = ACCESS_SHOPPER, .success = 201,
     .location = "/v1/orders/{id}", .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS,
     .summary = "Order what is in the cart"},
    {ROUTE_GET, "/v1/orders", ORDERS, .rpc = "ListOrders", .access = ACCESS_SHOPPER,
     .summary = "The caller's orders, newest first"},
    {ROUTE_GET, "/v1/orders/{order_id}", ORDERS, .rpc = "GetOrder", .access = ACCESS_SHOPPER,
     .summary = "An order, by id or number"},
    {ROUTE_GET, "/v1/orders/{order_id}/invoice", ORDERS, .rpc = "GetInvoice", .access = ACCESS_SHOPPER,
     .summary = "The invoice of an order, or with ?number= one of its credit notes"},
    {ROUTE_GET, "/v1/orders/{order_id}/invoice.pdf", ORDERS, .rpc = "GetInvoice", .access = ACCESS_SHOPPER,
     .answer = page_paper_answer_invoice, .produces = "application/pdf", .summary = "The same, to print"},
    {ROUTE_GET, "/v1/orders/{order_id}/invoices", ORDERS, .rpc = "ListInvoices", .access = ACCESS_SHOPPER,
     .summary = "Numbers of the invoice and the credit notes of an order"},
    {ROUTE_POST, "/v1/orders/{order_id}/cancel", ORDERS, .rpc = "CancelOrder", .access = ACCESS_SHOPPER,
     .deadline_ms = ORDER_DEADLINE_MS, .summary = "Cancel an order while that is allowed"},
    {ROUTE_POST, "/v1/orders/{order_id}/confirm-code", ORDERS, .rpc = "SendConfirmCode", .access = ACCESS_SHOPPER,
     .summary = "Send another confirmation code to the phone of an order"},
    {ROUTE_POST, "/v1/orders/{order_id}/confirm", ORDERS, .rpc = "ConfirmOrder", .access = ACCESS_SHOPPER,
     .summary = "Confirm an order with the code that was sent to its phone"},
    {ROUTE_GET, "/v1/payment-methods", ORDERS, .rpc = "ListPaymentMethods",
     .summary = "Ways of paying that are offered in a country, for a sum"},
    {ROUTE_POST, "/v1/orders/{order_id}/pay", ORDERS, .rpc = "PayOrder", .access = ACCESS_SHOPPER,
     .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS,
     .summary = "Pay an order once more, or in another way, after an attempt came to nothing"},
    {ROUTE_POST, "/v1/orders/{order_id}/returns", ORDERS, .rpc = "RequestReturn", .access = ACCESS_SHOPPER, .success = 201,
     .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS, .summary = "Ask to send units back"},
    {ROUTE_POST, "/v1/orders/{order_id}/returns/{return_id}/withdraw", ORDERS, .rpc = "WithdrawReturn",
     .access = ACCESS_SHOPPER, .summary = "Keep the units after all"},

    {ROUTE_GET, "/v1/admin/products/{handle}", CATALOG, .rpc = "GetProductRecord", .access = ACCESS_STAFF,
     .summary = "A product as staff keep it"},
    {ROUTE_PUT, "/v1/admin/products/{handle}", CATALOG, .rpc = "SaveProduct", .access = ACCESS_STAFF, .body = "product",
     .body_max = 512 * KIB, .summary = "Make or replace a product"},
    {ROUTE_POST, "/v1/admin/variants/{variant_id}/stock-adjustments", CATALOG, .rpc = "AdjustStock", .access = ACCESS_STAFF,
     .summary = "Record units received or lost"},
    {ROUTE_POST, "/v1/admin/variants/{variant_id}/stock-moves", CATALOG, .rpc = "MoveStock", .access = ACCESS_STAFF,
     .summary = "Carry units from one location to another"},
    {ROUTE_GET, "/v1/admin/variants/{variant_id}/stock-movements", CATALOG, .rpc = "ListStockMovements",
     .access = ACCESS_STAFF, .summary = "The ledger of a variant's stock, newest first"},
    {ROUTE_PUT, "/v1/admin/variants/{variant_id}/sell-policy", CATALOG, .rpc = "SetSellPolicy", .access = ACCESS_STAFF,
     .body = "policy", .summary = "Whether a variant is sold ahead of its arrival, and when it runs low"},
    {ROUTE_GET, "/v1/admin/stock", CATALOG, .rpc = "ListStock", .access = ACCESS_STAFF,
     .summary = "Units by variant and location"},
    {ROUTE_GET, "/v1/admin/stock-locations", CATALOG, .rpc = "ListStockLocations", .access = ACCESS_STAFF,
     .summary = "Places that hold stock"},
    {ROUTE_PUT, "/v1/admin/stock-locations/{code}", CATALOG, .rpc = "SaveStockLocation", .access = ACCESS_STAFF,
     .body = "location", .summary = "Make or change a place that holds stock"},
    {ROUTE_GET, "/v1/admin/orders", ORDERS, .rpc = "ListAllOrders", .access = ACCESS_STAFF,
     .summary = "All orders, newest first"},
    {ROUTE_GET, "/v1/admin/orders/search", ORDERS, .rpc = "FindOrders", .access = ACCESS_STAFF,
     .summary = "Orders by number, invoice number, phone or e-mail"},
    {ROUTE_GET, "/v1/admin/refunds/reviews", ORDERS, .rpc = "ListRefundReviews", .access = ACCESS_STAFF,
     .summary = "Refunds that wait for a decision"},
    {ROUTE_GET, "/v1/admin/desk", ORDERS, .rpc = "GetDesk", .access = ACCESS_STAFF,
     .summary = "How much work waits for a person"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/events", ORDERS, .rpc = "AdvanceOrder", .access = ACCESS_STAFF,
     .deadline_ms = ORDER_DEADLINE_MS, .summary = "Take an order to its next state"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/shipments", ORDERS, .rpc = "CreateShipment", .access = ACCESS_STAFF,
     .success = 201, .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS,
     .summary = "A parcel leaves, with some units or all that are left"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/shipments/{shipment_id}/deliver", ORDERS, .rpc = "DeliverShipment",
     .access = ACCESS_STAFF, .deadline_ms = ORDER_DEADLINE_MS, .summary = "A parcel was handed over"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/refunds", ORDERS, .rpc = "RefundOrder", .access = ACCESS_STAFF, .success = 201,
     .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS,
     .summary = "Give money back: for lines, the delivery fee, an amount, or everything"},
    {ROUTE_GET, "/v1/admin/returns", ORDERS, .rpc = "ListReturns", .access = ACCESS_STAFF,
     .summary = "Returns, newest first"},
    {ROUTE_GET, "/v1/admin/returns/{return_id}", ORDERS, .rpc = "GetReturn", .access = ACCESS_STAFF, .summary = "A return"},
    {ROUTE_POST, "/v1/admin/returns/{return_id}/events", ORDERS, .rpc = "AdvanceReturn", .access = ACCESS_STAFF,
     .deadline_ms = ORDER_DEADLINE_MS, .summary = "Approve, refuse or close a return"},
    {ROUTE_POST, "/v1/admin/returns/{return_id}/receipt", ORDERS, .rpc = "ReceiveReturn", .access = ACCESS_STAFF,
     .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS, .summary = "What came back, in what condition"},
    {ROUTE_POST, "/v1/admin/returns/{return_id}/refund", ORDERS, .rpc = "RefundReturn", .access = ACCESS_STAFF,
     .success = 201, .needs_idempotency_key = true, .deadline_ms = ORDER_DEADLINE_MS,
     .summary = "Give back the money for what came"},
    {ROUTE_GET, "/v1/admin/orders/{order_id}/payments", ORDERS, .rpc = "GetOrderPayments", .access = ACCESS_STAFF,
     .summary = "All that was paid for an order, and its books"},
    {ROUTE_GET, "/v1/admin/payments/reviews", ORDERS, .rpc = "ListPaymentReviews", .access = ACCESS_STAFF,
     .summary = "Payments that wait for a decision"},
    {ROUTE_POST, "/v1/admin/payments/{attempt_id}/resolve", ORDERS, .rpc = "ResolvePayment", .access = ACCESS_STAFF,
     .needs_idempotency_key = true, .summary = "Decide what becomes of a payment in review"},
    {ROUTE_POST, "/v1/admin/refunds/{refund_id}/resolve", ORDERS, .rpc = "ResolveRefund", .access = ACCESS_STAFF,
     .needs_idempotency_key = true, .summary = "Decide what becomes of a refund that did not go through by itself"},
    {ROUTE_GET, "/v1/admin/tasks", ORDERS, .rpc = "ListTasks", .access = ACCESS_STAFF,
     .summary = "Steps of orders that could not be done"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/tasks/{step}/retry", ORDERS, .rpc = "RetryTask", .access = ACCESS_STAFF,
     .summary = "Try a failed step again"},
    {ROUTE_POST, "/v1/admin/orders/{order_id}/tasks/{step}/undo", ORDERS, .rpc = "UndoTask", .access = ACCESS_STAFF,
     .deadline_ms = ORDER_DEADLINE_MS, .summary = "Give a failed step up and undo what it belongs to"},

    {ROUTE_GET, "/v1/admin/webhooks", ORDERS, .rpc = "ListWebhooks", .access = ACCESS_STAFF,
     .summary = "Webhook endpoints, and the topics there are"},
    {ROUTE_POST, "/v1/admin/webhooks", ORDERS, .rpc = "CreateWebhook", .access = ACCESS_STAFF, .success = 201,
     .summary = "Tell a server of events; the answer holds the secret, once"},
    {ROUTE_PUT, "/v1/admin/webhooks/{endpoint_id}", ORDERS, .rpc = "UpdateWebhook", .access = ACCESS_STAFF,
     .summary = "Change address, topics, or whether it is called"},
    {ROUTE_DELETE, "/v1/admin/webhooks/{endpoint_id}", ORDERS, .rpc = "DeleteWebhook", .access = ACCESS_STAFF,
     .success = 204, .summary = "Forget an endpoint and what waits for it"},
    {ROUTE_POST, "/v1/admin/webhooks/{endpoint_id}/secret", ORDERS, .rpc = "RotateWebhookSecret", .access = ACCESS_STAFF,
     .summary = "A new secret; the old one signs along for a day"},
    {ROUTE_GET, "/v1/admin/messages", ORDERS, .rpc = "ListMessages", .access = ACCESS_STAFF,
     .summary = "Webhook calls, mails and SMS, newest first"},
    {ROUTE_POST, "/v1/admin/messages/replays", ORDERS, .rpc = "ReplayMessages", .access = ACCESS_STAFF,
     .summary = "Send a message again, or all that failed"},

    {ROUTE_POST, "/v1/payments/notices/{provider}", DOOR, .handle = notice_receive, .body_max = 256 * KIB},
    {ROUTE_POST, "/v1/payments/notices/{provider}/{token}", DOOR, .handle = notice_receive, .body_max = 256 * KIB},
    {ROUTE_PUT, "/v1/payments/notices/{provider}/{token}", DOOR, .handle = notice_receive, .body_max = 256 * KIB}, /* MTN sends some by PUT */

    {ROUTE_GET, "/openapi.json", DOOR, .handle = documents_openapi, .cache_s = 300},
    {ROUTE_GET, "/docs", DOOR, .handle = documents_reference, .cache_s = 300},
    {ROUTE_GET, "/problems", DOOR, .handle = documents_problems, .cache_s = 300},
    {ROUTE_GET, "/problems/{slug}", DOOR, .handle = documents_problems, .cache_s = 300},
    {ROUTE_GET, "/assets/{path=**}", DOOR, .handle = web_asset, .cache_s = 300},
    {ROUTE_GET, "/favicon.ico", DOOR, .handle = web_favicon, .cache_s = 86400},
    {ROUTE_GET, "/robots.txt", DOOR, .handle = web_robots, .cache_s = 3600},
    {ROUTE_GET, "/media/{name}", DOOR, .handle = media_serve},
};
/* clang-format on */
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);

const struct internal_rpc routes_internal[] = {
    {&catalog__v1__catalog_service__descriptor, "QuoteVariants"},
    {&catalog__v1__catalog_service__descriptor, "ReserveStock"},
    {&catalog__v1__catalog_service__descriptor, "ConfirmStock"},
    {&catalog__v1__catalog_service__descriptor, "ReleaseStock"},
    {&catalog__v1__catalog_service__descriptor, "RestockReturn"},
    {&cart__v1__cart_service__descriptor, "CloseCart"},
    {&orders__v1__order_service__descriptor, "PrintPaper"}, /* for the gateway itself */
    {&orders__v1__order_service__descriptor, "ReceiveNotice"},
    {&orders__v1__order_service__descriptor, "DeliverEvents"},
};
const size_t routes_internal_count = sizeof(routes_internal) / sizeof(routes_internal[0]);
