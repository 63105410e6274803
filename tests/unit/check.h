/*
 * cmocka with the headers it needs, and the entry that every test file here ends with.
 */
#ifndef PORTAL_CHECK_H
#define PORTAL_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define RUN_TESTS(...)                                                                                                   \
    int main(void)                                                                                                       \
    {                                                                                                                    \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                                                 \
        return cmocka_run_group_tests(tests, NULL, NULL);                                                                \
    }

#endif
