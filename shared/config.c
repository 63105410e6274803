/* Reads settings from the environment by a table, and prints the table for people. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX 65536

extern char **environ;

static const char *const kind_names[] = {"text", "secret", "number", "yes/no"};

/* "<key>_FILE"; the caller frees. */
static char *file_key(const struct config_key *key)
{
    char *name;
    if (asprintf(&name, "%s_FILE", key->key) < 0)
        abort();
    return name;
}

static bool is_known(const struct config_spec *spec, const char *name, size_t length)
{
    for (size_t i = 0; i < spec->key_count; i++) {
        const struct config_key *key = &spec->keys[i];
        size_t own = strlen(key->key);
        if (strncmp(name, key->key, own) != 0)
            continue;
        if (length == own || (key->kind == CONFIG_SECRET && length == own + 5 && strncmp(name + own, "_FILE", 5) == 0))
            return true;
    }
    return false;
}

static enum status refuse_unknown(const struct config_spec *spec, struct error *err)
{
    size_t prefix = strlen(spec->prefix);
    for (char **entry = environ; *entry; entry++) {
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, spec->prefix, prefix) == 0 && !is_known(spec, *entry, length))
            return error_set(err, STATUS_INVALID_ARGUMENT, "%.*s is not a setting of %s; see %s --help.", (int)length, *entry,
                             spec->program, spec->program);
    }
    return STATUS_OK;
}

/* The file's text without its last newline; lives as long as the process. */
static enum status read_secret(const char *name, const char *path, const char **ret_text, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s names %s, which cannot be read: %s.", name, path, strerror(errno));
    char *text = calloc(1, SECRET_FILE_MAX + 1);
    if (!text)
        abort();
    size_t size = fread(text, 1, SECRET_FILE_MAX, file);
    bool whole = feof(file) && !ferror(file);
    fclose(file);
    if (!whole || memchr(text, '\0', size)) {
        free(text);
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s names %s, which is not a text of at most 64 KiB.", name, path);
    }
    if (size > 0 && text[size - 1] == '\n')
        text[size - 1] = '\0';
    *ret_text = text;
    return STATUS_OK;
}

/* The value as text from the environment, the file or the table; NULL is never given with STATUS_OK. */
static enum status find_text(const struct config_spec *spec, const struct config_key *key, const char **ret_text,
                             struct error *err)
{
    *ret_text = getenv(key->key);
    if (!*ret_text && key->kind == CONFIG_SECRET) {
        char *name = file_key(key);
        const char *path = getenv(name);
        enum status status = path ? read_secret(name, path, ret_text, err) : STATUS_OK;
        free(name);
        if (status)
            return status;
    }
    if (!*ret_text)
        *ret_text = key->fallback;
    if (*ret_text)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID_ARGUMENT, "%s must be set (%s); see %s --help.", key->key, key->help, spec->program);
}

static enum status set_int(const struct config_key *key, const char *text, int64_t *ret, struct error *err)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno == ERANGE || value < key->min || value > key->max)
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s must be a whole number from %lld to %lld (%s), not \"%s\".", key->key,
                         (long long)key->min, (long long)key->max, key->help, text);
    *ret = value;
    return STATUS_OK;
}

static enum status set_bool(const struct config_key *key, const char *text, bool *ret, struct error *err)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], text) == 0) {
            *ret = i % 2 == 1;
            return STATUS_OK;
        }
    }
    return error_set(err, STATUS_INVALID_ARGUMENT, "%s must be yes or no, not \"%s\".", key->key, text);
}

static enum status set_value(const struct config_spec *spec, const struct config_key *key, void *settings, struct error *err)
{
    const char *text;
    enum status status = find_text(spec, key, &text, err);
    if (status)
        return status;
    void *member = (char *)settings + key->offset;
    if (key->kind == CONFIG_INT)
        return set_int(key, text, member, err);
    if (key->kind == CONFIG_BOOL)
        return set_bool(key, text, member, err);
    *(const char **)member = text;
    return STATUS_OK;
}

enum status config_load(const struct config_spec *spec, void *settings, struct error *err)
{
    enum status status = refuse_unknown(spec, err);
    for (size_t i = 0; i < spec->key_count && status == STATUS_OK; i++)
        status = set_value(spec, &spec->keys[i], settings, err);
    return status;
}

static void print_help(const struct config_spec *spec)
{
    printf("%s: %s\n\nOptions: --help, --version, --check-config (reads the settings, says what is wrong, ends)\n\n"
           "Settings, from environment variables:\n\n",
           spec->program, spec->purpose);
    for (size_t i = 0; i < spec->key_count; i++) {
        const struct config_key *key = &spec->keys[i];
        printf("  %-32s %-7s %s\n", key->key, kind_names[key->kind], key->help);
        if (key->kind == CONFIG_SECRET)
            printf("  %-32s         or %s_FILE: a path to it\n", "", key->key);
        if (key->kind == CONFIG_INT)
            printf("  %-32s         %lld to %lld\n", "", (long long)key->min, (long long)key->max);
        printf("  %-32s         %s%s\n", "", key->fallback ? "default: " : "must be set",
               key->fallback ? (*key->fallback ? key->fallback : "(empty)") : "");
    }
}

bool config_main(const struct config_spec *spec, int argc, char **argv, void *settings, int *ret_exit_code)
{
    const char *option = argc > 1 ? argv[1] : "";
    *ret_exit_code = 0;
    if (strcmp(option, "--help") == 0) {
        print_help(spec);
        return true;
    }
    if (strcmp(option, "--version") == 0) {
        printf("%s %s\n", spec->program, PORTAL_VERSION);
        return true;
    }
    struct error err;
    error_clear(&err);
    if (config_load(spec, settings, &err)) {
        fprintf(stderr, "%s: %s\n", spec->program, err.message);
        *ret_exit_code = 2;
        return true;
    }
    if (strcmp(option, "--check-config") == 0) {
        printf("%s: the settings are good\n", spec->program);
        return true;
    }
    return false;
}
