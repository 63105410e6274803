/* Builds the tree that a template sees. */
#include "page_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pbjson.h"
#include "uuid.h"

#include "page_key.h"

#define PATH_DEPTH_MAX 5
#define PART_MAX 64
#define CART_COUNT_MAX 9999

/* The next part of a dotted path without its [index]; false at the end or when it is too long. */
static bool next_part(const char **path, char part[PART_MAX])
{
    size_t length = strcspn(*path, ".");
    size_t name = strcspn(*path, ".[");
    if (name == 0 || name >= PART_MAX)
        return false;
    memcpy(part, *path, name);
    part[name] = '\0';
    *path += length + ((*path)[length] == '.');
    return true;
}

void page_view_set(json_t *root, const char *path, json_t *value)
{
    char part[PART_MAX];
    json_t *at = root;
    for (int depth = 0; depth < PATH_DEPTH_MAX && json_is_object(at) && next_part(&path, part); depth++) {
        if (!*path) {
            json_object_set_new(at, part, value);
            return;
        }
        if (!json_object_get(at, part))
            json_object_set_new(at, part, json_object());
        at = json_object_get(at, part);
    }
    json_decref(value);
}

static void add_params(json_t *view, const char *name, const struct params *params)
{
    char is_name[PART_MAX];
    snprintf(is_name, sizeof is_name, "%sIs", name);
    json_t *values = json_object();
    json_t *is = json_object();
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        page_view_set(values, param->name, json_string(param->value));
        json_t *flag = json_object();
        json_object_set_new(flag, param->value, json_true());
        page_view_set(is, param->name, flag);
    }
    json_object_set_new(view, name, values);
    json_object_set_new(view, is_name, is);
}

static json_t *escaped(const struct params *params, struct arena *arena)
{
    json_t *values = json_object();
    for (size_t i = 0; i < params->count; i++)
        page_view_set(values, params->items[i].name, json_string(params_escape(params->items[i].value, arena)));
    return values;
}

static int64_t cart_count(const struct exchange *x)
{
    const char *cookie = params_get(&x->cookies, PAGE_CART_COUNT_COOKIE);
    if (!cookie || x->caller->kind == RPC__V1__CALLER__KIND__KIND_NOBODY)
        return 0;
    int64_t count = strtoll(cookie, NULL, 10);
    return count > 0 && count <= CART_COUNT_MAX ? count : 0;
}

static json_t *visitor(const struct exchange *x)
{
    bool is_staff = x->caller->kind == RPC__V1__CALLER__KIND__KIND_STAFF;
    bool is_customer = x->caller->kind == RPC__V1__CALLER__KIND__KIND_CUSTOMER;
    return json_pack("{s:b, s:b, s:I}", "isSignedIn", is_staff || is_customer, "isStaff", is_staff, "cartCount",
                     (json_int_t)cart_count(x));
}

/* A violation's message in the market's language, when that has words for its code; else as the service put it. */
static const char *message_of(const struct page_language *language, const struct violation *violation)
{
    char path[ERROR_CODE_MAX + 16];
    snprintf(path, sizeof path, "violations.%s", violation->code);
    const char *text = page_text(language, path);
    return text && *text ? text : violation->message;
}

/* What people call the field: "deliveryAddress.line1" is known by its last part. */
static const char *label_of(const struct page_language *language, const struct violation *violation)
{
    char path[ERROR_FIELD_MAX + 16];
    const char *dot = strrchr(violation->field, '.');
    snprintf(path, sizeof path, "fields.%s", dot ? dot + 1 : violation->field);
    const char *text = page_text(language, path);
    return text ? text : "";
}

static const char *problem_text(const struct page_language *language, const struct http_problem *problem, const char *what,
                                const char *fallback)
{
    char path[PART_MAX + 32];
    snprintf(path, sizeof path, "problems.%s.%s", problem->slug, what);
    const char *text = page_text(language, path);
    return text && *text ? text : fallback;
}

