/* Prints an OpenAPI document: a list of contents, then each operation with its parameters and the shape of what goes in and
 * out. */
#include "reference.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX 6 /* of nested messages in a sketch */

/* clang-format off: one rule after another */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2321;--soft:#5a6663;--line:#d9dfdc;--paper:#fbfcfb;--card:#fff;--brand:#0b6b4f}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebe9;--soft:#9aa8a4;--line:#2c3633;--paper:#111614;--card:#182019;--"
    "brand:#5fd0a8}}"
    "*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}"
    "main{max-width:52rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.6rem;line-height:1.2}h2{margin:2.5rem 0 "
    ".75rem;font-size:1.25rem}"
    "a{color:var(--brand)}p{max-width:44rem}code,pre{font:.85rem/1.5 ui-monospace,monospace}"
    "article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.9rem 1rem;margin:.75rem 0}"
    "h3{margin:0;font-size:1rem;font-weight:600}.at{display:block;overflow-wrap:anywhere;margin:.25rem 0}.at "
    "b{color:var(--brand)}"
    ".who{color:var(--soft);font-size:.85rem}table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}"
    "td{border-top:1px solid var(--line);padding:.3rem .5rem .3rem 0;vertical-align:top;overflow-wrap:anywhere}"
    "summary{cursor:pointer;color:var(--brand);padding:.2rem 0}pre{overflow-x:auto;margin:.3rem "
    "0;padding:.75rem;border-radius:.4rem;"
    "background:var(--paper);border:1px solid var(--line)}nav ul{padding-left:1.1rem;columns:2 18rem}nav "
    "li{break-inside:avoid;font-size:.9rem}";

/* clang-format on */

const char *reference_style(void)
{
    return style;
}

void reference_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc(*text, out);
    }
}

void reference_begin(FILE *out, const char *title)
{
    fputs("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><title>",
          out);
    reference_text(out, title);
    fprintf(out, "</title><style>%s</style></head><body><main><h1>", style);
    reference_text(out, title);
    fputs("</h1>", out);
}

void reference_end(FILE *out)
{
    fputs("</main></body></html>\n", out);
}

/* `Words` in backquotes are code. */
static void print_prose(FILE *out, const char *text)
{
    bool is_code = false;
    for (const char *end = strchr(text, '`'); end; end = strchr(text, '`')) {
        char part[256];
        snprintf(part, sizeof(part), "%.*s", (int)(end - text), text);
        reference_text(out, part);
        fputs(is_code ? "</code>" : "<code>", out);
        is_code = !is_code;
        text = end + 1;
    }
    reference_text(out, text);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static const json_t *resolve(const json_t *document, const json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (!ref)
        return schema;
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    return json_object_get(schemas, strrchr(ref, '/') + 1);
}

static void print_type(FILE *out, const json_t *schema)
{
    const json_t *values = json_object_get(schema, "enum");
    for (size_t i = 0; i < json_array_size(values); i++)
        fprintf(out, "%s%s", i > 0 ? " | " : "", json_string_value(json_array_get(values, i)));
    if (values)
        return;
    const json_t *type = json_object_get(schema, "type");
    fputs(json_is_array(type) ? "string or number" : text_of(schema, "type"), out);
    if (*text_of(schema, "format"))
        fprintf(out, " (%s)", text_of(schema, "format"));
}

/* The shape of a value, as JSON with types for values. */
static void print_shape(FILE *out, const json_t *document, const json_t *reference, int depth)
{
    const json_t *schema = resolve(document, reference);
    json_t *properties = json_object_get(schema, "properties");
    if (strcmp(text_of(schema, "type"), "array") == 0) {
        fputs("[ ", out);
        print_shape(out, document, json_object_get(schema, "items"), depth);
        fputs(" ]", out);
        return;
    }
    if (!properties || depth > DEPTH_MAX) {
        print_type(out, schema);
        return;
    }
    const char *name;
    json_t *member;
    fputs("{\n", out);
    json_object_foreach(properties, name, member)
    {
        fprintf(out, "%*s\"%s\": ", depth * 2, "", name);
        print_shape(out, document, member, depth + 1);
        fputs("\n", out);
    }
    fprintf(out, "%*s}", (depth - 1) * 2, "");
}

static void print_content(FILE *out, const json_t *document, const json_t *holder, const char *title)
{
    const json_t *json = json_object_get(json_object_get(holder, "content"), "application/json");
    if (!json)
        return;
    fprintf(out, "<details><summary>%s</summary><pre>", title);
    print_shape(out, document, json_object_get(json, "schema"), 1);
    fputs("</pre></details>", out);
}

static void print_parameters(FILE *out, const json_t *document, const json_t *list)
{
    if (json_array_size(list) == 0)
        return;
    fputs("<table>", out);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *parameter = json_array_get(list, i);
        const char *required = json_is_true(json_object_get(parameter, "required")) ? ", required" : "";
        fprintf(out, "<tr><td><code>%s</code><td>%s%s<td>", text_of(parameter, "name"), text_of(parameter, "in"), required);
        print_type(out, resolve(document, json_object_get(parameter, "schema")));
    }
    fputs("</table>", out);
}

