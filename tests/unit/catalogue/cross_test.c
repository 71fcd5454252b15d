/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over several submissions: each mistake in a rule's file or its text, and what is compiled.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/catalogue/refresh.h"
#include "lib/expr/compile.h"
#include "tests/unit/catalogue/base.h"

#define FORM   "forms/COUNT.v1.json"
#define TREND  "rules/TREND.v1.json"
#define DOUBLE "rules/DOUBLE.v1.json"
#define ASKED  "rules/ASKED.v1.json"
#define LABELS "labels/en.json"

static const char trend[] =
    "{\"code\":\"TREND\",\"version\":1,\"valid_from\":\"2000-01-01\",\"severity\":\"warn\","
    "\"method\":\"compare\",\"levels\":[\"country\",\"district\"],\"period\":\"month\","
    "\"each\":\"sex\",\"values\":{"
    "\"now\":{\"indicator\":\"RATE\"},"
    "\"before\":{\"indicator\":\"RATE\",\"shift\":-1},"
    "\"kept\":{\"indicator\":\"RATE\",\"cut\":{\"owner\":\"state\"},\"period\":\"school_year\"},"
    "\"run\":{\"indicator\":\"RATE\",\"cut\":{\"sex\":[\"m\",\"f\"]},\"period\":\"school_year\","
    "\"over\":\"month\",\"take\":\"count\"},"
    "\"small\":{\"indicator\":\"RATE\",\"cut\":{\"sex\":\"m\"},\"among\":\"school\",\"take\":"
    "\"count\",\"to\":9}},"
    "\"check\":\"now <= before_denominator + kept + run + small\",\"source\":\"s\"}";

static const char twice[] =
    "{\"code\":\"DOUBLE\",\"version\":1,\"valid_from\":\"2000-01-01\",\"severity\":\"high\","
    "\"method\":\"shared\",\"form\":\"COUNT\",\"group\":\"pupil\",\"key\":[\"pass\",\"sex\"],"
    "\"where\":\"present > 0\",\"units_max\":2,\"source\":\"s\"}";

static const char asked[] =
    "{\"code\":\"ASKED\",\"version\":1,\"valid_from\":\"2000-01-01\",\"severity\":\"warn\","
    "\"method\":\"query\",\"form\":\"COUNT\",\"scope\":\"lane\",\"seen\":[\"reason\"],"
    "\"query\":[\"select t.unit_id, t.period_id, (select 'it''s ;') as subject,\",\"1 as reason "
    "from "
    "target t\"],\"source\":\"s\"}";

/* The base catalogue with a rule of each method. */
static struct base *rules_new(void)
{
    struct base *base = base_new();
    base_edit(base, FORM, "{\"name\":\"enrolled\"",
              "{\"name\":\"pass\",\"type\":\"text\",\"text_max\":20,\"code_text\":true},"
              "{\"name\":\"enrolled\"");
    base_put(base, TREND, trend);
    base_put(base, DOUBLE, twice);
    base_put(base, ASKED, asked);
    base_extend(base, LABELS,
                "\"field.COUNT.pupil.pass\":\"Pass\",\"rule.TREND\":\"{now} of {now_denominator} "
                "in {subject}, {run}\",\"rule.DOUBLE\":\"{subject} in {units}: {others}\","
                "\"rule.ASKED\":\"{subject}: {reason}\"");
    return base;
}

static bool is_reported(const struct base *base, const char *path, const char *pointer,
                        const char *reason)
{
    for (size_t i = 0; i < base->mistake_count; i++) {
        if (strcmp(base->mistakes[i].path, path) == 0 &&
            strcmp(base->mistakes[i].pointer, pointer) == 0 &&
            strstr(base->mistakes[i].reason, reason) != NULL)
            return true;
    }
    return false;
}

