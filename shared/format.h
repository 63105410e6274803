/*
 * Money, times and rates as the people of a market write them: ICU's work, by the market's locale.
 *
 * Amounts go to ICU as decimal text, never as floating point. A struct format is made once and used by any thread.
 */
#ifndef PORTAL_FORMAT_H
#define PORTAL_FORMAT_H

#include <stdint.h>

#include "error.h"

#define FORMAT_SIZE 96              /* bytes of any result and its NUL, UTF-8 */

struct format;

/* `locale`: BCP 47, "en-KE". `country_code` decides the time zone, `currency_code` the currency that is quick to format. */
enum status format_new(const char *locale, const char *country_code, const char *currency_code, struct format **ret_format,
                       struct error *err) MUST_CHECK;
void format_free(struct format *format);        /* accepts NULL */

/*
 * "Ksh 1,250.00", "14 100 F CFA", "TSh 62,000". Currencies whose smallest part nobody pays with (TZS) lose it when it is zero.
 * An unknown currency gives the code and the minor units.
 */
void format_money(const struct format *format, int64_t amount_minor, const char *currency_code, char out[FORMAT_SIZE]);

/* "23 Nov 2026" and "23 Nov 2026, 21:15", in the country's time zone. */
void format_date(const struct format *format, int64_t time_us, char out[FORMAT_SIZE]);
void format_time(const struct format *format, int64_t time_us, char out[FORMAT_SIZE]);

/* 750 basis points: "7.5%". */
void format_percent(const struct format *format, int32_t basis_points, char out[FORMAT_SIZE]);

/* A country's name in the language of the locale: "South Africa", "Afrique du Sud". */
void format_country(const struct format *format, const char *country_code, char out[FORMAT_SIZE]);

#endif
