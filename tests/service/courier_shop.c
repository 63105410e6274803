/* Opens the service and the receiver. */
#include "courier_shop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "orders_migrations.h"
#include "payments_stage.h"
#include "rpc_client.h"
#include "store_test.h"
#include "uuid.h"

#define ADDRESS "inproc://courier-orders"
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define START_MS 20000

RPC_STUB(create_webhook, orders__v1__order_service__create_webhook, Orders__V1__CreateWebhookRequest,
         Orders__V1__WebhookEndpoint)
RPC_STUB(list_webhooks, orders__v1__order_service__list_webhooks, Orders__V1__ListWebhooksRequest,
         Orders__V1__ListWebhooksReply)
RPC_STUB(rotate_secret, orders__v1__order_service__rotate_webhook_secret, Orders__V1__RotateWebhookSecretRequest,
         Orders__V1__WebhookEndpoint)
RPC_STUB(list_messages, orders__v1__order_service__list_messages, Orders__V1__ListMessagesRequest,
         Orders__V1__ListMessagesReply)
RPC_STUB(replay_messages, orders__v1__order_service__replay_messages, Orders__V1__ReplayMessagesRequest,
         Orders__V1__ReplayMessagesReply)
RPC_STUB(deliver_events, orders__v1__order_service__deliver_events, Orders__V1__DeliverEventsRequest,
         Orders__V1__DeliverEventsReply)

const char *courier_db;
struct orders_settings courier_settings = {.catalog_url = "inproc://nobody",
                                           .cart_url = "inproc://nobody",
                                           .markets_file = "",
                                           .cursor_key = KEY,
                                           .courier = {.key = KEY,
                                                       .shop = "Shop",
                                                       .allow_private = true,
                                                       .timeout_ms = 8000,
                                                       .smtp_url = "",
                                                       .sms_api_key = "",
                                                       .mail_from = "",
                                                       .mail_staff = "",
                                                       .sms_username = ""}};

static struct {
    void *state;
    struct rpc_server *server;
    struct rpc_client *client;
    struct arena *arena;
    struct error err;
    char dir[64];
    char ca_file[96];
    int port;
    pid_t pid;
    int leash; /* the receiver ends when it closes */
    json_t *received;
    char staff_id[UUID_SIZE];
} at;

/* ---- the receiver ---- */

static void receiver_start(void)
{
    int ends[2];
    snprintf(at.dir, sizeof(at.dir), "/tmp/portal-receiver-XXXXXX");
    assert_non_null(mkdtemp(at.dir));
    assert_return_code(pipe(ends), errno);
    at.pid = fork();
    assert_return_code(at.pid, errno);
    if (at.pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("node", "node", SOURCE_DIR "/tests/service/receiver.mjs", at.dir, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    at.leash = ends[1];
    fcntl(at.leash, F_SETFD, FD_CLOEXEC);
}

static FILE *open_file(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", at.dir, name);
    return fopen(path, "r");
}

static void receiver_await(void)
{
    int64_t until_us = clock_monotonic_us() + START_MS * US_PER_MS;
    FILE *file;
    while ((file = open_file("port")) == NULL && clock_monotonic_us() < until_us)
        usleep(20000);
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &at.port), 1);
    fclose(file);
    snprintf(at.ca_file, sizeof(at.ca_file), "%s/ca.pem", at.dir);
}

static void remove_file(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", at.dir, name);
    unlink(path);
}

const json_t *courier_received(const char *path)
{
    char line[16384];
    FILE *file = open_file("received.jsonl");
    json_array_clear(at.received);
    while (file && fgets(line, sizeof(line), file)) {
        json_t *got = json_loads(line, 0, NULL);
        if (got && strcmp(json_string_value(json_object_get(got, "path")), path) == 0)
            json_array_append(at.received, got);
        json_decref(got);
    }
    if (file)
        fclose(file);
    return at.received;
}

const char *courier_member(const char *path, size_t i, const char *name)
{
    const char *text = json_string_value(json_object_get(json_array_get(courier_received(path), i), name));
    assert_non_null(text);
    return arena_strdup(at.arena, text);
}

size_t courier_awaits(const char *path, size_t count, int64_t within_ms)
{
    int64_t until_us = clock_monotonic_us() + within_ms * US_PER_MS;
    while (json_array_size(courier_received(path)) < count && clock_monotonic_us() < until_us)
        usleep(10000);
    return json_array_size(courier_received(path));
}

