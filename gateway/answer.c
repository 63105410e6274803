/* Decides on Cache-Control, ETag and gzip, then builds the response. */
#include "answer.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "edge.h"
#include "gateway.h"
#include "policy.h"

#define STALE_S 60u /* a kept answer may be served this long beyond its life while a new one is fetched */
#define CACHE_FOREVER "public, max-age=31536000, immutable"

static bool sets_cookie(const struct exchange_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, "Set-Cookie") == 0)
            return true;
    }
    return false;
}

/* Not for everybody's eyes: it depends on who asked, or starts something. */
static bool is_personal(const struct exchange *x)
{
    if (x->caller->kind != RPC__V1__CALLER__KIND__KIND_NOBODY || sets_cookie(&x->answer))
        return true;
    return x->route && x->route->kind == ROUTE_PAGE && x->cookies.count > 0;
}

static const char *cache_control(const struct exchange *x)
{
    const struct exchange_answer *answer = &x->answer;
    if (answer->is_immutable)
        return CACHE_FOREVER;
    uint32_t life_s = answer->cache_s > 0 ? answer->cache_s : x->route ? x->route->cache_s : 0;
    if (answer->status != 200 || life_s == 0)
        return "private, no-store";
    if (!is_personal(x))
        return arena_printf(x->arena, "public, max-age=%u, stale-while-revalidate=%u", life_s, STALE_S);
    if (x->route && x->route->kind == ROUTE_PAGE)
        return "private, no-cache";
    return arena_printf(x->arena, "private, max-age=%u", life_s);
}

static const char *vary(const struct exchange *x, bool is_text)
{
    bool is_page = x->route && x->route->kind == ROUTE_PAGE;
    if (is_page && is_text)
        return "Accept-Encoding, Cookie";
    return is_text ? "Accept-Encoding" : NULL;
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value)
        MHD_add_response_header(response, name, value);
}

static struct MHD_Response *file_response(struct exchange_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_fd64(answer->body_size, answer->fd);
    if (!response)
        close(answer->fd);
    return response;
}

static struct MHD_Response *body_response(struct exchange_answer *answer, bool is_gzip)
{
    size_t packed_size = 0;
    void *packed = is_gzip ? content_gzip(answer->body, answer->body_size, &packed_size) : NULL;
    if (is_gzip && !packed)
        return NULL;
    if (is_gzip)
        answer->body_size = packed_size;
    return MHD_create_response_from_buffer(answer->body_size, packed ? packed : (void *)answer->body,
                                           packed ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
}

static void add_headers(struct exchange *x, struct MHD_Response *response, const char *etag, bool is_gzip, bool is_text)
{
    const struct exchange_answer *answer = &x->answer;
    add(response, "Cache-Control", cache_control(x));
    add(response, "Content-Type", answer->status == 304 ? NULL : answer->content_type);
    add(response, "Content-Encoding", is_gzip && answer->status != 304 ? "gzip" : NULL);
    add(response, "Vary", vary(x, is_text));
    add(response, "ETag", *etag ? etag : NULL);
    add(response, "X-Request-Id", *x->request_id ? x->request_id : NULL);
    bool closes = x->edge->must_close || atomic_load(&x->gateway->is_draining);
    add(response, "Connection", closes ? "close" : NULL);
    for (size_t i = 0; i < answer->header_count; i++)
        add(response, answer->headers[i].name, answer->headers[i].value);
}

/* Answers to reading that may be kept have a tag; a client that names it is told that nothing changed. */
static void make_conditional(struct exchange *x, bool is_gzip, char etag[CONTENT_ETAG_SIZE])
{
    struct exchange_answer *answer = &x->answer;
    bool is_kept = answer->is_immutable || answer->cache_s > 0 || (x->route && x->route->cache_s > 0);
    etag[0] = '\0';
    if (answer->status != 200 || x->method != ROUTE_GET || !is_kept)
        return;
    if (answer->fd >= 0)
        memcpy(etag, answer->file_etag, sizeof(answer->file_etag));
    else
        content_etag(answer->body, answer->body_size, is_gzip, etag);
    if (!content_etag_matches(exchange_header(x, "If-None-Match"), etag))
        return;
    if (answer->fd >= 0)
        close(answer->fd);
    answer->fd = -1;
    answer->status = 304;
    answer->body = "";
    answer->body_size = 0;
}

void answer_prepare(struct exchange *x)
{
    struct exchange_answer *answer = &x->answer;
    policy_apply(x);
    bool is_text = answer->content_type && answer->fd < 0 && content_is_text(answer->content_type);
    bool is_gzip =
        is_text && answer->body_size >= CONTENT_GZIP_MIN && content_takes_gzip(exchange_header(x, "Accept-Encoding"));
    char etag[CONTENT_ETAG_SIZE];
    make_conditional(x, is_gzip, etag);
    bool has_body = answer->status != 304;
    struct MHD_Response *response = answer->fd >= 0 ? file_response(answer) : body_response(answer, is_gzip && has_body);
    assert(response && "there is memory for a response");
    add_headers(x, response, etag, is_gzip, is_text);
    x->edge->response = response;
}
