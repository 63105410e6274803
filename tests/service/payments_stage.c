/* Starts node with the simulators, and talks to their admin port by libcurl. */
#include "payments_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include <curl/curl.h>
#include <sodium.h>

#include "clock.h"
#include "config.h"
#include "uuid.h"

#define START_S 20
#define AWAIT_US (3 * US_PER_S)
#define PAUSE_US 20000
#define LINE_MAX_CHARS 1024

struct stage {
    struct providers_settings payments;
};

static const struct config_key keys[] = {PROVIDERS_CONFIG_KEYS(struct stage)};

static struct stage settings;
static struct providers *providers;
static struct arena *arena;
static struct provider_call call;
static char dir[64];
static pid_t pid;
static int leash = -1;          /* the simulators end when it closes */
static int admin_port;
static json_t *books;

struct providers_settings payments_settings(void)
{
    const struct config_spec spec = {
        .program = "test", .purpose = "", .prefix = "ORDERS_", .keys = keys, .key_count = sizeof(keys) / sizeof(keys[0])};
    struct error err;
    error_clear(&err);
    if (config_load(&spec, &settings, &err) != STATUS_OK)
        fail_msg("%s", err.message);
    return settings.payments;
}

/* ---- the process ---- */

static void start(void)
{
    int ends[2];
    snprintf(dir, sizeof(dir), "/tmp/portal-simulators-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_return_code(pipe(ends), errno);
    pid = fork();
    assert_return_code(pid, errno);
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        execlp("node", "node", SOURCE_DIR "/tests/simulators/main.mjs", "--dir", dir, "--shop", "http://127.0.0.1:1",
               (char *)NULL);
        fprintf(stderr, "node cannot be started\n");
        _exit(127);
    }
    close(ends[0]);
    leash = ends[1];
    fcntl(leash, F_SETFD, FD_CLOEXEC);
}

static void await_ports(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/ports.json", dir);
    for (int64_t give_up_us = clock_monotonic_us() + START_S * US_PER_S; access(path, R_OK) != 0; usleep(PAUSE_US))
        if (clock_monotonic_us() > give_up_us)
            fail_msg("the simulators did not start within %d s", START_S);
    json_auto_t *ports = json_load_file(path, 0, NULL);
    assert_non_null(ports);
    admin_port = (int)json_integer_value(json_object_get(ports, "admin"));
}

/* There are lines for the courier too. */
static bool is_ours(const char *key)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(keys[i].key, key) == 0)
            return true;
    return false;
}

