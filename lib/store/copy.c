/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/copy.h"

#include <stdlib.h>
#include <string.h>

#include "lib/store/oid.h"
#include "lib/store/session.h"
#include "lib/store/wire.h"

/* libpq copies what it is given before it sends: pieces keep its buffer small whatever the batch.
 */
#define PIECE_BYTES ((size_t) 64 * 1024)

static bool put(struct store_connection *conn, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        const size_t piece = size < PIECE_BYTES ? size : PIECE_BYTES;
        if (PQputCopyData(conn->pg, next, (int) piece) <= 0)
            return false;
        next += piece;
        size -= piece;
    }
    return true;
}

/* Read to the end of the command: the first failure is the one that tells, or the row count. */
static bool finish(struct store_connection *conn, int64_t *ret_rows, struct emis_error *err)
{
    int64_t rows = 0;
    bool is_done = true;
    bool is_told = false;
    conn->is_copying_in = false;
    PGresult *result;
    while ((result = PQgetResult(conn->pg)) != NULL) {
        is_told = true;
        if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            rows = strtoll(PQcmdTuples(result), NULL, 10);
            PQclear(result);
        } else if (PQresultStatus(result) == PGRES_COPY_IN) {
            /* A send failed and libpq still waits for rows: it would say so for ever. */
            conn->is_dead = PQputCopyEnd(conn->pg, "given up by the sender") <= 0;
            PQclear(result);
        } else if (is_done) {
            is_done = store_session_fail(conn, result, "copy", err);
        } else {
            PQclear(result);
        }
        if (store_connection_is_broken(conn))
            break;
    }
    if (is_done && (!is_told || store_connection_is_broken(conn)))
        is_done = store_session_fail(conn, NULL, "copy", err);
    if (is_done && ret_rows != NULL)
        *ret_rows = rows;
    return is_done;
}

bool store_copy_start(struct store_connection *conn, const char *name, struct emis_error *err)
{
    static const char head[19] =
        "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* signature, flags, size of the header's extension */
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, name, err);
    EMIS_ASSERT(!conn->is_copying_in && store_connection_is_in_tx(conn));
    if (!store_session_expect(conn, PQexec(conn->pg, store_session_find(conn, name)->text),
                              PGRES_COPY_IN, name, err))
        return false;
    conn->is_copying_in = true;
    return store_copy_rows(conn, head, sizeof head, err);
}

bool store_copy_rows(struct store_connection *conn, const void *bytes, size_t size,
                     struct emis_error *err)
{
    EMIS_ASSERT(conn->is_copying_in);
    if (put(conn, bytes, size))
        return true;
    (void) finish(conn, NULL, err);
    return false;
}

bool store_copy_finish(struct store_connection *conn, int64_t *ret_rows, struct emis_error *err)
{
    static const char trailer[2] = "\377\377";
    EMIS_ASSERT(conn->is_copying_in);
    if (put(conn, trailer, sizeof trailer))
        (void) PQputCopyEnd(conn->pg, NULL); /* a failure shows in the result */
    return finish(conn, ret_rows, err);
}

void store_copy_abort(struct store_connection *conn)
{
    if (!conn->is_copying_in)
        return;
    conn->is_copying_in = false;
    (void) PQputCopyEnd(conn->pg, "given up by the sender");
    store_session_drain(conn);
}

int64_t store_copy_failed_line(const struct store_connection *conn)
{
    return conn->failure.line;
}

void store_copy_row_start(struct emis_buffer *rows, int16_t columns)
{
    emis_buffer_i16(rows, columns);
}

void store_copy_i16(struct emis_buffer *rows, int16_t value)
{
    uint8_t field[4 + 2] = {0, 0, 0, 2};
    store_wire_put_i16(field + 4, value);
    emis_buffer_append(rows, field, sizeof field);
}

void store_copy_i32(struct emis_buffer *rows, int32_t value)
{
    uint8_t field[4 + 4] = {0, 0, 0, 4};
    store_wire_put_i32(field + 4, value);
    emis_buffer_append(rows, field, sizeof field);
}

void store_copy_i64(struct emis_buffer *rows, int64_t value)
{
    uint8_t field[4 + 8] = {0, 0, 0, 8};
    store_wire_put_i64(field + 4, value);
    emis_buffer_append(rows, field, sizeof field);
}

