/* The import's readers: rows and their lines whatever the file's quirks, columns of both generations, HTML as text. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "import_columns.h"
#include "import_html.h"

static struct arena *arena;
static struct error err;
static char seen[4096];

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(65536, 1 << 20);
    error_clear(&err);
    seen[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Writes rows as "line:field|field;". */
static enum status note_row(void *arg, const struct import_row *row, struct error *error)
{
    (void)arg;
    (void)error;
    size_t size = strlen(seen);
    size += (size_t)snprintf(seen + size, sizeof(seen) - size, "%lld:", (long long)row->line);
    for (size_t i = 0; i < row->count; i++)
        size += (size_t)snprintf(seen + size, sizeof(seen) - size, "%s%s", i > 0 ? "|" : "", row->fields[i]);
    snprintf(seen + size, sizeof(seen) - size, ";");
    return STATUS_OK;
}

static enum status read_bytes(const char *text, size_t size, import_row_fn *take)
{
    FILE *file = fmemopen((void *)text, size, "r");
    enum status status = import_csv_read(file, take, NULL, &err);
    fclose(file);
    return status;
}

static void assert_reads(const char *text, const char *rows)
{
    seen[0] = '\0';
    assert_int_equal(read_bytes(text, strlen(text), note_row), STATUS_OK);
    assert_string_equal(seen, rows);
}

static void test_rows_and_their_lines(void **state)
{
    (void)state;
    assert_reads("a,b\n1,2\n", "1:a|b;2:1|2;");
    assert_reads("a,b\r\n1,2\r\n", "1:a|b;2:1|2;");
    assert_reads("a,b\n1,2", "1:a|b;2:1|2;");
    assert_reads("\xEF\xBB\xBF"
                 "a,b\n1,2\n",
                 "1:a|b;2:1|2;");
    assert_reads("a,b\n\n\r\n1,2\n", "1:a|b;4:1|2;");
}

static void test_quoted_fields(void **state)
{
    (void)state;
    assert_reads("a,\"x, \"\"y\"\"\"\nb,\"one\ntwo\n\nthree\"\nc,d\n", "1:a|x, \"y\";2:b|one\ntwo\n\nthree;6:c|d;");
    assert_reads("\"a\r\nb\",c\r\nd,e\r\n", "1:a\r\nb|c;3:d|e;");
}

static enum status note_last_line(void *arg, const struct import_row *row, struct error *error)
{
    (void)arg;
    (void)error;
    snprintf(seen, sizeof(seen), "%lld:%s", (long long)row->line, row->fields[0]);
    return STATUS_OK;
}

static void test_lines_across_chunks_keep_their_numbers(void **state)
{
    (void)state;
    char *text = malloc(400000);
    size_t size = 0;
    int line = 1;
    for (; size < 300000; line += 2)
        size += (size_t)sprintf(text + size, "abcdefg,h\r\n\r\n");
    size += (size_t)sprintf(text + size, "last,row\n");
    enum status status = read_bytes(text, size, note_last_line);
    free(text);
    char expected[64];
    snprintf(expected, sizeof(expected), "%d:last", line);
    assert_int_equal(status, STATUS_OK);
    assert_string_equal(seen, expected);
}

static void test_an_open_quote_is_told_with_its_line(void **state)
{
    (void)state;
    const char *text = "a,b\n1,\"2\n3,4\n";
    assert_int_equal(read_bytes(text, strlen(text), note_row), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "Line 2"));
}

static void test_a_field_without_end_stops_the_reading(void **state)
{
    (void)state;
    size_t size = 3u << 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    memcpy(text, "a,b\n\"", 5);
    enum status status = read_bytes(text, size, note_row);
    free(text);
    assert_int_equal(status, STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "Line 2"));
}

static void test_utf16_is_told(void **state)
{
    (void)state;
    assert_int_equal(read_bytes("\xFF\xFEH\0a\0", 6, note_row), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "UTF-16"));
}

/* ---- columns ---- */

static enum status read_header(const char *const *names, size_t count, struct import_header *header)
{
    size_t *lengths = ARENA_ARRAY(arena, size_t, count);
    for (size_t i = 0; i < count; i++)
        lengths[i] = strlen(names[i]);
    const struct import_row row = {1, names, lengths, count};
    struct markets *markets;
    assert_int_equal(markets_load("", &markets, &err), STATUS_OK);
    enum status status = import_header_read(&row, markets, arena, header, &err);
    markets_free(markets);
    return status;
}

