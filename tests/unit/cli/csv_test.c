/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "ops/cli/csv.h"

struct told {
    size_t count;
    size_t line;
    char reason[160];
};

static void tell(void *context, size_t line, const char *column, const char *reason)
{
    struct told *told = context;

    assert_string_equal(column, "");
    if (told->count++ == 0) {
        told->line = line;
        (void) snprintf(told->reason, sizeof told->reason, "%s", reason);
    }
}

static bool parse(struct cli_csv *csv, char **text, const char *bytes, size_t size,
                  struct told *told)
{
    *told = (struct told){0};
    *text = emis_malloc(size + 1);
    memcpy(*text, bytes, size);
    return cli_csv_parse(csv, *text, size, tell, told);
}

static void expect_rows(const char *bytes, const char *expected)
{
    struct cli_csv csv;
    struct told told;
    char *text, found[512] = "";

    assert_true(parse(&csv, &text, bytes, strlen(bytes), &told));
    for (size_t row = 0; row < csv.row_count; row++) {
        char line[32];

        (void) snprintf(line, sizeof line, "%zu:", csv.rows[row].line);
        strcat(found, line);
        for (size_t i = 0; i < csv.cell_count; i++) {
            strcat(found, "<");
            strcat(found, csv.rows[row].cells[i]);
            strcat(found, ">");
        }
    }
    assert_string_equal(found, expected);
    cli_csv_release(&csv);
    free(text);
}

static void expect_mistake(const char *bytes, size_t size, size_t line, const char *part)
{
    struct cli_csv csv;
    struct told told;
    char *text;

    assert_false(parse(&csv, &text, bytes, size, &told));
    assert_true(told.count > 0);
    assert_int_equal(told.line, line);
    if (strstr(told.reason, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", told.reason, part);
    }
    cli_csv_release(&csv);
    free(text);
}

static void test_cli_csv__plain_rows(void **state)
{
    (void) state;
    expect_rows("a,b\n1,2\n3,4\n", "2:<1><2>3:<3><4>");
    expect_rows("a,b\r\n1,2\r\n3,4", "2:<1><2>3:<3><4>");
    expect_rows("a,b\n", "");
    expect_rows("a\n\n1\n", "3:<1>");
}

static void test_cli_csv__empty_cells(void **state)
{
    (void) state;
    expect_rows("a,b,c\n,,\n1,,\n,,3", "2:<><><>3:<1><><>4:<><><3>");
}

static void test_cli_csv__quoted_cells(void **state)
{
    (void) state;
    expect_rows("a,b\n\"1,2\",\"x\"\"y\"\n", "2:<1,2><x\"y>");
    expect_rows("a,b\n\"\",\"\"\"\"\n", "2:<><\">");
    expect_rows("a,b\r\n\"one\r\ntwo\",2\r\n3,4\r\n", "2:<one\r\ntwo><2>4:<3><4>");
    expect_rows("\"a\",\"b\"\n1,\"2\"", "2:<1><2>");
}

static void test_cli_csv__byte_order_mark_is_passed_over(void **state)
{
    struct cli_csv csv;
    struct told told;
    char *text;

    (void) state;
    assert_true(parse(&csv, &text,
                      "\xef\xbb\xbf"
                      "code,name\nX,Y\n",
                      17, &told));
    assert_int_equal(cli_csv_column(&csv, "code"), 0);
    assert_int_equal(cli_csv_column(&csv, "name"), 1);
    assert_true(cli_csv_column(&csv, "other") == SIZE_MAX);
    cli_csv_release(&csv);
    free(text);
}

#define MISTAKE(bytes, line, part) expect_mistake(bytes, sizeof(bytes) - 1, line, part)

static void test_cli_csv__mistakes_name_the_line(void **state)
{
    (void) state;
    MISTAKE("", 1, "empty");
    MISTAKE("\n\n", 1, "empty");
    MISTAKE("a,b\n1,2\n3\n", 3, "1 cells, the header has 2");
    MISTAKE("a,b\n1,2,3\n", 2, "3 cells, the header has 2");
    MISTAKE("a,b\n1,\"2\n3,4\n", 2, "not closed");
    MISTAKE("a,b\n\"1\"x,2\n", 2, "closing quote");
    MISTAKE("a,b\n1\"x\",2\n", 2, "inside a cell");
    MISTAKE("a,b\n1,2\n3,\xff\n", 3, "UTF-8");
    MISTAKE("a,b\n1,2\n3,4\0\n", 3, "NUL");
}

static void test_cli_csv__every_mistake_is_told(void **state)
{
    struct cli_csv csv;
    struct told told;
    char *text;
    const char bytes[] = "a,b\n1\n1,2\n1,2,3\nx\"y,2\n";

    (void) state;
    assert_false(parse(&csv, &text, bytes, sizeof bytes - 1, &told));
    assert_int_equal(told.count, 3);
    assert_int_equal(csv.row_count, 2);
    cli_csv_release(&csv);
    free(text);
}

/* Whatever the bytes are, the walk ends, and stays inside them (the sanitizers watch). */
static void test_cli_csv__cut_anywhere(void **state)
{
    static const char bytes[] = "\xef\xbb\xbf"
                                "a,\"b\"\r\n\"x\"\"\r\n\",\"\"\n,\"q\"z\n\"";
    struct cli_csv csv;
    struct told told;
    char *text;

    (void) state;
    for (size_t size = 0; size < sizeof bytes; size++) {
        (void) parse(&csv, &text, bytes, size, &told);
        cli_csv_release(&csv);
        free(text);
    }
}

static void test_cli_csv__file_is_not_there(void **state)
{
    struct cli_csv csv;
    struct told told = {0};
    struct emis_error err;

    (void) state;
    assert_false(cli_csv_read(&csv, "/nonexistent/file.csv", tell, &told, &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_string_equal(err.pointer, "/nonexistent/file.csv");
    cli_csv_release(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_csv__plain_rows),
        cmocka_unit_test(test_cli_csv__empty_cells),
        cmocka_unit_test(test_cli_csv__quoted_cells),
        cmocka_unit_test(test_cli_csv__byte_order_mark_is_passed_over),
        cmocka_unit_test(test_cli_csv__mistakes_name_the_line),
        cmocka_unit_test(test_cli_csv__every_mistake_is_told),
        cmocka_unit_test(test_cli_csv__cut_anywhere),
        cmocka_unit_test(test_cli_csv__file_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
