/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the table of guarantee G14. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/store/sqlstate.h"

struct row {
    const char *sqlstate;
    const char *constraint;
    enum store_sqlstate_action action;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const enum store_sqlstate_action action =
            store_sqlstate_classify(rows[i].sqlstate, false, rows[i].constraint);
        if (action != rows[i].action)
            print_error("%s (%s)\n", rows[i].sqlstate,
                        rows[i].constraint != NULL ? rows[i].constraint : "-");
        assert_int_equal(action, rows[i].action);
    }
}

#define CHECK(...)                                 \
    do {                                           \
        const struct row rows[] = {__VA_ARGS__};   \
        check(rows, sizeof rows / sizeof rows[0]); \
    } while (0)

static void test_store_sqlstate__reconnect(void **state)
{
    (void) state;
    CHECK({"08000", NULL, STORE_SQLSTATE_RECONNECT}, {"08003", NULL, STORE_SQLSTATE_RECONNECT},
          {"08006", "", STORE_SQLSTATE_RECONNECT}, {"57P01", NULL, STORE_SQLSTATE_RECONNECT},
          {"57P02", NULL, STORE_SQLSTATE_RECONNECT}, {"57P03", NULL, STORE_SQLSTATE_RECONNECT},
          {"57P05", NULL, STORE_SQLSTATE_RECONNECT}, {"53300", NULL, STORE_SQLSTATE_RECONNECT},
          {NULL, NULL, STORE_SQLSTATE_RECONNECT}, {"", NULL, STORE_SQLSTATE_RECONNECT});
}

static void test_store_sqlstate__lost_connection_wins(void **state)
{
    (void) state;
    assert_int_equal(store_sqlstate_classify(NULL, true, NULL), STORE_SQLSTATE_RECONNECT);
    assert_int_equal(store_sqlstate_classify("25P03", true, NULL), STORE_SQLSTATE_RECONNECT);
    assert_int_equal(store_sqlstate_classify("XX000", true, NULL), STORE_SQLSTATE_RECONNECT);
    assert_int_equal(store_sqlstate_classify("22003", true, NULL), STORE_SQLSTATE_RECONNECT);
    assert_int_equal(store_sqlstate_classify("23505", true, "ledger_pkey"),
                     STORE_SQLSTATE_RECONNECT);
}

static void test_store_sqlstate__retry_now(void **state)
{
    (void) state;
    CHECK({"40001", NULL, STORE_SQLSTATE_RETRY_NOW}, {"40P01", NULL, STORE_SQLSTATE_RETRY_NOW},
          {"55P03", NULL, STORE_SQLSTATE_RETRY_NOW});
}

static void test_store_sqlstate__halve(void **state)
{
    (void) state;
    CHECK({"57014", NULL, STORE_SQLSTATE_HALVE});
}

static void test_store_sqlstate__pause(void **state)
{
    (void) state;
    CHECK({"53100", NULL, STORE_SQLSTATE_PAUSE}, {"53200", NULL, STORE_SQLSTATE_PAUSE},
          {"53400", NULL, STORE_SQLSTATE_PAUSE}, {"53000", NULL, STORE_SQLSTATE_PAUSE},
          {"54001", NULL, STORE_SQLSTATE_PAUSE}, {"54011", NULL, STORE_SQLSTATE_PAUSE},
          {"54023", NULL, STORE_SQLSTATE_PAUSE}, {"58000", NULL, STORE_SQLSTATE_PAUSE},
          {"58030", NULL, STORE_SQLSTATE_PAUSE}, {"58P01", NULL, STORE_SQLSTATE_PAUSE},
          {"XX000", NULL, STORE_SQLSTATE_PAUSE}, {"XX001", NULL, STORE_SQLSTATE_PAUSE},
          {"F0000", NULL, STORE_SQLSTATE_PAUSE}, {"25006", NULL, STORE_SQLSTATE_PAUSE},
          {"42P01", NULL, STORE_SQLSTATE_PAUSE}, {"42703", NULL, STORE_SQLSTATE_PAUSE},
          {"42501", NULL, STORE_SQLSTATE_PAUSE}, {"3D000", NULL, STORE_SQLSTATE_PAUSE},
          {"3F000", NULL, STORE_SQLSTATE_PAUSE}, {"28000", NULL, STORE_SQLSTATE_PAUSE},
          {"28P01", NULL, STORE_SQLSTATE_PAUSE}, {"0A000", NULL, STORE_SQLSTATE_PAUSE},
          {"P0001", NULL, STORE_SQLSTATE_PAUSE});
}