void store_copy_bool(struct emis_buffer *rows, bool value)
{
    const uint8_t field[4 + 1] = {0, 0, 0, 1, value ? 1 : 0};
    emis_buffer_append(rows, field, sizeof field);
}

void store_copy_char(struct emis_buffer *rows, char value)
{
    const uint8_t field[4 + 1] = {0, 0, 0, 1, (uint8_t) value};
    emis_buffer_append(rows, field, sizeof field);
}

void store_copy_bytes(struct emis_buffer *rows, const void *bytes, size_t size)
{
    EMIS_ASSERT(size <= INT32_MAX);
    emis_buffer_i32(rows, (int32_t) size);
    if (size > 0)
        emis_buffer_append(rows, bytes, size);
}

void store_copy_text(struct emis_buffer *rows, const char *text, size_t size)
{
    store_copy_bytes(rows, text, size);
}

void store_copy_date(struct emis_buffer *rows, int32_t days)
{
    store_copy_i32(rows, days);
}

void store_copy_timestamptz(struct emis_buffer *rows, int64_t us)
{
    store_copy_i64(rows, us);
}

void store_copy_uuid(struct emis_buffer *rows, const uint8_t uuid[16])
{
    store_copy_bytes(rows, uuid, 16);
}

/*
 * numeric on the wire: digits of base 10000, the weight of the first, the sign, the display scale.
 * The number is first brought to a whole count of fraction digits of that base; 128 bits hold any
 * int64 times 1000.
 */
void store_copy_numeric(struct emis_buffer *rows, int64_t unscaled, int scale)
{
    EMIS_ASSERT(scale >= 0 && scale <= 18);
    const int groups_after_point = (scale + 3) / 4;
    unsigned __int128 rest =
        unscaled < 0 ? (unsigned __int128) -(__int128) unscaled : (unsigned __int128) unscaled;
    for (int i = scale; i < 4 * groups_after_point; i++)
        rest *= 10;
    int16_t digits[8];
    int used = 0; /* digits[0] is the least significant */
    for (; rest > 0; rest /= 10000)
        digits[used++] = (int16_t) (rest % 10000);
    int first = 0; /* trailing zeros are not sent */
    while (first < used && digits[first] == 0)
        first++;
    const int weight = used > 0 ? used - groups_after_point - 1 : 0;

    emis_buffer_i32(rows, 8 + 2 * (used - first));
    emis_buffer_i16(rows, (int16_t) (used - first));
    emis_buffer_i16(rows, (int16_t) weight);
    emis_buffer_i16(rows, unscaled < 0 ? 0x4000 : 0);
    emis_buffer_i16(rows, (int16_t) scale);
    while (used > first)
        emis_buffer_i16(rows, digits[--used]);
}

void store_copy_text_array(struct emis_buffer *rows, const char *const *values, size_t count)
{
    const size_t length_at = rows->size;
    bool has_nulls = false;
    for (size_t i = 0; i < count; i++)
        has_nulls |= values[i] == NULL;
    emis_buffer_i32(rows, 0);
    emis_buffer_i32(rows, count > 0 ? 1 : 0);
    emis_buffer_i32(rows, has_nulls ? 1 : 0);
    emis_buffer_i32(rows, STORE_OID_TEXT);
    if (count > 0) {
        emis_buffer_i32(rows, (int32_t) count);
        emis_buffer_i32(rows, 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (values[i] == NULL)
            store_copy_null(rows);
        else
            store_copy_bytes(rows, values[i], strlen(values[i]));
    }
    store_wire_put_i32((uint8_t *) rows->data + length_at, (int32_t) (rows->size - length_at - 4));
}

void store_copy_null(struct emis_buffer *rows)
{
    emis_buffer_i32(rows, -1);
}

bool store_copy_out(struct store_connection *conn, const char *name, store_copy_row_fn on_row,
                    void *context, struct emis_error *err)
{
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, name, err);
    if (!store_session_expect(conn, PQexec(conn->pg, store_session_find(conn, name)->text),
                              PGRES_COPY_OUT, name, err))
        return false;
    bool is_wanted = true;
    char *row = NULL;
    int size;
    while ((size = PQgetCopyData(conn->pg, &row, 0)) > 0) {
        is_wanted = is_wanted && on_row(context, row, (size_t) size, err);
        PQfreemem(row);
    }
    struct emis_error end;
    const bool is_done = finish(conn, NULL, &end);
    if (is_wanted && !is_done)
        *err = end;
    return is_wanted && is_done;
}
