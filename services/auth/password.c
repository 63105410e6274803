/* Passwords: the rule for new ones and the hash of all. */
#include "password.h"

#include <string.h>
#include <sodium.h>

#include "text.h"

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "a hash in libsodium's text form");

void password_check(const char *password, const char *login, const char *field, struct error *err)
{
    size_t size = strlen(password);
    if (size == 0)
        error_field(err, field, "required", "Choose a password.");
    else if (!text_is_utf8(password, size))
        error_field(err, field, "malformed", "The password must be text in UTF-8.");
    else if (text_length(password) < PASSWORD_CHARS_MIN)
        error_field(err, field, "too_short", "The password needs at least %d characters.", PASSWORD_CHARS_MIN);
    else if (text_length(password) > PASSWORD_CHARS_MAX)
        error_field(err, field, "too_long", "The password may have at most %d characters.", PASSWORD_CHARS_MAX);
    else if (strcasecmp(password, login) == 0)
        error_field(err, field, "too_weak", "The password must be another than the e-mail address or phone number.");
}

enum status password_hash(const struct password_cost *cost, const char *password, char out[PASSWORD_HASH_SIZE],
                          struct error *err)
{
    if (crypto_pwhash_str(out, password, strlen(password), (unsigned long long)cost->passes,
                          (size_t)cost->memory_kib * 1024) != 0)
        return error_set(err, STATUS_UNAVAILABLE, "Passwords cannot be checked right now; try again in a moment.");
    return STATUS_OK;
}

bool password_matches(const char *hash, const char *password)
{
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool password_is_outdated(const char *hash, const struct password_cost *cost)
{
    return crypto_pwhash_str_needs_rehash(hash, (unsigned long long)cost->passes, (size_t)cost->memory_kib * 1024) != 0;
}

void password_generate(char out[PASSWORD_GENERATED_SIZE])
{
    static const char alphabet[] = "23456789abcdefghjkmnpqrstuvwxyz";
    for (size_t i = 0; i < PASSWORD_GENERATED_SIZE - 1; i++)
        out[i] = i % 6 == 5 ? '-' : alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
    out[PASSWORD_GENERATED_SIZE - 1] = '\0';
}
