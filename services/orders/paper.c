/* Talks with portal-paper over one socket that is both its input and its output. */
#include "paper.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define TIME_MAX_US (5 * US_PER_S)
#define PIECE_FIRST (64u << 10)

/* The program that runs, and what has come of it so far. */
struct run {
    pid_t pid;
    int fd;
    int64_t deadline_us;
    const char *out;                /* what is still to be handed over */
    size_t out_size;
    unsigned char *pdf;
    size_t size;
    size_t capacity;
};

static const char *program_of(const char *program, struct arena *arena)
{
    static const char name[] = "/portal-paper";
    char path[PATH_MAX];
    if (program && *program)
        return program;
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
    if (length <= 0)
        return name + 1;
    path[length] = '\0';
    strcpy(strrchr(path, '/'), name);
    return arena_strdup(arena, path);
}

static enum status start(struct run *run, const char *program, struct error *err)
{
    int ends[2];
    static char *const environment[] = {"LANG=C.UTF-8", NULL};
    char *const argv[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There are too many open files to print at the moment.");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int failed = posix_spawn(&run->pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    run->fd = ends[0];
    if (run->out_size == 0)
        shutdown(run->fd, SHUT_WR);
    if (!failed)
        return STATUS_OK;
    close(run->fd);
    return error_set(err, STATUS_FAILED_PRECONDITION, "portal-paper, which makes PDFs, cannot be started: %s.",
                     strerror(failed));
}

/* False when the other side does not take it any more. */
static bool hand_over(struct run *run)
{
    ssize_t sent = send(run->fd, run->out, run->out_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    run->out += sent;
    run->out_size -= (size_t)sent;
    if (run->out_size == 0)
        shutdown(run->fd, SHUT_WR);
    return true;
}

/* 1: something came, 0: it is over, -1: it is too much. */
static int take(struct run *run)
{
    if (run->size == run->capacity) {
        size_t capacity = run->capacity ? 2 * run->capacity : PIECE_FIRST;
        unsigned char *larger = capacity <= PAPER_PDF_MAX ? realloc(run->pdf, capacity) : NULL;
        if (!larger)
            return -1;
        run->pdf = larger;
        run->capacity = capacity;
    }
    ssize_t got = recv(run->fd, run->pdf + run->size, run->capacity - run->size, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    run->size += (size_t)got;
    return got > 0;
}

static enum status talk(struct run *run, struct error *err)
{
    for (;;) {
        struct pollfd at = {.fd = run->fd, .events = POLLIN};
        int64_t left_us = run->deadline_us - clock_monotonic_us();
        if (run->out_size > 0)
            at.events |= POLLOUT;
        if (left_us <= 0)
            return error_set(err, STATUS_DEADLINE_EXCEEDED, "Printing took too long.");
        if (poll(&at, 1, (int)(left_us / US_PER_MS) + 1) <= 0)
            continue;
        if ((at.revents & POLLOUT) && run->out_size > 0 && !hand_over(run))
            run->out_size = 0;
        if (!(at.revents & (POLLIN | POLLHUP | POLLERR)))
            continue;
        int came = take(run);
        if (came < 0)
            return error_set(err, STATUS_RESOURCE_EXHAUSTED, "The document is too large to be printed.");
        if (came == 0)
            return STATUS_OK;
    }
}

/* True when it ended by itself and well. */
static bool reap(struct run *run, bool kill_it)
{
    int state = 0;
    if (kill_it)
        kill(run->pid, SIGKILL);
    while (waitpid(run->pid, &state, 0) < 0 && errno == EINTR)
        ;
    close(run->fd);
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

enum status paper_print(const char *program, const char *document, int64_t deadline_us, struct arena *arena,
                        struct paper *ret_paper, struct error *err)
{
    int64_t own_us = clock_monotonic_us() + TIME_MAX_US;
    struct run run = {.deadline_us = deadline_us < own_us ? deadline_us : own_us, .out = document,
                      .out_size = strlen(document)};
    if (start(&run, program_of(program, arena), err) != STATUS_OK)
        return err->status;
    enum status status = talk(&run, err);
    bool ended_well = reap(&run, status != STATUS_OK);
    if (status == STATUS_OK && (!ended_well || run.size == 0))
        status = error_set(err, STATUS_INTERNAL, "The document could not be printed.");
    if (status == STATUS_OK)
        *ret_paper = (struct paper){arena_memdup(arena, run.pdf, run.size), run.size};
    free(run.pdf);
    return status;
}
