/* Seals and opens signing keys. */
#include "signing_key.h"

#include <string.h>
#include <sodium.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(SIGNING_KEY_SEALED_SIZE == NONCE_SIZE + SIGNING_KEY_SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "nonce, seed and tag");

enum status signing_key_master(const char *text, unsigned char ret_master[SIGNING_KEY_MASTER_SIZE], struct error *err)
{
    size_t length = strlen(text);
    size_t size = 0;
    bool hex = length == 2 * SIGNING_KEY_MASTER_SIZE;
    int failed = hex ? sodium_hex2bin(ret_master, SIGNING_KEY_MASTER_SIZE, text, length, NULL, &size, NULL)
                     : sodium_base642bin(ret_master, SIGNING_KEY_MASTER_SIZE, text, length, NULL, &size, NULL,
                                         sodium_base64_VARIANT_ORIGINAL);
    if (failed || size != SIGNING_KEY_MASTER_SIZE)
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "AUTH_MASTER_KEY must be 32 random bytes as 64 hexadecimal digits or in base64.");
    return STATUS_OK;
}

/* The master key is for keys of many purposes; this one is for sealing signing keys. */
static void derive(const unsigned char master[SIGNING_KEY_MASTER_SIZE],
                   unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES])
{
    crypto_kdf_derive_from_key(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, 1, "signkeys", master);
}

void signing_key_make(const unsigned char master[SIGNING_KEY_MASTER_SIZE], struct signing_key *ret_key)
{
    unsigned char seed[SIGNING_KEY_SEED_SIZE];
    unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    struct token_signer signer;
    memset(ret_key, 0, sizeof(*ret_key));
    randombytes_buf(seed, sizeof(seed));
    token_signer_init(&signer, seed);
    ret_key->key = signer.key;
    derive(master, key);
    randombytes_buf(ret_key->sealed_seed, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret_key->sealed_seed + NONCE_SIZE, NULL, seed, sizeof(seed),
                                               (const unsigned char *)signer.key.kid, strlen(signer.key.kid), NULL,
                                               ret_key->sealed_seed, key);
    sodium_memzero(&signer, sizeof(signer));
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(key, sizeof(key));
}

enum status signing_key_open(const struct signing_key *key, const unsigned char master[SIGNING_KEY_MASTER_SIZE],
                             struct token_signer *ret_signer, struct error *err)
{
    unsigned char seed[SIGNING_KEY_SEED_SIZE];
    unsigned char sealing_key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    derive(master, sealing_key);
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        seed, NULL, NULL, key->sealed_seed + NONCE_SIZE, sizeof(key->sealed_seed) - NONCE_SIZE,
        (const unsigned char *)key->key.kid, strlen(key->key.kid), key->sealed_seed, sealing_key);
    sodium_memzero(sealing_key, sizeof(sealing_key));
    if (failed)
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "AUTH_MASTER_KEY is not the key that this installation's signing key was sealed with.");
    token_signer_init(ret_signer, seed);
    sodium_memzero(seed, sizeof(seed));
    return STATUS_OK;
}
