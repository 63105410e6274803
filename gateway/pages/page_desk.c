/* The exceptions of the table in pages_desk.c. */
#include "page_desk.h"

#include <string.h>

#include "orders.pb-c.h"

static json_t *choices_of(const struct page_run *run, const ProtobufCEnumDescriptor *type, const char *chosen)
{
    json_t *choices = json_array();
    const json_t *words = json_object_get(run->market->decorator.words, type->short_name);
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
