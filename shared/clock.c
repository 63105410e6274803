/* Clocks of the kernel, and RFC 3339 by the proleptic Gregorian calendar. */
#include "clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_format_rfc3339(int64_t time_us, char out[CLOCK_RFC3339_SIZE])
{
    int64_t fraction = time_us % US_PER_S;
    time_t seconds = (time_t)(time_us / US_PER_S);
    if (fraction < 0) {
        fraction += US_PER_S;
        seconds--;
    }
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t length = (size_t)snprintf(out, CLOCK_RFC3339_SIZE, "%04d", tm.tm_year + 1900);   /* %Y would not pad */
    length += strftime(out + length, CLOCK_RFC3339_SIZE - length, "-%m-%dT%H:%M:%S", &tm);
    char *end = out + length;
    size_t left = CLOCK_RFC3339_SIZE - length;
    if (fraction == 0)
        snprintf(end, left, "Z");
    else if (fraction % US_PER_MS == 0)
        snprintf(end, left, ".%03dZ", (int)(fraction / US_PER_MS));
    else
        snprintf(end, left, ".%06dZ", (int)fraction);
}

/* `count` decimal digits at *text, which moves behind them; -1 when there are fewer. */
static int take_digits(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool take_char(const char **text, const char *accepted)
{
    if (**text == '\0' || !strchr(accepted, **text))
        return false;
    (*text)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(const char **text, struct tm *tm)
{
    int year = take_digits(text, 4);
    if (year < 1 || !take_char(text, "-"))
        return false;
    int month = take_digits(text, 2);
    if (month < 1 || month > 12 || !take_char(text, "-"))
        return false;
    int day = take_digits(text, 2);
    if (day < 1 || day > days_in_month(year, month) || !take_char(text, "Tt"))
        return false;
    *tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return true;
}

static bool take_time(const char **text, struct tm *tm)
{
    tm->tm_hour = take_digits(text, 2);
    if (tm->tm_hour < 0 || tm->tm_hour > 23 || !take_char(text, ":"))
        return false;
    tm->tm_min = take_digits(text, 2);
    if (tm->tm_min < 0 || tm->tm_min > 59 || !take_char(text, ":"))
        return false;
    tm->tm_sec = take_digits(text, 2);
    return tm->tm_sec >= 0 && tm->tm_sec <= 59;
}

/* Up to nine digits behind a dot, as microseconds; none is 0, a dot alone is wrong. */
static bool take_fraction(const char **text, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take_char(text, "."))
        return true;
    int64_t unit = US_PER_S / 10;
    int digits = 0;
    for (; isdigit((unsigned char)**text); (*text)++, digits++, unit /= 10)
        *ret_us += (**text - '0') * unit;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(const char **text, int64_t *ret_us)
{
    *ret_us = 0;
    if (take_char(text, "Zz"))
        return true;
    int64_t sign = **text == '-' ? -1 : 1;
    if (!take_char(text, "+-"))
        return false;
    int hours = take_digits(text, 2);
    if (hours < 0 || hours > 23 || !take_char(text, ":"))
        return false;
    int minutes = take_digits(text, 2);
    *ret_us = sign * (hours * 60 + minutes) * 60 * US_PER_S;
    return minutes >= 0 && minutes <= 59;
}

enum status clock_parse_rfc3339(const char *text, int64_t *ret_time_us, struct error *err)
{
    const char *at = text;
    struct tm tm;
    int64_t fraction_us;
    int64_t offset_us;
    if (!take_date(&at, &tm) || !take_time(&at, &tm) || !take_fraction(&at, &fraction_us) || !take_offset(&at, &offset_us) ||
        *at != '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT, "This is not a time like 2026-11-23T20:36:38Z.");
    *ret_time_us = (int64_t)timegm(&tm) * US_PER_S + fraction_us - offset_us;
    return STATUS_OK;
}

Google__Protobuf__Timestamp *clock_to_timestamp(struct arena *arena, int64_t time_us)
{
    if (time_us == 0)
        return NULL;
    Google__Protobuf__Timestamp *timestamp = ARENA_NEW(arena, Google__Protobuf__Timestamp);
    google__protobuf__timestamp__init(timestamp);
    timestamp->seconds = time_us / US_PER_S - (time_us % US_PER_S < 0);
    timestamp->nanos = (int32_t)((time_us - timestamp->seconds * US_PER_S) * 1000);
    return timestamp;
}

int64_t clock_from_timestamp(const Google__Protobuf__Timestamp *timestamp)
{
    return timestamp ? timestamp->seconds * US_PER_S + timestamp->nanos / 1000 : 0;
}
