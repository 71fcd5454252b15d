/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/date.h"
#include "lib/expr/compile.h"
#include "tests/unit/catalogue/base.h"

#define FORM   "forms/COUNT.v1.json"
#define RATE   "indicators/RATE.v1.json"
#define PARITY "indicators/PARITY.v1.json"
#define CAME   "indicators/CAME.v1.json"

/* One edit, and what must be reported; reason is a part of it. from NULL: `to` is the whole file
 * (NULL: no file). where NULL: the edited file. */
struct mistake_case {
    const char *path, *from, *to;
    const char *where, *pointer, *reason;
};

static const struct mistake_case cases[] = {
    /* files */
    {"levels.json", NULL, NULL, "levels.json", "", "missing"},
    {"notes.json", NULL, "{}", NULL, "", "not a file of a catalogue"},
    {FORM, NULL, "{\"code\":}", NULL, "", "column"},
    {FORM, NULL, "[]", NULL, "", "object"},
    {RATE, NULL, "nonsense", NULL, "", ""},
    {"codelists/sex.json", NULL, "{\"code\":\"sex\",\"code\":\"sex\"}", NULL, "", "twice"},
    /* levels, attributes, lists */
    {"levels.json", "\"school\"", "\"School\"", NULL, "/levels", "identifier"},
    {"levels.json", "\"school\"", "\"a123456789b123456789c123456789d\"", NULL, "/levels",
     "longer than 30"},
    {"levels.json", ",\"district\",\"school\"", "", NULL, "/levels", "2 to 10"},
    {"levels.json", "\"district\"", "\"school\"", NULL, "/levels/2", "twice"},
    {"levels.json", "\"district\"", "7", NULL, "/levels/1", "text"},
    {"levels.json", "{", "{\"depth\":3,", NULL, "/depth", "unknown member"},
    {"levels.json", "\"levels\":", "\"level\":", NULL, "/level", "did you mean \"levels\""},
    {"attributes.json", "\"list\":\"owner\"", "\"list\":\"nobody\"", NULL, "/attributes/0/list",
     "no code list"},
    {"attributes.json", "\"code\":\"owner\"", "\"code\":\"valid_from\"", NULL, "/attributes/0/code",
     "reserved"},
    {"attributes.json", "\"code\":\"owner\"", "\"code\":\"reason\"", NULL, "/attributes/0/code",
     "reserved"},
    {"attributes.json", "[{", "[{\"code\":\"owner\",\"list\":\"sex\"},{", NULL,
     "/attributes/1/code", "twice"},
    {"attributes.json", "[{", "[7,{", NULL, "/attributes/0", "object"},
    {"codelists/sex.json", "\"m\"", "\"m f\"", NULL, "/codes", "not a code"},
    {"codelists/sex.json", "\"m\"", "\"f\"", NULL, "/codes/1", "twice"},
    {"codelists/sex.json", "\"code\":\"sex\"", "\"code\":\"gender\"", NULL, "/code",
     "codelists/gender.json"},
    {"codelists/sex.json", "[\"m\",\"f\"]", "[]", NULL, "/codes", "1 to 999"},
    {"codelists/form.json", NULL, "{\"code\":\"form\",\"codes\":[\"a\"]}", NULL, "/code",
     "take another name"},
    /* form: head */
    {FORM, "\"version\":1,", "", NULL, "/version", "missing"},
    {FORM, "\"version\":1", "\"version\":2", NULL, "/code", "forms/COUNT.v2.json"},
    {FORM, "\"version\":1", "\"version\":1.0", NULL, "/version", "integer"},
    {FORM, "\"version\":1", "\"version\":0", NULL, "/version", "from 1 to"},
    {FORM, "\"code\":\"COUNT\"", "\"code\":\"Count\"", NULL, "/code", "upper-case"},
    {FORM, "\"code\":\"COUNT\"", "\"code\":\"\"", NULL, "/code", "empty"},
    {FORM, "2000-01-01", "2000-02-30", NULL, "/valid_from", "date"},
    {FORM, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2000-01-01\"", NULL, "/valid_to",
     "later"},
    {FORM, "\"month\"", "\"decade\"", NULL, "/period_kind", "must be day"},
    {FORM, "[\"school\"]", "[\"village\"]", NULL, "/unit_levels", "no level \"village\""},
    {FORM, "[\"school\"]", "[]", NULL, "/unit_levels", "at least one"},
    {FORM, "[\"school\"]", "\"school\"", NULL, "/unit_levels", "array"},
    {FORM, "\"owed\":\"owner = 'state'\"", "\"owed\":3", NULL, "/owed", "true or false"},
    {FORM, "owner = 'state'", "owner = 'nobody'", NULL, "/owed", "column"},
    {FORM, "owner = 'state'", "present > 1", NULL, "/owed", "column"},
    {FORM, "owner = 'state'", "1 + 1", NULL, "/owed", "condition"},
    {FORM, "12:30", "12:60", NULL, "/deadline/time", "12:00"},
    {FORM, "12:30", "24:01", NULL, "/deadline/time", "12:00"},
    {FORM, "\"days\":5", "\"days\":-1", NULL, "/deadline/days", "from 0"},
    {FORM, "\"from\":\"end\"", "\"from\":\"middle\"", NULL, "/deadline/from", "start, end"},
    {FORM, "\"days\":5", "\"day\":5", NULL, "/deadline/day", "did you mean \"days\""},
    {FORM, "\"days\":5", "\"days\":5,\"areas\":[]", NULL, "/deadline/areas", "object"},
    {FORM, "\"days\":5", "\"days\":5,\"areas\":{\"D1\":7}", NULL, "/deadline/areas/D1", "object"},
    {FORM, "\"days\":5", "\"days\":5,\"areas\":{\"D1\":{\"days\":-1}}", NULL,
     "/deadline/areas/D1/days", "from 0"},
    {FORM, "\"days\":5", "\"days\":5,\"areas\":{\"D1\":{\"time\":\"25:00\"}}", NULL,
     "/deadline/areas/D1/time", "12:00"},
    {FORM, "\"days\":5", "\"days\":5,\"areas\":{\"D1\":{\"from\":\"end\"}}", NULL,
     "/deadline/areas/D1/from", "unknown"},
    {FORM, "\"name\":\"round\",\"type\":\"int\",\"min\":1,\"max\":9",
     "\"name\":\"unit\",\"type\":\"int\"", NULL, "/key_parts", "every envelope"},
    {FORM, "\"name\":\"round\",\"type\":\"int\",\"min\":1,\"max\":9",
     "\"name\":\"round\",\"type\":\"date\"", NULL, "/key_parts", "int, code or text"},
    /* form: groups and fields */
    {FORM, "\"code\":\"pupil\"", "\"code\":\"Pupil\"", NULL, "/groups/1/code", "lower-case"},
    {FORM, "\"code\":\"pupil\"", "\"code\":\"form\"", NULL, "/groups", "twice"},
    {FORM, "\"code\":\"pupil\"", "\"code\":\"total\"", NULL, "/groups", "a group and a field"},
    {FORM, "\"code\":\"pupil\"", "\"code\":\"group\"", NULL, "/groups/1/code", "reserved"},
    {FORM, "\"rows\":\"many\"", "\"rows\":\"some\"", NULL, "/groups/1/rows", "one, many"},
    {FORM, "\"rows\":\"one\"", "\"rows\":\"one\",\"rows_max\":1", NULL, "/groups/0/rows_max",
     "one row"},
    {FORM, "\"rows_min\":1", "\"rows_min\":11", NULL, "/groups/1/rows_max", "less than rows_min"},
    {FORM, "\"rows_max\":10", "\"rows_max\":5001", NULL, "/groups/1/rows_max", "to 5000"},
    {FORM, "\"name\":\"total\"", "\"name\":\"Total\"", NULL, "/groups/0/fields/0/name",
     "lower-case"},
    {FORM, "\"name\":\"total\"", "\"name\":\"submission_key\"", NULL, "/groups/0/fields/0/name",
     "reserved"},
    {FORM, "\"name\":\"total\"", "\"name\":\"starts_on\"", NULL, "/groups/0/fields/0/name",
     "reserved"},
    {FORM, "\"name\":\"total\"", "\"name\":\"user\"", NULL, "/groups/0/fields/0/name", "reserved"},
    {FORM, "\"name\":\"total\"", "\"name\":\"sum\"", NULL, "/groups/0/fields/0/name", "reserved"},
    {FORM, "\"name\":\"total\"", "\"name\":\"note\"", NULL, "/groups/0/fields/2/name", "twice"},
    {FORM, "\"name\":\"enrolled\"", "\"name\":\"grade\"", NULL, "/groups/1/keys",
     "a key and a field"},
    {FORM, "\"type\":\"decimal\"", "\"type\":\"float\"", NULL, "/groups/0/fields/1/type",
     "int, decimal"},
    {FORM, "\"scale\":2,", "", NULL, "/groups/0/fields/1/scale", "missing"},
    {FORM, "\"scale\":2", "\"scale\":10", NULL, "/groups/0/fields/1/scale", "0 to 9"},
    {FORM, "1000.5", "1000.555", NULL, "/groups/0/fields/1/max", "2 digits"},
    {FORM, "\"max\":1000.5", "\"max\":-1", NULL, "/groups/0/fields/1/max", "less than min"},
    {FORM, "\"text_max\":50", "\"max\":50", NULL, "/groups/0/fields/2/max", "type text has no"},
    {FORM, "\"required\":false,\"missing\":\"a check\"", "\"required\":false", NULL,
     "/groups/0/fields/0/missing", "missing"},
    {FORM, "\"required\":false,", "", NULL, "/groups/0/fields/0/missing", "required field"},
    {FORM, "\"list\":\"sex\"", "\"list\":\"sexes\"", NULL, "/groups/1/keys/1/list", "no code list"},
    {FORM, "\"type\":\"code\",\"list\":\"sex\"", "\"type\":\"bool\"", NULL, "/groups/1/keys/1/type",
     "a key must be"},
    {FORM, "\"type\":\"code\",\"list\":\"sex\"", "\"type\":\"text\"", NULL, "/groups/1/keys/1/type",
     "a key must be"},
    {FORM, "\"list\":\"sex\"}", "\"list\":\"sex\",\"required\":false}", NULL,
     "/groups/1/keys/1/required", "unknown member"},
    {FORM, "\"code\":\"pupil\"", "\"code\":\"a123456789b123456789c123456789d123456789ef\"", NULL,
     "/groups/1/code", "41 characters"},
    /* rules */
    {FORM, "present <= enrolled", "present <= nobody", NULL, "/rules/0/check", "column"},
    {FORM, "present <= enrolled", "present <=", NULL, "/rules/0/check", "column"},
    {FORM, "present <= enrolled", "present + enrolled", NULL, "/rules/0/check", "condition"},
    {FORM, "sum(pupil.present) = total", "sum(pupil.present) = note", NULL, "/rules/1/check",
     "column"},
    {FORM, "\"group\":\"pupil\"", "\"group\":\"staff\"", NULL, "/rules/0/group",
     "no group \"staff\""},
    {FORM, "\"pointer\":\"/present\"", "\"pointer\":\"/absent\"", NULL, "/rules/0/pointer",
     "field of the rule's group"},
    {FORM, "\"pointer\":\"/total\"", "\"pointer\":\"total\"", NULL, "/rules/1/pointer",
     "field of the rule's group"},
    {FORM, "\"severity\":\"reject\"", "\"severity\":\"fatal\"", NULL, "/rules/0/severity",
     "reject, warn, off"},
    {FORM, "E_SUM", "E_MONEY", NULL, "/rules/1/error", "E_SUM, E_RULE"},
    {FORM, "R_TOTAL", "R_PRESENT", NULL, "/rules/1/code", "twice"},
    {FORM, "R_TOTAL", "total", NULL, "/rules/1/code", "upper-case"},
    /* indicators */
    {RATE, "\"class\":\"R\"", "\"class\":\"X\"", NULL, "/class", "R, S, C, L, F, D"},
    {RATE, "\"denominator\":\"enrolled\",", "", NULL, "/denominator", "needs a denominator"},
    {RATE, "\"class\":\"R\"", "\"class\":\"L\"", NULL, "/denominator", "class L has no"},
    {RATE, "\"form\":\"COUNT\"", "\"form\":\"COUNTS\"", NULL, "/form", "no form"},
    {RATE, "\"group\":\"pupil\"", "\"group\":\"staff\"", NULL, "/group", "no group"},
    {RATE, "\"numerator\":\"present\"", "\"numerator\":\"nobody\"", NULL, "/numerator", "column"},
    {RATE, "\"numerator\":\"present\"", "\"numerator\":\"total\"", NULL, "/numerator",
     "own group only"},
    {RATE, "\"numerator\":\"present\"", "\"numerator\":\"sum(pupil.present)\"", NULL, "/numerator",
     "own group only"},
    {RATE, "\"numerator\":\"present\"", "\"numerator\":\"present = 1\"", NULL, "/numerator",
     "must be a number"},
    {RATE, "\"numerator\":\"present\"", "\"numerator\":\"present * 1.5\"", NULL, "/denominator",
     "digits after the point"},
    {RATE, "grade = '1'", "present", NULL, "/where", "must be a condition"},
    {RATE, "grade = '1'", "grade = '3'", NULL, "/where", "column"},
    {RATE, "\"cuts\":[\"sex\",\"owner\"]", "\"cuts\":[\"owner\"]", NULL, "/day_cuts/0",
     "not among the cuts"},
    {RATE, "\"cuts\":[\"sex\",\"owner\"]", "\"cuts\":[\"sex\",\"shoe\"]", NULL, "/cuts/1",
     "neither an attribute nor a code list"},
    {RATE, "\"cuts\":[\"sex\",\"owner\"]", "\"cuts\":[\"sex\",\"form\"]", NULL, "/cuts/1",
     "reporting only"},
    {RATE, "[\"month\",\"school_year\"]", "[\"day\",\"month\"]", NULL, "/periods",
     "does not hold whole periods"},
    {RATE, "[\"month\",\"school_year\"]", "[\"month\",\"campaign\"]", NULL, "/periods",
     "does not hold whole periods"},
    {RATE, "[\"month\",\"school_year\"]", "[\"month\",\"fortnight\"]", NULL, "/periods",
     "not a kind of period"},
    {RATE, "[\"month\",\"school_year\"]", "[]", NULL, "/periods", "at least one"},
    {RATE, "\"direction\":1", "\"direction\":2", NULL, "/direction", "from -1 to 1"},
    {RATE, "\"unit\":\"percent\"", "\"unit\":\"furlong\"", NULL, "/unit", "n, ratio"},
    {RATE, "\"source\":\"s\"", "\"source\":\" \"", NULL, "/source", "empty"},
    {RATE, "\"where\"", "\"filter\"", NULL, "/filter", "unknown member"},
    {PARITY, "\"pupils\":{\"indicator\":\"RATE\"}", "\"pupils\":{\"indicator\":\"RATIO\"}", NULL,
     "/values/pupils/indicator", "no indicator"},
    {PARITY, "\"pupils\":{\"indicator\":\"RATE\"}", "\"pupils\":{\"indicator\":\"PARITY\"}", NULL,
     "/values/pupils/indicator", "no cycle"},
    {PARITY, "\"pupils\":{\"indicator\":\"RATE\"}", "\"pupils\":{\"indicator\":\"CAME\"}", NULL,
     "/values/pupils/indicator", "no total"},
    {PARITY, "\"pupils\":{\"indicator\":\"RATE\"}", "\"pupils\":\"RATE\"", NULL, "/values/pupils",
     "object"},
    {PARITY, "\"pupils\":{\"indicator\":\"RATE\"}", "\"Select\":{\"indicator\":\"RATE\"}", NULL,
     "/values/Select", "the name of a value"},
    {PARITY, "\"denominator\":\"pupils\"", "\"denominator\":\"teachers\"", NULL, "/denominator",
     "column"},
    {PARITY, "\"denominator\":\"pupils\"", "\"denominator\":\"pupils > 0\"", NULL, "/denominator",
     "must be a number"},
    {PARITY, "\"denominator\":\"pupils\"", "\"denominator\":\"divide(pupils, 2)\"", NULL,
     "/denominator", "digits after the point"},
    {PARITY, "\"denominator\":\"pupils\"", "\"denominator\":\"divide(pupils, 0)\"", NULL,
     "/denominator", "divisor is 0"},
    {PARITY, "{\"indicator\":\"RATE\",\"cut\"", "{\"indicator\":\"RATE\",\"before\":1,\"cut\"",
     NULL, "/values/girls/before", "true or false"},
    {PARITY, "\"values\":{", "\"values\":[],\"value\":{", NULL, "/values", "1 to 40 named cells"},
    {PARITY, "{\"sex\":\"f\"}", "{\"sex\":\"x\"}", NULL, "/values/girls/cut",
     "not in the code list"},
    {PARITY, "{\"sex\":\"f\"}", "{\"grade\":\"1\"}", NULL, "/values/girls/cut", "is not cut by"},
    {PARITY, "{\"sex\":\"f\"}", "{}", NULL, "/values/girls/cut", "one member"},
    {RATE, "\"class\":\"R\"", "\"class\":\"F\"", NULL, "/periods", "of its form's own kind"},
    {RATE, "\"form\":\"COUNT\"", "\"promotes\":\"sex\",\"form\":\"COUNT\"", NULL, "/promotes",
     "class R has no"},
    {RATE, "\"form\":\"COUNT\"", "\"rows\":\"every\",\"form\":\"COUNT\"", NULL, "/rows",
     "class R has no"},
    {RATE, "\"class\":\"R\"", "\"promotes\":\"owner\",\"class\":\"F\"", NULL, "/promotes",
     "not a code list among the cuts"},
    {PARITY, "[\"month\"]", "[\"term\"]", NULL, "/periods", "not stored for all"},
    {PARITY, "\"cuts\":[]", "\"cuts\":[\"owner\"]", NULL, "/cuts/0", "two-way"},
    {PARITY, "\"cuts\":[]", "\"form\":\"COUNT\",\"cuts\":[]", NULL, "/form", "class D has no"},
    {PARITY, "\"cuts\":[]", "\"level\":\"hamlet\",\"cuts\":[]", NULL, "/level",
     "there is no level"},
    {PARITY, "\"cuts\":[]", "\"above\":\"sum\",\"cuts\":[]", NULL, "/above", "give \"level\" too"},
    {PARITY, "\"cuts\":[]", "\"above\":\"mean\",\"cuts\":[]", NULL, "/above", "derived"},
    {RATE, "\"form\":\"COUNT\"", "\"above\":\"sum\",\"form\":\"COUNT\"", NULL, "/above",
     "class R has no"},
    {RATE, "\"form\":\"COUNT\"", "\"level\":\"school\",\"form\":\"COUNT\"", NULL, "/level",
     "class R has no"},
    {CAME, "[\"form\"]", "[]", NULL, "/cuts", "must be cut by \"form\""},
    {CAME, "[\"form\"]", "[\"owner\"]", NULL, "/cuts/0", "by \"form\" only"},
    {CAME, "\"cuts\"", "\"numerator\":\"present\",\"cuts\"", NULL, "/numerator",
     "class coverage has no"},
    /* labels */
    {"labels/en.json", "\"code.sex.f\":\"Girls\",", "", NULL, "/code.sex.f", "missing"},
    {"labels/en.json", "\"Girls\"", "\"\"", NULL, "/code.sex.f", "empty"},
    {"labels/en.json", "{", "{\"form.COUNTS\":\"x\",", NULL, "/form.COUNTS",
     "nothing has this label"},
    {"labels/ar.json", NULL, "{}", NULL, "/form.COUNT", "missing"},
    {"labels/en.more.json", NULL, "{\"form.COUNT\":\"x\"}", NULL, "/form.COUNT",
     "labels/en.json too"},
    {"labels/en.json", NULL, NULL, "labels/", "", "no labels"},
};

