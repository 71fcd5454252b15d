/* SPDX-License-Identifier: Apache-2.0 */
/* A callback after a time, once or again and again. Owned by the loop's thread. */
#pragma once

#include <stdint.h>

struct loop;
struct loop_timer;

typedef void (*loop_timer_fn)(void *context);

/* Not yet running. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn on_time, void *context);

/* First call after delay_ms, then every repeat_ms; repeat_ms 0: once. A running timer starts anew.
 */
void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t repeat_ms);
void loop_timer_stop(struct loop_timer *timer);

/* No call comes after this; may be called from the timer's own callback. */
void loop_timer_free(struct loop_timer *timer);
