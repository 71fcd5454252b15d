/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows that a statement returned. Belongs to one thread; what is borrowed from it lives until
 * store_result_free.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/store/params.h"

struct store_result;

size_t store_result_rows(const struct store_result *result);
size_t store_result_columns(const struct store_result *result);
/* Rows inserted, updated, deleted or selected, by the command tag. */
int64_t store_result_affected(const struct store_result *result);

/*
 * Accessors of binary results, by row and column from 0. Out of range, another type than the
 * column's, or NULL is an assertion: ask is_null first where the column may be NULL. An integer
 * accessor takes a column of its own width or narrower.
 */
bool store_result_is_null(const struct store_result *result, size_t row, size_t column);
int16_t store_result_i16(const struct store_result *result, size_t row, size_t column);
int32_t store_result_i32(const struct store_result *result, size_t row, size_t column);
int64_t store_result_i64(const struct store_result *result, size_t row, size_t column);
bool store_result_bool(const struct store_result *result, size_t row, size_t column);
char store_result_char(const struct store_result *result, size_t row, size_t column);
int32_t store_result_date(const struct store_result *result, size_t row,
                          size_t column); /* days since 2000-01-01 */
int64_t store_result_timestamptz(const struct store_result *result, size_t row,
                                 size_t column); /* microseconds since 2000-01-01Z */
const uint8_t *store_result_uuid(const struct store_result *result, size_t row,
                                 size_t column); /* 16 bytes, borrowed from the result */
/* Borrowed from the result, NUL-terminated; NULL when SQL NULL. Types with a text form on the wire
 * (text, varchar, name, json, enums). */
const char *store_result_text(const struct store_result *result, size_t row, size_t column);
/* Borrowed from the result. data NULL when SQL NULL. bytea or text. */
struct store_bytes store_result_bytes(const struct store_result *result, size_t row, size_t column);
/* numeric as exact decimal text such as "-12.50" (all its digits, "NaN" or "Infinity"), written to
 * out and cut at size. */
void store_result_numeric_text(const struct store_result *result, size_t row, size_t column,
                               char *out, size_t size);

/* Text results: the cell, borrowed, NULL when SQL NULL. */
const char *store_result_cell(const struct store_result *result, size_t row, size_t column);
/* Any result. */
const char *store_result_column_name(const struct store_result *result, size_t column);

void store_result_free(struct store_result *result);