static void test_catalogue_cross__sound_rules(void **state)
{
    struct base *base = rules_new();
    const struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_cross *one = catalogue_cross_find(catalogue, "TREND"),
                                 *other = catalogue_cross_find(catalogue, "DOUBLE");
    const struct catalogue_form *form = catalogue_form_newest(catalogue, "COUNT");
    (void) state;
    assert_int_equal(one->level_mask, 1 << 0 | 1 << 1);
    assert_int_equal(one->value_count, 5);
    assert_true(one->values[0].is_each && one->values[1].is_each);
    assert_false(one->values[2].is_each || one->values[3].is_each);
    assert_int_equal(one->values[1].shift, -1);
    assert_int_equal(one->values[2].period_kind, CATALOGUE_SCHOOL_YEAR);
    assert_int_equal(one->values[3].member_count, 2);
    assert_int_equal(one->values[3].over, CATALOGUE_MONTH);
    assert_true(one->values[0].has_denominator);
    assert_false(one->values[3].has_denominator);
    assert_int_equal(expr_result_type(one->check), EXPR_BOOL);
    assert_int_equal(other->units_max, 2);
    assert_string_equal(other->keys[0]->name, "pass");
    assert_non_null(other->where);
    assert_true(one->number > 0 && other->number > 0 && one->number != other->number);
    assert_true(catalogue_cross_is_fed_by(catalogue, one, form));
    assert_true(catalogue_cross_is_fed_by(catalogue, other, form));
    assert_int_equal(one->values[4].among, 2);
    assert_true(one->values[4].to == 9 && one->values[4].from == INT64_MIN);
    assert_true(catalogue_cross_is_country(catalogue, one));
    assert_true(catalogue_cross_is_country(catalogue, other));
    base_free(base);
}