static bool is_reported(const struct base *base, const struct mistake_case *one)
{
    for (size_t i = 0; i < base->mistake_count; i++) {
        const struct base_mistake *mistake = &base->mistakes[i];
        if (strcmp(mistake->path, one->where ? one->where : one->path) == 0 &&
            strcmp(mistake->pointer, one->pointer) == 0 &&
            strstr(mistake->reason, one->reason) != NULL)
            return true;
    }
    return false;
}

static void test_catalogue_compile__each_mistake_with_file_pointer_and_reason(void **state)
{
    (void) state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base *base = base_new();
        if (cases[i].from != NULL)
            base_edit(base, cases[i].path, cases[i].from, cases[i].to);
        else
            base_put(base, cases[i].path, cases[i].to);
        const bool is_compiled = base_compile(base);
        if (is_compiled || base->err.code != E_CATALOGUE || base->err.kind != EMIS_FATAL ||
            !is_reported(base, &cases[i])) {
            wrong++;
            print_error("case %zu, %s %s: \"%s\" at %s not reported, but\n", i, cases[i].path,
                        cases[i].to, cases[i].reason, cases[i].pointer);
            for (size_t j = 0; j < base->mistake_count; j++)
                print_error("  %s: %s: %s\n", base->mistakes[j].path, base->mistakes[j].pointer,
                            base->mistakes[j].reason);
        }
        base_free(base);
    }
    assert_int_equal(wrong, 0);
}

