/* Opens the three services and lets people use them. */
#include "trade_shop.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sodium.h>

#include "cart_migrations.h"
#include "cart_service.h"
#include "catalog_migrations.h"
#include "catalog_service.h"
#include "clock.h"
#include "orders_migrations.h"
#include "orders_service.h"
#include "payments_stage.h"
#include "store_test.h"

#define CATALOG "inproc://trade-catalog"
#define CART "inproc://trade-cart"
#define ORDERS "inproc://trade-orders"
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WORKERS 4
#define PEOPLE_AT_ONCE 64

RPC_STUB(save_product, catalog__v1__catalog_service__save_product, Catalog__V1__SaveProductRequest,
         Catalog__V1__ProductRecord)
RPC_STUB(quote_variants, catalog__v1__catalog_service__quote_variants, Catalog__V1__QuoteVariantsRequest,
         Catalog__V1__QuoteVariantsReply)
RPC_STUB(get_cart, cart__v1__cart_service__get_cart, Cart__V1__GetCartRequest, Cart__V1__Cart)
RPC_STUB(add_item, cart__v1__cart_service__add_item, Cart__V1__AddItemRequest, Cart__V1__Cart)
RPC_STUB(set_item_quantity, cart__v1__cart_service__set_item_quantity, Cart__V1__SetItemQuantityRequest, Cart__V1__Cart)
RPC_STUB(remove_item, cart__v1__cart_service__remove_item, Cart__V1__RemoveItemRequest, Cart__V1__Cart)
RPC_STUB(set_country, cart__v1__cart_service__set_country, Cart__V1__SetCountryRequest, Cart__V1__Cart)
RPC_STUB(close_cart, cart__v1__cart_service__close_cart, Cart__V1__CloseCartRequest, Cart__V1__CloseCartReply)
RPC_STUB(place_order, orders__v1__order_service__place_order, Orders__V1__PlaceOrderRequest, Orders__V1__Order)
RPC_STUB(get_order, orders__v1__order_service__get_order, Orders__V1__GetOrderRequest, Orders__V1__Order)
RPC_STUB(cancel_order, orders__v1__order_service__cancel_order, Orders__V1__CancelOrderRequest, Orders__V1__Order)
RPC_STUB(advance_order, orders__v1__order_service__advance_order, Orders__V1__AdvanceOrderRequest, Orders__V1__Order)
RPC_STUB(confirm_order, orders__v1__order_service__confirm_order, Orders__V1__ConfirmOrderRequest, Orders__V1__Order)
RPC_STUB(send_confirm_code, orders__v1__order_service__send_confirm_code, Orders__V1__SendConfirmCodeRequest,
         Orders__V1__SendConfirmCodeReply)
RPC_STUB(get_invoice, orders__v1__order_service__get_invoice, Orders__V1__GetInvoiceRequest, Orders__V1__Invoice)
RPC_STUB(list_invoices, orders__v1__order_service__list_invoices, Orders__V1__ListInvoicesRequest,
         Orders__V1__ListInvoicesReply)
RPC_STUB(find_orders, orders__v1__order_service__find_orders, Orders__V1__FindOrdersRequest, Orders__V1__ListOrdersReply)
RPC_STUB(get_desk, orders__v1__order_service__get_desk, Orders__V1__GetDeskRequest, Orders__V1__Desk)
RPC_STUB(list_orders, orders__v1__order_service__list_orders, Orders__V1__ListOrdersRequest, Orders__V1__ListOrdersReply)
RPC_STUB(list_all_orders, orders__v1__order_service__list_all_orders, Orders__V1__ListAllOrdersRequest,
         Orders__V1__ListOrdersReply)

/* ---- the services ---- */

/* One service as service_main() would run it. */
struct room {
    const char *address;
    const ProtobufCServiceDescriptor *descriptor;
    struct service_settings *settings;
    enum status (*open)(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err);
    void (*close)(void *state);
    void *state;
    struct rpc_server *server;
    struct rpc_client *client;
};

