/* SPDX-License-Identifier: Apache-2.0 */
/* Tells systemd how the daemon is (the sd_notify protocol): a datagram to $NOTIFY_SOCKET. Without
 * that variable everything here does nothing. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * state: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=lag 12" or several of them on lines of
 * their own. True when it was sent; false when there is no service manager or it does not listen:
 * never a reason to stop.
 */
bool emis_notify(const char *state);
/* "STATUS=" and the formatted text, made one line. */
bool emis_notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How long the service manager waits between two WATCHDOG=1 before it restarts us: send one every
 * half of it. 0: no watchdog. */
int64_t emis_notify_watchdog_ms(void);
