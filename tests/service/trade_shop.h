/*
 * The trade of a test: the catalog, cart and orders services over inproc, each on a schema of its own, and people who use
 * them.
 */
#ifndef PORTAL_TRADE_SHOP_H
#define PORTAL_TRADE_SHOP_H

#include "check.h"

#include "cart.pb-c.h"
#include "orders.pb-c.h"
#include "rpc_client.h"
#include "uuid.h"

/* Of the schemas, for store_test_run() and store_test_value(). */
extern const char *trade_catalog_db;
extern const char *trade_cart_db;
extern const char *trade_orders_db;

/* A file of markets of the test's own; "" as it begins: those of the portal. Set it before the shop opens. */
extern const char *trade_markets_file;

/* For cmocka_run_group_tests(). */
int trade_shop_open(void **state);
int trade_shop_close(void **state);

/* The orders service ends and another one takes its place, as after a crash. */
void trade_orders_stop(void);
void trade_orders_start(void);

/* ---- people; each is used by one thread at a time ---- */

struct person {
    Rpc__V1__Caller caller;
    char subject[UUID_SIZE];
    struct arena *arena;                    /* whatever a person is answered lives until person_done() */
    struct error err;                       /* of the last call */
    const Cart__V1__Cart *cart;             /* the last seen */
    const Orders__V1__Order *order;         /* the last seen */
};

void guest_init(struct person *person);
void customer_init(struct person *person, const struct person *guest);     /* who was that guest before; NULL: none */
void staff_init(struct person *person);
void person_done(struct person *person);

/* For calls that have no function here: as the person, with a key ("": none). Clears person->err. */
struct rpc_client *trade_orders_client(void);
struct rpc_meta *person_meta(struct person *person, const char *key);

/* Whether the last call was refused with that code for that field. */
bool was_refused_for(const struct person *person, const char *field, const char *code);

/* ---- the catalog ---- */

struct product {
    char handle[64];
    char variant_id[UUID_SIZE];
};

/* Sold in Kenya only, for `price_minor` of KES. */
void product_init(struct product *product, int64_t price_minor, int64_t stock);
void product_set_price(const struct product *product, int64_t price_minor);
void product_archive(const struct product *product);
int64_t product_available(const struct product *product);
bool product_becomes_available(const struct product *product, int64_t wanted);     /* within 30 s */

/* ---- the cart; each fills person->cart when it succeeds ---- */

enum status cart_look(struct person *person, const char *cart_id);         /* "": the open one */
enum status cart_put(struct person *person, const struct product *product, int64_t quantity);
enum status cart_change(struct person *person, const char *cart_id, const char *item_id, int64_t quantity);
enum status cart_take_out(struct person *person, const char *cart_id, const char *item_id);
enum status cart_move(struct person *person, const char *country_code);
enum status cart_close(struct person *person, const char *cart_id, const char *order_id);

/* ---- orders; each fills person->order when it succeeds ---- */

/* A good order of the open cart to Nairobi, to be changed by a test before it is sent. */
struct order_form {
    Orders__V1__PlaceOrderRequest request;
    Orders__V1__Contact contact;
    Types__V1__Address address;
    Types__V1__Money expected;              /* taken when its currency is set */
};
void order_form_init(struct order_form *form);

enum status order_place(struct person *person, const char *key, struct order_form *form);
enum status order_look(struct person *person, const char *id_or_number);
enum status order_cancel(struct person *person, const char *order_id, const char *reason);
enum status order_advance(struct person *person, const char *order_id, Orders__V1__OrderEvent event);
enum status order_deliver(struct person *person, const char *order_id, const char *code, const char *note);
enum status order_confirm(struct person *person, const char *order_id, const char *code);
enum status order_send_code(struct person *person, const char *order_id);
enum status order_list(struct person *person, int32_t size, const char *token, const Orders__V1__ListOrdersReply **ret_page);
enum status order_list_all(struct person *person, Orders__V1__OrderStatus status,
                           const Orders__V1__ListOrdersReply **ret_page);

/* ---- papers ---- */

enum status order_invoice(struct person *person, const char *order_id, const char *number,
                          const Orders__V1__Invoice **ret_invoice);
enum status order_invoices(struct person *person, const char *order_id, const Orders__V1__ListInvoicesReply **ret_list);
enum status order_find(struct person *person, const char *q, const Orders__V1__ListOrdersReply **ret_page);
enum status desk_look(struct person *person, const Orders__V1__Desk **ret_desk);

/* A guest with `quantity` of a product in the cart. */
void shopper_init(struct person *person, const struct product *product, int64_t quantity);

/* Runs `story` for 0 .. count-1 at the same time, each on a thread of its own. */
void at_once(size_t count, void (*story)(size_t i));

#endif
