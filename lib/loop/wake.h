/* SPDX-License-Identifier: Apache-2.0 */
/* How another thread makes the loop's thread call something. Many sends before the loop comes round
 * are one call. */
#pragma once

#include "lib/base/error.h"

struct loop;
struct loop_wake;

typedef void (*loop_wake_fn)(void *context);

/* On the loop's thread. E_INTERNAL when the kernel gives no descriptor. */
bool loop_wake_new(struct loop *loop, loop_wake_fn on_wake, void *context,
                   struct loop_wake **ret_wake, struct emis_error *err) EMIS_MUST_CHECK;

/* Any thread. What the sender wrote before is visible to the callback. */
void loop_wake_send(struct loop_wake *wake);

/* On the loop's thread, when no other thread can send any more. */
void loop_wake_free(struct loop_wake *wake);
