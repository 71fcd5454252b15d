/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/loop.h"

#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/loop/handle.h"

static void free_object(uv_handle_t *handle)
{
    free(handle->data);
}

void loop_handle_close(uv_handle_t *handle)
{
    EMIS_ASSERT(!uv_is_closing(handle));
    uv_close(handle, free_object);
}

bool loop_handle_fail(struct emis_error *err, const char *what, int uv_error)
{
    return emis_error_set(err, E_INTERNAL, "could not %s: %s", what, uv_strerror(uv_error));
}

bool loop_new(struct loop **ret_loop, struct emis_error *err)
{
    struct loop *loop = emis_malloc(sizeof *loop);
    int status = uv_loop_init(&loop->uv);
    if (status != 0) {
        free(loop);
        return loop_handle_fail(err, "make an event loop", status);
    }
    *ret_loop = loop;
    return true;
}

void loop_run(struct loop *loop)
{
    (void) uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

static void close_if_open(uv_handle_t *handle, void *ignored)
{
    (void) ignored;
    if (!uv_is_closing(handle)) {
        loop_handle_close(handle);
    }
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    uv_walk(&loop->uv, close_if_open, NULL);
    /* A stop that was asked for outside a run would end this one before the close callbacks: run
     * until nothing is alive. */
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0) {
    }
    int status = uv_loop_close(&loop->uv);
    EMIS_ASSERT(status == 0);
    free(loop);
}
