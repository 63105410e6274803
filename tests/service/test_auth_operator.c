/* What the operator of a shop does: keys that replicas share, and staff from the command line. */
#include "auth_shop.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth_migrations.h"
#include "auth_staff.h"
#include "store_test.h"

RPC_STUB(list_keys, auth__v1__auth_service__list_signing_keys, Auth__V1__ListSigningKeysRequest,
         Auth__V1__ListSigningKeysReply)

/* Keys */

static void test_keys_are_published_as_a_key_set_has_them(void **state)
{
    (void)state;
    const Auth__V1__ListSigningKeysRequest request = AUTH__V1__LIST_SIGNING_KEYS_REQUEST__INIT;
    const Auth__V1__ListSigningKeysReply *reply = NULL;
    struct token_key key;
    as_nobody();
    assert_int_equal(CALL(list_keys, &request, &reply), STATUS_OK);
    assert_int_equal(reply->n_keys, 1);
    assert_string_equal(reply->keys[0]->kty, "OKP");
    assert_string_equal(reply->keys[0]->crv, "Ed25519");
    assert_string_equal(reply->keys[0]->alg, "EdDSA");
    assert_string_equal(reply->keys[0]->use, "sig");
    assert_int_equal(token_key_parse(reply->keys[0]->kid, reply->keys[0]->x, &key, &shop.err), STATUS_OK);
    assert_memory_equal(key.public_key, shop.service->signer.key.public_key, sizeof(key.public_key));
    assert_string_equal(key.kid, shop.service->signer.key.kid);
}

/* On a schema that has no key yet. */
static void *start_replica(void *arg)
{
    struct auth_service *replica = arg;
    void *state = NULL;
    ProtobufCService *vtable = NULL;
    struct error err;
    error_clear(&err);
    if (auth_service_open((void *)replica->settings, &state, &vtable, &err) == STATUS_OK)
        replica->signer = ((struct auth_service *)state)->signer;
    auth_service_close(state);
    return NULL;
}

static void test_replicas_that_start_together_agree(void **state)
{
    (void)state;
    enum { REPLICAS = 4 };
    struct auth_settings settings = shop.settings;
    struct auth_service replicas[REPLICAS] = {0};
    pthread_t threads[REPLICAS];
    settings.base.database_url = store_test_database(auth_migrations, auth_migrations_count);
    for (size_t i = 0; i < REPLICAS; i++) {
        replicas[i].settings = &settings;
        assert_int_equal(pthread_create(&threads[i], NULL, start_replica, &replicas[i]), 0);
    }
    for (size_t i = 0; i < REPLICAS; i++)
        pthread_join(threads[i], NULL);
    assert_string_not_equal(replicas[0].signer.key.kid, "");
    for (size_t i = 1; i < REPLICAS; i++)
        assert_memory_equal(&replicas[i].signer, &replicas[0].signer, sizeof(replicas[0].signer));
    assert_string_equal(store_test_value(settings.base.database_url, "SELECT count(*) FROM signing_key"), "1");
}

static void test_replicas_sign_with_one_key(void **state)
{
    (void)state;
    struct auth_service *replica = NULL;
    assert_int_equal(auth_shop_replica(&replica), STATUS_OK);
    assert_string_equal(replica->signer.key.kid, shop.service->signer.key.kid);
    auth_service_close(replica);
}

static void test_another_master_key_does_not_start(void **state)
{
    (void)state;
    struct auth_service *replica = NULL;
    const char *right = shop.settings.master_key;
    shop.settings.master_key = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    assert_int_equal(auth_shop_replica(&replica), STATUS_FAILED_PRECONDITION);
    auth_service_close(replica);
    assert_non_null(strstr(shop.err.message, "AUTH_MASTER_KEY"));
    shop.settings.master_key = right;
}

/* Staff */

