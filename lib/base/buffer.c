/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/memory.h"

/* Room for size more bytes and the NUL. */
static void reserve(struct emis_buffer *buffer, size_t size)
{
    EMIS_ASSERT(size < SIZE_MAX / 4 && buffer->size < SIZE_MAX / 4);
    size_t needed = buffer->size + size + 1;
    if (needed <= buffer->capacity) {
        return;
    }
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;
    while (capacity < needed) {
        capacity *= 2;
    }
    buffer->data = emis_realloc(buffer->data, capacity);
    buffer->capacity = capacity;
}

void emis_buffer_init(struct emis_buffer *buffer)
{
    *buffer = (struct emis_buffer){NULL, 0, 0};
}

void emis_buffer_append(struct emis_buffer *buffer, const void *bytes, size_t size)
{
    reserve(buffer, size);
    if (size > 0) {
        memcpy(buffer->data + buffer->size, bytes, size);
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void emis_buffer_text(struct emis_buffer *buffer, const char *text)
{
    emis_buffer_append(buffer, text, strlen(text));
}

void emis_buffer_format(struct emis_buffer *buffer, const char *format, ...)
{
    va_list args;
    reserve(buffer, 0);
    size_t room = buffer->capacity - buffer->size;
    va_start(args, format);
    int length = vsnprintf(buffer->data + buffer->size, room, format, args);
    va_end(args);
    EMIS_ASSERT(length >= 0);
    if ((size_t) length >= room) {
        reserve(buffer, (size_t) length);
        va_start(args, format);
        (void) vsnprintf(buffer->data + buffer->size, (size_t) length + 1, format, args);
        va_end(args);
    }
    buffer->size += (size_t) length;
}

static void append_big_endian(struct emis_buffer *buffer, uint64_t value, size_t size)
{
    reserve(buffer, size);
    for (size_t i = 0; i < size; i++) {
        buffer->data[buffer->size + i] = (char) (value >> (8 * (size - 1 - i)));
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void emis_buffer_u8(struct emis_buffer *buffer, uint8_t value)
{
    append_big_endian(buffer, value, 1);
}

void emis_buffer_i16(struct emis_buffer *buffer, int16_t value)
{
    append_big_endian(buffer, (uint64_t) value, 2);
}

void emis_buffer_i32(struct emis_buffer *buffer, int32_t value)
{
    append_big_endian(buffer, (uint64_t) value, 4);
}

void emis_buffer_i64(struct emis_buffer *buffer, int64_t value)
{
    append_big_endian(buffer, (uint64_t) value, 8);
}

void emis_buffer_clear(struct emis_buffer *buffer)
{
    buffer->size = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

void emis_buffer_release(struct emis_buffer *buffer)
{
    free(buffer->data);
    emis_buffer_init(buffer);
}
