/* The commands import and count: their options, files and connections. */
#include "import.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog_store.h"

#define EXIT_STOPPED 1
#define EXIT_USAGE 2
#define EXIT_SOME_REFUSED 3
#define CONNECT_TIMEOUT_S 10

struct arguments {
    struct import_options options;
    const char *file;
    const char *errors;
};

static bool parse(int argc, char **argv, struct arguments *ret_arguments)
{
    static const struct option options[] = {
        {"currency", required_argument, NULL, 'c'}, {"media-dir", required_argument, NULL, 'm'},
        {"errors", required_argument, NULL, 'e'},   {"dry-run", no_argument, NULL, 'd'},
        {"set-stock", no_argument, NULL, 's'},      {NULL, 0, NULL, 0},
    };
    *ret_arguments = (struct arguments){0};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'c')
            ret_arguments->options.currency_code = optarg;
        else if (option == 'm')
            ret_arguments->options.media_dir = optarg;
        else if (option == 'e')
            ret_arguments->errors = optarg;
        else if (option == 'd')
            ret_arguments->options.dry_run = true;
        else if (option == 's')
            ret_arguments->options.set_stock = true;
        else
            return false;
    }
    ret_arguments->file = optind < argc ? argv[optind] : NULL;
    return ret_arguments->file && optind + 1 == argc && ret_arguments->options.currency_code;
}

/* portal-pictures lies beside this program. */
static void find_pictures_program(char path[PATH_MAX])
{
    static const char name[] = "/portal-pictures";
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    memcpy(slash ? slash : path, slash ? name : name + 1, slash ? sizeof(name) : sizeof(name) - 1);
}

/* No limit on the time of a statement: a batch takes as long as it takes. */
static struct db *open_database(const struct catalog_settings *settings, const char *name)
{
    const struct db_options options = {settings->base.database_url, name, 0, CONNECT_TIMEOUT_S};
    return db_new(&options);
}

static int run(const struct catalog_settings *settings, struct arguments *arguments, FILE *file, FILE *errors)
{
    char folder[PATH_MAX];
    char program[PATH_MAX];
    struct markets *markets = NULL;
    struct import_report report;
    struct error err;
    error_clear(&err);
    snprintf(folder, sizeof(folder), "%s", arguments->file);
    find_pictures_program(program);
    arguments->options.base_dir = dirname(folder);
    arguments->options.pictures_program = program;
    struct db *db = open_database(settings, "portal-catalog-tool import");
    import_report_init(&report, stderr, errors, arguments->options.dry_run);
    enum status status = markets_load(settings->markets_file, &markets, &err);
    if (status == STATUS_OK)
        status = import_run(file, db, markets, &arguments->options, &report, &err);
    import_report_end(&report);
    if (status)
        fprintf(stderr, "portal-catalog-tool: the import stopped. %s\n", err.message);
    import_report_done(&report);
    markets_free(markets);
    db_free(db);
    return status ? EXIT_STOPPED : report.refused > 0 ? EXIT_SOME_REFUSED : 0;
}

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file)
        fprintf(stderr, "portal-catalog-tool: cannot open %s: %s\n", path, strerror(errno));
    return file;
}

int import_command(void *settings, int argc, char **argv)
{
    struct arguments arguments;
    if (!parse(argc, argv, &arguments)) {
        fprintf(stderr, "usage: portal-catalog-tool %s\n", IMPORT_USAGE);
        return EXIT_USAGE;
    }
    bool is_stdin = strcmp(arguments.file, "-") == 0;
    FILE *file = is_stdin ? stdin : open_file(arguments.file, "re");
    FILE *errors = file && arguments.errors ? open_file(arguments.errors, "we") : NULL;
    int code = EXIT_USAGE;
    if (file && (errors || !arguments.errors))
        code = run(settings, &arguments, file, errors);
    if (errors && fclose(errors) != 0) {
        fprintf(stderr, "portal-catalog-tool: cannot write %s: %s\n", arguments.errors, strerror(errno));
        code = EXIT_STOPPED;
    }
    if (file && !is_stdin)
        fclose(file);
    return code;
}

int count_command(void *settings, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct error err;
    int64_t products = 0;
    error_clear(&err);
    struct arena *arena = arena_new(4096, SIZE_MAX);
    struct db *db = open_database(settings, "portal-catalog-tool count");
    enum status status = catalog_store_count_products(db, &products, arena, &err);
    if (status)
        fprintf(stderr, "portal-catalog-tool: %s\n", err.message);
    else
        printf("%lld\n", (long long)products);
    db_free(db);
    arena_free(arena);
    return status ? EXIT_STOPPED : 0;
}
