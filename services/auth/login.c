/* Reads what people typed to sign in. */
#include "login.h"

#include <string.h>

#include "phone.h"
#include "text.h"

#define LOGIN_CHARS_MAX 254 /* of an e-mail address: RFC 5321, section 4.5.3.1.3 less the angle brackets */

static enum status parse_email(const char *text, const char *field, struct arena *arena, struct login *login,
                               struct error *err)
{
    login->email = text_email(text, arena);
    if (!login->email)
        return error_field(err, field, "malformed", "This is not an e-mail address; write it like amina@example.com.");
    return STATUS_OK;
}

static enum status parse_phone(const char *text, const char *country_code, const char *field, struct arena *arena,
                               struct login *login, struct error *err)
{
    char phone[PHONE_E164_SIZE];
    struct error reason;
    error_clear(&reason);
    if (!strpbrk(text, "0123456789"))
        return error_field(err, field, "malformed", "This is neither an e-mail address nor a phone number.");
    if (phone_parse(text, country_code, phone, &reason))
        return error_field(err, field, "malformed", "%s", reason.message);
    login->phone = arena_strdup(arena, phone);
    return STATUS_OK;
}

enum status login_parse(const char *text, const char *country_code, const char *field, struct arena *arena,
                        struct login *ret_login, struct error *err)
{
    struct login login = {NULL, NULL};
    size_t before = err->violation_count;
    text = text_check(text, field, 1, LOGIN_CHARS_MAX, false, arena, err);
    if (err->violation_count > before)
        return err->status;
    enum status status = strchr(text, '@') ? parse_email(text, field, arena, &login, err)
                                           : parse_phone(text, country_code, field, arena, &login, err);
    if (status == STATUS_OK)
        *ret_login = login;
    return status;
}

const char *login_text(const struct login *login)
{
    return login->email ? login->email : login->phone;
}
