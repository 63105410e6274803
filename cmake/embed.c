/*
 * Build tool: turns files into C. Run by the functions in cmake/embed.cmake.
 *
 *   embed sql   PREFIX OUT.c OUT.h HEADER FILE.sql          named statements -> const struct sql sql_PREFIX_name, sql_PREFIX_all
 *   embed list  PREFIX OUT.c OUT.h HEADER NAME=FILE ...     whole files -> PREFIX[] of {name, text/data[, size]}
 *
 * The `list` form fits struct db_migration (KIND text) and struct embedded_file (KIND data), told apart by HEADER.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void die(const char *what, const char *name)
{
    fprintf(stderr, "embed: %s: %s\n", what, name);
    exit(1);
}

static FILE *open_or_die(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file)
        die(strerror(errno), path);
    return file;
}

static char *read_file(const char *path, size_t *ret_size)
{
    FILE *file = open_or_die(path, "rb");
    size_t capacity = 65536;
    size_t size = 0;
    char *data = malloc(capacity);
    for (size_t got = 1; data && got > 0; size += got) {
        if (size + 1 >= capacity)
            data = realloc(data, capacity *= 2);
        got = data ? fread(data + size, 1, capacity - size - 1, file) : 0;
    }
    fclose(file);
    if (!data)
        die("out of memory", path);
    data[size] = '\0';
    *ret_size = size;
    return data;
}

/* A string literal, broken at newlines so that diffs and debuggers can read it. */
static void write_literal(FILE *out, const char *data, size_t size)
{
    fputs("\n    \"", out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '\n')
            fputs(i + 1 < size ? "\\n\"\n    \"" : "\\n", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '?' || !isprint(c))
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

struct block {
    char name[64];
    const char *body;
    size_t size;
};

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The first block from `text` on, which runs to the next "-- name:" less white space; returns where to go on, NULL: none left. */
static const char *find_block(const char *text, struct block *ret_block)
{
    while (*text && sscanf(text, "-- name: %63[a-z0-9_]", ret_block->name) != 1)
        text = next_line(text);
    if (!*text)
        return NULL;
    const char *body = next_line(text);
    const char *next = strstr(body - 1, "\n-- name:");
    const char *end = next ? next : body + strlen(body);
    while (end > body && isspace((unsigned char)end[-1]))
        end--;
    if (end <= body)
        die("a named statement without text", ret_block->name);
    ret_block->body = body;
    ret_block->size = (size_t)(end - body);
    return next ? next + 1 : body + strlen(body);
}

static void embed_sql(FILE *c, FILE *h, const char *prefix, const char *path)
{
    size_t size;
    char *text = read_file(path, &size);
    char *names = NULL;
    size_t names_size;
    struct block block;
    FILE *all = open_memstream(&names, &names_size);
    if (!all)
        die("out of memory", path);
    for (const char *rest = text; (rest = find_block(rest, &block));) {
        fprintf(h, "extern const struct sql sql_%s_%s;\n", prefix, block.name);
        fprintf(c, "const struct sql sql_%s_%s = {\"%s.%s\",", prefix, block.name, prefix, block.name);
        write_literal(c, block.body, block.size);
        fputs("};\n\n", c);
        fprintf(all, "    &sql_%s_%s,\n", prefix, block.name);
    }
    if (fclose(all))
        die("out of memory", path);
    fprintf(h, "\nextern const struct sql *const sql_%s_all[];      /* ends with NULL */\n", prefix);
    fprintf(c, "const struct sql *const sql_%s_all[] = {\n%s    NULL,\n};\n", prefix, names);
    free(names);
    free(text);
}

static void embed_list(FILE *c, FILE *h, const char *prefix, const char *type, bool with_size, char **pairs, int count)
{
    fprintf(h, "extern const struct %s %s[];\nextern const size_t %s_count;\n", type, prefix, prefix);
    fprintf(c, "const struct %s %s[] = {\n", type, prefix);
    for (int i = 0; i < count; i++) {
        char *file = strchr(pairs[i], '=');
        if (!file)
            die("expected NAME=FILE", pairs[i]);
        *file++ = '\0';
        size_t size;
        char *data = read_file(file, &size);
        fprintf(c, "    {\"%s\",", pairs[i]);
        write_literal(c, data, size);
        if (with_size)
            fprintf(c, ", %zu", size);
        fputs("},\n", c);
        free(data);
    }
    if (count == 0)
        fputs(with_size ? "    {\"\", \"\", 0},\n" : "    {\"\", \"\"},\n", c);
    fprintf(c, "};\nconst size_t %s_count = %d;\n", prefix, count);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        die("usage", "embed sql|list PREFIX OUT.c OUT.h HEADER FILE...");
    FILE *c = open_or_die(argv[3], "w");
    FILE *h = open_or_die(argv[4], "w");
    const char *own_header = strrchr(argv[4], '/') ? strrchr(argv[4], '/') + 1 : argv[4];
    fprintf(h, "/* Made by cmake/embed.c; do not edit. */\n#pragma once\n#include <stddef.h>\n#include \"%s\"\n\n", argv[5]);
    fprintf(c, "/* Made by cmake/embed.c; do not edit. */\n#include \"%s\"\n\n", own_header);
    if (strcmp(argv[1], "sql") == 0 && argc == 7)
        embed_sql(c, h, argv[2], argv[6]);
    else if (strcmp(argv[1], "list") == 0 && strcmp(argv[5], "db_migrate.h") == 0)
        embed_list(c, h, argv[2], "db_migration", false, argv + 6, argc - 6);
    else if (strcmp(argv[1], "list") == 0)
        embed_list(c, h, argv[2], "embedded_file", true, argv + 6, argc - 6);
    else
        die("usage", argv[1]);
    if (fclose(c) || fclose(h))
        die("cannot write", argv[3]);
    return 0;
}
