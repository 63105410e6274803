/* Four services over inproc, the gateway over TCP, and a client that sends whatever it is given. */
#include "gateway_shop.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <sodium.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "clock.h"
#include "orders.pb-c.h"
#include "rpc_server.h"
#include "uuid.h"

#define PATIENCE_MS 5000

struct gateway_shop shop = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct fake {
    union {
        ProtobufCService base;
        Auth__V1__AuthService_Service auth;
        Catalog__V1__CatalogService_Service catalog;
        Cart__V1__CartService_Service cart;
        Orders__V1__OrderService_Service orders;
    } vtable;
    struct rpc_server *server;
};

struct fake_auth {
    Auth__V1__AuthService_Service base;
};
struct fake_catalog {
    Catalog__V1__CatalogService_Service base;
};
struct fake_cart {
    Cart__V1__CartService_Service base;
};
struct fake_orders {
    Orders__V1__OrderService_Service base;
};

static struct fake fakes[UPSTREAM_COUNT];

static char *token_in(struct arena *arena, const struct token_signer *signer, Rpc__V1__Caller__Kind kind, int seconds)
{
    int64_t now_us = clock_now_us();
    struct token_claims claims = {.issuer = TOKEN_ISSUER,
                                  .audience = TOKEN_AUDIENCE,
                                  .subject = SUBJECT,
                                  .kind = kind,
                                  .guest_subject = "",
                                  .session_id = "",
                                  .token_id = uuid_new(arena),
                                  .issued_at_us = now_us - 7200 * US_PER_S};
    claims.expires_at_us = now_us + seconds * US_PER_S;
    return (char *)token_sign(signer, &claims, arena);
}

static void fill_session(Auth__V1__Session *reply, struct arena *arena, Rpc__V1__Caller__Kind kind)
{
    int64_t now_us = clock_now_us();
    reply->access_token = token_in(arena, &shop.signer, kind, 600);
    reply->access_expires_at = clock_to_timestamp(arena, now_us + 600 * US_PER_S);
    if (kind == RPC__V1__CALLER__KIND__KIND_GUEST)
        return;
    reply->refresh_token = "refresh-token-that-is-new";
    reply->refresh_expires_at = clock_to_timestamp(arena, now_us + 86400 * US_PER_S);
}

static enum status start_guest(struct fake_auth *self, struct rpc_call *call,
                               const Auth__V1__StartGuestSessionRequest *request, Auth__V1__Session *reply,
                               struct error *err)
{
    (void)self, (void)request, (void)err;
    atomic_fetch_add(&shop.calls, 1);
    fill_session(reply, call->arena, RPC__V1__CALLER__KIND__KIND_GUEST);
    return STATUS_OK;
}

static enum status refresh(struct fake_auth *self, struct rpc_call *call, const Auth__V1__RefreshRequest *request,
                           Auth__V1__Session *reply, struct error *err)
{
    (void)self;
    atomic_fetch_add(&shop.calls, 1);
    if (strcmp(request->refresh_token, GOOD_REFRESH) != 0)
        return error_set(err, STATUS_UNAUTHENTICATED, "You have been signed out; sign in again.");
    fill_session(reply, call->arena, RPC__V1__CALLER__KIND__KIND_CUSTOMER);
    return STATUS_OK;
}

static Auth__V1__SigningKey *key_message(struct arena *arena, const struct token_key *key)
{
    Auth__V1__SigningKey *message = ARENA_NEW(arena, Auth__V1__SigningKey);
    auth__v1__signing_key__init(message);
    char *x = arena_alloc(arena, TOKEN_X_SIZE);
    token_key_x(key, x);
    message->kid = (char *)key->kid;
    message->x = x;
    return message;
}

static enum status list_keys(struct fake_auth *self, struct rpc_call *call, const Auth__V1__ListSigningKeysRequest *request,
                             Auth__V1__ListSigningKeysReply *reply, struct error *err)
{
    (void)self, (void)request, (void)err;
    reply->keys = ARENA_ARRAY(call->arena, Auth__V1__SigningKey *, 2);
    reply->keys[reply->n_keys++] = key_message(call->arena, &shop.signer.key);
    if (atomic_load(&shop.rotated))
        reply->keys[reply->n_keys++] = key_message(call->arena, &shop.next_signer.key);
    return STATUS_OK;
}

