/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The place in a document while walking it, and its RFC 6901 pointer for error messages. Lives on
 * the walker's stack, allocates nothing, borrows the keys. One owner at a time.
 */
#pragma once

#include <stddef.h>

#define JSON_PATH_DEPTH_MAX 32 /* not less than any depth_max in use */

struct json_path {
    size_t depth; /* 0: the whole document. Steps pushed beyond JSON_PATH_DEPTH_MAX are counted and
                     not shown. */
    struct json_path_step {
        const char *key; /* NULL: an index */
        size_t index;
    } steps[JSON_PATH_DEPTH_MAX];
};

void json_path_init(struct json_path *path);
/* key is borrowed until the step is popped. */
void json_path_push_key(struct json_path *path, const char *key);
void json_path_push_index(struct json_path *path, size_t index);
void json_path_pop(struct json_path *path);
/*
 * "/data/rows/3/count"; "" for the whole document; ~ and / of keys as ~0 and ~1, control characters
 * as `?`. Always NUL-terminated; cut at size, on a code point's boundary. Returns out, so that it
 * can stand in an argument list. size must not be 0.
 */
const char *json_path_format(const struct json_path *path, char *out, size_t size);
