/*
 * One JSON object a line on standard error, for people with jq and for log shippers alike.
 *
 *     log_info(LOG_EVENT("order_placed"), LOG_STR("number", number), LOG_INT("duration_us", us));
 *     {"at":"2026-11-23T20:36:38.123456Z","level":"info","service":"orders","event":"order_placed","number":"KE-7F3K-9Q2M", ...}
 *
 * Whoever answers an error logs it, once; library code does not log. Secrets and personal data (passwords, tokens, names,
 * addresses, phone numbers, e-mail) are never values. Any thread may log; a line is written by one write(2).
 */
#ifndef PORTAL_LOG_H
#define PORTAL_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum log_kind { LOG_KIND_END, LOG_KIND_STR, LOG_KIND_INT, LOG_KIND_BOOL };

struct log_field {
    const char *key;
    enum log_kind kind;
    const char *text;
    int64_t number;
};

#define LOG_EVENT(name) LOG_STR("event", (name))
#define LOG_STR(name, value) ((struct log_field){(name), LOG_KIND_STR, (value), 0})     /* NULL prints null */
#define LOG_INT(name, value) ((struct log_field){(name), LOG_KIND_INT, NULL, (int64_t)(value)})
#define LOG_BOOL(name, value) ((struct log_field){(name), LOG_KIND_BOOL, NULL, (value) ? 1 : 0})

/* Call once, before the first thread. `service` must outlive the process. Lines below `level` are dropped. */
void log_init(const char *service, enum log_level level);

/* "debug", "info", "warn", "error"; false leaves *ret_level alone. */
bool log_level_parse(const char *name, enum log_level *ret_level);

/* `fields` ends with a field of kind LOG_KIND_END; the macros below add it. Lines longer than 4 KiB are cut at a field. */
void log_write(enum log_level level, const struct log_field *fields);

#define LOG_FIELDS_(...) ((const struct log_field[]){__VA_ARGS__, {NULL, LOG_KIND_END, NULL, 0}})
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, LOG_FIELDS_(__VA_ARGS__))
#define log_info(...) log_write(LOG_LEVEL_INFO, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(...) log_write(LOG_LEVEL_WARN, LOG_FIELDS_(__VA_ARGS__))
#define log_error(...) log_write(LOG_LEVEL_ERROR, LOG_FIELDS_(__VA_ARGS__))

#endif
