/* What shoppers would lose: pages that show what the shop answered, in their language and money, safely and in few bytes. */
#include "page_stage.h"

#include <zlib.h>

#define NOBODY RPC__V1__CALLER__KIND__KIND_NOBODY
#define GUEST RPC__V1__CALLER__KIND__KIND_GUEST
#define CUSTOMER RPC__V1__CALLER__KIND__KIND_CUSTOMER

#define FIRST_ROUND_TRIP (14 * 1024) /* bytes that a server may send before the first acknowledgement (RFC 6928) */

static void show_row(const struct page_row *row, const Types__V1__Market *market)
{
    stage_open(NULL);
    stage_as(CUSTOMER);
    stage.x.market = market;
    stage_enter(ROUTE_GET, row->route.pattern, "/x", "path=fashion&handle=x&order_id=1&address_id=1&return_id=1&variant_id=1",
                "q=a&sort=NAME&page=b");
    stage.x.route->handle(&stage.x);
    assert_int_equal(stage.status, 200);
}

static void test_every_page_is_complete_in_every_market(void **state)
{
    (void)state;
    size_t count, market_count;
    const struct page_row *rows = page_rows(&count);
    const Types__V1__Market *const *markets = markets_all(stage.markets, &market_count);
    for (size_t m = 0; m < market_count; m++) {
        for (size_t i = 0; i < count; i++) {
            if (!rows[i].template)
                continue;
            show_row(&rows[i], markets[m]);
            stage_hides("{{");
            stage_hides("<title> ");
            stage_shows("</html>");
            stage_shows("lang=\"");
            stage_hides(" style="); /* the policy of the edge would not let these work */
            stage_hides(" onclick=");
            stage_hides("javascript:");
        }
    }
    assert_true(market_count > 0);
}

static void check_fields(const struct page_call *call)
{
    if (!call->service)
        return;
    const ProtobufCMethodDescriptor *method = protobuf_c_service_descriptor_get_method_by_name(call->service, call->rpc);
    assert_non_null(method);
    ProtobufCMessage *request = pbjson_new(method->input, stage.x.arena);
    for (const struct page_field *field = call->fields; field && field->field; field++) {
        struct error err;
        error_clear(&err);
        const char *value = field->source == PAGE_CONSTANT ? field->name : "1";
        enum status status = pbjson_set_text(request, field->field, value, stage.x.arena, &err);
        if (status == STATUS_NOT_FOUND)
            fail_msg("%s has no field %s", call->rpc, field->field);
        if (field->source == PAGE_CONSTANT)
            assert_int_equal(status, STATUS_OK);
    }
}

static void test_rows_name_fields_that_exist(void **state)
{
    (void)state;
    size_t count;
    const struct page_row *rows = page_rows(&count);
    for (size_t i = 0; i < count; i++) {
        check_fields(&rows[i].call);
        for (size_t f = 0; f < PAGE_FEEDS_MAX; f++)
            check_fields(&rows[i].feeds[f].call);
        if (rows[i].route.method == ROUTE_POST)
            assert_non_null(page_row_find(rows[i].again ? rows[i].again : rows[i].route.pattern));
    }
}

/* The tags of a text, in order: "{{a}}{{b}}". */
static const char *tags_of(const char *text)
{
    const char *tags = "";
    for (const char *open = strstr(text, "{{"); open; open = strstr(open + 2, "{{")) {
        const char *close = strstr(open, "}}");
        assert_non_null(close);
        tags = arena_printf(stage.x.arena, "%s%.*s", tags, (int)(close + 2 - open), open);
    }
    return tags;
}

static void check_same_texts(const json_t *a, const json_t *b, const char *path)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)a, key, value) {
        const json_t *other = json_object_get(b, key);
        if (!other || json_typeof(value) != json_typeof(other))
            fail_msg("%s.%s is not in both languages", path, key);
        if (json_is_object(value))
            check_same_texts(value, other, arena_printf(stage.x.arena, "%s.%s", path, key));
        else
            assert_string_equal(tags_of(json_string_value(value)), tags_of(json_string_value(other)));
    }
}

static void test_languages_say_the_same(void **state)
{
    (void)state;
    const struct page_site *site = page_site();
    for (size_t i = 1; i < site->language_count; i++) {
        check_same_texts(site->languages[0].texts, site->languages[i].texts, "t");
        check_same_texts(site->languages[i].texts, site->languages[0].texts, "t");
    }
    assert_int_equal(site->language_count, 2);
}

static void show_product(Rpc__V1__Caller__Kind kind)
{
    stage_as(kind);
    stage_get("product", "/p/{handle}", "/p/ankara-wrap-dress", "handle=ankara-wrap-dress", "");
}

