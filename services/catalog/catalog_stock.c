/* What staff do with stock: count, carry, look, settle places and how a variant is sold. */
#include "catalog_service.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "idempotency.h"
#include "product.h"
#include "stock_counts.h"
#include "stock_desk.h"
#include "text.h"

#define REASON_MAX 200
#define NAME_MAX_CHARS 100
#define QUERY_MAX 200
#define CODE_MAX 40
#define PRIORITY_MAX 1000
#define COUNTRIES_MAX 64
#define PAGE_USUAL 50
#define PAGE_MAX 200

static const char last_id[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

static Catalog__V1__StockLevel *level_message(const char *code, int64_t on_hand, int64_t reserved, int64_t owed,
                                              struct arena *arena)
{
    Catalog__V1__StockLevel *message = ARENA_NEW(arena, Catalog__V1__StockLevel);
    catalog__v1__stock_level__init(message);
    message->location_code = (char *)code;
    message->on_hand = on_hand;
    message->reserved = reserved;
    message->owed = owed;
    return message;
}

static void check_variant(const char *variant_id, struct error *err)
{
    if (!uuid_is_valid(variant_id))
        error_field(err, "variantId", "malformed", "This is not the id of a variant.");
}

/* ---- counting and carrying ---- */

static enum status check_adjustment(const Catalog__V1__AdjustStockRequest *request, struct arena *arena,
                                    const char **ret_reason, struct error *err)
{
    check_variant(request->variant_id, err);
    if (request->delta == 0 || request->delta < -PRODUCT_STOCK_MAX || request->delta > PRODUCT_STOCK_MAX)
        error_field(err, "delta", "out_of_range", "Say how many units came (positive) or went (negative).");
    *ret_reason = text_check(request->reason, "reason", 1, REASON_MAX, false, arena, err);
    return err->status;
}

static enum status adjust_stock(struct catalog_service *self, struct rpc_call *call,
                                const Catalog__V1__AdjustStockRequest *request, Catalog__V1__AdjustStockReply *reply,
                                struct error *err)
{
    struct stock_adjustment adjustment = {
        .variant_id = request->variant_id,
        .location_code = request->location_code,
        .delta = request->delta,
        .made_by = call->meta.caller->subject,
    };
    struct stock_level level = {0};
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = check_adjustment(request, call->arena, &adjustment.reason, err);
    if (status == STATUS_OK)
        status = stock_counts_adjust(service_db(call), &adjustment, &level, call->arena, err);
    if (status == STATUS_OK)
        background_wake(self->expiry);
    reply->variant_id = request->variant_id;
    reply->on_hand = level.on_hand;
    reply->reserved = level.reserved;
    reply->owed = level.owed;
    return status;
}

static enum status check_transfer(const Catalog__V1__MoveStockRequest *request, struct arena *arena, const char **ret_reason,
                                  struct error *err)
{
    check_variant(request->variant_id, err);
    if (request->quantity < 1 || request->quantity > PRODUCT_STOCK_MAX)
        error_field(err, "quantity", "out_of_range", "Say how many units are carried.");
    if (!*request->from_code)
        error_field(err, "fromCode", "required", "Where are they taken from?");
    if (!*request->to_code)
        error_field(err, "toCode", "required", "Where are they taken to?");
    *ret_reason = text_check(request->reason, "reason", 0, REASON_MAX, false, arena, err);
    return err->status;
}

static enum status move_stock(struct catalog_service *self, struct rpc_call *call,
                              const Catalog__V1__MoveStockRequest *request, Catalog__V1__MoveStockReply *reply,
                              struct error *err)
{
    struct stock_transfer transfer = {
        .variant_id = request->variant_id,
        .from_code = request->from_code,
        .to_code = request->to_code,
        .quantity = request->quantity,
        .made_by = call->meta.caller->subject,
    };
    struct stock_level from;
    struct stock_level to;
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = check_transfer(request, call->arena, &transfer.reason, err);
    if (status == STATUS_OK)
        status = stock_counts_move(service_db(call), &transfer, &from, &to, call->arena, err);
    if (status)
        return status;
    background_wake(self->expiry);
    reply->from = level_message(request->from_code, from.on_hand, from.reserved, from.owed, call->arena);
    reply->to = level_message(request->to_code, to.on_hand, to.reserved, to.owed, call->arena);
    return STATUS_OK;
}

/* ---- how it is sold ---- */

/* clang-format off: rows of a table */
static const struct {
    Catalog__V1__SellPolicy__Kind kind;
    const char *name;
} kinds[] = {
    {CATALOG__V1__SELL_POLICY__KIND__KIND_UNSPECIFIED, "deny"},
    {CATALOG__V1__SELL_POLICY__KIND__DENY, "deny"},
    {CATALOG__V1__SELL_POLICY__KIND__BACKORDER, "backorder"},
    {CATALOG__V1__SELL_POLICY__KIND__PREORDER, "preorder"},
};
/* clang-format on */
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static Catalog__V1__SellPolicy__Kind kind_of(const char *name)
{
    for (size_t i = 1; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return CATALOG__V1__SELL_POLICY__KIND__KIND_UNSPECIFIED;
}

static void show_policy(const struct sell_policy *policy, struct arena *arena, Catalog__V1__SellPolicy *message)
{
    message->kind = kind_of(policy->policy);
    message->ahead_max = policy->ahead_max;
    message->available_from = clock_to_timestamp(arena, policy->available_from_us);
    message->low_stock_at = policy->low_at;
}

static enum status check_policy(const Catalog__V1__SetSellPolicyRequest *request, struct sell_policy *ret_policy,
                                struct error *err)
{
    const Catalog__V1__SellPolicy *asked = request->policy;
    check_variant(request->variant_id, err);
    if (!asked)
        return error_field(err, "policy", "required", "How is it to be sold?");
    if ((unsigned)asked->kind >= KIND_COUNT)
        return error_field(err, "policy.kind", "unknown", "A variant's policy is DENY, BACKORDER or PREORDER.");
    if (asked->ahead_max < 0 || asked->ahead_max > STOCK_QUANTITY_MAX)
        error_field(err, "policy.aheadMax", "out_of_range", "From 0 (no limit) to %" PRId64 ".", STOCK_QUANTITY_MAX);
    if (asked->low_stock_at < -1 || asked->low_stock_at > STOCK_QUANTITY_MAX)
        error_field(err, "policy.lowStockAt", "out_of_range", "From -1 (never) to %" PRId64 ".", STOCK_QUANTITY_MAX);
    *ret_policy = (struct sell_policy){kinds[asked->kind].name, asked->ahead_max,
                                       clock_from_timestamp(asked->available_from), asked->low_stock_at};
    return err->status;
}

static enum status set_sell_policy(struct catalog_service *self, struct rpc_call *call,
                                   const Catalog__V1__SetSellPolicyRequest *request, Catalog__V1__SellPolicy *reply,
                                   struct error *err)
{
    (void)self;
    struct sell_policy policy;
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = check_policy(request, &policy, err);
    if (status == STATUS_OK)
        status = stock_desk_set_policy(service_db(call), request->variant_id, &policy, err);
    if (status == STATUS_OK)
        show_policy(&policy, call->arena, reply);
    return status;
}

/* ---- looking ---- */

static Catalog__V1__StockRow *row_message(const struct stock_desk_row *row, struct arena *arena)
{
    Catalog__V1__StockRow *message = ARENA_NEW(arena, Catalog__V1__StockRow);
    catalog__v1__stock_row__init(message);
    message->variant_id = (char *)row->variant_id;
    message->product_handle = (char *)row->handle;
    message->product_title = (char *)row->title;
    message->variant_title = (char *)product_variant_title(row->options, arena);
    message->sku = (char *)row->sku;
    message->level = level_message(row->location_code, row->on_hand, row->reserved, row->owed, arena);
    message->policy = ARENA_NEW(arena, Catalog__V1__SellPolicy);
    catalog__v1__sell_policy__init(message->policy);
    show_policy(&row->policy, arena, message->policy);
    return message;
}

static enum status list_stock(struct catalog_service *self, struct rpc_call *call,
                              const Catalog__V1__ListStockRequest *request, Catalog__V1__ListStockReply *reply,
                              struct error *err)
{
    struct arena *arena = call->arena;
    struct cursor cursor = {0};
    int32_t size = 0;
    enum status status = catalog_check_staff(call, err);
    if (status)
        return status;
    const char *query = text_check(request->q, "q", 0, QUERY_MAX, false, arena, err);
    const char *name = arena_printf(arena, "stock|%s|%s|%d", request->location_code, query, request->low_only);
    status = cursor_page_size(request->page_size, PAGE_USUAL, PAGE_MAX, "pageSize", &size, err);
    if (err->status || cursor_decode(request->page_token, name, self->cursor_key, "pageToken", arena, &cursor, err))
        return err->status;
    const struct stock_desk_row *rows = NULL;
    const struct stock_desk_request desk = {
        .location_code = request->location_code,
        .query = query,
        .low_only = request->low_only,
        .after_variant_id = cursor.count == 2 ? cursor.values[0] : last_id,
        .after_location_id = cursor.count == 2 ? strtoll(cursor.values[1], NULL, 10) : INT32_MAX,
        .limit = size + 1,
    };
    size_t count = 0;
    status = stock_desk_list(service_db(call), &desk, &rows, &count, arena, err);
    if (status)
        return status;
    if (count > (size_t)size) {
        const struct stock_desk_row *last = &rows[--count - 1];
        cursor = (struct cursor){{last->variant_id, arena_printf(arena, "%" PRId64, last->location_id)}, 2};
        reply->next_page_token = (char *)cursor_encode(&cursor, name, self->cursor_key, arena);
    }
    reply->rows = ARENA_ARRAY(arena, Catalog__V1__StockRow *, count);
    for (size_t i = 0; i < count; i++)
        reply->rows[reply->n_rows++] = row_message(&rows[i], arena);
    return STATUS_OK;
}

static Catalog__V1__StockMovement *movement_message(const struct movement_row *row, struct arena *arena)
{
    Catalog__V1__StockMovement *message = ARENA_NEW(arena, Catalog__V1__StockMovement);
    catalog__v1__stock_movement__init(message);
    message->location_code = (char *)row->location_code;
    message->kind = (char *)row->kind;
    message->on_hand_change = row->on_hand_change;
    message->reserved_change = row->reserved_change;
    message->owed_change = row->owed_change;
    message->order_id = (char *)row->order_id;
    message->reason = (char *)row->reason;
    message->made_by = (char *)row->made_by;
    message->made_at = clock_to_timestamp(arena, row->made_at_us);
    return message;
}

static enum status list_stock_movements(struct catalog_service *self, struct rpc_call *call,
                                        const Catalog__V1__ListStockMovementsRequest *request,
                                        Catalog__V1__ListStockMovementsReply *reply, struct error *err)
{
    struct arena *arena = call->arena;
    struct cursor cursor = {0};
    int32_t size = 0;
    enum status status = catalog_check_staff(call, err);
    if (status)
        return status;
    check_variant(request->variant_id, err);
    const char *name = arena_printf(arena, "movements|%s", request->variant_id);
    status = cursor_page_size(request->page_size, PAGE_USUAL, PAGE_MAX, "pageSize", &size, err);
    if (err->status || cursor_decode(request->page_token, name, self->cursor_key, "pageToken", arena, &cursor, err))
        return err->status;
    const struct movement_row *rows = NULL;
    size_t count = 0;
    int64_t before = cursor.count == 1 ? strtoll(cursor.values[0], NULL, 10) : INT64_MAX;
    status = stock_desk_movements(service_db(call), request->variant_id, before, size + 1, &rows, &count, arena, err);
    if (status)
        return status;
    if (count > (size_t)size) {
        cursor = (struct cursor){{arena_printf(arena, "%" PRId64, rows[--count - 1].id)}, 1};
        reply->next_page_token = (char *)cursor_encode(&cursor, name, self->cursor_key, arena);
    }
    reply->movements = ARENA_ARRAY(arena, Catalog__V1__StockMovement *, count);
    for (size_t i = 0; i < count; i++)
        reply->movements[reply->n_movements++] = movement_message(&rows[i], arena);
    return STATUS_OK;
}

/* ---- places ---- */

static void show_location(const struct location_row *row, Catalog__V1__StockLocation *message)
{
    message->code = (char *)row->code;
    message->name = (char *)row->name;
    message->n_country_codes = row->country_codes.count;
    message->country_codes = (char **)row->country_codes.values;
    message->priority = (int32_t)row->priority;
    message->active = row->active;
}

static enum status list_stock_locations(struct catalog_service *self, struct rpc_call *call,
                                        const Catalog__V1__ListStockLocationsRequest *request,
                                        Catalog__V1__ListStockLocationsReply *reply, struct error *err)
{
    (void)self;
    (void)request;
    const struct location_row *rows = NULL;
    size_t count = 0;
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = stock_desk_locations(service_db(call), &rows, &count, call->arena, err);
    reply->locations = ARENA_ARRAY(call->arena, Catalog__V1__StockLocation *, count);
    for (size_t i = 0; i < count; i++) {
        reply->locations[i] = ARENA_NEW(call->arena, Catalog__V1__StockLocation);
        catalog__v1__stock_location__init(reply->locations[i]);
        show_location(&rows[i], reply->locations[i]);
    }
    reply->n_locations = count;
    return status;
}

static enum status check_location(const struct catalog_service *self, const Catalog__V1__SaveStockLocationRequest *request,
                                  struct location_row *ret_row, struct arena *arena, struct error *err)
{
    const Catalog__V1__StockLocation *asked = request->location;
    if (strlen(request->code) > CODE_MAX || product_check_handle(request->code, "code", err) != STATUS_OK)
        error_field(err, "code", "malformed", "A code is made of up to %d of a-z, 0-9 and single hyphens.", CODE_MAX);
    if (!asked)
        return error_field(err, "location", "required", "Which location? Give it as \"location\".");
    if (*asked->code && strcmp(asked->code, request->code) != 0)
        error_field(err, "location.code", "mismatch", "A code is never changed; it must be the one in the address.");
    if (asked->priority < 0 || asked->priority > PRIORITY_MAX)
        error_field(err, "location.priority", "out_of_range", "From 0 to %d.", PRIORITY_MAX);
    if (asked->n_country_codes > COUNTRIES_MAX)
        return error_field(err, "location.countryCodes", "too_long", "At most %d countries.", COUNTRIES_MAX);
    for (size_t i = 0; i < asked->n_country_codes; i++)
        markets_check(self->markets, asked->country_codes[i], "location.countryCodes", err);
    *ret_row = (struct location_row){
        .code = request->code,
        .name = text_check(asked->name, "location.name", 1, NAME_MAX_CHARS, false, arena, err),
        .country_codes = {(const char *const *)asked->country_codes, asked->n_country_codes},
        .priority = asked->priority,
        .active = asked->active,
    };
    return err->status;
}

static enum status save_stock_location(struct catalog_service *self, struct rpc_call *call,
                                       const Catalog__V1__SaveStockLocationRequest *request,
                                       Catalog__V1__StockLocation *reply, struct error *err)
{
    struct location_row row;
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = check_location(self, request, &row, call->arena, err);
    if (status == STATUS_OK)
        status = stock_desk_save_location(service_db(call), &row, call->arena, err);
    if (status == STATUS_OK)
        show_location(&row, reply);
    return status;
}

IDEMPOTENCY_KEYED(adjust_stock, struct catalog_service, Catalog__V1__AdjustStockRequest, Catalog__V1__AdjustStockReply)
IDEMPOTENCY_KEYED(move_stock, struct catalog_service, Catalog__V1__MoveStockRequest, Catalog__V1__MoveStockReply)
IDEMPOTENCY_KEYED(set_sell_policy, struct catalog_service, Catalog__V1__SetSellPolicyRequest, Catalog__V1__SellPolicy)
IDEMPOTENCY_KEYED(save_stock_location, struct catalog_service, Catalog__V1__SaveStockLocationRequest,
                  Catalog__V1__StockLocation)

RPC_HANDLER(adjust_stock_keyed, struct catalog_service, Catalog__V1__AdjustStockRequest, Catalog__V1__AdjustStockReply,
            catalog__v1__adjust_stock_reply__init)
RPC_HANDLER(move_stock_keyed, struct catalog_service, Catalog__V1__MoveStockRequest, Catalog__V1__MoveStockReply,
            catalog__v1__move_stock_reply__init)
RPC_HANDLER(set_sell_policy_keyed, struct catalog_service, Catalog__V1__SetSellPolicyRequest, Catalog__V1__SellPolicy,
            catalog__v1__sell_policy__init)
RPC_HANDLER(list_stock, struct catalog_service, Catalog__V1__ListStockRequest, Catalog__V1__ListStockReply,
            catalog__v1__list_stock_reply__init)
RPC_HANDLER(list_stock_movements, struct catalog_service, Catalog__V1__ListStockMovementsRequest,
            Catalog__V1__ListStockMovementsReply, catalog__v1__list_stock_movements_reply__init)
RPC_HANDLER(list_stock_locations, struct catalog_service, Catalog__V1__ListStockLocationsRequest,
            Catalog__V1__ListStockLocationsReply, catalog__v1__list_stock_locations_reply__init)
RPC_HANDLER(save_stock_location_keyed, struct catalog_service, Catalog__V1__SaveStockLocationRequest,
            Catalog__V1__StockLocation, catalog__v1__stock_location__init)

void catalog_stock_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->adjust_stock = adjust_stock_keyed_rpc;
    vtable->move_stock = move_stock_keyed_rpc;
    vtable->set_sell_policy = set_sell_policy_keyed_rpc;
    vtable->list_stock = list_stock_rpc;
    vtable->list_stock_movements = list_stock_movements_rpc;
    vtable->list_stock_locations = list_stock_locations_rpc;
    vtable->save_stock_location = save_stock_location_keyed_rpc;
}
