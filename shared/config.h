/*
 * Settings of a program: environment variables only, declared in one table.
 *
 * A key whose value is malformed, out of range, or missing without a default stops the program with a sentence that names it;
 * so does a variable that starts with the program's prefix and is not in the table (a misspelt setting never passes unseen).
 * A secret may also come from a file: for key K of kind CONFIG_SECRET, the variable K_FILE names it (its last newline is cut).
 */
#ifndef PORTAL_CONFIG_H
#define PORTAL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum config_kind {
    CONFIG_STRING,      /* const char * */
    CONFIG_SECRET,      /* const char *, never printed */
    CONFIG_INT,         /* int64_t within min..max */
    CONFIG_BOOL,        /* bool: true, false, 1, 0, yes, no */
};

struct config_key {
    const char *key;            /* "CATALOG_WORKERS": prefix and name */
    enum config_kind kind;
    size_t offset;              /* of the member in the settings struct */
    const char *fallback;       /* the default, as one would write it; NULL: the key must be set */
    int64_t min, max;           /* CONFIG_INT only */
    const char *help;           /* one sentence, with the unit */
};

struct config_spec {
    const char *program;        /* "portal-catalog" */
    const char *purpose;        /* one sentence for --help */
    const char *prefix;         /* "CATALOG_" */
    const struct config_key *keys;
    size_t key_count;
};

/* Fills `settings` from the environment. Its strings live as long as the process. On failure `err` names the key. */
enum status config_load(const struct config_spec *spec, void *settings, struct error *err) MUST_CHECK;

/*
 * Handles the options every program has: --help (prints the table), --version, --check-config (loads and reports).
 * Returns true when the program should exit now, with *ret_exit_code; otherwise `settings` is filled.
 * On a bad setting it prints the sentence to standard error and returns true with exit code 2.
 */
bool config_main(const struct config_spec *spec, int argc, char **argv, void *settings, int *ret_exit_code);

#endif
