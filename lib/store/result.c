/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/memory.h"
#include "lib/store/oid.h"
#include "lib/store/session.h"
#include "lib/store/wire.h"

struct store_result {
    PGresult *pg;
    bool is_text;
};

struct store_result *store_session_result_new(PGresult *pg, bool is_text)
{
    struct store_result *result = emis_calloc(1, sizeof *result);
    result->pg = pg;
    result->is_text = is_text;
    return result;
}

size_t store_result_rows(const struct store_result *result)
{
    return (size_t) PQntuples(result->pg);
}

size_t store_result_columns(const struct store_result *result)
{
    return (size_t) PQnfields(result->pg);
}

int64_t store_result_affected(const struct store_result *result)
{
    return strtoll(PQcmdTuples(result->pg), NULL, 10);
}

bool store_result_is_null(const struct store_result *result, size_t row, size_t column)
{
    EMIS_ASSERT(row < store_result_rows(result) && column < store_result_columns(result));
    return PQgetisnull(result->pg, (int) row, (int) column) == 1;
}

static uint32_t type_of(const struct store_result *result, size_t column)
{
    return PQftype(result->pg, (int) column);
}

static size_t size_of(const struct store_result *result, size_t row, size_t column)
{
    return (size_t) PQgetlength(result->pg, (int) row, (int) column);
}

/* The bytes of a binary cell that is not NULL. */
static const char *value_of(const struct store_result *result, size_t row, size_t column)
{
    EMIS_ASSERT(!store_result_is_null(result, row, column) && !result->is_text);
    return PQgetvalue(result->pg, (int) row, (int) column);
}

/* A cell of exactly this type and width. */
static const char *fixed(const struct store_result *result, size_t row, size_t column, uint32_t oid,
                         size_t size)
{
    const char *value = value_of(result, row, column);
    EMIS_ASSERT(type_of(result, column) == oid && size_of(result, row, column) == size);
    return value;
}

int16_t store_result_i16(const struct store_result *result, size_t row, size_t column)
{
    return store_wire_get_i16(fixed(result, row, column, STORE_OID_INT2, 2));
}

int32_t store_result_i32(const struct store_result *result, size_t row, size_t column)
{
    return type_of(result, column) == STORE_OID_INT2
               ? store_result_i16(result, row, column)
               : store_wire_get_i32(fixed(result, row, column, STORE_OID_INT4, 4));
}

int64_t store_result_i64(const struct store_result *result, size_t row, size_t column)
{
    switch (type_of(result, column)) {
    case STORE_OID_INT2:
    case STORE_OID_INT4:
        return store_result_i32(result, row, column);
    case STORE_OID_OID:
        return (int64_t) (uint32_t) store_wire_get_i32(
            fixed(result, row, column, STORE_OID_OID, 4));
    default:
        return store_wire_get_i64(fixed(result, row, column, STORE_OID_INT8, 8));
    }
}

bool store_result_bool(const struct store_result *result, size_t row, size_t column)
{
    return *fixed(result, row, column, STORE_OID_BOOL, 1) != 0;
}

char store_result_char(const struct store_result *result, size_t row, size_t column)
{
    return *fixed(result, row, column, STORE_OID_CHAR, 1);
}

int32_t store_result_date(const struct store_result *result, size_t row, size_t column)
{
    return store_wire_get_i32(fixed(result, row, column, STORE_OID_DATE, 4));
}

int64_t store_result_timestamptz(const struct store_result *result, size_t row, size_t column)
{
    return store_wire_get_i64(fixed(result, row, column, STORE_OID_TIMESTAMPTZ, 8));
}

const uint8_t *store_result_uuid(const struct store_result *result, size_t row, size_t column)
{
    return (const uint8_t *) fixed(result, row, column, STORE_OID_UUID, 16);
}

static bool has_text_form(uint32_t oid)
{
    return oid == STORE_OID_TEXT || oid == STORE_OID_VARCHAR || oid == STORE_OID_BPCHAR ||
           oid == STORE_OID_NAME || oid == STORE_OID_CHAR || oid == STORE_OID_JSON ||
           oid == STORE_OID_UNKNOWN || oid >= STORE_OID_USER_FIRST;
}

const char *store_result_text(const struct store_result *result, size_t row, size_t column)
{
    if (store_result_is_null(result, row, column))
        return NULL;
    EMIS_ASSERT(has_text_form(type_of(result, column)));
    return value_of(result, row, column);
}

struct store_bytes store_result_bytes(const struct store_result *result, size_t row, size_t column)
{
    if (store_result_is_null(result, row, column))
        return (struct store_bytes){NULL, 0};
    EMIS_ASSERT(type_of(result, column) == STORE_OID_BYTEA ||
                has_text_form(type_of(result, column)));
    return (struct store_bytes){value_of(result, row, column), size_of(result, row, column)};
}

/* The i-th digit of base 10000, counted from the decimal point: 0 is the first before it, -1 the
 * first after it. */
static int digit_at(const char *value, int weight, int digits, int i)
{
    const int index = weight - i;
    return index >= 0 && index < digits ? store_wire_get_i16(value + 8 + 2 * index) : 0;
}

/* Digits, weight of the first, sign, display scale, then the digits of base 10000. */
static void print_numeric(const char *value, struct emis_buffer *text)
{
    const int digits = store_wire_get_i16(value);
    const int weight = store_wire_get_i16(value + 2);
    const uint16_t sign = (uint16_t) store_wire_get_i16(value + 4);
    const int scale = store_wire_get_i16(value + 6);
    if (sign >= 0xC000) {
        emis_buffer_text(text, sign == 0xC000 ? "NaN" : sign == 0xD000 ? "Infinity" : "-Infinity");
        return;
    }
    if (sign == 0x4000)
        emis_buffer_text(text, "-");
    emis_buffer_format(text, "%d", digit_at(value, weight, digits, weight > 0 ? weight : 0));
    for (int i = weight - 1; i >= 0; i--)
        emis_buffer_format(text, "%04d", digit_at(value, weight, digits, i));
    if (scale == 0)
        return;
    emis_buffer_text(text, ".");
    const size_t point_at = text->size;
    for (int i = 1; 4 * (i - 1) < scale; i++)
        emis_buffer_format(text, "%04d", digit_at(value, weight, digits, -i));
    text->size = point_at + (size_t) scale;
    text->data[text->size] = '\0';
}

void store_result_numeric_text(const struct store_result *result, size_t row, size_t column,
                               char *out, size_t size)
{
    const char *value = value_of(result, row, column);
    EMIS_ASSERT(type_of(result, column) == STORE_OID_NUMERIC && size_of(result, row, column) >= 8);
    struct emis_buffer text;
    emis_buffer_init(&text);
    print_numeric(value, &text);
    snprintf(out, size, "%s", text.data);
    emis_buffer_release(&text);
}

const char *store_result_cell(const struct store_result *result, size_t row, size_t column)
{
    EMIS_ASSERT(result->is_text);
    return store_result_is_null(result, row, column)
               ? NULL
               : PQgetvalue(result->pg, (int) row, (int) column);
}

const char *store_result_column_name(const struct store_result *result, size_t column)
{
    EMIS_ASSERT(column < store_result_columns(result));
    return PQfname(result->pg, (int) column);
}

void store_result_free(struct store_result *result)
{
    if (result == NULL)
        return;
    PQclear(result->pg);
    free(result);
}
