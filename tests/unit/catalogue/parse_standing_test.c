/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks, bands, lights and targets as a catalogue declares them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/catalogue/base.h"

#define FORM  "forms/AIM.v1.json"
#define RATE  "indicators/RATE.v1.json"
#define CAME  "indicators/CAME.v1.json"
#define RANK  "\"rank\":{\"coverage_min\":\"0.9\",\"ties\":\"competition\"}"
#define LOW   "{\"code\":\"1\",\"below\":0.5}"
#define HIGH  "{\"code\":\"2\"}"
#define BANDS "\"bands\":{\"list\":\"grade\",\"steps\":[" LOW "," HIGH "]}"

static const char aim[] =
    "{\"code\":\"AIM\",\"version\":1,\"valid_from\":\"2000-01-01\",\"period_kind\":\"school_year\","
    "\"unit_levels\":[\"district\",\"school\"],\"owed\":false,"
    "\"targets\":{\"group\":\"row\",\"indicator\":\"what\",\"period\":\"till\",\"unit\":\"in_"
    "what\","
    "\"value\":\"much\"},"
    "\"groups\":[{\"code\":\"row\",\"rows\":\"many\",\"rows_min\":1,\"rows_max\":9,"
    "\"keys\":[{\"name\":\"what\",\"type\":\"text\",\"text_max\":41,\"code_text\":true},"
    "{\"name\":\"till\",\"type\":\"text\",\"text_max\":40,\"code_text\":true}],"
    "\"fields\":[{\"name\":\"in_what\",\"type\":\"code\",\"list\":\"aim_unit\"},"
    "{\"name\":\"much\",\"type\":\"decimal\",\"scale\":4,\"min\":0,\"max\":1000},"
    "{\"name\":\"memo\",\"type\":\"text\",\"text_max\":9}]}],\"rules\":[]}";

/* The base, with a ranked and banded RATE and a form that sets targets. */
static struct base *standing_base(void)
{
    struct base *base = base_new();
    base_extend(base, RATE, RANK "," BANDS ",\"amber_within\":0.05");
    base_put(base, FORM, aim);
    base_put(base, "codelists/aim_unit.json",
             "{\"code\":\"aim_unit\",\"codes\":[\"percent\",\"number\"]}");
    base_extend(base, "labels/en.json",
                "\"form.AIM\":\"Aim\",\"group.AIM.row\":\"Rows\",\"field.AIM.row.what\":\"What\","
                "\"field.AIM.row.till\":\"Till\",\"field.AIM.row.in_what\":\"As\","
                "\"field.AIM.row.much\":\"Much\",\"field.AIM.row.memo\":\"Memo\","
                "\"list.aim_unit\":\"Unit\",\"code.aim_unit.percent\":\"Percent\","
                "\"code.aim_unit.number\":\"Number\"");
    return base;
}

static void test_catalogue_parse_standing__what_is_declared(void **state)
{
    struct base *base = standing_base();
    const struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_standing *rate = &catalogue_indicator_find(catalogue, "RATE")->standing;
    const struct catalogue_form *form = catalogue_form_of_targets(catalogue);
    (void) state;
    assert_true(rate->is_ranked);
    assert_false(rate->is_dense);
    assert_int_equal(rate->coverage_min, 900000);
    assert_int_equal(rate->amber_within, 50000);
    assert_int_equal(rate->band_count, 2);
    assert_int_equal(rate->edges[0], 500000);
    assert_string_equal(rate->bands[1], "2");
    assert_string_equal(form->code, "AIM");
    assert_string_equal(form->targets->value->name, "much");
    base_free(base);
}

static void test_catalogue_parse_standing__what_is_not_declared(void **state)
{
    struct base *base = base_new();
    const struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_standing *rate = &catalogue_indicator_find(catalogue, "RATE")->standing;
    (void) state;
    assert_false(rate->is_ranked);
    assert_int_equal(rate->band_count, 0);
    assert_int_equal(rate->amber_within, 100000); /* a percentage: ten points */
    assert_int_equal(catalogue_indicator_find(catalogue, "PARITY")->standing.amber_within, 0);
    assert_null(catalogue_form_of_targets(catalogue));
    base_free(base);
}

