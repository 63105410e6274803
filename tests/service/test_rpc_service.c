/*
 * The life of a service process, seen from outside: its options, its health port, its end. The process is this program run
 * again with "run" in front, on a database of the tests.
 */
#include "rpc_shop.h"

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "service.h"
#include "store_test.h"

extern char **environ;

struct probe_settings {
    struct service_settings base;
};

static char folder[] = "/tmp/portal-rpc-XXXXXX";
static char address[64];
static uint16_t admin_port;
static pid_t pid;

/* ---- the service ---- */

static enum status open_probe(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    static struct rpc_shop shop = {.runs_file = -1};
    (void)settings;
    (void)err;
    rpc_shop_init(&shop);
    *ret_state = &shop;
    *ret_service = &shop.base.base;
    return STATUS_OK;
}

static void close_probe(void *state)
{
    (void)state;
}

static int count_words(void *settings, int argc, char **argv)
{
    const struct probe_settings *probe = settings;
    return strcmp(argv[0], "count") == 0 && probe->base.workers == 2 ? 10 + argc : 1;
}

static int run_service(int argc, char **argv)
{
    static struct probe_settings settings;
    static const struct config_key keys[] = {SERVICE_CONFIG_KEYS("PROBE_", struct probe_settings)};
    static const struct service_command commands[] = {{"count", "count WORDS: tells how many there are", count_words}};
    const struct service_spec spec = {
        .config = {"portal-probe", "Probes the frame.", "PROBE_", keys, sizeof(keys) / sizeof(keys[0])},
        .settings = &settings,
        .commands = commands,
        .command_count = 1,
        .open = open_probe,
        .close = close_probe,
    };
    return service_main(&spec, argc, argv);
}

/* ---- around it ---- */

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* `word`: a command or an option, NULL for none. */
static void start(const char *word, const char *more)
{
    char *args[] = {"portal-probe", "run", (char *)word, (char *)(word ? more : NULL), NULL};
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, environ), 0);
}

/* The exit code, or -1 when a signal ended it. */
static int await_end(void)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_to_the_end(const char *word, const char *more)
{
    start(word, more);
    return await_end();
}

static int connect_admin(void)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(admin_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The HTTP status of `request`, with the whole answer in `answer`; 0 when nobody listens. */
static int ask_admin(const char *request, char answer[4096])
{
    int fd = connect_admin();
    size_t length = 0;
    if (fd < 0)
        return 0;
    dprintf(fd, "%s HTTP/1.0\r\n\r\n", request);
    for (ssize_t got = 1; got > 0 && length<4095; length += got> 0 ? (size_t)got : 0)
        got = read(fd, answer + length, 4095 - length);
    answer[length] = '\0';
    close(fd);
    return length > 12 ? atoi(answer + strlen("HTTP/1.1 ")) : 0;
}

static int admin_status(const char *request)
{
    char answer[4096];
    return ask_admin(request, answer);
}

static bool is_ready(void *arg)
{
    (void)arg;
    return admin_status("GET /readyz") == 200;
}

static bool is_draining(void *arg)
{
    (void)arg;
    return admin_status("GET /readyz") == 503;
}

static void start_ready(void)
{
    start(NULL, NULL);
    assert_true(rpc_shop_await(is_ready, NULL));
}

static struct rpc_client *connect_client(void)
{
    struct rpc_client *client = rpc_shop_client(address, 8);
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    return client;
}

static int make_surroundings(void **state)
{
    char port[8];
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    admin_port = (uint16_t)(20000 + getpid() % 10000);
    snprintf(address, sizeof(address), "ipc://%s/probe", folder);
    snprintf(port, sizeof(port), "%u", admin_port);
    setenv("PROBE_LISTEN", address, 1);
    setenv("PROBE_ADMIN_PORT", port, 1);
    setenv("PROBE_WORKERS", "2", 1);
    setenv("PROBE_DATABASE_URL", store_test_database(NULL, 0), 1);
    return 0;
}

static int end_process(void **state)
{
    (void)state;
    if (pid > 0) {
        kill(pid, SIGKILL);
        await_end();
    }
    return 0;
}

static int remove_surroundings(void **state)
{
    (void)state;
    unlink(address + strlen("ipc://"));
    return rmdir(folder);
}

/* ---- the tests ---- */

static void it_serves_calls_and_tells_its_health(void **state)
{
    (void)state;
    char answer[4096];
    start_ready();
    struct rpc_client *client = connect_client();
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(admin_status("GET /healthz"), 200);
    assert_int_equal(admin_status("HEAD /healthz"), 200);
    assert_int_equal(ask_admin("GET /metrics", answer), 200);
    assert_non_null(strstr(answer, "text/plain; version=0.0.4"));
    assert_int_equal(admin_status("POST /metrics"), 405);
    assert_int_equal(admin_status("GET /etc/passwd"), 404);
    rpc_client_close(client);
}

/* The load balancer is told first, whoever is being served is served, and the exit code says that all went well. */
static void it_drains_when_told_to_stop(void **state)
{
    (void)state;
    struct rpc_ask ask;
    start_ready();
    struct rpc_client *client = connect_client();
    rpc_ask_init(&ask, 8000);
    rpc_ask_sleep(&ask, client, 1000);
    sleep_ms(200);
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_true(rpc_shop_await(is_draining, NULL));
    assert_int_equal(admin_status("GET /healthz"), 200);
    assert_int_equal(rpc_shop_visit(client, 1000), STATUS_UNAVAILABLE);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
    assert_int_equal(await_end(), 0);
    rpc_ask_done(&ask);
    rpc_client_close(client);
}

static void a_second_signal_ends_it_at_once(void **state)
{
    (void)state;
    struct rpc_ask ask;
    start_ready();
    struct rpc_client *client = connect_client();
    rpc_ask_init(&ask, 9000);
    rpc_ask_sleep(&ask, client, 8000);
    sleep_ms(200);
    int64_t told_us = clock_monotonic_us();
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_true(rpc_shop_await(is_draining, NULL));
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(await_end(), -1);
    assert_in_range(clock_monotonic_us() - told_us, 0, 3 * US_PER_S);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_UNAVAILABLE);
    rpc_ask_done(&ask);
    rpc_client_close(client);
}

