/* The embedded files, and a table of the addresses of those that are assets. */
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "web_files.h"

#define ASSETS_MAX 64
#define HASH_SIZE 8
#define URL_SIZE 160

struct asset {
    const struct embedded_file *file;
    char url[URL_SIZE];
};

/* Written by web_init() only. */
static struct {
    struct asset assets[ASSETS_MAX];
    size_t count;
} web;

static const struct {
    const char *extension;
    const char *type;
} types[] = {
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(dot, types[i].extension) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static void add_asset(const struct embedded_file *file)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char text[HASH_SIZE * 2 + 1];
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)file->data, file->size, NULL, 0);
    sodium_bin2hex(text, sizeof(text), hash, HASH_SIZE);
    struct asset *asset = &web.assets[web.count++];
    const char *dot = strrchr(file->name, '.');
    size_t stem = dot ? (size_t)(dot - file->name) : strlen(file->name);
    asset->file = file;
    snprintf(asset->url, sizeof(asset->url), "/%.*s.%s%s", (int)stem, file->name, text, dot ? dot : "");
}

void web_init(void)
{
    web.count = 0;
    for (size_t i = 0; i < web_files_count && web.count < ASSETS_MAX; i++) {
        if (strncmp(web_files[i].name, "assets/", 7) == 0)
            add_asset(&web_files[i]);
    }
}

const struct embedded_file *web_file(const char *name)
{
    return embedded_find(web_files, web_files_count, name);
}

const char *web_asset_url(const char *name)
{
    for (size_t i = 0; i < web.count; i++) {
        if (strcmp(web.assets[i].file->name, name) == 0)
            return web.assets[i].url;
    }
    return NULL;
}

static void reply_file(struct exchange *x, const struct embedded_file *file)
{
    if (file)
        exchange_reply(x, 200, type_of(file->name), file->data, file->size);
    else
        exchange_refuse(x, 404, "There is no such file.");
}

void web_asset(struct exchange *x)
{
    const char *name = arena_printf(x->arena, "assets/%s", params_get(&x->captures, "path"));
    for (size_t i = 0; i < web.count; i++) {
        if (strcmp(web.assets[i].url + 1, name) == 0) {
            x->answer.is_immutable = true;
            reply_file(x, web.assets[i].file);
            return;
        }
    }
    reply_file(x, web_file(name));
}

void web_favicon(struct exchange *x)
{
    reply_file(x, web_file("assets/icon.svg"));
}

void web_robots(struct exchange *x)
{
    static const char text[] = "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders\nDisallow: /v1/\n";
    exchange_reply(x, 200, "text/plain; charset=utf-8", text, sizeof(text) - 1);
}