static void test_catalogue_compile__all_mistakes_of_all_files(void **state)
{
    static const char *const edits[][3] = {
        {FORM, "\"month\"", "\"decade\""},
        {FORM, "\"scale\":2,", ""},
        {RATE, "\"direction\":1", "\"direction\":2"},
        {"labels/en.json", "\"code.sex.f\":\"Girls\",", ""},
        {"codelists/grade.json", "\"code\":\"grade\"", "\"code\":\"grade\",\"size\":2"},
    };
    struct base *base = base_new();
    (void) state;
    for (size_t i = 0; i < 5; i++)
        base_edit(base, edits[i][0], edits[i][1], edits[i][2]);
    assert_false(base_compile(base));
    assert_true(base->mistake_count >= 5);
    for (size_t i = 0; i < 5; i++) {
        bool is_there = false;
        for (size_t j = 0; j < base->mistake_count; j++)
            is_there |= strcmp(base->mistakes[j].path, edits[i][0]) == 0;
        assert_true(is_there);
    }
    base_free(base);
}

/* An indicator is looked at although a rule of its form is wrong, and the other way round. */
static void test_catalogue_compile__wrong_rule_does_not_hide_wrong_indicator(void **state)
{
    struct base *base = base_new();
    (void) state;
    base_edit(base, FORM, "present <= enrolled", "present <= nobody");
    base_edit(base, RATE, "\"numerator\":\"present\"", "\"numerator\":\"nobody\"");
    assert_false(base_compile(base));
    assert_int_equal(base->mistake_count, 2);
    base_free(base);
}

