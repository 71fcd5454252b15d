/* SPDX-License-Identifier: Apache-2.0 */
/* A small catalogue, and what may and may not follow it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ops/cli/compatibility.h"

struct source {
    const char *path;
    const char *body;
};

static const char levels[] = "{\"levels\":[\"country\",\"school\"]}";
static const char attributes[] = "{\"attributes\":[{\"code\":\"owner\",\"list\":\"kind\"}]}";
static const char kinds[] = "{\"code\":\"kind\",\"codes\":[\"a\",\"b\"]}";
static const char sexes[] = "{\"code\":\"sex\",\"codes\":[\"m\",\"f\"]}";
#define FORM(VERSION, FROM, TO, PERIOD, KEYS, FIELDS)                                          \
    "{\"code\":\"COUNTS\",\"version\":" VERSION ",\"valid_from\":\"" FROM "\"" TO              \
    ",\"period_kind\":\"" PERIOD                                                               \
    "\",\"unit_levels\":[\"school\"],\"owed\":true,\"groups\":[{\"code\":\"pupil\","           \
    "\"rows\":\"many\",\"rows_min\":0,\"rows_max\":10,\"keys\":[" KEYS "],\"fields\":[" FIELDS \
    "]}],\"rules\":[]}"
#define SEX_KEY "{\"name\":\"sex\",\"type\":\"code\",\"list\":\"sex\"}"
#define PUPILS  "{\"name\":\"pupils\",\"type\":\"int\",\"min\":0,\"max\":5000}"
#define REPEATERS                                                                          \
    ",{\"name\":\"repeaters\",\"type\":\"int\",\"min\":0,\"max\":5000,\"required\":false," \
    "\"missing\":\"not asked\"}"
static const char form_1[] = FORM("1", "2000-01-01", "", "month", SEX_KEY, PUPILS REPEATERS);
static const char indicator[] =
    "{\"code\":\"ENR\",\"version\":1,\"valid_from\":\"2000-01-01\",\"class\":\"C\",\"unit\":\"n\","
    "\"factor\":1,\"decimals\":0,\"direction\":0,\"form\":\"COUNTS\",\"group\":\"pupil\","
    "\"numerator\":\"pupils\",\"cuts\":[\"sex\"],\"day_cuts\":[],\"periods\":[\"month\"],"
    "\"definition\":\"Pupils.\",\"source\":\"A test.\"}";

#define SOURCES 7
static const struct source stored[SOURCES] = {
    {"levels.json", levels},
    {"attributes.json", attributes},
    {"codelists/kind.json", kinds},
    {"codelists/sex.json", sexes},
    {"forms/COUNTS.v1.json", form_1},
    {"indicators/ENR.v1.json", indicator},
    {NULL, NULL},
};

/* What a first compilation misses: the labels, which are made of its complaints. */
static void collect_label(void *context, const char *path, const char *pointer, const char *reason)
{
    char *labels = context;
    size_t size = strlen(labels);

    if (strcmp(path, "labels/en.json") == 0) {
        (void) snprintf(labels + size, 4096 - size, "%s\"%s\":\"x\"", size > 1 ? "," : "",
                        pointer + 1);
    } else {
        print_error("%s %s: %s\n", path, pointer, reason);
    }
}

static bool try_compile(const struct source *sources, struct catalogue **ret_catalogue)
{
    struct catalogue_document documents[SOURCES + 1];
    struct emis_error err;
    char labels[4096] = "{";
    size_t count = 0;

    for (size_t i = 0; i < SOURCES; i++) {
        if (sources[i].path != NULL && sources[i].body != NULL) {
            documents[count++] = (struct catalogue_document){sources[i].path, sources[i].body,
                                                             strlen(sources[i].body)};
        }
    }
    documents[count++] = (struct catalogue_document){"labels/en.json", "{}", 2};
    assert_false(catalogue_compile(documents, count, collect_label, labels, ret_catalogue, &err));
    strcat(labels, "}");
    documents[count - 1] = (struct catalogue_document){"labels/en.json", labels, strlen(labels)};
    return catalogue_compile(documents, count, NULL, NULL, ret_catalogue, &err);
}

