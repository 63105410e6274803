/* What shoppers would lose: forms that do what they say once, come back with what was entered, and lead nowhere else. */
#include "page_stage.h"
#include "web_files.h"

#define NOBODY RPC__V1__CALLER__KIND__KIND_NOBODY
#define GUEST RPC__V1__CALLER__KIND__KIND_GUEST
#define CUSTOMER RPC__V1__CALLER__KIND__KIND_CUSTOMER

#define KEY "0192f0c4-1234-7000-8000-0123456789ab"
#define ORDER_FORM                                                                                                          \
    "idempotencyKey=" KEY "&contact.name=Amina&contact.phone=0712345678&deliveryAddress.line1=House+14"                     \
    "&deliveryAddress.city=Nairobi&deliveryAddress.landmark=Behind+the+%22Total%22&deliveryAddress.countryCode=KE"          \
    "&paymentMethod=CASH_ON_DELIVERY&expectedTotal.amountMinor=2674000&expectedTotal.currencyCode=KES&note="

static void post_order(const char *form)
{
    stage_as(GUEST);
    stage_post("checkout-post", "/checkout", "/checkout", "", form);
}

static void test_adding_to_the_cart_leads_to_the_cart(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_post("add", "/p/{handle}", "/p/x", "handle=x", "variantId=" KEY "&quantity=2");
    assert_string_equal(stage_asked("AddItem", "variantId"), KEY);
    assert_string_equal(stage_asked("AddItem", "quantity"), "2");
    assert_string_equal(stage_asked("AddItem", "countryCode"), "KE");
    assert_int_equal(stage.status, 303);
    assert_string_equal(stage.location, "/cart");
    assert_string_equal(stage_cookie("cart_count"), "5");
}

static void test_what_cannot_be_added_is_said_on_the_product(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_fails("AddItem", STATUS_FAILED_PRECONDITION, "quantity", "not_enough_stock", "Only 2 of this are left.");
    stage_post("add-refused", "/p/{handle}", "/p/x", "handle=x", "variantId=" KEY "&quantity=9");
    assert_int_equal(stage.status, 409);
    assert_null(stage_cookie("cart_count"));
    stage_shows("Only 2 of this are left.");
    stage_shows("value=\"9\"");
    stage_shows("Add to cart");
}

/* The value is no number at all: it is refused before any service is asked. */
static void test_a_quantity_that_is_no_number_is_refused(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_post("add-words", "/p/{handle}", "/p/x", "handle=x", "variantId=" KEY "&quantity=%3Cscript%3E");
    assert_int_equal(stage.status, 400);
    assert_false(stage_called("AddItem"));
    stage_shows("value=\"&lt;script&gt;\"");
}

static void test_a_refused_cart_form_shows_the_cart(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_fails("SetItemQuantity", STATUS_INVALID_ARGUMENT, "quantity", "out_of_range", "Take 1 to 99 of a kind.");
    stage_post("quantity", "/cart/items/{item_id}", "/cart/items/1", "item_id=1", "quantity=0");
    assert_string_equal(stage_asked("SetItemQuantity", "itemId"), "1");
    stage_shows("Your cart");
    stage_shows("Take 1 to 99 of a kind.");
    stage_shows("name=\"next\" value=\"/cart\"");
}

static void test_an_order_is_placed_with_its_key(void **state)
{
    (void)state;
    post_order(ORDER_FORM);
    assert_int_equal(strlen(stage.x.idempotency_key), 32);
    assert_string_equal(stage_asked("PlaceOrder", "contact.phone"), "0712345678");
    assert_string_equal(stage_asked("PlaceOrder", "deliveryAddress.recipient"), "Amina");
    assert_string_equal(stage_asked("PlaceOrder", "deliveryAddress.phone"), "0712345678");
    assert_string_equal(stage_asked("PlaceOrder", "deliveryAddress.landmark"), "Behind the \"Total\"");
    assert_string_equal(stage_asked("PlaceOrder", "paymentMethod"), "CASH_ON_DELIVERY");
    assert_string_equal(stage_asked("PlaceOrder", "expectedTotal.amountMinor"), "2674000");
    assert_int_equal(stage.status, 303);
    assert_int_equal(strncmp(stage.location, "/orders/", 8), 0);
    assert_string_equal(stage.location + strlen(stage.location) - 7, "/placed");
    assert_string_equal(stage_cookie("cart_count"), "0");
}

