/*
 * What tests of pbjson share: probes (tests/unit/probe.proto) from JSON and back. Each test has an arena and a clear error.
 */
#ifndef PORTAL_PROBE_H
#define PORTAL_PROBE_H

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "pbjson.h"
#include "probe.pb-c.h"

static struct arena *arena;
static struct error err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(65536, 65536);
    error_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Probe__V1__Probe *parse(const char *text)
{
    ProtobufCMessage *message = NULL;
    if (pbjson_parse(&probe__v1__probe__descriptor, text, strlen(text), arena, &message, &err))
        fail_msg("%s: %s %s", text, err.violations[0].field, err.violations[0].message);
    return (Probe__V1__Probe *)message;
}

static const char *encoded(const void *message)
{
    json_t *json = pbjson_encode(message);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = arena_strdup(arena, text);
    free(text);
    json_decref(json);
    return copy;
}

/* `text` as many times as `count`, in the arena. */
static const char *repeated(const char *text, size_t count)
{
    char *copies = arena_alloc(arena, strlen(text) * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(copies + i * strlen(text), text, strlen(text));
    return copies;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
