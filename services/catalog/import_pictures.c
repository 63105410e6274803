/* Talks with portal-pictures line by line: a path in, a line with the outcome back. */
#include "import_pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_FIELDS 5 /* path, name, width, height, error */

extern char **environ;

struct import_pictures {
    pid_t pid;
    FILE *to;
    FILE *from;
    char *base_dir;
    char *answer;
    size_t answer_capacity;
};

static enum status spawn(struct import_pictures *pictures, const char *path, const char *media_dir, const int to[2],
                         const int from[2], struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    char *const argv[] = {(char *)path, (char *)media_dir, NULL};
    int failed = posix_spawn(&pictures->pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return error_set(err, STATUS_FAILED_PRECONDITION, "Cannot start %s, which makes the pictures: %s.", path,
                         strerror(failed));
    return STATUS_OK;
}

enum status import_pictures_start(const char *path, const char *media_dir, const char *base_dir,
                                  struct import_pictures **ret_pictures, struct error *err)
{
    int to[2];
    int from[2];
    struct import_pictures *pictures = calloc(1, sizeof(*pictures));
    if (!pictures || pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        abort();
    enum status status = spawn(pictures, path, media_dir, to, from, err);
    close(to[0]);
    close(from[1]);
    pictures->to = fdopen(to[1], "w");
    pictures->from = fdopen(from[0], "r");
    pictures->base_dir = strdup(base_dir);
    signal(SIGPIPE, SIG_IGN);
    if (status == STATUS_OK)
        *ret_pictures = pictures;
    else
        import_pictures_stop(pictures);
    return status;
}

void import_pictures_stop(struct import_pictures *pictures)
{
    if (!pictures)
        return;
    fclose(pictures->to);
    fclose(pictures->from);
    if (pictures->pid > 0)
        waitpid(pictures->pid, NULL, 0);
    free(pictures->base_dir);
    free(pictures->answer);
    free(pictures);
}

/* The file's real path, which must lie below the folder of the CSV. */
static enum status find_file(const struct import_pictures *pictures, const char *name, char path[PATH_MAX],
                             struct error *err)
{
    char base[PATH_MAX];
    char joined[PATH_MAX];
    int length = snprintf(joined, sizeof(joined), "%s/%s", pictures->base_dir, name);
    if (length < 0 || length >= PATH_MAX || strpbrk(name, "\n\t") || !realpath(pictures->base_dir, base))
        return error_set(err, STATUS_INVALID_ARGUMENT, "This is neither an http(s) address nor the name of a file.");
    if (!realpath(joined, path))
        return error_set(err, STATUS_INVALID_ARGUMENT, "There is no such file beside the CSV (%s).", strerror(errno));
    size_t base_length = strlen(base);
    if (strncmp(path, base, base_length) != 0 || path[base_length] != '/')
        return error_set(err, STATUS_INVALID_ARGUMENT, "The file must lie below the folder of the CSV.");
    return STATUS_OK;
}

static enum status read_answer(struct import_pictures *pictures, struct picture *picture, struct arena *arena,
                               struct error *err)
{
    const char *fields[ANSWER_FIELDS] = {"", "", "", "", ""};
    ssize_t size = getline(&pictures->answer, &pictures->answer_capacity, pictures->from);
    if (size <= 0)
        return error_set(err, STATUS_INTERNAL, "The program that makes the pictures ended unexpectedly.");
    pictures->answer[size - 1] = '\0';
    char *rest = pictures->answer;
    for (size_t i = 0; i < ANSWER_FIELDS && rest; i++)
        fields[i] = strsep(&rest, "\t");
    if (*fields[4])
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s", fields[4]);
    picture->media = arena_strdup(arena, fields[1]);
    picture->width = strtoll(fields[2], NULL, 10);
    picture->height = strtoll(fields[3], NULL, 10);
    return STATUS_OK;
}

enum status import_pictures_add(struct import_pictures *pictures, const char *name, struct picture *picture,
                                struct arena *arena, struct error *err)
{
    char path[PATH_MAX];
    enum status status = find_file(pictures, name, path, err);
    if (status)
        return status;
    fprintf(pictures->to, "%s\n", path);
    fflush(pictures->to);
    return read_answer(pictures, picture, arena, err);
}
