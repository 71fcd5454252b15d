/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/cli/import.h"

static struct import_world world;

static void test_cli_import_map__reads_a_wide_map(void **state)
{
    const struct cli_import_group *group;

    (void) state;
    assert_true(import_world_map(&world, WIDE));
    assert_string_equal(world.map.form->code, "ENROL_CENSUS");
    assert_null(world.map.unit_scheme);
    assert_int_equal(world.map.submitted_at.kind, CLI_IMPORT_NONE);
    assert_string_equal(world.map.parts[0].source.value, "full");
    assert_int_equal(world.map.group_count, 1);
    group = &world.map.groups[0];
    assert_int_equal(group->template_count, 2);
    assert_int_equal(group->templates[1].key_count, 3);
    assert_int_equal(group->templates[1].cell_count, 4);
    assert_string_equal(group->templates[1].cells[0].field->name, "grade");
    assert_string_equal(group->templates[1].cells[1].source.value, "7");
    assert_string_equal(group->templates[1].cells[3].field->name, "pupils");
    assert_string_equal(group->templates[1].cells[3].source.columns[0], "seven");
}

static void test_cli_import_map__reads_a_long_map(void **state)
{
    (void) state;
    assert_true(import_world_map(&world, LONG));
    assert_string_equal(world.map.unit_scheme, "exam");
    assert_int_equal(world.map.period.table_count, 2);
    assert_string_equal(world.map.period.table[1].to, "SY2024");
    assert_int_equal(world.map.field_count, 1);
    assert_int_equal(world.map.groups[0].template_count, 1);
    assert_int_equal(world.map.groups[0].templates[0].cell_count, 4);
}

/* Each wrong map, and what is said of it. */
static void test_cli_import_map__every_mistake_has_its_pointer(void **state)
{
    static const struct {
        const char *map, *told;
    } cases[] = {
        {"{" CENSUS_HEAD "\"period\":{\"value\":\"SY2025\"}}", "0 /unit: is missing"},
        {"{\"form\":\"NOPE\",\"version\":1}", "0 /form: is not a form"},
        {"{\"form\":\"ENROL_CENSUS\",\"version\":77}", "0 /version: is not a version"},
        {"{" CENSUS_HEAD "\"perido\":{}}", "0 /perido: the member is not known"},
        {"{" CENSUS_HEAD "\"period\":{\"value\":\"a\",\"column\":\"b\"}}",
         "0 /period: must have one of"},
        {"{" CENSUS_HEAD "\"period\":{\"value\":1.5}}", "0 /period/value: must be a text"},
        {"{" CENSUS_HEAD "\"period\":{\"column\":1}}", "0 /period/column: must be the name"},
        {"{" CENSUS_HEAD "\"period\":{\"sum\":[\"a\"]}}", "0 /period/sum: the member is not known"},
        {"{" CENSUS_HEAD "\"period\":{\"value\":\"a\",\"table\":{\"b\":\"c\"}}}",
         "0 /period/table: belongs to a column"},
        {"{" CENSUS_HEAD "\"period\":{\"column\":\"a\",\"table\":{\"b\":[]}}}",
         "0 /period/table/b: must be a text"},
        {"{" CENSUS_HEAD "\"unit\":{\"column\":\"a\",\"scheme\":\"Exam Board\"}}",
         "0 /unit: scheme must be"},
        {"{" CENSUS_HEAD "\"blank\":\"-\"}", "0 /blank: must be an array"},
        {"{" CENSUS_HEAD "\"ignore\":[1]}", "0 /ignore: item 0 is not a text"},
        {"{" CENSUS_HEAD "\"fields\":{\"pupil\":{\"value\":1}}}",
         "0 /fields/pupil: the form has no such member"},
        {"{" CENSUS_HEAD "\"fields\":{\"pupils_total\":{\"sum\":[]}}}",
         "0 /fields/pupils_total/sum: must name"},
        {"{" CENSUS_HEAD "\"fields\":7}", "0 /fields: must be an object"},
        {"{" CENSUS_HEAD "\"groups\":{\"form\":{}}}", "0 /groups/form: ENROL_CENSUS has no group"},
        {"{" CENSUS_HEAD "\"groups\":[]}", "0 /groups: must be an object"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{}}}",
         "0 /groups/pupil: grade is required by the form"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{\"keys\":{\"grade\":{\"sum\":[\"a\"]}}}}}",
         "0 /groups/pupil/keys/grade: a sum is for fields of whole numbers"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{\"wide\":[]}}}",
         "0 /groups/pupil/wide: must be an array"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{\"wide\":[{\"keys\":{}}]}}}",
         "0 /groups/pupil/wide/0/columns: is missing"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{\"wide\":[{\"columns\":{\"pupils\":[]}}]}}}",
         "0 /groups/pupil/wide/0/columns/pupils: must be a text"},
        {"{" CENSUS_HEAD "\"groups\":{\"pupil\":{\"keys\":{\"sex\":{\"value\":\"m\"}},"
         "\"wide\":[{\"keys\":{\"sex\":\"f\"},\"columns\":{}}]}}}",
         "0 /groups/pupil/wide/0/keys/sex: is given for every row"},
        {"{\"form\":\"ENROL_CENSUS\",\"version\":1}",
         "0 /key_parts: shift is required by the form"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(import_world_map(&world, cases[i].map));
        if (strstr(world.told.text, cases[i].told) == NULL) {
            fail_msg("%s: told %s, not %s", cases[i].map, world.told.text, cases[i].told);
        }
    }
}

static int close_world(void **state)
{
    (void) state;
    import_world_close(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_import_map__reads_a_wide_map),
        cmocka_unit_test(test_cli_import_map__reads_a_long_map),
        cmocka_unit_test(test_cli_import_map__every_mistake_has_its_pointer),
    };

    import_world_open(&world);
    return cmocka_run_group_tests(tests, NULL, close_world);
}
