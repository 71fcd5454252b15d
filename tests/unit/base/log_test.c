/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/error.h"

struct capture {
    int saved;
    int pipe[2];
    char text[8192];
};

static void begin_capture(struct capture *capture)
{
    (void) fflush(stderr);
    assert_int_equal(pipe(capture->pipe), 0);
    capture->saved = dup(STDERR_FILENO);
    assert_int_equal(dup2(capture->pipe[1], STDERR_FILENO), STDERR_FILENO);
}

static const char *end_capture(struct capture *capture)
{
    assert_int_equal(dup2(capture->saved, STDERR_FILENO), STDERR_FILENO);
    (void) close(capture->saved);
    (void) close(capture->pipe[1]);
    ssize_t size = read(capture->pipe[0], capture->text, sizeof capture->text - 1);
    assert_true(size >= 0);
    capture->text[size] = '\0';
    (void) close(capture->pipe[0]);
    return capture->text;
}

/* The line behind its time stamp "2025-09-30T07:40:00.123Z ". */
static const char *behind_time(const char *line)
{
    assert_true(strlen(line) > 25 && line[10] == 'T' && line[23] == 'Z' && line[24] == ' ');
    return line + 25;
}

static int set_up(void **state)
{
    (void) state;
    (void) unsetenv("JOURNAL_STREAM");
    emis_log_init("emis-test", EMIS_LOG_INFO, false);
    return 0;
}

static void test_base_log__text_line(void **state)
{
    struct capture capture;
    (void) state;
    begin_capture(&capture);
    emis_log(EMIS_LOG_INFO, "batch_committed", "partition=%d rows=%d", 3, 100);
    assert_string_equal(behind_time(end_capture(&capture)),
                        "info emis-test event=batch_committed partition=3 rows=100\n");
    begin_capture(&capture);
    emis_log(EMIS_LOG_WARN, "paused", "%s", "");
    assert_string_equal(behind_time(end_capture(&capture)), "warn emis-test event=paused\n");
}

static void test_base_log__level_decides(void **state)
{
    struct capture capture;
    enum emis_log_level level = EMIS_LOG_INFO;
    (void) state;
    begin_capture(&capture);
    emis_log(EMIS_LOG_DEBUG, "seen", "a=1");
    assert_string_equal(end_capture(&capture), "");
    assert_true(emis_log_level_by_name("debug", &level));
    assert_int_equal(level, EMIS_LOG_DEBUG);
    assert_false(emis_log_level_by_name("INFO", &level));
    assert_int_equal(level, EMIS_LOG_DEBUG);
}

static void test_base_log__data_cannot_forge_a_line(void **state)
{
    struct capture capture;
    (void) state;
    begin_capture(&capture);
    emis_log(EMIS_LOG_ERROR, "rejected", "unit=%s",
             "x\r\n2026 error root event=forged\x1B[2J\xE2\x80\xAE\xFF");
    const char *line = behind_time(end_capture(&capture));
    assert_string_equal(line, "error emis-test event=rejected unit=x\\r\\n2026 error root "
                              "event=forged\\x1b[2J\\u202e\\xff\n");
}

static void test_base_log__failure(void **state)
{
    struct capture capture;
    struct emis_error err;
    (void) state;
    (void) emis_error_set_at(&err, E_DB_SICK, "/data/0", "could not \"copy\": full");
    memcpy(err.sqlstate, "53100", 6);
    begin_capture(&capture);
    emis_log_failure(EMIS_LOG_ERROR, "apply_failed", &err, "partition=%d", 1);
    const char *line = behind_time(end_capture(&capture));
    assert_non_null(strstr(line, "event=apply_failed partition=1 code=E_DB_SICK sqlstate=53100 "
                                 "pointer=/data/0 error=\"could not 'copy': full\" hint=\"see "));
    assert_int_equal(strchr(line, '\n') - line, strlen(line) - 1);
    (void) emis_error_set(&err, E_KAFKA, "away");
    begin_capture(&capture);
    emis_log_failure(EMIS_LOG_WARN, "poll_failed", &err, "%s", "");
    assert_non_null(
        strstr(end_capture(&capture), "event=poll_failed code=E_KAFKA error=\"away\" hint=\""));
}

static void test_base_log__json(void **state)
{
    struct capture capture;
    (void) state;
    emis_log_init("emis-test", EMIS_LOG_DEBUG, true);
    begin_capture(&capture);
    emis_log(EMIS_LOG_DEBUG, "seen", "rows=5 name=\"a \\ b\" bare=x\"y\n free text \"here\"");
    const char *line = end_capture(&capture);
    assert_memory_equal(line, "{\"ts\":\"2", 8);
    assert_non_null(strstr(line,
                           "\",\"level\":\"debug\",\"service\":\"emis-test\",\"event\":\"seen\","
                           "\"rows\":\"5\",\"name\":\"a \\\\ b\","
                           "\"bare\":\"x\\\"y\\\\n\",\"text\":\"free text \\\"here\\\"\"}\n"));
}

static void test_base_log__long_text_is_cut(void **state)
{
    struct capture capture;
    char text[10000];
    (void) state;
    memset(text, '"', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int json = 0; json < 2; json++) {
        emis_log_init("emis-test", EMIS_LOG_INFO, json == 1);
        begin_capture(&capture);
        emis_log(EMIS_LOG_INFO, "seen", "first=1 a=%s", text);
        const char *line = end_capture(&capture);
        size_t length = strlen(line);
        assert_in_range(length, 60, 4096);
        assert_int_equal(line[length - 1], '\n');
        assert_true(json == 0 || line[length - 2] == '}');
        assert_non_null(strstr(line, json == 1 ? "\"first\":\"1\"" : "first=1"));
    }
}

static void test_base_log__journal_prefix(void **state)
{
    struct capture capture;
    (void) state;
    (void) setenv("JOURNAL_STREAM", "8:1", 1);
    emis_log_init("emis-test", EMIS_LOG_INFO, false);
    begin_capture(&capture);
    emis_log(EMIS_LOG_WARN, "paused", "%s", "");
    assert_memory_equal(end_capture(&capture), "<4>2", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_base_log__text_line, set_up),
        cmocka_unit_test_setup(test_base_log__level_decides, set_up),
        cmocka_unit_test_setup(test_base_log__data_cannot_forge_a_line, set_up),
        cmocka_unit_test_setup(test_base_log__failure, set_up),
        cmocka_unit_test_setup(test_base_log__json, set_up),
        cmocka_unit_test_setup(test_base_log__long_text_is_cut, set_up),
        cmocka_unit_test_setup(test_base_log__journal_prefix, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
