/* Names of renditions, after the rule in picture.h. */
#include "picture.h"

#include <string.h>

#define MEDIA_ROOT "/media/"

static const int64_t standard_widths[PICTURE_WIDTHS_MAX] = {320, 640, 1024};

size_t picture_widths(int64_t full_width, int64_t widths[PICTURE_WIDTHS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < PICTURE_WIDTHS_MAX; i++) {
        int64_t width = standard_widths[i] < full_width ? standard_widths[i] : full_width;
        if (count == 0 || width > widths[count - 1])
            widths[count++] = width;
    }
    return count;
}

static bool is_ours(const struct picture *picture)
{
    return picture->media[0] != '\0';
}

const char *picture_page_url(const struct picture *picture, struct arena *arena)
{
    if (!is_ours(picture))
        return picture->url;
    int64_t widths[PICTURE_WIDTHS_MAX];
    size_t count = picture_widths(picture->width, widths);
    return arena_printf(arena, MEDIA_ROOT "%s-%lld.webp", picture->media, (long long)widths[count - 1]);
}

const char *picture_srcset(const struct picture *picture, struct arena *arena)
{
    if (!is_ours(picture))
        return "";
    int64_t widths[PICTURE_WIDTHS_MAX];
    size_t count = picture_widths(picture->width, widths);
    const char *set = "";
    for (size_t i = 0; i < count && count > 1; i++)
        set = arena_printf(arena, "%s%s" MEDIA_ROOT "%s-%lld.webp %lldw", set, i > 0 ? ", " : "", picture->media,
                           (long long)widths[i], (long long)widths[i]);
    return set;
}

const char *picture_social_url(const struct picture *picture, struct arena *arena)
{
    return is_ours(picture) ? arena_printf(arena, MEDIA_ROOT "%s-social.jpg", picture->media) : "";
}

bool picture_is_url(const char *text)
{
    size_t length = strnlen(text, PICTURE_URL_MAX + 1);
    size_t scheme = strncasecmp(text, "https://", 8) == 0 ? 8 : strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
    if (scheme == 0 || length == scheme || length > PICTURE_URL_MAX)
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F || strchr("\"'<>\\`", *c))
            return false;
    return true;
}
