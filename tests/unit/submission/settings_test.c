/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "lib/submission/settings.h"

static void test_submission_settings__utc_offset(void **state)
{
    static const struct {
        const char *text;
        int32_t minutes; /* -1: refused */
    } cases[] = {{"+00:00", 0},  {"+03:00", 180}, {"-04:30", -270}, {"+14:00", 840},
                 {"+14:01", -1}, {"+15:00", -1},  {"+03:60", -1},   {"03:00", -1},
                 {"+3", -1},     {"+03:00x", -1}, {"+-3:00", -1},   {"", -1}};

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emis_settings *settings = emis_settings_new();
        struct emis_error err = {.code = EMIS_OK};
        char assignment[64];
        int32_t minutes = 77;
        bool ok;

        emis_settings_declare(settings, submission_settings);
        snprintf(assignment, sizeof assignment, "emis.utc_offset=%s", cases[i].text);
        assert_true(emis_settings_set(settings, assignment, &err));
        ok = submission_settings_utc_offset(settings, &minutes, &err);
        assert_int_equal(ok, cases[i].minutes != -1);
        assert_int_equal(minutes, ok ? cases[i].minutes : 77);
        assert_int_equal(err.code, ok ? EMIS_OK : E_CONFIG);
        emis_settings_free(settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_settings__utc_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
