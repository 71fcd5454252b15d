/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct emis_settings_key table[] = {
    {"ingest", "batch_rows_max", EMIS_SETTINGS_INTEGER, "10000", 1, 100000, false,
     "Rows of one transaction"},
    {"ingest", "batch_linger", EMIS_SETTINGS_DURATION_MS, "50ms", 0, 60000, false,
     "How long a batch waits for more"},
    {"ingest", "record_bytes_max", EMIS_SETTINGS_BYTES, "1MiB", 1024, INT64_C(4) << 30, false,
     "A longer record is rejected"},
    {"ingest", "record_signing", EMIS_SETTINGS_BOOL, "no", 0, 0, false, "Refuse unsigned records"},
    {"postgres", "dsn", EMIS_SETTINGS_TEXT, "", 0, 0, false, "libpq conninfo"},
    {"auth", "secret_pin", EMIS_SETTINGS_INTEGER, "0", 0, 9, true, "A secret number"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};

struct fixture {
    struct emis_settings *settings;
    struct emis_error err;
    char path[64];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->settings = emis_settings_new();
    emis_settings_declare(fixture->settings, table);
    emis_settings_declare(fixture->settings, table); /* two modules may bring the same table */
    emis_settings_declare_passthrough(fixture->settings, "kafka");
    (void) snprintf(fixture->path, sizeof fixture->path, "/tmp/emis_settings_XXXXXX");
    int fd = mkstemp(fixture->path);
    *state = fixture;
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    emis_settings_free(fixture->settings);
    (void) unlink(fixture->path);
    free(fixture);
    return 0;
}

static bool load(struct fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
    return emis_settings_load_file(fixture->settings, fixture->path, &fixture->err);
}

/* The file is refused at that line with that text in the message. */
static void expect_refusal(struct fixture *fixture, const char *text, int line, const char *message)
{
    char place[sizeof fixture->err.pointer];
    assert_false(load(fixture, text));
    assert_int_equal(fixture->err.code, E_CONFIG);
    (void) snprintf(place, sizeof place, "%s:%d", fixture->path, line);
    assert_string_equal(fixture->err.pointer, place);
    if (strstr(fixture->err.message, message) == NULL) {
        fail_msg("'%s' is not in '%s'", message, fixture->err.message);
    }
}

static int64_t number(struct fixture *fixture, const char *name)
{
    return emis_settings_number(fixture->settings, "ingest", name);
}

static void test_base_settings__defaults(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(number(fixture, "batch_rows_max"), 10000);
    assert_int_equal(number(fixture, "batch_linger"), 50);
    assert_int_equal(number(fixture, "record_bytes_max"), 1048576);
    assert_false(emis_settings_is_true(fixture->settings, "ingest", "record_signing"));
    assert_string_equal(emis_settings_text(fixture->settings, "postgres", "dsn"), "");
}

static void test_base_settings__file(void **state)
{
    struct fixture *fixture = *state;
    const char *name, *value;
    assert_true(load(fixture,
                     "\xEF\xBB\xBF# comment\r\n[ingest]\r\n  batch_linger = 2s ; "
                     "why\n\tbatch_rows_max=7\n; more\nrecord_bytes_max = 16MiB\n"
                     "record_signing = yes\n\n[postgres]\ndsn = host=a "
                     "user=b\n[kafka]\nssl.ca.location=/a\nbootstrap.servers = a:1,b:2\n"));
    assert_int_equal(number(fixture, "batch_linger"), 2000);
    assert_int_equal(number(fixture, "batch_rows_max"), 7);
    assert_int_equal(number(fixture, "record_bytes_max"), 16 << 20);
    assert_true(emis_settings_is_true(fixture->settings, "ingest", "record_signing"));
    assert_string_equal(emis_settings_text(fixture->settings, "postgres", "dsn"), "host=a user=b");
    assert_true(emis_settings_passthrough(fixture->settings, "kafka", 0, &name, &value));
    assert_string_equal(name, "ssl.ca.location");
    assert_true(emis_settings_passthrough(fixture->settings, "kafka", 1, &name, &value));
    assert_string_equal(value, "a:1,b:2");
    assert_false(emis_settings_passthrough(fixture->settings, "kafka", 2, &name, &value));
}

static void test_base_settings__file_refused(void **state)
{
    struct fixture *fixture = *state;
    expect_refusal(fixture, "[ingest]\n\nbatch_row_max = 1\n", 3, "did you mean 'batch_rows_max'?");
    expect_refusal(fixture, "[ingets]\nbatch_rows_max = 1\n", 2, "did you mean [ingest]?");
    expect_refusal(fixture, "[ingest]\nxyzzy = 1\n", 2, "no key 'xyzzy' in [ingest]");
    expect_refusal(fixture, "[ingest]\ndsn = 1\n", 2, "it belongs to [postgres]");
    expect_refusal(fixture, "batch_rows_max = 1\n", 1, "no section []");
    expect_refusal(fixture, "[ingest]\nbatch_rows_max\n", 2, "name = value");
    expect_refusal(fixture, "[ingest\nbatch_rows_max=1\n", 1, "[section]");
    expect_refusal(fixture, "[kafka]\n= 1\n", 2, "no key ''");
    expect_refusal(fixture, "[ingest]\nbatch_rows_max = 1\n\nbatch_rows_max = 1\n", 4,
                   "was set before at");
    expect_refusal(fixture, "[kafka]\na = 1\na = 1\n", 3, "was set before at");
    expect_refusal(fixture, "[ingest]\nbatch_rows_max = 0\n", 2, "from 1 to 100000");
    expect_refusal(fixture, "[ingest]\nbatch_rows_max = 1e3\n", 2, "an integer");
    expect_refusal(fixture, "[ingest]\nbatch_linger = 50\n", 2, "with its unit");
    expect_refusal(fixture, "[ingest]\nbatch_linger = 2 hours\n", 2, "with its unit");
    expect_refusal(fixture, "[ingest]\nbatch_linger = 2min\n", 2, "from 0 to 60000 ms");
    expect_refusal(fixture, "[ingest]\nrecord_bytes_max = 1MB\n", 2, "MiB");
    expect_refusal(fixture, "[ingest]\nrecord_bytes_max = 99999999999GiB\n", 2, "MiB");
    expect_refusal(fixture, "[ingest]\nrecord_signing = maybe\n", 2, "yes or no");
    expect_refusal(fixture, "[auth]\nsecret_pin = 4711\n", 2, "'***'");
    assert_null(strstr(fixture->err.message, "4711"));
}

static void test_base_settings__long_lines(void **state)
{
    struct fixture *fixture = *state;
    char text[40000];
    (void) snprintf(text, sizeof text, "[postgres]\ndsn = %0*d\n[ingest]\nbatch_linger = 7ms\n",
                    10000, 1);
    assert_true(load(fixture, text));
    assert_int_equal(strlen(emis_settings_text(fixture->settings, "postgres", "dsn")), 10000);
    assert_int_equal(number(fixture, "batch_linger"), 7);
    (void) snprintf(text, sizeof text, "[postgres]\ndsn = %0*d\n", 30000, 1);
    expect_refusal(fixture, text, 2, "longer than");
}

static void test_base_settings__file_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    assert_false(
        emis_settings_load_file(fixture->settings, "/nonexistent/emis.conf", &fixture->err));
    assert_int_equal(fixture->err.code, E_NO_INPUT);
    assert_non_null(strstr(fixture->err.message, "/nonexistent/emis.conf: No such file"));
    assert_false(emis_settings_load_file(fixture->settings, "/tmp", &fixture->err));
    assert_int_equal(fixture->err.code, E_IO);
}

