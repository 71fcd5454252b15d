/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a document's bytes that bounds what a parser may meet, in constant memory. It decides
 * size, encoding, depth, counts, lengths and number ranges; grammar is the parser's affair, so that
 * bytes which pass may still not be JSON. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/json/limits.h"

/*
 * bytes: size bytes as received, need not end in NUL, may be NULL when size is 0. Checked in this
 * order, the first failing check gives the code: E_REC_EMPTY (size 0), E_REC_TOO_LARGE,
 * E_REC_ENCODING (the first byte is a serializer's or compressor's magic, not text), E_JSON_BOM,
 * E_JSON_UTF8 (byte offset in the message), E_JSON_EMPTY (only white space); then, in order of
 * place in the document: E_JSON_DEPTH, E_JSON_TOKENS, E_JSON_NUMBER, E_FIELD_LENGTH, E_JSON_NUL
 * (\u0000), E_JSON_UTF8 (lone or inverted surrogate escapes), E_JSON_SYNTAX (a NUL byte between
 *   values: Jansson would drop it).
 * The message names line and column (in bytes, from 1), never the value.
 */
bool json_prescan(const void *bytes, size_t size, const struct json_limits *limits,
                  struct emis_error *err) EMIS_MUST_CHECK;