static void be_slow(void)
{
    int running = atomic_fetch_add(&shop.running, 1) + 1;
    int most = atomic_load(&shop.most_running);
    while (running > most && !atomic_compare_exchange_weak(&shop.most_running, &most, running))
        continue;
    usleep(SLOW_MS * 1000);
    atomic_fetch_sub(&shop.running, 1);
}

static enum status get_product(struct fake_catalog *self, struct rpc_call *call,
                               const Catalog__V1__GetProductRequest *request, Catalog__V1__Product *reply, struct error *err)
{
    (void)self;
    atomic_fetch_add(&shop.calls, 1);
    if (strcmp(request->handle, "missing") == 0)
        return error_set(err, STATUS_NOT_FOUND, "There is no such product.");
    if (strcmp(request->handle, "broken") == 0)
        return error_set(err, STATUS_INTERNAL, "Something broke.");
    if (strcmp(request->handle, "slow") == 0)
        be_slow();
    reply->handle = request->handle;
    reply->title = request->handle;
    char *words = arena_alloc(call->arena, 4001);
    memset(words, 'a', 4000);
    reply->description = words;
    return STATUS_OK;
}

static enum status list_categories(struct fake_catalog *self, struct rpc_call *call,
                                   const Catalog__V1__ListCategoriesRequest *request,
                                   Catalog__V1__ListCategoriesReply *reply, struct error *err)
{
    (void)self, (void)call, (void)request, (void)reply, (void)err;
    be_slow();
    return STATUS_OK;
}

static enum status list_products(struct fake_catalog *self, struct rpc_call *call,
                                 const Catalog__V1__ListProductsRequest *request, Catalog__V1__ListProductsReply *reply,
                                 struct error *err)
{
    (void)self, (void)call, (void)request, (void)reply, (void)err;
    be_slow();
    return STATUS_OK;
}

static enum status save_product(struct fake_catalog *self, struct rpc_call *call,
                                const Catalog__V1__SaveProductRequest *request, Catalog__V1__ProductRecord *reply,
                                struct error *err)
{
    (void)self, (void)call;
    if (*request->product->title == '\0')
        return error_field(err, "product.title", "required", "A product needs a title.");
    reply->handle = request->handle;
    reply->title = request->product->title;
    return STATUS_OK;
}

static enum status get_cart(struct fake_cart *self, struct rpc_call *call, const Cart__V1__GetCartRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    (void)self, (void)request, (void)reply, (void)err;
    pthread_mutex_lock(&shop.lock);
    snprintf(shop.seen_subject, sizeof(shop.seen_subject), "%s", call->meta.caller->subject);
    pthread_mutex_unlock(&shop.lock);
    return STATUS_OK;
}

static enum status add_item(struct fake_cart *self, struct rpc_call *call, const Cart__V1__AddItemRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    (void)self, (void)err;
    atomic_fetch_add(&shop.calls, 1);
    reply->id = arena_strdup(call->arena, request->cart_id);
    reply->item_count = request->quantity;
    return STATUS_OK;
}

static enum status place_order(struct fake_orders *self, struct rpc_call *call, const Orders__V1__PlaceOrderRequest *request,
                               Orders__V1__Order *reply, struct error *err)
{
    (void)self, (void)request, (void)err;
    pthread_mutex_lock(&shop.lock);
    call->replayed = strcmp(shop.seen_key, call->meta.idempotency_key) == 0;
    snprintf(shop.seen_key, sizeof(shop.seen_key), "%s", call->meta.idempotency_key);
    pthread_mutex_unlock(&shop.lock);
    reply->id = "o 1";
    return STATUS_OK;
}

static enum status list_all(struct fake_orders *self, struct rpc_call *call, const Orders__V1__ListAllOrdersRequest *request,
                            Orders__V1__ListOrdersReply *reply, struct error *err)
{
    (void)self, (void)call, (void)request, (void)reply, (void)err;
    return STATUS_OK;
}