static const struct {
    const char *path, *from, *to, *pointer, *reason;
} mistakes[] = {
    {RATE, "\"ties\"", "\"tie\"", "/rank/tie", "did you mean \"ties\""},
    {RATE, "\"competition\"", "\"standard\"", "/rank/ties", "one of competition, dense"},
    {RATE, "\"coverage_min\":\"0.9\",", "", "/rank/coverage_min", "missing"},
    {RATE, "\"0.9\"", "1.1", "/rank/coverage_min", "from 0 to 1"},
    {RATE, "\"0.9\"", "\"nine tenths\"", "/rank/coverage_min", "decimal"},
    {RATE, "\"0.9\"", "0.1234567", "/rank/coverage_min", "6 digits"},
    {RATE, "{\"coverage_min\":\"0.9\",\"ties\":\"competition\"}", "true", "/rank", "object"},
    {RATE, "\"direction\":1", "\"direction\":0", "/rank", "nobody can be ranked"},
    {RATE, "\"direction\":1", "\"direction\":0", "/amber_within", "no light"},
    {RATE, "\"amber_within\":0.05", "\"amber_within\":-1", "/amber_within", "from 0"},
    {RATE, LOW, "{\"code\":\"1\"}", "/bands/steps/0/below", "missing"},
    {RATE, HIGH, "{\"code\":\"2\",\"below\":1}", "/bands/steps/1/below", "a gap"},
    {RATE, LOW, LOW "," LOW, "/bands/steps/1/code", "twice"},
    {RATE, LOW, LOW ",{\"code\":\"3\",\"below\":1}", "/bands/steps/1/code", "not in the code list"},
    {RATE, LOW, "{\"code\":\"2\",\"below\":0.5}," LOW, "/bands/steps/1/below", "above"},
    {RATE, LOW, "{\"code\":\"1\",\"from\":0,\"below\":0.5}", "/bands/steps/0/from", "unknown"},
    {RATE, LOW ",", "", "/bands/steps", "at least two"},
    {RATE, "\"list\":\"grade\"", "\"list\":\"nobody\"", "/bands/list", "no code list"},
    {CAME, "\"direction\":1", "\"direction\":1," RANK, "/rank", "has no total"},
    {CAME, "\"direction\":1", "\"direction\":1," BANDS, "/bands", "has no total"},
    {FORM, "\"group\":\"row\"", "\"group\":\"line\"", "/targets/group", "no group"},
    {FORM, "\"value\":\"much\"", "\"value\":\"less\"", "/targets/value", "has no \"less\""},
    {FORM, "\"value\":\"much\"", "\"value\":\"memo\"", "/targets/value", "int or a decimal"},
    {FORM, "\"unit\":\"in_what\"", "\"unit\":\"memo\"", "/targets/unit", "must be a code"},
    {FORM, "\"unit\":\"in_what\",", "", "/targets/unit", "missing"},
    {FORM, "\"period\":\"till\"", "\"period\":\"what\"", "/targets/group", "two keys"},
    {FORM, "\"owed\":false", "\"owed\":false,\"key_parts\":[{\"name\":\"nth\",\"type\":\"int\"}]",
     "/targets/group", "no key parts"},
    {FORM, "\"aim_unit\"", "\"sex\"", "/targets/unit", "is not percent"},
};

static void test_catalogue_parse_standing__mistakes_have_their_place(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct base *base = standing_base();
        bool is_there = false;
        base_edit(base, mistakes[i].path, mistakes[i].from, mistakes[i].to);
        assert_false(base_compile(base));
        for (size_t j = 0; j < base->mistake_count; j++)
            is_there |= strcmp(base->mistakes[j].path, mistakes[i].path) == 0 &&
                        strcmp(base->mistakes[j].pointer, mistakes[i].pointer) == 0 &&
                        strstr(base->mistakes[j].reason, mistakes[i].reason) != NULL;
        if (!is_there)
            fail_msg("%zu %s: not at %s; first: %s", i, mistakes[i].to, mistakes[i].pointer,
                     base->err.message);
        base_free(base);
    }
}

/* Only days and weeks: no month could be ranked. */
static void test_catalogue_parse_standing__rank_of_days(void **state)
{
    struct base *base = standing_base();
    (void) state;
    base_edit(base, RATE, "[\"month\",\"school_year\"]", "[\"week\"]");
    assert_false(base_compile(base));
    assert_string_equal(base->mistakes[0].pointer, "/rank");
    base_free(base);
}

static void test_catalogue_parse_standing__two_forms_of_targets(void **state)
{
    struct base *base = standing_base();
    char *second;
    (void) state;
    second = emis_strdup(aim);
    base_put(base, "forms/GOAL.v1.json", second);
    free(second);
    base_edit(base, "forms/GOAL.v1.json", "\"AIM\"", "\"GOAL\"");
    assert_false(base_compile(base));
    assert_string_equal(base->mistakes[0].path, "forms/GOAL.v1.json");
    assert_string_equal(base->mistakes[0].pointer, "/targets");
    assert_non_null(strstr(base->mistakes[0].reason, "AIM sets targets already"));
    base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_parse_standing__what_is_declared),
        cmocka_unit_test(test_catalogue_parse_standing__what_is_not_declared),
        cmocka_unit_test(test_catalogue_parse_standing__mistakes_have_their_place),
        cmocka_unit_test(test_catalogue_parse_standing__rank_of_days),
        cmocka_unit_test(test_catalogue_parse_standing__two_forms_of_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
