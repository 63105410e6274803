/*
 * Members of providers' JSON by path ("data.customer.email"), as the portal's types. What is absent, null or of another kind
 * is empty: a provider's answer is looked into, not trusted to have a shape.
 */
#ifndef ORDERS_JSON_FIELD_H
#define ORDERS_JSON_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "arena.h"

/* NULL unless it is one JSON object or array; json_decref() it. */
json_t *json_field_parse(const char *text, size_t length);

/* The member, borrowed; NULL when there is none. */
const json_t *json_field_at(const json_t *root, const char *path);

/* Text, or the digits of an integer (ids come as either), in the arena; else "". */
const char *json_field_text(const json_t *root, const char *path, struct arena *arena);

/* An integer, or text of digits. */
bool json_field_integer(const json_t *root, const char *path, int64_t *ret_integer);

/* Major units ("1250.50", 1250.5, 1250) of a currency as its minor units; -1 when it is no such amount. */
int64_t json_field_decimal(const json_t *root, const char *path, const char *currency_code);

/* Minor units as a JSON number in major units. */
json_t *json_field_amount(int64_t amount_minor, const char *currency_code);

/* The object as text, in the arena; takes the reference. */
const char *json_field_print(json_t *object, struct arena *arena);

#endif