bool courier_becomes(const char *query, const char *value, int64_t within_ms)
{
    int64_t until_us = clock_monotonic_us() + within_ms * US_PER_MS;
    while (strcmp(store_test_value(courier_db, query), value) != 0 && clock_monotonic_us() < until_us)
        usleep(10000);
    return strcmp(store_test_value(courier_db, query), value) == 0;
}

/* ---- the service ---- */

static void *worker_new(void *settings)
{
    return service_db_new(settings, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

void courier_orders_start(void)
{
    ProtobufCService *service = NULL;
    error_clear(&at.err);
    if (orders_service_open(&courier_settings, &at.state, &service, &at.err) != STATUS_OK)
        fail_msg("%s", at.err.message);
    const struct rpc_lane lane = {.name = "main", .threads = 2, .queue_max = 64};
    const struct rpc_server_options server = {.address = ADDRESS,
                                              .service = service,
                                              .lanes = &lane,
                                              .lane_count = 1,
                                              .worker_new = worker_new,
                                              .worker_free = worker_free,
                                              .worker_arg = &courier_settings.base};
    assert_int_equal(rpc_server_start(&server, &at.server, &at.err), STATUS_OK);
    const struct rpc_client_options client = {
        .addresses = ADDRESS, .service = &orders__v1__order_service__descriptor, .in_flight_max = 4};
    assert_int_equal(rpc_client_open(&client, &at.client, &at.err), STATUS_OK);
}

void courier_orders_stop(void)
{
    rpc_client_close(at.client);
    rpc_server_stop(at.server, 1000);
    orders_service_close(at.state);
    at.client = NULL;
    at.server = NULL;
    at.state = NULL;
}

void courier_orders_at(const char *address)
{
    const struct rpc_client_options client = {
        .addresses = address, .service = &orders__v1__order_service__descriptor, .in_flight_max = 4};
    rpc_client_close(at.client);
    at.client = NULL;
    error_clear(&at.err);
    if (address[0] == '\0')
        return;
    assert_int_equal(rpc_client_open(&client, &at.client, &at.err), STATUS_OK);
    int64_t until_us = clock_monotonic_us() + START_MS * US_PER_MS;
    while (!rpc_client_is_connected(at.client) && clock_monotonic_us() < until_us)
        usleep(10000);
}

const char *courier_url(const char *path)
{
    return arena_printf(at.arena, "https://localhost:%d%s", at.port, path);
}

int courier_shop_open(void **state)
{
    (void)state;
    assert_return_code(sodium_init(), 0);
    log_init("test", LOG_LEVEL_ERROR);
    receiver_start();
    receiver_await();
    at.received = json_array();
    at.arena = arena_new(65536, 1 << 24);
    uuid_v7(clock_now_us(), at.staff_id);
    courier_db = store_test_database(orders_migrations, orders_migrations_count);
    courier_settings.base =
        (struct service_settings){.database_url = courier_db, .workers = 2, .statement_timeout_ms = 10000};
    courier_settings.payments = payments_settings();
    courier_settings.courier.ca_file = at.ca_file;
    courier_orders_start();
    return 0;
}

int courier_shop_close(void **state)
{
    (void)state;
    courier_orders_stop();
    close(at.leash);
    waitpid(at.pid, NULL, 0);
    remove_file("received.jsonl");
    remove_file("ca.pem");
    remove_file("key.pem");
    remove_file("port");
    rmdir(at.dir);
    json_decref(at.received);
    arena_free(at.arena);
    return 0;
}

int courier_shop_reset(void **state)
{
    (void)state;
    store_test_run(courier_db, "TRUNCATE inbox_event, webhook_endpoint, courier_message");
    remove_file("received.jsonl");
    arena_reset(at.arena);
    error_clear(&at.err);
    return 0;
}

/* ---- calls ---- */

static struct rpc_meta meta_as(Rpc__V1__Caller__Kind kind)
{
    Rpc__V1__Caller *caller = ARENA_NEW(at.arena, Rpc__V1__Caller);
    *caller = RPC_NOBODY;
    caller->kind = kind;
    caller->subject = at.staff_id;
    error_clear(&at.err);
    return (struct rpc_meta){.caller = caller,
                             .request_id = "test",
                             .traceparent = "",
                             .idempotency_key = "",
                             .deadline_us = clock_monotonic_us() + 5 * US_PER_S};
}

#define AS_STAFF meta_as(RPC__V1__CALLER__KIND__KIND_STAFF)

const struct error *courier_error(void)
{
    return &at.err;
}

static const Orders__V1__WebhookEndpoint *create(const char *url, const char *topic)
{
    Orders__V1__CreateWebhookRequest request = ORDERS__V1__CREATE_WEBHOOK_REQUEST__INIT;
    const Orders__V1__WebhookEndpoint *endpoint = NULL;
    struct rpc_meta meta = AS_STAFF;
    char *topics[] = {(char *)topic};
    request.url = (char *)url;
    request.topics = topics;
    request.n_topics = topic ? 1 : 0;
    return create_webhook(at.client, &meta, at.arena, &request, &endpoint, &at.err) == STATUS_OK ? endpoint : NULL;
}

const Orders__V1__WebhookEndpoint *courier_endpoint(const char *path, const char *topic)
{
    const Orders__V1__WebhookEndpoint *endpoint = create(courier_url(path), topic);
    assert_non_null(endpoint);
    return endpoint;
}

const Orders__V1__WebhookEndpoint *courier_endpoint_at(const char *url)
{
    return create(url, NULL);
}

const Orders__V1__WebhookEndpoint *courier_rotate(const char *endpoint_id)
{
    Orders__V1__RotateWebhookSecretRequest request = ORDERS__V1__ROTATE_WEBHOOK_SECRET_REQUEST__INIT;
    const Orders__V1__WebhookEndpoint *endpoint = NULL;
    struct rpc_meta meta = AS_STAFF;
    request.endpoint_id = (char *)endpoint_id;
    return rotate_secret(at.client, &meta, at.arena, &request, &endpoint, &at.err) == STATUS_OK ? endpoint : NULL;
}

const Orders__V1__WebhookEndpoint *courier_show(const char *endpoint_id)
{
    Orders__V1__ListWebhooksRequest request = ORDERS__V1__LIST_WEBHOOKS_REQUEST__INIT;
    const Orders__V1__ListWebhooksReply *reply = NULL;
    struct rpc_meta meta = AS_STAFF;
    assert_int_equal(list_webhooks(at.client, &meta, at.arena, &request, &reply, &at.err), STATUS_OK);
    for (size_t i = 0; i < reply->n_endpoints; i++)
        if (strcmp(reply->endpoints[i]->id, endpoint_id) == 0)
            return reply->endpoints[i];
    return NULL;
}

const Orders__V1__ListMessagesReply *courier_list(const char *endpoint_id, int32_t size, const char *token)
{
    Orders__V1__ListMessagesRequest request = ORDERS__V1__LIST_MESSAGES_REQUEST__INIT;
    const Orders__V1__ListMessagesReply *reply = NULL;
    struct rpc_meta meta = AS_STAFF;
    request.endpoint_id = (char *)endpoint_id;
    request.page_size = size;
    request.page_token = (char *)token;
    return list_messages(at.client, &meta, at.arena, &request, &reply, &at.err) == STATUS_OK ? reply : NULL;
}

int64_t courier_replay(const char *message_id, const char *endpoint_id)
{
    Orders__V1__ReplayMessagesRequest request = ORDERS__V1__REPLAY_MESSAGES_REQUEST__INIT;
    const Orders__V1__ReplayMessagesReply *reply = NULL;
    struct rpc_meta meta = AS_STAFF;
    request.message_id = (char *)message_id;
    request.endpoint_id = (char *)endpoint_id;
    return replay_messages(at.client, &meta, at.arena, &request, &reply, &at.err) == STATUS_OK ? reply->count : -1;
}

const char *courier_deliver(const char *id, const char *topic, const char *payload)
{
    Orders__V1__DeliverEventsRequest request = ORDERS__V1__DELIVER_EVENTS_REQUEST__INIT;
    Orders__V1__Event event = ORDERS__V1__EVENT__INIT;
    Orders__V1__Event *events[] = {&event};
    const Orders__V1__DeliverEventsReply *reply = NULL;
    struct rpc_meta meta = meta_as(RPC__V1__CALLER__KIND__KIND_SERVICE);
    event.id = (char *)(id ? id : uuid_new(at.arena));
    event.topic = (char *)topic;
    event.key = (char *)"k";
    event.payload = (char *)payload;
    request.events = events;
    request.n_events = 1;
    if (deliver_events(at.client, &meta, at.arena, &request, &reply, &at.err) != STATUS_OK)
        fail_msg("%s", at.err.message);
    return reply->n_refusals == 0 ? NULL : reply->refusals[0]->reason;
}
