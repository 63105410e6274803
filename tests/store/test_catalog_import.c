/* Importing a file: what is good gets in, what is bad is told with its line, and the same file again changes nothing. */
#include "catalog_shop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"

#define HEADER                                                                                                              \
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"                      \
    "Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Alt "           \
    "Text,Status\n"

static struct markets *markets;

/* What an import told. */
struct told {
    enum status status;
    char *text;
    char *errors;
    struct import_report report;
};

static struct told told;

static int reset(void **state)
{
    free(told.text);
    free(told.errors);
    told = (struct told){0};
    if (!markets)
        assert_int_equal(markets_load("", &markets, &shop.err), STATUS_OK);
    return catalog_shop_reset(state);
}

static void import_with(const char *csv, struct import_options options)
{
    size_t text_size;
    size_t errors_size;
    free(told.text);
    free(told.errors);
    FILE *out = open_memstream(&told.text, &text_size);
    FILE *errors = open_memstream(&told.errors, &errors_size);
    FILE *file = fmemopen((void *)csv, strlen(csv), "r");
    error_clear(&shop.err);
    import_report_init(&told.report, out, errors, options.dry_run);
    told.status = import_run(file, shop.db, markets, &options, &told.report, &shop.err);
    import_report_end(&told.report);
    import_report_done(&told.report);
    fclose(file);
    fclose(out);
    fclose(errors);
}

static void import_csv(const char *csv)
{
    import_with(csv, (struct import_options){.currency_code = "KES"});
    assert_int_equal(told.status, STATUS_OK);
}

static void assert_told(int64_t rows, int64_t created, int64_t updated, int64_t unchanged, int64_t refused)
{
    assert_int_equal(told.report.rows, rows);
    assert_int_equal(told.report.created, created);
    assert_int_equal(told.report.updated, updated);
    assert_int_equal(told.report.unchanged, unchanged);
    assert_int_equal(told.report.refused, refused);
}

static const char good[] = HEADER "shirt,Shirt,\"<p>Soft.</p><ul><li>Cotton, \"\"really\"\"</li></ul>\",Adunni,Fashion > "
                                  "Shirts,,\"men, cotton\",true,Size,S,"
                                  "SH-S,200,5,1250.50,1500,https://example.com/s.jpg,Front,active\n"
                                  "shirt,,,,,,,,,M,SH-M,210,6,1300,,,,\n"
                                  "shirt,,,,,,,,,,,,,,,https://example.com/back.jpg,Back,\n"
                                  "kettle,Kettle,,,,Kitchen,,true,Title,Default Title,,0,1,99,,,,\n";

static void test_products_variants_and_pictures(void **state)
{
    (void)state;
    import_csv(good);
    assert_told(4, 2, 0, 0, 0);
    assert_string_equal(text_of("SELECT description FROM product WHERE handle = 'shirt'"),
                        "Soft.\n\n\xE2\x80\xA2 Cotton, \"really\"");
    assert_string_equal(text_of("SELECT path FROM category JOIN product ON category = number WHERE handle = 'shirt'"),
                        "fashion/shirts");
    assert_string_equal(text_of("SELECT array_to_string(tags, '|') FROM product WHERE handle = 'shirt'"), "men|cotton");
    assert_string_equal(
        text_of("SELECT string_agg(sku || ':' || option1 || ':' || weight_grams || ':' || on_hand || ':' || amount_minor "
                "|| ':' || coalesce(compare_at_minor, 0), ' ' ORDER BY position) FROM variant "
                "JOIN stock s ON s.variant_id = id JOIN variant_price vp ON vp.variant_id = id WHERE sku LIKE 'SH%'"),
        "SH-S:S:200:5:125050:150000 SH-M:M:210:6:130000:0");
    assert_string_equal(text_of("SELECT string_agg(url || ' ' || alt, '|' ORDER BY position) FROM picture"),
                        "https://example.com/s.jpg Front|https://example.com/back.jpg Back");
    assert_int_equal(number_of("SELECT cardinality(option_names) FROM product WHERE handle = 'kettle'"), 0);
    assert_string_equal(text_of("SELECT path FROM category JOIN product ON category = number WHERE handle = 'kettle'"),
                        "kitchen");
}

