/* Mails and SMS: every notice has its texts in every language, they say what happened, and an SMS costs what it must. */
#include "check.h"

#include <string.h>

#include "courier_send.h"
#include "courier_text.h"
#include "sms_text.h"

static struct markets *markets;
static struct courier_text *text;
static struct arena *arena;
static struct error err;

static int open_texts(void **state)
{
    (void)state;
    error_clear(&err);
    arena = arena_new(16384, 0);
    assert_int_equal(markets_load("", &markets, &err), STATUS_OK);
    const struct courier_text_options options = {
        .markets = markets, .shop = "Duka", .public_url = "https://duka.example", .staff_mail = "staff@duka.example"};
    if (courier_text_open(&options, &text, &err) != STATUS_OK)
        fail_msg("%s", err.message);
    return 0;
}

static int close_texts(void **state)
{
    (void)state;
    courier_text_close(text);
    markets_free(markets);
    arena_free(arena);
    return 0;
}

#define ORDER(country, currency)                                                                                            \
    "{\"id\":\"018f0000-0000-7000-8000-000000000001\",\"number\":\"KE-7F3K-9Q2M\",\"countryCode\":\"" country "\","         \
    "\"totals\":{\"subtotal\":{\"amountMinor\":\"125000\",\"currencyCode\":\"" currency "\"},"                              \
    "\"delivery\":{\"amountMinor\":\"25000\",\"currencyCode\":\"" currency "\"},"                                           \
    "\"total\":{\"amountMinor\":\"150000\",\"currencyCode\":\"" currency "\"}},"                                            \
    "\"contact\":{\"name\":\"Wanjiku <b>\",\"phone\":\"+254712345678\",\"email\":\"w@example.com\"},"                       \
    "\"lines\":[{\"title\":\"Kanga & shawl\",\"quantity\":\"2\",\"lineTotal\":{\"amountMinor\":\"125000\","                 \
    "\"currencyCode\":\"" currency "\"}}],\"carrier\":\"Sendy\",\"trackingNumber\":\"SN1\",\"code\":\"123456\","            \
    "\"phone\":\"+254712345678\",\"title\":\"Kanga\",\"sku\":\"K1\",\"available\":\"3\"}"

static json_t *order(const char *country)
{
    json_t *payload = json_loads(strcmp(country, "KE") == 0 ? ORDER("KE", "KES") : ORDER("SN", "XOF"), 0, NULL);
    assert_non_null(payload);
    return payload;
}

static struct courier_mail mail_of(const char *topic, const char *country)
{
    struct courier_mail mail = {0};
    json_t *payload = order(country);
    if (courier_text_mail(text, notice_find(topic), payload, arena, &mail, &err) != STATUS_OK)
        fail_msg("%s in %s: %s", topic, country, err.message);
    json_decref(payload);
    return mail;
}

static const char *sms_of(const char *topic, const char *country)
{
    const char *sms = NULL;
    json_t *payload = order(country);
    if (courier_text_sms(text, notice_find(topic), payload, arena, &sms, &err) != STATUS_OK)
        fail_msg("%s in %s: %s", topic, country, err.message);
    json_decref(payload);
    return sms_text_plain(sms, arena);
}

static void test_every_notice_has_its_texts_in_every_language(void **state)
{
    (void)state;
    size_t count;
    const struct notice *notices = notice_all(&count);
    for (size_t i = 0; i < 2 * count; i++) {
        const char *country = i % 2 == 0 ? "KE" : "SN";
        const struct notice *notice = &notices[i / 2];
        if (notice->mail != NOTICE_NOBODY)
            assert_int_not_equal(strlen(mail_of(notice->topic, country).subject), 0);
        if (!notice->sms)
            continue;
        struct sms_size size = sms_text_measure(sms_of(notice->topic, country));
        if (!size.is_gsm7 || size.parts > 1)
            fail_msg("%s in %s takes %zu parts (%s)", notice->topic, country, size.parts, size.is_gsm7 ? "GSM" : "UCS-2");
    }
}

static void test_a_mail_says_what_was_bought_and_for_how_much(void **state)
{
    (void)state;
    struct courier_mail mail = mail_of("order.placed", "KE");
    assert_string_equal(mail.to, "w@example.com");
    assert_string_equal(mail.subject, "Your order KE-7F3K-9Q2M");
    assert_non_null(strstr(mail.plain, "Hello Wanjiku <b>,"));
    assert_non_null(strstr(mail.plain, "2 × Kanga & shawl: "));
    assert_non_null(strstr(mail.plain, "1,500.00"));
    assert_non_null(strstr(mail.plain, "https://duka.example/orders/018f0000-0000-7000-8000-000000000001"));
    assert_non_null(strstr(mail.html, "Kanga &amp; shawl"));
    assert_null(strstr(mail.html, "<b>"));
}

static void test_a_market_is_written_to_in_its_language(void **state)
{
    (void)state;
    struct courier_mail mail = mail_of("order.shipped", "SN");
    assert_string_equal(mail.subject, "La commande KE-7F3K-9Q2M est en route");
    assert_non_null(strstr(mail.html, "lang=\"fr\""));
    assert_non_null(strstr(mail.plain, "Sendy"));
    assert_non_null(strstr(sms_of("order.placed", "SN"), "Duka : merci pour votre commande"));
}