static void test_both_generations_of_names(void **state)
{
    (void)state;
    static const char *const old[] = {"Handle", "Title", "Body (HTML)", "Variant SKU", "Variant Price", "Image Src"};
    static const char *const new[] = {"Title", "URL handle",        "Description", "SKU",
                                      "Price", "Product image URL", "Charge tax"};
    struct import_header header;
    assert_int_equal(read_header(old, 6, &header), STATUS_OK);
    assert_int_equal(header.index[IMPORT_HANDLE], 0);
    assert_int_equal(header.index[IMPORT_PRICE], 4);
    assert_int_equal(header.index[IMPORT_VENDOR], -1);
    assert_int_equal(read_header(new, 7, &header), STATUS_OK);
    assert_int_equal(header.index[IMPORT_HANDLE], 1);
    assert_int_equal(header.index[IMPORT_BODY], 2);
    assert_int_equal(header.index[IMPORT_SKU], 3);
    assert_int_equal(header.index[IMPORT_PICTURE], 5);
    assert_int_equal(header.ignored, 1);
}

static void test_prices_by_market(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Title",           "Variant Price",    "Price / Kenya", "Compare At Price / Kenya", "Price / C\xC3\xB4te d'Ivoire",
        "Price / Senegal", "Price / Atlantis", "Price / NG"};
    struct import_header header;
    assert_int_equal(read_header(names, 8, &header), STATUS_OK);
    assert_int_equal(header.market_count, 3);
    assert_int_equal(header.markets[0].price, 2);
    assert_int_equal(header.markets[0].compare_at, 3);
    assert_int_equal(header.markets[1].price, 4);
    assert_int_equal(header.markets[2].price, 7);
    assert_int_equal(header.ignored, 2);
}

static void test_another_csv_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"ID", "Type", "SKU", "Name", "Regular price"};
    struct import_header header;
    assert_int_equal(read_header(names, 5, &header), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "\"Title\""));
}

/* ---- HTML ---- */

static void test_html_becomes_text(void **state)
{
    (void)state;
    static const struct {
        const char *html;
        const char *text;
    } rows[] = {
        {"plain, as it is\nline two", "plain, as it is\nline two"},
        {"<p>One <b>bold</b> word.</p><p>Two.</p>", "One bold word.\n\nTwo."},
        {"<p>Has:</p><ul><li>pockets</li><li>a zip</li></ul><p>End</p>",
         "Has:\n\n\xE2\x80\xA2 pockets\n\xE2\x80\xA2 a zip\n\nEnd"},
        {"a<br>b<br/>c", "a\nb\nc"},
        {"Caf\xC3\xA9 &amp; cr&egrave;me &lt;3&nbsp;x", "Caf\xC3\xA9 & cr\xC3\xA8me <3 x"},
        {"<script>alert(1)</script><style>p{}</style><p>shown</p>", "shown"},
        {"<p>unclosed <i>here", "unclosed here"},
        {"<ul><li></li><li>only</li></ul>", "\xE2\x80\xA2 only"},
        {"  <div>\n  <div>deep</div>\n </div> ", "deep"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(import_html_text(rows[i].html, arena), rows[i].text);
}

static void test_deep_html_does_no_harm(void **state)
{
    (void)state;
    size_t depth = 20000;
    char *html = malloc(depth * 5 + 8);
    for (size_t i = 0; i < depth; i++)
        memcpy(html + i * 5, "<div>", 5);
    strcpy(html + depth * 5, "x");
    assert_non_null(import_html_text(html, arena));
    free(html);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(TEST(test_rows_and_their_lines), TEST(test_quoted_fields), TEST(test_lines_across_chunks_keep_their_numbers),
          TEST(test_an_open_quote_is_told_with_its_line), TEST(test_a_field_without_end_stops_the_reading),
          TEST(test_utf16_is_told), TEST(test_both_generations_of_names), TEST(test_prices_by_market),
          TEST(test_another_csv_is_told), TEST(test_html_becomes_text), TEST(test_deep_html_does_no_harm))
