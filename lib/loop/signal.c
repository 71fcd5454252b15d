/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/signal.h"

#include "lib/base/memory.h"
#include "lib/loop/handle.h"

struct loop_signal {
    uv_signal_t uv;
    loop_signal_fn on_signal;
    void *context;
};

static void on_caught(uv_signal_t *handle, int number)
{
    struct loop_signal *signal = handle->data;
    signal->on_signal(signal->context, number);
}

bool loop_signal_new(struct loop *loop, int number, loop_signal_fn on_signal, void *context,
                     struct loop_signal **ret_signal, struct emis_error *err)
{
    struct loop_signal *signal = emis_calloc(1, sizeof *signal);
    signal->on_signal = on_signal;
    signal->context = context;
    int status = uv_signal_init(&loop->uv, &signal->uv);
    EMIS_ASSERT(status == 0);
    signal->uv.data = signal;
    status = uv_signal_start(&signal->uv, on_caught, number);
    if (status != 0) {
        loop_handle_close((uv_handle_t *) &signal->uv);
        return loop_handle_fail(err, "catch a signal", status);
    }
    *ret_signal = signal;
    return true;
}

void loop_signal_free(struct loop_signal *signal)
{
    if (signal != NULL) {
        loop_handle_close((uv_handle_t *) &signal->uv);
    }
}