static struct catalog_settings catalog_settings = {.markets_file = "", .cursor_key = KEY};
static struct cart_settings cart_settings = {.catalog_url = CATALOG, .markets_file = "", .default_country = "KE"};
static struct orders_settings orders_settings = {
    .catalog_url = CATALOG,
    .cart_url = CART,
    .markets_file = "",
    .cursor_key = KEY,
    .payment_window_s = 1800,
    .payment_late_s = 1,
    .payment_grace_s = 600,
    .courier = {.key = KEY, .shop = "Shop", .ca_file = "", .timeout_ms = 2000, .smtp_url = "", .sms_api_key = "",
                .mail_from = "", .mail_staff = "", .sms_username = ""}};

static struct room catalog = {.address = CATALOG,
                              .descriptor = &catalog__v1__catalog_service__descriptor,
                              .settings = &catalog_settings.base,
                              .open = catalog_service_open,
                              .close = catalog_service_close};
static struct room cart = {.address = CART,
                           .descriptor = &cart__v1__cart_service__descriptor,
                           .settings = &cart_settings.base,
                           .open = cart_service_open,
                           .close = cart_service_close};
static struct room orders = {.address = ORDERS,
                             .descriptor = &orders__v1__order_service__descriptor,
                             .settings = &orders_settings.base,
                             .open = orders_service_open,
                             .close = orders_service_close};

const char *trade_markets_file = "";
const char *trade_catalog_db;
const char *trade_cart_db;
const char *trade_orders_db;