static void test_the_same_file_again_changes_nothing(void **state)
{
    (void)state;
    import_csv(good);
    import_csv(good);
    assert_told(4, 0, 0, 2, 0);
}

static void test_a_changed_file_updates_by_handle_and_sku(void **state)
{
    (void)state;
    import_csv(good);
    store_test_run(shop.conninfo,
                   "INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reserved_change, made_by) "
                   "SELECT variant_id, location_id, 'adjusted', 4 - on_hand, 2 - reserved, 'test' "
                   "FROM stock JOIN variant ON id = variant_id WHERE sku = 'SH-M'");
    import_csv(HEADER "shirt,Better Shirt,,,,,,true,Size,Medium,SH-M,0,50,10,,,,\n");
    assert_told(1, 0, 1, 0, 0);
    assert_string_equal(text_of("SELECT title FROM product WHERE handle = 'shirt'"), "Better Shirt");
    assert_string_equal(
        text_of("SELECT option1 || on_hand || reserved FROM variant JOIN stock ON variant_id = id WHERE sku = 'SH-M'"),
        "Medium42");
    assert_string_equal(text_of("SELECT active FROM variant WHERE sku = 'SH-S'"), "f");
    import_with(HEADER "shirt,Better Shirt,,,,,,true,Size,Medium,SH-M,0,50,10,,,,\n",
                (struct import_options){.currency_code = "KES", .set_stock = true});
    assert_int_equal(number_of("SELECT on_hand FROM variant JOIN stock ON variant_id = id WHERE sku = 'SH-M'"), 50);
}

/* Both generations of the column; an empty cell changes nothing, and a pre-order that staff made stays one. */
static void test_a_file_says_what_is_sold_when_there_is_none(void **state)
{
    (void)state;
    static const char policies[] = "SELECT string_agg(sku || ':' || coalesce(policy, '-'), ' ' ORDER BY sku) FROM variant v "
                                   "LEFT JOIN stock_policy p ON p.variant_id = v.id";
    import_csv("Handle,Title,Variant SKU,Variant Price,Variant Inventory Policy\n"
               "a,A,A,10,continue\nb,B,B,10,deny\nc,C,C,10,\nd,D,D,10,sometimes\n");
    assert_string_equal(text_of(policies), "A:backorder B:- C:-");
    store_test_run(shop.conninfo, "UPDATE stock_policy SET policy = 'preorder'");
    import_csv("URL handle,Title,SKU,Price,Continue selling when out of stock\n"
               "a,A,A,11,TRUE\nb,B,B,11,TRUE\nc,C,C,11,FALSE\n");
    assert_string_equal(text_of(policies), "A:preorder B:backorder C:-");
    import_csv("URL handle,Title,SKU,Price,Continue selling when out of stock\n"
               "a,A,A,12,FALSE\nb,B,B,12,\n");
    assert_string_equal(text_of(policies), "A:deny B:backorder C:-");
}

