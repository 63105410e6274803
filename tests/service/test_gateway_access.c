/* Who gets in: tokens in headers and in cookies, good, old, forged, and from other sites. */
#include "gateway_shop.h"

#include <string.h>
#include <unistd.h>

#define STAFF_ONLY "/v1/admin/orders"
#define GUEST_KIND RPC__V1__CALLER__KIND__KIND_GUEST
#define CUSTOMER_KIND RPC__V1__CALLER__KIND__KIND_CUSTOMER
#define STAFF_KIND RPC__V1__CALLER__KIND__KIND_STAFF

static void doors_open_by_rank(void **state)
{
    (void)state;
    struct answer nobody = ask("GET", "/v1/cart", "", NULL);
    assert_int_equal(nobody.status, 401);
    assert_string_equal(header_of(&nobody, "WWW-Authenticate"), "Bearer");
    assert_int_equal(ask("GET", "/v1/cart", bearer(GUEST_KIND, 600), NULL).status, 200);
    assert_string_equal(last_subject(), SUBJECT);
    assert_int_equal(ask("GET", STAFF_ONLY, "", NULL).status, 401);
    assert_int_equal(ask("GET", STAFF_ONLY, bearer(GUEST_KIND, 600), NULL).status, 403);
    assert_int_equal(ask("GET", STAFF_ONLY, bearer(CUSTOMER_KIND, 600), NULL).status, 403);
    assert_int_equal(ask("GET", STAFF_ONLY, bearer(STAFF_KIND, 600), NULL).status, 200);
    assert_int_equal(ask("GET", "/v1/profile", bearer(GUEST_KIND, 600), NULL).status, 403);
}

static void personal_answers_are_not_kept(void **state)
{
    (void)state;
    struct answer cart = ask("GET", "/v1/cart", bearer(GUEST_KIND, 600), NULL);
    assert_string_equal(header_of(&cart, "Cache-Control"), "private, no-store");
    struct answer product = ask("GET", "/v1/products/shirt", bearer(GUEST_KIND, 600), NULL);
    assert_string_equal(header_of(&product, "Cache-Control"), "private, max-age=10");
}

static void tokens_that_are_no_good_open_nothing(void **state)
{
    (void)state;
    const char *good = token_of(&shop.signer, STAFF_KIND, 600);
    const char *foreign = token_of(&shop.next_signer, STAFF_KIND, 600);
    const char *const headers[] = {
        bearer(STAFF_KIND, -3600),
        format("Authorization: Bearer %s\r\n", foreign),
        format("Authorization: Bearer %.*sAAAA\r\n", (int)strlen(good) - 4, good),
        "Authorization: Bearer x\r\n",
        "Authorization: Bearer \r\n",
        format("Authorization: Basic %s\r\n", good),
        "Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.\r\n",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct answer answer = ask("GET", STAFF_ONLY, headers[i], NULL);
        assert_int_equal(answer.status, 401);
        assert_non_null(strstr(header_of(&answer, "WWW-Authenticate"), "error=\"invalid_token\""));
        assert_int_equal(ask("GET", "/v1/products/shirt", headers[i], NULL).status, 401);
    }
}

static void a_token_works_again_from_memory(void **state)
{
    (void)state;
    const char *header = bearer(STAFF_KIND, 600);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask("GET", STAFF_ONLY, header, NULL).status, 200);
}

static void a_cookie_is_a_token_for_the_shops_own_pages_only(void **state)
{
    (void)state;
    const char *cookie =
        format("Cookie: portal_access=%s\r\nContent-Type: application/json\r\n", token_of(&shop.signer, GUEST_KIND, 600));
    static const struct {
        const char *proof;
        int status;
    } cases[] = {
        {"", 403},
        {"Origin: https://shop.example\r\n", 201},
        {"Origin: https://evil.example\r\n", 403},
        {"Origin: https://shop.example.evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Sec-Fetch-Site: same-origin\r\n", 201},
        {"Sec-Fetch-Site: cross-site\r\nOrigin: https://shop.example\r\n", 403},
        {"Sec-Fetch-Site: same-site\r\n", 403},
        {"Referer: https://shop.example/cart\r\n", 201},
        {"Referer: https://evil.example/https://shop.example/\r\n", 403},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ask("POST", "/v1/cart/items", format("%s%s", cookie, cases[i].proof), "{\"quantity\":1}").status,
                         cases[i].status);
    assert_int_equal(ask("GET", "/v1/cart", cookie, NULL).status, 200);
}