RPC_HANDLER(start_guest, struct fake_auth, Auth__V1__StartGuestSessionRequest, Auth__V1__Session, auth__v1__session__init)
RPC_HANDLER(refresh, struct fake_auth, Auth__V1__RefreshRequest, Auth__V1__Session, auth__v1__session__init)
RPC_HANDLER(list_keys, struct fake_auth, Auth__V1__ListSigningKeysRequest, Auth__V1__ListSigningKeysReply,
            auth__v1__list_signing_keys_reply__init)
RPC_HANDLER(get_product, struct fake_catalog, Catalog__V1__GetProductRequest, Catalog__V1__Product,
            catalog__v1__product__init)
RPC_HANDLER(list_categories, struct fake_catalog, Catalog__V1__ListCategoriesRequest, Catalog__V1__ListCategoriesReply,
            catalog__v1__list_categories_reply__init)
RPC_HANDLER(list_products, struct fake_catalog, Catalog__V1__ListProductsRequest, Catalog__V1__ListProductsReply,
            catalog__v1__list_products_reply__init)
RPC_HANDLER(save_product, struct fake_catalog, Catalog__V1__SaveProductRequest, Catalog__V1__ProductRecord,
            catalog__v1__product_record__init)
RPC_HANDLER(get_cart, struct fake_cart, Cart__V1__GetCartRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(add_item, struct fake_cart, Cart__V1__AddItemRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(place_order, struct fake_orders, Orders__V1__PlaceOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(list_all, struct fake_orders, Orders__V1__ListAllOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)

static const ProtobufCServiceDescriptor *const services[UPSTREAM_COUNT] = {
    &auth__v1__auth_service__descriptor, &catalog__v1__catalog_service__descriptor, &cart__v1__cart_service__descriptor,
    &orders__v1__order_service__descriptor};
static const char *const urls[UPSTREAM_COUNT] = {"inproc://auth", "inproc://catalog", "inproc://cart", "inproc://orders"};

static void fill_vtables(void)
{
    for (int i = 0; i < UPSTREAM_COUNT; i++)
        protobuf_c_service_generated_init(&fakes[i].vtable.base, services[i], NULL);
    Auth__V1__AuthService_Service *auth = &fakes[UPSTREAM_AUTH].vtable.auth;
    auth->start_guest_session = start_guest_rpc;
    auth->refresh = refresh_rpc;
    auth->list_signing_keys = list_keys_rpc;
    Catalog__V1__CatalogService_Service *catalog = &fakes[UPSTREAM_CATALOG].vtable.catalog;
    catalog->get_product = get_product_rpc;
    catalog->list_categories = list_categories_rpc;
    catalog->list_products = list_products_rpc;
    catalog->save_product = save_product_rpc;
    fakes[UPSTREAM_CART].vtable.cart.get_cart = get_cart_rpc;
    fakes[UPSTREAM_CART].vtable.cart.add_item = add_item_rpc;
    fakes[UPSTREAM_ORDERS].vtable.orders.place_order = place_order_rpc;
    fakes[UPSTREAM_ORDERS].vtable.orders.list_all_orders = list_all_rpc;
}

static void start_services(struct error *err)
{
    static const struct rpc_lane lane = {"main", 32, 256, NULL};
    fill_vtables();
    for (int i = 0; i < UPSTREAM_COUNT; i++) {
        struct rpc_server_options options = {
            .address = urls[i], .service = &fakes[i].vtable.base, .lanes = &lane, .lane_count = 1};
        assert_int_equal(rpc_server_start(&options, &fakes[i].server, err), STATUS_OK);
    }
}

int gateway_shop_open_http(void)
{
    struct error err;
    error_clear(&err);
    atomic_store(&shop.gateway.is_draining, false);
    if (http_start(&shop.gateway, &shop.http, &err))
        fail_msg("%s", err.message);
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    assert_int_equal(getsockname(shop.http->listen_fd, (struct sockaddr *)&address, &size), 0);
    shop.port = ntohs(address.sin_port);
    return 0;
}

int gateway_shop_open(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_true(sodium_init() >= 0);
    shop.arena = arena_new(65536, 1 << 20);
    token_signer_init(&shop.signer, (const unsigned char *)"12345678901234567890123456789012");
    token_signer_init(&shop.next_signer, (const unsigned char *)"abcdefghijklmnopqrstuvwxyz789012");
    start_services(&err);
    shop.gateway.settings = (struct gateway_settings){.host = "127.0.0.1",
                                                      .threads = 1,
                                                      .shop_name = "Soko",
                                                      .public_url = "https://shop.example",
                                                      .media_dir = "",
                                                      .default_country = "KE",
                                                      .markets_file = "",
                                                      .cookie_secure = "auto",
                                                      .connections_max = 256,
                                                      .idle_s = 10,
                                                      .request_s = 10,
                                                      .in_flight_max = 128,
                                                      .tokens_cached = 64};
    for (int i = 0; i < UPSTREAM_COUNT; i++)
        shop.gateway.settings.upstream_urls[i] = urls[i];
    if (gateway_open(&shop.gateway, &err))
        fail_msg("%s", err.message);
    for (int waited = 0; !gateway_is_ready(&shop.gateway, &err) && waited < PATIENCE_MS; waited += 10)
        usleep(10000);
    assert_true(gateway_is_ready(&shop.gateway, &err));
    return gateway_shop_open_http();
}

int gateway_shop_close(void **state)
{
    (void)state;
    http_drain(shop.http, 1000);
    http_stop(shop.http);
    gateway_close(&shop.gateway);
    for (int i = 0; i < UPSTREAM_COUNT; i++)
        rpc_server_stop(fakes[i].server, 1000);
    arena_free(shop.arena);
    return 0;
}

const char *format(const char *pattern, ...)
{
    va_list args;
    va_start(args, pattern);
    const char *text = arena_vprintf(shop.arena, pattern, args);
    va_end(args);
    return text;
}

const char *last_subject(void)
{
    pthread_mutex_lock(&shop.lock);
    const char *subject = format("%s", shop.seen_subject);
    pthread_mutex_unlock(&shop.lock);
    return subject;
}

const char *token_of(const struct token_signer *signer, Rpc__V1__Caller__Kind kind, int seconds)
{
    return token_in(shop.arena, signer, kind, seconds);
}

const char *bearer(Rpc__V1__Caller__Kind kind, int seconds)
{
    return format("Authorization: Bearer %s\r\n", token_of(&shop.signer, kind, seconds));
}

int connect_to_gateway(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)shop.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static int connect_and_send(const char *bytes, size_t size)
{
    int fd = connect_to_gateway();
    for (size_t sent = 0; sent < size;) {
        ssize_t some = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (some <= 0)
            break;
        sent += (size_t)some;
    }
    return fd;
}

static int read_status(const char *text)
{
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
}

int status_of(const char *request)
{
    int fd = connect_and_send(request, strlen(request));
    char text[16] = "";
    ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_WAITALL);
    close(fd);
    return size > 0 ? read_status(text) : 0;
}

struct answer send_bytes(const char *bytes, size_t size)
{
    int fd = connect_and_send(bytes, size);
    size_t capacity = 1 << 20;
    char *text = arena_alloc(shop.arena, capacity);
    size_t length = 0;
    for (ssize_t some = 1; some > 0 && length + 1 < capacity; length += some > 0 ? (size_t)some : 0)
        some = recv(fd, text + length, capacity - length - 1, 0);
    close(fd);
    const char *end = strstr(text, "\r\n\r\n");
    const char *body = end ? end + 4 : text + length;
    return (struct answer){read_status(text), text, body, length - (size_t)(body - text)};
}

struct answer ask(const char *method, const char *target, const char *headers, const char *body)
{
    const char *length = body ? format("Content-Length: %zu\r\n", strlen(body)) : "";
    const char *request = format("%s %s HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n%s%s\r\n%s", method, target,
                                 headers, length, body ? body : "");
    return send_bytes(request, strlen(request));
}

const char *header_of(const struct answer *answer, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(answer->text, "\r\n"); line && line + 2 < answer->body - 2;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return format("%.*s", (int)strcspn(line + 4 + length, "\r"), line + 4 + length);
    }
    return NULL;
}

bool body_says(const struct answer *answer, const char *text)
{
    return strstr(answer->body, text) != NULL;
}
