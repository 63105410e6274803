/*
 * What a caller sees when the process that serves it is killed, hangs, or comes back. The servers are processes: this
 * program run again, so that they can be killed for good.
 */
#include "rpc_shop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char folder[] = "/tmp/portal-rpc-XXXXXX";

struct process {
    char address[64];
    char runs_path[64]; /* one byte for each call that was run */
    pid_t pid;
};

static struct process a, b;

/* argv: this program, "serve", address, path. */
_Noreturn static void serve(char **argv)
{
    struct rpc_shop shop = {.runs_file = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    rpc_shop_open(&shop, argv[2], 4, 64, 0);
    for (;;)
        pause();
}

static void process_start(struct process *process)
{
    char *args[] = {"test", "serve", process->address, process->runs_path, NULL};
    assert_int_equal(posix_spawn(&process->pid, "/proc/self/exe", NULL, NULL, args, environ), 0);
}

static void process_kill(struct process *process)
{
    assert_int_equal(kill(process->pid, SIGKILL), 0);
    assert_int_equal(waitpid(process->pid, NULL, 0), process->pid);
    process->pid = 0;
}

static long process_runs(const struct process *process)
{
    struct stat found;
    return stat(process->runs_path, &found) == 0 ? (long)found.st_size : 0;
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(a.address, sizeof(a.address), "ipc://%s/a", folder);
    snprintf(b.address, sizeof(b.address), "ipc://%s/b", folder);
    snprintf(a.runs_path, sizeof(a.runs_path), "%s/a.runs", folder);
    snprintf(b.runs_path, sizeof(b.runs_path), "%s/b.runs", folder);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    struct process *both[] = {&a, &b};
    for (size_t i = 0; i < 2; i++) {
        if (both[i]->pid > 0)
            process_kill(both[i]);
        unlink(both[i]->address + strlen("ipc://"));
        unlink(both[i]->runs_path);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static bool has_run_one(void *process)
{
    return process_runs(process) >= 1;
}

/* Both replicas answer: as many calls at once as there are replicas go to different ones. */
static bool both_answer(void *client)
{
    struct rpc_ask asks[2];
    bool good = true;
    long before[2] = {process_runs(&a), process_runs(&b)};
    for (int i = 0; i < 2; i++) {
        rpc_ask_init(&asks[i], 1000);
        rpc_ask_sleep(&asks[i], client, 20);
    }
    for (int i = 0; i < 2; i++) {
        good = rpc_ask_wait(&asks[i]) == STATUS_OK && good;
        rpc_ask_done(&asks[i]);
    }
    return good && process_runs(&a) > before[0] && process_runs(&b) > before[1];
}

static void open_two(struct rpc_client **ret_client)
{
    char addresses[160];
    snprintf(addresses, sizeof(addresses), "%s,%s", a.address, b.address);
    process_start(&a);
    process_start(&b);
    *ret_client = rpc_shop_client(addresses, 64);
    assert_true(rpc_shop_await(both_answer, *ret_client));
}

static void nobody_there_is_said_soon_and_by_name(void **state)
{
    (void)state;
    struct rpc_client *client = rpc_shop_client(a.address, 8);
    struct rpc_ask ask;
    int64_t asked_us = clock_monotonic_us();
    rpc_ask_init(&ask, 5000);
    rpc_ask_cart(&ask, client, "c1");
    assert_int_equal(rpc_ask_wait(&ask), STATUS_UNAVAILABLE);
    assert_in_range(clock_monotonic_us() - asked_us, 0, 1500 * US_PER_MS);
    assert_non_null(strstr(ask.result.err.message, "cart"));
    assert_false(rpc_client_is_connected(client));
    rpc_ask_done(&ask);
    rpc_client_close(client);
}

/* All five processes start at once: the first call waits for the connection instead of failing. */
static void a_service_that_just_starts_is_waited_for(void **state)
{
    (void)state;
    struct rpc_client *client = rpc_shop_client(a.address, 8);
    process_start(&a);
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    process_kill(&a);
    process_start(&a);
    int unavailable = 0;
    while (rpc_shop_visit(client, 5000) != STATUS_OK)
        assert_true(++unavailable < 10);
    rpc_client_close(client);
}

/* A socket that takes connections and lets go of them at once, as of a process that is killed just then: `times` of them. */
static void hang_up_on_callers(const char *path, int times)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(listener, 16), 0);
    for (int i = 0; i < times; i++) {
        int caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        assert_true(caller >= 0);
        close(caller);
    }
    close(listener);
    unlink(path);
}

/* nng gives up for good on a connection that ends while the two greet each other; a replica would stay lost until a restart. */
static void a_caller_who_was_hung_up_on_calls_again(void **state)
{
    (void)state;
    struct rpc_client *client = rpc_shop_client(a.address, 8);
    hang_up_on_callers(a.address + strlen("ipc://"), 3);
    process_start(&a);
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    rpc_client_close(client);
}

/* An order must not be placed twice because the process died after placing it. */
static void a_call_cut_off_is_run_once(void **state)
{
    (void)state;
    process_start(&a);
    struct rpc_client *client = rpc_shop_client(a.address, 8);
    struct rpc_ask ask;
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    rpc_ask_init(&ask, 8000);
    rpc_ask_sleep(&ask, client, 3000);
    assert_true(rpc_shop_await(has_run_one, &a));
    process_kill(&a);
    int64_t killed_us = clock_monotonic_us();
    assert_int_equal(rpc_ask_wait(&ask), STATUS_UNAVAILABLE);
    assert_in_range(clock_monotonic_us() - killed_us, 0, US_PER_S);
    process_start(&a);
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_int_equal(process_runs(&a), 2); /* the one that was cut off, and the visit */
    rpc_ask_done(&ask);
    rpc_client_close(client);
}

/* A process that hangs with a full pipe behind it: callers get their deadline, the client survives and heals. */
static void a_process_that_hangs_costs_deadlines_only(void **state)
{
    (void)state;
    enum { COUNT = 64 };
    static char bulk[256 * 1024];
    memset(bulk, 'x', sizeof(bulk) - 1);
    process_start(&a);
    struct rpc_client *client = rpc_shop_client(a.address, COUNT);
    struct rpc_ask asks[COUNT];
    assert_true(rpc_shop_await(rpc_shop_is_connected, client));
    assert_int_equal(kill(a.pid, SIGSTOP), 0);
    for (int i = 0; i < COUNT; i++) {
        rpc_ask_init(&asks[i], 200 + i);
        rpc_ask_cart(&asks[i], client, bulk);
    }
    for (int i = 0; i < COUNT; i++) {
        enum status status = rpc_ask_wait(&asks[i]);
        assert_true(status == STATUS_DEADLINE_EXCEEDED || status == STATUS_UNAVAILABLE);
        rpc_ask_done(&asks[i]);
    }
    assert_int_equal(kill(a.pid, SIGCONT), 0);
    assert_int_equal(rpc_shop_visit(client, 8000), STATUS_OK);
    rpc_client_close(client);
}

static void replicas_share_the_work(void **state)
{
    (void)state;
    struct rpc_client *client;
    open_two(&client);
    long before[2] = {process_runs(&a), process_runs(&b)};
    for (int i = 0; i < 100; i++)
        assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    assert_in_range(process_runs(&a) - before[0], 40, 60);
    assert_in_range(process_runs(&b) - before[1], 40, 60);
    rpc_client_close(client);
}

/* A slow replica has more calls outstanding, so that new ones go to the other. */
static void the_replica_with_less_to_do_is_asked(void **state)
{
    (void)state;
    struct rpc_client *client;
    struct rpc_ask slow;
    open_two(&client);
    long before[2] = {process_runs(&a), process_runs(&b)};
    rpc_ask_init(&slow, 5000);
    rpc_ask_sleep(&slow, client, 1000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(rpc_shop_visit(client, 5000), STATUS_OK);
    long runs[2] = {process_runs(&a) - before[0], process_runs(&b) - before[1]};
    assert_int_equal(rpc_ask_wait(&slow), STATUS_OK);
    assert_int_equal(runs[0] < runs[1] ? runs[0] : runs[1], 1);
    assert_int_equal(runs[0] + runs[1], 21);
    rpc_ask_done(&slow);
    rpc_client_close(client);
}

static void a_killed_replica_is_left_out(void **state)
{
    (void)state;
    struct rpc_client *client;
    open_two(&client);
    process_kill(&b);
    int failures = 0;
    for (int i = 0; i < 200; i++)
        failures += rpc_shop_visit(client, 2000) != STATUS_OK;
    assert_in_range(failures, 0, 3);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rpc_shop_visit(client, 2000), STATUS_OK);
    process_start(&b);
    assert_true(rpc_shop_await(both_answer, client));
    rpc_client_close(client);
}

/* Still connected, but silent: only its first few callers pay for it, and it is let in again when it is well. */
static void a_silent_replica_is_ejected(void **state)
{
    (void)state;
    struct rpc_client *client;
    open_two(&client);
    assert_int_equal(kill(b.pid, SIGSTOP), 0);
    int failures = 0;
    int64_t began_us = clock_monotonic_us();
    for (int i = 0; i < 50; i++)
        failures += rpc_shop_visit(client, 200) != STATUS_OK;
    assert_in_range(failures, 3, 5);
    assert_in_range(clock_monotonic_us() - began_us, 0, 3 * US_PER_S);
    assert_int_equal(kill(b.pid, SIGCONT), 0);
    assert_true(rpc_shop_await(both_answer, client));
    rpc_client_close(client);
}

static bool has_run_since(const struct process *process, long before)
{
    return process_runs(process) > before;
}

/* A call that may be repeated is answered by the other replica at once when its own is killed under it. */
static void a_killed_replica_costs_repeatable_calls_nothing(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    struct rpc_client *client;
    struct rpc_ask asks[COUNT];
    open_two(&client);
    for (int i = 0; i < COUNT; i++) {
        rpc_ask_init(&asks[i], 8000);
        asks[i].meta.may_repeat = true;
        rpc_ask_sleep(&asks[i], client, 100);
    }
    long before = process_runs(&b);
    for (int i = 0; i < 1000 && !has_run_since(&b, before); i++)
        usleep(1000);
    int64_t killed_us = clock_monotonic_us();
    process_kill(&b);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(rpc_ask_wait(&asks[i]), STATUS_OK);
        rpc_ask_done(&asks[i]);
    }
    assert_in_range(clock_monotonic_us() - killed_us, 0, 2 * US_PER_S); /* 20 x 100 ms on 4 threads, not 8 s */
    assert_true(rpc_shop_metric("rpc_client_retries_total{service=\"cart\",method=\"SetItemQuantity\",reason=\"lost\"} ") > 0);
    rpc_client_close(client);
}

