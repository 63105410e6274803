/* Telephone numbers by a table of mobile numbering plans. */
#include "phone.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 15               /* ITU-T E.164 */
#define DIGITS_MIN 8
#define ZONES_1_AND_7_DIGITS 11     /* North America, Russia, Kazakhstan: all numbers, calling code included */
#define INPUT_DIGITS_MAX (DIGITS_MAX + 3)   /* with 00 in front, and a trunk 0 that does not belong there */

/* How mobile numbers of a country look without calling code and trunk 0. libphonenumber's metadata of July 2026, reduced. */
static const struct plan {
    const char country[3];
    const char *calling_code;
    bool trunk_zero;                /* at home a 0 is dialled in front */
    size_t length;
    const char *starts;             /* what the number starts with: "7 10-14" is 7, 10, 11, 12, 13 or 14 */
    const char *example;
} plans[] = {
    {"NG", "234", true, 10, "701-709 71-72 80-81 901-909 911-916", "8021234567"},
    {"KE", "254", true, 9, "7 10-14 18", "712123456"},
    {"ZA", "27", true, 9, "6-7 81-85 87", "711234567"},
    {"GH", "233", true, 9, "2 5", "231234567"},
    {"EG", "20", true, 10, "10-12 15", "1001234567"},
    {"TZ", "255", true, 9, "6-7", "621234567"},
    {"UG", "256", true, 9, "7", "712345678"},
    {"RW", "250", true, 9, "72-73 77-79", "720123456"},
    {"SN", "221", false, 9, "7", "701234567"},
    {"CI", "225", false, 10, "01 05 07", "0123456789"},
    {"CM", "237", false, 9, "6 242-243", "671234567"},
    {"MA", "212", true, 9, "6-7", "650123456"},
    {"ET", "251", true, 9, "9 7 80-81", "911234567"},
    {"ZM", "260", true, 9, "55-58 75-79 95-98", "955123456"},
    {"TN", "216", false, 8, "2-3 5 9 40-48", "20123456"},
    {"BW", "267", false, 8, "7 321", "71123456"},
    {"MU", "230", false, 8, "5 7", "52512345"},
    {"AO", "244", false, 9, "91-97 99", "923123456"},
    {"MZ", "258", false, 9, "80 82-87 89", "821234567"},
};
#define PLAN_COUNT (sizeof(plans) / sizeof(plans[0]))

static const struct plan *plan_of_country(const char *country_code)
{
    for (size_t i = 0; i < PLAN_COUNT; i++)
        if (strcmp(plans[i].country, country_code) == 0)
            return &plans[i];
    return NULL;
}

/* Calling codes are such that none is the start of another. */
static const struct plan *plan_of_number(const char *digits)
{
    for (size_t i = 0; i < PLAN_COUNT; i++)
        if (strncmp(plans[i].calling_code, digits, strlen(plans[i].calling_code)) == 0)
            return &plans[i];
    return NULL;
}

/* Whether the number starts with one of `starts`; both ends of a span have the same length. */
static bool starts_right(const char *number, const char *starts)
{
    while (*starts) {
        size_t length = strcspn(starts, "- ");
        const char *last = starts[length] == '-' ? starts + length + 1 : starts;
        if (strncmp(number, starts, length) >= 0 && strncmp(number, last, length) <= 0)
            return true;
        starts = last + length;
        starts += *starts == ' ';
    }
    return false;
}

/* The national number within `digits`, or NULL: without a trunk 0 where the plan has one. */
static const char *match(const struct plan *plan, const char *digits)
{
    if (plan->trunk_zero && digits[0] == '0')
        digits++;
    return strlen(digits) == plan->length && starts_right(digits, plan->starts) ? digits : NULL;
}

/* Marks without width that come along when a number is copied: U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F. */
static size_t mark_length(const char *text)
{
    static const struct {
        const char *lead;
        unsigned char from;
        unsigned char to;
    } marks[] = {{"\xE2\x80", 0x8B, 0x8F}, {"\xE2\x80", 0xAA, 0xAE}, {"\xE2\x81", 0xA0, 0xAF}};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strncmp(text, marks[i].lead, 2) == 0) {
            unsigned char last = (unsigned char)text[2];
            if (last >= marks[i].from && last <= marks[i].to)
                return 3;
        }
    return 0;
}

