/*
 * The courier is killed (SIGKILL) while it sends. No message is lost, and no more than the one under way may be sent twice;
 * an SMS is not even that. The service runs in a process of its own: this program, started with an argument.
 */
#include "courier_shop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sodium.h>

#include "log.h"
#include "payments_stage.h"
#include "rpc_server.h"
#include "store_test.h"

#define PAYLOAD                                                                                                             \
    "{\"id\":\"018f0000-0000-7000-8000-000000000001\",\"number\":\"KE-7F3K-9Q2M\",\"countryCode\":\"KE\","                  \
    "\"contact\":{\"name\":\"W\",\"phone\":\"+254712345678\",\"email\":\"\"}}"
#define EVENTS 6

static char address[64];

/* ---- the process that is killed ---- */

static void *worker_new(void *settings)
{
    return service_db_new(settings, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

/* Settings come by the environment: DATABASE, CA_FILE, SMS_URL, ADDRESS. */
static int serve(void)
{
    void *state = NULL;
    ProtobufCService *service = NULL;
    struct rpc_server *server = NULL;
    struct error err;
    error_clear(&err);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_init("test", LOG_LEVEL_ERROR);
    courier_settings.base =
        (struct service_settings){.database_url = getenv("DATABASE"), .workers = 2, .statement_timeout_ms = 10000};
    courier_settings.payments = payments_settings();
    courier_settings.courier.timeout_ms = 5000;
    courier_settings.courier.ca_file = getenv("CA_FILE");
    courier_settings.courier.sms_url = getenv("SMS_URL");
    courier_settings.courier.sms_username = "shop";
    courier_settings.courier.sms_api_key = "key";
    courier_settings.courier.sms_from = "";
    if (sodium_init() < 0 || orders_service_open(&courier_settings, &state, &service, &err) != STATUS_OK)
        _exit(1);
    const struct rpc_lane lane = {.name = "main", .threads = 2, .queue_max = 64};
    const struct rpc_server_options options = {.address = getenv("ADDRESS"),
                                               .service = service,
                                               .lanes = &lane,
                                               .lane_count = 1,
                                               .worker_new = worker_new,
                                               .worker_free = worker_free,
                                               .worker_arg = &courier_settings.base};
    if (rpc_server_start(&options, &server, &err) != STATUS_OK)
        _exit(1); /* not exit(): the threads of the courier run */
    pause();
    return 0;
}

static pid_t start(void)
{
    pid_t pid = fork();
    assert_return_code(pid, errno);
    if (pid == 0) {
        setenv("DATABASE", courier_db, 1);
        setenv("CA_FILE", courier_settings.courier.ca_file, 1);
        setenv("SMS_URL", courier_url("/sms"), 1);
        setenv("ADDRESS", address, 1);
        execl("/proc/self/exe", "courier", "serve", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* What a sender that died had is free when its lease is over: now, for the test. */
static void let_leases_run_out(void)
{
    store_test_run(courier_db, "UPDATE courier_message SET due_at = now() - interval '1 ms' WHERE state = 'sending'; "
                               "UPDATE webhook_endpoint SET busy_until = now() - interval '1 ms'");
}

static void deliver_all(void)
{
    for (int i = 0; i < EVENTS; i++)
        assert_null(courier_deliver(NULL, "order.shipped", PAYLOAD));
}

/* ---- tests ---- */

/* How many of what was received at that path are copies of an earlier one, by that member. */
static size_t copies(const char *path, const char *member, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t before = 0; before < i; before++)
            found += strcmp(courier_member(path, i, member), courier_member(path, before, member)) == 0;
    return found;
}

static void test_a_kill_leaves_one_call_that_may_come_twice(void **state)
{
    (void)state;
    pid_t pid = start();
    courier_orders_at(address);
    (void)courier_endpoint("/slowly", NULL);
    deliver_all();
    assert_int_equal(courier_awaits("/slowly", 3, 20000), 3); /* the third is being answered now */
    end(pid);
    assert_string_equal(
        store_test_value(courier_db, "SELECT count(*) FROM courier_message WHERE kind = 'webhook' AND state = 'sending'"),
        "1");
    assert_string_equal(
        store_test_value(courier_db, "SELECT count(*) FROM courier_message WHERE kind = 'webhook' AND state = 'delivered'"),
        "2");
    let_leases_run_out();
    pid = start();
    assert_true(
        courier_becomes("SELECT count(*) FROM courier_message WHERE kind = 'webhook' AND state = 'delivered'", "6", 20000));
    assert_int_equal(courier_awaits("/slowly", EVENTS + 1, 300), EVENTS + 1);
    assert_int_equal(copies("/slowly", "id", EVENTS + 1), 1);
    end(pid);
    courier_orders_at("");
}

static void test_a_kill_leaves_one_sms_in_doubt_and_sends_none_twice(void **state)
{
    (void)state;
    pid_t pid = start();
    courier_orders_at(address);
    deliver_all();
    assert_int_equal(courier_awaits("/sms", 3, 20000), 3);
    end(pid);
    let_leases_run_out();
    pid = start();
    assert_true(
        courier_becomes("SELECT count(*) FROM courier_message WHERE kind = 'sms' AND state = 'delivered'", "5", 20000));
    assert_string_equal(
        store_test_value(courier_db, "SELECT count(*) FROM courier_message WHERE kind = 'sms' AND state = 'in_doubt'"), "1");
    assert_int_equal(courier_awaits("/sms", EVENTS + 1, 300), EVENTS);
    end(pid);
    courier_orders_at("");
}

static int open_all(void **state)
{
    int failed = courier_shop_open(state);
    courier_orders_stop();
    snprintf(address, sizeof(address), "ipc:///tmp/portal-courier-%d", (int)getpid());
    return failed;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return serve();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_kill_leaves_one_call_that_may_come_twice, courier_shop_reset),
        cmocka_unit_test_setup(test_a_kill_leaves_one_sms_in_doubt_and_sends_none_twice, courier_shop_reset),
    };
    return cmocka_run_group_tests(tests, open_all, courier_shop_close);
}
