/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated statements say; that they run is refresh_live_test.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/catalogue/refresh.h"
#include "tests/unit/catalogue/base.h"

/* The base with two versions of its rate: of grade 1, and from 2026 on of grade 2. */
static struct base *changed_new(void)
{
    struct base *base = base_new();
    char *newer = emis_strdup(base_body(base, "indicators/RATE.v1.json"));
    const struct catalogue_number *added;
    size_t count;

    base_put(base, "indicators/RATE.v2.json", newer);
    base_edit(base, "indicators/RATE.v2.json", "\"version\":1,\"valid_from\":\"2000-01-01\"",
              "\"version\":2,\"valid_from\":\"2026-01-01\"");
    base_extend(base, "indicators/RATE.v1.json", "\"valid_to\":\"2026-01-01\"");
    catalogue_number_apply(base_catalogue(base), NULL, 0, &added, &count);
    free(newer);
    return base;
}

static bool says(struct catalogue *catalogue, const char *name, const char *part)
{
    const struct catalogue_statement *statements;
    size_t count;

    catalogue_answer_statements(catalogue, &statements, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(statements[i].name, name) == 0) {
            return strstr(statements[i].text, part) != NULL;
        }
    }
    fail_msg("no statement %s", name);
    return false;
}

static void test_catalogue_answer__reaches_back_under_the_newest_definition(void **state)
{
    struct base *base = changed_new();
    struct catalogue *catalogue = base->catalogue;

    (void) state;
    assert_true(says(catalogue, "answer_leaf_RATE_v1",
                     "q.starts_on >= '2000-01-01'::date and "
                     "q.starts_on < '2026-01-01'::date"));
    assert_true(says(catalogue, "answer_leaf_RATE_v2", "q.starts_on >= '2026-01-01'::date"));
    catalogue_answer_reach_back(catalogue, "RATE");
    assert_true(says(catalogue, "answer_leaf_RATE_v1",
                     "q.starts_on >= '1900-01-01'::date and "
                     "q.starts_on < '1900-01-01'::date"));
    assert_true(says(catalogue, "answer_leaf_RATE_v2", "q.starts_on >= '1900-01-01'::date"));
    assert_false(says(catalogue, "answer_leaf_RATE_v2", "2026-01-01"));
    base_free(base);
}

static void test_catalogue_answer__reaches_back_for_one_code_alone(void **state)
{
    struct base *base = changed_new();

    (void) state;
    catalogue_answer_reach_back(base->catalogue, "PARITY");
    assert_true(says(base->catalogue, "answer_leaf_RATE_v1", "q.starts_on < '2026-01-01'::date"));
    assert_true(says(base->catalogue, "answer_derived", "q.starts_on >= '1900-01-01'::date"));
    base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_answer__reaches_back_under_the_newest_definition),
        cmocka_unit_test(test_catalogue_answer__reaches_back_for_one_code_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
