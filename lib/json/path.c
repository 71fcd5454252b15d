/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/path.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"

void json_path_init(struct json_path *path)
{
    path->depth = 0;
}

static void push(struct json_path *path, const char *key, size_t index)
{
    if (path->depth < JSON_PATH_DEPTH_MAX) {
        path->steps[path->depth].key = key;
        path->steps[path->depth].index = index;
    }
    path->depth++;
}

void json_path_push_key(struct json_path *path, const char *key)
{
    push(path, key, 0);
}

void json_path_push_index(struct json_path *path, size_t index)
{
    push(path, NULL, index);
}

void json_path_pop(struct json_path *path)
{
    EMIS_ASSERT(path->depth > 0);
    path->depth--;
}

/* Append text at *used if all of it fits and nothing was cut before. */
static void append(char *out, size_t size, size_t *used, bool *is_cut, const char *text,
                   size_t text_size)
{
    if (*is_cut || *used + text_size + 1 > size) {
        *is_cut = true;
        return;
    }
    memcpy(out + *used, text, text_size);
    *used += text_size;
    out[*used] = '\0';
}

/* The bytes of the code point that begins at text, which is valid UTF-8. */
static size_t code_point_bytes(const char *text)
{
    size_t bytes = 1;

    while (((unsigned char) text[bytes] & 0xC0) == 0x80)
        bytes++;
    return bytes;
}

static void append_key(char *out, size_t size, size_t *used, bool *is_cut, const char *key)
{
    for (const char *at = key; *at != '\0'; at += code_point_bytes(at)) {
        if (*at == '~')
            append(out, size, used, is_cut, "~0", 2);
        else if (*at == '/')
            append(out, size, used, is_cut, "~1", 2);
        else if ((unsigned char) *at < 0x20 || *at == 0x7F)
            append(out, size, used, is_cut, "?", 1);
        else
            append(out, size, used, is_cut, at, code_point_bytes(at));
    }
}

const char *json_path_format(const struct json_path *path, char *out, size_t size)
{
    size_t used = 0;
    bool is_cut = false;
    char index[24];

    out[0] = '\0';
    for (size_t i = 0; i < path->depth && i < JSON_PATH_DEPTH_MAX; i++) {
        append(out, size, &used, &is_cut, "/", 1);
        if (path->steps[i].key != NULL) {
            append_key(out, size, &used, &is_cut, path->steps[i].key);
        } else {
            int length = snprintf(index, sizeof(index), "%zu", path->steps[i].index);
            append(out, size, &used, &is_cut, index, (size_t) length);
        }
    }
    return out;
}
