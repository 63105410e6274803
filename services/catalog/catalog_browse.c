/* What shoppers read: categories, lists, searches, products. */
#include "catalog_service.h"

#include <string.h>

#include "catalog_store.h"
#include "catalog_view.h"
#include "text.h"

static enum status list_categories(struct catalog_service *self, struct rpc_call *call,
                                   const Catalog__V1__ListCategoriesRequest *request,
                                   Catalog__V1__ListCategoriesReply *reply, struct error *err)
{
    (void)self;
    const struct category_row *rows = NULL;
    size_t count = 0;
    enum status status =
        catalog_store_list_categories(service_db(call), request->parent_path, &rows, &count, call->arena, err);
    if (status)
        return status;
    reply->n_categories = count;
    reply->categories = catalog_view_categories(rows, count, call->arena);
    return STATUS_OK;
}

/* A checked ListProductsRequest. */
struct browse {
    const Types__V1__Market *market;
    const char *query;
    enum listing_sort sort;
    int32_t page_size;
};

static enum status check_browse(const struct catalog_service *self, const Catalog__V1__ListProductsRequest *request,
                                struct arena *arena, struct browse *ret_browse, struct error *err)
{
    ret_browse->market = markets_check(self->markets, request->country_code, "countryCode", err);
    ret_browse->query = text_check(request->q, "q", 0, LISTING_QUERY_MAX, false, arena, err);
    if ((unsigned)request->sort > CATALOG__V1__LIST_PRODUCTS_REQUEST__SORT__NAME)
        error_field(err, "sort", "unknown", "This is none of RELEVANCE, NEWEST, PRICE_LOW, PRICE_HIGH, NAME.");
    else
        ret_browse->sort = listing_effective_sort((enum listing_sort)request->sort, *ret_browse->query);
    enum status status =
        cursor_page_size(request->page_size, LISTING_PAGE_USUAL, LISTING_PAGE_MAX, "pageSize", &ret_browse->page_size, err);
    return err->status ? err->status : status;
}

static enum status find_shelf(struct db *db, const char *path, const char *query, struct shelf *ret_shelf,
                              struct arena *arena, struct error *err)
{
    enum status status = catalog_store_find_shelf(db, path, query, ret_shelf, arena, err);
    if (status != STATUS_NOT_FOUND)
        return status;
    error_field(err, "categoryPath", "unknown", "There is no such category.");
    return error_set(err, STATUS_NOT_FOUND, "There is no such category.");
}

/* Names the list that a page token belongs to. */
static const char *listing_name(const struct browse *browse, const struct listing_request *listing, const char *path,
                                struct arena *arena)
{
    return arena_printf(arena, "products|%s|%s|%s|%s", browse->market->currency_code, path, listing_sort_name(listing->sort),
                        browse->query);
}

/* Loads one row more than the page holds, which tells whether there is another page. */
static enum status list_page(const struct catalog_service *self, struct db *db, struct listing_request *listing,
                             const char *name, const char *page_token, struct arena *arena,
                             Catalog__V1__ListProductsReply *reply, struct error *err)
{
    struct cursor cursor;
    const struct card_row *rows = NULL;
    size_t count = 0;
    enum status status = cursor_decode(page_token, name, self->cursor_key, "pageToken", arena, &cursor, err);
    if (status)
        return status;
    listing->after = listing_from_cursor(&cursor, listing->sort, *listing->search.words != '\0');
    status = catalog_store_list(db, listing, &rows, &count, arena, err);
    if (status)
        return status;
    if ((int64_t)count == listing->limit) {
        const struct card_row *last = &rows[--count - 1];
        cursor = listing_to_cursor(&(struct listing_place){last->number_key, last->text_key, last->product_id}, arena);
        reply->next_page_token = (char *)cursor_encode(&cursor, name, self->cursor_key, arena);
    }
    reply->n_products = count;
    reply->products = catalog_view_summaries(rows, count, arena);
    return STATUS_OK;
}

static void view_shelf(const struct shelf *shelf, struct arena *arena, Catalog__V1__ListProductsReply *reply)
{
    reply->n_breadcrumbs = shelf->breadcrumb_count;
    reply->breadcrumbs = catalog_view_categories(shelf->breadcrumbs, shelf->breadcrumb_count, arena);
    reply->n_children = shelf->child_count;
    reply->children = catalog_view_categories(shelf->children, shelf->child_count, arena);
    if (shelf->breadcrumb_count > 0)
        reply->category = reply->breadcrumbs[shelf->breadcrumb_count - 1];
}

static enum status list_products(struct catalog_service *self, struct rpc_call *call,
                                 const Catalog__V1__ListProductsRequest *request, Catalog__V1__ListProductsReply *reply,
                                 struct error *err)
{
    struct browse browse = {0};
    enum status status = check_browse(self, request, call->arena, &browse, err);
    if (status)
        return status;
    struct db *db = service_db(call);
    struct shelf shelf;
    status = find_shelf(db, request->category_path, browse.query, &shelf, call->arena, err);
    if (status)
        return status;
    struct listing_request listing = {
        .category = shelf.number,
        .is_root = shelf.breadcrumb_count == 0,
        .currency = browse.market->currency_code,
        .country = browse.market->country_code,
        .sort = browse.sort,
        .search = listing_plan(browse.query, shelf.words, shelf.word_count, call->arena),
        .limit = browse.page_size + 1,
    };
    view_shelf(&shelf, call->arena, reply);
    reply->did_you_mean = (char *)listing.search.did_you_mean;
    const char *name = listing_name(&browse, &listing, request->category_path, call->arena);
    return list_page(self, db, &listing, name, request->page_token, call->arena, reply, err);
}

static enum status get_product(struct catalog_service *self, struct rpc_call *call,
                               const Catalog__V1__GetProductRequest *request, Catalog__V1__Product *reply, struct error *err)
{
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    if (!*request->handle)
        error_field(err, "handle", "required", "Which product? Give its handle.");
    if (err->status)
        return err->status;
    struct product_detail product;
    enum status status = catalog_store_get_product(service_db(call), request->handle, market->currency_code,
                                                   market->country_code, &product, call->arena, err);
    if (status == STATUS_NOT_FOUND)
        return error_set(err, status, "There is no such product in the shop for %s.", market->name);
    if (status)
        return status;
    catalog_view_product(&product, market->currency_code, call->arena, reply);
    return STATUS_OK;
}

RPC_HANDLER(list_categories, struct catalog_service, Catalog__V1__ListCategoriesRequest, Catalog__V1__ListCategoriesReply,
            catalog__v1__list_categories_reply__init)
RPC_HANDLER(list_products, struct catalog_service, Catalog__V1__ListProductsRequest, Catalog__V1__ListProductsReply,
            catalog__v1__list_products_reply__init)
RPC_HANDLER(get_product, struct catalog_service, Catalog__V1__GetProductRequest, Catalog__V1__Product,
            catalog__v1__product__init)

void catalog_browse_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->list_categories = list_categories_rpc;
    vtable->list_products = list_products_rpc;
    vtable->get_product = get_product_rpc;
}