static void *worker_new(void *settings)
{
    return service_db_new(settings, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

static void room_open(struct room *room)
{
    struct error err;
    ProtobufCService *service = NULL;
    error_clear(&err);
    assert_int_equal(room->open(room->settings, &room->state, &service, &err), STATUS_OK);
    const struct rpc_lane lane = {"main", WORKERS, PEOPLE_AT_ONCE, NULL};
    const struct rpc_server_options options = {.address = room->address,
                                               .service = service,
                                               .lanes = &lane,
                                               .lane_count = 1,
                                               .worker_new = worker_new,
                                               .worker_free = worker_free,
                                               .worker_arg = room->settings};
    assert_int_equal(rpc_server_start(&options, &room->server, &err), STATUS_OK);
    const struct rpc_client_options client = {room->address, room->descriptor, PEOPLE_AT_ONCE};
    assert_int_equal(rpc_client_open(&client, &room->client, &err), STATUS_OK);
}

static void room_close(struct room *room)
{
    rpc_client_close(room->client);
    rpc_server_stop(room->server, 1000);
    room->close(room->state);
}

static const char *database_of(struct room *room, const struct db_migration *migrations, size_t count)
{
    *room->settings = (struct service_settings){
        .database_url = store_test_database(migrations, count), .workers = WORKERS, .statement_timeout_ms = 10000};
    return room->settings->database_url;
}

int trade_shop_open(void **state)
{
    (void)state;
    assert_return_code(sodium_init(), 0);
    trade_catalog_db = database_of(&catalog, catalog_migrations, catalog_migrations_count);
    trade_cart_db = database_of(&cart, cart_migrations, cart_migrations_count);
    trade_orders_db = database_of(&orders, orders_migrations, orders_migrations_count);
    catalog_settings.markets_file = cart_settings.markets_file = orders_settings.markets_file = trade_markets_file;
    orders_settings.payments = payments_settings();
    room_open(&catalog);
    room_open(&cart);
    room_open(&orders);
    return 0;
}

int trade_shop_close(void **state)
{
    (void)state;
    room_close(&orders);
    room_close(&cart);
    room_close(&catalog);
    return 0;
}

void trade_orders_stop(void)
{
    room_close(&orders);
}

void trade_orders_start(void)
{
    room_open(&orders);
}

/* ---- people ---- */

static void person_init(struct person *person, Rpc__V1__Caller__Kind kind)
{
    memset(person, 0, sizeof(*person));
    person->arena = arena_new(16384, 1 << 24);
    uuid_v7(clock_now_us(), person->subject);
    person->caller = RPC_NOBODY;
    person->caller.kind = kind;
    person->caller.subject = person->subject;
    error_clear(&person->err);
}

void guest_init(struct person *person)
{
    person_init(person, RPC__V1__CALLER__KIND__KIND_GUEST);
}

void customer_init(struct person *person, const struct person *guest)
{
    person_init(person, RPC__V1__CALLER__KIND__KIND_CUSTOMER);
    if (guest)
        person->caller.guest_subject = (char *)guest->subject;
}

void staff_init(struct person *person)
{
    person_init(person, RPC__V1__CALLER__KIND__KIND_STAFF);
}

void person_done(struct person *person)
{
    arena_free(person->arena);
}

bool was_refused_for(const struct person *person, const char *field, const char *code)
{
    for (size_t i = 0; i < person->err.violation_count; i++)
        if (strcmp(person->err.violations[i].field, field) == 0 && strcmp(person->err.violations[i].code, code) == 0)
            return true;
    return false;
}

struct rpc_client *trade_orders_client(void)
{
    return orders.client;
}

struct rpc_meta *person_meta(struct person *person, const char *key)
{
    struct rpc_meta *meta = ARENA_NEW(person->arena, struct rpc_meta);
    *meta = (struct rpc_meta){.caller = &person->caller,
                               .request_id = "test",
                               .traceparent = "",
                               .idempotency_key = key,
                               .deadline_us = clock_monotonic_us() + 20 * US_PER_S};
    error_clear(&person->err);
    return meta;
}

#define CALL(room, stub, person, request, ret_reply)                                                                        \
    stub((room).client, person_meta((person), ""), (person)->arena, (request), (ret_reply), &(person)->err)

/* ---- the catalog ---- */

static void save(const struct product *product, int64_t price_minor, int64_t stock,
                 Catalog__V1__ProductRecord__Status status, char variant_id[UUID_SIZE])
{
    struct person staff;
    Types__V1__Money money = TYPES__V1__MONEY__INIT;
    Catalog__V1__PriceRecord price = CATALOG__V1__PRICE_RECORD__INIT;
    Catalog__V1__VariantRecord variant = CATALOG__V1__VARIANT_RECORD__INIT;
    Catalog__V1__ProductRecord record = CATALOG__V1__PRODUCT_RECORD__INIT;
    Catalog__V1__SaveProductRequest request = CATALOG__V1__SAVE_PRODUCT_REQUEST__INIT;
    money.amount_minor = price_minor;
    money.currency_code = (char *)"KES";
    price.price = &money;
    variant.sku = (char *)product->handle;
    variant.on_hand = stock;
    variant.prices = (Catalog__V1__PriceRecord *[]){&price};
    variant.n_prices = 1;
    record.handle = (char *)product->handle;
    record.title = (char *)"Kitenge shirt";
    record.category_path = (char *)"fashion";
    record.status = status;
    record.variants = (Catalog__V1__VariantRecord *[]){&variant};
    record.n_variants = 1;
    request.handle = (char *)product->handle;
    request.product = &record;
    const Catalog__V1__ProductRecord *saved = NULL;
    staff_init(&staff);
    if (CALL(catalog, save_product, &staff, &request, &saved) != STATUS_OK)
        fail_msg("SaveProduct: %s", staff.err.message);
    memcpy(variant_id, saved->variants[0]->id, UUID_SIZE);
    person_done(&staff);
}

void product_init(struct product *product, int64_t price_minor, int64_t stock)
{
    static int products;
    snprintf(product->handle, sizeof(product->handle), "shirt-%d", ++products);
    save(product, price_minor, stock, CATALOG__V1__PRODUCT_RECORD__STATUS__ACTIVE, product->variant_id);
}

void product_set_price(const struct product *product, int64_t price_minor)
{
    char variant_id[UUID_SIZE];
    save(product, price_minor, 0, CATALOG__V1__PRODUCT_RECORD__STATUS__ACTIVE, variant_id);
    assert_string_equal(variant_id, product->variant_id);
}

void product_archive(const struct product *product)
{
    char variant_id[UUID_SIZE];
    save(product, 1, 0, CATALOG__V1__PRODUCT_RECORD__STATUS__ARCHIVED, variant_id);
}

int64_t product_available(const struct product *product)
{
    struct person somebody;
    const Catalog__V1__QuoteVariantsReply *reply = NULL;
    Catalog__V1__QuoteVariantsRequest request = CATALOG__V1__QUOTE_VARIANTS_REQUEST__INIT;
    request.country_code = (char *)"KE";
    request.variant_ids = (char *[]){(char *)product->variant_id};
    request.n_variant_ids = 1;
    guest_init(&somebody);
    assert_int_equal(CALL(catalog, quote_variants, &somebody, &request, &reply), STATUS_OK);
    int64_t available = reply->quotes[0]->available;
    person_done(&somebody);
    return available;
}

bool product_becomes_available(const struct product *product, int64_t wanted)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int64_t give_up_us = clock_monotonic_us() + 30 * US_PER_S;
    while (product_available(product) != wanted) {
        if (clock_monotonic_us() > give_up_us)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- the cart ---- */

enum status cart_look(struct person *person, const char *cart_id)
{
    Cart__V1__GetCartRequest request = CART__V1__GET_CART_REQUEST__INIT;
    request.cart_id = (char *)cart_id;
    return CALL(cart, get_cart, person, &request, &person->cart);
}

enum status cart_put(struct person *person, const struct product *product, int64_t quantity)
{
    Cart__V1__AddItemRequest request = CART__V1__ADD_ITEM_REQUEST__INIT;
    request.country_code = (char *)"KE";
    request.variant_id = (char *)product->variant_id;
    request.quantity = quantity;
    return CALL(cart, add_item, person, &request, &person->cart);
}

enum status cart_change(struct person *person, const char *cart_id, const char *item_id, int64_t quantity)
{
    Cart__V1__SetItemQuantityRequest request = CART__V1__SET_ITEM_QUANTITY_REQUEST__INIT;
    request.cart_id = (char *)cart_id;
    request.item_id = (char *)item_id;
    request.quantity = quantity;
    return CALL(cart, set_item_quantity, person, &request, &person->cart);
}

enum status cart_take_out(struct person *person, const char *cart_id, const char *item_id)
{
    Cart__V1__RemoveItemRequest request = CART__V1__REMOVE_ITEM_REQUEST__INIT;
    request.cart_id = (char *)cart_id;
    request.item_id = (char *)item_id;
    return CALL(cart, remove_item, person, &request, &person->cart);
}

enum status cart_move(struct person *person, const char *country_code)
{
    Cart__V1__SetCountryRequest request = CART__V1__SET_COUNTRY_REQUEST__INIT;
    request.country_code = (char *)country_code;
    return CALL(cart, set_country, person, &request, &person->cart);
}

enum status cart_close(struct person *person, const char *cart_id, const char *order_id)
{
    Cart__V1__CloseCartRequest request = CART__V1__CLOSE_CART_REQUEST__INIT;
    const Cart__V1__CloseCartReply *reply;
    request.cart_id = (char *)cart_id;
    request.order_id = (char *)order_id;
    return CALL(cart, close_cart, person, &request, &reply);
}

/* ---- orders ---- */

void order_form_init(struct order_form *form)
{
    *form = (struct order_form){.request = ORDERS__V1__PLACE_ORDER_REQUEST__INIT,
                                .contact = ORDERS__V1__CONTACT__INIT,
                                .address = TYPES__V1__ADDRESS__INIT,
                                .expected = TYPES__V1__MONEY__INIT};
    form->contact.name = (char *)"Amina Otieno";
    form->contact.phone = (char *)"0712345678";
    form->address.recipient = (char *)"Amina Otieno";
    form->address.phone = (char *)"0712345678";
    form->address.line1 = (char *)"House 12, Jamhuri Estate";
    form->address.city = (char *)"Nairobi";
    form->address.country_code = (char *)"KE";
    form->request.payment_method = TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY;
    form->request.note = (char *)"Call from the gate.";
}

enum status order_place(struct person *person, const char *key, struct order_form *form)
{
    form->request.contact = &form->contact;
    form->request.delivery_address = &form->address;
    form->request.expected_total = form->expected.currency_code[0] ? &form->expected : NULL;
    return place_order(orders.client, person_meta(person, key), person->arena, &form->request, &person->order, &person->err);
}

enum status order_look(struct person *person, const char *id_or_number)
{
    Orders__V1__GetOrderRequest request = ORDERS__V1__GET_ORDER_REQUEST__INIT;
    request.order_id = (char *)id_or_number;
    return CALL(orders, get_order, person, &request, &person->order);
}

enum status order_invoice(struct person *person, const char *order_id, const char *number,
                          const Orders__V1__Invoice **ret_invoice)
{
    Orders__V1__GetInvoiceRequest request = ORDERS__V1__GET_INVOICE_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.number = (char *)number;
    return CALL(orders, get_invoice, person, &request, ret_invoice);
}

enum status order_invoices(struct person *person, const char *order_id, const Orders__V1__ListInvoicesReply **ret_list)
{
    Orders__V1__ListInvoicesRequest request = ORDERS__V1__LIST_INVOICES_REQUEST__INIT;
    request.order_id = (char *)order_id;
    return CALL(orders, list_invoices, person, &request, ret_list);
}

enum status order_find(struct person *person, const char *q, const Orders__V1__ListOrdersReply **ret_page)
{
    Orders__V1__FindOrdersRequest request = ORDERS__V1__FIND_ORDERS_REQUEST__INIT;
    request.q = (char *)q;
    request.country_code = (char *)"KE";
    return CALL(orders, find_orders, person, &request, ret_page);
}

enum status desk_look(struct person *person, const Orders__V1__Desk **ret_desk)
{
    Orders__V1__GetDeskRequest request = ORDERS__V1__GET_DESK_REQUEST__INIT;
    return CALL(orders, get_desk, person, &request, ret_desk);
}

enum status order_cancel(struct person *person, const char *order_id, const char *reason)
{
    Orders__V1__CancelOrderRequest request = ORDERS__V1__CANCEL_ORDER_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.reason = (char *)reason;
    return CALL(orders, cancel_order, person, &request, &person->order);
}

enum status order_advance(struct person *person, const char *order_id, Orders__V1__OrderEvent event)
{
    Orders__V1__AdvanceOrderRequest request = ORDERS__V1__ADVANCE_ORDER_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.event = event;
    return CALL(orders, advance_order, person, &request, &person->order);
}

enum status order_deliver(struct person *person, const char *order_id, const char *code, const char *note)
{
    Orders__V1__AdvanceOrderRequest request = ORDERS__V1__ADVANCE_ORDER_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.event = ORDERS__V1__ORDER_EVENT__DELIVER;
    request.code = (char *)code;
    request.note = (char *)note;
    return CALL(orders, advance_order, person, &request, &person->order);
}

enum status order_confirm(struct person *person, const char *order_id, const char *code)
{
    Orders__V1__ConfirmOrderRequest request = ORDERS__V1__CONFIRM_ORDER_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.code = (char *)code;
    return CALL(orders, confirm_order, person, &request, &person->order);
}

enum status order_send_code(struct person *person, const char *order_id)
{
    const Orders__V1__SendConfirmCodeReply *reply;
    Orders__V1__SendConfirmCodeRequest request = ORDERS__V1__SEND_CONFIRM_CODE_REQUEST__INIT;
    request.order_id = (char *)order_id;
    return CALL(orders, send_confirm_code, person, &request, &reply);
}

enum status order_list(struct person *person, int32_t size, const char *token, const Orders__V1__ListOrdersReply **ret_page)
{
    Orders__V1__ListOrdersRequest request = ORDERS__V1__LIST_ORDERS_REQUEST__INIT;
    request.page_size = size;
    request.page_token = (char *)token;
    return CALL(orders, list_orders, person, &request, ret_page);
}

enum status order_list_all(struct person *person, Orders__V1__OrderStatus status,
                           const Orders__V1__ListOrdersReply **ret_page)
{
    Orders__V1__ListAllOrdersRequest request = ORDERS__V1__LIST_ALL_ORDERS_REQUEST__INIT;
    request.status = status;
    request.page_size = 100;
    return CALL(orders, list_all_orders, person, &request, ret_page);
}

void shopper_init(struct person *person, const struct product *product, int64_t quantity)
{
    guest_init(person);
    if (cart_put(person, product, quantity) != STATUS_OK)
        fail_msg("AddItem: %s", person->err.message);
}

/* ---- at the same time ---- */

struct actor {
    pthread_t thread;
    pthread_barrier_t *start;
    void (*story)(size_t i);
    size_t i;
};

static void *act(void *arg)
{
    struct actor *actor = arg;
    pthread_barrier_wait(actor->start);
    actor->story(actor->i);
    return NULL;
}

void at_once(size_t count, void (*story)(size_t i))
{
    struct actor actors[PEOPLE_AT_ONCE];
    pthread_barrier_t start;
    assert_true(count <= PEOPLE_AT_ONCE);
    pthread_barrier_init(&start, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        actors[i] = (struct actor){.start = &start, .story = story, .i = i};
        assert_int_equal(pthread_create(&actors[i].thread, NULL, act, &actors[i]), 0);
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(actors[i].thread, NULL);
    pthread_barrier_destroy(&start);
}
