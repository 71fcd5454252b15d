/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/submission/draft.h"

static void test_submission_period__each_kind_has_its_form(void **state)
{
    (void) state;
    static const struct {
        enum catalogue_period_kind kind;
        const char *text;
        enum emis_error_code code;
    } cases[] = {
        {CATALOGUE_DAY, "2025-09-30", EMIS_OK},
        {CATALOGUE_DAY, "2024-02-29", EMIS_OK},
        {CATALOGUE_DAY, "2025-02-29", E_DATE_INVALID},
        {CATALOGUE_DAY, "2025-9-30", E_PERIOD_KIND},
        {CATALOGUE_DAY, "2025-09", E_PERIOD_KIND},
        {CATALOGUE_DAY, "1446-09-01", E_DATE_RANGE},
        {CATALOGUE_DAY, "", E_PERIOD_KIND},
        {CATALOGUE_WEEK, "2025-W01", EMIS_OK},
        {CATALOGUE_WEEK, "2025-W52", EMIS_OK},
        {CATALOGUE_WEEK, "2025-W53", E_DATE_INVALID},
        {CATALOGUE_WEEK, "2020-W53", EMIS_OK},
        {CATALOGUE_WEEK, "2025-W00", E_DATE_INVALID},
        {CATALOGUE_WEEK, "2025-W54", E_DATE_INVALID},
        {CATALOGUE_WEEK, "0000-W01", E_DATE_INVALID},
        {CATALOGUE_WEEK, "2025-w01", E_PERIOD_KIND},
        {CATALOGUE_MONTH, "2025-01", EMIS_OK},
        {CATALOGUE_MONTH, "2025-12", EMIS_OK},
        {CATALOGUE_MONTH, "2025-13", E_DATE_INVALID},
        {CATALOGUE_MONTH, "2025-00", E_DATE_INVALID},
        {CATALOGUE_MONTH, "2025-Q1", E_PERIOD_KIND},
        {CATALOGUE_QUARTER, "2025-Q1", EMIS_OK},
        {CATALOGUE_QUARTER, "2025-Q4", EMIS_OK},
        {CATALOGUE_QUARTER, "2025-Q5", E_DATE_INVALID},
        {CATALOGUE_QUARTER, "2025-Q0", E_DATE_INVALID},
        {CATALOGUE_TERM, "SY2025-T1", EMIS_OK},
        {CATALOGUE_TERM, "SY2025", E_PERIOD_KIND},
        {CATALOGUE_SCHOOL_YEAR, "SY2025", EMIS_OK},
        {CATALOGUE_SCHOOL_YEAR, "2025", E_PERIOD_KIND},
        {CATALOGUE_SCHOOL_YEAR, "SY25", E_PERIOD_KIND},
        {CATALOGUE_CAMPAIGN, "DBT-2025", EMIS_OK},
        {CATALOGUE_CAMPAIGN, "2025", E_PERIOD_KIND},
        {CATALOGUE_CAMPAIGN, "dbt", E_PERIOD_KIND},
        {CATALOGUE_CAMPAIGN, "D T", E_PERIOD_KIND},
        {CATALOGUE_CAMPAIGN, "", E_PERIOD_KIND},
        {CATALOGUE_CAMPAIGN, "A234567890123456789012345678901234567890", EMIS_OK},
        {CATALOGUE_CAMPAIGN, "A2345678901234567890123456789012345678901", E_PERIOD_KIND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emis_error err = {.code = EMIS_OK};
        bool is_good =
            submission_period_check(cases[i].kind, cases[i].text, strlen(cases[i].text), &err);
        if (is_good != (cases[i].code == EMIS_OK) || err.code != cases[i].code) {
            fail_msg("\"%s\": %s", cases[i].text, emis_error_name(err.code));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_period__each_kind_has_its_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
