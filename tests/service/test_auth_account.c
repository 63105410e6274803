/* What an account keeps is seen and changed by its owner alone. */
#include "auth_shop.h"

#include <string.h>

RPC_STUB(get_profile, auth__v1__auth_service__get_profile, Auth__V1__GetProfileRequest, Auth__V1__Profile)
RPC_STUB(update_profile, auth__v1__auth_service__update_profile, Auth__V1__UpdateProfileRequest, Auth__V1__Profile)
RPC_STUB(list_addresses, auth__v1__auth_service__list_addresses, Auth__V1__ListAddressesRequest,
         Auth__V1__ListAddressesReply)
RPC_STUB(create_address, auth__v1__auth_service__create_address, Auth__V1__CreateAddressRequest, Auth__V1__SavedAddress)
RPC_STUB(update_address, auth__v1__auth_service__update_address, Auth__V1__UpdateAddressRequest, Auth__V1__SavedAddress)
RPC_STUB(delete_address, auth__v1__auth_service__delete_address, Auth__V1__DeleteAddressRequest,
         Auth__V1__DeleteAddressReply)

/* Profile */

static void test_the_profile_is_its_owners(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("profile@example.com");
    const Auth__V1__GetProfileRequest get = AUTH__V1__GET_PROFILE_REQUEST__INIT;
    Auth__V1__UpdateProfileRequest update = AUTH__V1__UPDATE_PROFILE_REQUEST__INIT;
    const Auth__V1__Profile *profile = NULL;
    as_holder_of(session);
    assert_int_equal(CALL(get_profile, &get, &profile), STATUS_OK);
    assert_string_equal(profile->email, "profile@example.com");
    update.name = (char *)"  Amina   Wanjiru ";
    assert_int_equal(CALL(update_profile, &update, &profile), STATUS_OK);
    assert_string_equal(profile->name, "Amina Wanjiru");
    assert_string_equal(profile->country_code, "KE");
    update.name = (char *)"";
    update.country_code = (char *)"tz";
    assert_int_equal(CALL(update_profile, &update, &profile), STATUS_OK);
    assert_string_equal(profile->name, "Amina Wanjiru");
    assert_string_equal(profile->country_code, "TZ");
    update.country_code = (char *)"K1";
    assert_int_equal(CALL(update_profile, &update, &profile), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("countryCode", "malformed"));
}

static void test_guests_have_no_account(void **state)
{
    (void)state;
    const Auth__V1__GetProfileRequest get = AUTH__V1__GET_PROFILE_REQUEST__INIT;
    const Auth__V1__ListAddressesRequest list = AUTH__V1__LIST_ADDRESSES_REQUEST__INIT;
    const Auth__V1__Profile *profile = NULL;
    const Auth__V1__ListAddressesReply *addresses = NULL;
    as_guest();
    assert_int_equal(CALL(get_profile, &get, &profile), STATUS_PERMISSION_DENIED);
    assert_int_equal(CALL(list_addresses, &list, &addresses), STATUS_PERMISSION_DENIED);
    as_nobody();
    assert_int_equal(CALL(get_profile, &get, &profile), STATUS_UNAUTHENTICATED);
    assert_int_equal(CALL(list_addresses, &list, &addresses), STATUS_UNAUTHENTICATED);
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_CUSTOMER;
    shop.caller.subject = (char *)GUEST;
    assert_int_equal(CALL(get_profile, &get, &profile), STATUS_UNAUTHENTICATED);
}

/* Addresses */

static const Auth__V1__SavedAddress *saved(const char *line1, bool is_default)
{
    Types__V1__Address address = TYPES__V1__ADDRESS__INIT;
    Auth__V1__CreateAddressRequest request = AUTH__V1__CREATE_ADDRESS_REQUEST__INIT;
    const Auth__V1__SavedAddress *reply = NULL;
    address.recipient = (char *)"Amina Otieno";
    address.phone = (char *)"0712345678";
    address.line1 = (char *)line1;
    address.landmark = (char *)"behind the Total station";
    address.city = (char *)"Nairobi";
    address.country_code = (char *)"KE";
    request.address = &address;
    request.is_default = is_default;
    return CALL(create_address, &request, &reply) == STATUS_OK ? reply : NULL;
}

static enum status change(const Auth__V1__SavedAddress *from, const char *city, bool is_default,
                          const Auth__V1__SavedAddress **ret_reply)
{
    Types__V1__Address address = *from->address;
    Auth__V1__UpdateAddressRequest request = AUTH__V1__UPDATE_ADDRESS_REQUEST__INIT;
    address.city = (char *)city;
    request.address_id = from->id;
    request.address = &address;
    request.is_default = is_default;
    return CALL(update_address, &request, ret_reply);
}

static enum status delete (const char *id) {
    Auth__V1__DeleteAddressRequest request = AUTH__V1__DELETE_ADDRESS_REQUEST__INIT;
    const Auth__V1__DeleteAddressReply *reply = NULL;
    request.address_id = (char *)id;
    return CALL(delete_address, &request, &reply);
}

