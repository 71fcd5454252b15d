/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/watch.h"

#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/loop/handle.h"

struct loop_watch {
    uv_poll_t uv;
    loop_watch_fn on_event;
    void *context;
    int wanted; /* LOOP_WATCH_* */
};

static void on_poll(uv_poll_t *handle, int status, int uv_events)
{
    struct loop_watch *watch = handle->data;
    int events = (uv_events & UV_READABLE ? LOOP_WATCH_READABLE : 0) |
                 (uv_events & UV_WRITABLE ? LOOP_WATCH_WRITABLE : 0);
    watch->on_event(watch->context, status < 0 ? watch->wanted : events);
}

bool loop_watch_new(struct loop *loop, int fd, loop_watch_fn on_event, void *context,
                    struct loop_watch **ret_watch, struct emis_error *err)
{
    struct loop_watch *watch = emis_calloc(1, sizeof *watch);
    watch->on_event = on_event;
    watch->context = context;
    int status = uv_poll_init(&loop->uv, &watch->uv, fd);
    if (status != 0) {
        /* libuv does not know a poll handle whose init failed: no close callback will come. */
        free(watch);
        return loop_handle_fail(err, "watch a descriptor", status);
    }
    watch->uv.data = watch;
    *ret_watch = watch;
    return true;
}

void loop_watch_start(struct loop_watch *watch, int events)
{
    EMIS_ASSERT(events != 0);
    watch->wanted = events;
    int uv_events = (events & LOOP_WATCH_READABLE ? UV_READABLE : 0) |
                    (events & LOOP_WATCH_WRITABLE ? UV_WRITABLE : 0);
    int status = uv_poll_start(&watch->uv, uv_events, on_poll);
    EMIS_ASSERT(status == 0);
}

void loop_watch_stop(struct loop_watch *watch)
{
    int status = uv_poll_stop(&watch->uv);
    EMIS_ASSERT(status == 0);
}

void loop_watch_free(struct loop_watch *watch)
{
    if (watch != NULL) {
        loop_handle_close((uv_handle_t *) &watch->uv);
    }
}
