/* Runs compiled Mustache templates: walks the operations and looks values up in a stack of jansson trees. */
#include "mustache_program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Indentation of the partials that are being rendered, the innermost first. */
struct indent {
    const char *text;
    size_t size;
    const struct indent *outer;
};

struct renderer {
    const json_t *stack[MUSTACHE_DEPTH_MAX];
    size_t depth;
    size_t partials;
    struct mustache_output *output;
    struct error *err;
};

static enum status run(struct renderer *renderer, const struct mustache_template *template, size_t first, size_t end,
                       const struct indent *indent);

static enum status too_much(struct renderer *renderer, const char *what)
{
    return error_set(renderer->err, STATUS_INTERNAL, "This page has %s.", what);
}

static enum status grow(struct renderer *renderer, size_t more)
{
    struct mustache_output *output = renderer->output;
    size_t needed = output->size + more + 1;
    if (needed > MUSTACHE_OUTPUT_MAX)
        return too_much(renderer, "too much text");
    size_t capacity = output->capacity ? output->capacity : 16384;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(output->data, capacity);
    if (!data)
        return too_much(renderer, "no memory");
    output->data = data;
    output->capacity = capacity;
    return STATUS_OK;
}

static enum status append(struct renderer *renderer, const char *text, size_t size)
{
    struct mustache_output *output = renderer->output;
    if (size >= output->capacity || output->size >= output->capacity - size) {
        enum status status = grow(renderer, size);
        if (status)
            return status;
    }
    if (size)
        memcpy(output->data + output->size, text, size);
    output->size += size;
    output->data[output->size] = '\0';
    return STATUS_OK;
}

static enum status append_indent(struct renderer *renderer, const struct indent *indent)
{
    if (!indent)
        return STATUS_OK;
    enum status status = append_indent(renderer, indent->outer);
    return status ? status : append(renderer, indent->text, indent->size);
}

/* Text of a partial that is indented: each of its lines is. A newline at its very end starts no line of this text. */
static enum status append_indented(struct renderer *renderer, const struct mustache_op *op, const struct indent *indent)
{
    const char *at = op->text;
    const char *end = op->text + op->size;
    enum status status = op->starts_line ? append_indent(renderer, indent) : STATUS_OK;
    while (!status && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline + 1 : end;
        status = append(renderer, at, (size_t)(line_end - at));
        at = line_end;
        if (!status && at < end)
            status = append_indent(renderer, indent);
    }
    return status;
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static enum status append_escaped(struct renderer *renderer, const char *text, size_t size)
{
    const char *end = text + size;
    enum status status = STATUS_OK;
    while (!status && text < end) {
        const char *plain = text;
        const char *entity = NULL;
        while (text < end && !(entity = entity_of(*text)))
            text++;
        status = append(renderer, plain, (size_t)(text - plain));
        if (!status && entity) {
            status = append(renderer, entity, strlen(entity));
            text++;
        }
    }
    return status;
}

/* The first part of a name is looked for from the top of the stack down, each further part only in what was found. */
static const json_t *look_up(const struct renderer *renderer, const struct mustache_op *op)
{
    size_t depth = renderer->depth;
    if (op->name_parts == 0)
        return depth ? renderer->stack[depth - 1] : NULL;
    const json_t *value = NULL;
    while (!value && depth > 0)
        value = json_object_get(renderer->stack[--depth], op->name);
    const char *part = op->name;
    for (size_t i = 1; value && i < op->name_parts; i++) {
        part += strlen(part) + 1;
        value = json_object_get(value, part);
    }
    return value;
}

static bool is_truthy(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    default:
        return true;
    }
}

static enum status append_value(struct renderer *renderer, const struct mustache_op *op)
{
    const json_t *value = look_up(renderer, op);
    char number[64];
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return (op->kind == MUSTACHE_RAW ? append : append_escaped)(renderer, json_string_value(value),
                                                                    json_string_length(value));
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return append(renderer, number, strlen(number));
    case JSON_REAL:
        snprintf(number, sizeof number, "%.15g", json_real_value(value));
        return append(renderer, number, strlen(number));
    case JSON_TRUE:
        return append(renderer, "true", 4);
    default:
        return STATUS_OK;
    }
}

static enum status run_with(struct renderer *renderer, const struct mustache_template *template, size_t op,
                            const json_t *value, const struct indent *indent)
{
    if (renderer->depth == MUSTACHE_DEPTH_MAX)
        return too_much(renderer, "sections nested too deeply");
    renderer->stack[renderer->depth++] = value;
    enum status status = run(renderer, template, op + 1, template->ops[op].end, indent);
    renderer->depth--;
    return status;
}

static enum status run_section(struct renderer *renderer, const struct mustache_template *template, size_t op,
                               const struct indent *indent)
{
    const json_t *value = look_up(renderer, &template->ops[op]);
    if (!is_truthy(value))
        return STATUS_OK;
    if (!json_is_array(value))
        return run_with(renderer, template, op, value, indent);
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < json_array_size(value); i++)
        status = run_with(renderer, template, op, json_array_get(value, i), indent);
    return status;
}

static enum status run_partial(struct renderer *renderer, const struct mustache_op *op, const struct indent *outer)
{
    if (renderer->partials == MUSTACHE_PARTIALS_MAX)
        return too_much(renderer, "partials nested too deeply");
    renderer->partials++;
    const struct indent own = {op->text, op->size, outer};
    enum status status = run(renderer, op->partial, 0, op->partial->op_count, op->size ? &own : outer);
    renderer->partials--;
    return status;
}

static enum status run_op(struct renderer *renderer, const struct mustache_template *template, size_t index,
                          const struct indent *indent)
{
    const struct mustache_op *op = &template->ops[index];
    switch (op->kind) {
    case MUSTACHE_TEXT:
        return indent ? append_indented(renderer, op, indent) : append(renderer, op->text, op->size);
    case MUSTACHE_ESCAPED:
    case MUSTACHE_RAW:
        return append_value(renderer, op);
    case MUSTACHE_SECTION:
        return run_section(renderer, template, index, indent);
    case MUSTACHE_INVERTED:
        return is_truthy(look_up(renderer, op)) ? STATUS_OK : run(renderer, template, index + 1, op->end, indent);
    case MUSTACHE_PARTIAL:
        return run_partial(renderer, op, indent);
    }
    return STATUS_OK;
}

/* Runs the operations from `first` up to `end`. The end of a section is behind its last operation, never inside another. */
static enum status run(struct renderer *renderer, const struct mustache_template *template, size_t first, size_t end,
                       const struct indent *indent)
{
    enum status status = STATUS_OK;
    for (size_t i = first; !status && i < end;) {
        const struct mustache_op *op = &template->ops[i];
        status = run_op(renderer, template, i, indent);
        i = op->kind == MUSTACHE_SECTION || op->kind == MUSTACHE_INVERTED ? op->end : i + 1;
    }
    return status;
}

enum status mustache_render(const struct mustache_template *template, const json_t *const *contexts, size_t context_count,
                            struct mustache_output *output, struct error *err)
{
    assert(context_count < MUSTACHE_DEPTH_MAX && "the stack has room for the contexts it starts with");
    struct renderer renderer = {.depth = context_count, .output = output, .err = err};
    for (size_t i = 0; i < context_count; i++)
        renderer.stack[i] = contexts[i];
    enum status status = append(&renderer, "", 0);
    return status ? status : run(&renderer, template, 0, template->op_count, NULL);
}