/* Runs the command and keeps what it prints. */
static int staff(char *const *words, char *out, size_t size)
{
    int argc = 0;
    while (words[argc])
        argc++;
    FILE *file = tmpfile();
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_true(file && kept >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    optind = 0;
    int code = auth_staff_command(&shop.settings, argc, (char **)words);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
    return code;
}

static const char *line_of(const char *out, const char *key)
{
    const char *line = strstr(out, key);
    assert_non_null(line);
    line += strlen(key);
    return arena_strndup(shop.arena, line, strcspn(line, "\n"));
}

static void test_staff_are_made_from_the_command_line(void **state)
{
    (void)state;
    char out[4096];
    const Auth__V1__Session *session = NULL;
    char *add[] = {"staff", "add", "--login", "Boss@shop.local", "--name", "Boss", "--role", "manager", NULL};
    char *reset[] = {"staff", "add",    "--login", "boss@shop.local",  "--name",
                     "Boss",  "--role", "owner",   "--reset-password", NULL};
    char *list[] = {"staff", "list", NULL};
    assert_int_equal(staff(list, out, sizeof(out)), 0);
    assert_string_equal(out, "");
    assert_int_equal(staff(add, out, sizeof(out)), 0);
    assert_string_equal(line_of(out, "login: "), "boss@shop.local");
    const char *password = line_of(out, "password: ");
    assert_int_equal(try_login("boss@shop.local", password, &session), STATUS_OK);
    assert_true(session->profile->is_staff);
    struct token_claims claims = read_token(session->access_token);
    assert_int_equal(claims.kind, RPC__V1__CALLER__KIND__KIND_STAFF);
    assert_int_equal(claims.role_count, 1);
    assert_string_equal(claims.roles[0], "manager");

    assert_int_equal(staff(add, out, sizeof(out)), 1);
    assert_string_equal(out, "");
    assert_int_equal(staff(reset, out, sizeof(out)), 0);
    assert_string_not_equal(line_of(out, "password: "), password);
    assert_signed_out(session->refresh_token);
    assert_int_equal(try_login("boss@shop.local", password, &session), STATUS_UNAUTHENTICATED);
    assert_int_equal(try_login("boss@shop.local", line_of(out, "password: "), &session), STATUS_OK);
    assert_string_equal(read_token(session->access_token).roles[0], "owner");
    assert_int_equal(staff(list, out, sizeof(out)), 0);
    assert_string_equal(out, "boss@shop.local\tBoss\towner\n");
}

static void test_a_customer_never_becomes_staff_by_its_login(void **state)
{
    (void)state;
    char out[256];
    const Auth__V1__Session *session = NULL;
    registered("mallory@example.com");
    char *add[] = {"staff", "add", "--login", "mallory@example.com", "--name", "M", "--reset-password", NULL};
    assert_int_equal(staff(add, out, sizeof(out)), 1);
    assert_int_equal(try_login("mallory@example.com", PASSWORD, &session), STATUS_OK);
    assert_false(session->profile->is_staff);
}

static void test_mistyped_staff_commands_change_nothing(void **state)
{
    (void)state;
    char out[256];
    char *const commands[][10] = {
        {"staff", NULL},
        {"staff", "remove", NULL},
        {"staff", "list", "all", NULL},
        {"staff", "add", "--login", "x@shop.local", NULL},
        {"staff", "add", "--login", "x@shop.local", "--name", "X", "extra", NULL},
        {"staff", "add", "--login", "x@shop.local", "--name", "X", "--role", "king", NULL},
        {"staff", "add", "--login", "x", "--name", "X", NULL},
        {"staff", "add", "--login", "x@shop.local", "--name", "X", "--password-file", "/nonexistent", NULL},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        assert_int_equal(staff(commands[i], out, sizeof(out)), 2);
        assert_string_equal(out, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_published_as_a_key_set_has_them),
        cmocka_unit_test(test_replicas_that_start_together_agree),
        cmocka_unit_test(test_replicas_sign_with_one_key),
        cmocka_unit_test(test_another_master_key_does_not_start),
        cmocka_unit_test(test_staff_are_made_from_the_command_line),
        cmocka_unit_test(test_a_customer_never_becomes_staff_by_its_login),
        cmocka_unit_test(test_mistyped_staff_commands_change_nothing),
    };
    return cmocka_run_group_tests(tests, auth_shop_open, auth_shop_close);
}
