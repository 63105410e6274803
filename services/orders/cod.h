/*
 * The rules of cash on delivery, and the codes that go with it. Values in, values out; no database, no clock.
 *
 * Two codes are sent to the shopper's phone. The confirmation code proves, before anything is packed, that somebody answers
 * that number. The delivery code is told to the courier at the door, who so proves that the parcel was handed over. Codes are
 * kept as keyed digests only, and a few wrong guesses end one.
 */
#ifndef ORDERS_COD_H
#define ORDERS_COD_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "types.pb-c.h"
#include "uuid.h"

enum cod_code { COD_CODE_CONFIRM, COD_CODE_DELIVERY };
#define COD_CODE_SIZE 7             /* six digits and the NUL */
#define COD_CODE_GUESSES 5          /* wrong codes until one is dead */
#define COD_CODE_SENDS 3            /* how often an order's code is made and sent */
#define COD_KEY_SIZE 32
#define COD_DIGEST_SIZE 32

/*
 * Whether an order of `total_minor` for `address` may be paid at the door. FAILED_PRECONDITION with a violation for
 * "paymentMethod": "over_limit", "not_in_this_area".
 */
enum status cod_check(const Types__V1__Market *market, const Types__V1__Address *address, int64_t total_minor,
                      struct error *err) MUST_CHECK;

/* Whether couriers take cash there: the address' region or town is among the areas, whatever their case and accents. */
bool cod_serves(const Types__V1__CashOnDelivery *rules, const Types__V1__Address *address);

/* Whether an order waits for its confirmation code. */
bool cod_needs_code(const Types__V1__Market *market);

/* Six digits made of 64 random bits (the bias is below 2^-44). */
void cod_code_make(uint64_t random, char out[COD_CODE_SIZE]);

/* "123 456" or "123-456" as people type it -> "123456"; false when it is not six digits. */
bool cod_code_read(const char *typed, char out[COD_CODE_SIZE]);

/* BLAKE2b keyed with `key` over kind, order and code: of no use without the key, and for no other order. */
void cod_code_digest(const unsigned char key[COD_KEY_SIZE], const char order_id[UUID_SIZE], enum cod_code kind,
                     const char code[COD_CODE_SIZE], unsigned char out[COD_DIGEST_SIZE]);

/* "confirm", "delivery": as in the database. */
const char *cod_code_name(enum cod_code kind);

#endif