static void test_base_settings__precedence(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = {(char[]){"PATH=/bin"}, (char[]){"EMIS_HOME=x"},
                           (char[]){"EMIS_INGEST__BATCH_ROWS_MAX=8"},
                           (char[]){"EMIS_KAFKA__BOOTSTRAP_SERVERS=c:3"}, NULL};
    const char *name, *value;
    assert_true(load(fixture, "[ingest]\nbatch_rows_max = 7\n[kafka]\nbootstrap.servers = a:1\n"));
    assert_true(emis_settings_load_environment(fixture->settings, environment, &fixture->err));
    assert_int_equal(number(fixture, "batch_rows_max"), 8);
    assert_true(emis_settings_set(fixture->settings, "ingest.batch_rows_max=9", &fixture->err));
    assert_int_equal(number(fixture, "batch_rows_max"), 9);
    assert_true(emis_settings_set(fixture->settings, "kafka.linger.ms=5", &fixture->err));
    assert_true(emis_settings_set(fixture->settings, "postgres.dsn=a=b.c=d", &fixture->err));
    assert_string_equal(emis_settings_text(fixture->settings, "postgres", "dsn"), "a=b.c=d");
    assert_true(emis_settings_passthrough(fixture->settings, "kafka", 0, &name, &value));
    assert_string_equal(name, "bootstrap.servers");
    assert_string_equal(value, "c:3");
    assert_true(emis_settings_passthrough(fixture->settings, "kafka", 1, &name, &value));
    assert_string_equal(name, "linger.ms");
}

