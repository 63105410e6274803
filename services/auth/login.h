/*
 * What people sign in with: an e-mail address or a phone number, told apart by the @.
 */
#ifndef PORTAL_LOGIN_H
#define PORTAL_LOGIN_H

#include "arena.h"

struct login {
    const char *email; /* lower case; NULL when it is a phone number */
    const char *phone; /* E.164; NULL when it is an e-mail address */
};

/* `country_code`: how a national phone number is read; may be "". Adds a violation for `field` when it is neither. */
enum status login_parse(const char *text, const char *country_code, const char *field, struct arena *arena,
                        struct login *ret_login, struct error *err);

/* The one of the two that there is. */
const char *login_text(const struct login *login);

#endif
