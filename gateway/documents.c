/* Hands out what was built at start, and writes the small pages about problems. */
#include "documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"
#include "http_status.h"
#include "policy.h"
#include "reference.h"

#define HTML "text/html; charset=utf-8"

static void reply_html(struct exchange *x, const char *html, size_t size)
{
    char *source = arena_alloc(x->arena, POLICY_SOURCE_SIZE);
    policy_style_source(reference_style(), strlen(reference_style()), source);
    x->answer.style_source = source;
    exchange_reply(x, 200, HTML, html, size);
}

void documents_openapi(struct exchange *x)
{
    exchange_reply(x, 200, "application/json", x->gateway->openapi.json, x->gateway->openapi.json_size);
}

void documents_reference(struct exchange *x)
{
    reply_html(x, x->gateway->openapi.html, x->gateway->openapi.html_size);
}

static void print_problem(FILE *out, const struct http_problem *problem)
{
    fprintf(out, "<article><h3><a href=\"/problems/%s\">%s</a></h3><code class=\"at\">HTTP %d</code><p>", problem->slug,
            problem->title, problem->status);
    reference_text(out, problem->help);
    fputs("</p></article>", out);
}

static void print_problems(FILE *out, const struct http_problem *only)
{
    size_t count;
    const struct http_problem *all = http_problem_all(&count);
    reference_begin(out, only ? only->title : "What problems mean");
    for (size_t i = 0; i < count; i++) {
        if (!only || only == &all[i])
            print_problem(out, &all[i]);
    }
    fputs("<p><a href=\"/problems\">All problems</a> &middot; <a href=\"/docs\">The API</a></p>", out);
    reference_end(out);
}

void documents_problems(struct exchange *x)
{
    const char *slug = params_get(&x->captures, "slug");
    const struct http_problem *only = slug ? http_problem_by_slug(slug) : NULL;
    if (slug && !only) {
        exchange_refuse(x, 404, "There is no such problem.");
        return;
    }
    char *html = NULL;
    size_t size;
    FILE *out = open_memstream(&html, &size);
    if (out) {
        print_problems(out, only);
        fclose(out);
    }
    const char *copy = html ? arena_memdup(x->arena, html, size) : "";
    free(html);
    reply_html(x, copy, *copy ? size : 0);
}