/* One that hangs costs calls that may be repeated half of their time, and only the first few of them. */
static void a_silent_replica_costs_repeatable_calls_some_time_only(void **state)
{
    (void)state;
    struct rpc_client *client;
    open_two(&client);
    assert_int_equal(kill(b.pid, SIGSTOP), 0);
    int64_t began_us = clock_monotonic_us();
    for (int i = 0; i < 50; i++) {
        struct rpc_ask ask;
        rpc_ask_init(&ask, 1000);
        ask.meta.may_repeat = true;
        rpc_ask_cart(&ask, client, "c1");
        assert_int_equal(rpc_ask_wait(&ask), STATUS_OK);
        rpc_ask_done(&ask);
    }
    assert_in_range(clock_monotonic_us() - began_us, 1400 * US_PER_MS, 3500 * US_PER_MS);
    assert_int_equal(kill(b.pid, SIGCONT), 0);
    assert_true(rpc_shop_await(both_answer, client));
    rpc_client_close(client);
}

/* A client that was killed while it waited to be accepted is nothing to a server: the next ones are heard. */
static void callers_who_hang_up_at_once_deafen_nobody(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    process_start(&a);
    struct rpc_client *first = rpc_shop_client(a.address, 8);
    assert_true(rpc_shop_await(rpc_shop_is_connected, first));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", a.address + strlen("ipc://"));
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        close(fd);
        usleep(2000);
    }
    struct rpc_client *next = rpc_shop_client(a.address, 8);
    assert_int_equal(rpc_shop_visit(next, 3000), STATUS_OK);
    rpc_client_close(next);
    rpc_client_close(first);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "serve") == 0)
        serve(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_there_is_said_soon_and_by_name, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_service_that_just_starts_is_waited_for, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_caller_who_was_hung_up_on_calls_again, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_call_cut_off_is_run_once, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_process_that_hangs_costs_deadlines_only, NULL, clean_up),
        cmocka_unit_test_setup_teardown(replicas_share_the_work, NULL, clean_up),
        cmocka_unit_test_setup_teardown(the_replica_with_less_to_do_is_asked, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_killed_replica_is_left_out, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_silent_replica_is_ejected, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_killed_replica_costs_repeatable_calls_nothing, NULL, clean_up),
        cmocka_unit_test_setup_teardown(a_silent_replica_costs_repeatable_calls_some_time_only, NULL, clean_up),
        cmocka_unit_test_setup_teardown(callers_who_hang_up_at_once_deafen_nobody, NULL, clean_up),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
