/* Formats by ICU's C API. Number formatters are immutable and shared; date formatters are not, and are used under a lock. */
#include "format.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>
#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>

#include "clock.h"
#include "money.h"

#define SKELETON_SIZE 64
#define ZONE_SIZE 64

struct format {
    char locale[32];
    char currency_code[4];
    UNumberFormatter *money;
    UNumberFormatter *percent;
    UDateFormat *date;
    UDateFormat *time;
    pthread_mutex_t lock; /* guards date and time */
};

/* Currencies in which nobody pays with parts of the unit, though ISO 4217 knows them. */
static const char *const WHOLE_CURRENCIES[] = {"TZS"};

static void to_utf8(const UChar *text, int32_t length, char out[FORMAT_SIZE])
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t size = 0;
    u_strToUTF8(out, FORMAT_SIZE - 1, &size, text, length, &code);
    out[U_SUCCESS(code) && size < FORMAT_SIZE ? size : 0] = '\0';
}

static UNumberFormatter *open_numbers(const char *skeleton, const char *locale)
{
    UChar wide[SKELETON_SIZE];
    UErrorCode code = U_ZERO_ERROR;
    u_uastrncpy(wide, skeleton, SKELETON_SIZE);
    UNumberFormatter *formatter = unumf_openForSkeletonAndLocale(wide, -1, locale, &code);
    if (U_SUCCESS(code))
        return formatter;
    unumf_close(formatter);
    return NULL;
}

static bool is_whole(const char *currency_code)
{
    for (size_t i = 0; i < sizeof WHOLE_CURRENCIES / sizeof WHOLE_CURRENCIES[0]; i++)
        if (strcmp(WHOLE_CURRENCIES[i], currency_code) == 0)
            return true;
    return false;
}

static UNumberFormatter *open_money(const struct currency *currency, const char *locale)
{
    static const char *const PRECISIONS[] = {"precision-integer", ".0", ".00", ".000", ".0000"};
    char skeleton[SKELETON_SIZE];
    snprintf(skeleton, sizeof skeleton, "currency/%s %s%s", currency->code, PRECISIONS[currency->exponent],
             is_whole(currency->code) ? "/w" : "");
    return open_numbers(skeleton, locale);
}

static bool first_zone(const char *country_code, UChar zone[ZONE_SIZE])
{
    UErrorCode code = U_ZERO_ERROR;
    UEnumeration *zones = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_ANY, country_code, NULL, &code);
    const UChar *first = U_SUCCESS(code) ? uenum_unext(zones, NULL, &code) : NULL;
    if (first)
        u_strncpy(zone, first, ZONE_SIZE - 1);
    uenum_close(zones);
    return first != NULL;
}

static UDateFormat *open_dates(UDateFormatStyle time_style, const char *locale, const char *country_code)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar zone[ZONE_SIZE] = {0};
    bool has_zone = first_zone(country_code, zone);
    UDateFormat *format = udat_open(time_style, UDAT_MEDIUM, locale, has_zone ? zone : NULL, -1, NULL, 0, &code);
    return U_SUCCESS(code) ? format : NULL;
}

enum status format_new(const char *locale, const char *country_code, const char *currency_code, struct format **ret_format,
                       struct error *err)
{
    const struct currency *currency = currency_find(currency_code);
    struct format *format = calloc(1, sizeof *format);
    if (!format || !currency) {
        free(format);
        return error_set(err, STATUS_INVALID_ARGUMENT, "The currency %s is not known.", currency_code);
    }
    snprintf(format->locale, sizeof format->locale, "%s", locale);
    snprintf(format->currency_code, sizeof format->currency_code, "%s", currency_code);
    pthread_mutex_init(&format->lock, NULL);
    format->money = open_money(currency, locale);
    format->percent = open_numbers("percent .##", locale);
    format->date = open_dates(UDAT_NONE, locale, country_code);
    format->time = open_dates(UDAT_SHORT, locale, country_code);
    if (format->money && format->percent && format->date && format->time) {
        *ret_format = format;
        return STATUS_OK;
    }
    format_free(format);
    return error_set(err, STATUS_INVALID_ARGUMENT, "ICU cannot format for the locale %s.", locale);
}

