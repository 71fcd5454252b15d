/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT.md is what senders read: its codes are those of the table, its examples are valid, its
 * member names are those that are accepted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>

#include "lib/json/document.h"
#include "tests/unit/submission/world.h"

#define FIRST_VERDICT_CODE \
    100 /* lib/base/error_table.h: below are failures that never enter the ledger */

static struct world world;
static char *text;

static void test_submission_format__every_code_is_explained(void **state)
{
    (void) state;
    size_t codes = 0;
    for (size_t i = 0; emis_error_at(i) != EMIS_OK; i++) {
        enum emis_error_code code = emis_error_at(i);
        if (code >= FIRST_VERDICT_CODE) {
            char *row = emis_format_new("\n| %s | %s | %s |\n", emis_error_name(code),
                                        emis_error_meaning(code), emis_error_hint(code));
            if (strstr(text, row) == NULL) {
                fail_msg("FORMAT.md lacks the row%s", row);
            }
            free(row);
            codes++;
        }
    }
    assert_true(codes > 50);
}

static void test_submission_format__every_code_exists(void **state)
{
    (void) state;
    for (const char *at = strstr(text, "E_"); at != NULL; at = strstr(at + 2, "E_")) {
        char name[64];
        size_t size = 0;
        bool is_word_start = !isalnum((unsigned char) at[-1]) && at[-1] != '_';
        while (size < sizeof name - 1 && (isupper((unsigned char) at[size]) ||
                                          isdigit((unsigned char) at[size]) || at[size] == '_')) {
            name[size] = at[size];
            size++;
        }
        name[size] = '\0';
        if (is_word_start && emis_error_by_name(name) == EMIS_OK) {
            fail_msg("FORMAT.md names %s, which is no code", name);
        }
    }
}

static void judge_example(const char *example, size_t size)
{
    struct json_document *document;
    struct emis_error err;
    struct submission submission;
    struct submission_record record = world_record(example, size);
    const char *unit;
    assert_true(json_document_new(example, size, &json_limits_default, &document, &err));
    assert_true(json_value_string(json_value_get(json_document_root(document), "unit"), &unit,
                                  &record.key_size));
    record.key = unit;
    submission_judge(&world.context, &record, world.arena, &submission);
    if (submission.verdict != SUBMISSION_VALID) {
        fail_msg("an example of FORMAT.md is not valid: %s %s: %.*s", submission.faults[0].pointer,
                 submission.faults[0].message, (int) size, example);
    }
    /* The schools of this world have no attributes: a form owed by some is owed by none of them. */
    for (size_t i = 0; i < submission.warning_count; i++) {
        assert_int_equal(submission.warnings[i].rule_number, SUBMISSION_RULE_NOT_OWED);
    }
    json_document_free(document);
}

static void test_submission_format__examples_are_valid(void **state)
{
    (void) state;
    const char *at = text;
    while ((at = strstr(at, "```json\n")) != NULL) {
        at += strlen("```json\n");
        const char *end = strstr(at, "```");
        assert_non_null(end);
        judge_example(at, (size_t) (end - at));
        at = end + 3;
    }
    for (size_t i = 0; i < world.catalogue->form_count; i++) {
        char *heading = emis_format_new("\n### %s\n", world.catalogue->forms[i].code);
        const char *section = strstr(text, heading);
        const char *example = section == NULL ? NULL : strstr(section, "\n```json\n");
        const char *next = section == NULL ? NULL : strstr(section + 1, "\n### ");
        if (example == NULL || (next != NULL && next < example)) {
            fail_msg("FORMAT.md has no example of %s", world.catalogue->forms[i].code);
        }
        free(heading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_format__every_code_is_explained),
        cmocka_unit_test(test_submission_format__every_code_exists),
        cmocka_unit_test(test_submission_format__examples_are_valid),
    };
    size_t size;
    world_open(&world);
    text = world_read(EMIS_SOURCE_DIR "/lib/submission/FORMAT.md", &size);
    int failed = text == NULL || cmocka_run_group_tests(tests, NULL, NULL);
    free(text);
    world_close(&world);
    return failed;
}
