/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parsed JSON document: always an object at the top. This is the only door of Jansson: its types
 * do not appear here, and its allocator aborts rather than return NULL, because a failed allocation
 * inside Jansson changes data silently. Any thread may parse; one document belongs to one thread at
 * a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/json/limits.h"
#include "lib/json/value.h"

struct json_document;

/*
 * Pre-scan and parse. bytes are borrowed for the call only. Fails with the codes of json_prescan,
 * then E_JSON_TOPLEVEL (valid JSON start other than an object), E_JSON_TRAILING (bytes after the
 * object), E_JSON_DUP_KEY, E_JSON_SYNTAX; messages end in "at line L column C".
 */
bool json_document_new(const void *bytes, size_t size, const struct json_limits *limits,
                       struct json_document **ret, struct emis_error *err) EMIS_MUST_CHECK;

/* The same from a file. E_NO_INPUT, E_IO; the pointer of every error is the path. */
bool json_document_read_new(const char *path, const struct json_limits *limits,
                            struct json_document **ret, struct emis_error *err) EMIS_MUST_CHECK;

/* The top object; lives as long as the document. */
const struct json_value *json_document_root(const struct json_document *document);

void json_document_free(struct json_document *document);
