/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: the door of libuv, whose types stay in this folder. A loop belongs to one thread,
 * which alone may call it and the timers, signals and watches made on it; only loop_wake_send
 * (wake.h) may be called from elsewhere. Callbacks run on the loop's thread inside loop_run and
 * must not block.
 */
#pragma once

#include "lib/base/error.h"

struct loop;

/* E_INTERNAL when the kernel gives no descriptors. */
bool loop_new(struct loop **ret_loop, struct emis_error *err) EMIS_MUST_CHECK;

/* Call what is due until loop_stop, or until nothing is left that could ever call. May be run again
 * afterwards. */
void loop_run(struct loop *loop);

/* From a callback: loop_run returns when this round of callbacks is done. */
void loop_stop(struct loop *loop);

/* Also frees the timers, signals, watches and wakes that were not freed: their pointers are dead.
 * Not from a callback. */
void loop_free(struct loop *loop);
