/*
 * Addresses as they are given in African cities: a postcode is never asked for, a landmark always welcome.
 */
#ifndef PORTAL_ADDRESS_H
#define PORTAL_ADDRESS_H

#include "arena.h"
#include "types.pb-c.h"

/*
 * Checks an address and gives a cleaned copy in the arena: trimmed, phone in E.164, country upper case.
 * Every bad field is told, as "<prefix>.line1" and so on. `address` may be NULL (absent): "<prefix>" is required.
 */
enum status address_check(const Types__V1__Address *address, const char *prefix, struct arena *arena,
                          Types__V1__Address **ret_address, struct error *err) MUST_CHECK;

#endif
