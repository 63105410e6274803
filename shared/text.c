/* Text by its code points: decoding, cleaning, slugs, e-mail addresses. */
#include "text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define EMAIL_MAX 254               /* RFC 5321, section 4.5.3.1.3, without the angle brackets */
#define EMAIL_LOCAL_MAX 64
#define DOMAIN_LABEL_MAX 63         /* RFC 1035, section 2.3.4 */

struct range {
    uint32_t from;
    uint32_t to;
};

/* Unicode's White_Space outside ASCII. */
static const struct range white_space[] = {
    {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
};
static const struct range controls[] = {{0x01, 0x1F}, {0x7F, 0x9F}};
/* Soft hyphen, zero width space, marks of direction, invisible operators, and the byte order mark. */
static const struct range invisible[] = {
    {0xAD, 0xAD}, {0x200B, 0x200B}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}};
/* Joiners, fillers and selectors: they belong to the letters around them, and show nothing by themselves. */
static const struct range companions[] = {
    {0x61C, 0x61C},   {0x115F, 0x1160}, {0x200C, 0x200F}, {0x2800, 0x2800},
    {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFFA0, 0xFFA0}, {0xE0000, 0xE0FFF},
};

#define IN_RANGES(ranges, code) in_ranges((ranges), sizeof(ranges) / sizeof((ranges)[0]), (code))

/* clang-format off: rows of a table */
/* What a Latin letter is in a slug; combining marks, apostrophes and the soft hyphen are nothing. */
static const struct {
    uint32_t from;
    uint32_t to;
    const char *letters;
} folds[] = {
    {'\'', '\'', ""}, {0xAD, 0xAD, ""}, {0x2BC, 0x2BC, ""}, {0x300, 0x36F, ""}, {0x2018, 0x2019, ""},
    /* Latin-1 */
    {0xC0, 0xC5, "a"}, {0xC6, 0xC6, "ae"}, {0xC7, 0xC7, "c"}, {0xC8, 0xCB, "e"}, {0xCC, 0xCF, "i"},
    {0xD0, 0xD0, "d"}, {0xD1, 0xD1, "n"}, {0xD2, 0xD6, "o"}, {0xD8, 0xD8, "o"}, {0xD9, 0xDC, "u"},
    {0xDD, 0xDD, "y"}, {0xDE, 0xDE, "th"}, {0xDF, 0xDF, "ss"}, {0xE0, 0xE5, "a"}, {0xE6, 0xE6, "ae"},
    {0xE7, 0xE7, "c"}, {0xE8, 0xEB, "e"}, {0xEC, 0xEF, "i"}, {0xF0, 0xF0, "d"}, {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "o"}, {0xF8, 0xF8, "o"}, {0xF9, 0xFC, "u"}, {0xFD, 0xFD, "y"}, {0xFE, 0xFE, "th"},
    {0xFF, 0xFF, "y"},
    /* Latin Extended-A */
    {0x100, 0x105, "a"}, {0x106, 0x10D, "c"}, {0x10E, 0x111, "d"}, {0x112, 0x11B, "e"}, {0x11C, 0x123, "g"},
    {0x124, 0x127, "h"}, {0x128, 0x131, "i"}, {0x132, 0x133, "ij"}, {0x134, 0x135, "j"}, {0x136, 0x138, "k"},
    {0x139, 0x142, "l"}, {0x143, 0x14B, "n"}, {0x14C, 0x151, "o"}, {0x152, 0x153, "oe"}, {0x154, 0x159, "r"},
    {0x15A, 0x161, "s"}, {0x162, 0x167, "t"}, {0x168, 0x173, "u"}, {0x174, 0x175, "w"}, {0x176, 0x178, "y"},
    {0x179, 0x17E, "z"}, {0x17F, 0x17F, "s"},
    /* Hausa, Akan, Ewe */
    {0x181, 0x181, "b"}, {0x186, 0x186, "o"}, {0x189, 0x18A, "d"}, {0x190, 0x190, "e"}, {0x191, 0x192, "f"},
    {0x194, 0x194, "g"}, {0x198, 0x199, "k"}, {0x1B2, 0x1B2, "v"}, {0x1B3, 0x1B4, "y"}, {0x253, 0x253, "b"},
    {0x254, 0x254, "o"}, {0x256, 0x257, "d"}, {0x25B, 0x25B, "e"}, {0x263, 0x263, "g"}, {0x28B, 0x28B, "v"},
    /* Yoruba, Igbo */
    {0x1E62, 0x1E63, "s"}, {0x1E44, 0x1E45, "n"}, {0x1EB8, 0x1EB9, "e"}, {0x1ECA, 0x1ECB, "i"}, {0x1ECC, 0x1ECD, "o"},
    {0x1EE4, 0x1EE5, "u"},
};
/* clang-format on */

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

/* The code point at `text` and its bytes; 0 bytes when this is not UTF-8 by the table of RFC 3629, section 4. */
static size_t decode(const char *text, size_t length, uint32_t *ret_code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    if (size == 0 || size > length)
        return 0;
    uint32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    }
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    *ret_code = code;
    return size;
}

