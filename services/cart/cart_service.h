/*
 * The cart service: proto/cart.proto.
 *
 * Shoppers see and change their own cart only; CloseCart is for our own services. A read asks the database once and the
 * catalog once; a write asks the database once more, unless the cart is being changed from elsewhere at the same time.
 */
#ifndef CART_SERVICE_H
#define CART_SERVICE_H

#include "service.h"

struct cart_settings {
    struct service_settings base;
    const char *catalog_url;
    const char *markets_file;
    const char *default_country;
};

/* For struct service_spec; `settings` is a struct cart_settings. */
enum status cart_service_open(void *settings, void **ret_state, ProtobufCService **ret_service,
                              struct error *err) MUST_CHECK;
void cart_service_close(void *state);

#endif
