/* The blocks, as tables. */
#include "webhook_address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block {
    unsigned char address[16];
    int bits;
};

/* clang-format off: rows of tables */
static const struct block blocks4[] = {
    {{0}, 8},                   /* this network */
    {{10}, 8},                  /* private */
    {{100, 64}, 10},            /* shared by carriers */
    {{127}, 8},                 /* loopback */
    {{169, 254}, 16},           /* link-local, and the metadata of clouds */
    {{172, 16}, 12},            /* private */
    {{192, 0, 0}, 24},          /* IETF protocols */
    {{192, 0, 2}, 24},          /* documentation */
    {{192, 31, 196}, 24},       /* AS112 */
    {{192, 52, 193}, 24},       /* AMT */
    {{192, 88, 99}, 24},        /* 6to4 relays, deprecated */
    {{192, 168}, 16},           /* private */
    {{192, 175, 48}, 24},       /* AS112 */
    {{198, 18}, 15},            /* benchmarks */
    {{198, 51, 100}, 24},       /* documentation */
    {{203, 0, 113}, 24},        /* documentation */
    {{224}, 4},                 /* multicast */
    {{240}, 4},                 /* reserved, broadcast */
};

static const struct block global6 = {{0x20}, 3};    /* 2000::/3, the only block from which addresses are given out */

static const struct block blocks6[] = {
    {{0x20, 0x01, 0x00}, 23},                       /* IETF protocols: Teredo, benchmarks, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},                 /* documentation */
    {{0x3f, 0xff}, 20},                             /* documentation */
};
/* clang-format on */

/* Addresses of IPv6 that stand for one of IPv4, and where in them it is. */
static const struct {
    struct block block;
    size_t at;
} carriers[] = {
    {{{[10] = 0xff, 0xff}, 96}, 12},                /* ::ffff:0:0/96, mapped */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},           /* 64:ff9b::/96, NAT64 */
    {{{0x20, 0x02}, 16}, 2},                        /* 2002::/16, 6to4 */
};

static bool is_in(const unsigned char *address, const struct block *block)
{
    size_t whole = (size_t)block->bits / 8;
    int rest = block->bits % 8;
    if (memcmp(address, block->address, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ block->address[whole]) >> (8 - rest)) == 0;
}

static bool is_in_any(const unsigned char *address, const struct block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &blocks[i]))
            return true;
    return false;
}

static bool is_public4(const unsigned char *address)
{
    return !is_in_any(address, blocks4, sizeof(blocks4) / sizeof(blocks4[0]));
}

static bool is_public6(const unsigned char *address)
{
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
        if (is_in(address, &carriers[i].block))
            return is_public4(address + carriers[i].at);
    return is_in(address, &global6) && !is_in_any(address, blocks6, sizeof(blocks6) / sizeof(blocks6[0]));
}

bool webhook_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4((const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address->sa_family == AF_INET6)
        return is_public6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return false;
}
