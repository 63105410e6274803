/* Compiles Mustache templates. Each is read once, front to back; only values by name are left to look up while rendering. */
#include "mustache.h"

#include <stdlib.h>
#include <string.h>

#include "mustache_program.h"

#define DELIMITER_MAX 16
#define OPEN_SECTIONS_MAX 32

struct delimiter {
    char text[DELIMITER_MAX];
    size_t size;
};

/* A section that waits for its end tag. */
struct open_section {
    size_t op;
    const char *name;
    size_t size;
    size_t line;
};

struct compiler {
    const struct mustache *set;
    enum mustache_lookup lookup;
    struct mustache_template *template;
    const char *source;
    const char *end;
    const char *at; /* first byte not compiled yet */
    struct delimiter open;
    struct delimiter close;
    struct open_section sections[OPEN_SECTIONS_MAX];
    size_t section_count;
    struct error *err;
};

/* A tag as it stands in the source. */
struct tag {
    char sigil;          /* one of # ^ / > ! = & { or 0 */
    const char *begin;   /* at its opening delimiter */
    const char *after;   /* behind its closing delimiter */
    const char *content; /* trimmed */
    size_t size;
};

static size_t line_of(const struct compiler *compiler, const char *at)
{
    size_t line = 1;
    for (const char *c = compiler->source; c < at; c++)
        line += *c == '\n';
    return line;
}

static enum status refuse(const struct compiler *compiler, const char *at, const char *what)
{
    return error_set(compiler->err, STATUS_INVALID_ARGUMENT, "template %s, line %zu: %s", compiler->template->name,
                     line_of(compiler, at), what);
}

static void *need(void *memory)
{
    if (!memory)
        abort(); /* at start, with some kilobytes asked for */
    return memory;
}

