/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/memory.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

static void test_base_memory__never_null(void **state)
{
    (void) state;
    void *nothing = emis_malloc(0);
    assert_non_null(nothing);
    nothing = emis_realloc(nothing, 0);
    assert_non_null(nothing);
    free(nothing);
    unsigned char *zeroes = emis_calloc(3, 2);
    assert_memory_equal(zeroes, "\0\0\0\0\0\0", 6);
    free(zeroes);
    char *text = emis_strndup("abcdef", 3);
    assert_string_equal(text, "abc");
    free(text);
    text = emis_format_new("%s-%d", "a", 5);
    assert_string_equal(text, "a-5");
    free(text);
}

/* What a child does that asks for more than there is. */
static int status_of_greedy_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        (void) setrlimit(RLIMIT_CORE, &no_core);
        (void) close(STDERR_FILENO);
        (void) signal(SIGABRT, SIG_DFL);
        volatile size_t huge = SIZE_MAX / 4;
        free(emis_calloc(huge, 8));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_base_memory__running_out_aborts(void **state)
{
    (void) state;
    int status = status_of_greedy_child();
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_base_clock__is_after_2025_and_monotonic(void **state)
{
    (void) state;
    int64_t before_ms = emis_clock_monotonic_ms();
    assert_true(emis_clock_now_us() > INT64_C(25) * 365 * 86400 * 1000000);
    assert_true(emis_clock_now_us() < INT64_C(200) * 365 * 86400 * 1000000);
    assert_true(emis_clock_monotonic_ms() >= before_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_memory__never_null),
        cmocka_unit_test(test_base_memory__running_out_aborts),
        cmocka_unit_test(test_base_clock__is_after_2025_and_monotonic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
