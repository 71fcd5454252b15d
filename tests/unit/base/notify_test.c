/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A datagram socket as systemd has one; path "@name" is the abstract name space. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(address.sun_path, path, strlen(path));
    address.sun_path[0] = path[0] == '@' ? '\0' : path[0];
    assert_int_equal(bind(fd, (struct sockaddr *) &address,
                          (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path))),
                     0);
    return fd;
}

static void expect_datagram(int fd, const char *expected)
{
    char text[1024];
    ssize_t size = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    assert_true(size >= 0);
    text[size] = '\0';
    assert_string_equal(text, expected);
}

static void test_base_notify__sends(void **state)
{
    char path[64];
    char abstract[64];
    (void) state;
    (void) snprintf(path, sizeof path, "/tmp/emis_notify_%d", (int) getpid());
    (void) snprintf(abstract, sizeof abstract, "@emis_notify_%d", (int) getpid());
    const char *const paths[] = {path, abstract};
    for (size_t i = 0; i < 2; i++) {
        int fd = listen_at(paths[i]);
        (void) setenv("NOTIFY_SOCKET", paths[i], 1);
        assert_true(emis_notify("READY=1\nSTATUS=up"));
        expect_datagram(fd, "READY=1\nSTATUS=up");
        assert_true(
            emis_notify_status("lag %d\nSTOPPING=1", 12)); /* data cannot add an assignment */
        expect_datagram(fd, "STATUS=lag 12\\nSTOPPING=1");
        (void) close(fd);
    }
    (void) unlink(path);
}

static void test_base_notify__nobody_there(void **state)
{
    (void) state;
    (void) unsetenv("NOTIFY_SOCKET");
    assert_false(emis_notify("READY=1"));
    (void) setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
    assert_false(emis_notify("READY=1"));
    (void) setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
    assert_false(emis_notify("READY=1"));
    (void) unsetenv("NOTIFY_SOCKET");
}

static void test_base_notify__watchdog(void **state)
{
    char pid[16];
    (void) state;
    (void) unsetenv("WATCHDOG_PID");
    (void) unsetenv("WATCHDOG_USEC");
    assert_int_equal(emis_notify_watchdog_ms(), 0);
    (void) setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(emis_notify_watchdog_ms(), 30000);
    (void) setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(emis_notify_watchdog_ms(), 0);
    (void) snprintf(pid, sizeof pid, "%d", (int) getpid());
    (void) setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(emis_notify_watchdog_ms(), 30000);
    (void) setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(emis_notify_watchdog_ms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_notify__sends),
        cmocka_unit_test(test_base_notify__nobody_there),
        cmocka_unit_test(test_base_notify__watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
