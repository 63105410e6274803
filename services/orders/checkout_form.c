/* What a shopper fills in to order. */
#include "checkout_form.h"

#include "address.h"
#include "phone.h"
#include "text.h"

#define NAME_MAX_CHARS 100
#define NOTE_MAX_CHARS 500
#define COUNTRY_FIELD "deliveryAddress.countryCode"

static const char *check_paying_phone(const char *phone, const char *country_code, struct arena *arena, struct error *err)
{
    char e164[PHONE_E164_SIZE];
    struct error why;
    error_clear(&why);
    if (phone_parse(phone, country_code, e164, &why) == STATUS_OK)
        return arena_strdup(arena, e164);
    (void)error_field(err, "paymentPhone", "malformed", "%s", why.message);
    return "";
}

static const char *check_phone(const char *phone, const char *country_code, struct arena *arena, struct error *err)
{
    char e164[PHONE_E164_SIZE];
    struct error why;
    error_clear(&why);
    if (phone[0] == '\0')
        (void)error_field(err, "contact.phone", "required", "A phone number is needed: the courier calls before coming.");
    else if (phone_parse(phone, country_code, e164, &why) != STATUS_OK)
        (void)error_field(err, "contact.phone", "malformed", "%s", why.message);
    else
        return arena_strdup(arena, e164);
    return "";
}

static const char *check_email(const char *email, struct arena *arena, struct error *err)
{
    if (email[0] == '\0')
        return "";
    const char *clean = text_email(email, arena);
    if (!clean)
        (void)error_field(err, "contact.email", "malformed",
                          "This does not look like an e-mail address. Leave it empty if you have none.");
    return clean ? clean : "";
}

static void check_contact(const Orders__V1__Contact *contact, const char *country_code, struct arena *arena,
                          struct checkout_form *form, struct error *err)
{
    if (!contact) {
        (void)error_field(err, "contact", "required", "Say who orders: a name and a phone number.");
        return;
    }
    form->name = text_check(contact->name, "contact.name", 1, NAME_MAX_CHARS, false, arena, err);
    form->phone = check_phone(contact->phone, country_code, arena, err);
    form->email = check_email(contact->email, arena, err);
}

static void check_payment(Types__V1__PaymentMethod method, const Types__V1__Market *market, struct error *err)
{
    if (method == TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED) {
        (void)error_field(err, "paymentMethod", "required", "Choose how to pay.");
        return;
    }
    for (size_t i = 0; market && i < market->n_payment_methods; i++)
        if (market->payment_methods[i] == method)
            return;
    if (market)
        (void)error_field(err, "paymentMethod", "unknown", "This way of paying is not offered in %s.", market->name);
}

enum status checkout_form_check(const Orders__V1__PlaceOrderRequest *request, const struct markets *markets,
                                struct arena *arena, struct checkout_form *ret_form, struct error *err)
{
    struct checkout_form form = {.name = "", .phone = "", .email = "", .payment_method = request->payment_method};
    Types__V1__Address *address = NULL;
    const char *country_code = request->delivery_address ? request->delivery_address->country_code : "";
    if (address_check(request->delivery_address, "deliveryAddress", arena, &address, err) == STATUS_OK) {
        country_code = address->country_code;
        form.market = markets_check(markets, country_code, COUNTRY_FIELD, err);
    }
    check_contact(request->contact, country_code, arena, &form, err);
    check_payment(request->payment_method, form.market, err);
    form.paying_phone = request->payment_phone[0] == '\0'
                            ? form.phone
                            : check_paying_phone(request->payment_phone, country_code, arena, err);
    form.note = text_check(request->note, "note", 0, NOTE_MAX_CHARS, true, arena, err);
    form.address = address;
    if (err->violation_count > 0)
        return STATUS_INVALID_ARGUMENT;
    *ret_form = form;
    return STATUS_OK;
}