static void test_product_texts_cannot_become_markup(void **state)
{
    (void)state;
    show_product(NOBODY);
    assert_int_equal(stage.status, 200);
    stage_shows("<h1>Mama&#39;s &lt;b&gt;Wrap&lt;/b&gt; &amp; &quot;Co&quot; &lt;/script&gt;</h1>");
    stage_hides("<b>Wrap</b>");
}

static void test_search_engines_get_a_valid_product(void **state)
{
    (void)state;
    static const char OPEN[] = "<script type=\"application/ld+json\">";
    show_product(NOBODY);
    const char *begin = strstr(stage.html, OPEN);
    assert_non_null(begin);
    begin += sizeof OPEN - 1;
    const char *end = strstr(begin, "</script>");
    json_t *product = json_loadb(begin, (size_t)(end - begin), 0, NULL);
    assert_non_null(product);
    assert_string_equal(json_string_value(json_object_get(product, "@type")), "Product");
    assert_string_equal(json_string_value(json_object_get(product, "name")), "Mama's <b>Wrap</b> & \"Co\" </script>");
    const json_t *offer = json_array_get(json_object_get(product, "offers"), 0);
    assert_string_equal(json_string_value(json_object_get(offer, "price")), "3200.00");
    assert_string_equal(json_string_value(json_object_get(offer, "priceCurrency")), "KES");
    assert_string_equal(json_string_value(json_array_get(json_object_get(product, "image"), 0)),
                        "https://shop.example/media/ankara-wrap-dress.svg");
    json_decref(product);
}

static void test_a_link_shared_by_chat_has_a_preview(void **state)
{
    (void)state;
    show_product(NOBODY);
    stage_shows("<meta property=\"og:image\" content=\"https://shop.example/media/ankara-wrap-dress.svg\">");
    stage_shows("<meta property=\"og:url\" content=\"https://shop.example/p/ankara-wrap-dress\">");
    stage_shows("https://wa.me/?text=Mama%27s%20%3Cb%3E");
}

static void test_a_product_page_fits_the_first_round_trip(void **state)
{
    (void)state;
    static unsigned char packed[1 << 16];
    uLongf size = sizeof packed;
    show_product(NOBODY);
    assert_int_equal(compress2(packed, &size, (const unsigned char *)stage.html, strlen(stage.html), 6), Z_OK);
    print_message("product page: %zu bytes, %lu compressed\n", strlen(stage.html), size);
    assert_true(size < FIRST_ROUND_TRIP);
}

/* What anybody may keep must not hold what is one visitor's. */
static void test_a_page_for_everybody_holds_nothing_personal(void **state)
{
    (void)state;
    stage.x.cookies = stage_params("cart_count=7");
    show_product(NOBODY);
    stage_hides("class=\"badge\"");
    stage_open(NULL);
    stage.x.cookies = stage_params("cart_count=7");
    show_product(GUEST);
    stage_shows("<b class=\"badge\">7<");
    stage_open(NULL);
    stage.x.cookies = stage_params("cart_count=7%22%3E%3Cb");
    show_product(GUEST);
    stage_shows("<b class=\"badge\">7<");
}

/* A product that is not reduced must not inherit the mark of the one whose page it is on. */
static void test_related_products_have_their_own_prices(void **state)
{
    (void)state;
    show_product(NOBODY);
    stage_shows("Kitenge Maxi Skirt");
    stage_hides("class=\"tag\"");
}

static void test_french_markets_are_spoken_to_in_french(void **state)
{
    (void)state;
    stage.x.market = markets_find(stage.markets, "CI");
    show_product(NOBODY);
    stage_shows("<html lang=\"fr-CI\">");
    stage_shows("Ajouter au panier");
    stage_hides("Add to cart");
    stage_shows("Afrique du Sud, ZAR");
    assert_string_equal(stage_asked("GetProduct", "countryCode"), "CI");
}

static void test_what_is_not_there_is_a_404_page(void **state)
{
    (void)state;
    stage_fails("GetProduct", STATUS_NOT_FOUND, NULL, NULL, "There is no such product.");
    show_product(NOBODY);
    assert_int_equal(stage.status, 404);
    stage_shows("We cannot find this");
}

static void test_a_page_does_without_what_is_optional(void **state)
{
    (void)state;
    stage_as(CUSTOMER);
    stage_fails("ListAddresses", STATUS_UNAVAILABLE, NULL, NULL, "Not now.");
    stage_get("checkout", "/checkout", "/checkout", "", "");
    assert_int_equal(stage.status, 200);
    stage_shows("name=\"deliveryAddress.line1\"");
}

