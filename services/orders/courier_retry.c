/* Growing pauses with some chance in them. */
#include "courier_retry.h"

#include "clock.h"

#define PAUSE_MIN_S 5
#define PAUSE_MAX_S (24 * 3600)
#define FAILURES_BORNE 5
#define REST_MIN_S 30
#define REST_MAX_S 3600

/* 80 % to 120 %. */
static int64_t shaken_us(int64_t pause_s, uint32_t chance)
{
    return pause_s * US_PER_S / 1000 * (800 + (int64_t)(chance % 401));
}

int64_t courier_retry_pause_us(int64_t attempts, uint32_t chance)
{
    int64_t pause_s = PAUSE_MIN_S;
    for (int64_t i = 1; i < attempts && pause_s < PAUSE_MAX_S; i++)
        pause_s *= 4;
    return shaken_us(pause_s < PAUSE_MAX_S ? pause_s : PAUSE_MAX_S, chance);
}

int64_t courier_retry_rest_us(int64_t failures, uint32_t chance)
{
    int64_t rest_s = REST_MIN_S;
    if (failures < FAILURES_BORNE)
        return 0;
    for (int64_t i = FAILURES_BORNE; i < failures && rest_s < REST_MAX_S; i++)
        rest_s *= 2;
    return shaken_us(rest_s < REST_MAX_S ? rest_s : REST_MAX_S, chance);
}
