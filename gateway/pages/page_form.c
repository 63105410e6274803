/*
 * Acts on a form: makes its call, then redirects (303), so that reloading the page that follows sends nothing again. A form
 * that is refused is shown again with what was entered and what is wrong with it.
 */
#include "page_row.h"

#include <string.h>

#include "pbjson.h"

#include "page_key.h"
#include "page_view.h"

#define NEXT_FIELD "next"
#define NEXT_MAX 512

bool page_form_is_own_path(const char *path)
{
    if (!path || path[0] != '/' || path[1] == '/' || strlen(path) > NEXT_MAX)
        return false;
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '\\')
            return false;
    return true;
}

/* The value of a name in a pattern: a text field of the reply, or a capture. */
static const char *value_of(struct exchange *x, const json_t *reply, const char *name)
{
    const char *value = json_string_value(json_object_get(reply, name));
    if (!value)
        value = params_get(&x->captures, name);
    return value ? params_escape(value, x->arena) : "";
}

const char *page_form_expand(struct exchange *x, const char *pattern, const ProtobufCMessage *reply)
{
    const char *path = "";
    json_t *json = reply && strchr(pattern, '{') ? pbjson_encode(reply) : NULL;
    while (*pattern) {
        size_t plain = strcspn(pattern, "{");
        path = arena_printf(x->arena, "%s%.*s", path, (int)plain, pattern);
        pattern += plain;
        if (!*pattern)
            break;
        size_t length = strcspn(++pattern, "}");
        const char *name = arena_strndup(x->arena, pattern, length);
        path = arena_printf(x->arena, "%s%s", path, value_of(x, json, name));
        pattern += length + 1;
    }
    json_decref(json);
    return path;
}

void page_form_leave(struct exchange *x)
{
    const struct page_run *run = x->state;
    const char *chosen = run->action->next_from_form ? params_get(&x->form, NEXT_FIELD) : NULL;
    if (page_form_is_own_path(chosen))
        exchange_redirect(x, chosen);
    else
        exchange_redirect(x, page_form_expand(x, run->action->next, run->acted ? run->acted->reply : NULL));
}

/* Shows the form again, with its feeds asked anew: what was true when it was filled in may be what changed. */
static void refuse(struct exchange *x, const struct error *err)
{
    struct page_run *run = x->state;
    struct error *kept = ARENA_NEW(x->arena, struct error);
    *kept = *err;
    run->refused = kept;
    page_run_start(x, run);
}

static void finish(struct exchange *x)
{
    struct page_run *run = x->state;
    struct error err;
    error_clear(&err);
    if (run->acted && run->acted->err.status && !run->action->may_fail)
        refuse(x, &run->acted->err);
    else if (run->action->done && run->action->done(x, run, &err))
        refuse(x, &err);
    else
        (run->action->finish ? run->action->finish : page_form_leave)(x);
}

void page_form_act(struct exchange *x)
{
    struct page_run *run = x->state = ARENA_NEW(x->arena, struct page_run);
    struct error err;
    error_clear(&err);
    run->action = page_row_of(x);
    run->page = page_row_find(run->action->again ? run->action->again : run->action->route.pattern);
    run->market = page_site_market(x->market);
    x->idempotency_key = page_key_of(x, run->page->route.cache_s > 0);
    if (run->action->call.service && page_call_queue(x, &run->action->call, &run->acted, &err))
        refuse(x, &err);
    else
        exchange_wait(x, finish);
}