static void test_catalogue_compile__sound_structures(void **state)
{
    struct base *base = base_new();
    const struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_form *form = catalogue_form_find(catalogue, "COUNT", 1);
    (void) state;
    assert_int_equal(catalogue->level_count, 3);
    assert_int_equal(form->period_kind, CATALOGUE_MONTH);
    assert_int_equal(form->level_mask, 4);
    assert_int_equal(form->leaf_level, 2);
    assert_int_equal(form->valid_to, EMIS_DATE_INFINITY);
    assert_int_equal(form->deadline_minute, 750);
    assert_int_equal(form->deadline_from, CATALOGUE_FROM_END);
    assert_true(form->is_owed);
    assert_non_null(form->owed);
    assert_string_equal(form->groups[1].table, "count_pupil");
    assert_int_equal(form->groups[0].fields[1].max, 100050);
    assert_int_equal(form->groups[0].fields[1].scale, 2);
    assert_int_equal(form->groups[0].fields[0].max, INT32_MAX);
    assert_false(form->groups[0].fields[0].is_required);
    assert_string_equal(form->groups[0].fields[0].missing_reason, "a check");
    assert_ptr_equal(form->rules[0].group, &form->groups[1]);
    assert_null(form->rules[1].group);
    assert_int_equal(form->rules[1].error, E_SUM);
    assert_int_equal(expr_result_type(form->rules[1].check), EXPR_BOOL);
    const struct catalogue_indicator *parity = catalogue_indicator_find(catalogue, "PARITY");
    assert_int_equal(parity->operand_count, 2);
    assert_string_equal(parity->operands[0].name, "girls");
    assert_ptr_equal(parity->operands[0].indicator, catalogue_indicator_find(catalogue, "RATE"));
    assert_string_equal(parity->operands[0].dimension->code, "sex");
    assert_int_equal(parity->operands[0].member, 2);
    assert_null(parity->operands[1].dimension);
    assert_false(catalogue_indicator_is_flow(parity));
    assert_int_equal(catalogue_indicator_find(catalogue, "RATE")->period_kinds,
                     1u << CATALOGUE_MONTH | 1u << CATALOGUE_SCHOOL_YEAR);
    assert_true(catalogue_dimension_find(catalogue, "owner")->is_attribute);
    assert_null(catalogue_dimension_find(catalogue, "form")->list);
    assert_null(catalogue_dimension_find(catalogue, "grade")); /* nothing is cut by it */
    assert_string_equal(catalogue_label(catalogue, "en", "code.sex.f"), "Girls");
    assert_null(catalogue_label(catalogue, "fr", "code.sex.f"));
    assert_null(catalogue_label(catalogue, "en", "code.sex.x"));
    assert_null(catalogue_language(catalogue, 1));
    base_free(base);
}

