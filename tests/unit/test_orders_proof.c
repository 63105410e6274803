/* Proofs of notices: published vectors and signatures made by openssl; a shop that takes a forged notice asks for nothing worse
 * than an extra question, but one that refuses true ones waits for its money. */
#include "check.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "proof.h"
#include "providers.h"

#define STRIPE_TIME_S 1700000000

/* RFC 4231, test case 2. */
static void hmac_is_that_of_rfc_4231(void **state)
{
    (void)state;
    const char *data = "what do ya want for nothing?";
    assert_true(proof_hmac_sha256("Jefe", data, strlen(data),
                                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_true(proof_hmac_sha512("Jefe", data, strlen(data),
                                  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0"
                                  "e6fdcaeab1a34d4a6b4b636e070a38bce737"));
    assert_false(proof_hmac_sha256("Jefe", data, strlen(data),
                                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3844"));
    assert_false(proof_hmac_sha256("Jefe", data, strlen(data), "5bdcc146"));
    assert_false(proof_hmac_sha256("Jefe", data, strlen(data), ""));
}

static void no_key_proves_nothing(void **state)
{
    (void)state;
    /* HMAC-SHA256 of "" under "", which anybody can make. */
    assert_false(proof_hmac_sha256("", "", 0, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

static void a_token_is_good_for_its_subject_only(void **state)
{
    (void)state;
    unsigned char key[PROOF_KEY_SIZE] = {1}, other[PROOF_KEY_SIZE] = {2};
    char kind, id[UUID_SIZE];
    struct arena *arena = arena_new(4096, 4096);
    char *token = arena_strdup(arena, proof_token(key, PROOF_REFUND, "0198f3a1-0000-7000-8000-000000000001", arena));
    assert_true(proof_read_token(key, token, &kind, id));
    assert_int_equal(kind, PROOF_REFUND);
    assert_string_equal(id, "0198f3a1-0000-7000-8000-000000000001");
    assert_false(proof_read_token(other, token, &kind, id));
    token[0] = PROOF_CHARGE;
    assert_false(proof_read_token(key, token, &kind, id));
    token[0] = PROOF_REFUND;
    token[strlen("r0198f3a1-0000-7000-8000-00000000000")] = '2';
    assert_false(proof_read_token(key, token, &kind, id));
    assert_false(proof_read_token(key, "", &kind, id));
    arena_free(arena);
}

/* ---- whole notices, signed by `openssl dgst -hmac` ---- */

static const char paystack_body[] =
    "{\"event\":\"charge.success\",\"data\":{\"id\":4099260516,\"reference\":\"KE-7F3K-9Q2M-1\",\"amount\":150000,"
    "\"currency\":\"KES\"}}";
static const char paystack_signature[] =
    "c7cdc30a3d3c145fcd9232e48a45c42032221f9ca9e87bafd30e741d9fd00a63f62b6db16c00ad94c921fbfaa1447cf4a99f93bc36a9bafcd1063528f30d"
    "599d";
static const char stripe_body[] =
    "{\"id\":\"evt_1\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{\"id\":\"pi_1\",\"currency\":\"ugx\","
    "\"amount_received\":500000,\"metadata\":{\"reference\":\"UG-1\"}}}}";
#define STRIPE_BY_OLD "5647bb1044ee0021e7eb545e42b612e6974f966e2c4b4d82b711b541511785b5"
#define STRIPE_BY_NEW "9644cbdae7353bb70cdcd28adddb031c84c5757949a9e5d317e0d7cc9d0f5b67"

static struct providers_settings shop(void)
{
    return (struct providers_settings){
        .public_url = "https://shop.example",
        .ca_file = "",
        .timeout_ms = 1000,
        .notice_key = "",
        .paystack_secret_key = "sk_test_9c5b6c84",
        .paystack_url = "https://api.paystack.co",
        .flutterwave_secret_key = "",
        .mpesa_consumer_key = "",
        .mpesa_type = "paybill",
        .mpesa_initiator = "",
        .momo_subscription_key = "",
        .momo_target = "",
        .momo_refund_subscription_key = "",
        .stripe_secret_key = "sk_test_x",
        .stripe_publishable_key = "pk_test_x",
        .stripe_webhook_secret = "whsec_old,whsec_new",
        .stripe_url = "https://api.stripe.com",
        .stripe_script_url = "",
    };
}

struct scene {
    struct providers_settings settings;
    struct providers *providers;
    struct arena *arena;
    struct error err;
    struct provider_notice notice;
};

static void scene_open(struct scene *scene)
{
    scene->settings = shop();
    scene->arena = arena_new(16384, 16384);
    error_clear(&scene->err);
    assert_int_equal(providers_open(&scene->settings, &scene->providers, &scene->err), STATUS_OK);
}

static void scene_close(struct scene *scene)
{
    providers_close(scene->providers);
    arena_free(scene->arena);
}

static enum status parse(struct scene *scene, const char *provider, const char *header, const char *value, const char *body,
                         int64_t now_s)
{
    const struct provider_header headers[] = {{"Content-Type", "application/json"}, {header, value}};
    const struct provider_mail mail = {headers, 2, "", body, strlen(body), now_s * US_PER_S};
    error_clear(&scene->err);
    return provider_parse_notice(providers_find(scene->providers, provider), &mail, scene->arena, &scene->notice, &scene->err);
}

static void paystack_signs_the_body(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    assert_int_equal(parse(&scene, "paystack", "X-Paystack-Signature", paystack_signature, paystack_body, 0), STATUS_OK);
    assert_string_equal(scene.notice.reference, "KE-7F3K-9Q2M-1");
    assert_string_equal(scene.notice.event_id, "charge.success:4099260516");
    assert_int_equal(scene.notice.claimed_minor, 150000);
    assert_int_equal(parse(&scene, "paystack", "X-Paystack-Signature", paystack_signature, paystack_body + 1, 0),
                     STATUS_UNAUTHENTICATED);
    scene_close(&scene);
}

static enum status parse_stripe(struct scene *scene, const char *signature, int64_t now_s)
{
    return parse(scene, "stripe", "Stripe-Signature", signature, stripe_body, now_s);
}

static void stripe_signs_time_and_body_by_either_secret(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v1=" STRIPE_BY_OLD ",v0=1", STRIPE_TIME_S), STATUS_OK);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v1=00,v1=" STRIPE_BY_NEW, STRIPE_TIME_S), STATUS_OK);
    assert_string_equal(scene.notice.event_id, "evt_1");
    assert_string_equal(scene.notice.provider_ref, "pi_1");
    assert_int_equal(scene.notice.claimed_minor, 5000);     /* UGX is sent with two decimals that it has not */
    assert_int_equal(parse_stripe(&scene, "t=1700000001,v1=" STRIPE_BY_OLD, STRIPE_TIME_S), STATUS_UNAUTHENTICATED);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v0=" STRIPE_BY_OLD, STRIPE_TIME_S), STATUS_UNAUTHENTICATED);
    assert_int_equal(parse_stripe(&scene, "v1=" STRIPE_BY_OLD, STRIPE_TIME_S), STATUS_UNAUTHENTICATED);
    assert_int_equal(parse_stripe(&scene, "", STRIPE_TIME_S), STATUS_UNAUTHENTICATED);
    scene_close(&scene);
}

static void stripe_s_notice_is_good_for_five_minutes(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v1=" STRIPE_BY_OLD, STRIPE_TIME_S + 300), STATUS_OK);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v1=" STRIPE_BY_OLD, STRIPE_TIME_S + 301), STATUS_UNAUTHENTICATED);
    assert_int_equal(parse_stripe(&scene, "t=1700000000,v1=" STRIPE_BY_OLD, STRIPE_TIME_S - 301), STATUS_UNAUTHENTICATED);
    scene_close(&scene);
}

/* ---- which providers a shop has ---- */

static void only_those_with_settings_are_offered(void **state)
{
    (void)state;
    struct scene scene;
    size_t count;
    scene_open(&scene);
    providers_all(scene.providers, &count);
    assert_int_equal(count, 2);
    assert_non_null(providers_find(scene.providers, "paystack"));
    assert_null(providers_find(scene.providers, "mpesa"));
    assert_null(providers_find(scene.providers, ""));
    scene_close(&scene);
}

static void refuses(const struct providers_settings *settings, const char *words)
{
    struct providers *providers;
    struct error err;
    error_clear(&err);
    assert_int_equal(providers_open(settings, &providers, &err), STATUS_INVALID_ARGUMENT);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not name %s", err.message, words);
}

static void half_a_provider_stops_the_start(void **state)
{
    (void)state;
    struct providers_settings settings = shop();
    settings.stripe_webhook_secret = "";
    refuses(&settings, "ORDERS_STRIPE_WEBHOOK_SECRET");
    settings = shop();
    settings.paystack_url = "http://api.paystack.co";
    refuses(&settings, "ORDERS_PAYSTACK_URL");
    settings = shop();
    settings.public_url = "";
    refuses(&settings, "ORDERS_PUBLIC_URL");
    settings.public_url = "https://shop.example/";
    refuses(&settings, "ORDERS_PUBLIC_URL");
    settings = shop();
    settings.momo_target = "mtnatlantis";
    refuses(&settings, "ORDERS_MOMO_TARGET");
    settings = shop();
    settings.notice_key = "0011";
    refuses(&settings, "ORDERS_PAYMENTS_NOTICE_KEY");
    settings = shop();
    settings.momo_subscription_key = settings.momo_api_user = settings.momo_api_key = "x";
    settings.momo_target = "mtnuganda";
    settings.momo_url = "https://proxy.momoapi.mtn.com";
    refuses(&settings, "ORDERS_PAYMENTS_NOTICE_KEY");
}

RUN_TESTS(cmocka_unit_test(hmac_is_that_of_rfc_4231), cmocka_unit_test(no_key_proves_nothing),
          cmocka_unit_test(a_token_is_good_for_its_subject_only), cmocka_unit_test(paystack_signs_the_body),
          cmocka_unit_test(stripe_signs_time_and_body_by_either_secret),
          cmocka_unit_test(stripe_s_notice_is_good_for_five_minutes), cmocka_unit_test(only_those_with_settings_are_offered),
          cmocka_unit_test(half_a_provider_stops_the_start))