static const struct {
    const char *path, *from, *to, *at, *pointer, *reason;
} mistakes[] = {
    {TREND, "\"severity\":\"warn\"", "\"severity\":\"reject\"", TREND, "/severity", "warn, high"},
    {TREND, "\"TREND\"", "\"TREN\"", TREND, "/code", "rules/TREN.v1.json"},
    {TREND, "\"TREND\"", "\"R_TOTAL\"", TREND, "/code", "rules/R_TOTAL.v1.json"},
    {TREND, "\"compare\"", "\"guess\"", TREND, "/method", "compare, shared, query"},
    {TREND, "\"source\":\"s\"", "\"sauce\":\"s\"", TREND, "/sauce", "did you mean \"source\""},
    {TREND, "\"source\":\"s\"", "\"source\":\"s\",\"key\":[]", TREND, "/key", "unknown member"},
    {TREND, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"1999-01-01\"", TREND, "/valid_to",
     "later"},
    {TREND, "\"country\",", "\"village\",", TREND, "/levels/0", "no level \"village\""},
    {TREND, "[\"country\",\"district\"]", "[]", TREND, "/levels", "at least one"},
    {TREND, "\"period\":\"month\",\"each\"", "\"each\"", TREND, "/period", "missing"},
    {TREND, "\"period\":\"month\",\"each\"", "\"period\":\"moon\",\"each\"", TREND, "/period",
     "not a kind"},
    {TREND, "\"period\":\"month\",\"each\"", "\"period\":\"day\",\"each\"", TREND,
     "/values/now/indicator", "not stored for periods of kind day"},
    {TREND, "\"each\":\"sex\"", "\"each\":\"colour\"", TREND, "/each", "cut by \"colour\""},
    {TREND, "\"each\":\"sex\"", "\"each\":\"form\"", TREND, "/each", "cut by \"form\""},
    {TREND, "\"now\":{", "\"select\":{", TREND, "/values/select", "cannot name"},
    {TREND, "\"now\":{", "\"subject\":{", TREND, "/values/subject", "cannot name"},
    {TREND, "\"now\":{\"indicator\":\"RATE\"}", "\"now\":{\"indicator\":\"RATES\"}", TREND,
     "/values/now/indicator", "no indicator"},
    {TREND, "\"now\":{\"indicator\":\"RATE\"}", "\"now\":{\"indicator\":\"PARITY\"}", TREND,
     "/values/now/indicator", "no form of its own"},
    {TREND, "\"now\":{\"indicator\":\"RATE\"}", "\"now\":{\"indicator\":\"CAME\"}", TREND,
     "/values/now/indicator", "no form of its own"},
    {TREND, "\"now\":{", "\"now\":{\"cuts\":[],", TREND, "/values/now/cuts", "did you mean"},
    {TREND, "\"shift\":-1", "\"shift\":1", TREND, "/values/before/shift", "-12 to 0"},
    {TREND, "{\"owner\":\"state\"}", "{\"grade\":\"1\"}", TREND, "/values/kept/cut", "not cut by"},
    {TREND, "{\"owner\":\"state\"}", "{\"owner\":\"club\"}", TREND, "/values/kept/cut",
     "not in the code list"},
    {TREND, "{\"owner\":\"state\"}", "{}", TREND, "/values/kept/cut", "one member"},
    {TREND, "[\"m\",\"f\"]", "[]", TREND, "/values/run/cut/sex", "at least one member"},
    {TREND, "\"school_year\",\"over\"", "\"month\",\"over\"", TREND, "/values/run/over",
     "narrower than month"},
    {TREND, "\"over\":\"month\",\"take\":\"count\"", "\"over\":\"month\"", TREND,
     "/values/run/take", "which periods or units"},
    {TREND, "\"over\":\"month\",", "", TREND, "/values/run/take", "which periods or units"},
    {TREND, "\"over\":\"month\",", "\"over\":\"month\",\"among\":\"school\",", TREND,
     "/values/run/take", "one of \"over\" and \"among\""},
    {TREND, "\"among\":\"school\"", "\"among\":\"village\"", TREND, "/values/small/among",
     "no level \"village\""},
    {TREND, "\"among\":\"school\"", "\"among\":\"district\"", TREND, "/values/small/among",
     "below the levels"},
    {TREND, "\"take\":\"count\",\"to\":9", "\"take\":\"last\"", TREND, "/values/small/take",
     "units have no order"},
    {TREND, "\"take\":\"count\",\"to\":9", "\"take\":\"median\",\"to\":9", TREND,
     "/values/small/to", "\"count\" counts"},
    {TREND, "\"take\":\"count\"", "\"take\":\"sum\"", TREND, "/values/run/take", "last, count"},
    {TREND, "\"take\":\"count\"", "\"take\":\"same\"", TREND, "/values/run/cut", "has no cut"},
    {TREND, "now <= before", "now <= after", TREND, "/check", "no field 'after"},
    {TREND, "+ run ", "+ run_denominator ", TREND, "/check", "no field 'run_denominator'"},
    {TREND, "now <= before_denominator", "now + before", TREND, "/check", "condition"},
    {LABELS, "{now} of", "{then} of", LABELS, "/rule.TREND", "no value \"then\""},
    {LABELS, "{run}", "{run_denominator}", LABELS, "/rule.TREND", "no value \"run_denominator\""},
    {LABELS, "{now} of", "{now of", LABELS, "/rule.TREND", "in braces"},
    {LABELS, "{others}", "{others", LABELS, "/rule.DOUBLE", "in braces"},
    {LABELS, "{others}", "{now}", LABELS, "/rule.DOUBLE", "no value \"now\""},
    {LABELS, "\"rule.TREND\"", "\"rule.TRENDY\"", LABELS, "/rule.TREND", "missing"},
    {DOUBLE, "\"COUNT\"", "\"COUNTS\"", DOUBLE, "/form", "no form"},
    {DOUBLE, "\"pupil\"", "\"staff\"", DOUBLE, "/group", "no group"},
    {DOUBLE, "\"pass\",", "\"passport\",", DOUBLE, "/key/0", "no column \"passport\""},
    {DOUBLE, "\"pass\",\"sex\"", "\"sex\"", DOUBLE, "/key/0", "first must be a text"},
    {DOUBLE, "\"sex\"", "\"present\"", DOUBLE, "/key/1", "must be a code"},
    {DOUBLE, "[\"pass\",\"sex\"]", "[]", DOUBLE, "/key", "at least one column"},
    {DOUBLE, "\"units_max\":2", "\"units_max\":0", DOUBLE, "/units_max", "1 to 1000"},
    {DOUBLE, "present > 0", "total > 0", DOUBLE, "/where", "columns of the group"},
    {DOUBLE, "present > 0", "present", DOUBLE, "/where", "condition"},
    {LABELS, "{reason}", "{other}", LABELS, "/rule.ASKED", "no value \"other\""},
    {ASKED, "\"COUNT\"", "\"COUNTS\"", ASKED, "/form", "no form"},
    {ASKED, "\"scope\":\"lane\"", "\"scope\":\"land\"", ASKED, "/scope", "unit, lane"},
    {ASKED, "\"scope\"", "\"also\":[\"COUNTS\"],\"scope\"", ASKED, "/also/0", "no form"},
    {ASKED, "\"scope\"", "\"also\":[\"COUNT\"],\"scope\"", ASKED, "/also/0", "the rule itself"},
    {ASKED, "\"form\":\"COUNT\"", "\"also\":[\"COUNT\"]", ASKED, "/also", "goes with"},
    {ASKED, "\"seen\":[\"reason\"]", "\"seen\":[\"unit_id\"]", ASKED, "/seen/0", "cannot name"},
    {ASKED, "\"seen\":[\"reason\"],", "", ASKED, "/seen", "missing"},
    {ASKED, "\"seen\":[\"reason\"]", "\"seen\":[\"subject\"]", ASKED, "/seen/0", "cannot name"},
    {ASKED, "\"seen\":[\"reason\"]",
     "\"seen\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"reason\"]", ASKED, "/seen",
     "at most 8"},
    {ASKED, "\"source\"", "\"check\":\"1\",\"source\"", ASKED, "/check", "unknown member"},
    {ASKED, "select t.unit", "delete from t.unit", ASKED, "/query", "begin with select"},
    {ASKED, "select t.unit", "selected t.unit", ASKED, "/query", "begin with select"},
    {ASKED, "target t\"", "target t; drop table x\"", ASKED, "/query", "semicolon"},
    {ASKED, "target t\"", "target t) u, (select 1\"", ASKED, "/query", "did not open"},
    {ASKED, "target t\"", "(target t\"", ASKED, "/query", "not closed"},
    {ASKED, "target t\"", "target t -- all\"", ASKED, "/query", "comment"},
    {ASKED, "target t\"", "target t /* all\"", ASKED, "/query", "comment"},
    {ASKED, "target t\"", "target t where $1\"", ASKED, "/query", "no parameter"},
    {ASKED, "target t\"", "target t where 'x\"", ASKED, "/query", "does not end"},
    {ASKED, "target t\"", "target t where E'x'\"", ASKED, "/query", "before the quote"},
    {ASKED, "target t\"", "target t\\nlimit 1\"", ASKED, "/query/1", "one line"},
    {ASKED, "\"1 as reason from target t\"", "1", ASKED, "/query/1", "one line"},
};

