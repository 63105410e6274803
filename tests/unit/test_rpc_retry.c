/* Which calls are asked again, and that a service in trouble is not asked much more than one in health. */
#include "check.h"

#include "rpc_retry.h"

#define MS 1000

static void test_only_what_did_not_run_is_asked_again_by_anybody(void **state)
{
    (void)state;
    static const struct {
        enum rpc_fault fault;
        bool may_repeat, has_others, helps;
    } cases[] = {
        {RPC_FAULT_NONE, true, true, false},      {RPC_FAULT_FINAL, true, true, false},
        {RPC_FAULT_NOT_SENT, false, true, true},  {RPC_FAULT_NOT_SENT, false, false, false},
        {RPC_FAULT_NOT_SENT, true, false, false}, {RPC_FAULT_NOT_RUN, false, true, true},
        {RPC_FAULT_NOT_RUN, true, false, false},  {RPC_FAULT_LOST, false, true, false},
        {RPC_FAULT_LOST, true, true, true},       {RPC_FAULT_LOST, true, false, true},
        {RPC_FAULT_SILENT, false, true, false},   {RPC_FAULT_SILENT, true, true, true},
        {RPC_FAULT_SILENT, true, false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(rpc_retry_helps(cases[i].fault, cases[i].may_repeat, 1, cases[i].has_others), cases[i].helps);
        assert_false(rpc_retry_helps(cases[i].fault, cases[i].may_repeat, RPC_RETRY_TRIES_MAX, cases[i].has_others));
    }
}

static void test_one_call_in_ten_may_be_asked_again(void **state)
{
    (void)state;
    struct rpc_retry_bucket bucket = {0};
    int paid = 0;
    for (int i = 0; i < 1000; i++) {
        rpc_retry_fill(&bucket);
        paid += rpc_retry_pay(&bucket);
    }
    assert_int_equal(paid, 100);
    for (int i = 0; i < 1000000; i++)
        rpc_retry_fill(&bucket);
    for (paid = 0; rpc_retry_pay(&bucket);)
        paid++;
    assert_int_equal(paid, 256); /* a quiet hour is not saved up for a storm */
}

static void test_a_silent_replica_is_given_up_at_half_time(void **state)
{
    (void)state;
    assert_int_equal(rpc_retry_until(0, 8000 * MS, true, 0, true), 4000 * MS);
    assert_int_equal(rpc_retry_until(4000 * MS, 8000 * MS, true, 1, true), 6000 * MS);
    assert_int_equal(rpc_retry_until(0, 8000 * MS, true, RPC_RETRY_TRIES_MAX - 1, true), 8000 * MS); /* the last try */
    assert_int_equal(rpc_retry_until(0, 8000 * MS, false, 0, true), 8000 * MS);
    assert_int_equal(rpc_retry_until(0, 8000 * MS, true, 0, false), 8000 * MS);
    assert_int_equal(rpc_retry_until(0, 400 * MS, true, 0, true), 400 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_did_not_run_is_asked_again_by_anybody),
        cmocka_unit_test(test_one_call_in_ten_may_be_asked_again),
        cmocka_unit_test(test_a_silent_replica_is_given_up_at_half_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
