/* SPDX-License-Identifier: Apache-2.0 */
/* Values of field types that the forms of the catalogue do not use everywhere: decimals, optional
 * texts, code texts, wide integers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/json/document.h"
#include "lib/submission/draft.h"

static const struct catalogue_field money = {.name = "v",
                                             .type = CATALOGUE_DECIMAL,
                                             .scale = 2,
                                             .min = 0,
                                             .max = 99999999999999,
                                             .is_required = true};
static const struct catalogue_field percent = {
    .name = "v", .type = CATALOGUE_DECIMAL, .scale = 1, .min = 0, .max = 1000, .is_required = true};
static const struct catalogue_field note = {.name = "v", .type = CATALOGUE_TEXT, .text_max = 5};
static const struct catalogue_field unit = {
    .name = "v", .type = CATALOGUE_TEXT, .text_max = 5, .is_code_text = true, .is_required = true};
static const struct catalogue_field wide = {
    .name = "v", .type = CATALOGUE_INT, .min = -5, .max = 3000000000, .is_required = true};
static const struct catalogue_field optional = {
    .name = "v", .type = CATALOGUE_INT, .min = 0, .max = 5};

struct one {
    const struct catalogue_field *field;
    const char *json;
    enum emis_error_code code;
    bool is_missing;
    int64_t number;
    const char *text; /* or what is said of a fault */
};

static void read_one(const struct one *one)
{
    struct submission_fault faults[SUBMISSION_FAULTS_MAX];
    struct submission_draft draft = {.arena = emis_arena_new(4096), .faults = faults};
    struct json_document *document;
    struct emis_error err;
    struct expr_value value;
    char *text = emis_format_new("{\"v\":%s}", one->json);
    assert_true(json_document_new(text, strlen(text), &json_limits_default, &document, &err));
    json_path_push_key(&draft.path, "v");
    bool is_good = submission_field_read(&draft, one->field,
                                         json_value_get(json_document_root(document), "v"), &value);
    if (is_good != (one->code == EMIS_OK) || (!is_good && faults[0].code != one->code)) {
        fail_msg("%s: %s", one->json, is_good ? "accepted" : emis_error_name(faults[0].code));
    }
    if (is_good) {
        assert_int_equal(value.is_missing, one->is_missing);
        assert_int_equal(value.number, one->number);
        assert_true((value.text == NULL) == (one->text == NULL));
        assert_true(one->text == NULL || strcmp(value.text, one->text) == 0);
    } else {
        assert_string_equal(faults[0].pointer, "/v");
        assert_true(one->text == NULL || strcmp(faults[0].message, one->text) == 0);
    }
    json_document_free(document);
    free(text);
    emis_arena_free(draft.arena);
}

static void test_submission_field__decimals_are_exact(void **state)
{
    (void) state;
    static const struct one cases[] = {
        {&money, "12.5", EMIS_OK, false, 1250, NULL},
        {&money, "\"123.45\"", EMIS_OK, false, 12345, NULL},
        {&money, "12", EMIS_OK, false, 1200, NULL},
        {&money, "1.500", EMIS_OK, false, 150, NULL},
        {&money, "1.234", E_FIELD_SCALE, false, 0, NULL},
        {&money, "\"1.234\"", E_FIELD_SCALE, false, 0, NULL},
        {&money, "1000000000000", E_FIELD_RANGE, false, 0, NULL},
        {&money, "-0.01", E_FIELD_RANGE, false, 0, NULL},
        {&money, "-0.0", EMIS_OK, false, 0, NULL},
        {&money, "\"1,5\"", E_FIELD_TYPE, false, 0, NULL},
        {&money, "true", E_FIELD_TYPE, false, 0, NULL},
        {&money, "\"\"", E_FIELD_MISSING, false, 0, NULL},
        {&percent, "100", EMIS_OK, false, 1000, NULL},
        {&percent, "101", E_FIELD_RANGE, false, 0, "101.0 is not between 0.0 and 100.0"},
        {&percent, "-1", E_FIELD_RANGE, false, 0, NULL},
        {&percent, "99.999999", E_FIELD_SCALE, false, 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_one(&cases[i]);
    }
}

static void test_submission_field__texts(void **state)
{
    (void) state;
    static const struct one cases[] = {
        {&note, "\"abcde\"", EMIS_OK, false, 0, "abcde"},
        {&note, "\"abcdef\"", E_FIELD_LENGTH, false, 0, NULL},
        {&note, "\"e\\u0301\"", EMIS_OK, false, 0, "\xc3\xa9"},
        {&note, "\"\"", EMIS_OK, true, 0, NULL},
        {&note, "\" \\u00a0\"", EMIS_OK, true, 0, NULL},
        {&note, "null", EMIS_OK, true, 0, NULL},
        {&note, "5", E_FIELD_TYPE, false, 0, NULL},
        {&note, "\"a\\u202eb\"", E_FIELD_CHARSET, false, 0, NULL},
        {&unit, "\"A-1/2\"", EMIS_OK, false, 0, "A-1/2"},
        {&unit, "\"A-1/23\"", E_FIELD_LENGTH, false, 0, NULL},
        {&unit, "\"A|1\"", E_FIELD_FORMAT, false, 0, NULL},
        {&unit, "\" \"", E_FIELD_FORMAT, false, 0, NULL},
        {&unit, "\"\"", E_FIELD_MISSING, false, 0, NULL},
        {&unit, "\"\\u0661\"", E_FIELD_FORMAT, false, 0, NULL},
        {&unit, "7", E_FIELD_TYPE, false, 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_one(&cases[i]);
    }
}

static void test_submission_field__integers(void **state)
{
    (void) state;
    static const struct one cases[] = {
        {&wide, "3000000000", EMIS_OK, false, 3000000000, NULL},
        {&wide, "3000000001", E_FIELD_RANGE, false, 0, NULL},
        {&wide, "-5", EMIS_OK, false, -5, NULL},
        {&wide, "-6", E_FIELD_RANGE, false, 0, "-6 is not between -5 and 3000000000"},
        {&wide, "5.0", E_FIELD_TYPE, false, 0, NULL},
        {&optional, "null", EMIS_OK, true, 0, NULL},
        {&optional, "\"\"", E_FIELD_TYPE, false, 0, NULL},
        {&optional, "0", EMIS_OK, false, 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_one(&cases[i]);
    }
}

/* Absent, null and "" have three different mistakes behind them. */
static void test_submission_field__missing_says_how(void **state)
{
    (void) state;
    static const char *const documents[] = {"{\"w\":1}", "{\"v\":null}", "{\"v\":\"\"}"};
    static const char *const reasons[] = {"absent", "null", "empty"};
    for (size_t i = 0; i < 3; i++) {
        struct submission_fault faults[SUBMISSION_FAULTS_MAX];
        struct submission_draft draft = {.arena = emis_arena_new(4096), .faults = faults};
        struct json_document *document;
        struct emis_error err;
        struct expr_value value;
        assert_true(json_document_new(documents[i], strlen(documents[i]), &json_limits_default,
                                      &document, &err));
        assert_false(submission_field_read(
            &draft, &wide, json_value_get(json_document_root(document), "v"), &value));
        assert_int_equal(faults[0].code, E_FIELD_MISSING);
        assert_non_null(strstr(faults[0].message, reasons[i]));
        json_document_free(document);
        emis_arena_free(draft.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_field__decimals_are_exact),
        cmocka_unit_test(test_submission_field__texts),
        cmocka_unit_test(test_submission_field__integers),
        cmocka_unit_test(test_submission_field__missing_says_how),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
