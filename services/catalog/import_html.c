/* Lets libxml2 read the HTML, then walks its tree and writes what a person would see. */
#include "import_html.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 200

/* How an element breaks the text before and after it. */
enum html_break { BREAK_NONE, BREAK_LINE, BREAK_PARAGRAPH, BREAK_ITEM, BREAK_DROP };

static const struct {
    const char *name;
    enum html_break kind;
} elements[] = {
    {"p", BREAK_PARAGRAPH},       {"div", BREAK_PARAGRAPH},     {"ul", BREAK_PARAGRAPH},    {"ol", BREAK_PARAGRAPH},
    {"h1", BREAK_PARAGRAPH},      {"h2", BREAK_PARAGRAPH},      {"h3", BREAK_PARAGRAPH},    {"h4", BREAK_PARAGRAPH},
    {"h5", BREAK_PARAGRAPH},      {"h6", BREAK_PARAGRAPH},      {"table", BREAK_PARAGRAPH}, {"blockquote", BREAK_PARAGRAPH},
    {"section", BREAK_PARAGRAPH}, {"article", BREAK_PARAGRAPH}, {"hr", BREAK_PARAGRAPH},    {"dl", BREAK_PARAGRAPH},
    {"br", BREAK_LINE},           {"tr", BREAK_LINE},           {"dt", BREAK_LINE},         {"dd", BREAK_LINE},
    {"li", BREAK_ITEM},           {"script", BREAK_DROP},       {"style", BREAK_DROP},      {"head", BREAK_DROP},
    {"noscript", BREAK_DROP},     {"iframe", BREAK_DROP},       {"template", BREAK_DROP},
};

/* Text being written: white space and breaks are held back until a word follows. */
struct writer {
    char *text;
    size_t size;
    int newlines; /* due before the next word */
    bool bullet;
    bool space;
};

static enum html_break break_of(const xmlNode *node)
{
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        if (strcmp((const char *)node->name, elements[i].name) == 0)
            return elements[i].kind;
    return BREAK_NONE;
}

static void ask_newlines(struct writer *writer, int count)
{
    if (writer->newlines < count)
        writer->newlines = count;
    writer->space = false;
}

static void write_due(struct writer *writer)
{
    static const char bullet[] = "\xE2\x80\xA2 ";
    for (; writer->newlines > 0; writer->newlines--)
        if (writer->size > 0)
            writer->text[writer->size++] = '\n';
    if (writer->bullet) {
        memcpy(writer->text + writer->size, bullet, sizeof(bullet) - 1);
        writer->size += sizeof(bullet) - 1;
    } else if (writer->space && writer->size > 0 && writer->text[writer->size - 1] != '\n') {
        writer->text[writer->size++] = ' ';
    }
    writer->bullet = writer->space = false;
}

/* A no-break space (C2 A0) is white space too. */
static size_t space_length(const char *text)
{
    if (*text && strchr(" \t\n\r\f", *text))
        return 1;
    return strncmp(text, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static void write_text(struct writer *writer, const char *text)
{
    while (*text) {
        size_t space = space_length(text);
        if (space > 0) {
            writer->space = true;
            text += space;
            continue;
        }
        write_due(writer);
        writer->text[writer->size++] = *text++;
    }
}

static void write_node(struct writer *writer, const xmlNode *node, int depth);

static void write_children(struct writer *writer, const xmlNode *node, int depth)
{
    for (const xmlNode *child = node->children; child && depth < DEPTH_MAX; child = child->next)
        write_node(writer, child, depth + 1);
}

static void write_element(struct writer *writer, const xmlNode *node, int depth)
{
    enum html_break kind = break_of(node);
    if (kind == BREAK_DROP)
        return;
    if (kind == BREAK_NONE) {
        write_children(writer, node, depth);
        return;
    }
    int newlines = kind == BREAK_PARAGRAPH ? 2 : 1;
    ask_newlines(writer, newlines);
    writer->bullet |= kind == BREAK_ITEM;
    write_children(writer, node, depth);
    writer->bullet &= kind != BREAK_ITEM;
    ask_newlines(writer, newlines);
}

static void write_node(struct writer *writer, const xmlNode *node, int depth)
{
    if (node->type == XML_TEXT_NODE && node->content)
        write_text(writer, (const char *)node->content);
    else if (node->type == XML_ELEMENT_NODE)
        write_element(writer, node, depth);
}

const char *import_html_text(const char *html, struct arena *arena)
{
    size_t length = strlen(html);
    if (!strpbrk(html, "<&"))
        return html;
    int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
    htmlDocPtr document = htmlReadMemory(html, (int)length, NULL, "UTF-8", options);
    if (!document)
        return "";
    /* A character of the source gives at most one of the text, but an empty item gives its line and bullet: 5 bytes for
     * "<li>a". */
    struct writer writer = {.text = arena_alloc(arena, 2 * length + 8)};
    const xmlNode *root = xmlDocGetRootElement(document);
    if (root)
        write_node(&writer, root, 0);
    writer.text[writer.size] = '\0';
    xmlFreeDoc(document);
    return writer.text;
}
