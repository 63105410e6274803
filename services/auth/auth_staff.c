/* Makes and lists members of staff from the command line. */
#include "auth_staff.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "auth_service.h"
#include "clock.h"
#include "login.h"

#define PASSWORD_FILE_MAX 1024

struct staff_work {
    const struct auth_settings *settings;
    struct db *db;
    struct arena *arena;
    const char *login, *name, *role, *password_file;
    bool resets;
    char password[PASSWORD_FILE_MAX];
    char hash[PASSWORD_HASH_SIZE];
    struct login parsed;
    struct auth_account account;
};

static const char *const roles[] = {"owner", "manager", "catalogue", "orders", "support", "auditor"};

static void check_role(const char *role, struct error *err)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(roles[i], role) == 0)
            return;
    error_field(err, "--role", "unknown",
                "The role must be owner, manager, catalogue, orders, support or auditor, not \"%s\".", role);
}

/* The first line of the file, or a new password. */
static void choose_password(struct staff_work *work, struct error *err)
{
    if (!work->password_file) {
        password_generate(work->password);
        return;
    }
    FILE *file = fopen(work->password_file, "re");
    bool read = file && fgets(work->password, sizeof(work->password), file);
    if (file)
        fclose(file);
    work->password[strcspn(work->password, "\r\n")] = '\0';
    if (read)
        password_check(work->password, work->login, "--password-file", err);
    else
        error_field(err, "--password-file", "unreadable", "No password can be read from %s.", work->password_file);
}

static enum status check(struct staff_work *work, struct error *err)
{
    (void)login_parse(work->login, "", "--login", work->arena, &work->parsed, err);
    auth_profile_check(work->name, "", true, work->arena, &work->account, err);
    check_role(work->role, err);
    choose_password(work, err);
    return err->status;
}

static enum status insert(struct db *db, struct staff_work *work, struct error *err)
{
    enum db_outcome outcome = auth_store_insert_account(db, &work->account, err);
    return outcome == DB_CONFLICT ? error_set(err, STATUS_ALREADY_EXISTS, "There is such an account now.")
                                  : db_status(outcome);
}

static enum status save_in_transaction(struct db *db, void *arg, struct error *err)
{
    struct staff_work *work = arg;
    struct auth_account found;
    enum db_outcome outcome = auth_store_find_account_by_login(db, login_text(&work->parsed), work->arena, &found, err);
    if (outcome == DB_NONE)
        return insert(db, work, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    if (strcmp(found.kind, AUTH_KIND_STAFF) != 0)
        return error_set(err, STATUS_ALREADY_EXISTS, "A customer has that login; give the member of staff another one.");
    if (!work->resets)
        return error_set(err, STATUS_ALREADY_EXISTS,
                         "There is a member of staff with that login; --reset-password gives a new password.");
    work->account.id = found.id;
    auth_store_reset_staff(db, &work->account);
    auth_store_revoke_account_sessions(db, found.id, clock_now_us());
    return STATUS_OK;
}

static enum status add(struct staff_work *work, struct error *err)
{
    enum status status = check(work, err);
    if (status == STATUS_OK)
        status = password_hash(&work->settings->password_cost, work->password, work->hash, err);
    if (status)
        return status;
    work->account.id = uuid_new(work->arena);
    work->account.kind = AUTH_KIND_STAFF;
    work->account.roles = (struct db_texts){&work->role, 1};
    work->account.email = work->parsed.email;
    work->account.phone = work->parsed.phone;
    work->account.password_hash = work->hash;
    work->account.created_at_us = clock_now_us();
    status = db_transact(work->db, save_in_transaction, work, err);
    if (status)
        return status;
    printf("login: %s\n", login_text(&work->parsed));
    if (!work->password_file)
        printf("password: %s\n", work->password);
    return STATUS_OK;
}

static enum status list(struct staff_work *work, struct error *err)
{
    struct auth_account *accounts;
    size_t count;
    enum db_outcome outcome = auth_store_list_staff(work->db, work->arena, &accounts, &count, err);
    for (size_t i = 0; outcome == DB_OK && i < count; i++) {
        printf("%s\t%s\t", accounts[i].email ? accounts[i].email : accounts[i].phone, accounts[i].name);
        for (size_t j = 0; j < accounts[i].roles.count; j++)
            printf("%s%s", j > 0 ? "," : "", accounts[i].roles.values[j]);
        printf("\n");
    }
    return db_status(outcome);
}

static bool read_options(int argc, char **argv, struct staff_work *work)
{
    enum { LOGIN, NAME, ROLE, PASSWORD_FILE, RESET_PASSWORD, COUNT };
    static const struct option options[] = {{"login", required_argument, NULL, LOGIN},
                                            {"name", required_argument, NULL, NAME},
                                            {"role", required_argument, NULL, ROLE},
                                            {"password-file", required_argument, NULL, PASSWORD_FILE},
                                            {"reset-password", no_argument, NULL, RESET_PASSWORD},
                                            {NULL, 0, NULL, 0}};
    const char *values[COUNT] = {[ROLE] = "owner"};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0 && option < COUNT)
        values[option] = optarg ? optarg : "";
    work->login = values[LOGIN];
    work->name = values[NAME];
    work->role = values[ROLE];
    work->password_file = values[PASSWORD_FILE];
    work->resets = values[RESET_PASSWORD] != NULL;
    return option == -1 && optind == argc && work->login && work->name;
}

static int report(const struct error *err)
{
    fprintf(stderr, "portal-auth: %s\n", err->message);
    for (size_t i = 0; i < err->violation_count; i++)
        fprintf(stderr, "  %s: %s\n", err->violations[i].field, err->violations[i].message);
    return err->status == STATUS_INVALID_ARGUMENT ? 2 : 1;
}

int auth_staff_command(void *settings, int argc, char **argv)
{
    struct staff_work work = {.settings = settings};
    const char *verb = argc > 1 ? argv[1] : "";
    bool adds = strcmp(verb, "add") == 0 && read_options(argc - 1, argv + 1, &work);
    if (!adds && !(strcmp(verb, "list") == 0 && argc == 2)) {
        fprintf(stderr, "Usage: portal-auth %s\n", AUTH_STAFF_USAGE);
        return 2;
    }
    struct error err;
    error_clear(&err);
    work.db = service_db_new(&work.settings->base, "portal-auth staff");
    work.arena = arena_new(16384, 1 << 20);
    enum status status = adds ? add(&work, &err) : list(&work, &err);
    sodium_memzero(work.password, sizeof(work.password));
    arena_free(work.arena);
    db_free(work.db);
    return status ? report(&err) : 0;
}