/* The telephone number fills two fields of the order, which are refused alike. */
static void test_a_mistake_is_told_once(void **state)
{
    (void)state;
    stage_fails("PlaceOrder", STATUS_INVALID_ARGUMENT, "contact.phone", "malformed", "Write it like 0712 345 678.");
    error_field(&stage.failure, "deliveryAddress.phone", "malformed", "Write it like 0712 345 678.");
    post_order(ORDER_FORM);
    const char *first = strstr(stage.html, "Phone number: Write it");
    assert_non_null(first);
    assert_null(strstr(first + 1, "Phone number: Write it"));
}

static void test_a_key_that_is_no_uuid_is_not_passed_on(void **state)
{
    (void)state;
    post_order("idempotencyKey=abc");
    assert_string_equal(stage.x.idempotency_key, "");
}

static void test_a_refused_order_keeps_what_was_entered(void **state)
{
    (void)state;
    stage_fails("PlaceOrder", STATUS_INVALID_ARGUMENT, "contact.phone", "malformed", "Write it like 0712 345 678.");
    post_order(ORDER_FORM);
    assert_int_equal(stage.status, 400);
    stage_shows("name=\"contact.name\" type=\"text\" value=\"Amina\"");
    stage_shows("value=\"Behind the &quot;Total&quot;\"");
    stage_shows("id=\"phone-e\">Write it like 0712 345 678.");
    stage_shows("Phone number: Write it like 0712 345 678.");
    stage_hides(KEY); /* it will be another request */
    stage_shows("name=\"idempotencyKey\" value=\"0");
}

static const char *key_of_adding(const char *turn, const char *form)
{
    stage_open(NULL);
    stage_as(GUEST);
    stage.x.cookies = params_parse_cookies(turn, stage.x.arena);
    stage_post("add", "/p/{handle}", "/p/x", "handle=x", form);
    static char keys[8][64];
    static size_t at;
    at = (at + 1) % 8;
    snprintf(keys[at], sizeof keys[at], "%s", stage.x.idempotency_key);
    return keys[at];
}

/* The page is a copy that many have: what is the same request is told by form and turn. */
static void test_adding_once_more_is_no_copy_once_the_cart_was_seen(void **state)
{
    (void)state;
    static const char two_shirts[] = "idempotencyKey=" KEY "&variantId=" KEY "&quantity=2";
    static const char three_shirts[] = "idempotencyKey=" KEY "&variantId=" KEY "&quantity=3";
    const char *first = key_of_adding("turn=a", two_shirts);
    assert_string_equal(key_of_adding("turn=a", two_shirts), first);
    assert_string_not_equal(key_of_adding("turn=b", two_shirts), first);
    assert_string_not_equal(key_of_adding("turn=a", three_shirts), first);
    assert_string_equal(key_of_adding("turn=a", "variantId=" KEY "&quantity=2"), "");
}

static void test_seeing_the_cart_is_a_new_turn(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get("cart", "/cart", "/cart", "", "");
    assert_true(uuid_is_valid(stage_cookie("turn")));
}

/* Two forms of one page are two requests, and a form sent twice is one. */
static void test_forms_of_one_page_have_keys_of_their_own(void **state)
{
    (void)state;
    char first[64];
    stage_as(CUSTOMER);
    stage_post("remove", "/cart/items/{item_id}/remove", "/cart/items/1/remove", "item_id=1", "idempotencyKey=" KEY);
    snprintf(first, sizeof first, "%s", stage.x.idempotency_key);
    stage_open(NULL);
    stage_as(CUSTOMER);
    stage_post("remove", "/cart/items/{item_id}/remove", "/cart/items/1/remove", "item_id=1", "idempotencyKey=" KEY);
    assert_string_equal(stage.x.idempotency_key, first);
    stage_open(NULL);
    stage_as(CUSTOMER);
    stage_post("remove", "/cart/items/{item_id}/remove", "/cart/items/2/remove", "item_id=2", "idempotencyKey=" KEY);
    assert_string_not_equal(stage.x.idempotency_key, first);
}

