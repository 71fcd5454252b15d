/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/timer.h"

#include "lib/base/memory.h"
#include "lib/loop/handle.h"

struct loop_timer {
    uv_timer_t uv;
    loop_timer_fn on_time;
    void *context;
};

static void on_timeout(uv_timer_t *handle)
{
    struct loop_timer *timer = handle->data;
    timer->on_time(timer->context);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn on_time, void *context)
{
    struct loop_timer *timer = emis_calloc(1, sizeof *timer);
    timer->on_time = on_time;
    timer->context = context;
    int status = uv_timer_init(&loop->uv, &timer->uv);
    EMIS_ASSERT(status == 0);
    timer->uv.data = timer;
    return timer;
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t repeat_ms)
{
    /* libuv counts from the time it read at the beginning of the round, which may be long ago. */
    uv_update_time(timer->uv.loop);
    int status = uv_timer_start(&timer->uv, on_timeout, delay_ms, repeat_ms);
    EMIS_ASSERT(status == 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
    (void) uv_timer_stop(&timer->uv);
}

void loop_timer_free(struct loop_timer *timer)
{
    if (timer != NULL) {
        loop_handle_close((uv_handle_t *) &timer->uv);
    }
}
