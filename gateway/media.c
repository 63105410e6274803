/* One open(2) a picture; libmicrohttpd sends it with sendfile(2). */
#include "media.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway.h"

static const struct {
    const char *extension;
    const char *type;
} types[] = {{".webp", "image/webp"}, {".jpg", "image/jpeg"}, {".png", "image/png"}, {".svg", "image/svg+xml"}};

/* The content type of a well-formed name; NULL for any other. */
static const char *type_of(const char *name)
{
    size_t stem = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    for (size_t i = 0; stem > 0 && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(name + stem, types[i].extension) == 0)
            return types[i].type;
    }
    return NULL;
}

static int open_picture(const struct exchange *x, const char *name, struct stat *ret_status)
{
    const char *folder = x->gateway->settings.media_dir;
    if (!*folder)
        return -1;
    int fd = open(arena_printf(x->arena, "%s/%s", folder, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && (fstat(fd, ret_status) != 0 || !S_ISREG(ret_status->st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

void media_serve(struct exchange *x)
{
    const char *name = params_get(&x->captures, "name");
    const char *type = type_of(name);
    struct stat status;
    int fd = type ? open_picture(x, name, &status) : -1;
    if (fd < 0) {
        exchange_refuse(x, 404, "There is no such picture.");
        return;
    }
    x->answer.is_immutable = true;
    snprintf(x->answer.file_etag, sizeof(x->answer.file_etag), "\"%llx-%llx\"", (unsigned long long)status.st_size,
             (unsigned long long)status.st_mtim.tv_sec);
    exchange_reply_file(x, type, fd, (size_t)status.st_size);
}
