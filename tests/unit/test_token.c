/* Access tokens: what we sign others can read, and what others forge we refuse. */
#include "check.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "token.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)

/* RFC 8037, appendix A.1 to A.3: the key pair and its thumbprint. */
#define RFC_D "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define RFC_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define RFC_KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

/* Made with the RFC's key by another implementation (Python's cryptography, over OpenSSL). */
#define FOREIGN_TOKEN                                                                                                    \
    "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImtQcktfcW14VldhWVZBOXd3QkY2SXVvM3ZWeno3VHhIQ1R3WEJ5Z3JTNGsifQ" \
    ".eyJpc3MiOiJwb3J0YWwiLCJhdWQiOiJwb3J0YWwiLCJzdWIiOiIwMTkzNWEzYi03YzExLTdkM2UtOGYwMC01YjFjMmQzZTRmNTAiLCJnc3ViI" \
    "joiMDE5MzVhM2EtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIiwic2lkIjoiMDE5MzVhM2ItN2MxMi03MDAwLTkwMDAtMGEwYjBjMGQwZTB" \
    "mIiwianRpIjoidC0xIiwia2luZCI6InN0YWZmIiwicm9sZXMiOlsib3duZXIiLCJzdXBwb3J0Il0sImlhdCI6MTc5NTQ2NjAwMCwiZXhwIjoxN" \
    "zk1NDY2NjAwfQ.cYQshonbYUyy8LhCxGzxasp40iZgYr6Iivu6wfFrWmUH8syo7flmXomPPpvW-qN0DLrLAL7aIMSnqDpFbJG7Aw"

#define HEADER "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}"
#define CLAIMS_WITHOUT_TIME                                                                                              \
    "\"iss\":\"portal\",\"aud\":\"portal\",\"sub\":\"01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50\",\"jti\":\"t\",\"kind\":\"customer\""
#define CLAIMS "{" CLAIMS_WITHOUT_TIME ",\"iat\":1795466000,\"exp\":1795466600}"