static void test_staff_hear_of_low_stock(void **state)
{
    (void)state;
    struct courier_mail mail = mail_of("stock.low", "KE");
    assert_string_equal(mail.to, "staff@duka.example");
    assert_string_equal(mail.subject, "Low stock: Kanga (K1)");
    assert_null(strstr(mail.plain, "You get this mail because an order"));
}

/* ---- SMS ---- */

static void check_size(const char *sms, bool is_gsm7, size_t units, size_t parts)
{
    struct sms_size size = sms_text_measure(sms);
    assert_int_equal(size.is_gsm7, is_gsm7);
    assert_int_equal(size.units, units);
    assert_int_equal(size.parts, parts);
}

/* 3GPP TS 23.038: 160 and 153 septets, 70 and 67 UCS-2 units; the euro and the braces take two septets. */
static void test_an_sms_is_as_long_as_its_alphabet_says(void **state)
{
    (void)state;
    char a[400];
    memset(a, 'a', sizeof(a));
    a[160] = '\0';
    check_size(a, true, 160, 1);
    a[160] = 'a', a[161] = '\0';
    check_size(a, true, 161, 2);
    a[161] = 'a', a[306] = '\0';
    check_size(a, true, 306, 2);
    a[306] = 'a', a[307] = '\0';
    check_size(a, true, 307, 3);
    check_size("é{€", true, 5, 1);
    check_size("Ω", true, 1, 1);
    check_size("ê", false, 1, 1);
    check_size("a`b", false, 3, 1);
    check_size("\xf0\x9f\x99\x82", false, 2, 1);
    a[0] = '`', a[70] = '\0';
    check_size(a, false, 70, 1);
    a[70] = 'a', a[71] = '\0';
    check_size(a, false, 71, 2);
}

static void test_letters_that_cost_a_second_sms_are_written_plainly(void **state)
{
    (void)state;
    assert_string_equal(sms_text_plain("prête… « l’œuvre » à Ōsaka", arena), "prete... \" l'oeuvre \" à Ōsaka");
    assert_string_equal(sms_text_plain("14\xe2\x80\xaf"
                                       "100 F\xc2\xa0"
                                       "CFA",
                                       arena),
                        "14 100 F CFA");
}

static enum courier_result read_answer(int code, const char *body)
{
    struct courier_outcome outcome;
    courier_sms_read(code, body, strlen(body), &outcome);
    return outcome.result;
}

/* The gateway's status codes, from its public documentation. */
static void test_what_the_gateway_answers_decides(void **state)
{
    (void)state;
    assert_int_equal(
        read_answer(201, "{\"SMSMessageData\":{\"Message\":\"Sent to 1/1\",\"Recipients\":[{\"statusCode\":101}]}}"),
        COURIER_SENT);
    assert_int_equal(read_answer(201, "{\"SMSMessageData\":{\"Recipients\":[{\"statusCode\":102}]}}"), COURIER_SENT);
    assert_int_equal(read_answer(201, "{\"SMSMessageData\":{\"Recipients\":[{\"statusCode\":403}]}}"), COURIER_NEVER);
    assert_int_equal(read_answer(201, "{\"SMSMessageData\":{\"Recipients\":[{\"statusCode\":405}]}}"), COURIER_AGAIN);
    assert_int_equal(read_answer(201, "{\"SMSMessageData\":{\"Recipients\":[{\"statusCode\":999}]}}"), COURIER_DOUBT);
    assert_int_equal(read_answer(201, "{\"SMSMessageData\":{\"Message\":\"InvalidSenderId\",\"Recipients\":[]}}"),
                     COURIER_NEVER);
    assert_int_equal(read_answer(201, "<html>"), COURIER_DOUBT);
    assert_int_equal(read_answer(401, "{}"), COURIER_AGAIN);
    assert_int_equal(read_answer(429, "{}"), COURIER_AGAIN);
    assert_int_equal(read_answer(500, ""), COURIER_DOUBT);
}

/* ---- the subject ---- */

static void test_a_subject_with_accents_is_encoded_in_whole_characters(void **state)
{
    (void)state;
    assert_string_equal(courier_mail_header("Your order", arena), "Your order");
    assert_string_equal(courier_mail_header("Livrée", arena), "=?UTF-8?B?TGl2csOpZQ==?=");
    const char *longer = courier_mail_header("éééééééééééééééééééééé", arena); /* 44 bytes: two words of 42 and 2 */
    assert_string_equal(longer, "=?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOp?=\r\n =?UTF-8?B?w6k=?=");
    assert_null(strstr(courier_mail_header("a\r\nBcc: x", arena), "Bcc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_notice_has_its_texts_in_every_language),
        cmocka_unit_test(test_a_mail_says_what_was_bought_and_for_how_much),
        cmocka_unit_test(test_a_market_is_written_to_in_its_language),
        cmocka_unit_test(test_staff_hear_of_low_stock),
        cmocka_unit_test(test_an_sms_is_as_long_as_its_alphabet_says),
        cmocka_unit_test(test_letters_that_cost_a_second_sms_are_written_plainly),
        cmocka_unit_test(test_what_the_gateway_answers_decides),
        cmocka_unit_test(test_a_subject_with_accents_is_encoded_in_whole_characters),
    };
    return cmocka_run_group_tests(tests, open_texts, close_texts);
}
