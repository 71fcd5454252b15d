/* SPDX-License-Identifier: Apache-2.0 */
/* A callback when a descriptor is readable or writable (level-triggered). Owned by the loop's
 * thread; the descriptor stays its owner's. */
#pragma once

#include "lib/base/error.h"

struct loop;
struct loop_watch;

enum loop_watch_events { LOOP_WATCH_READABLE = 1, LOOP_WATCH_WRITABLE = 2 };

/* events: LOOP_WATCH_* or'ed. When the descriptor has failed, all events asked for are given, so
 * that the owner's read or write meets the error. */
typedef void (*loop_watch_fn)(void *context, int events);

/* Not yet watching. Puts the descriptor into non-blocking mode. One watch per descriptor.
 * E_INTERNAL: it cannot be watched (a regular file, closed). */
bool loop_watch_new(struct loop *loop, int fd, loop_watch_fn on_event, void *context,
                    struct loop_watch **ret_watch, struct emis_error *err) EMIS_MUST_CHECK;

/* events: at least one of LOOP_WATCH_*; replaces what was asked for before. */
void loop_watch_start(struct loop_watch *watch, int events);
void loop_watch_stop(struct loop_watch *watch);

/* Before the descriptor is closed. No call comes after this. */
void loop_watch_free(struct loop_watch *watch);
