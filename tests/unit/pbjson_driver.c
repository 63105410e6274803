/*
 * What pbjson_oracle.py asks: each line of standard input is "message.Name<TAB>JSON", each line of standard output
 * "ok<TAB>base64 of the packed message<TAB>JSON again" or "error<TAB>field as a JSON string<TAB>code".
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "events.pb-c.h"
#include "orders.pb-c.h"
#include "pbjson.h"
#include "probe.pb-c.h"
#include "rpc.pb-c.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define DEPTH_MAX 16 /* of messages in messages; a probe holds probes without end */

static const ProtobufCServiceDescriptor *const services[] = {
    &auth__v1__auth_service__descriptor,
    &catalog__v1__catalog_service__descriptor,
    &cart__v1__cart_service__descriptor,
    &orders__v1__order_service__descriptor,
};
static const ProtobufCMessageDescriptor *const others[] = {
    &rpc__v1__request__descriptor,
    &rpc__v1__reply__descriptor,
    &probe__v1__probe__descriptor,
    &events__v1__order_event__descriptor,
    &events__v1__code_event__descriptor,
    &events__v1__stock_event__descriptor,
    &events__v1__product_event__descriptor,
    &events__v1__customer_event__descriptor,
};

/* The message of that name, this one or one that it holds; NULL when there is none. */
static const ProtobufCMessageDescriptor *find_within(const ProtobufCMessageDescriptor *message, const char *name, int depth)
{
    if (strcmp(message->name, name) == 0)
        return message;
    const ProtobufCMessageDescriptor *found = NULL;
    for (unsigned i = 0; i < message->n_fields && !found && depth < DEPTH_MAX; i++)
        if (message->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && message->fields[i].descriptor != message)
            found = find_within(message->fields[i].descriptor, name, depth + 1);
    return found;
}

static const ProtobufCMessageDescriptor *find_message(const char *name)
{
    const ProtobufCMessageDescriptor *found = NULL;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && !found; i++)
        found = find_within(others[i], name, 0);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]) && !found; i++)
        for (unsigned k = 0; k < services[i]->n_methods && !found; k++) {
            found = find_within(services[i]->methods[k].input, name, 0);
            found = found ? found : find_within(services[i]->methods[k].output, name, 0);
        }
    return found;
}

static void print_message(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(arena, size);
    protobuf_c_message_pack(message, packed);
    size_t room = sodium_base64_encoded_len(size, BASE64);
    char *base64 = arena_alloc(arena, room);
    json_t *json = pbjson_encode(message);
    char *text = json_dumps(json, JSON_COMPACT);
    printf("ok\t%s\t%s\n", sodium_bin2base64(base64, room, packed, size, BASE64), text);
    free(text);
    json_decref(json);
}

/* An unknown member may have any name, with line ends too. */
static void print_violation(const struct violation *violation)
{
    json_t *json = json_string(violation->field);
    char *field = json_dumps(json, JSON_ENCODE_ANY);
    printf("error\t%s\t%s\n", field, violation->code);
    free(field);
    json_decref(json);
}

static void answer(const char *name, const char *text, size_t length, struct arena *arena)
{
    ProtobufCMessage *message;
    struct error err;
    error_clear(&err);
    const ProtobufCMessageDescriptor *descriptor = find_message(name);
    if (!descriptor)
        printf("error\t\"%s\"\tno_such_message\n", name);
    else if (pbjson_parse(descriptor, text, length, arena, &message, &err))
        print_violation(&err.violations[0]);
    else
        print_message(message, arena);
}

int main(void)
{
    struct arena *arena = arena_new(1 << 20, 1 << 20);
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getline(&line, &size, stdin)) > 0; arena_reset(arena)) {
        char *tab = strchr(line, '\t');
        assert(tab && line[length - 1] == '\n');
        *tab = '\0';
        answer(line, tab + 1, (size_t)(line + length - 1 - (tab + 1)), arena);
    }
    free(line);
    arena_free(arena);
    return 0;
}
