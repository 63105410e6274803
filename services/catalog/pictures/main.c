/*
 * portal-pictures MEDIA_DIR: reads paths of picture files on standard input, one a line, makes their renditions in
 * MEDIA_DIR, and answers each with a line of five fields with tabs between: path, name, width, height (of the largest
 * rendition), error (empty when all is well). It ends with its input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sodium.h>
#include <vips/vips.h>

#include "rendition.h"

static void answer(const char *path, const char *media_dir)
{
    struct rendition rendition = {0};
    struct error err;
    error_clear(&err);
    enum status status = rendition_make(path, media_dir, &rendition, &err);
    if (status)
        printf("%s\t\t\t\t%s\n", path, err.message);
    else
        printf("%s\t%s\t%d\t%d\t\n", path, rendition.name, rendition.width, rendition.height);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: portal-pictures MEDIA_DIR < paths\n");
        return 2;
    }
    mkdir(argv[1], 0755);
    if (sodium_init() < 0 || VIPS_INIT(argv[0]))
        return 1;
    vips_cache_set_max(0);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        line[strcspn(line, "\n")] = '\0';
        answer(line, argv[1]);
    }
    free(line);
    vips_shutdown();
    return 0;
}