static const Auth__V1__ListAddressesReply *listed(void)
{
    const Auth__V1__ListAddressesRequest request = AUTH__V1__LIST_ADDRESSES_REQUEST__INIT;
    const Auth__V1__ListAddressesReply *reply = NULL;
    assert_int_equal(CALL(list_addresses, &request, &reply), STATUS_OK);
    for (size_t i = 0; i < reply->n_addresses; i++)
        assert_int_equal(reply->addresses[i]->is_default, i == 0);
    return reply;
}

static void test_an_address_is_kept_as_it_was_cleaned(void **state)
{
    (void)state;
    as_holder_of(registered("address@example.com"));
    const Auth__V1__SavedAddress *address = saved("  Moi Avenue 12 ", false);
    assert_non_null(address);
    assert_true(address->is_default);
    assert_string_equal(address->address->line1, "Moi Avenue 12");
    assert_string_equal(address->address->phone, "+254712345678");
    assert_string_equal(address->address->landmark, "behind the Total station");
    assert_string_equal(address->address->postal_code, "");
    const Auth__V1__ListAddressesReply *list = listed();
    assert_int_equal(list->n_addresses, 1);
    assert_string_equal(list->addresses[0]->id, address->id);
    assert_string_equal(list->addresses[0]->address->city, "Nairobi");
}

static void test_one_is_the_default_always(void **state)
{
    (void)state;
    const Auth__V1__SavedAddress *reply = NULL;
    as_holder_of(registered("default@example.com"));
    const char *a = saved("House A", false)->id;
    const Auth__V1__SavedAddress *b = saved("House B", false);
    assert_false(b->is_default);
    assert_string_equal(listed()->addresses[0]->id, a);
    const Auth__V1__SavedAddress *c = saved("House C", true);
    assert_true(c->is_default);
    assert_string_equal(listed()->addresses[0]->id, c->id);
    assert_int_equal(change(b, "Mombasa", true, &reply), STATUS_OK);
    assert_true(reply->is_default);
    assert_string_equal(reply->address->city, "Mombasa");
    assert_string_equal(listed()->addresses[0]->id, b->id);
    assert_int_equal(change(b, "Mombasa", false, &reply), STATUS_OK);
    assert_string_equal(listed()->addresses[0]->id, c->id);
    assert_int_equal(delete (c->id), STATUS_OK);
    assert_string_equal(listed()->addresses[0]->id, b->id);
    assert_int_equal(delete (a), STATUS_OK);
    assert_int_equal(change(b, "Nakuru", false, &reply), STATUS_OK);
    assert_true(reply->is_default);
    assert_int_equal(delete (b->id), STATUS_OK);
    assert_int_equal(listed()->n_addresses, 0);
}

static void test_the_addresses_of_others_do_not_exist(void **state)
{
    (void)state;
    const Auth__V1__SavedAddress *reply = NULL;
    const Auth__V1__Session *owner = registered("owner@example.com");
    as_holder_of(owner);
    const Auth__V1__SavedAddress *address = saved("Mine", false);
    as_holder_of(registered("thief@example.com"));
    assert_int_equal(listed()->n_addresses, 0);
    assert_int_equal(change(address, "Elsewhere", true, &reply), STATUS_NOT_FOUND);
    assert_int_equal(delete (address->id), STATUS_NOT_FOUND);
    assert_int_equal(delete ("1 or 1=1"), STATUS_NOT_FOUND);
    as_holder_of(owner);
    assert_string_equal(listed()->addresses[0]->address->city, "Nairobi");
}

static void test_a_bad_address_is_told_by_field(void **state)
{
    (void)state;
    Auth__V1__CreateAddressRequest request = AUTH__V1__CREATE_ADDRESS_REQUEST__INIT;
    const Auth__V1__SavedAddress *reply = NULL;
    as_holder_of(registered("bad-address@example.com"));
    assert_null(saved(" ", false));
    assert_int_equal(shop.err.status, STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("address.line1", "required"));
    assert_int_equal(CALL(create_address, &request, &reply), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("address", "required"));
}

static void test_twenty_addresses_and_no_more(void **state)
{
    (void)state;
    as_holder_of(registered("many@example.com"));
    for (int i = 0; i < 20; i++)
        assert_non_null(saved(arena_printf(shop.arena, "House %d", i), false));
    assert_null(saved("House 20", false));
    assert_int_equal(shop.err.status, STATUS_FAILED_PRECONDITION);
    assert_string_equal(saved("House 7", false)->address->line1, "House 7");
    assert_int_equal(listed()->n_addresses, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_profile_is_its_owners),
        cmocka_unit_test(test_guests_have_no_account),
        cmocka_unit_test(test_an_address_is_kept_as_it_was_cleaned),
        cmocka_unit_test(test_one_is_the_default_always),
        cmocka_unit_test(test_the_addresses_of_others_do_not_exist),
        cmocka_unit_test(test_a_bad_address_is_told_by_field),
        cmocka_unit_test(test_twenty_addresses_and_no_more),
    };
    return cmocka_run_group_tests(tests, auth_shop_open, auth_shop_close);
}