void format_free(struct format *format)
{
    if (!format)
        return;
    unumf_close(format->money);
    unumf_close(format->percent);
    if (format->date)
        udat_close(format->date);
    if (format->time)
        udat_close(format->time);
    pthread_mutex_destroy(&format->lock);
    free(format);
}

/* False when ICU refused. */
static bool format_decimal(const UNumberFormatter *formatter, const char *decimal, char out[FORMAT_SIZE])
{
    UErrorCode code = U_ZERO_ERROR;
    UChar wide[FORMAT_SIZE];
    UFormattedNumber *result = unumf_openResult(&code);
    unumf_formatDecimal(formatter, decimal, -1, result, &code);
    int32_t length = unumf_resultToString(result, wide, FORMAT_SIZE, &code);
    unumf_closeResult(result);
    if (U_FAILURE(code))
        return false;
    to_utf8(wide, length, out);
    return true;
}

/* A currency that is not the market's is rare (an order placed elsewhere): its formatter is made for this one time. */
static bool format_in(const struct format *format, const struct currency *currency, const char *decimal,
                      char out[FORMAT_SIZE])
{
    if (strcmp(format->currency_code, currency->code) == 0)
        return format_decimal(format->money, decimal, out);
    UNumberFormatter *other = open_money(currency, format->locale);
    bool done = other && format_decimal(other, decimal, out);
    unumf_close(other);
    return done;
}

void format_money(const struct format *format, int64_t amount_minor, const char *currency_code, char out[FORMAT_SIZE])
{
    char decimal[MONEY_DECIMAL_SIZE];
    const struct currency *currency = currency_find(currency_code);
    if (currency) {
        money_format_decimal(amount_minor, currency, decimal);
        if (format_in(format, currency, decimal, out))
            return;
    }
    snprintf(out, FORMAT_SIZE, "%s %lld", currency_code, (long long)amount_minor);
}

static void format_at(const struct format *format, const UDateFormat *style, int64_t time_us, char out[FORMAT_SIZE])
{
    UErrorCode code = U_ZERO_ERROR;
    UChar wide[FORMAT_SIZE];
    pthread_mutex_t *lock = (pthread_mutex_t *)&format->lock;
    pthread_mutex_lock(lock);
    int32_t length = udat_format(style, (UDate)(time_us / US_PER_MS), wide, FORMAT_SIZE, NULL, &code);
    pthread_mutex_unlock(lock);
    out[0] = '\0';
    if (U_SUCCESS(code))
        to_utf8(wide, length, out);
}

void format_date(const struct format *format, int64_t time_us, char out[FORMAT_SIZE])
{
    format_at(format, format->date, time_us, out);
}

void format_time(const struct format *format, int64_t time_us, char out[FORMAT_SIZE])
{
    format_at(format, format->time, time_us, out);
}

void format_percent(const struct format *format, int32_t basis_points, char out[FORMAT_SIZE])
{
    char decimal[32];
    snprintf(decimal, sizeof decimal, "%d.%02d", basis_points / 100, abs(basis_points % 100));
    if (!format_decimal(format->percent, decimal, out))
        snprintf(out, FORMAT_SIZE, "%s%%", decimal);
}

void format_country(const struct format *format, const char *country_code, char out[FORMAT_SIZE])
{
    char locale[16];
    UChar wide[FORMAT_SIZE];
    UErrorCode code = U_ZERO_ERROR;
    snprintf(locale, sizeof locale, "und-%s", country_code);
    int32_t length = uloc_getDisplayCountry(locale, format->locale, wide, FORMAT_SIZE, &code);
    snprintf(out, FORMAT_SIZE, "%s", country_code);
    if (U_SUCCESS(code))
        to_utf8(wide, length, out);
}
