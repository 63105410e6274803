/* One list of headers for every answer, and a Content-Security-Policy by its kind. */
#include "policy.h"

#include <string.h>
#include <sodium.h>

void policy_style_source(const char *css, size_t size, char out[POLICY_SOURCE_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)css, size);
    strcpy(out, "'sha256-");
    size_t used = strlen(out);
    sodium_bin2base64(out + used, POLICY_SOURCE_SIZE - used, hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
    strcat(out, "'");
}

static bool is_type(const struct exchange *x, const char *type)
{
    return x->answer.content_type && strncmp(x->answer.content_type, type, strlen(type)) == 0;
}

/* A drawing that is opened by itself may style itself and nothing more. */
#define SVG_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

/* A payment provider's own script on the page where a card is entered, with the frames and servers that it talks to. */
static const char *script_policy(struct exchange *x)
{
    const char *origin = x->answer.script_origin;
    return origin ? arena_printf(x->arena,
                                 "script-src 'self' %s; frame-src %s https://hooks.stripe.com; "
                                 "connect-src 'self' https://api.stripe.com; ",
                                 origin, origin)
                  : "";
}

/* Pages load from the shop itself and pictures from wherever the catalogue has them; everything else may load nothing. */
static const char *content_policy(struct exchange *x)
{
    if (!is_type(x, "text/html"))
        return is_type(x, "image/svg+xml") ? SVG_POLICY : DATA_POLICY;
    const char *style = x->answer.style_source;
    return arena_printf(
        x->arena,
        "default-src 'self'; img-src 'self' https: data:; style-src 'self'%s%s; %sobject-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
        style ? " " : "", style ? style : "", script_policy(x));
}

void policy_apply(struct exchange *x)
{
    exchange_set_header(x, "X-Content-Type-Options", "nosniff");
    exchange_set_header(x, "Referrer-Policy", "strict-origin-when-cross-origin");
    exchange_set_header(x, "Content-Security-Policy", content_policy(x));
}
