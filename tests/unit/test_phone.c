/* Telephone numbers: the courier's call reaches the shopper, however the number was written. */
#include "check.h"

#include <stdbool.h>
#include <string.h>

#include "phone.h"

static struct error err;

static void accepted(const char *text, const char *country_code, const char *e164)
{
    char number[PHONE_E164_SIZE] = "";
    error_clear(&err);
    if (phone_parse(text, country_code, number, &err))
        fail_msg("%s in %s: %s", text, country_code, err.message);
    assert_string_equal(number, e164);
}

static void refused(const char *text, const char *country_code)
{
    char number[PHONE_E164_SIZE] = "untouched";
    error_clear(&err);
    if (!phone_parse(text, country_code, number, &err))
        fail_msg("%s in %s became %s", text, country_code, number);
    assert_int_equal(err.status, STATUS_INVALID_ARGUMENT);
    assert_true(strlen(err.message) > 0);
    assert_string_equal(number, "untouched");
}

/* Example mobile numbers of libphonenumber's metadata (July 2026). */
static const struct {
    const char *country;
    const char *calling_code;
    bool trunk_zero;
    const char *national;
} examples[] = {
    {"NG", "234", true, "8021234567"},  {"KE", "254", true, "712123456"},  {"ZA", "27", true, "711234567"},
    {"GH", "233", true, "231234567"},   {"EG", "20", true, "1001234567"},  {"TZ", "255", true, "621234567"},
    {"UG", "256", true, "712345678"},   {"RW", "250", true, "720123456"},  {"SN", "221", false, "701234567"},
    {"CI", "225", false, "0123456789"}, {"CM", "237", false, "671234567"}, {"MA", "212", true, "650123456"},
    {"ET", "251", true, "911234567"},   {"ZM", "260", true, "955123456"},  {"TN", "216", false, "20123456"},
    {"BW", "267", false, "71123456"},   {"MU", "230", false, "52512345"},  {"AO", "244", false, "923123456"},
    {"MZ", "258", false, "821234567"},
};

static void test_every_way_of_writing_a_number(void **state)
{
    (void)state;
    static const char *const forms[] = {"+%s%s", "00%s%s", "%s%s", "+%s (0) %s"};
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        char e164[32];
        char text[32];
        snprintf(e164, sizeof(e164), "+%s%s", examples[i].calling_code, examples[i].national);
        size_t count = examples[i].trunk_zero ? 4 : 3;
        for (size_t k = 0; k < count; k++) {
            snprintf(text, sizeof(text), forms[k], examples[i].calling_code, examples[i].national);
            accepted(text, examples[i].country, e164);
        }
        accepted(examples[i].national, examples[i].country, e164);
        snprintf(text, sizeof(text), "0%s", examples[i].national);
        if (examples[i].trunk_zero)
            accepted(text, examples[i].country, e164);
        else
            refused(text, examples[i].country);
    }
}

/* In Côte d'Ivoire the 0 belongs to the number: without it, it would reach nobody. */
static void test_ivorian_numbers_keep_their_zero(void **state)
{
    (void)state;
    accepted("07 00 00 00 00", "CI", "+2250700000000");
    accepted("+225 0505050505", "", "+2250505050505");
    refused("700000000", "CI");
    refused("+225700000000", "CI");
}

static void test_what_people_put_between_the_digits(void **state)
{
    (void)state;
    accepted(" 0712 345-678 ", "KE", "+254712345678");
    accepted("(0712) 345.678", "KE", "+254712345678");
    accepted("0712/345678", "KE", "+254712345678");
    accepted("\xE2\x80\xAD+254\xC2\xA0"
             "712\xE2\x80\x91"
             "345678\xE2\x80\xAC",
             "", "+254712345678");
}

/* Ranges of facts: KE 7, 10 to 14, 18; NG 701 to 709, 901 to 909, 911 to 916; RW 72, 73, 77 to 79. */
static void test_what_is_a_typing_error(void **state)
{
    (void)state;
    accepted("0110123456", "KE", "+254110123456");
    accepted("0149123456", "KE", "+254149123456");
    refused("0150123456", "KE");
    refused("0812123456", "KE");
    refused("071212345", "KE");
    refused("07121234567", "KE");
    refused("00712123456", "KE");
    accepted("07011234567", "NG", "+2347011234567");
    refused("07001234567", "NG");
    accepted("09161234567", "NG", "+2349161234567");
    refused("09101234567", "NG");
    refused("09171234567", "NG");
    refused("0741234567", "RW");
    refused("0123456789", "BW");
    accepted("32112345", "BW", "+26732112345");
    assert_non_null(strstr((refused("071212345", "KE"), err.message), "0712123456"));
}

static void test_a_number_of_another_country(void **state)
{
    (void)state;
    accepted("+256712345678", "KE", "+256712345678");
    refused("256712345678", "KE");
    refused("+25671234567", "KE");
    refused("256712345678+", "KE");
    accepted("+44 7400 123456", "KE", "+447400123456");
    accepted("+12015550123", "", "+12015550123");
}

static void test_what_is_no_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "+",
                                      "call me",
                                      "0712 345 678 ext 9",
                                      "07I2345678",
                                      "+254+712345678",
                                      "0712345678+",
                                      "++254712345678",
                                      "+0712345678",
                                      "+1234567",
                                      "+1234567890123456",
                                      "0000000000000000000000000",
                                      "٠٧١٢٣٤٥٦٧٨",
                                      "0712,345678",
                                      "\xFF"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(bad[i], "KE");
    refused("0712345678", "");
    refused("0712345678", "FR");
    assert_non_null(strchr(err.message, '+'));
}

RUN_TESTS(cmocka_unit_test(test_every_way_of_writing_a_number), cmocka_unit_test(test_ivorian_numbers_keep_their_zero),
          cmocka_unit_test(test_what_people_put_between_the_digits), cmocka_unit_test(test_what_is_a_typing_error),
          cmocka_unit_test(test_a_number_of_another_country), cmocka_unit_test(test_what_is_no_number))
