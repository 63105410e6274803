/* Addresses: a parcel finds its way without a postcode, and a shopper learns of every mistake at once. */
#include "check.h"

#include <string.h>

#include "address.h"

static struct arena *arena;
static struct error err;
static Types__V1__Address address;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096, 4096);
    error_clear(&err);
    types__v1__address__init(&address);
    address.recipient = " Amina  Otieno ";
    address.phone = "0712 345678";
    address.line1 = "Moi Avenue\n12";
    address.city = "Nairobi";
    address.country_code = "ke";
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void refused(const char *field, const char *code)
{
    Types__V1__Address *clean = NULL;
    error_clear(&err);
    assert_int_equal(address_check(&address, "deliveryAddress", arena, &clean, &err), STATUS_INVALID_ARGUMENT);
    assert_null(clean);
    assert_int_equal(err.violation_count, 1);
    assert_string_equal(err.violations[0].field, field);
    assert_string_equal(err.violations[0].code, code);
}

static void test_no_postcode_is_needed(void **state)
{
    (void)state;
    Types__V1__Address *clean;
    address.landmark = "behind the Total station ";
    assert_int_equal(address_check(&address, "deliveryAddress", arena, &clean, &err), STATUS_OK);
    assert_string_equal(clean->recipient, "Amina Otieno");
    assert_string_equal(clean->phone, "+254712345678");
    assert_string_equal(clean->line1, "Moi Avenue 12");
    assert_string_equal(clean->line2, "");
    assert_string_equal(clean->landmark, "behind the Total station");
    assert_string_equal(clean->city, "Nairobi");
    assert_string_equal(clean->region, "");
    assert_string_equal(clean->postal_code, "");
    assert_string_equal(clean->country_code, "KE");
    assert_true(protobuf_c_message_check(&clean->base));
    assert_string_equal(address.country_code, "ke");
}

static void test_everything_that_was_given_is_kept(void **state)
{
    (void)state;
    Types__V1__Address *clean;
    address.line2 = "Flat 3";
    address.region = "Nairobi County";
    address.postal_code = "00100";
    assert_int_equal(address_check(&address, "address", arena, &clean, &err), STATUS_OK);
    assert_string_equal(clean->line2, "Flat 3");
    assert_string_equal(clean->region, "Nairobi County");
    assert_string_equal(clean->postal_code, "00100");
}

static void test_all_that_is_missing_is_told(void **state)
{
    (void)state;
    static const char *const fields[] = {"a.recipient", "a.line1", "a.city", "a.countryCode", "a.phone"};
    Types__V1__Address *clean = NULL;
    types__v1__address__init(&address);
    assert_int_equal(address_check(&address, "a", arena, &clean, &err), STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(err.violations[i].field, fields[i]);
        assert_string_equal(err.violations[i].code, "required");
    }
    assert_null(clean);
}

static void test_no_address_at_all(void **state)
{
    (void)state;
    Types__V1__Address *clean = NULL;
    assert_int_equal(address_check(NULL, "deliveryAddress", arena, &clean, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "deliveryAddress");
    assert_string_equal(err.violations[0].code, "required");
}

static void test_bad_fields(void **state)
{
    (void)state;
    address.phone = "0712";
    refused("deliveryAddress.phone", "malformed");
    address.phone = "+254712345678";
    address.country_code = "KEN";
    refused("deliveryAddress.countryCode", "too_long");
    address.country_code = "K1";
    refused("deliveryAddress.countryCode", "malformed");
    address.country_code = "\xC3\xA9\xC3\xA9";
    refused("deliveryAddress.countryCode", "malformed");
    address.country_code = "KE";
    address.postal_code = "12345678901234567";
    refused("deliveryAddress.postalCode", "too_long");
    address.postal_code = "";
    address.landmark = "a\x01";
    refused("deliveryAddress.landmark", "malformed");
}

/* Mistakes that were found before, elsewhere in the request, stay, and do not make a good address bad. */
static void test_earlier_mistakes_stay(void **state)
{
    (void)state;
    Types__V1__Address *clean = NULL;
    for (int i = 0; i < ERROR_VIOLATIONS_MAX; i++)
        error_field(&err, "contact.email", "malformed", "Not an address.");
    assert_int_equal(address_check(&address, "deliveryAddress", arena, &clean, &err), STATUS_OK);
    assert_non_null(clean);
    address.city = "";
    assert_int_equal(address_check(&address, "deliveryAddress", arena, &clean, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "contact.email");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN_TESTS(TEST(test_no_postcode_is_needed), TEST(test_everything_that_was_given_is_kept),
          TEST(test_all_that_is_missing_is_told), TEST(test_no_address_at_all), TEST(test_bad_fields),
          TEST(test_earlier_mistakes_stay))