/* Bytes of what people put between digits, or 0: also the no-break space and Unicode's hyphens and dashes. */
static size_t separator_length(const char *text)
{
    static const char *const wide[] = {"\xC2\xA0",     "\xE2\x80\x90", "\xE2\x80\x91",
                                       "\xE2\x80\x92", "\xE2\x80\x93", "\xE2\x80\xAF"};
    if (*text != '\0' && strchr(" \t.-()/", *text))
        return 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return mark_length(text);
}

/* The digits alone, and whether a plus was in front. False: something else is in it, or too much. */
static bool take_digits(const char *text, char digits[INPUT_DIGITS_MAX + 1], bool *ret_plus)
{
    size_t count = 0;
    *ret_plus = false;
    while (*text) {
        size_t skip = separator_length(text);
        text += skip;
        if (skip > 0)
            continue;
        bool plus = *text == '+' && count == 0 && !*ret_plus;
        if (!plus && (!isdigit((unsigned char)*text) || count == INPUT_DIGITS_MAX))
            return false;
        *ret_plus = *ret_plus || plus;
        if (!plus)
            digits[count++] = *text;
        text++;
    }
    digits[count] = '\0';
    return true;
}

static enum status refuse(const struct plan *plan, struct error *err)
{
    return error_set(err, STATUS_INVALID_ARGUMENT, "This is not a mobile number. In that country they look like %s%s or +%s%s.",
                     plan->trunk_zero ? "0" : "", plan->example, plan->calling_code, plan->example);
}

static enum status write_number(const struct plan *plan, const char *national, char out[PHONE_E164_SIZE], struct error *err)
{
    if (!national)
        return refuse(plan, err);
    snprintf(out, PHONE_E164_SIZE, "+%s%s", plan->calling_code, national);
    return STATUS_OK;
}

static enum status parse_international(const char *digits, char out[PHONE_E164_SIZE], struct error *err)
{
    const struct plan *plan = plan_of_number(digits);
    if (plan)
        return write_number(plan, match(plan, digits + strlen(plan->calling_code)), out, err);
    size_t length = strlen(digits);
    bool is_odd = strchr("17", digits[0]) && length != ZONES_1_AND_7_DIGITS;
    if (length < DIGITS_MIN || length > DIGITS_MAX || digits[0] == '0' || is_odd)
        return error_set(err, STATUS_INVALID_ARGUMENT, "A number with its calling code has + and %d to %d digits.",
                         DIGITS_MIN, DIGITS_MAX);
    snprintf(out, PHONE_E164_SIZE, "+%s", digits);
    return STATUS_OK;
}

/* People also write their calling code without the plus, as mobile money shows it. */
static enum status parse_national(const struct plan *plan, const char *digits, char out[PHONE_E164_SIZE], struct error *err)
{
    const char *national = match(plan, digits);
    if (!national && plan_of_number(digits) == plan)
        national = match(plan, digits + strlen(plan->calling_code));
    return write_number(plan, national, out, err);
}

enum status phone_parse(const char *text, const char *country_code, char out[PHONE_E164_SIZE], struct error *err)
{
    char digits[INPUT_DIGITS_MAX + 1];
    bool plus;
    if (!take_digits(text, digits, &plus))
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "A telephone number has digits only, at most %d, and a + in front perhaps.", DIGITS_MAX);
    if (digits[0] == '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT, "There is no number in it.");
    if (plus)
        return parse_international(digits, out, err);
    if (strncmp(digits, "00", 2) == 0)
        return parse_international(digits + 2, out, err);
    const struct plan *plan = plan_of_country(country_code);
    if (!plan)
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "Start the number with + and the country's calling code, like +254712123456.");
    return parse_national(plan, digits, out, err);
}
