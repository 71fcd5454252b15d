/* SPDX-License-Identifier: Apache-2.0 */
/* Countries laid over a base: those that are shipped, and small ones that are wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/catalogue/country.h"
#include "tests/unit/catalogue/base.h"

#define SHIPPED EMIS_SOURCE_DIR "/catalogue"

static struct emis_arena *arena;
static struct catalogue_document *documents;
static size_t count;
static struct emis_error err;
static char folder[64];

static void put(const char *path, const char *body)
{
    const char *whole = emis_arena_format(arena, "%s/%s", folder, path);
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(body, file);
    fclose(file);
}

/* A base of two files, and country xx without any. */
static int start(void **state)
{
    (void) state;
    arena = emis_arena_new(65536);
    strcpy(folder, "/tmp/emis_country_XXXXXX");
    assert_non_null(mkdtemp(folder));
    mkdir(emis_arena_format(arena, "%s/codelists", folder), 0700);
    mkdir(emis_arena_format(arena, "%s/countries", folder), 0700);
    mkdir(emis_arena_format(arena, "%s/countries/xx", folder), 0700);
    mkdir(emis_arena_format(arena, "%s/countries/xx/codelists", folder), 0700);
    put("levels.json", "{\"levels\":[\"country\",\"school\"]}");
    put("codelists/sex.json", "{\"code\":\"sex\",\"codes\":[\"m\",\"f\"]}");
    put("countries/xx/country.json", "{\"country\":\"xx\"}");
    return 0;
}

static int stop(void **state)
{
    (void) state;
    int status = system(emis_arena_format(arena, "rm -r %s", folder));
    emis_arena_free(arena);
    return status;
}

static const char *body_of(const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(documents[i].path, path) == 0) {
            char *body = emis_arena_alloc(arena, documents[i].body_size + 1);
            memcpy(body, documents[i].body, documents[i].body_size);
            return body;
        }
    }
    return NULL;
}

static void refused(const char *country, enum emis_error_code code, const char *text)
{
    assert_false(catalogue_country_read(arena, folder, country, &documents, &count, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.message, text))
        fail_msg("\"%s\" does not say \"%s\"", err.message, text);
}

static void print_mistake(void *context, const char *path, const char *pointer, const char *reason)
{
    print_error("%s: %s %s: %s\n", (const char *) context, path, pointer, reason);
}

static void test_catalogue_country__every_shipped_country_is_sound(void **state)
{
    DIR *directory = opendir(SHIPPED "/countries");
    size_t countries = 0;
    (void) state;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct catalogue *catalogue;
        char *country = emis_arena_strdup(arena, entry->d_name);
        if (country[0] == '.' || strchr(country, '.'))
            continue;
        countries++;
        if (!catalogue_country_read(arena, SHIPPED, country, &documents, &count, &err) ||
            !catalogue_compile(documents, count, print_mistake, country, &catalogue, &err))
            fail_msg("%s: %s", country, err.message);
        for (size_t i = 1; i < count; i++)
            assert_true(strcmp(documents[i - 1].path, documents[i].path) < 0);
        assert_string_equal(catalogue->country, country);
        catalogue_free(catalogue);
    }
    closedir(directory);
    assert_true(countries > 0);
}

static void test_catalogue_country__the_base_alone_knows_no_country(void **state)
{
    struct catalogue *catalogue;
    (void) state;
    assert_true(catalogue_country_read(arena, SHIPPED, NULL, &documents, &count, &err));
    assert_null(body_of("country.json"));
    assert_true(catalogue_compile(documents, count, NULL, NULL, &catalogue, &err));
    assert_null(catalogue->country);
    assert_int_equal(catalogue->week_starts_on, 1);
    catalogue_free(catalogue);
}

static void test_catalogue_country__patches_and_files_of_its_own(void **state)
{
    (void) state;
    put("countries/xx/levels.json", "{\"levels\":[\"country\",\"zone\",\"school\"]}");
    put("countries/xx/codelists/shift.json", "{\"code\":\"shift\",\"codes\":[\"am\"]}");
    put("countries/xx/calendar.csv", "kind,code,area,starts_on,ends_on,reason\n");
    assert_true(catalogue_country_read(arena, folder, "xx", &documents, &count, &err));
    assert_int_equal(count, 4);
    assert_string_equal(documents[0].path, "codelists/sex.json");
    assert_string_equal(documents[1].path, "codelists/shift.json");
    assert_string_equal(documents[2].path, "country.json");
    assert_non_null(strstr(body_of("levels.json"), "\"zone\""));
    assert_string_equal(body_of("codelists/sex.json"),
                        "{\"code\":\"sex\",\"codes\":[\"m\",\"f\"]}");
}

