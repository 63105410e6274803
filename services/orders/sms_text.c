/* The GSM alphabet as a list of code points. */
#include "sms_text.h"

#include <stdint.h>
#include <string.h>

#define NO_CODE UINT32_MAX

/* The default alphabet beside ASCII, and what its extension table adds. */
static const uint32_t basics[] = {0xA3,  0xA5,  0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  0xD8,  0xF8, 0xC5, 0xE5, 0x394,
                                  0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9,
                                  0xA4,  0xA1,  0xC4,  0xD6,  0xD1,  0xDC,  0xA7,  0xBF,  0xE4,  0xF6, 0xF1, 0xFC, 0xE0};
static const char extension[] = "^{}\\[~]|\f";
static const char not_in_alphabet[] = "`";

static const struct {
    uint32_t code;
    const char *plain;
} replacements[] = {
    {0x2018, "'"}, {0x2019, "'"},   {0x201C, "\""}, {0x201D, "\""}, {0xAB, "\""},  {0xBB, "\""}, {0x2013, "-"},
    {0x2014, "-"}, {0x2026, "..."}, {0xA0, " "},    {0x202F, " "},  {0x2009, " "}, {0xE2, "a"},  {0xE7, "c"},
    {0xEA, "e"},   {0xEB, "e"},     {0xEE, "i"},    {0xEF, "i"},    {0xF4, "o"},   {0xFB, "u"},  {0xFF, "y"},
    {0x153, "oe"}, {0xC0, "A"},     {0xC2, "A"},    {0xC8, "E"},    {0xCA, "E"},   {0xCB, "E"},  {0xCE, "I"},
    {0xCF, "I"},   {0xD4, "O"},     {0xD9, "U"},    {0xDB, "U"},    {0x152, "OE"},
};

/* The code point at *at, which moves behind it; NO_CODE at the end. */
static uint32_t next_code(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    if (*s == 0)
        return NO_CODE;
    int more = *s < 0x80 ? 0 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : 3;
    uint32_t code = more == 0 ? *s : *s & (0x3Fu >> more);
    for (int i = 1; i <= more; i++)
        code = code << 6 | (s[i] & 0x3Fu);
    *at += 1 + more;
    return code;
}

/* Septets that it takes; 0: it is not in the alphabet. */
static size_t septets(uint32_t code)
{
    if (code < 0x80) {
        if (code == '\n' || code == '\r' || (code >= ' ' && code < 0x7F))
            return strchr(extension, (int)code) ? 2 : strchr(not_in_alphabet, (int)code) ? 0 : 1;
        return code == '\f' ? 2 : 0;
    }
    if (code == 0x20AC)
        return 2;
    for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++)
        if (basics[i] == code)
            return 1;
    return 0;
}

static size_t parts_of(size_t units, size_t one, size_t each)
{
    return units <= one ? 1 : (units + each - 1) / each;
}

struct sms_size sms_text_measure(const char *text)
{
    size_t gsm = 0;
    size_t utf16 = 0;
    bool is_gsm7 = true;
    uint32_t code;
    while ((code = next_code(&text)) != NO_CODE) {
        size_t needed = septets(code);
        is_gsm7 = is_gsm7 && needed > 0;
        gsm += needed;
        utf16 += code > 0xFFFF ? 2 : 1;
    }
    if (is_gsm7)
        return (struct sms_size){true, gsm, parts_of(gsm, 160, 153)};
    return (struct sms_size){false, utf16, parts_of(utf16, 70, 67)};
}

static const char *replacement_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++)
        if (replacements[i].code == code)
            return replacements[i].plain;
    return NULL;
}

const char *sms_text_plain(const char *text, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(text) + 1); /* no replacement is longer than what it replaces */
    char *end = out;
    for (const char *at = text; *at != '\0';) {
        const char *from = at;
        const char *plain = replacement_of(next_code(&at));
        size_t size = plain ? strlen(plain) : (size_t)(at - from);
        memcpy(end, plain ? plain : from, size);
        end += size;
    }
    *end = '\0';
    return out;
}
