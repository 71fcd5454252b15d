/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COPY: binary rows in, text rows out. Encoders write tuples into an emis_buffer without a
 * connection, so that a batch can be encoded by any thread; the rest is the connection's thread.
 *
 *     store_copy_row_start(&rows, 2); store_copy_i64(&rows, key); store_copy_text(&rows, text,
 * size);   -- once per row store_copy_start(conn, "copy_ledger", err) && store_copy_rows(conn,
 * rows.data, rows.size, err) && store_copy_finish(conn, &count, err)
 *
 * Failures appear at any of the three calls; after one the COPY is over, and
 * store_connection_failure(conn)->line is the row that was refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

struct store_connection;

/* name: a registered statement `COPY t (columns) FROM STDIN (FORMAT binary)`. Writes the binary
 * signature. Inside an open transaction only. */
bool store_copy_start(struct store_connection *conn, const char *name,
                      struct emis_error *err) EMIS_MUST_CHECK;
/* Whole or partial encoded tuples, in order; any number of calls. */
bool store_copy_rows(struct store_connection *conn, const void *bytes, size_t size,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* Write the trailer and wait for the server's verdict. ret_rows may be NULL. */
bool store_copy_finish(struct store_connection *conn, int64_t *ret_rows,
                       struct emis_error *err) EMIS_MUST_CHECK;
/* Give up a COPY that was started: the transaction has failed, roll it back. Without one under way,
 * nothing. */
void store_copy_abort(struct store_connection *conn);
/* The row of the last COPY FROM that was refused, from 1; 0: unknown (bisect). */
int64_t store_copy_failed_line(const struct store_connection *conn);

/* Start a tuple of `columns` fields; that many fields must follow. */
void store_copy_row_start(struct emis_buffer *rows, int16_t columns);
void store_copy_i16(struct emis_buffer *rows, int16_t value);
void store_copy_i32(struct emis_buffer *rows, int32_t value);
void store_copy_i64(struct emis_buffer *rows, int64_t value);
void store_copy_bool(struct emis_buffer *rows, bool value);
void store_copy_char(struct emis_buffer *rows, char value); /* the one-byte type "char" */
void store_copy_text(struct emis_buffer *rows, const char *text, size_t size);
void store_copy_bytes(struct emis_buffer *rows, const void *bytes, size_t size);
void store_copy_date(struct emis_buffer *rows, int32_t days);      /* since 2000-01-01 */
void store_copy_timestamptz(struct emis_buffer *rows, int64_t us); /* since 2000-01-01Z */
void store_copy_uuid(struct emis_buffer *rows, const uint8_t uuid[16]);
/* An exact decimal: unscaled / 10^scale as numeric, scale from 0 to 18. */
void store_copy_numeric(struct emis_buffer *rows, int64_t unscaled, int scale);
void store_copy_text_array(struct emis_buffer *rows, const char *const *values, size_t count);
void store_copy_null(struct emis_buffer *rows);

/* One row of COPY TO as the server formats it, with its line end; borrowed during the call. false
 * stops with err filled by the callback. */
typedef bool (*store_copy_row_fn)(void *context, const char *row, size_t size,
                                  struct emis_error *err);

/* Stream the rows of a registered statement `COPY ... TO STDOUT (FORMAT text or csv)`. Memory: one
 * row. After a stop by the callback the connection is usable (the rest of the rows is read and
 * dropped). */
bool store_copy_out(struct store_connection *conn, const char *name, store_copy_row_fn on_row,
                    void *context, struct emis_error *err) EMIS_MUST_CHECK;