static void test_base_settings__environment_and_set_refused(void **state)
{
    struct fixture *fixture = *state;
    char *unknown[] = {(char[]){"EMIS_INGEST__BATCH_ROW_MAX=8"}, NULL};
    char *wrong[] = {(char[]){"EMIS_INGEST__BATCH_LINGER=fast"}, NULL};
    assert_false(emis_settings_load_environment(fixture->settings, unknown, &fixture->err));
    assert_string_equal(fixture->err.message, "EMIS_INGEST__BATCH_ROW_MAX: no key 'batch_row_max' "
                                              "in [ingest]; did you mean 'batch_rows_max'?");
    assert_false(emis_settings_load_environment(fixture->settings, wrong, &fixture->err));
    assert_int_equal(fixture->err.code, E_CONFIG);
    assert_int_equal(number(fixture, "batch_linger"), 50);
    assert_false(emis_settings_set(fixture->settings, "ingest.batch_rows_max", &fixture->err));
    assert_int_equal(fixture->err.code, E_USAGE);
    assert_false(emis_settings_set(fixture->settings, "batch_rows_max=s3cret.x=1", &fixture->err));
    assert_null(strstr(fixture->err.message, "s3cret"));
    assert_false(emis_settings_set(fixture->settings, ".a=1", &fixture->err));
    assert_false(emis_settings_set(fixture->settings, "ingest.=1", &fixture->err));
    assert_false(emis_settings_set(fixture->settings, "ingest.nothing=1", &fixture->err));
    assert_int_equal(fixture->err.code, E_CONFIG);
}

static char *printed(struct fixture *fixture, bool with_origin)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    emis_settings_print(fixture->settings, out, with_origin);
    emis_settings_print_keys(fixture->settings, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_base_settings__secrets_are_masked(void **state)
{
    struct fixture *fixture = *state;
    assert_true(emis_settings_set(fixture->settings, "auth.secret_pin=8", &fixture->err));
    assert_true(emis_settings_set(fixture->settings, "kafka.sasl.password=canary1", &fixture->err));
    assert_true(
        emis_settings_set(fixture->settings, "kafka.sasl.jaas.config=canary2", &fixture->err));
    assert_true(emis_settings_set(
        fixture->settings,
        "postgres.dsn=host=h password = 'canary3 x\\\'y' user=u sslpassword=canary4",
        &fixture->err));
    char *text = printed(fixture, true);
    assert_null(strstr(text, "canary"));
    assert_non_null(strstr(text, "secret_pin = ***   # --set\n"));
    assert_non_null(strstr(text, "dsn = host=h password = *** user=u sslpassword=***   # --set\n"));
    free(text);
    assert_true(emis_settings_set(fixture->settings,
                                  "postgres.dsn=postgresql://u:canary5@h/d?password=canary6&x=1",
                                  &fixture->err));
    text = printed(fixture, false);
    assert_null(strstr(text, "canary"));
    assert_non_null(strstr(text, "dsn = postgresql://u:***@h/d?password=***&x=1\n"));
    assert_non_null(strstr(text, "[kafka]\nsasl.password = ***\n"));
    assert_non_null(strstr(
        text, "batch_linger  (duration, default 50ms)\n    How long a batch waits for more\n"));
    assert_non_null(strstr(text, "batch_rows_max  (integer 1 to 100000, default 10000)"));
    free(text);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_base_settings__defaults),
        WITH_FIXTURE(test_base_settings__file),
        WITH_FIXTURE(test_base_settings__file_refused),
        WITH_FIXTURE(test_base_settings__long_lines),
        WITH_FIXTURE(test_base_settings__file_that_cannot_be_read),
        WITH_FIXTURE(test_base_settings__precedence),
        WITH_FIXTURE(test_base_settings__environment_and_set_refused),
        WITH_FIXTURE(test_base_settings__secrets_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
