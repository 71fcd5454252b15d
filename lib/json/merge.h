/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Merge Patch (RFC 7396): one document laid over another. A member of the patch replaces the
 * base's, objects are merged member by member, null removes, an array replaces the whole array.
 * Pure; any thread that may read both documents.
 */
#pragma once

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/json/value.h"

/* Append the merged document to out, as a file: the base's members in their order, then those that
 * the patch adds. E_JSON_NUMBER for a number that could not be written again exactly, E_JSON_DEPTH
 * beyond JSON_WRITE_DEPTH_MAX; out is then not to be used. */
bool json_merge_write(const struct json_value *base, const struct json_value *patch,
                      struct emis_buffer *out, struct emis_error *err) EMIS_MUST_CHECK;

/* What the merged document has at an RFC 6901 pointer was written by the patch, as a whole or in
 * part. */
bool json_merge_is_patched(const struct json_value *patch, const char *pointer);
