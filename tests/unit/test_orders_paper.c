/* What a customer would lose: an invoice that cannot be opened; and what the shop would: a service that waits for a program for ever. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "paper.h"

#define DOCUMENT "<paper title=\"A &amp; B\" lang=\"fr\"><row><cell><p>Reçu de محمد</p></cell></row></paper>"

static struct arena *arena;
static struct paper paper;
static struct error err;

static int open_all(void **state)
{
    (void)state;
    arena = arena_new(65536, 1 << 20);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum status print(const char *program, const char *document, int64_t time_ms)
{
    error_clear(&err);
    return paper_print(program, document, clock_monotonic_us() + time_ms * US_PER_MS, arena, &paper, &err);
}

/* A program of the test's own. */
static const char *script(const char *text)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/portal-paper-test-%d", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fchmod(fileno(file), 0700);
    fclose(file);
    return path;
}

static size_t pages(void)
{
    size_t count = 0;
    for (size_t i = 0; i + 12 < paper.size; i++)
        count += memcmp(paper.pdf + i, "/Type /Page ", 12) == 0;
    return count;
}

static void a_document_becomes_a_pdf(void **state)
{
    (void)state;
    assert_int_equal(print(PAPER_PROGRAM, DOCUMENT, 20000), STATUS_OK);
    assert_memory_equal(paper.pdf, "%PDF-", 5);
    assert_memory_equal(paper.pdf + paper.size - 6, "%%EOF\n", 6);
    assert_int_equal(pages(), 1);
}

static void a_long_document_goes_on_over_pages(void **state)
{
    (void)state;
    const char *rows = "";
    for (int i = 0; i < 120; i++)
        rows = arena_printf(arena, "%s<row><cell width=\"70\"><p>Article %d</p></cell><cell width=\"30\"><p>1</p></cell></row>",
                            rows, i);
    assert_int_equal(print(PAPER_PROGRAM, arena_printf(arena, "<paper>%s</paper>", rows), 20000), STATUS_OK);
    assert_in_range(pages(), 2, 5);
}

static void what_is_no_document_is_refused(void **state)
{
    (void)state;
    assert_int_equal(print(PAPER_PROGRAM, "<paper><script/></paper>", 20000), STATUS_INTERNAL);
    assert_int_equal(print(PAPER_PROGRAM, "", 20000), STATUS_INTERNAL);
}

static void a_program_that_hangs_is_ended_in_time(void **state)
{
    (void)state;
    int64_t began_us = clock_monotonic_us();
    assert_int_equal(print(script("exec sleep 60"), DOCUMENT, 300), STATUS_DEADLINE_EXCEEDED);
    assert_true(clock_monotonic_us() - began_us < 3 * US_PER_S);
}

static void a_program_that_fails_is_no_paper(void **state)
{
    (void)state;
    assert_int_equal(print(script("echo %PDF-; exit 3"), DOCUMENT, 5000), STATUS_INTERNAL);
    assert_int_equal(print(script("kill -SEGV $$"), DOCUMENT, 5000), STATUS_INTERNAL);
    assert_int_equal(print("/nowhere/portal-paper", DOCUMENT, 5000), STATUS_FAILED_PRECONDITION);
}

static void a_program_without_end_is_stopped(void **state)
{
    (void)state;
    assert_int_equal(print(script("exec cat /dev/zero"), DOCUMENT, 20000), STATUS_RESOURCE_EXHAUSTED);
}

static bool has_line(pid_t pid, const char *wanted)
{
    char path[64];
    char line[256];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof(line), file))
        found = strcmp(line, wanted) == 0;
    if (file)
        fclose(file);
    return found;
}

/* Before it reads: it waits for its input here. */
static void it_locks_itself_in_first(void **state)
{
    (void)state;
    extern char **environ;
    int ends[2];
    pid_t pid;
    char *const argv[] = {(char *)PAPER_PROGRAM, NULL};
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    assert_int_equal(posix_spawn(&pid, PAPER_PROGRAM, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    bool is_locked = false;
    for (int i = 0; i < 200 && !is_locked; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        is_locked = has_line(pid, "Seccomp:\t2\n");
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    assert_true(is_locked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_becomes_a_pdf),
        cmocka_unit_test(a_long_document_goes_on_over_pages),
        cmocka_unit_test(what_is_no_document_is_refused),
        cmocka_unit_test(a_program_that_hangs_is_ended_in_time),
        cmocka_unit_test(a_program_that_fails_is_no_paper),
        cmocka_unit_test(a_program_without_end_is_stopped),
        cmocka_unit_test(it_locks_itself_in_first),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
