/*
 * The catalog service: its state, and what the files that hold its handlers share.
 *
 * catalog_service.c  opening and closing, markets
 * catalog_browse.c   what shoppers read
 * catalog_reserve.c  holding stock for orders, in batches
 * catalog_holds.c    quotes and sales, for the cart and for orders; giving back holds that ran out
 * catalog_staff.c    products, as staff keep them
 * catalog_stock.c    stock, as staff keep it
 * catalog_view.c     rows as messages
 */
#ifndef CATALOG_SERVICE_H
#define CATALOG_SERVICE_H

#include <stdatomic.h>

#include "catalog.pb-c.h"
#include "catalog_settings.h"
#include "market.h"
#include "service.h"

struct catalog_service {
    Catalog__V1__CatalogService_Service base;
    const struct catalog_settings *settings;
    struct markets *markets;
    unsigned char cursor_key[CURSOR_KEY_SIZE];
    struct db *expiry_db; /* of the task that gives back holds */
    struct arena *expiry_arena;
    struct background *expiry;
    atomic_llong expiry_looks_at_us; /* clock_now_us() at which that task looks again; INT64_MAX while it looks: wake it */
};

/* For struct service_spec. The settings must outlive the service. */
enum status catalog_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err);
void catalog_service_close(void *state);

/* Each puts the handlers of its file into the vtable. */
void catalog_browse_serve(Catalog__V1__CatalogService_Service *vtable);
void catalog_reserve_serve(Catalog__V1__CatalogService_Service *vtable);
void catalog_holds_serve(Catalog__V1__CatalogService_Service *vtable);
void catalog_staff_serve(Catalog__V1__CatalogService_Service *vtable);
void catalog_stock_serve(Catalog__V1__CatalogService_Service *vtable);

/* UNAUTHENTICATED or PERMISSION_DENIED for callers who are not staff. */
enum status catalog_check_staff(const struct rpc_call *call, struct error *err) MUST_CHECK;

/* For struct service_spec: the lane of ReserveStock behind the main one, and which methods go where. */
extern const struct rpc_lane catalog_lanes[];
extern const size_t catalog_lane_count;
size_t catalog_lane_of(const char *method_name);

/* Work of the task that gives back holds, `arg` is the service: background.h tells what it returns. */
int64_t catalog_holds_expire(void *arg);

#endif
