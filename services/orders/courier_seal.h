/*
 * What the courier keeps and nobody else may read: secrets of webhooks, codes on their way. XSalsa20-Poly1305 (libsodium's
 * secretbox) under ORDERS_COURIER_KEY, with a nonce of its own each.
 */
#ifndef ORDERS_COURIER_SEAL_H
#define ORDERS_COURIER_SEAL_H

#include <stdbool.h>

#include "db.h"

#define COURIER_KEY_SIZE 32

/* 64 hexadecimal digits; `err` names the setting. */
enum status courier_seal_key(const char *hex, unsigned char key[COURIER_KEY_SIZE], struct error *err) MUST_CHECK;

struct db_bytes courier_seal(const unsigned char key[COURIER_KEY_SIZE], const void *data, size_t size, struct arena *arena);

/* False when it was not sealed with this key. The opened bytes have a NUL behind them. */
bool courier_unseal(const unsigned char key[COURIER_KEY_SIZE], struct db_bytes sealed, struct db_bytes *ret_data,
                    struct arena *arena);

#endif