static struct catalogue *compile(const struct source *sources)
{
    struct catalogue *catalogue;

    assert_true(try_compile(sources, &catalogue));
    return catalogue;
}

struct told {
    size_t count;
    char first[300];
};

static void tell(void *context, const char *path, const char *pointer, const char *reason)
{
    struct told *told = context;

    (void) pointer;
    if (told->count++ == 0) {
        (void) snprintf(told->first, sizeof told->first, "%s: %s", path, reason);
    }
}

/* The stored catalogue with one document replaced (body NULL: removed) or, at the end, added. */
static void expect(const char *path, const char *body, size_t conflicts, const char *part)
{
    struct source wanted[SOURCES];
    struct told told = {0};
    struct catalogue *before = compile(stored), *after;
    size_t at = 0;

    memcpy(wanted, stored, sizeof wanted);
    while (wanted[at].path != NULL && strcmp(wanted[at].path, path) != 0) {
        at++;
    }
    wanted[at] = (struct source){path, body};
    after = compile(wanted);
    assert_int_equal(cli_compatibility_check(before, after, tell, &told), conflicts);
    assert_int_equal(told.count, conflicts);
    if (strstr(told.first, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", told.first, part);
    }
    catalogue_free(before);
    catalogue_free(after);
}

#define FORM_PATH "forms/COUNTS.v1.json"

static void test_cli_compatibility__what_may_follow(void **state)
{
    (void) state;
    expect(FORM_PATH, form_1, 0, "");
    /* a field more, another bound within the same column */
    expect(FORM_PATH,
           FORM("1", "2000-01-01", "", "month", SEX_KEY,
                "{\"name\":\"pupils\",\"type\":\"int\",\"min\":0,\"max\":9000}" REPEATERS
                ",{\"name\":\"new\",\"type\":\"int\",\"min\":0,\"max\":9,\"required\":false,"
                "\"missing\":\"new\"}"),
           0, "");
    expect("codelists/sex.json", "{\"code\":\"sex\",\"codes\":[\"m\",\"f\",\"x\"]}", 0, "");
    expect("codelists/more.json", "{\"code\":\"more\",\"codes\":[\"x\"]}", 0, "");
}

static void test_cli_compatibility__fields_of_a_stored_version(void **state)
{
    (void) state;
    expect(FORM_PATH, FORM("1", "2000-01-01", "", "month", SEX_KEY, PUPILS), 1,
           "field repeaters of group pupil is stored and may not be removed");
    expect(FORM_PATH,
           FORM("1", "2000-01-01", "", "month", SEX_KEY,
                "{\"name\":\"pupils\",\"type\":\"int\",\"min\":0,\"max\":5000000000}" REPEATERS),
           1, "field pupils of group pupil is stored with another type");
    expect(FORM_PATH,
           FORM("1", "2000-01-01", "", "month",
                SEX_KEY ",{\"name\":\"grade\",\"type\":\"int\",\"min\":1,\"max\":9}",
                PUPILS REPEATERS),
           1, "the keys of group pupil");
}

static void test_cli_compatibility__codes_of_a_list(void **state)
{
    (void) state;
    expect("codelists/kind.json", "{\"code\":\"kind\",\"codes\":[\"a\"]}", 1,
           "code b of list kind is stored");
}

static void test_cli_compatibility__levels_and_attributes(void **state)
{
    (void) state;
    expect("levels.json", "{\"levels\":[\"country\",\"district\",\"school\"]}", 2, "levels");
    expect("attributes.json", "{\"attributes\":[]}", 1, "attribute owner");
    expect("attributes.json", "{\"attributes\":[{\"code\":\"owner\",\"list\":\"sex\"}]}", 1,
           "attribute owner");
}

static void test_cli_compatibility__country(void **state)
{
    static const struct source of_xx[SOURCES] = {
        {"levels.json", levels},
        {"attributes.json", attributes},
        {"codelists/kind.json", kinds},
        {"codelists/sex.json", sexes},
        {"forms/COUNTS.v1.json", form_1},
        {"indicators/ENR.v1.json", indicator},
        {"country.json", "{\"country\":\"xx\"}"},
    };
    struct catalogue *base = compile(stored), *country = compile(of_xx);
    struct told told = {0};

    (void) state;
    /* a base may become a country's, but not the other way, nor may its weeks begin elsewhere */
    expect("country.json", "{\"country\":\"xx\"}", 0, "");
    expect("country.json", "{\"country\":\"xx\",\"week_starts_on\":\"sun\"}", 1,
           "week_starts_on may not change");
    assert_int_equal(cli_compatibility_check(country, base, tell, &told), 1);
    assert_non_null(strstr(told.first, "migrate with --country xx"));
    catalogue_free(base);
    catalogue_free(country);
}

static void test_cli_compatibility__indicator_removed(void **state)
{
    (void) state;
    expect("indicators/ENR.v1.json", NULL, 1, "version 1 of indicator ENR has stored values");
}

#define ENR(VERSION, CLASS, MORE)                                                                \
    "{\"code\":\"ENR\",\"version\":" VERSION ",\"valid_from\":\"2000-01-01\",\"class\":\"" CLASS \
    "\",\"unit\":\"n\",\"factor\":1,\"decimals\":0,\"direction\":0,\"form\":\"COUNTS\","         \
    "\"group\":\"pupil\",\"numerator\":\"pupils\",\"cuts\":[],\"day_cuts\":[]," MORE             \
    "\"definition\":\"Pupils.\",\"source\":\"A test.\"}"

static void test_cli_compatibility__indicator_redefined(void **state)
{
    (void) state;
    /* it ends, loses a cut, takes other periods: the refresh that follows puts it right */
    expect("indicators/ENR.v1.json",
           ENR("1", "C", "\"valid_to\":\"2022-01-01\",\"periods\":[\"school_year\"],"), 0, "");
    expect("indicators/ENR.v1.json", ENR("1", "L", "\"periods\":[\"month\"],"), 1,
           "version 1 of indicator ENR has stored values; its class");
}

static void test_cli_compatibility__newer_version_of_a_form(void **state)
{
    static const struct source with_2[SOURCES] = {
        {"levels.json", levels},
        {"attributes.json", attributes},
        {"codelists/kind.json", kinds},
        {"codelists/sex.json", sexes},
        {FORM_PATH, FORM("1", "2000-01-01", ",\"valid_to\":\"2030-01-01\"", "month", SEX_KEY,
                         PUPILS REPEATERS)},
        {"forms/COUNTS.v2.json",
         FORM("2", "2030-01-01", "", "month", SEX_KEY,
              PUPILS ",{\"name\":\"repeaters\",\"type\":\"text\",\"required\":false,"
                     "\"missing\":\"not asked\"}")},
        {"indicators/ENR.v1.json", indicator},
    };
    struct catalogue *before = compile(stored), *after;
    struct told told = {0};

    (void) state;
    /* The catalogue itself may refuse it first; when it does not, we do. */
    if (try_compile(with_2, &after)) {
        assert_int_equal(cli_compatibility_check(before, after, tell, &told), 1);
        assert_non_null(strstr(told.first, "repeaters"));
        catalogue_free(after);
    }
    catalogue_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_compatibility__what_may_follow),
        cmocka_unit_test(test_cli_compatibility__fields_of_a_stored_version),
        cmocka_unit_test(test_cli_compatibility__codes_of_a_list),
        cmocka_unit_test(test_cli_compatibility__levels_and_attributes),
        cmocka_unit_test(test_cli_compatibility__country),
        cmocka_unit_test(test_cli_compatibility__indicator_removed),
        cmocka_unit_test(test_cli_compatibility__indicator_redefined),
        cmocka_unit_test(test_cli_compatibility__newer_version_of_a_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