/* The second version as the first with `from` replaced; the first ends when it begins. */
static struct base *with_version_2(const char *from, const char *to)
{
    struct base *base = base_new();
    char *first = emis_strdup(base_body(base, FORM));
    base_put(base, "forms/COUNT.v2.json", first);
    free(first);
    base_edit(base, "forms/COUNT.v2.json", "\"version\":1", "\"version\":2");
    base_edit(base, "forms/COUNT.v2.json", "2000-01-01", "2025-09-01");
    base_edit(base, FORM, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2025-09-01\"");
    if (from != NULL)
        base_edit(base, "forms/COUNT.v2.json", from, to);
    return base;
}

static void test_catalogue_compile__second_version_shares_table_and_number(void **state)
{
    struct base *base = with_version_2("\"name\":\"note\"",
                                       "\"name\":\"more\",\"type\":\"date\"},{\"name\":\"note\"");
    (void) state;
    base_extend(base, "labels/en.json", "\"field.COUNT.form.more\":\"More\"");
    const struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_form *first = catalogue_form_find(catalogue, "COUNT", 1),
                                *second = catalogue_form_find(catalogue, "COUNT", 2);
    assert_ptr_equal(catalogue_form_newest(catalogue, "COUNT"), second);
    assert_int_equal(first->number, second->number);
    assert_int_equal(first->rules[0].number, second->rules[0].number);
    assert_ptr_equal(catalogue_form_by_number(catalogue, first->number), second);
    assert_string_equal(first->groups[0].table, second->groups[0].table);
    assert_ptr_equal(catalogue_indicator_find(catalogue, "RATE")->form, second);
    assert_null(catalogue_form_find(catalogue, "COUNT", 3));
    base_free(base);
}

