/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/params.h"

#include <limits.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/store/oid.h"
#include "lib/store/wire.h"

static const uint32_t oids[] = {
    [STORE_I16] = STORE_OID_INT2,
    [STORE_I32] = STORE_OID_INT4,
    [STORE_I64] = STORE_OID_INT8,
    [STORE_BOOL] = STORE_OID_BOOL,
    [STORE_CHAR] = STORE_OID_CHAR,
    [STORE_TEXT] = STORE_OID_TEXT,
    [STORE_BYTES] = STORE_OID_BYTEA,
    [STORE_DATE] = STORE_OID_DATE,
    [STORE_TIMESTAMPTZ] = STORE_OID_TIMESTAMPTZ,
    [STORE_UUID] = STORE_OID_UUID,
    [STORE_I16_ARRAY] = STORE_OID_INT2_ARRAY,
    [STORE_I32_ARRAY] = STORE_OID_INT4_ARRAY,
    [STORE_I64_ARRAY] = STORE_OID_INT8_ARRAY,
    [STORE_BOOL_ARRAY] = STORE_OID_BOOL_ARRAY,
    [STORE_CHAR_ARRAY] = STORE_OID_CHAR_ARRAY,
    [STORE_TEXT_ARRAY] = STORE_OID_TEXT_ARRAY,
    [STORE_BYTES_ARRAY] = STORE_OID_BYTEA_ARRAY,
    [STORE_DATE_ARRAY] = STORE_OID_DATE_ARRAY,
    [STORE_TIMESTAMPTZ_ARRAY] = STORE_OID_TIMESTAMPTZ_ARRAY,
    [STORE_UUID_ARRAY] = STORE_OID_UUID_ARRAY,
};

void store_params_init(struct store_params *params)
{
    emis_buffer_init(&params->bytes);
    params->count = 0;
}

/* Open the next parameter; what is appended until end() is its value. */
static void begin(struct store_params *params, enum store_type type)
{
    EMIS_ASSERT(params->count < STORE_PARAMS_MAX);
    params->items[params->count].oid = oids[type];
    params->items[params->count].offset = params->bytes.size;
}

static void end(struct store_params *params)
{
    const size_t size = params->bytes.size - params->items[params->count].offset;
    EMIS_ASSERT(size <= INT32_MAX);
    params->items[params->count].size = (int32_t) size;
    params->count++;
}

static void append(struct store_params *params, enum store_type type, const void *bytes,
                   size_t size)
{
    begin(params, type);
    if (size > 0)
        emis_buffer_append(&params->bytes, bytes, size);
    end(params);
}

void store_params_i16(struct store_params *params, int16_t value)
{
    uint8_t wire[2];
    store_wire_put_i16(wire, value);
    append(params, STORE_I16, wire, sizeof wire);
}

void store_params_i32(struct store_params *params, int32_t value)
{
    uint8_t wire[4];
    store_wire_put_i32(wire, value);
    append(params, STORE_I32, wire, sizeof wire);
}

void store_params_i64(struct store_params *params, int64_t value)
{
    uint8_t wire[8];
    store_wire_put_i64(wire, value);
    append(params, STORE_I64, wire, sizeof wire);
}

void store_params_bool(struct store_params *params, bool value)
{
    const uint8_t wire = value ? 1 : 0;
    append(params, STORE_BOOL, &wire, sizeof wire);
}

void store_params_char(struct store_params *params, char value)
{
    append(params, STORE_CHAR, &value, sizeof value);
}

void store_params_text(struct store_params *params, const char *text)
{
    if (text == NULL)
        store_params_null(params, STORE_TEXT);
    else
        append(params, STORE_TEXT, text, strlen(text));
}

void store_params_text_sized(struct store_params *params, const char *text, size_t size)
{
    append(params, STORE_TEXT, text, size);
}

void store_params_bytes(struct store_params *params, const void *bytes, size_t size)
{
    if (bytes == NULL)
        store_params_null(params, STORE_BYTES);
    else
        append(params, STORE_BYTES, bytes, size);
}

void store_params_date(struct store_params *params, int32_t days)
{
    uint8_t wire[4];
    store_wire_put_i32(wire, days);
    append(params, STORE_DATE, wire, sizeof wire);
}

void store_params_timestamptz(struct store_params *params, int64_t us)
{
    uint8_t wire[8];
    store_wire_put_i64(wire, us);
    append(params, STORE_TIMESTAMPTZ, wire, sizeof wire);
}

void store_params_uuid(struct store_params *params, const uint8_t uuid[16])
{
    append(params, STORE_UUID, uuid, 16);
}

void store_params_null(struct store_params *params, enum store_type type)
{
    begin(params, type);
    end(params);
    params->items[params->count - 1].size = -1;
}

/* Dimensions, a flag for NULLs, the element type; then, unless empty, the length and the lower
 * bound. */
static void array_head(struct store_params *params, enum store_type element, size_t count,
                       bool has_nulls)
{
    EMIS_ASSERT(count <= INT32_MAX);
    struct emis_buffer *bytes = &params->bytes;
    emis_buffer_i32(bytes, count > 0 ? 1 : 0);
    emis_buffer_i32(bytes, has_nulls ? 1 : 0);
    emis_buffer_i32(bytes, (int32_t) oids[element]);
    if (count > 0) {
        emis_buffer_i32(bytes, (int32_t) count);
        emis_buffer_i32(bytes, 1);
    }
}

