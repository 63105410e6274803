/* What a shopkeeper would have to explain to the tax office: numbers that do not read right, VAT that does not add up. */
#include "check.h"

#include "invoice.h"

static const char *number_of(enum invoice_kind kind, const char *country, int64_t sequence)
{
    static char number[INVOICE_NUMBER_SIZE];
    invoice_number_format(kind, country, sequence, number);
    return number;
}

static void numbers_name_country_and_kind(void **state)
{
    (void)state;
    assert_string_equal(number_of(INVOICE_KIND_INVOICE, "KE", 42), "KE-INV-000042");
    assert_string_equal(number_of(INVOICE_KIND_CREDIT_NOTE, "CI", 1), "CI-CRN-000001");
    assert_string_equal(number_of(INVOICE_KIND_INVOICE, "NG", 1234567), "NG-INV-1234567");
}

/* 5,750.00 with 16 % within is 793.10 of VAT; a third of it holds 264.37 (793.10 / 3 = 264.366...). */
static void a_part_takes_its_share_of_the_vat(void **state)
{
    (void)state;
    const struct invoice_credited nothing = {0};
    assert_int_equal(invoice_credit_vat(575000, 79310, nothing, 575000), 79310);
    assert_int_equal(invoice_credit_vat(575000, 79310, nothing, 191667), 26437);
    assert_int_equal(invoice_credit_vat(575000, 0, nothing, 1000), 0);
    assert_int_equal(invoice_credit_vat(0, 0, nothing, 0), 0);
}

static void parts_give_back_all_the_vat_and_no_more(void **state)
{
    (void)state;
    for (int64_t part = 1; part <= 997; part += 83) {
        struct invoice_credited so_far = {0};
        while (so_far.total_minor < 9973) {
            int64_t amount = 9973 - so_far.total_minor < part ? 9973 - so_far.total_minor : part;
            int64_t vat = invoice_credit_vat(9973, 1376, so_far, amount);
            assert_in_range(vat, 0, amount);
            so_far.total_minor += amount;
            so_far.vat_minor += vat;
        }
        assert_int_equal(so_far.vat_minor, 1376);
    }
}

static void the_largest_amounts_do_not_overflow(void **state)
{
    (void)state;
    const struct invoice_credited before = {.total_minor = INT64_C(500000000000000), .vat_minor = INT64_C(68965517241379)};
    assert_int_equal(invoice_credit_vat(INT64_C(1000000000000000), INT64_C(137931034482759), before, INT64_C(500000000000000)),
                     INT64_C(68965517241380));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_name_country_and_kind),
        cmocka_unit_test(a_part_takes_its_share_of_the_vat),
        cmocka_unit_test(parts_give_back_all_the_vat_and_no_more),
        cmocka_unit_test(the_largest_amounts_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
