/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue that is shipped: read from its folder, it compiles and holds what it must. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "lib/expr/compile.h"
#include "tests/unit/catalogue/base.h"

static void print_mistake(void *context, const char *path, const char *pointer, const char *reason)
{
    (void) context;
    print_error("%s: %s: %s\n", path, pointer, reason);
}

static void test_catalogue_directory__shipped_catalogue_is_sound(void **state)
{
    static const char *const indicators[] = {"ENR",       "GPI",       "ATT_STU",  "ATT_TCH",
                                             "ATT_NTS",   "USE_ROOM",  "USE_TOIL", "SCH_CLOSED",
                                             "RPT_COMPL", "RPT_ONTIME"};
    static const char *const forms[] = {"REGISTRY_EVENT", "ENROL_CENSUS", "ATT_DAILY", "VISIT"};
    struct emis_arena *arena = emis_arena_new(65536);
    struct catalogue_document *documents;
    struct catalogue *catalogue;
    struct emis_error err;
    size_t count;
    (void) state;
    assert_true(
        catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err));
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(documents[i - 1].path, documents[i].path) < 0);
    if (!catalogue_compile(documents, count, print_mistake, NULL, &catalogue, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof indicators / sizeof *indicators; i++)
        assert_non_null(catalogue_indicator_find(catalogue, indicators[i]));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_non_null(catalogue_form_find(catalogue, forms[i], 1));
    assert_true(catalogue_form_newest(catalogue, "REGISTRY_EVENT")->is_registry_event);
    assert_true(catalogue_form_newest(catalogue, "ATT_DAILY")->is_school_day_only);
    assert_false(catalogue_form_newest(catalogue, "VISIT")->is_owed);
    static const char *const languages[] = {"ar", "ckb", "en", "hi", "ur"};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        assert_string_equal(catalogue_language(catalogue, i), languages[i]);
    assert_string_equal(catalogue_label(catalogue, "en", "indicator.ENR"), "Enrolment");
    catalogue_free(catalogue);
    emis_arena_free(arena);
}

static void test_catalogue_directory__folder_missing(void **state)
{
    struct emis_arena *arena = emis_arena_new(4096);
    struct catalogue_document *documents;
    struct emis_error err;
    size_t count;
    (void) state;
    assert_false(catalogue_read_directory(arena, EMIS_SOURCE_DIR "/no-such-folder", &documents,
                                          &count, &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_non_null(strstr(err.message, "no-such-folder"));
    emis_arena_free(arena);
}

static void test_catalogue_directory__only_json_and_not_the_schemas(void **state)
{
    static const char *const files[] = {"b.json",       "a.json",        "notes.md",
                                        ".hidden.json", "schema/x.json", "forms/c.json"};
    struct emis_arena *arena = emis_arena_new(4096);
    struct catalogue_document *documents;
    struct emis_error err;
    size_t count;
    char folder[] = "/tmp/emis_catalogue_XXXXXX", path[128];
    (void) state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "mkdir %s/schema %s/forms", folder, folder);
    assert_int_equal(system(path), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        FILE *file = fopen(path, "w");
        fputs(files[i], file);
        fclose(file);
    }
    assert_true(catalogue_read_directory(arena, folder, &documents, &count, &err));
    assert_int_equal(count, 3);
    assert_string_equal(documents[0].path, "a.json");
    assert_string_equal(documents[1].path, "b.json");
    assert_string_equal(documents[2].path, "forms/c.json");
    assert_int_equal(documents[2].body_size, strlen("forms/c.json"));
    assert_memory_equal(documents[2].body, "forms/c.json", documents[2].body_size);
    snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
    emis_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_directory__shipped_catalogue_is_sound),
        cmocka_unit_test(test_catalogue_directory__folder_missing),
        cmocka_unit_test(test_catalogue_directory__only_json_and_not_the_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
