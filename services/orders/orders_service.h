/*
 * The orders service: proto/orders.proto.
 *
 * Shoppers see and cancel their own orders, also those that they placed as a guest before signing in; staff see all and lead
 * them through their life cycle. An order that is not the caller's does not exist for them.
 */
#ifndef ORDERS_SERVICE_H
#define ORDERS_SERVICE_H

#include "courier_settings.h"
#include "providers.h"
#include "service.h"

struct orders_settings {
    struct service_settings base;
    const char *catalog_url;
    const char *cart_url;
    const char *markets_file;
    const char *cursor_key;         /* 64 hexadecimal digits */
    struct providers_settings payments;
    struct courier_settings courier;
    int64_t payment_window_s;
    int64_t payment_late_s;
    int64_t payment_grace_s;
    const char *paper_program;      /* portal-paper; "": the one beside this program */
};

/* Beside the main lane: printing, since a PDF takes a hundred times as long as a row, and the events of other services, which
 * come by the thousand after an import, so that neither keeps a shopper waiting. */
#define ORDERS_LANE_COUNT 2
extern const struct rpc_lane orders_lanes[ORDERS_LANE_COUNT];
size_t orders_lane_of(const char *method_name);

/* For struct service_spec; `settings` is a struct orders_settings. */
enum status orders_service_open(void *settings, void **ret_state, ProtobufCService **ret_service,
                                struct error *err) MUST_CHECK;
void orders_service_close(void *state);

#endif
