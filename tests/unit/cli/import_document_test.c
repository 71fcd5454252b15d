/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/cli/import.h"

static struct import_world world;

#define AT "2025-10-01T06:00:00.000Z"

static struct cli_import_rows rows;
static struct cli_import_document document;

static const char *find_unit(void *context, const char *code, const char *period)
{
    (void) context;
    (void) period;
    return code;
}

static void open_file(const char *map, const char *file)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};

    assert_true(import_world_map(&world, map));
    assert_true(import_world_file(&world, file));
    assert_true(cli_import_rows_gather(&world.map, &world.csv, find_unit, NULL, world.arena,
                                       &mistakes, &rows));
    cli_import_document_init(&document, &world.map, &world.csv, AT);
}

static bool write_at(size_t index)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};

    return cli_import_document_write(&document, &rows.submissions[index], false, &mistakes);
}

static void expect_place(const char *pointer, size_t line, const char *column)
{
    size_t found_line;
    const char *found;

    cli_import_document_place(&document, pointer, &found_line, &found);
    assert_int_equal(found_line, line);
    assert_string_equal(found, column);
}

#define ID_BYTES (sizeof "{\"submission_id\":\"01234567-0123-0123-0123-0123456789ab\"" - 1)

static void expect_text(const char *behind_the_id)
{
    assert_memory_equal(document.text.data, "{\"submission_id\":\"", 18);
    assert_string_equal(document.text.data + ID_BYTES, behind_the_id);
}

static void test_cli_import_document__wide(void **state)
{
    (void) state;
    open_file(WIDE, "school,six,seven\nS1,14,0\nS2,-,3\nS3,,\n");
    assert_int_equal(rows.count, 3);
    assert_true(write_at(0));
    expect_text(",\"form\":\"ENROL_CENSUS\",\"version\":1,\"unit\":\"S1\",\"period\":\"SY2025\","
                "\"shift\":\"full\",\"revision\":1,\"submitted_at\":\"" AT
                "\",\"sender\":\"ministry\",\"data\":{\"pupil\":["
                "{\"grade\":\"1\",\"age\":\"6\",\"sex\":\"m\",\"pupils\":14},"
                "{\"grade\":\"1\",\"age\":\"7\",\"sex\":\"m\",\"pupils\":0}]}}");
    expect_place("/data/pupil/1/pupils", 2, "seven");
    expect_place("/data/pupil/1", 2, "seven");
    expect_place("/data/pupil/1/grade", 2, "(the map, /groups/pupil/keys/grade)");
    expect_place("/data/pupil/2/pupils", 2, "");
    expect_place("/unit", 2, "school");
    expect_place("/shift", 2, "(the map, /key_parts/shift)");
    expect_place("/submitted_at", 2, "");
    expect_place("", 2, "");
    assert_true(write_at(1)); /* a blank is no row, a 0 is one */
    assert_non_null(strstr(document.text.data,
                           "\"data\":{\"pupil\":[{\"grade\":\"1\",\"age\":\"7\","
                           "\"sex\":\"m\",\"pupils\":3}]}}"));
    expect_place("/data/pupil/0/pupils", 3, "seven");
    assert_true(write_at(2));
    assert_non_null(strstr(document.text.data, "\"data\":{\"pupil\":[]}}"));
    cli_import_document_release(&document);
}

static void test_cli_import_document__long(void **state)
{
    (void) state;
    open_file(LONG, LONG_HEADER "2025,S1,7,1,6,Boys,3\n"
                                "2025,S2,,1,6,Boys,9\n"
                                "2025,S1,7,1,6,Girls,4\n");
    assert_true(write_at(0));
    assert_non_null(strstr(document.text.data,
                           "\"data\":{\"pupils_total\":7,\"pupil\":["
                           "{\"grade\":\"1\",\"age\":\"6\",\"sex\":\"m\",\"pupils\":3},"
                           "{\"grade\":\"1\",\"age\":\"6\",\"sex\":\"f\",\"pupils\":4}]}}"));
    expect_place("/data/pupil/1/pupils", 4, "pupils");
    expect_place("/data/pupil/1/sex", 4, "sex");
    expect_place("/data/pupil/1", 4, "grade");
    expect_place("/data/pupil", 2, "");
    expect_place("/data/pupils_total", 2, "total");
    expect_place("/period", 2, "year");
    cli_import_document_release(&document);
}

static void expect_told(const char *line, const char *told)
{
    char *file = emis_format_new("%s%s\n", LONG_HEADER, line);

    open_file(LONG, file);
    free(file);
    assert_false(write_at(0));
    if (strstr(world.told.text, told) == NULL) {
        fail_msg("%s: told %s, not %s", line, world.told.text, told);
    }
    assert_int_equal(world.told.count, 1);
    cli_import_document_release(&document);
}