/* Nobody knows what became of it: the same form sent again must be the same order. */
static void test_an_undecided_order_keeps_its_key(void **state)
{
    (void)state;
    stage_fails("PlaceOrder", STATUS_DEADLINE_EXCEEDED, NULL, NULL, "No answer in time.");
    post_order(ORDER_FORM);
    assert_int_equal(stage.status, 504);
    stage_shows("name=\"idempotencyKey\" value=\"" KEY "\"");
}

static void test_a_refusal_is_said_in_french(void **state)
{
    (void)state;
    stage.x.market = markets_find(stage.markets, "SN");
    stage_fails("PlaceOrder", STATUS_INVALID_ARGUMENT, "deliveryAddress.line1", "required", "Must not be empty.");
    post_order(ORDER_FORM);
    stage_shows("Maison, rue ou quartier: À remplir.");
    stage_hides("Must not be empty.");
}

static void sign_in(const char *next)
{
    stage_open(NULL);
    stage_as(GUEST);
    const char *form =
        arena_printf(stage.x.arena, "login=a@example.com&password=secret-words&next=%s", params_escape(next, stage.x.arena));
    stage_post("login-post", "/login", "/login", "", form);
}

static void test_signing_in_leads_where_one_wanted_to_go(void **state)
{
    (void)state;
    sign_in("/checkout?address=1");
    assert_true(stage.session_began);
    assert_string_equal(stage.location, "/checkout?address=1");
    assert_string_equal(stage_cookie("cart_count"), "5"); /* the guest's cart came along */
}

static void test_signing_in_never_leads_elsewhere(void **state)
{
    (void)state;
    static const char *const TRAPS[] = {
        "//evil.example",   "https://evil.example",  "/\\evil.example",     "evil",        "",
        "\t//evil.example", "/a\r\nSet-Cookie: a=b", "javascript:alert(1)", "/caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof TRAPS / sizeof TRAPS[0]; i++) {
        sign_in(TRAPS[i]);
        assert_string_equal(stage.location, "/account");
        stage_open(NULL);
        stage_get("login-trap", "/login", "/login", "",
                  arena_printf(stage.x.arena, "next=%s", params_escape(TRAPS[i], stage.x.arena)));
        stage_shows("name=\"next\" value=\"\"");
    }
}

static void test_a_wrong_password_is_said_and_not_shown(void **state)
{
    (void)state;
    stage_fails("Login", STATUS_UNAUTHENTICATED, NULL, NULL, "This login or password is not right.");
    stage_post("login-wrong", "/login", "/login", "", "login=a@example.com&password=secret-words");
    assert_int_equal(stage.status, 401);
    assert_false(stage.session_began);
    stage_shows("value=\"a@example.com\"");
    stage_shows("E-mail, phone number or password is not right.");
    stage_hides("secret-words");
}

static void test_signing_out_ends_the_session(void **state)
{
    (void)state;
    stage_as(CUSTOMER);
    stage_post("logout", "/logout", "/logout", "", "");
    assert_string_equal(stage_asked("Logout", "refreshToken"), "refresh-token");
    assert_true(stage.session_ended);
    assert_string_equal(stage.location, "/");
}

/* A session that has run out cannot be ended, and the person is out all the same. */
static void test_signing_out_twice_is_signing_out(void **state)
{
    (void)state;
    stage_fails("Logout", STATUS_UNAUTHENTICATED, NULL, NULL, "This sign-in has ended.");
    stage_post("logout", "/logout", "/logout", "", "");
    assert_true(stage.session_ended);
    assert_int_equal(stage.status, 303);
    assert_string_equal(stage.location, "/");
}

static void test_choosing_a_market_keeps_the_place(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_post("market", "/market", "/market", "", "countryCode=GH&next=/p/x");
    assert_string_equal(stage_cookie("market"), "GH");
    assert_string_equal(stage_asked("SetCountry", "countryCode"), "GH");
    assert_string_equal(stage.location, "/p/x");
}

static void test_a_visitor_without_a_cart_chooses_a_market_too(void **state)
{
    (void)state;
    stage_as(NOBODY);
    stage_post("market", "/market", "/market", "", "countryCode=GH");
    assert_false(stage_called("SetCountry"));
    assert_string_equal(stage.location, "/");
}