static void test_catalogue_country__unknown_countries_and_wrong_files_are_refused(void **state)
{
    (void) state;
    refused("yy", E_USAGE, "no country \"yy\"; there are: xx");
    refused("../xx", E_USAGE, "no country \"../xx\"");
    refused("", E_USAGE, "there are: xx");
    put("countries/xx/levels.json", "{\"levels\":");
    refused("xx", E_CATALOGUE, "countries/xx/levels.json: ");
    put("countries/xx/levels.json", "{}");
    put("countries/xx/country.json", "{\"country\":\"yy\"}");
    refused("xx", E_CATALOGUE, "countries/xx/country.json: /country: must be \"xx\"");
    put("countries/xx/country.json", "[]");
    refused("xx", E_CATALOGUE, "countries/xx/country.json: ");
    unlink(emis_arena_format(arena, "%s/countries/xx/country.json", folder));
    refused("xx", E_CATALOGUE, "write {\"country\": \"xx\"} into it");
}

static const char *file_of(const char *path, const char *pointer)
{
    return catalogue_country_file(arena, folder, "xx", path, pointer);
}

static void test_catalogue_country__mistakes_name_the_file_that_holds_them(void **state)
{
    (void) state;
    put("countries/xx/codelists/sex.json", "{\"codes\":[\"a b\"]}");
    assert_string_equal(file_of("codelists/sex.json", "/codes/0"),
                        "countries/xx/codelists/sex.json");
    assert_string_equal(file_of("codelists/sex.json", "/code"),
                        "codelists/sex.json + countries/xx/codelists/sex.json");
    assert_string_equal(file_of("codelists/sex.json", ""),
                        "codelists/sex.json + countries/xx/codelists/sex.json");
    assert_string_equal(file_of("country.json", "/week_starts_on"), "countries/xx/country.json");
    assert_string_equal(file_of("levels.json", "/levels"), "levels.json");
    assert_string_equal(catalogue_country_file(arena, folder, NULL, "levels.json", ""),
                        "levels.json");
}

static void test_catalogue_country__the_week_begins_on_its_day(void **state)
{
    struct base *base = base_new();
    (void) state;
    base_put(base, "country.json", "{\"country\":\"xx\",\"week_starts_on\":\"sun\"}");
    assert_int_equal(base_catalogue(base)->week_starts_on, 7);
    assert_string_equal(base->catalogue->country, "xx");
    base_free(base);
    base = base_new();
    base_put(base, "country.json", "{\"week_starts_on\":\"sunday\",\"weekend\":\"fri\"}");
    assert_false(base_compile(base));
    assert_int_equal(base->mistake_count, 3);
    assert_string_equal(base->mistakes[0].pointer, "/weekend");
    assert_string_equal(base->mistakes[1].pointer, "/country");
    assert_string_equal(base->mistakes[2].pointer, "/week_starts_on");
    base_free(base);
}

static void test_catalogue_country__areas_have_a_local_time(void **state)
{
    const struct catalogue *catalogue;
    struct base *base = base_new();
    (void) state;
    base_put(base, "country.json",
             "{\"country\":\"xx\",\"utc_offsets\":{\"E1\":\"+09:30\",\"W1\":\"-03:00\"}}");
    catalogue = base_catalogue(base);
    assert_int_equal(catalogue->utc_offset_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(catalogue->utc_offsets[i].minutes,
                         strcmp(catalogue->utc_offsets[i].area_code, "E1") == 0 ? 570 : -180);
    base_free(base);
    base = base_new();
    base_put(base, "country.json",
             "{\"country\":\"xx\",\"utc_offsets\":{\"E1\":\"9\",\"W1\":\"+14:01\"}}");
    assert_false(base_compile(base));
    assert_int_equal(base->mistake_count, 2);
    assert_string_equal(base->mistakes[0].pointer, "/utc_offsets/E1");
    assert_string_equal(base->mistakes[1].pointer, "/utc_offsets/W1");
    base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalogue_country__every_shipped_country_is_sound,
                                        start, stop),
        cmocka_unit_test_setup_teardown(test_catalogue_country__the_base_alone_knows_no_country,
                                        start, stop),
        cmocka_unit_test_setup_teardown(test_catalogue_country__patches_and_files_of_its_own, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            test_catalogue_country__unknown_countries_and_wrong_files_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(
            test_catalogue_country__mistakes_name_the_file_that_holds_them, start, stop),
        cmocka_unit_test(test_catalogue_country__the_week_begins_on_its_day),
        cmocka_unit_test(test_catalogue_country__areas_have_a_local_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
