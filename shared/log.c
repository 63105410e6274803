/* Writes log lines: built in a buffer on the stack, sent by one write(2). */
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define LINE_MAX_SIZE 4096
#define LINE_END "}\n"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static struct {
    const char *service;
    enum log_level level;
} logger = {"", LOG_LEVEL_INFO};

struct line {
    char text[LINE_MAX_SIZE];
    size_t length;
    bool full;                  /* something did not fit */
};

void log_init(const char *service, enum log_level level)
{
    logger.service = service;
    logger.level = level;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(level_names[i], name) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void put(struct line *line, const char *text, size_t length)
{
    if (line->full || length > sizeof(line->text) - sizeof(LINE_END) - line->length) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void put_string(struct line *line, const char *text)
{
    put(line, "\"", 1);
    for (const char *c = text; *c && !line->full; c++) {
        char escaped[8];
        if (*c == '"' || *c == '\\')
            put(line, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\%c", *c));
        else if ((unsigned char)*c < 0x20 || *c == 0x7F)
            put(line, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)*c));
        else
            put(line, c, 1);
    }
    put(line, "\"", 1);
}

static void put_value(struct line *line, const struct log_field *field)
{
    char number[24];
    if (field->kind == LOG_KIND_INT)
        put(line, number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)field->number));
    else if (field->kind == LOG_KIND_BOOL)
        put(line, field->number ? "true" : "false", field->number ? 4 : 5);
    else if (field->text)
        put_string(line, field->text);
    else
        put(line, "null", 4);
}

/* A field that does not fit is taken back whole, so that the line stays JSON. */
static void put_field(struct line *line, const struct log_field *field)
{
    size_t before = line->length;
    put(line, before > 0 ? "," : "{", 1);
    put_string(line, field->key);
    put(line, ":", 1);
    put_value(line, field);
    if (line->full)
        line->length = before;
}

void log_write(enum log_level level, const struct log_field *fields)
{
    if (level < logger.level)
        return;
    struct line line;
    line.length = 0;
    line.full = false;
    char at[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(clock_now_us(), at);
    put_field(&line, &LOG_STR("at", at));
    put_field(&line, &LOG_STR("level", level_names[level]));
    put_field(&line, &LOG_STR("service", logger.service));
    for (; fields->kind != LOG_KIND_END && !line.full; fields++)
        put_field(&line, fields);
    memcpy(line.text + line.length, LINE_END, sizeof(LINE_END));
    ssize_t written = write(STDERR_FILENO, line.text, line.length + sizeof(LINE_END) - 1);
    (void)written;              /* there is nowhere left to say that the log is gone */
}