static void read_settings(void)
{
    char path[128], line[LINE_MAX_CHARS];
    snprintf(path, sizeof(path), "%s/payments.env", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char *value = strchr(line, '=');
        assert_non_null(value);
        *value++ = '\0';
        value[strcspn(value, "\n")] = '\0';
        if (is_ours(line))
            setenv(line, value, 1);
    }
    fclose(file);
    setenv("ORDERS_PUBLIC_URL", "http://127.0.0.1:1", 1);
    setenv("ORDERS_PAYMENTS_NOTICE_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
}

int payments_stage_open(void **state)
{
    struct error err;
    (void)state;
    error_clear(&err);
    assert_return_code(sodium_init(), 0);
    start();
    await_ports();
    read_settings();
    payments_settings();
    if (providers_open(&settings.payments, &providers, &err) != STATUS_OK)
        fail_msg("%s", err.message);
    arena = arena_new(65536, 1 << 24);
    return 0;
}

int payments_stage_close(void **state)
{
    (void)state;
    char *const command[] = {"rm", "-rf", dir, NULL};
    providers_close(providers);
    arena_free(arena);
    json_decref(books);
    close(leash);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    pid_t remover = fork();
    if (remover == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    waitpid(remover, NULL, 0);
    return 0;
}

/* ---- the admin port ---- */

struct text {
    char *data;
    size_t length;
};

static size_t append(char *data, size_t one, size_t length, void *arg)
{
    struct text *text = arg;
    (void)one;
    text->data = realloc(text->data, text->length + length + 1);
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
    return length;
}

/* The answer as JSON, which the caller owns. `body` NULL: GET. */
static json_t *admin(const char *path, const char *body)
{
    char url[256];
    struct text text = {NULL, 0};
    long code = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", admin_port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (code != 200)
        fail_msg("%s: %ld %s", path, code, text.data);
    json_t *json = json_loadb(text.data, text.length, 0, NULL);
    free(text.data);
    assert_non_null(json);
    return json;
}

int payments_stage_reset(void **state)
{
    (void)state;
    arena_reset(arena);
    json_decref(admin("/reset", "{\"seed\": 1, \"books\": true}"));
    return 0;
}

void payments_switch(const char *json)
{
    json_decref(admin("/switches", json));
}

void payments_customer(const char *provider, const char *reference, const char *does)
{
    json_decref(admin("/customers", arena_printf(arena, "{\"provider\": \"%s\", \"reference\": \"%s\", \"does\": \"%s\"}",
                                                 provider, reference, does)));
}

const json_t *payments_books(void)
{
    json_decref(books);
    books = admin("/books", NULL);
    return books;
}

static bool has(const json_t *entry, const char *member, const char *value)
{
    const json_t *given = json_object_get(entry, member);
    return json_is_string(given) && strcmp(json_string_value(given), value) == 0;
}

size_t payments_count(const char *list, const char *provider, const char *state)
{
    const json_t *entries = json_object_get(payments_books(), list);
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(entries); i++)
        count += has(json_array_get(entries, i), "provider", provider) && has(json_array_get(entries, i), "state", state);
    return count;
}

/* ---- what a shop asks ---- */

const struct provider *payments_provider(const char *name)
{
    const struct provider *provider = providers_find(providers, name);
    assert_non_null(provider);
    return provider;
}

struct arena *payments_arena(void)
{
    return arena;
}

const struct provider_call *payments_call(void)
{
    call = (struct provider_call){.arena = arena, .deadline_us = clock_monotonic_us() + 10 * US_PER_S};
    return &call;
}

struct provider_charge payments_charge(const char *currency_code, int64_t amount_minor)
{
    const char *id = uuid_new(arena);
    return (struct provider_charge){
        .id = id,
        .reference = arena_printf(arena, "KE-7F3K-9Q2M-%s", id + 24),
        .order_number = "KE-7F3K-9Q2M",
        .amount_minor = amount_minor,
        .currency_code = currency_code,
        .email = "wanjiru@example.com",
        .phone = strcmp(currency_code, "UGX") == 0 ? "+256772123456" : "+254712345678",
        .name = "Wanjiru",
        .description = "Order KE-7F3K-9Q2M",
        .return_url = "http://127.0.0.1:1/back",
        .lifetime_s = 1800,
        .provider_ref = "",
        .transaction_id = "",
    };
}

struct provider_refund payments_refund(const struct provider_charge *charge, int64_t amount_minor)
{
    return (struct provider_refund){
        .id = uuid_new(arena),
        .charge_id = charge->id,
        .charge_reference = charge->reference,
        .charge_provider_ref = charge->provider_ref,
        .transaction_id = charge->transaction_id,
        .charge_amount_minor = charge->amount_minor,
        .amount_minor = amount_minor,
        .currency_code = charge->currency_code,
        .phone = charge->phone,
        .reason = "returned",
        .provider_ref = "",
    };
}

struct provider_result payments_await(const struct provider *provider, const struct provider_charge *charge,
                                      enum provider_state state)
{
    struct provider_result result;
    struct error err;
    for (int64_t give_up_us = clock_monotonic_us() + AWAIT_US;; usleep(PAUSE_US)) {
        error_clear(&err);
        enum status status = provider_query(provider, payments_call(), charge, &result, &err);
        if (status == STATUS_OK && result.state == state)
            return result;
        if (clock_monotonic_us() > give_up_us)
            fail_msg("state %d was awaited, the last was %d (%s)", (int)state, status ? -1 : (int)result.state, err.message);
    }
}

struct provider_result payments_await_refund(const struct provider *provider, const struct provider_refund *refund,
                                             enum provider_state state)
{
    struct provider_result result;
    struct error err;
    for (int64_t give_up_us = clock_monotonic_us() + AWAIT_US;; usleep(PAUSE_US)) {
        error_clear(&err);
        enum status status = provider_query_refund(provider, payments_call(), refund, &result, &err);
        if (status == STATUS_OK && result.state == state)
            return result;
        if (clock_monotonic_us() > give_up_us)
            fail_msg("state %d was awaited, the last was %d (%s)", (int)state, status ? -1 : (int)result.state, err.message);
    }
}

static struct provider_mail mail_of(const json_t *entry)
{
    const json_t *sent = json_object_get(entry, "sent");
    json_t *headers = json_object_get(sent, "headers");
    const char *url = json_string_value(json_object_get(entry, "url"));
    const char *body = arena_strdup(arena, json_string_value(json_object_get(sent, "body")));
    struct provider_header *list = ARENA_ARRAY(arena, struct provider_header, json_object_size(headers) + 1);
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value) {
        list[count].name = arena_strdup(arena, name);
        list[count++].value = arena_strdup(arena, json_string_value(value));
    }
    return (struct provider_mail){
        .headers = list,
        .header_count = count,
        .token = arena_strdup(arena, strrchr(url, '/') + 1),
        .body = body,
        .body_length = strlen(body),
        .now_us = clock_now_us(),
    };
}

struct provider_mail payments_notice(const char *provider, const char *event)
{
    for (int64_t give_up_us = clock_monotonic_us() + AWAIT_US;; usleep(PAUSE_US)) {
        const json_t *notices = json_object_get(payments_books(), "notices");
        for (size_t i = json_array_size(notices); i > 0; i--) {
            const json_t *entry = json_array_get(notices, i - 1);
            if (has(entry, "provider", provider) && has(entry, "event", event) && json_object_get(entry, "sent"))
                return mail_of(entry);
        }
        if (clock_monotonic_us() > give_up_us)
            fail_msg("%s sent no notice %s", provider, event);
    }
}