static struct mustache_op *add_op(struct mustache_template *template, enum mustache_op_kind kind)
{
    if (template->op_count == template->op_capacity) {
        template->op_capacity = template->op_capacity ? template->op_capacity * 2 : 16;
        template->ops = need(realloc(template->ops, template->op_capacity * sizeof *template->ops));
    }
    struct mustache_op *op = &template->ops[template->op_count++];
    *op = (struct mustache_op){.kind = kind};
    return op;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static bool at_line_start(const struct compiler *compiler, const char *at)
{
    return at == compiler->source || at[-1] == '\n';
}

/* Text up to `end`. A line that begins with a tag gets an empty text, for the indentation of partials to go in front of. */
static void add_text(struct compiler *compiler, const char *end, bool tag_follows)
{
    const char *begin = compiler->at;
    if (begin < end) {
        struct mustache_op *op = add_op(compiler->template, MUSTACHE_TEXT);
        op->text = begin;
        op->size = (size_t)(end - begin);
        op->starts_line = at_line_start(compiler, begin);
    }
    if (tag_follows && at_line_start(compiler, end))
        add_op(compiler->template, MUSTACHE_TEXT)->starts_line = true;
}

static void trim(const char **begin, const char **end)
{
    while (*begin < *end && is_space(**begin))
        ++*begin;
    while (*begin < *end && is_space((*end)[-1]))
        --*end;
}

static const char *find(const char *begin, const char *end, const char *what, size_t size)
{
    return begin <= end ? memmem(begin, (size_t)(end - begin), what, size) : NULL;
}

/* Reads the tag at `begin`, where the opening delimiter stands. */
static enum status read_tag(const struct compiler *compiler, const char *begin, struct tag *ret_tag)
{
    char closing[DELIMITER_MAX + 1];
    size_t closing_size = compiler->close.size;
    const char *content = begin + compiler->open.size;
    char sigil = content < compiler->end && *content && strchr("#^/>!=&{", *content) ? *content++ : '\0';
    memcpy(closing + 1, compiler->close.text, closing_size);
    bool doubled = sigil == '=' || sigil == '{'; /* these repeat their sign before the closing delimiter */
    closing[0] = sigil == '{' ? '}' : sigil;
    const char *needle = doubled ? closing : closing + 1;
    size_t needle_size = closing_size + doubled;
    const char *end = find(content, compiler->end, needle, needle_size);
    if (!end)
        return refuse(compiler, begin, "a tag is not closed");
    *ret_tag = (struct tag){.sigil = sigil, .begin = begin, .after = end + needle_size};
    trim(&content, &end);
    ret_tag->content = content;
    ret_tag->size = (size_t)(end - content);
    return STATUS_OK;
}

/* Where the tag's line begins and where the next one does, when nothing but blanks shares the line with the tag. */
static bool stands_alone(const struct compiler *compiler, const struct tag *tag, const char **ret_begin,
                         const char **ret_next)
{
    if (!tag->sigil || strchr("&{", tag->sigil))
        return false;
    const char *begin = tag->begin;
    while (begin > compiler->at && is_blank(begin[-1]))
        begin--;
    const char *next = tag->after;
    while (next < compiler->end && is_blank(*next))
        next++;
    if (next + 1 < compiler->end && next[0] == '\r' && next[1] == '\n')
        next++;
    if (!at_line_start(compiler, begin) || (next < compiler->end && *next != '\n'))
        return false;
    *ret_begin = begin;
    *ret_next = next < compiler->end ? next + 1 : next;
    return true;
}

/* Keeps "a.b.c" as "a\0b\0c\0" and counts the parts. */
static enum status set_name(const struct compiler *compiler, const struct tag *tag, struct mustache_op *op)
{
    op->name = need(calloc(1, tag->size + 1));
    if (tag->size == 1 && *tag->content == '.')
        return STATUS_OK;
    memcpy(op->name, tag->content, tag->size);
    op->name_parts = 1;
    for (size_t i = 0; i < tag->size; i++) {
        bool empty_part = op->name[i] == '.' && (i == 0 || op->name[i - 1] == '\0' || i + 1 == tag->size);
        if (is_space(op->name[i]) || empty_part)
            return refuse(compiler, tag->begin, "a name has blanks or empty parts");
        if (op->name[i] == '.') {
            op->name[i] = '\0';
            op->name_parts++;
        }
    }
    if (tag->size == 0 || op->name_parts > MUSTACHE_NAME_PARTS_MAX)
        return refuse(compiler, tag->begin, "a name is empty or has too many parts");
    return STATUS_OK;
}

static enum status add_value(struct compiler *compiler, const struct tag *tag)
{
    return set_name(compiler, tag, add_op(compiler->template, tag->sigil ? MUSTACHE_RAW : MUSTACHE_ESCAPED));
}

static enum status begin_section(struct compiler *compiler, const struct tag *tag)
{
    if (compiler->section_count == OPEN_SECTIONS_MAX)
        return refuse(compiler, tag->begin, "sections are nested too deeply");
    struct mustache_template *template = compiler->template;
    compiler->sections[compiler->section_count++] =
        (struct open_section){template->op_count, tag->content, tag->size, line_of(compiler, tag->begin)};
    return set_name(compiler, tag, add_op(template, tag->sigil == '#' ? MUSTACHE_SECTION : MUSTACHE_INVERTED));
}

static enum status end_section(struct compiler *compiler, const struct tag *tag)
{
    if (compiler->section_count == 0)
        return refuse(compiler, tag->begin, "a section ends that never began");
    const struct open_section *section = &compiler->sections[--compiler->section_count];
    if (section->size != tag->size || memcmp(section->name, tag->content, tag->size) != 0)
        return error_set(compiler->err, STATUS_INVALID_ARGUMENT,
                         "template %s, line %zu: section %.*s of line %zu ends as %.*s", compiler->template->name,
                         line_of(compiler, tag->begin), (int)section->size, section->name, section->line, (int)tag->size,
                         tag->content);
    compiler->template->ops[section->op].end = compiler->template->op_count;
    return STATUS_OK;
}

static enum status add_partial(struct compiler *compiler, const struct tag *tag, const char *indent, size_t indent_size)
{
    for (size_t i = 0; i < compiler->set->count; i++) {
        const struct mustache_template *partial = &compiler->set->templates[i];
        if (strlen(partial->name) != tag->size || memcmp(partial->name, tag->content, tag->size) != 0)
            continue;
        struct mustache_op *op = add_op(compiler->template, MUSTACHE_PARTIAL);
        op->partial = partial;
        op->text = indent;
        op->size = indent_size;
        return STATUS_OK;
    }
    return compiler->lookup == MUSTACHE_LOOKUP_LENIENT ? STATUS_OK
                                                       : refuse(compiler, tag->begin, "there is no partial of that name");
}

static bool set_delimiter(struct delimiter *delimiter, const char *begin, const char *end)
{
    size_t size = (size_t)(end - begin);
    if (begin >= end || size >= DELIMITER_MAX || memchr(begin, '=', size))
        return false;
    memcpy(delimiter->text, begin, size);
    delimiter->size = size;
    return true;
}

/* "<% %>" between the two signs of a set-delimiter tag. */
static enum status set_delimiters(struct compiler *compiler, const struct tag *tag)
{
    const char *begin = tag->content;
    const char *end = begin + tag->size;
    const char *first_end = begin;
    while (first_end < end && !is_space(*first_end))
        first_end++;
    const char *second = first_end;
    while (second < end && is_space(*second))
        second++;
    for (const char *c = second; c < end; c++)
        if (is_space(*c))
            return refuse(compiler, tag->begin, "a set-delimiter tag takes two delimiters");
    if (!set_delimiter(&compiler->open, begin, first_end) || !set_delimiter(&compiler->close, second, end))
        return refuse(compiler, tag->begin, "these cannot be delimiters");
    return STATUS_OK;
}

static enum status compile_tag(struct compiler *compiler, const struct tag *tag, const char *indent, size_t indent_size)
{
    switch (tag->sigil) {
    case '#':
    case '^':
        return begin_section(compiler, tag);
    case '/':
        return end_section(compiler, tag);
    case '>':
        return add_partial(compiler, tag, indent, indent_size);
    case '=':
        return set_delimiters(compiler, tag);
    case '!':
        return STATUS_OK;
    default:
        return add_value(compiler, tag);
    }
}

static enum status compile_next(struct compiler *compiler, const char *begin)
{
    struct tag tag = {0};
    enum status status = read_tag(compiler, begin, &tag);
    if (status)
        return status;
    const char *line = tag.begin;
    const char *next = tag.after;
    bool alone = stands_alone(compiler, &tag, &line, &next);
    add_text(compiler, line, !alone);
    compiler->at = next;
    return compile_tag(compiler, &tag, line, (size_t)(tag.begin - line));
}

static enum status compile_template(struct compiler *compiler)
{
    const char *begin;
    while ((begin = find(compiler->at, compiler->end, compiler->open.text, compiler->open.size))) {
        enum status status = compile_next(compiler, begin);
        if (status)
            return status;
    }
    add_text(compiler, compiler->end, false);
    if (compiler->section_count == 0)
        return STATUS_OK;
    const struct open_section *section = &compiler->sections[compiler->section_count - 1];
    return error_set(compiler->err, STATUS_INVALID_ARGUMENT, "template %s, line %zu: section %.*s is not closed",
                     compiler->template->name, section->line, (int)section->size, section->name);
}

/* A page's texts are hundreds of small templates, which live as long as the gateway. */
static void give_back_unused(struct mustache_template *template)
{
    if (template->op_count > 0)
        template->ops = need(realloc(template->ops, template->op_count * sizeof *template->ops));
    template->op_capacity = template->op_count;
}

enum status mustache_compile(const struct mustache_source *sources, size_t count, enum mustache_lookup lookup,
                             struct mustache **ret_set, struct error *err)
{
    struct mustache *set = need(calloc(1, sizeof *set));
    set->templates = need(calloc(count + 1, sizeof *set->templates));
    set->count = count;
    for (size_t i = 0; i < count; i++)
        set->templates[i].name = need(strdup(sources[i].name));
    for (size_t i = 0; i < count; i++) {
        const struct mustache_source *source = &sources[i];
        struct compiler compiler = {
            .set = set,
            .lookup = lookup,
            .template = &set->templates[i],
            .source = source->text,
            .end = source->text + source->size,
            .at = source->text,
            .open = {"{{", 2},
            .close = {"}}", 2},
            .err = err,
        };
        enum status status = compile_template(&compiler);
        if (status) {
            mustache_free(set);
            return status;
        }
        give_back_unused(&set->templates[i]);
    }
    *ret_set = set;
    return STATUS_OK;
}

void mustache_free(struct mustache *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        struct mustache_template *template = &set->templates[i];
        for (size_t op = 0; op < template->op_count; op++)
            free(template->ops[op].name);
        free(template->ops);
        free((char *)template->name);
    }
    free(set->templates);
    free(set);
}

const struct mustache_template *mustache_find(const struct mustache *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->templates[i].name, name) == 0)
            return &set->templates[i];
    return NULL;
}
