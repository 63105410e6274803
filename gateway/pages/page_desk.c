/* The exceptions of the table in pages_desk.c. */
#include "page_desk.h"

#include <string.h>

#include "catalog.pb-c.h"
#include "orders.pb-c.h"
#include "pbjson.h"

static json_t *choices_of(const struct page_run *run, const ProtobufCEnumDescriptor *type, const char *chosen)
{
    json_t *choices = json_array();
    const json_t *words = json_object_get(run->market->decorator.words, strstr(type->name, ".v1.") + 4);
    for (unsigned i = 0; i < type->n_values; i++) {
        const char *name = type->values[i].name;
        const char *text = json_string_value(json_object_get(words, name));
        if (type->values[i].value == 0)
            continue; /* "unspecified" is no choice */
        json_array_append_new(choices, json_pack("{s:s, s:s, s:b}", "value", name, "text", text ? text : name, "isChosen",
                                                 chosen && strcmp(chosen, name) == 0));
    }
    return choices;
}

void page_desk_add_statuses(struct exchange *x, struct page_run *run)
{
    json_object_set_new(run->view, "statuses",
                        choices_of(run, &orders__v1__order_status__descriptor, params_get(&x->query, "status")));
}

void page_desk_add_return_states(struct exchange *x, struct page_run *run)
{
    json_object_set_new(run->view, "states",
                        choices_of(run, &orders__v1__return__state__descriptor, params_get(&x->query, "state")));
}

static bool may_still(const Orders__V1__Order *order, Orders__V1__OrderEvent event)
{
    for (size_t i = 0; i < order->n_next_events; i++)
        if (order->next_events[i] == event)
            return true;
    return false;
}

void page_desk_add_order(struct exchange *x, struct page_run *run)
{
    (void)x;
    const Orders__V1__Order *order = (const Orders__V1__Order *)run->results[0]->reply;
    json_t *view = json_object_get(run->view, "order");
    bool is_over = order->status == ORDERS__V1__ORDER_STATUS__CANCELLED ||
                   order->status == ORDERS__V1__ORDER_STATUS__PENDING_PAYMENT;
    json_object_set_new(view, "canShip", json_boolean(may_still(order, ORDERS__V1__ORDER_EVENT__SHIP)));
    json_object_set_new(view, "canRefund", json_boolean(!is_over));
}

void page_desk_show_secret(struct exchange *x)
{
    page_run_start(x, x->state);
}

void page_desk_add_secret(struct exchange *x, struct page_run *run)
{
    (void)x;
    if (!run->acted || !run->acted->reply || run->refused)
        return;
    json_t *made = pbjson_encode(run->acted->reply);
    decorate(made, run->acted->reply->descriptor, &run->market->decorator);
    json_object_set_new(run->view, "made", made);
}

void page_desk_add_places(struct exchange *x, struct page_run *run)
{
    const Catalog__V1__ListStockLocationsReply *reply = (const Catalog__V1__ListStockLocationsReply *)run->results[1]->reply;
    const char *chosen = params_get(&x->query, "at");
    const char *variant_id = params_get(&x->captures, "variant_id");
    json_t *places = json_array();
    for (size_t i = 0; i < reply->n_locations; i++) {
        const Catalog__V1__StockLocation *place = reply->locations[i];
        json_array_append_new(places, json_pack("{s:s, s:s, s:b}", "code", place->code, "name", place->name, "isChosen",
                                                chosen && strcmp(chosen, place->code) == 0));
    }
    json_object_set_new(run->view, "places", places);
    json_object_set_new(run->view, "severalPlaces", json_boolean(reply->n_locations > 1));
    if (variant_id)
        json_object_set_new(run->view, "variantPath",
                            json_string(arena_printf(x->arena, "/admin/stock/%s", params_escape(variant_id, x->arena))));
}
