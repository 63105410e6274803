/*
 * Telephone numbers: whatever people write -> E.164, for the countries of the portal's markets and their neighbours.
 * The numbering plans are Google's libphonenumber metadata, reduced to what tells a mobile number from a typing error.
 */
#ifndef PORTAL_PHONE_H
#define PORTAL_PHONE_H

#include "arena.h"

#define PHONE_E164_SIZE 17          /* "+", at most 15 digits, NUL */

/*
 * Accepts +..., 00..., and national forms of `country_code` (ISO 3166-1 alpha-2; may be "" when the number is international),
 * with or without their trunk 0, or with the calling code but no plus; with spaces, dots, hyphens, slashes and brackets.
 * INVALID_ARGUMENT with a sentence when it cannot be a mobile number of that country, and *out untouched.
 * A country whose plan is not known is accepted in international form with 8 to 15 digits.
 */
enum status phone_parse(const char *text, const char *country_code, char out[PHONE_E164_SIZE], struct error *err) MUST_CHECK;

#endif