static void test_catalogue_compile__versions_that_do_not_fit(void **state)
{
    static const struct {
        const char *from, *to, *pointer, *reason;
    } edits[] = {
        {"2025-09-01", "2025-08-01", "/valid_from", "overlaps with version 1"},
        {"\"month\"", "\"day\"", "/period_kind", "differs"},
        {"[\"school\"]", "[\"district\"]", "/unit_levels", "differ"},
        {"\"name\":\"round\"", "\"name\":\"turn\"", "/key_parts", "differ"},
        {"\"name\":\"note\"", "\"name\":\"memo\"", "/groups", "has a field \"note\""},
        {"\"type\":\"text\",\"text_max\":50", "\"type\":\"date\"", "/groups", "another type"},
        {"\"scale\":2", "\"scale\":3", "/groups", "another type"},
        {"\"max\":99", "\"max\":99999999999", "/groups", "another type"},
        {"\"code\":\"pupil\"", "\"code\":\"child\"", "/groups", "has a group \"pupil\""},
        {"{\"name\":\"grade\",\"type\":\"code\",\"list\":\"grade\"},", "", "/groups", "other keys"},
    };
    (void) state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct base *base = with_version_2(edits[i].from, edits[i].to);
        struct mistake_case one = {"forms/COUNT.v2.json", NULL,           NULL, NULL,
                                   edits[i].pointer,      edits[i].reason};
        assert_false(base_compile(base));
        if (!is_reported(base, &one))
            fail_msg("%s: not reported; first: %s", edits[i].to, base->err.message);
        base_free(base);
    }
}

