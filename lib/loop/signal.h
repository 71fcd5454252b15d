/* SPDX-License-Identifier: Apache-2.0 */
/* A callback when the process gets a signal: SIGTERM, SIGINT, SIGHUP. Owned by the loop's thread;
 * the callback is an ordinary one, it may do anything. */
#pragma once

#include "lib/base/error.h"

struct loop;
struct loop_signal;

typedef void (*loop_signal_fn)(void *context, int number);

/* From now until loop_signal_free the signal calls on_signal instead of its default. E_INTERNAL:
 * the signal cannot be caught. */
bool loop_signal_new(struct loop *loop, int number, loop_signal_fn on_signal, void *context,
                     struct loop_signal **ret_signal, struct emis_error *err) EMIS_MUST_CHECK;

/* The signal's default is back. */
void loop_signal_free(struct loop_signal *signal);
