/* Verified tokens that are remembered: never longer than they are good, never for somebody else. */
#include "check.h"

#include <sodium.h>
#include <string.h>

#include "token_cache.h"

static Rpc__V1__Caller caller_named(const char *subject)
{
    Rpc__V1__Caller caller = RPC__V1__CALLER__INIT;
    caller.subject = (char *)subject;
    caller.kind = RPC__V1__CALLER__KIND__KIND_CUSTOMER;
    return caller;
}

static void a_token_is_known_until_its_end(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 1 << 16);
    struct token_cache *cache = token_cache_new(16);
    Rpc__V1__Caller amina = caller_named("amina");
    assert_null(token_cache_get(cache, "a.b.c", 100, arena));
    token_cache_put(cache, "a.b.c", &amina, 200);
    const Rpc__V1__Caller *known = token_cache_get(cache, "a.b.c", 199, arena);
    assert_non_null(known);
    assert_string_equal(known->subject, "amina");
    assert_int_equal(known->kind, RPC__V1__CALLER__KIND__KIND_CUSTOMER);
    assert_null(token_cache_get(cache, "a.b.c", 200, arena));
    assert_null(token_cache_get(cache, "a.b.d", 100, arena));
    token_cache_free(cache);
    arena_free(arena);
}

static void it_does_not_grow(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 1 << 20);
    struct token_cache *cache = token_cache_new(8);
    size_t known = 0;
    char token[16];
    for (int i = 0; i < 100; i++) {
        snprintf(token, sizeof(token), "token-%d", i);
        Rpc__V1__Caller caller = caller_named(token);
        token_cache_put(cache, token, &caller, 1000 + i);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(token, sizeof(token), "token-%d", i);
        const Rpc__V1__Caller *caller = token_cache_get(cache, token, 1, arena);
        if (caller)
            assert_string_equal(caller->subject, token);
        known += caller != NULL;
    }
    assert_in_range(known, 1, 8);
    token_cache_free(cache);
    arena_free(arena);
}

static void a_caller_too_large_is_not_cut(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 1 << 16);
    struct token_cache *cache = token_cache_new(8);
    char long_subject[1000];
    memset(long_subject, 'x', sizeof(long_subject) - 1);
    long_subject[sizeof(long_subject) - 1] = '\0';
    Rpc__V1__Caller caller = caller_named(long_subject);
    token_cache_put(cache, "t", &caller, 1000);
    assert_null(token_cache_get(cache, "t", 1, arena));
    token_cache_free(cache);
    arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(a_token_is_known_until_its_end), cmocka_unit_test(it_does_not_grow),
          cmocka_unit_test(a_caller_too_large_is_not_cut))