static void test_catalogue_compile__indicator_versions_overlap(void **state)
{
    struct base *base = base_new();
    struct mistake_case one = {
        "indicators/RATE.v2.json", NULL, NULL, NULL, "/valid_from", "overlaps"};
    (void) state;
    char *first = emis_strdup(base_body(base, RATE));
    base_put(base, "indicators/RATE.v2.json", first);
    free(first);
    base_edit(base, "indicators/RATE.v2.json", "\"version\":1", "\"version\":2");
    assert_false(base_compile(base));
    assert_true(is_reported(base, &one));
    base_edit(base, "indicators/RATE.v2.json", "2000-01-01", "2020-01-01");
    base_edit(base, RATE, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2020-01-01\"");
    assert_int_equal(base_catalogue(base)->indicator_count, 4);
    assert_int_equal(catalogue_indicator_find(base->catalogue, "RATE")->version, 2);
    base_free(base);
}

/* Rows of both versions meet in one answer. */
static void test_catalogue_compile__versions_are_summed_above_alike(void **state)
{
    static const char second[] = "indicators/PARITY.v2.json";
    struct base *base = base_new();
    struct mistake_case above = {second, NULL, NULL, NULL, "/above", "differs from version 1"};
    struct mistake_case level = {second, NULL, NULL, NULL, "/level", "differs from version 1"};
    (void) state;
    char *first = emis_strdup(base_body(base, PARITY));
    base_put(base, second, first);
    free(first);
    base_edit(base, second, "\"version\":1", "\"version\":2");
    base_edit(base, second, "2000-01-01", "2020-01-01");
    base_edit(base, PARITY, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2020-01-01\"");
    base_catalogue(base);
    catalogue_free(base->catalogue);
    base->catalogue = NULL;
    base_edit(base, second, "\"cuts\":[]", "\"level\":\"district\",\"above\":\"sum\",\"cuts\":[]");
    assert_false(base_compile(base));
    assert_true(is_reported(base, &above));
    assert_true(is_reported(base, &level));
    base_free(base);
}

/* COUNT + x_y and COUNT_X + y would share a table. */
static void test_catalogue_compile__two_forms_one_table(void **state)
{
    struct base *base = base_new();
    struct mistake_case table = {"forms/COUNT_X.v1.json",
                                 NULL,
                                 NULL,
                                 NULL,
                                 "/groups/1/code",
                                 "core.count_x_pupil is that of forms/COUNT.v1.json"};
    struct mistake_case rule = {"forms/COUNT_X.v1.json",
                                NULL,
                                NULL,
                                NULL,
                                "/rules/0/code",
                                "a rule of forms/COUNT.v1.json too"};
    (void) state;
    char *first = emis_strdup(base_body(base, FORM));
    base_put(base, "forms/COUNT_X.v1.json", first);
    free(first);
    base_edit(base, "forms/COUNT_X.v1.json", "\"COUNT\"", "\"COUNT_X\"");
    base_edit(base, FORM, "\"code\":\"pupil\"", "\"code\":\"x_pupil\"");
    assert_false(base_compile(base));
    assert_true(is_reported(base, &table));
    assert_true(is_reported(base, &rule));
    base_free(base);
}

/* Every value of every file in turn becomes one of another type: nothing may crash or leak, and
 * most must be refused ("x" is a good label). */
static void test_catalogue_compile__any_type_anywhere(void **state)
{
    size_t tried = 0, refused = 0;
    (void) state;
    for (size_t i = 0; i < sizeof base_files / sizeof *base_files; i++)
        base_try_types(base_new, base_files[i][0], base_files[i][1], &tried, &refused);
    print_message("%zu tried, %zu refused\n", tried, refused);
    assert_true(tried > 1500 && refused > tried * 8 / 10);
}