bool text_is_utf8(const char *text, size_t length)
{
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code;
        size = decode(text + i, length - i, &code);
        if (size == 0 || code == 0)
            return false;
    }
    return true;
}

size_t text_length(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static bool is_white(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || IN_RANGES(white_space, code);
}

/* What stands for a run of white space that has `newlines` line ends: nothing at the start of the text. */
static char *write_gap(char *out, const char *start, size_t newlines, bool multiline)
{
    if (out == start)
        return out;
    if (!multiline || newlines == 0)
        *out++ = ' ';
    else
        for (size_t i = 0; i < newlines && i < 2; i++)
            *out++ = '\n';
    return out;
}

/* False: there is a control character. `out` has room for all of `text`, which is UTF-8; it is "" when nothing shows. */
static bool clean(const char *text, size_t length, bool multiline, char *out)
{
    char *start = out;
    bool gap = false;
    bool shows = false;
    size_t newlines = 0;
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code;
        size = decode(text + i, length - i, &code);
        if (is_white(code)) {
            gap = true;
            newlines += code == '\n';
            continue;
        }
        if (IN_RANGES(controls, code))
            return false;
        if (IN_RANGES(invisible, code))
            continue;
        if (gap)
            out = write_gap(out, start, newlines, multiline);
        gap = false;
        newlines = 0;
        shows = shows || !IN_RANGES(companions, code);
        memcpy(out, text + i, size);
        out += size;
    }
    *(shows ? out : start) = '\0';
    return true;
}

const char *text_check(const char *text, const char *field, size_t min_chars, size_t max_chars, bool multiline,
                       struct arena *arena, struct error *err)
{
    size_t length = text ? strlen(text) : 0;
    char *copy = arena_alloc(arena, length + 1);
    if (!text_is_utf8(text, length) || !clean(text, length, multiline, copy)) {
        error_field(err, field, "malformed", "Must be plain text without control characters.");
        return "";
    }
    size_t chars = text_length(copy);
    if (chars == 0 && min_chars > 0)
        error_field(err, field, "required", "Must not be empty.");
    else if (chars < min_chars)
        error_field(err, field, "too_short", "Must have at least %zu characters.", min_chars);
    else if (chars > max_chars)
        error_field(err, field, "too_long", "Must have at most %zu characters; it has %zu.", max_chars, chars);
    else
        return copy;
    return "";
}

/* The letters of a slug for a code point: NULL when it separates words. `own` holds an ASCII letter or digit. */
static const char *fold(uint32_t code, char own[2])
{
    if (code < 0x80 && isalnum((int)code)) {
        own[0] = (char)tolower((int)code);
        own[1] = '\0';
        return own;
    }
    for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++)
        if (code >= folds[i].from && code <= folds[i].to)
            return folds[i].letters;
    return NULL;
}

const char *text_slug(const char *text, size_t max, struct arena *arena)
{
    size_t length = strlen(text);
    char *slug = arena_alloc(arena, length + 1);
    size_t used = 0;
    bool gap = false;
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code;
        char own[2];
        size = decode(text + i, length - i, &code);
        const char *letters = size ? fold(code, own) : NULL;
        size += size == 0;
        gap = gap || !letters;
        size_t more = letters ? strlen(letters) : 0;
        bool hyphen = gap && used > 0;
        if (more == 0)
            continue;
        if (used + hyphen + more > max)
            break;
        if (hyphen)
            slug[used++] = '-';
        memcpy(slug + used, letters, more);
        used += more;
        gap = false;
    }
    slug[used] = '\0';
    return slug;
}

/* RFC 5321's Dot-string: what mail systems accept in practice; quoted local parts are not. */
static bool is_local_part(const char *text, size_t length)
{
    if (length == 0 || length > EMAIL_LOCAL_MAX || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", text[i]))
            return false;
        if (text[i] == '.' && text[i + 1] == '.')
            return false;
    }
    return true;
}

static bool is_label(const char *text, size_t length)
{
    if (length == 0 || length > DOMAIN_LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '-')
            return false;
    return true;
}

/* At least two labels, the last of two characters or more and not starting with a digit. */
static bool is_domain(const char *domain)
{
    const char *label = domain;
    for (size_t length; (length = strcspn(label, ".")), label[length] == '.'; label += length + 1)
        if (!is_label(label, length))
            return false;
    return label != domain && strlen(label) >= 2 && is_label(label, strlen(label)) && isalpha((unsigned char)label[0]);
}

const char *text_email(const char *text, struct arena *arena)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0 || length > EMAIL_MAX)
        return NULL;
    char *email = arena_strndup(arena, text, length);
    for (size_t i = 0; i < length; i++)
        email[i] = (char)tolower((unsigned char)email[i]);
    const char *at = strchr(email, '@');
    return at && is_local_part(email, (size_t)(at - email)) && is_domain(at + 1) ? email : NULL;
}
