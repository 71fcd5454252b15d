/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/text.h"

bool emis_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* the abstract name space */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    socklen_t size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path));
    /* Never wait for the service manager: a full queue loses this notice, the next one follows. */
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                          (struct sockaddr *) &address, size);
    (void) close(fd);
    return sent == (ssize_t) strlen(state);
}

bool emis_notify_status(const char *format, ...)
{
    char text[512];
    char state[640] = "STATUS=";
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    emis_text_escape(text, strnlen(text, length < 0 ? 0 : sizeof text), state + strlen(state),
                     sizeof state - strlen(state));
    return emis_notify(state);
}

int64_t emis_notify_watchdog_ms(void)
{
    const char *us = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    int64_t value = 0;
    int64_t owner = getpid();
    if (us == NULL || !emis_text_parse_i64(us, strlen(us), &value) || value <= 0) {
        return 0;
    }
    if (pid != NULL && (!emis_text_parse_i64(pid, strlen(pid), &owner) || owner != getpid())) {
        return 0;
    }
    return value / 1000;
}
