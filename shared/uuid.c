/* UUID version 7: time in front, randomness behind. */
#include "uuid.h"

#include <ctype.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"

void uuid_v7(int64_t now_us, char out[UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t ms = (uint64_t)(now_us / US_PER_MS);
    unsigned fraction = (unsigned)(now_us % US_PER_MS) * 4096 / 1000;
    unsigned char bytes[16];
    randombytes_buf(bytes, sizeof(bytes));
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | fraction >> 8);
    bytes[7] = (unsigned char)fraction;
    bytes[8] = 0x80 | (bytes[8] & 0x3F);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

const char *uuid_new(struct arena *arena)
{
    char *text = arena_alloc(arena, UUID_SIZE);
    uuid_v7(clock_now_us(), text);
    return text;
}

bool uuid_is_valid(const char *text)
{
    if (!text || strnlen(text, UUID_SIZE) != UUID_SIZE - 1)
        return false;
    for (size_t i = 0; i < UUID_SIZE - 1; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}