static struct arena *arena;
static struct token_signer signer;
static struct token_verifier verifier = {TOKEN_ISSUER, TOKEN_AUDIENCE, &signer.key, 1};
static struct token_claims claims;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    unsigned char seed[32];
    assert_return_code(sodium_init(), 0);
    assert_return_code(sodium_base642bin(seed, sizeof(seed), RFC_D, strlen(RFC_D), NULL, NULL, NULL,
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
    token_signer_init(&signer, seed);
    arena = arena_new(4096, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum status verify_at(const char *token, int64_t now_us)
{
    error_clear(&err);
    memset(&claims, 0, sizeof(claims));
    return token_verify(&verifier, token, now_us, arena, &claims, &err);
}

static const char *encode(const void *data, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(arena_alloc(arena, room), room, data, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A token with any header and payload whose signature is right. */
static char *signed_token(const char *header, const char *payload)
{
    const char *input = arena_printf(arena, "%s.%s", encode(header, strlen(header)), encode(payload, strlen(payload)));
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, NULL, (const unsigned char *)input, strlen(input), signer.secret_key);
    return arena_printf(arena, "%s.%s", input, encode(signature, sizeof(signature)));
}

static void test_keys_have_their_published_names(void **state)
{
    (void)state;
    char x[TOKEN_X_SIZE];
    token_key_x(&signer.key, x);
    assert_string_equal(x, RFC_X);
    assert_string_equal(signer.key.kid, RFC_KID);
    struct token_key key;
    error_clear(&err);
    assert_int_equal(token_key_parse(RFC_KID, RFC_X, &key, &err), STATUS_OK);
    assert_memory_equal(&key, &signer.key, sizeof(key));
}

static void test_malformed_keys_are_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {{"", RFC_X}, {RFC_KID "0", RFC_X}, {RFC_KID, ""}, {RFC_KID, RFC_X "="},
                                         {RFC_KID, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"},
                                         {RFC_KID, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct token_key key;
        error_clear(&err);
        assert_int_equal(token_key_parse(bad[i][0], bad[i][1], &key, &err), STATUS_INVALID_ARGUMENT);
    }
}

static void test_signs_as_others_do(void **state)
{
    (void)state;
    char *roles[] = {"owner", "support"};
    const struct token_claims own = {
        .issuer = "portal", .audience = "portal", .subject = "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50",
        .kind = RPC__V1__CALLER__KIND__KIND_STAFF, .roles = roles, .role_count = 2,
        .guest_subject = "01935a3a-0000-7000-8000-000000000001", .session_id = "01935a3b-7c12-7000-9000-0a0b0c0d0e0f",
        .token_id = "t-1", .issued_at_us = NOW_US, .expires_at_us = NOW_US + 600 * US_PER_S};
    assert_string_equal(token_sign(&signer, &own, arena), FOREIGN_TOKEN);
}

static void test_reads_what_others_sign(void **state)
{
    (void)state;
    assert_int_equal(verify_at(FOREIGN_TOKEN, NOW_US), STATUS_OK);
    assert_string_equal(claims.issuer, "portal");
    assert_string_equal(claims.audience, "portal");
    assert_string_equal(claims.subject, "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50");
    assert_int_equal(claims.kind, RPC__V1__CALLER__KIND__KIND_STAFF);
    assert_int_equal(claims.role_count, 2);
    assert_string_equal(claims.roles[0], "owner");
    assert_string_equal(claims.roles[1], "support");
    assert_string_equal(claims.guest_subject, "01935a3a-0000-7000-8000-000000000001");
    assert_string_equal(claims.session_id, "01935a3b-7c12-7000-9000-0a0b0c0d0e0f");
    assert_string_equal(claims.token_id, "t-1");
    assert_int_equal(claims.issued_at_us, NOW_US);
    assert_int_equal(claims.expires_at_us, INT64_C(1795466600) * US_PER_S);
}

static void test_absent_claims_are_empty(void **state)
{
    (void)state;
    assert_int_equal(verify_at(signed_token(HEADER, CLAIMS), NOW_US), STATUS_OK);
    assert_string_equal(claims.guest_subject, "");
    assert_string_equal(claims.session_id, "");
    assert_int_equal(claims.role_count, 0);
}

/* Valid from iat to exp, thirty seconds more at either end. */
static void test_holds_for_its_time(void **state)
{
    (void)state;
    static const struct { int64_t at_s; enum status status; } times[] = {
        {1795465969, STATUS_UNAUTHENTICATED}, {1795465970, STATUS_OK}, {1795466629, STATUS_OK},
        {1795466630, STATUS_UNAUTHENTICATED}, {1795470000, STATUS_UNAUTHENTICATED}};
    const char *token = signed_token(HEADER, CLAIMS);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        assert_int_equal(verify_at(token, times[i].at_s * US_PER_S), times[i].status);
    assert_non_null(strstr(err.message, "expired"));
}

static void test_other_headers_are_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"eddsa\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":[\"EdDSA\"],\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"other\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"none\",\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"" RFC_KID "\"} ,",
        "[]", "", "null"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_int_equal(verify_at(signed_token(headers[i], CLAIMS), NOW_US), STATUS_UNAUTHENTICATED);
}

static void test_other_claims_are_refused(void **state)
{
    (void)state;
#define TIMES ",\"iat\":1795466000,\"exp\":1795466600}"
#define WHO "\"sub\":\"01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50\",\"jti\":\"t\""
    static const char *const payloads[] = {
        "{\"iss\":\"other\",\"aud\":\"portal\"," WHO ",\"kind\":\"customer\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":\"other\"," WHO ",\"kind\":\"customer\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":[\"portal\",\"other\"]," WHO ",\"kind\":\"customer\"" TIMES,
        "{\"aud\":\"portal\"," WHO ",\"kind\":\"customer\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":\"portal\",\"sub\":\"1 or 1=1\",\"jti\":\"t\",\"kind\":\"customer\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":\"portal\",\"sub\":7,\"jti\":\"t\",\"kind\":\"customer\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":\"portal\"," WHO ",\"kind\":\"service\"" TIMES,
        "{\"iss\":\"portal\",\"aud\":\"portal\"," WHO TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"gsub\":\"guest\"" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"sid\":null" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"roles\":\"owner\"" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"roles\":[1]" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"roles\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\","
        "\"14\",\"15\",\"16\",\"17\"]" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"kind\":\"staff\"" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"nbf\":1795466100" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"nbf\":\"now\"" TIMES,
        "{" CLAIMS_WITHOUT_TIME ",\"iat\":1795466000}",
        "{" CLAIMS_WITHOUT_TIME ",\"exp\":1795466600}",
        "{" CLAIMS_WITHOUT_TIME ",\"iat\":1795466000,\"exp\":\"1795466600\"}",
        "{" CLAIMS_WITHOUT_TIME ",\"iat\":1795466000,\"exp\":1795466600.5}",
        "{" CLAIMS_WITHOUT_TIME ",\"iat\":1795466000,\"exp\":9223372036854775807}",
        "{" CLAIMS_WITHOUT_TIME ",\"iat\":-1,\"exp\":1795466600}",
        "\"text\"", "{"};
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
        assert_int_equal(verify_at(signed_token(HEADER, payloads[i]), NOW_US), STATUS_UNAUTHENTICATED);
}

/* Every character of a token carries its weight: no other spelling of the same token passes. */
static void test_one_changed_character_is_refused(void **state)
{
    (void)state;
    char token[] = FOREIGN_TOKEN;
    for (size_t i = 0; token[i]; i++) {
        char kept = token[i];
        for (const char *other = "AZaz09-_.=+/ "; *other; other++) {
            token[i] = *other;
            if (*other != kept)
                assert_int_equal(verify_at(token, NOW_US), STATUS_UNAUTHENTICATED);
        }
        token[i] = kept;
    }
    assert_int_equal(verify_at(token, NOW_US), STATUS_OK);
}

static void test_other_shapes_are_refused(void **state)
{
    (void)state;
    const char *good = signed_token(HEADER, CLAIMS);
    const char *input = arena_strndup(arena, good, (size_t)(strrchr(good, '.') - good));
    char *padding = arena_alloc(arena, TOKEN_SIZE_MAX + 1);
    memset(padding, 'A', TOKEN_SIZE_MAX);
    const char *const tokens[] = {"", ".", "..", "...", input, arena_printf(arena, "%s.", input), arena_printf(arena, "%s.AA", input),
                                  arena_printf(arena, "%s.x", good), arena_printf(arena, " %s", good),
                                  arena_printf(arena, "%s\n", good), arena_printf(arena, "%s%s", good, padding), padding};
    assert_int_equal(verify_at(good, NOW_US), STATUS_OK);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        assert_int_equal(verify_at(tokens[i], NOW_US), STATUS_UNAUTHENTICATED);
}

static void test_another_key_of_that_name_is_refused(void **state)
{
    (void)state;
    struct token_signer other;
    token_signer_init(&other, (const unsigned char *)"another seed of thirty-two bytes");
    strcpy(other.key.kid, RFC_KID);
    const struct token_verifier others = {TOKEN_ISSUER, TOKEN_AUDIENCE, &other.key, 1};
    error_clear(&err);
    assert_int_equal(token_verify(&others, FOREIGN_TOKEN, NOW_US, arena, &claims, &err), STATUS_UNAUTHENTICATED);
}

static void test_the_key_of_several_is_found(void **state)
{
    (void)state;
    struct token_signer other;
    token_signer_init(&other, (const unsigned char *)"another seed of thirty-two bytes");
    const struct token_key keys[] = {other.key, signer.key};
    const struct token_verifier both = {TOKEN_ISSUER, TOKEN_AUDIENCE, keys, 2};
    error_clear(&err);
    assert_int_equal(token_verify(&both, FOREIGN_TOKEN, NOW_US, arena, &claims, &err), STATUS_OK);
}

static void test_the_named_key_is_told(void **state)
{
    (void)state;
    char kid[TOKEN_KID_SIZE];
    assert_true(token_kid(FOREIGN_TOKEN, kid));
    assert_string_equal(kid, RFC_KID);
    assert_false(token_kid("a.b.c", kid));
    assert_false(token_kid("", kid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_have_their_published_names),
        cmocka_unit_test(test_malformed_keys_are_refused),
        cmocka_unit_test(test_signs_as_others_do),
        cmocka_unit_test(test_reads_what_others_sign),
        cmocka_unit_test(test_absent_claims_are_empty),
        cmocka_unit_test(test_holds_for_its_time),
        cmocka_unit_test(test_other_headers_are_refused),
        cmocka_unit_test(test_other_claims_are_refused),
        cmocka_unit_test(test_one_changed_character_is_refused),
        cmocka_unit_test(test_other_shapes_are_refused),
        cmocka_unit_test(test_another_key_of_that_name_is_refused),
        cmocka_unit_test(test_the_key_of_several_is_found),
        cmocka_unit_test(test_the_named_key_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
