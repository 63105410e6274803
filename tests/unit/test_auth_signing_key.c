/* Signing keys: a copy of the database signs nothing. */
#include "check.h"

#include <string.h>
#include <sodium.h>

#include "signing_key.h"

static const unsigned char master[SIGNING_KEY_MASTER_SIZE] = "a master key of thirty-two bytes";
static const unsigned char another[SIGNING_KEY_MASTER_SIZE] = "A master key of thirty-two bytes";

static struct signing_key key;
static struct token_signer signer;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    if (sodium_init() < 0)
        return 1;
    error_clear(&err);
    signing_key_make(master, &key);
    return 0;
}

static void test_opens_to_the_key_that_it_names(void **state)
{
    (void)state;
    struct token_signer from_seed;
    assert_int_equal(signing_key_open(&key, master, &signer, &err), STATUS_OK);
    assert_string_equal(signer.key.kid, key.key.kid);
    assert_memory_equal(signer.key.public_key, key.key.public_key, TOKEN_PUBLIC_KEY_SIZE);
    token_signer_init(&from_seed, signer.secret_key);   /* libsodium's secret key begins with the seed */
    assert_memory_equal(&from_seed, &signer, sizeof(signer));
}

static void test_the_seed_is_not_in_what_is_kept(void **state)
{
    (void)state;
    assert_int_equal(signing_key_open(&key, master, &signer, &err), STATUS_OK);
    assert_null(memmem(&key, sizeof(key), signer.secret_key, 8));
}

static void test_another_master_key_does_not_open_it(void **state)
{
    (void)state;
    assert_int_equal(signing_key_open(&key, another, &signer, &err), STATUS_FAILED_PRECONDITION);
}

static void test_a_changed_row_does_not_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(key.sealed_seed); i++) {
        struct signing_key changed = key;
        changed.sealed_seed[i] ^= 1;
        assert_int_equal(signing_key_open(&changed, master, &signer, &err), STATUS_FAILED_PRECONDITION);
    }
    struct signing_key renamed = key;
    renamed.key.kid[0] = renamed.key.kid[0] == 'A' ? 'B' : 'A';
    assert_int_equal(signing_key_open(&renamed, master, &signer, &err), STATUS_FAILED_PRECONDITION);
}

static void test_every_key_is_another(void **state)
{
    (void)state;
    struct signing_key other;
    signing_key_make(master, &other);
    assert_string_not_equal(other.key.kid, key.key.kid);
    assert_memory_not_equal(other.sealed_seed, key.sealed_seed, sizeof(key.sealed_seed));
}

static void test_master_keys_are_read(void **state)
{
    (void)state;
    static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F";
    static const char base64[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    static const char *const bad[] = {"", "secret", "000102", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                                      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
                                      "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"};
    unsigned char read[SIGNING_KEY_MASTER_SIZE];
    const char *const good[] = {hex, base64};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(signing_key_master(good[i], read, &err), STATUS_OK);
        for (size_t j = 0; j < sizeof(read); j++)
            assert_int_equal(read[j], j);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(signing_key_master(bad[i], read, &err), STATUS_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_opens_to_the_key_that_it_names, set_up),
        cmocka_unit_test_setup(test_the_seed_is_not_in_what_is_kept, set_up),
        cmocka_unit_test_setup(test_another_master_key_does_not_open_it, set_up),
        cmocka_unit_test_setup(test_a_changed_row_does_not_open, set_up),
        cmocka_unit_test_setup(test_every_key_is_another, set_up),
        cmocka_unit_test_setup(test_master_keys_are_read, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
