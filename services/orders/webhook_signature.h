/*
 * The signature of an outgoing webhook, after the Standard Webhooks specification 1.0.0 (standardwebhooks.com): HMAC-SHA256
 * over "id.timestamp.body" under the secret, in base64. A secret is shown as "whsec_" and base64, and is 24 to 64 bytes.
 */
#ifndef ORDERS_WEBHOOK_SIGNATURE_H
#define ORDERS_WEBHOOK_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

#define WEBHOOK_SECRET_SIZE 32      /* bytes of those made here */

/* Bytes as people copy them: "whsec_...". */
const char *webhook_secret_text(const unsigned char *secret, size_t size, struct arena *arena);

/* "v1,..." for the header webhook-signature; several are joined by a blank. */
const char *webhook_signature(const unsigned char *secret, size_t size, const char *id, int64_t timestamp_s, const char *body,
                              struct arena *arena);

#endif