static void test_store_sqlstate__unknown_pauses(void **state)
{
    (void) state;
    CHECK({"57P04", NULL, STORE_SQLSTATE_PAUSE}, {"25P02", NULL, STORE_SQLSTATE_PAUSE},
          {"40003", NULL, STORE_SQLSTATE_PAUSE}, {"21000", NULL, STORE_SQLSTATE_PAUSE},
          {"ZZZZZ", "ledger_pkey", STORE_SQLSTATE_PAUSE});
}

static void test_store_sqlstate__missing_partition_pauses(void **state)
{
    (void) state;
    CHECK({"23514", NULL, STORE_SQLSTATE_PAUSE}, {"23514", "", STORE_SQLSTATE_PAUSE},
          {"23514", "ledger_outcome_check", STORE_SQLSTATE_POISON});
}

static void test_store_sqlstate__unique_keys(void **state)
{
    (void) state;
    CHECK({"23505", "ledger_pkey", STORE_SQLSTATE_FENCED_LEDGER},
          {"23505", "ledger_p0_100_pkey", STORE_SQLSTATE_FENCED_LEDGER},
          {"23505", "submission_submission_id_key", STORE_SQLSTATE_RETRY_BATCH},
          {"23505", "held_pkey", STORE_SQLSTATE_POISON}, {"23505", NULL, STORE_SQLSTATE_POISON},
          {"23505", "the_ledger_key", STORE_SQLSTATE_POISON});
}

static void test_store_sqlstate__poison(void **state)
{
    (void) state;
    CHECK({"22001", NULL, STORE_SQLSTATE_POISON}, {"22003", NULL, STORE_SQLSTATE_POISON},
          {"22P02", NULL, STORE_SQLSTATE_POISON}, {"22021", NULL, STORE_SQLSTATE_POISON},
          {"23502", NULL, STORE_SQLSTATE_POISON}, {"23503", "x_fkey", STORE_SQLSTATE_POISON},
          {"23P01", "x_excl", STORE_SQLSTATE_POISON}, {"54000", NULL, STORE_SQLSTATE_POISON},
          {"44000", NULL, STORE_SQLSTATE_POISON});
}

static void test_store_sqlstate__names(void **state)
{
    (void) state;
    assert_string_equal(store_sqlstate_action_name(STORE_SQLSTATE_NONE), "none");
    assert_string_equal(store_sqlstate_action_name(STORE_SQLSTATE_RECONNECT), "reconnect");
    assert_string_equal(store_sqlstate_action_name(STORE_SQLSTATE_POISON), "poison");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_sqlstate__reconnect),
        cmocka_unit_test(test_store_sqlstate__lost_connection_wins),
        cmocka_unit_test(test_store_sqlstate__retry_now),
        cmocka_unit_test(test_store_sqlstate__halve),
        cmocka_unit_test(test_store_sqlstate__pause),
        cmocka_unit_test(test_store_sqlstate__unknown_pauses),
        cmocka_unit_test(test_store_sqlstate__missing_partition_pauses),
        cmocka_unit_test(test_store_sqlstate__unique_keys),
        cmocka_unit_test(test_store_sqlstate__poison),
        cmocka_unit_test(test_store_sqlstate__names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
