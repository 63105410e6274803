/*
 * Which addresses a merchant's webhook may be at: those of the public internet. All that leads into networks of ours or of
 * nobody is refused (SSRF): the special-purpose blocks of the IANA registries (RFC 6890), multicast, and for IPv6 whatever
 * carries such an IPv4 address within it.
 */
#ifndef ORDERS_WEBHOOK_ADDRESS_H
#define ORDERS_WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* False for what is not public, and for families other than IPv4 and IPv6. */
bool webhook_address_is_public(const struct sockaddr *address);

#endif