static void test_catalogue_cross__each_mistake_with_file_pointer_and_reason(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct base *base = rules_new();
        base_edit(base, mistakes[i].path, mistakes[i].from, mistakes[i].to);
        if (base_compile(base))
            fail_msg("%s: %s: no mistake", mistakes[i].path, mistakes[i].to);
        if (!is_reported(base, mistakes[i].at, mistakes[i].pointer, mistakes[i].reason))
            fail_msg("%s: %s: not reported; first: %s", mistakes[i].path, mistakes[i].to,
                     base->err.message);
        base_free(base);
    }
}

/* One list of numbers and labels: a rule of a form has the code already. */
static void test_catalogue_cross__code_of_a_rule_of_a_form(void **state)
{
    struct base *base = rules_new();
    (void) state;
    base_put(base, "rules/R_TOTAL.v1.json", trend);
    base_edit(base, "rules/R_TOTAL.v1.json", "TREND", "R_TOTAL");
    assert_false(base_compile(base));
    assert_true(is_reported(base, "rules/R_TOTAL.v1.json", "/code", "is a rule of " FORM));
    base_free(base);
}

static void test_catalogue_cross__versions(void **state)
{
    struct base *base = rules_new();
    (void) state;
    base_put(base, "rules/TREND.v2.json", trend);
    base_edit(base, "rules/TREND.v2.json", "\"version\":1", "\"version\":2");
    base_edit(base, "rules/TREND.v2.json", "\"warn\"", "\"off\"");
    assert_false(base_compile(base));
    assert_true(is_reported(base, "rules/TREND.v2.json", "/valid_from", "overlaps"));
    base_edit(base, "rules/TREND.v2.json", "2000-01-01", "2020-01-01");
    base_edit(base, TREND, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2020-01-01\"");
    assert_int_equal(catalogue_cross_find(base_catalogue(base), "TREND")->version, 2);
    base_edit(base, "rules/TREND.v2.json", "\"run\":{", "\"ran\":{");
    base_edit(base, "rules/TREND.v2.json", "+ run ", "+ ran ");
    catalogue_free(base->catalogue);
    base->catalogue = NULL;
    assert_false(base_compile(base)); /* the text names a value that version 2 has not */
    assert_true(is_reported(base, LABELS, "/rule.TREND", "version 2 of the rule has no value"));
    base_put(base, "rules/DOUBLE.v2.json", twice);
    base_edit(base, "rules/DOUBLE.v2.json", "\"version\":1", "\"version\":2");
    base_edit(base, "rules/DOUBLE.v2.json", "\"pass\",\"sex\"", "\"pass\"");
    assert_false(base_compile(base));
    assert_true(is_reported(base, "rules/DOUBLE.v2.json", "/key", "differs from version 1"));
    base_free(base);
}

static const char *statement(struct catalogue *catalogue, const char *name)
{
    const struct catalogue_statement *statements;
    size_t count;
    catalogue_refresh_statements(catalogue, &statements, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(statements[i].name, name) == 0)
            return statements[i].text;
    }
    fail_msg("no statement %s", name);
    return "";
}

