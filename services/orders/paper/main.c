/* portal-paper: reads a document on standard input and writes it as PDF on standard output. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <pango/pangocairo.h>

#include "confine.h"
#include "sheet.h"

#define DOCUMENT_MAX (1u << 20)
#define PIECE 65536

/* What font libraries keep for the next document is no leak in a program that ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static GString *read_document(void)
{
    GString *text = g_string_new(NULL);
    char piece[PIECE];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, piece, sizeof(piece));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || text->len > DOCUMENT_MAX)
            break;
        g_string_append_len(text, piece, got);
    }
    return text;
}

static cairo_status_t write_out(void *arg, const unsigned char *data, unsigned size)
{
    (void)arg;
    return fwrite(data, 1, size, stdout) == size ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int complain(const char *why)
{
    fprintf(stderr, "portal-paper: %s\n", why);
    return 1;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        fprintf(stderr, "usage: portal-paper < document.xml > document.pdf\n");
        return 2;
    }
    if (!confine())
        return 1;
    GString *text = read_document();
    char *why = NULL;
    struct document *document = text->len > DOCUMENT_MAX ? NULL : document_parse(text->str, text->len, &why);
    g_string_free(text, TRUE);
    if (!document)
        return complain(why ? why : "the document is too large");
    cairo_status_t status = sheet_print(document, write_out, NULL);
    document_free(document);
    if (status != CAIRO_STATUS_SUCCESS)
        return complain(cairo_status_to_string(status));
    return fflush(stdout) == 0 ? 0 : 1;
}