static bool holds(const json_t *list, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), value))
            return true;
    return false;
}

/* One input may fill two fields of a request (the telephone of the contact and of the address): said once. */
static json_t *violations_of(const struct page_language *language, const struct error *err)
{
    json_t *violations = json_array();
    for (size_t i = 0; i < err->violation_count; i++) {
        const struct violation *violation = &err->violations[i];
        json_t *told = json_pack("{s:s, s:s}", "label", label_of(language, violation), "message",
                                 message_of(language, violation));
        if (!holds(violations, told))
            json_array_append(violations, told);
        json_decref(told);
    }
    return violations;
}

json_t *page_view_problem(const struct page_market *market, const struct http_problem *problem, const struct error *err)
{
    const struct page_language *language = market->language;
    const char *help = problem_text(language, problem, "help", problem->help);
    bool is_services_own = strcmp(language->code, "en") == 0; /* services speak English */
    return json_pack("{s:i, s:s, s:s, s:s, s:b, s:b, s:o}", "status", problem->status, "title",
                     problem_text(language, problem, "title", problem->title), "help", help, "message",
                     is_services_own ? err->message : help, "isNotFound", problem->status == 404, "isSignInRefused",
                     problem->status == 401, "violations", violations_of(language, err));
}

static void add_refusal(json_t *view, const struct page_run *run)
{
    json_t *errors = json_object();
    for (size_t i = 0; i < run->refused->violation_count; i++) {
        const struct violation *violation = &run->refused->violations[i];
        page_view_set(errors, violation->field, json_string(message_of(run->market->language, violation)));
    }
    json_object_set_new(view, "errors", errors);
    json_object_set_new(view, "problem", page_view_problem(run->market, http_problem_of(run->refused), run->refused));
}

static void add_feeds(json_t *view, const struct page_run *run)
{
    for (size_t i = 0; i < PAGE_FEEDS_MAX; i++) {
        if (!run->results[i] || !run->results[i]->reply)
            continue;
        const ProtobufCMessage *reply = run->results[i]->reply;
        json_t *json = pbjson_encode(reply);
        decorate(json, reply->descriptor, &run->market->decorator);
        json_object_set_new(view, run->page->feeds[i].name, json);
    }
}

/* Where people come back to: the page that shows a form, not the address that the form is sent to. */
static const char *here(struct exchange *x, const struct page_run *run)
{
    if (!run->action)
        return page_form_is_own_path(x->target) ? x->target : "/";
    return run->action->again ? page_form_expand(x, run->action->again, NULL) : x->path;
}

/*
 * The idempotency key of a form on this page. A form that is shown again because nobody knows what became of it keeps its
 * key, so that sending it once more cannot do the thing twice; one that was refused is another request the next time.
 */
static const char *form_key(struct exchange *x, const struct page_run *run)
{
    const char *sent = run->refused ? params_get(&x->form, PAGE_KEY_FIELD) : NULL;
    bool is_undecided = run->refused && (run->refused->status == STATUS_ABORTED || http_problem_of(run->refused)->status >= 500);
    return is_undecided && uuid_is_valid(sent) ? sent : uuid_new(x->arena);
}

json_t *page_view_new(struct exchange *x, const struct page_run *run)
{
    const char *path = x->path ? x->path : "/"; /* a request that is refused early has none */
    json_t *view = json_pack("{s:s, s:s, s:s+, s:s, s:o, s:o}", "here", here(x, run), "path", path, "url",
                             page_site()->options.public_url, path, "key", form_key(x, run), "visitor", visitor(x),
                             "queryEscaped", escaped(&x->query, x->arena));
    add_params(view, "query", &x->query);
    add_feeds(view, run);
    if (run->action)
        add_params(view, "form", &x->form);
    if (run->refused)
        add_refusal(view, run);
    return view;
}
