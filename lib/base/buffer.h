/* SPDX-License-Identifier: Apache-2.0 */
/* Growing bytes: text being built, COPY rows being encoded. One owner at a time. Integers are
 * written big-endian (PostgreSQL's wire order). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct emis_buffer {
    char *data; /* NUL-terminated after every append, the NUL not counted; NULL only before the
                   first append */
    size_t size;
    size_t capacity;
};

void emis_buffer_init(struct emis_buffer *buffer);
void emis_buffer_append(struct emis_buffer *buffer, const void *bytes, size_t size);
void emis_buffer_text(struct emis_buffer *buffer, const char *text);
void emis_buffer_format(struct emis_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void emis_buffer_u8(struct emis_buffer *buffer, uint8_t value);
void emis_buffer_i16(struct emis_buffer *buffer, int16_t value);
void emis_buffer_i32(struct emis_buffer *buffer, int32_t value);
void emis_buffer_i64(struct emis_buffer *buffer, int64_t value);
/* Keep the memory, forget the content. */
void emis_buffer_clear(struct emis_buffer *buffer);
void emis_buffer_release(struct emis_buffer *buffer);