static void test_cli_import_document__cells_that_are_not_what_they_should_be(void **state)
{
    (void) state;
    expect_told("2025,S1,,1,6,Boys,\"1,234\"",
                "2 pupils: E_FIELD_TYPE: \"1,234\" is not a whole number: digits alone");
    expect_told("2025,S1,,1,6,Boys,12.0", "2 pupils: E_FIELD_TYPE: ");
    expect_told("2025,S1,,1,6,Male,12",
                "2 sex: E_FIELD_ENUM: \"Male\" is not in the map's table "
                "/groups/pupil/keys/sex: correct the cell, or add it there\n");
    expect_told("2025,S1,7,1,6,Boys,3\n2025,S1,8,1,6,Girls,4",
                "3 total: E_INPUT: the value differs from that of line 2");
    expect_told("2025,S1,7,1,6,Boys,3\n2025,S1,,1,6,Girls,4", "3 total: E_INPUT: ");
}

static void test_cli_import_document__sum(void **state)
{
    static const char map[] = "{" CENSUS_HEAD "\"period\":{\"value\":\"SY2025\"},"
                              "\"unit\":{\"column\":\"school\"},"
                              "\"fields\":{\"pupils_total\":{\"sum\":[\"six\",\"seven\"]}}}";

    (void) state;
    open_file(map, "school,six,seven\nS1,14,5\nS2,,5\nS3,1 4,5\nS4,9223372036854775807,1\n");
    assert_true(write_at(0));
    assert_non_null(strstr(document.text.data, "\"data\":{\"pupils_total\":19}}"));
    expect_place("/data/pupils_total", 2, "six");
    assert_true(write_at(1));
    assert_non_null(strstr(document.text.data, "\"data\":{}}"));
    assert_false(write_at(2));
    assert_non_null(strstr(world.told.text, "4 six: E_FIELD_TYPE: \"1 4\""));
    assert_false(write_at(3));
    assert_non_null(strstr(world.told.text, "5 seven: E_FIELD_RANGE: "));
    cli_import_document_release(&document);
}

/* The same content gives the same id, in whatever layout; any other content another one. */
static void test_cli_import_document__id_is_the_content(void **state)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};
    char first[64];

    (void) state;
    open_file(WIDE, "school,six,seven\nS1,14,0\n");
    assert_true(write_at(0));
    memcpy(first, document.text.data + 18, 36);
    assert_int_equal(first[14], '8');
    assert_non_null(strchr("89ab", first[19]));
    assert_true(write_at(0));
    assert_memory_equal(document.text.data + 18, first, 36);
    assert_true(cli_import_document_write(&document, &rows.submissions[0], true, &mistakes));
    assert_memory_equal(strstr(document.text.data, "\"submission_id\": \"") + 18, first, 36);
    cli_import_document_release(&document);
    open_file(WIDE, "school,seven,six\nS1,0,14\n");
    assert_true(write_at(0));
    assert_memory_equal(document.text.data + 18, first, 36);
    cli_import_document_release(&document);
    open_file(WIDE, "school,six,seven\nS1,15,0\n");
    assert_true(write_at(0));
    assert_memory_not_equal(document.text.data + 18, first, 36);
    cli_import_document_release(&document);
}

/* Each type of field as its JSON, in a form made of them. */
static void test_cli_import_document__types(void **state)
{
    static const struct {
        enum catalogue_type type;
        const char *cell, *json; /* NULL: refused */
    } cases[] = {
        {CATALOGUE_INT, "-7", "-7"},          {CATALOGUE_INT, "+7", NULL},
        {CATALOGUE_DECIMAL, "12", "\"12\""},  {CATALOGUE_DECIMAL, "-12.50", "\"-12.50\""},
        {CATALOGUE_DECIMAL, "12.", NULL},     {CATALOGUE_DECIMAL, ".5", NULL},
        {CATALOGUE_DECIMAL, "1e5", NULL},     {CATALOGUE_DECIMAL, "1.2.3", NULL},
        {CATALOGUE_BOOL, "true", "true"},     {CATALOGUE_BOOL, "false", "false"},
        {CATALOGUE_BOOL, "yes", NULL},        {CATALOGUE_TEXT, "a b", "\"a b\""},
        {CATALOGUE_DATE, "2025", "\"2025\""}, {CATALOGUE_CODE, "m", "\"m\""},
    };

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct catalogue_field field;
        char *file = emis_format_new("%s2025,S1,%s,,,,\n", LONG_HEADER, cases[i].cell), *json;

        open_file(LONG, file);
        field = *world.map.fields[0].field;
        field.type = cases[i].type;
        world.map.fields[0].field = &field;
        world.map.group_count = 0;
        json = emis_format_new("\"data\":{\"pupils_total\":%s}", cases[i].json);
        if (write_at(0) != (cases[i].json != NULL) ||
            (cases[i].json != NULL && strstr(document.text.data, json) == NULL)) {
            fail_msg("%s as type %d: %s", cases[i].cell, cases[i].type, document.text.data);
        }
        world.map.group_count = 1;
        cli_import_document_release(&document);
        free(json);
        free(file);
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
        cmocka_unit_test(test_cli_import_document__wide),
        cmocka_unit_test(test_cli_import_document__long),
        cmocka_unit_test(test_cli_import_document__cells_that_are_not_what_they_should_be),
        cmocka_unit_test(test_cli_import_document__sum),
        cmocka_unit_test(test_cli_import_document__id_is_the_content),
        cmocka_unit_test(test_cli_import_document__types),
    };

    import_world_open(&world);
    return cmocka_run_group_tests(tests, NULL, close_world);
}