static void test_bad_rows_are_told_and_the_rest_is_kept(void **state)
{
    (void)state;
    import_csv(HEADER "ok,Fine,,,,,,true,Size,S,A,1,1,10,,,,\n"
                      "ok,,,,,,,,,M,B,1,1,ten,,,,\n"
                      "ok,,,,,,,,,L,C,heavy,1,12,,,,\n"
                      "ok,,,,,,,,,S,D,1,1,12,,,,\n"
                      "ok,,,,,,,,,XL,E,1,1,0,,,,\n"
                      "ok,,,,,,,,,XXL,F,1,1,12.345,,,,\n"
                      "late,,,,,,,,,S,G,1,1,10,,,,\n"
                      "late,,,,,,,,,M,H,1,1,10,,,,\n"
                      "odd,Odd,,,,,,maybe,,,I,1,1,10,,javascript:alert(1),,weird\n"
                      "pic,Pic,,,,,,true,,,J,1,1,10,,not a url,,\n"
                      "last,Last,,,,,,true,,,K,1,-3,10,,,,active\n");
    assert_told(11, 3, 0, 0, 9);
    static const char *const lines[] = {
        "line 3, Variant Price: \"ten\" is not an amount in KES, like 1250.50.",
        "line 4, Variant Grams: \"heavy\" is not a whole number.",
        "line 5, Option1 Value: Another variant of this product has the same option values.",
        "line 6, Variant Price: A price must be above 0.",
        "line 7, Variant Price: \"12.345\"",
        "line 8, Title: A product needs a title in its first row",
        "line 9: The first row of this product was refused.",
        "line 10, Status: \"weird\" is none of active, draft, archived.",
        "line 11, Image Src: This is not an http(s) address",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(told.text, lines[i]))
            fail_msg("not told: %s\n%s", lines[i], told.text);
    assert_string_equal(text_of("SELECT string_agg(sku, '' ORDER BY sku) FROM variant"), "AJK");
    assert_int_equal(number_of("SELECT on_hand FROM stock JOIN variant ON id = variant_id WHERE sku = 'K'"), 0);
    assert_string_equal(text_of("SELECT string_agg(handle, ' ' ORDER BY handle) FROM product"), "last ok pic");
}

static void test_refused_rows_are_written_with_their_reasons(void **state)
{
    (void)state;
    import_csv("Title,Variant Price,Variant SKU\nLamp,ten,\"a \"\"b\"\", c\"\nShade,5,\n");
    const char *expected = "Line,Column,Reason,\"Title\",\"Variant Price\",\"Variant SKU\"\r\n"
                           "2,\"Variant Price\",\"\"\"ten\"\" is not an amount in KES, like 1250.50.\","
                           "\"Lamp\",\"ten\",\"a \"\"b\"\", c\"\r\n";
    assert_string_equal(told.errors, expected);
}

static void test_a_sku_of_another_product_is_told_with_its_line(void **state)
{
    (void)state;
    import_csv(HEADER "a,A,,,,,,true,,,SAME,1,1,10,,,,\nb,B,,,,,,true,Size,S,SAME,1,1,10,,,,\nb,,,,,,,,,M,OWN,1,1,10,,,,\n");
    assert_told(3, 2, 0, 0, 1);
    assert_non_null(strstr(told.text, "line 3, Variant SKU: The SKU SAME belongs to another product."));
    assert_non_null(strstr(told.errors, "\"SAME\""));
}

static void test_a_bad_row_does_not_retire_the_variant_it_was_meant_for(void **state)
{
    (void)state;
    import_csv(good);
    import_csv(HEADER "shirt,Shirt,,,,,,true,Size,S,SH-S,200,5,oops,,,,\nshirt,,,,,,,,,M,SH-M,210,6,1300,,,,\n");
    assert_told(2, 0, 1, 0, 1);
    assert_int_equal(number_of("SELECT count(*) FROM variant WHERE active AND sku LIKE 'SH%'"), 2);
}

static void test_the_newer_names_of_columns(void **state)
{
    (void)state;
    import_csv("Title,URL handle,Description,Product category,Type,Tags,Published on online store,Status,SKU,Option1 "
               "name,Option1 value,"
               "Price,Compare-at price,Inventory quantity,Weight value (grams),Product image URL,Image alt text\n"
               "Shirt,shirt,Soft,Fashion,,,TRUE,Draft,S1,Size,S,10,20,3,100.0,https://example.com/a.jpg,Front\n"
               ",shirt,,,,,,,S2,,M,11,,4,,,\n"
               "No Handle,,,,,,TRUE,,,,,5,,,,,\n");
    assert_told(3, 2, 0, 0, 0);
    assert_string_equal(text_of("SELECT status FROM product WHERE handle = 'shirt'"), "draft");
    assert_string_equal(
        text_of("SELECT string_agg(sku || on_hand || ':' || weight_grams, ' ' ORDER BY position) FROM variant "
                "JOIN stock ON variant_id = id WHERE sku IS NOT NULL"),
        "S13:100 S24:0");
    assert_int_equal(number_of("SELECT count(*) FROM product WHERE handle = 'no-handle'"), 1);
}

