/* Hashes what makes two sendings of a form the same. */
#include "page_key.h"

#include <string.h>
#include <sodium.h>

#include "page_view.h"

#define DIGEST_SIZE 16

/* With its NUL, so that "ab", "c" is not "a", "bc". */
static void add(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static void add_turn_and_content(crypto_generichash_state *state, const struct exchange *x)
{
    const char *turn = params_get(&x->cookies, PAGE_TURN_COOKIE);
    add(state, turn ? turn : "");
    for (size_t i = 0; i < x->form.count; i++) {
        add(state, x->form.items[i].name);
        add(state, x->form.items[i].value);
    }
}

const char *page_key_of(struct exchange *x, bool is_shared)
{
    const char *sent = params_get(&x->form, PAGE_KEY_FIELD);
    unsigned char digest[DIGEST_SIZE];
    crypto_generichash_state state;
    if (!uuid_is_valid(sent))
        return "";
    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    add(&state, sent);
    add(&state, x->path);
    if (is_shared)
        add_turn_and_content(&state, x);
    crypto_generichash_final(&state, digest, sizeof(digest));
    char *key = arena_alloc(x->arena, 2 * DIGEST_SIZE + 1);
    return sodium_bin2hex(key, 2 * DIGEST_SIZE + 1, digest, sizeof(digest));
}

void page_key_turn(struct exchange *x)
{
    if (x->caller->kind != RPC__V1__CALLER__KIND__KIND_NOBODY)
        exchange_set_cookie(x, PAGE_TURN_COOKIE, uuid_new(x->arena), PAGE_COOKIE_AGE_S, true);
}