/* A call that hangs does not keep the old version alive beside the new one. */
static void stopping_has_an_end(void **state)
{
    (void)state;
    struct rpc_ask ask;
    setenv("PROBE_DRAIN_MS", "100", 1);
    start_ready();
    unsetenv("PROBE_DRAIN_MS");
    struct rpc_client *client = connect_client();
    rpc_ask_init(&ask, 9000);
    rpc_ask_sleep(&ask, client, 8000);
    sleep_ms(200);
    int64_t told_us = clock_monotonic_us();
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(await_end(), 1);
    assert_in_range(clock_monotonic_us() - told_us, 2 * US_PER_S, 6 * US_PER_S);
    assert_int_equal(rpc_ask_wait(&ask), STATUS_UNAVAILABLE);
    rpc_ask_done(&ask);
    rpc_client_close(client);
}

/* Started before its database, it waits; told to stop meanwhile, it does not insist. */
static void it_waits_for_its_database(void **state)
{
    (void)state;
    char *url = strdup(getenv("PROBE_DATABASE_URL"));
    setenv("PROBE_DATABASE_URL", "host=/nonexistent user=nobody dbname=none", 1);
    start(NULL, NULL);
    setenv("PROBE_DATABASE_URL", url, 1);
    free(url);
    sleep_ms(700);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    assert_int_equal(kill(pid, SIGTERM), 0);
    int64_t told_us = clock_monotonic_us();
    assert_int_equal(await_end(), 1);
    assert_in_range(clock_monotonic_us() - told_us, 0, 2 * US_PER_S);
}

static void an_address_that_is_taken_refuses_to_start(void **state)
{
    (void)state;
    start_ready();
    pid_t first = pid;
    assert_int_equal(run_to_the_end(NULL, NULL), 1);
    pid = first;
    assert_int_equal(admin_status("GET /readyz"), 200);
}

static void commands_and_options_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(run_to_the_end("count", "one"), 12);
    assert_int_equal(run_to_the_end("migrate", NULL), 0);
    assert_int_equal(run_to_the_end("dance", NULL), 2);
    assert_int_equal(run_to_the_end("--help", NULL), 0);
    assert_int_equal(run_to_the_end("--check-config", NULL), 0);
    setenv("PROBE_LOG_LEVEL", "loud", 1);
    assert_int_equal(run_to_the_end(NULL, NULL), 2);
    unsetenv("PROBE_LOG_LEVEL");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return run_service(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_serves_calls_and_tells_its_health, NULL, end_process),
        cmocka_unit_test_setup_teardown(it_drains_when_told_to_stop, NULL, end_process),
        cmocka_unit_test_setup_teardown(a_second_signal_ends_it_at_once, NULL, end_process),
        cmocka_unit_test_setup_teardown(stopping_has_an_end, NULL, end_process),
        cmocka_unit_test_setup_teardown(it_waits_for_its_database, NULL, end_process),
        cmocka_unit_test_setup_teardown(an_address_that_is_taken_refuses_to_start, NULL, end_process),
        cmocka_unit_test_setup_teardown(commands_and_options_are_told_apart, NULL, end_process),
    };
    return cmocka_run_group_tests(tests, make_surroundings, remove_surroundings);
}
