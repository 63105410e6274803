/* Walks a message's descriptor and its JSON form side by side and adds the readable siblings. */
#include "decorate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "money.h"
#include "pbjson.h"

#define SIBLING_MAX (PBJSON_NAME_MAX + 8)

static void set_sibling(json_t *object, const char *name, const char *suffix, json_t *value)
{
    char key[SIBLING_MAX];
    snprintf(key, sizeof key, "%s%s", name, suffix);
    json_object_set_new(object, key, value);
}

/* "items" -> "hasItems" */
static void set_has(json_t *object, const char *name, bool has)
{
    char key[SIBLING_MAX];
    snprintf(key, sizeof key, "has%c%s", toupper((unsigned char)name[0]), name + 1);
    json_object_set_new(object, key, json_boolean(has));
}

static void decorate_money(json_t *money, const struct decorator *decorator)
{
    char text[FORMAT_SIZE];
    char decimal[MONEY_DECIMAL_SIZE];
    const char *code = json_string_value(json_object_get(money, "currencyCode"));
    const char *amount = json_string_value(json_object_get(money, "amountMinor"));
    if (!code || !amount)
        return;
    int64_t amount_minor = strtoll(amount, NULL, 10);
    const struct currency *currency = currency_find(code);
    format_money(decorator->format, amount_minor, code, text);
    json_object_set_new(money, "text", json_string(text));
    set_has(money, "amountMinor", amount_minor != 0);
    if (!currency)
        return;
    money_format_decimal(amount_minor, currency, decimal);
    json_object_set_new(money, "decimal", json_string(decimal));
}

static void decorate_time(json_t *object, const char *name, const char *value, const struct decorator *decorator)
{
    char text[FORMAT_SIZE];
    int64_t time_us;
    struct error err;
    error_clear(&err);
    if (clock_parse_rfc3339(value, &time_us, &err))
        return;
    format_time(decorator->format, time_us, text);
    set_sibling(object, name, "Text", json_string(text));
    format_date(decorator->format, time_us, text);
    set_sibling(object, name, "Date", json_string(text));
}

/* "orders.v1.Payment.Status" -> "Payment.Status" */
static const char *without_package(const char *name)
{
    const char *version = strstr(name, ".v1.");
    return version ? version + 4 : name;
}

static json_t *word_of(const ProtobufCEnumDescriptor *type, const char *value, const struct decorator *decorator)
{
    const json_t *words = json_object_get(decorator->words, without_package(type->name));
    const char *word = json_string_value(json_object_get(words, value));
    return json_string(word ? word : value);
}

static void decorate_enum(json_t *object, const char *name, const char *value, const ProtobufCEnumDescriptor *type,
                          const struct decorator *decorator)
{
    json_t *is = json_object();
    json_object_set_new(is, value, json_true());
    set_sibling(object, name, "Is", is);
    set_sibling(object, name, "Text", word_of(type, value, decorator));
}

static void decorate_enums(json_t *object, const char *name, const json_t *values, const ProtobufCEnumDescriptor *type,
                           const struct decorator *decorator)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *value = json_string_value(json_array_get(values, i));
        json_t *item = json_object();
        json_object_set_new(item, "value", json_string(value));
        json_object_set_new(item, "text", word_of(type, value, decorator));
        json_array_append_new(list, item);
    }
    set_sibling(object, name, "List", list);
}

static bool is_type(const ProtobufCMessageDescriptor *descriptor, const char *name)
{
    return strcmp(descriptor->name, name) == 0;
}

static void decorate_rate(json_t *object, const char *name, const json_t *value, const struct decorator *decorator)
{
    static const char SUFFIX[] = "BasisPoints";
    char text[FORMAT_SIZE];
    size_t length = strlen(name);
    if (length < sizeof SUFFIX || strcmp(name + length - (sizeof SUFFIX - 1), SUFFIX) != 0)
        return;
    format_percent(decorator->format, (int32_t)json_integer_value(value), text);
    set_sibling(object, name, "Text", json_string(text));
}

static void decorate_one(json_t *object, const char *name, json_t *value, const ProtobufCFieldDescriptor *field,
                         const struct decorator *decorator)
{
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        decorate_enum(object, name, json_string_value(value), field->descriptor, decorator);
    else if (field->type == PROTOBUF_C_TYPE_INT64)
        set_has(object, name, strcmp(json_string_value(value), "0") != 0);
    else if (field->type == PROTOBUF_C_TYPE_INT32)
        decorate_rate(object, name, value, decorator);
    else if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    else if (is_type(field->descriptor, "google.protobuf.Timestamp"))
        decorate_time(object, name, json_string_value(value), decorator);
    else
        decorate(value, field->descriptor, decorator);
}

static void decorate_list(json_t *object, const char *name, json_t *values, const ProtobufCFieldDescriptor *field,
                          const struct decorator *decorator)
{
    set_has(object, name, json_array_size(values) > 0);
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        decorate_enums(object, name, values, field->descriptor, decorator);
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || is_type(field->descriptor, "google.protobuf.Timestamp"))
        return;
    for (size_t i = 0; i < json_array_size(values); i++)
        decorate(json_array_get(values, i), field->descriptor, decorator);
}

void decorate(json_t *json, const ProtobufCMessageDescriptor *descriptor, const struct decorator *decorator)
{
    if (is_type(descriptor, "types.v1.Money")) {
        decorate_money(json, decorator);
        return;
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[PBJSON_NAME_MAX];
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        pbjson_name(field->name, name);
        json_t *value = json_object_get(json, name);
        if (!value)
            json_object_set_new(json, name, json_null());
        else if (field->label == PROTOBUF_C_LABEL_REPEATED)
            decorate_list(json, name, value, field, decorator);
        else
            decorate_one(json, name, value, field, decorator);
    }
}
