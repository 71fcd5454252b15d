/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's binary forms: big-endian integers in any alignment. Private to lib/store; pure. */
#pragma once

#include <stdint.h>
#include <string.h>

static inline void store_wire_put_i16(uint8_t *out, int16_t value)
{
    const uint16_t swapped = __builtin_bswap16((uint16_t) value);
    memcpy(out, &swapped, sizeof swapped);
}

static inline void store_wire_put_i32(uint8_t *out, int32_t value)
{
    const uint32_t swapped = __builtin_bswap32((uint32_t) value);
    memcpy(out, &swapped, sizeof swapped);
}

static inline void store_wire_put_i64(uint8_t *out, int64_t value)
{
    const uint64_t swapped = __builtin_bswap64((uint64_t) value);
    memcpy(out, &swapped, sizeof swapped);
}

static inline int16_t store_wire_get_i16(const void *bytes)
{
    uint16_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int16_t) __builtin_bswap16(raw);
}

static inline int32_t store_wire_get_i32(const void *bytes)
{
    uint32_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int32_t) __builtin_bswap32(raw);
}

static inline int64_t store_wire_get_i64(const void *bytes)
{
    uint64_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int64_t) __builtin_bswap64(raw);
}
