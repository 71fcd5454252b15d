/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a migrations directory, without a database; and the connections that cannot be
 * opened. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/store/connection.h"
#include "lib/store/migration.h"

static char directory[64];

static int make_directory(void **state)
{
    (void) state;
    snprintf(directory, sizeof directory, "/tmp/emis_migration_XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void) state;
    struct emis_error err;
    char **names = store_migration_names_new(directory, &err);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
        free(names[i]);
    }
    free(names);
    return rmdir(directory);
}

static void put_bytes(const char *name, const void *bytes, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

static void refuse(const char *said)
{
    struct emis_error err;
    assert_null(store_migration_list_new(directory, &err));
    assert_int_equal(err.code, E_CONFIG);
    if (strstr(err.message, said) == NULL)
        print_error("%s\n", err.message);
    assert_non_null(strstr(err.message, said));
}

static void test_store_migration__read_in_order_of_version(void **state)
{
    (void) state;
    static const char text[] = "-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP everything;\n";
    put("0010_b.sql", text);
    put("0009_a_2.sql", "-- a comment first\n-- migrate:up transaction:false\r\nSELECT 2;");
    put("20250101000000_late.sql", "-- migrate:up transaction:true");
    put("readme.txt", "not a migration");
    put(".0011_hidden.sql", "");
    struct emis_error err;
    struct store_migration_list *list = store_migration_list_new(directory, &err);
    assert_non_null(list);
    assert_int_equal(list->count, 3);
    assert_string_equal(list->items[0].version, "0009");
    assert_string_equal(list->items[0].name, "a_2");
    assert_false(list->items[0].is_transactional);
    assert_string_equal(list->items[1].file, "0010_b.sql");
    assert_true(list->items[1].is_transactional);
    assert_string_equal(list->items[1].text, "-- migrate:up\nSELECT 1;\n");
    assert_string_equal(list->items[2].version, "20250101000000");
    assert_true(list->items[2].is_transactional);
    uint8_t sha256[EMIS_DIGEST_BYTES]; /* of the whole file, the cut part too */
    emis_digest_sha256(text, sizeof text - 1, sha256);
    assert_memory_equal(list->items[1].sha256, sha256, sizeof sha256);
    store_migration_list_free(list);
    char path[512];
    snprintf(path, sizeof path, "%s/readme.txt", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/.0011_hidden.sql", directory);
    unlink(path);
}

static void test_store_migration__refuse_wrong_names(void **state)
{
    (void) state;
    static const char *const names[] = {"1_short.sql",    "0001.sql",      "0001_.sql",
                                        "0001_Upper.sql", "0001-dash.sql", "x0001_a.sql",
                                        "0001_a.b.sql"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put(names[i], "-- migrate:up\n");
        refuse(names[i]);
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
}

static void test_store_migration__refuse_same_number(void **state)
{
    (void) state;
    put("0001_a.sql", "-- migrate:up\n");
    put("0001_b.sql", "-- migrate:up\n");
    refuse("0001_a.sql and 0001_b.sql have the same number");
}

static void test_store_migration__refuse_missing_marker(void **state)
{
    (void) state;
    put("0001_a.sql", "SELECT '-- migrate:up';\n-- migrate:upwards\n");
    refuse("0001_a.sql: there is no line `-- migrate:up`");
}

static void test_store_migration__refuse_down_before_up(void **state)
{
    (void) state;
    put("0001_a.sql", "-- migrate:down\n-- migrate:up\n");
    refuse("stands before");
}

static void test_store_migration__refuse_unknown_option(void **state)
{
    (void) state;
    put("0001_a.sql", "-- migrate:up transaction:fals\n");
    refuse("only option");
    put("0001_a.sql", "-- migrate:up transaction:false now\n");
    refuse("only option");
    put("0001_a.sql", "-- migrate:up transaction:\n");
    refuse("only option");
}

static void test_store_migration__refuse_binary(void **state)
{
    (void) state;
    put_bytes("0001_a.sql", "-- migrate:up\n\0DROP", 19);
    refuse("not a text file");
}

static void test_store_migration__directory_is_missing(void **state)
{
    (void) state;
    struct emis_error err;
    assert_null(store_migration_list_new("/nonexistent/migrations", &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_non_null(strstr(err.message, "/nonexistent/migrations"));
    assert_null(store_migration_text_new("/nonexistent/file.sql", &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_null(store_migration_text_new("/tmp", &err));
    assert_int_equal(err.code, E_NO_INPUT);
}

static void test_store_connection__dsn_does_not_parse(void **state)
{
    (void) state;
    struct emis_error err;
    assert_null(store_connection_new("hots=localhost", "test", &err));
    assert_int_equal(err.code, E_CONFIG);
    assert_non_null(strstr(err.message, "hots"));
}

static void test_store_connection__nobody_listens(void **state)
{
    (void) state;
    struct emis_error err;
    assert_null(store_connection_new("host=/nonexistent port=1 dbname=x", "test", &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_string_equal(err.sqlstate, "");
    assert_null(strchr(err.message, '\n'));
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(test_store_migration__read_in_order_of_version),
        IN_DIRECTORY(test_store_migration__refuse_wrong_names),
        IN_DIRECTORY(test_store_migration__refuse_same_number),
        IN_DIRECTORY(test_store_migration__refuse_missing_marker),
        IN_DIRECTORY(test_store_migration__refuse_down_before_up),
        IN_DIRECTORY(test_store_migration__refuse_unknown_option),
        IN_DIRECTORY(test_store_migration__refuse_binary),
        cmocka_unit_test(test_store_migration__directory_is_missing),
        cmocka_unit_test(test_store_connection__dsn_does_not_parse),
        cmocka_unit_test(test_store_connection__nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