static void an_old_sign_in_is_renewed_without_a_word(void **state)
{
    (void)state;
    struct answer answer = ask("GET", "/v1/cart", "Cookie: portal_refresh=" GOOD_REFRESH "\r\n", NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.text, "Set-Cookie: portal_access=ey"));
    assert_non_null(strstr(answer.text, "Set-Cookie: portal_refresh=refresh-token-that-is-new; Path=/; Max-Age=86"));
    assert_non_null(strstr(answer.text, "SameSite=Lax; HttpOnly; Secure"));
    const char *old = token_of(&shop.signer, CUSTOMER_KIND, -3600);
    answer = ask("GET", "/v1/cart", format("Cookie: portal_access=%s; portal_refresh=" GOOD_REFRESH "\r\n", old), NULL);
    assert_int_equal(answer.status, 200);
}

static void a_sign_in_that_ended_is_forgotten(void **state)
{
    (void)state;
    struct answer answer = ask("GET", "/v1/cart", "Cookie: portal_access=x; portal_refresh=bad\r\n", NULL);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer.text, "Set-Cookie: portal_access=; Path=/; Max-Age=0"));
    assert_non_null(strstr(answer.text, "Set-Cookie: portal_refresh=; Path=/; Max-Age=0"));
}

static void serve_with(struct rpc_client *auth, struct signing_keys *keys)
{
    http_stop(shop.http);
    shop.gateway.clients[UPSTREAM_AUTH] = auth;
    shop.gateway.keys = keys;
    gateway_shop_open_http();
}

/* A gateway that has just started: first auth is not there, then it is and somebody else asks for its keys already. */
static void a_gateway_without_keys_refuses_no_good_token(void **state)
{
    (void)state;
    struct error err;
    struct signing_keys *loaded = shop.gateway.keys, *empty;
    struct rpc_client *auth = shop.gateway.clients[UPSTREAM_AUTH], *nobody;
    const struct rpc_client_options options = {"inproc://nobody", rpc_client_service(auth), 8};
    const char *token = token_of(&shop.signer, GUEST_KIND, 600);
    error_clear(&err);
    assert_int_equal(rpc_client_open(&options, &nobody, &err), STATUS_OK);
    assert_int_equal(signing_keys_start(nobody, &empty, &err), STATUS_OK);
    serve_with(nobody, empty);
    assert_int_equal(ask("GET", "/v1/cart", format("Authorization: Bearer %s\r\n", token), NULL).status, 503);
    struct answer page = ask("GET", "/", format("Cookie: portal_access=%s\r\n", token), NULL);
    assert_int_equal(page.status, 200);
    assert_null(strstr(page.text, "portal_access="));
    serve_with(auth, empty);
    assert_true(signing_keys_may_ask(empty));
    assert_int_equal(ask("GET", "/v1/cart", format("Authorization: Bearer %s\r\n", token), NULL).status, 200);
    serve_with(auth, loaded);
    signing_keys_stop(empty);
    rpc_client_close(nobody);
}

/* Last: from here on the gateway knows the new key. */
static void a_new_key_of_auth_is_asked_for(void **state)
{
    (void)state;
    const char *header = format("Authorization: Bearer %s\r\n", token_of(&shop.next_signer, STAFF_KIND, 600));
    assert_int_equal(ask("GET", STAFF_ONLY, header, NULL).status, 401);
    atomic_store(&shop.rotated, true);
    int status = 401;
    for (int i = 0; i < 80 && status == 401; i++) { /* auth is asked at most every five seconds */
        status = ask("GET", STAFF_ONLY, header, NULL).status;
        usleep(100000);
    }
    assert_int_equal(status, 200);
    assert_int_equal(ask("GET", STAFF_ONLY, bearer(STAFF_KIND, 600), NULL).status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doors_open_by_rank),
        cmocka_unit_test(personal_answers_are_not_kept),
        cmocka_unit_test(tokens_that_are_no_good_open_nothing),
        cmocka_unit_test(a_token_works_again_from_memory),
        cmocka_unit_test(a_cookie_is_a_token_for_the_shops_own_pages_only),
        cmocka_unit_test(an_old_sign_in_is_renewed_without_a_word),
        cmocka_unit_test(a_sign_in_that_ended_is_forgotten),
        cmocka_unit_test(a_gateway_without_keys_refuses_no_good_token),
        cmocka_unit_test(a_new_key_of_auth_is_asked_for),
    };
    return cmocka_run_group_tests(tests, gateway_shop_open, gateway_shop_close);
}
