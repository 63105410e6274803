/* Nonce, then the box. */
#include "courier_seal.h"

#include <string.h>
#include <sodium.h>

_Static_assert(COURIER_KEY_SIZE == crypto_secretbox_KEYBYTES, "a key of secretbox");

enum status courier_seal_key(const char *hex, unsigned char key[COURIER_KEY_SIZE], struct error *err)
{
    size_t size = 0;
    if (hex && strlen(hex) == 2 * COURIER_KEY_SIZE &&
        sodium_hex2bin(key, COURIER_KEY_SIZE, hex, strlen(hex), NULL, &size, NULL) == 0 && size == COURIER_KEY_SIZE)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_COURIER_KEY: expected %d hexadecimal digits.",
                     2 * COURIER_KEY_SIZE);
}

struct db_bytes courier_seal(const unsigned char key[COURIER_KEY_SIZE], const void *data, size_t size, struct arena *arena)
{
    size_t sealed_size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size;
    unsigned char *sealed = arena_alloc(arena, sealed_size);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, data, size, sealed, key);
    return (struct db_bytes){sealed, sealed_size};
}

bool courier_unseal(const unsigned char key[COURIER_KEY_SIZE], struct db_bytes sealed, struct db_bytes *ret_data,
                    struct arena *arena)
{
    const unsigned char *bytes = sealed.data;
    if (sealed.size < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
        return false;
    size_t size = sealed.size - crypto_secretbox_NONCEBYTES - crypto_secretbox_MACBYTES;
    unsigned char *data = arena_alloc(arena, size + 1);
    if (crypto_secretbox_open_easy(data, bytes + crypto_secretbox_NONCEBYTES, sealed.size - crypto_secretbox_NONCEBYTES,
                                   bytes, key) != 0)
        return false;
    *ret_data = (struct db_bytes){data, size};
    return true;
}