static void test_prices_by_market(void **state)
{
    (void)state;
    import_csv(
        "Handle,Title,Variant Price,Price / Nigeria,Compare At Price / Nigeria,Price / C\xC3\xB4te d'Ivoire,Price / Kenya\n"
        "a,A,10,2000.50,3000,600,11\nb,B,10,,,,\n");
    assert_told(2, 2, 0, 0, 0);
    assert_string_equal(
        text_of("SELECT string_agg(handle || currency || amount_minor || '/' || coalesce(compare_at_minor, 0), ' ' "
                "ORDER BY handle, currency) FROM product JOIN variant ON product_id = product.id "
                "JOIN variant_price ON variant_id = variant.id"),
        "aKES1100/0 aNGN200050/300000 aXOF600/0 bKES1000/0");
    import_csv("Handle,Title,Variant Price,Price / C\xC3\xB4te d'Ivoire\nc,C,10,600.5\n");
    assert_non_null(
        strstr(told.text, "line 2, Price / C\xC3\xB4te d'Ivoire: \"600.5\" is not an amount in XOF, like 1250."));
}

static void test_marks_and_line_ends_of_other_programs(void **state)
{
    (void)state;
    import_csv("\xEF\xBB\xBFHandle,Title,Variant Price\r\na,A,10\r\n\r\nb,\"B\r\nB\",11\r\n");
    assert_told(2, 2, 0, 0, 0);
    assert_string_equal(text_of("SELECT title FROM product WHERE handle = 'b'"), "B B");
}

static void test_text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    import_csv("Handle,Title,Variant Price\na,Caf\xE9,10\nb,B,11\n");
    assert_told(2, 1, 0, 0, 1);
    assert_non_null(strstr(told.text, "line 2: Column 2 is not text in UTF-8"));
}

static void test_a_dry_run_tells_all_and_changes_nothing(void **state)
{
    (void)state;
    import_with(good, (struct import_options){.currency_code = "KES", .dry_run = true});
    assert_told(4, 2, 0, 0, 0);
    assert_int_equal(number_of("SELECT count(*) FROM product"), 0);
    assert_non_null(strstr(told.text, "nothing was changed"));
}

static void test_what_is_no_product_file_stops_the_import(void **state)
{
    (void)state;
    import_with("Name,Cost\nA,1\n", (struct import_options){.currency_code = "KES"});
    assert_int_equal(told.status, STATUS_INVALID_ARGUMENT);
    import_with("", (struct import_options){.currency_code = "KES"});
    assert_int_equal(told.status, STATUS_INVALID_ARGUMENT);
    import_with(good, (struct import_options){.currency_code = "ABC"});
    assert_int_equal(told.status, STATUS_INVALID_ARGUMENT);
    assert_int_equal(number_of("SELECT count(*) FROM product"), 0);
}

static void test_more_than_a_batch(void **state)
{
    (void)state;
    char *csv = NULL;
    size_t size;
    FILE *out = open_memstream(&csv, &size);
    fputs("Handle,Title,Type,Variant Price,Variant SKU\n", out);
    for (int i = 0; i < 4500; i++)
        fprintf(out, "p-%d,Product %d,Type %d,%d,S%d\n", i, i, i % 7, 10 + i, i % 4400);
    fclose(out);
    import_csv(csv);
    assert_told(4500, 4400, 0, 0, 100);
    assert_int_equal(number_of("SELECT count(*) FROM listing"), 2 * 4400);
    assert_int_equal(number_of("SELECT product_count FROM category WHERE path = ''"), 4400);
    import_csv(csv);
    assert_told(4500, 0, 0, 4400, 100);
    free(csv);
}

/* ---- pictures that lie beside the file ---- */