static void test_only_those_who_can_have_it_are_asked_for_it(void **state)
{
    (void)state;
    stage_as(NOBODY);
    stage_get("cart", "/cart", "/cart", "", "");
    assert_false(stage_called("GetCart"));
    stage_shows("Your cart is empty.");
    stage_open(NULL);
    stage_as(GUEST);
    stage_get("checkout", "/checkout", "/checkout", "", "");
    assert_true(stage_called("GetCart"));
    assert_false(stage_called("GetProfile"));
}

static void test_checkout_is_filled_in_for_customers(void **state)
{
    (void)state;
    stage_as(CUSTOMER);
    stage_get("checkout", "/checkout", "/checkout", "", "");
    stage_shows("name=\"contact.phone\" type=\"tel\" value=\"+254712345678\"");
    stage_shows("name=\"deliveryAddress.line1\" type=\"text\" value=\"House 14, Umoja Estate\"");
    stage_shows("name=\"expectedTotal.amountMinor\" value=\"2674000\"");
}

static void test_a_warning_stands_at_its_item(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get("cart", "/cart", "/cart", "", "");
    const char *first = strstr(stage.html, "Ankara Wrap Dress");
    const char *second = strstr(stage.html, "Home Solar Kit");
    const char *warning = strstr(stage.html, "The price changed. It was");
    assert_true(first && second && warning && first < second && second < warning);
    assert_null(strstr(warning + 1, "The price changed."));
}

static void test_an_order_tells_its_story(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get("order", "/orders/{order_id}", "/orders/1", "order_id=1", "");
    assert_string_equal(stage_asked("GetOrder", "orderId"), "1");
    stage_shows("KE-7F3K-9Q2M");
    stage_shows("<b>Received</b>");
    stage_shows("On its way");
    stage_shows("Nov 2026, 11:12"); /* 08:12 UTC is 11:12 in Nairobi */
    stage_shows("Behind the Total station");
    stage_shows("/cancel\" data-once");
}

static void test_an_order_tells_what_came_after(void **state)
{
    (void)state;
    stage_as(GUEST);
    stage_get("order_after", "/orders/{order_id}", "/orders/1", "order_id=1", "");
    stage_shows("G4-77123");
    stage_shows("href=\"https://track.example/G4-77123\" rel=\"noopener noreferrer\"");
    stage_shows("Return 1");
    stage_shows("The seam is &lt;open&gt;.");
    stage_shows("/withdraw\" data-once");
    stage_shows("until 2 Dec 2026");
    stage_shows("<option value=\"DOES_NOT_FIT\">Does not fit");
    stage_shows("A scratch");
    stage_shows("1 taken off");
}

static void test_search_keeps_its_words_in_links(void **state)
{
    (void)state;
    stage_as(NOBODY);
    stage_get("search", "/search", "/search", "", "q=a%26b+%22c&sort=PRICE_LOW");
    assert_string_equal(stage_asked("ListProducts", "q"), "a&b \"c");
    assert_string_equal(stage_asked("ListProducts", "sort"), "PRICE_LOW");
    stage_shows("value=\"a&amp;b &quot;c\"");
    stage_shows("sort=PRICE_LOW&amp;q=a%26b%20%22c\"");
    stage_shows("value=\"PRICE_LOW\" selected");
}

static void test_a_sort_that_is_none_is_refused(void **state)
{
    (void)state;
    stage_get("search", "/search", "/search", "", "sort=CHEAPEST");
    assert_int_equal(stage.status, 400);
    assert_false(stage_called("ListProducts"));
}

#define TEST(name) cmocka_unit_test_setup(name, stage_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_page_is_complete_in_every_market),
        TEST(test_rows_name_fields_that_exist),
        TEST(test_languages_say_the_same),
        TEST(test_product_texts_cannot_become_markup),
        TEST(test_search_engines_get_a_valid_product),
        TEST(test_a_link_shared_by_chat_has_a_preview),
        TEST(test_a_product_page_fits_the_first_round_trip),
        TEST(test_a_page_for_everybody_holds_nothing_personal),
        TEST(test_related_products_have_their_own_prices),
        TEST(test_french_markets_are_spoken_to_in_french),
        TEST(test_what_is_not_there_is_a_404_page),
        TEST(test_a_page_does_without_what_is_optional),
        TEST(test_only_those_who_can_have_it_are_asked_for_it),
        TEST(test_checkout_is_filled_in_for_customers),
        TEST(test_a_warning_stands_at_its_item),
        TEST(test_an_order_tells_its_story), TEST(test_an_order_tells_what_came_after),
        TEST(test_search_keeps_its_words_in_links),
        TEST(test_a_sort_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
