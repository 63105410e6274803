/* Opens the catalog service with its markets and its task, and tells the markets. */
#include "catalog_service.h"

#include <stdlib.h>

#define EXPIRY_ARENA_BLOCK 16384

static enum status list_markets(struct catalog_service *self, struct rpc_call *call,
                                const Catalog__V1__ListMarketsRequest *request, Catalog__V1__ListMarketsReply *reply,
                                struct error *err)
{
    (void)call;
    (void)request;
    (void)err;
    reply->markets = (Types__V1__Market **)markets_all(self->markets, &reply->n_markets);
    return STATUS_OK;
}

RPC_HANDLER(list_markets, struct catalog_service, Catalog__V1__ListMarketsRequest, Catalog__V1__ListMarketsReply,
            catalog__v1__list_markets_reply__init)

static enum status open_parts(struct catalog_service *self, struct error *err)
{
    enum status status = catalog_cursor_key(self->settings, self->cursor_key, err);
    if (status == STATUS_OK)
        status = markets_load(self->settings->markets_file, &self->markets, err);
    if (status)
        return status;
    self->expiry_arena = arena_new(EXPIRY_ARENA_BLOCK, SIZE_MAX);
    self->expiry_db = service_db_new(&self->settings->base, "portal-catalog expiry");
    return background_start("expiry", catalog_holds_expire, self, &self->expiry, err);
}

enum status catalog_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    struct catalog_service *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory left.");
    *ret_state = self;
    *ret_service = &self->base.base;
    catalog__v1__catalog_service__init(&self->base, NULL);
    self->settings = settings;
    self->base.list_markets = list_markets_rpc;
    catalog_browse_serve(&self->base);
    catalog_reserve_serve(&self->base);
    catalog_holds_serve(&self->base);
    catalog_staff_serve(&self->base);
    catalog_stock_serve(&self->base);
    return open_parts(self, err);
}

void catalog_service_close(void *state)
{
    struct catalog_service *self = state;
    if (!self)
        return;
    background_stop(self->expiry);
    db_free(self->expiry_db);
    arena_free(self->expiry_arena);
    markets_free(self->markets);
    free(self);
}