static void test_a_market_that_is_none_is_refused(void **state)
{
    (void)state;
    stage_post("market-none", "/market", "/market", "", "countryCode=XX;Path=/evil");
    assert_null(stage_cookie("market"));
    assert_int_equal(stage.status, 400);
}

static void test_cancelling_comes_back_to_the_order(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_fails("CancelOrder", STATUS_FAILED_PRECONDITION, NULL, NULL, "This order is on its way already.");
    stage_post("cancel", "/orders/{order_id}/cancel", "/orders/7/cancel", "order_id=7", "reason=Late");
    assert_string_equal(stage_asked("CancelOrder", "reason"), "Late");
    assert_int_equal(stage.status, 409);
    stage_shows("This order is on its way already.");
    stage_shows("name=\"next\" value=\"/orders/7\"");
}

/* Names of fields come from whoever sends them. */
static void test_odd_field_names_do_no_harm(void **state)
{
    (void)state;
    char deep[4096] = "";
    for (int i = 0; i < 1000; i++)
        strcat(deep, "a.");
    stage_as(GUEST);
    stage_post(
        "odd", "/checkout", "/checkout", "",
        arena_printf(stage.x.arena, "%s=1&contact=x&contact.name=y&.=1&..=2&a..b=3&=4&contact.name.b=5&%%5B0%%5D=6", deep));
    assert_true(stage.status == 303 || stage.html);
    json_t *view = json_object();
    page_view_set(view, "items[0].quantity", json_string("3"));
    page_view_set(view, "a.b.c.d.e.f", json_string("too deep"));
    page_view_set(view, "items.quantity.more", json_string("through a text"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(view, "items"), "quantity")), "3");
    json_decref(view);
}

/* Choosing a market sets a value: the one form that may well be sent twice. */
static void check_forms(const struct embedded_file *file)
{
    for (const char *form = strstr(file->data, "<form"); form; form = strstr(form + 1, "<form")) {
        const char *end = strchr(form, '>');
        const char *post = strstr(form, "method=\"post\"");
        const char *market = strstr(form, "action=\"/market\"");
        if (!post || post > end || (market && market < end))
            continue;
        const char *after = end + 1 + strspn(end + 1, " \n");
        if (strncmp(after, "{{>part/key}}", strlen("{{>part/key}}")) != 0)
            fail_msg("%s: put {{>part/key}} behind %.*s", file->name, (int)(end + 1 - form), form);
    }
}

static void test_every_form_carries_a_key(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < web_files_count; i++) {
        if (!strstr(web_files[i].name, ".mustache"))
            continue;
        check_forms(&web_files[i]);
        checked++;
    }
    assert_true(checked > 20);
}

#define TEST(name) cmocka_unit_test_setup(name, stage_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_adding_to_the_cart_leads_to_the_cart),
        TEST(test_what_cannot_be_added_is_said_on_the_product),
        TEST(test_a_quantity_that_is_no_number_is_refused),
        TEST(test_a_refused_cart_form_shows_the_cart),
        TEST(test_an_order_is_placed_with_its_key), TEST(test_a_mistake_is_told_once),
        TEST(test_a_key_that_is_no_uuid_is_not_passed_on),
        TEST(test_a_refused_order_keeps_what_was_entered),
        TEST(test_an_undecided_order_keeps_its_key),
        TEST(test_adding_once_more_is_no_copy_once_the_cart_was_seen),
        TEST(test_seeing_the_cart_is_a_new_turn),
        TEST(test_forms_of_one_page_have_keys_of_their_own),
        TEST(test_every_form_carries_a_key),
        TEST(test_a_refusal_is_said_in_french),
        TEST(test_signing_in_leads_where_one_wanted_to_go),
        TEST(test_signing_in_never_leads_elsewhere),
        TEST(test_a_wrong_password_is_said_and_not_shown),
        TEST(test_signing_out_ends_the_session), TEST(test_signing_out_twice_is_signing_out),
        TEST(test_choosing_a_market_keeps_the_place),
        TEST(test_a_visitor_without_a_cart_chooses_a_market_too),
        TEST(test_a_market_that_is_none_is_refused),
        TEST(test_cancelling_comes_back_to_the_order),
        TEST(test_odd_field_names_do_no_harm),
    };
    return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