/* A folder with a drawing, a text that calls itself a picture, and a folder for renditions; gone at the end of the test. */
static char folder[] = "/tmp/portal-import-XXXXXX";

static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(arena_printf(shop.arena, "%s/%s", folder, name), "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

/* Where the build puts portal-pictures, seen from this program. */
static const char *pictures_program(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    assert_true(length > 0 && length < (ssize_t)sizeof(path));
    const char *slash = memrchr(path, '/', (size_t)length);
    const char *program = arena_printf(shop.arena, "%.*s/../../services/catalog/portal-pictures", (int)(slash - path), path);
    if (access(program, X_OK) != 0)
        fail_msg("portal-pictures is not built");
    return program;
}

static void test_pictures_beside_the_file_become_renditions(void **state)
{
    (void)state;
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_file(
        "lamp.svg",
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 200'><rect width='400' height='200' fill='red'/></svg>");
    write_file("lamp.txt", "no picture");
    const struct import_options options = {.currency_code = "KES",
                                           .base_dir = folder,
                                           .media_dir = arena_printf(shop.arena, "%s/media", folder),
                                           .pictures_program = pictures_program()};
    import_with(HEADER "lamp,Lamp,,,,,,true,,,A,1,1,10,,lamp.svg,,\nlamp,,,,,,,,,,,,,,,lamp.txt,,\n"
                       "lamp,,,,,,,,,,,,,,,../../etc/hostname,,\nlamp,,,,,,,,,,,,,,,absent.png,,\n",
                options);
    assert_told(4, 1, 0, 0, 3);
    assert_non_null(strstr(told.text, "line 3, Image Src: This is not a JPEG"));
    assert_non_null(strstr(told.text, "line 4, Image Src: "));
    assert_non_null(strstr(told.text, "line 5, Image Src: There is no such file"));
    assert_string_equal(text_of("SELECT string_agg(width || 'x' || height, ' ') FROM picture"), "1024x512");
    const char *media = arena_strdup(shop.arena, text_of("SELECT media FROM picture"));
    static const char *const endings[] = {"-320.webp", "-640.webp", "-1024.webp", "-social.jpg"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        assert_int_equal(unlink(arena_printf(shop.arena, "%s/media/%s%s", folder, media, endings[i])), 0);
    assert_int_equal(rmdir(arena_printf(shop.arena, "%s/media", folder)), 0);
    unlink(arena_printf(shop.arena, "%s/lamp.svg", folder));
    unlink(arena_printf(shop.arena, "%s/lamp.txt", folder));
    assert_int_equal(rmdir(folder), 0);
}

#define IMPORT_TEST(test) cmocka_unit_test_setup(test, reset)

RUN_CATALOG_TESTS(IMPORT_TEST(test_products_variants_and_pictures), IMPORT_TEST(test_the_same_file_again_changes_nothing),
                  IMPORT_TEST(test_a_changed_file_updates_by_handle_and_sku),
                  IMPORT_TEST(test_a_file_says_what_is_sold_when_there_is_none),
                  IMPORT_TEST(test_bad_rows_are_told_and_the_rest_is_kept),
                  IMPORT_TEST(test_refused_rows_are_written_with_their_reasons),
                  IMPORT_TEST(test_a_sku_of_another_product_is_told_with_its_line),
                  IMPORT_TEST(test_a_bad_row_does_not_retire_the_variant_it_was_meant_for),
                  IMPORT_TEST(test_the_newer_names_of_columns), IMPORT_TEST(test_prices_by_market),
                  IMPORT_TEST(test_marks_and_line_ends_of_other_programs),
                  IMPORT_TEST(test_text_that_is_not_utf8_is_refused),
                  IMPORT_TEST(test_a_dry_run_tells_all_and_changes_nothing),
                  IMPORT_TEST(test_what_is_no_product_file_stops_the_import), IMPORT_TEST(test_more_than_a_batch),
                  IMPORT_TEST(test_pictures_beside_the_file_become_renditions))