/* A version that is off finds nothing; what stands is still looked at, and closed. */
static void test_catalogue_cross__off_finds_nothing_and_closes(void **state)
{
    struct base *base = rules_new();
    const char *text;
    (void) state;
    text = statement(base_catalogue(base), "refresh_cross_TREND");
    assert_non_null(strstr(text, "mart.school_indicator"));
    assert_non_null(strstr(text, "mart.district_indicator"));
    assert_non_null(strstr(text, "mart.country_indicator"));
    catalogue_free(base->catalogue);
    base_edit(base, TREND, "\"warn\"", "\"off\"");
    text = statement(base_catalogue(base), "refresh_cross_TREND");
    assert_null(strstr(text, "_indicator"));
    assert_non_null(strstr(text, "set closed_at = now()"));
    base_free(base);
}

/* All versions are one statement, which says what a query may look at; each holds in its time. */
static void test_catalogue_cross__queries_of_two_versions(void **state)
{
    struct base *base = rules_new();
    const struct catalogue_cross *cross;
    const char *text;
    (void) state;
    base_put(base, "rules/ASKED.v2.json", asked);
    base_edit(base, "rules/ASKED.v2.json", "\"version\":1", "\"version\":2");
    base_edit(base, "rules/ASKED.v2.json", "\"2000-01-01\"", "\"2020-01-01\"");
    base_edit(base, "rules/ASKED.v2.json", "1 as reason", "2 as reason");
    base_edit(base, ASKED, "\"2000-01-01\"", "\"2000-01-01\",\"valid_to\":\"2020-01-01\"");
    cross = catalogue_cross_find(base_catalogue(base), "ASKED");
    assert_int_equal(cross->version, 2);
    assert_true(cross->is_of_lane && cross->seen_count == 1);
    assert_false(catalogue_cross_is_country(base->catalogue, cross));
    assert_true(catalogue_cross_is_fed_by(base->catalogue, cross, cross->form));
    assert_string_equal(cross->query, "select t.unit_id, t.period_id, (select 'it''s ;') as "
                                      "subject,\n2 as reason from target t");
    text = statement(base->catalogue, "refresh_cross_ASKED");
    assert_non_null(strstr(text, "1 as reason from target t"));
    assert_non_null(strstr(text, "2 as reason from target t"));
    assert_non_null(strstr(text, "q.starts_on < '2020-01-01'"));
    assert_non_null(strstr(text, "sent as materialized"));
    catalogue_free(base->catalogue);
    base->catalogue = NULL;
    base_edit(base, "rules/ASKED.v2.json", "\"form\":\"COUNT\",", "");
    assert_false(base_compile(base));
    assert_true(is_reported(base, "rules/ASKED.v2.json", "/form", "differs from version 1"));
    base_free(base);
}

/* Without a form every form feeds it, and there is no `sent`. */
static void test_catalogue_cross__query_of_every_form(void **state)
{
    struct base *base = rules_new();
    const struct catalogue_cross *cross;
    const char *text;
    (void) state;
    base_edit(base, ASKED, "\"form\":\"COUNT\",\"scope\":\"lane\",", "");
    cross = catalogue_cross_find(base_catalogue(base), "ASKED");
    assert_true(catalogue_cross_is_fed_by(base->catalogue, cross,
                                          catalogue_form_newest(base->catalogue, "COUNT")));
    assert_false(cross->is_of_lane);
    text = statement(base->catalogue, "refresh_cross_ASKED");
    assert_null(strstr(text, "sent as"));
    assert_null(strstr(text, "$4"));
    base_free(base);
}

static void test_catalogue_cross__any_type_anywhere(void **state)
{
    size_t tried = 0, refused = 0;
    (void) state;
    base_try_types(rules_new, TREND, trend, &tried, &refused);
    base_try_types(rules_new, DOUBLE, twice, &tried, &refused);
    base_try_types(rules_new, ASKED, asked, &tried, &refused);
    print_message("%zu tried, %zu refused\n", tried, refused);
    assert_true(tried > 300 && refused > tried * 8 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_cross__sound_rules),
        cmocka_unit_test(test_catalogue_cross__each_mistake_with_file_pointer_and_reason),
        cmocka_unit_test(test_catalogue_cross__code_of_a_rule_of_a_form),
        cmocka_unit_test(test_catalogue_cross__versions),
        cmocka_unit_test(test_catalogue_cross__any_type_anywhere),
        cmocka_unit_test(test_catalogue_cross__off_finds_nothing_and_closes),
        cmocka_unit_test(test_catalogue_cross__queries_of_two_versions),
        cmocka_unit_test(test_catalogue_cross__query_of_every_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
