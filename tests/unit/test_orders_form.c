/* The checkout form: a shopper learns of every mistake at once, and the courier gets a number that rings. */
#include "check.h"

#include <string.h>

#include "checkout_form.h"

static struct markets *markets;
static struct arena *arena;
static struct error err;
static struct checkout_form form;
static Orders__V1__PlaceOrderRequest request;
static Orders__V1__Contact contact;
static Types__V1__Address address;

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    arena_reset(arena);
    contact = (Orders__V1__Contact)ORDERS__V1__CONTACT__INIT;
    contact.name = (char *)"Amina Otieno";
    contact.phone = (char *)"0712 345 678";
    contact.email = (char *)"Amina@Example.com";
    address = (Types__V1__Address)TYPES__V1__ADDRESS__INIT;
    address.recipient = (char *)"Amina Otieno";
    address.phone = (char *)"0712345678";
    address.line1 = (char *)"House 12, Jamhuri Estate";
    address.landmark = (char *)"behind the Total station";
    address.city = (char *)"Nairobi";
    address.country_code = (char *)"KE";
    request = (Orders__V1__PlaceOrderRequest)ORDERS__V1__PLACE_ORDER_REQUEST__INIT;
    request.contact = &contact;
    request.delivery_address = &address;
    request.payment_method = TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY;
    request.note = (char *)"Call from the gate.";
    return 0;
}

static int open_all(void **state)
{
    (void)state;
    error_clear(&err);
    arena = arena_new(4096, 65536);
    return markets_load("", &markets, &err) == STATUS_OK ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    arena_free(arena);
    markets_free(markets);
    return 0;
}

static enum status check(void)
{
    return checkout_form_check(&request, markets, arena, &form, &err);
}

static const struct violation *violation_of(const char *field)
{
    for (size_t i = 0; i < err.violation_count; i++)
        if (strcmp(err.violations[i].field, field) == 0)
            return &err.violations[i];
    return NULL;
}

static void assert_refused(const char *field, const char *code)
{
    assert_int_equal(check(), STATUS_INVALID_ARGUMENT);
    assert_non_null(violation_of(field));
    assert_string_equal(violation_of(field)->code, code);
}

static void test_a_good_form_is_cleaned(void **state)
{
    (void)state;
    assert_int_equal(check(), STATUS_OK);
    assert_string_equal(form.name, "Amina Otieno");
    assert_string_equal(form.phone, "+254712345678");
    assert_string_equal(form.email, "amina@example.com");
    assert_string_equal(form.note, "Call from the gate.");
    assert_string_equal(form.address->phone, "+254712345678");
    assert_string_equal(form.market->currency_code, "KES");
}

static void test_email_and_note_may_be_left_out(void **state)
{
    (void)state;
    contact.email = (char *)"";
    request.note = (char *)"";
    assert_int_equal(check(), STATUS_OK);
    assert_string_equal(form.email, "");
    assert_string_equal(form.note, "");
}

static void test_a_phone_is_read_in_the_country_of_the_delivery(void **state)
{
    (void)state;
    address.country_code = (char *)"NG";
    address.phone = contact.phone = (char *)"0803 123 4567";
    assert_int_equal(check(), STATUS_OK);
    assert_string_equal(form.phone, "+2348031234567");
}

static void test_each_field_has_its_own_word(void **state)
{
    (void)state;
    contact.phone = (char *)"12";
    assert_refused("contact.phone", "malformed");
    begin(NULL);
    contact.phone = (char *)"";
    assert_refused("contact.phone", "required");
    begin(NULL);
    contact.name = (char *)" ";
    assert_refused("contact.name", "required");
    begin(NULL);
    contact.email = (char *)"amina@";
    assert_refused("contact.email", "malformed");
    begin(NULL);
    request.contact = NULL;
    assert_refused("contact", "required");
    begin(NULL);
    request.delivery_address = NULL;
    assert_refused("deliveryAddress", "required");
    begin(NULL);
    address.line1 = (char *)" ";
    assert_refused("deliveryAddress.line1", "required");
}

static void test_a_way_to_pay_must_be_chosen_and_offered(void **state)
{
    (void)state;
    request.payment_method = TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED;
    assert_refused("paymentMethod", "required");
    begin(NULL);
    request.payment_method = (Types__V1__PaymentMethod)99;
    assert_refused("paymentMethod", "unknown");
}

static void test_the_shop_does_not_deliver_where_it_does_not_sell(void **state)
{
    (void)state;
    address.country_code = (char *)"FR";
    address.phone = contact.phone = (char *)"+33612345678";
    assert_refused("deliveryAddress.countryCode", "unknown");
}

static void test_a_note_is_no_novel(void **state)
{
    (void)state;
    char note[502];
    memset(note, 'a', sizeof(note) - 1);
    note[501] = '\0';
    request.note = note;
    assert_refused("note", "too_long");
    begin(NULL);
    note[500] = '\0';
    request.note = note;
    assert_int_equal(check(), STATUS_OK);
}

static void test_all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    contact.name = contact.phone = (char *)"";
    address.city = (char *)"";
    request.payment_method = TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED;
    assert_int_equal(check(), STATUS_INVALID_ARGUMENT);
    assert_non_null(violation_of("contact.name"));
    assert_non_null(violation_of("contact.phone"));
    assert_non_null(violation_of("deliveryAddress.city"));
    assert_non_null(violation_of("paymentMethod"));
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_a_good_form_is_cleaned),
                                       TEST(test_email_and_note_may_be_left_out),
                                       TEST(test_a_phone_is_read_in_the_country_of_the_delivery),
                                       TEST(test_each_field_has_its_own_word),
                                       TEST(test_a_way_to_pay_must_be_chosen_and_offered),
                                       TEST(test_the_shop_does_not_deliver_where_it_does_not_sell),
                                       TEST(test_a_note_is_no_novel),
                                       TEST(test_all_mistakes_are_told_at_once)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