static void print_answers(FILE *out, const json_t *document, json_t *responses)
{
    const char *status;
    json_t *response;
    json_object_foreach(responses, status, response)
    {
        char title[32];
        snprintf(title, sizeof(title), "Answer %s", status);
        if (status[0] == '2')
            print_content(out, document, response, title);
    }
}

static void print_operation(FILE *out, const json_t *document, const char *path, const char *method, const json_t *operation)
{
    fprintf(out, "<article id=\"%s\"><h3>", text_of(operation, "operationId"));
    reference_text(out, text_of(operation, "summary"));
    fprintf(out, "</h3><code class=\"at\"><b>%s</b> %s</code><span class=\"who\">For: %s</span>", method, path,
            text_of(operation, "description"));
    print_parameters(out, document, json_object_get(operation, "parameters"));
    print_content(out, document, json_object_get(operation, "requestBody"), "Body");
    print_answers(out, document, json_object_get(operation, "responses"));
    fputs("</article>", out);
}

typedef void print_one(FILE *out, const json_t *document, const char *path, const char *method, const json_t *operation);

static void print_contents_line(FILE *out, const json_t *document, const char *path, const char *method,
                                const json_t *operation)
{
    (void)document;
    fprintf(out, "<li><a href=\"#%s\"><code>%s %s</code></a>", text_of(operation, "operationId"), method, path);
}

/* Every operation of a tag, or of all. */
static void for_each(FILE *out, const json_t *document, const char *tag, print_one *print)
{
    static const struct {
        const char *key;
        const char *method;
    } methods[] = {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}};
    const char *path;
    json_t *item;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            const json_t *operation = json_object_get(item, methods[i].key);
            if (operation && strcmp(json_string_value(json_array_get(json_object_get(operation, "tags"), 0)), tag) == 0)
                print(out, document, path, methods[i].method, operation);
        }
    }
}

static void for_each_tag(FILE *out, const json_t *document, const char *before, print_one *print, const char *after)
{
    const json_t *tags = json_object_get(document, "tags");
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *tag = json_array_get(tags, i);
        fprintf(out, "<h2>%s</h2>%s", text_of(tag, "description"), before);
        for_each(out, document, text_of(tag, "name"), print);
        fputs(after, out);
    }
}

/* Three requests that work as they stand. */
static void print_start(FILE *out, const json_t *document)
{
    const char *url = text_of(json_array_get(json_object_get(document, "servers"), 0), "url");
    fprintf(out,
            "<pre>curl %s/v1/markets\ncurl '%s/v1/products?countryCode=KE&amp;pageSize=3'\n"
            "curl -X POST %s/v1/auth/guest</pre>",
            url, url, url);
}

char *reference_render(const json_t *document, size_t *ret_size)
{
    char *html = NULL;
    FILE *out = open_memstream(&html, ret_size);
    assert(out && "there is memory at start");
    const json_t *info = json_object_get(document, "info");
    reference_begin(out, text_of(info, "title"));
    fputs("<p>", out);
    print_prose(out, text_of(info, "description"));
    fputs("</p><p>For programs: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1). "
          "What errors mean: <a href=\"/problems\">/problems</a>.</p>",
          out);
    print_start(out, document);
    fputs("<nav>", out);
    for_each_tag(out, document, "<ul>", print_contents_line, "</ul>");
    fputs("</nav>", out);
    for_each_tag(out, document, "", print_operation, "");
    reference_end(out);
    fclose(out);
    return html;
}