static void array_element(struct store_params *params, const void *wire, size_t size)
{
    EMIS_ASSERT(size <= INT32_MAX);
    emis_buffer_i32(&params->bytes, (int32_t) size);
    if (size > 0)
        emis_buffer_append(&params->bytes, wire, size);
}

static bool has_any(const bool *nulls, size_t count)
{
    for (size_t i = 0; nulls != NULL && i < count; i++) {
        if (nulls[i])
            return true;
    }
    return false;
}

/* Elements of one width, host order; integers are turned to wire order, bytes and uuids are not. */
static void fixed_array(struct store_params *params, enum store_type type, enum store_type element,
                        const void *values, size_t width, size_t count, const bool *nulls)
{
    begin(params, type);
    array_head(params, element, count, has_any(nulls, count));
    for (size_t i = 0; i < count; i++) {
        const uint8_t *value = (const uint8_t *) values + i * width;
        uint8_t wire[16];
        memcpy(wire, value, width);
        if (nulls != NULL && nulls[i]) {
            emis_buffer_i32(&params->bytes, -1);
            continue;
        }
        if (width == 2 || width == 4 || width == 8) {
            for (size_t k = 0; k < width; k++)
                wire[k] = value[width - 1 - k];
        }
        array_element(params, wire, width);
    }
    end(params);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the wire's byte order is turned unconditionally");
_Static_assert(sizeof(bool) == 1, "a bool is sent as its byte");

void store_params_i16_array(struct store_params *params, const int16_t *values, size_t count,
                            const bool *nulls)
{
    fixed_array(params, STORE_I16_ARRAY, STORE_I16, values, sizeof *values, count, nulls);
}

void store_params_i32_array(struct store_params *params, const int32_t *values, size_t count,
                            const bool *nulls)
{
    fixed_array(params, STORE_I32_ARRAY, STORE_I32, values, sizeof *values, count, nulls);
}

void store_params_i64_array(struct store_params *params, const int64_t *values, size_t count,
                            const bool *nulls)
{
    fixed_array(params, STORE_I64_ARRAY, STORE_I64, values, sizeof *values, count, nulls);
}

void store_params_bool_array(struct store_params *params, const bool *values, size_t count,
                             const bool *nulls)
{
    fixed_array(params, STORE_BOOL_ARRAY, STORE_BOOL, values, sizeof *values, count, nulls);
}

void store_params_char_array(struct store_params *params, const char *values, size_t count,
                             const bool *nulls)
{
    fixed_array(params, STORE_CHAR_ARRAY, STORE_CHAR, values, sizeof *values, count, nulls);
}

void store_params_date_array(struct store_params *params, const int32_t *values, size_t count,
                             const bool *nulls)
{
    fixed_array(params, STORE_DATE_ARRAY, STORE_DATE, values, sizeof *values, count, nulls);
}

void store_params_timestamptz_array(struct store_params *params, const int64_t *values,
                                    size_t count, const bool *nulls)
{
    fixed_array(params, STORE_TIMESTAMPTZ_ARRAY, STORE_TIMESTAMPTZ, values, sizeof *values, count,
                nulls);
}

void store_params_uuid_array(struct store_params *params, const uint8_t (*values)[16], size_t count,
                             const bool *nulls)
{
    fixed_array(params, STORE_UUID_ARRAY, STORE_UUID, values, sizeof *values, count, nulls);
}

void store_params_text_array(struct store_params *params, const char *const *values, size_t count)
{
    bool has_nulls = false;
    for (size_t i = 0; i < count; i++)
        has_nulls |= values[i] == NULL;
    begin(params, STORE_TEXT_ARRAY);
    array_head(params, STORE_TEXT, count, has_nulls);
    for (size_t i = 0; i < count; i++) {
        if (values[i] == NULL)
            emis_buffer_i32(&params->bytes, -1);
        else
            array_element(params, values[i], strlen(values[i]));
    }
    end(params);
}

static void sized_array(struct store_params *params, enum store_type type, enum store_type element,
                        const struct store_bytes *values, size_t count)
{
    bool has_nulls = false;
    for (size_t i = 0; i < count; i++)
        has_nulls |= values[i].data == NULL;
    begin(params, type);
    array_head(params, element, count, has_nulls);
    for (size_t i = 0; i < count; i++) {
        if (values[i].data == NULL)
            emis_buffer_i32(&params->bytes, -1);
        else
            array_element(params, values[i].data, values[i].size);
    }
    end(params);
}

void store_params_text_sized_array(struct store_params *params, const struct store_bytes *values,
                                   size_t count)
{
    sized_array(params, STORE_TEXT_ARRAY, STORE_TEXT, values, count);
}

void store_params_bytea_array(struct store_params *params, const struct store_bytes *values,
                              size_t count)
{
    sized_array(params, STORE_BYTES_ARRAY, STORE_BYTES, values, count);
}

void store_params_clear(struct store_params *params)
{
    emis_buffer_clear(&params->bytes);
    params->count = 0;
}

void store_params_release(struct store_params *params)
{
    emis_buffer_release(&params->bytes);
    params->count = 0;
}