static void test_catalogue_compile__table_name_too_long(void **state)
{
    struct base *base = base_new();
    struct mistake_case one = {"forms/A_CODE_OF_SOME_LENGTH.v1.json",
                               NULL,
                               NULL,
                               NULL,
                               "/groups/1/code",
                               "longer than 55"};
    (void) state;
    char *first = emis_strdup(base_body(base, FORM));
    base_put(base, one.path, first);
    free(first);
    base_edit(base, one.path, "\"COUNT\"", "\"A_CODE_OF_SOME_LENGTH\"");
    base_edit(base, one.path, "\"code\":\"pupil\"",
              "\"code\":\"and_a_group_with_a_name_of_35_letter\"");
    assert_false(base_compile(base));
    assert_true(is_reported(base, &one));
    base_free(base);
}

static void test_catalogue_compile__list_of_1000_codes(void **state)
{
    struct base *base = base_new();
    struct emis_buffer body;
    struct mistake_case one = {"codelists/grade.json", NULL, NULL, NULL, "/codes", "1 to 999"};
    (void) state;
    emis_buffer_init(&body);
    emis_buffer_text(&body, "{\"code\":\"grade\",\"codes\":[\"0\"");
    for (int i = 1; i < 1000; i++)
        emis_buffer_format(&body, ",\"%d\"", i);
    emis_buffer_text(&body, "]}");
    base_put(base, "codelists/grade.json", body.data);
    assert_false(base_compile(base));
    assert_true(is_reported(base, &one));
    emis_buffer_release(&body);
    base_free(base);
}

static void test_catalogue_compile__form_of_a_district_with_300_fields(void **state)
{
    struct base *base = base_new();
    struct emis_buffer form, labels;
    (void) state;
    emis_buffer_init(&form);
    emis_buffer_init(&labels);
    emis_buffer_text(&form,
                     "{\"code\":\"WIDE\",\"version\":1,\"valid_from\":\"2000-01-01\",\"period_"
                     "kind\":\"quarter\",\"unit_levels\":[\"district\"],"
                     "\"owed\":true,\"groups\":[{\"code\":\"form\",\"rows\":\"one\",\"fields\":[");
    emis_buffer_text(
        &labels,
        "{\"form.WIDE\":\"Wide\",\"group.WIDE.form\":\"Quarter\",\"indicator.SPENT\":\"Spent\"");
    for (int i = 0; i < 300; i++) {
        emis_buffer_format(&form, "%s{\"name\":\"f%d\",\"type\":\"int\",\"max\":%s}", i ? "," : "",
                           i, i == 7 ? "9000000000" : "9");
        emis_buffer_format(&labels, ",\"field.WIDE.form.f%d\":\"Field %d\"", i, i);
    }
    emis_buffer_text(&form, "]}]}");
    emis_buffer_text(&labels, "}");
    base_put(base, "forms/WIDE.v1.json", form.data);
    base_put(base, "labels/en.wide.json", labels.data);
    base_put(base, "indicators/SPENT.v1.json",
             "{\"code\":\"SPENT\",\"version\":1,\"valid_from\":\"2000-01-01\",\"class\":\"C\","
             "\"unit\":\"n\",\"factor\":1,\"decimals\":0,"
             "\"direction\":0,\"form\":\"WIDE\",\"group\":\"form\",\"numerator\":\"f0 + "
             "f299\",\"cuts\":[\"owner\"],\"periods\":[\"quarter\"],"
             "\"definition\":\"d\",\"source\":\"s\"}");
    const struct catalogue_form *wide = catalogue_form_newest(base_catalogue(base), "WIDE");
    assert_int_equal(wide->groups[0].field_count, 300);
    assert_int_equal(wide->leaf_level, 1);
    assert_string_equal(catalogue_label(base->catalogue, "en", "field.WIDE.form.f299"),
                        "Field 299");
    emis_buffer_release(&form);
    emis_buffer_release(&labels);
    base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_compile__sound_structures),
        cmocka_unit_test(test_catalogue_compile__each_mistake_with_file_pointer_and_reason),
        cmocka_unit_test(test_catalogue_compile__all_mistakes_of_all_files),
        cmocka_unit_test(test_catalogue_compile__wrong_rule_does_not_hide_wrong_indicator),
        cmocka_unit_test(test_catalogue_compile__second_version_shares_table_and_number),
        cmocka_unit_test(test_catalogue_compile__versions_that_do_not_fit),
        cmocka_unit_test(test_catalogue_compile__indicator_versions_overlap),
        cmocka_unit_test(test_catalogue_compile__versions_are_summed_above_alike),
        cmocka_unit_test(test_catalogue_compile__two_forms_one_table),
        cmocka_unit_test(test_catalogue_compile__any_type_anywhere),
        cmocka_unit_test(test_catalogue_compile__table_name_too_long),
        cmocka_unit_test(test_catalogue_compile__list_of_1000_codes),
        cmocka_unit_test(test_catalogue_compile__form_of_a_district_with_300_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
