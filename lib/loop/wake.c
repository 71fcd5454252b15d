/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/wake.h"

#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/loop/handle.h"

struct loop_wake {
    uv_async_t uv;
    loop_wake_fn on_wake;
    void *context;
};

static void on_async(uv_async_t *handle)
{
    struct loop_wake *wake = handle->data;
    wake->on_wake(wake->context);
}

bool loop_wake_new(struct loop *loop, loop_wake_fn on_wake, void *context,
                   struct loop_wake **ret_wake, struct emis_error *err)
{
    struct loop_wake *wake = emis_calloc(1, sizeof *wake);
    wake->on_wake = on_wake;
    wake->context = context;
    int status = uv_async_init(&loop->uv, &wake->uv, on_async);
    if (status != 0) {
        free(wake);
        return loop_handle_fail(err, "make a wake-up", status);
    }
    wake->uv.data = wake;
    *ret_wake = wake;
    return true;
}

void loop_wake_send(struct loop_wake *wake)
{
    int status = uv_async_send(&wake->uv);
    EMIS_ASSERT(status == 0);
}

void loop_wake_free(struct loop_wake *wake)
{
    if (wake != NULL) {
        loop_handle_close((uv_handle_t *) &wake->uv);
    }
}
