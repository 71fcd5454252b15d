/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/write.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/text.h"

void json_write_init(struct json_write *writer, struct emis_buffer *out, bool is_indented)
{
    memset(writer, 0, sizeof(*writer));
    writer->out = out;
    writer->is_indented = is_indented;
}

static void break_line(struct json_write *writer)
{
    if (!writer->is_indented)
        return;
    emis_buffer_text(writer->out, "\n");
    for (size_t i = 0; i < writer->depth; i++)
        emis_buffer_text(writer->out, "  ");
}

/* What stands between the item before and the next one. */
static void separate(struct json_write *writer)
{
    struct json_write_level *level = &writer->levels[writer->depth - 1];

    if (level->has_items)
        emis_buffer_text(writer->out, ",");
    level->has_items = true;
    break_line(writer);
}

static void before_value(struct json_write *writer)
{
    EMIS_ASSERT(!writer->is_done);
    if (writer->depth == 0)
        return;
    if (!writer->levels[writer->depth - 1].is_object) {
        separate(writer);
        return;
    }
    EMIS_ASSERT(writer->has_key);
    writer->has_key = false;
}

static void after_value(struct json_write *writer)
{
    if (writer->depth > 0)
        return;
    writer->is_done = true;
    if (writer->is_indented)
        emis_buffer_text(writer->out, "\n");
}

static void begin(struct json_write *writer, bool is_object)
{
    before_value(writer);
    EMIS_ASSERT(writer->depth < JSON_WRITE_DEPTH_MAX);
    writer->levels[writer->depth].is_object = is_object;
    writer->levels[writer->depth].has_items = false;
    writer->depth++;
    emis_buffer_text(writer->out, is_object ? "{" : "[");
}

static void end(struct json_write *writer, bool is_object)
{
    EMIS_ASSERT(writer->depth > 0 && writer->levels[writer->depth - 1].is_object == is_object &&
                !writer->has_key);
    writer->depth--;
    if (writer->levels[writer->depth].has_items)
        break_line(writer);
    emis_buffer_text(writer->out, is_object ? "}" : "]");
    after_value(writer);
}

void json_write_object_begin(struct json_write *writer)
{
    begin(writer, true);
}

void json_write_object_end(struct json_write *writer)
{
    end(writer, true);
}

void json_write_array_begin(struct json_write *writer)
{
    begin(writer, false);
}

void json_write_array_end(struct json_write *writer)
{
    end(writer, false);
}

static void append_escape(struct emis_buffer *out, unsigned char byte)
{
    switch (byte) {
    case '"':
        emis_buffer_text(out, "\\\"");
        break;
    case '\\':
        emis_buffer_text(out, "\\\\");
        break;
    case '\n':
        emis_buffer_text(out, "\\n");
        break;
    case '\r':
        emis_buffer_text(out, "\\r");
        break;
    case '\t':
        emis_buffer_text(out, "\\t");
        break;
    default:
        emis_buffer_format(out, "\\u%04x", byte);
    }
}

/* Valid UTF-8: runs of plain bytes are copied whole. */
static void append_valid(struct emis_buffer *out, const char *text, size_t size)
{
    size_t run = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char) text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F)
            continue;
        emis_buffer_append(out, text + run, i - run);
        append_escape(out, byte);
        run = i + 1;
    }
    emis_buffer_append(out, text + run, size - run);
}

static void append_quoted(struct emis_buffer *out, const char *text, size_t size)
{
    emis_buffer_text(out, "\"");
    while (size > 0) {
        size_t bad = emis_text_utf8_error(text, size);
        append_valid(out, text, bad == SIZE_MAX ? size : bad);
        if (bad == SIZE_MAX)
            break;
        emis_buffer_text(out, "\xEF\xBF\xBD");
        text += bad + 1;
        size -= bad + 1;
    }
    emis_buffer_text(out, "\"");
}

void json_write_key(struct json_write *writer, const char *key)
{
    EMIS_ASSERT(writer->depth > 0 && writer->levels[writer->depth - 1].is_object &&
                !writer->has_key);
    separate(writer);
    append_quoted(writer->out, key, strlen(key));
    emis_buffer_text(writer->out, writer->is_indented ? ": " : ":");
    writer->has_key = true;
}

void json_write_string(struct json_write *writer, const char *text)
{
    if (text == NULL)
        json_write_null(writer);
    else
        json_write_string_n(writer, text, strlen(text));
}

void json_write_string_n(struct json_write *writer, const char *text, size_t size)
{
    before_value(writer);
    append_quoted(writer->out, text, size);
    after_value(writer);
}

void json_write_i64(struct json_write *writer, int64_t value)
{
    before_value(writer);
    emis_buffer_format(writer->out, "%" PRId64, value);
    after_value(writer);
}

void json_write_decimal(struct json_write *writer, int64_t value, unsigned scale)
{
    uint64_t magnitude = value < 0 ? -(uint64_t) value : (uint64_t) value;
    uint64_t unit = 1;

    EMIS_ASSERT(scale <= 18);
    for (unsigned i = 0; i < scale; i++)
        unit *= 10;
    before_value(writer);
    emis_buffer_format(writer->out, "%s%" PRIu64, value < 0 ? "-" : "", magnitude / unit);
    if (scale > 0)
        emis_buffer_format(writer->out, ".%0*" PRIu64, (int) scale, magnitude % unit);
    after_value(writer);
}

void json_write_bool(struct json_write *writer, bool value)
{
    json_write_raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_write_null(struct json_write *writer)
{
    json_write_raw(writer, "null", 4);
}

void json_write_raw(struct json_write *writer, const char *json, size_t size)
{
    before_value(writer);
    emis_buffer_append(writer->out, json, size);
    after_value(writer);
}
