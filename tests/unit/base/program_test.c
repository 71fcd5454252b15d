/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/program.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status with which a process ends that hangs after it was asked to stop. */
static int status_of_hung(int status)
{
    int ended;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        emis_program_bound_stop(1, status);
        for (;;) {
            (void) pause();
        }
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -WTERMSIG(ended);
}

static void test_base_program__bound_stop_ends_what_hangs(void **state)
{
    (void) state;
    assert_int_equal(status_of_hung(0), 0);
    assert_int_equal(status_of_hung(69), 69);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_program__bound_stop_ends_what_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
