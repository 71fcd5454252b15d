/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share: the loop's own struct, and how a handle's memory goes. libuv
 * keeps a pointer to a handle until its close callback, so memory is freed there and nowhere else.
 * Every object points to itself in handle.data.
 */
#pragma once

#include <uv.h>

#include "lib/base/error.h"

struct loop {
    uv_loop_t uv;
};

/* Close the handle; its object (handle->data) is freed when libuv has let go of it. */
void loop_handle_close(uv_handle_t *handle);

/* E_INTERNAL from libuv's error number. Returns false. */
bool loop_handle_fail(struct emis_error *err, const char *what, int uv_error);
