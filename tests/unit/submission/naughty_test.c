/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of the Big List of Naughty Strings as a text field: kept as sent up to NFC, or refused for
 * its characters, never altered otherwise (class B095).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "lib/json/document.h"
#include "lib/json/write.h"
#include "tests/unit/submission/world.h"

static struct world world;

static void write_text(struct json_write *writer, const char *key, const char *text)
{
    json_write_key(writer, key);
    json_write_string(writer, text);
}

static void write_submission(struct emis_buffer *out, const char *sender)
{
    struct json_write writer;
    json_write_init(&writer, out, false);
    json_write_object_begin(&writer);
    write_text(&writer, "submission_id", "0192e4a0-7b1c-7000-8000-000000000001");
    write_text(&writer, "form", "ATT_DAILY");
    json_write_key(&writer, "version");
    json_write_i64(&writer, 1);
    write_text(&writer, "unit", "S1");
    write_text(&writer, "period", "2025-09-30");
    write_text(&writer, "shift", "full");
    json_write_key(&writer, "revision");
    json_write_i64(&writer, 1);
    write_text(&writer, "submitted_at", "2025-09-30T08:10:00Z");
    write_text(&writer, "sender", sender);
    json_write_key(&writer, "data");
    json_write_object_begin(&writer);
    json_write_object_end(&writer);
    json_write_object_end(&writer);
}

static bool is_plain(const char *text, size_t size)
{
    bool has_letter = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
        has_letter = has_letter || text[i] != ' ';
    }
    return has_letter && size <= 200;
}

/* Returns whether the string was accepted. */
static bool judge_string(const char *text, size_t size)
{
    struct emis_buffer value;
    struct submission submission;
    struct emis_error err;
    const char *normal;
    size_t normal_size;
    emis_buffer_init(&value);
    emis_arena_clear(world.arena);
    write_submission(&value, text);
    struct submission_record record = world_record(value.data, value.size);
    submission_judge(&world.context, &record, world.arena, &submission);
    bool is_valid = submission.verdict == SUBMISSION_VALID;
    if (is_valid) {
        assert_true(emis_text_normalise(world.arena, text, size, &normal, &normal_size, &err));
        assert_string_equal(submission.sender, normal);
    } else {
        enum emis_error_code code = submission.faults[0].code;
        assert_string_equal(submission.faults[0].pointer, "/sender");
        assert_true(code == E_FIELD_CHARSET || code == E_FIELD_MISSING || code == E_FIELD_LENGTH);
    }
    if (is_plain(text, size)) {
        assert_true(is_valid);
        assert_string_equal(submission.sender, text);
    }
    emis_buffer_release(&value);
    return is_valid;
}

static void test_submission_naughty__kept_or_refused(void **state)
{
    (void) state;
    struct json_document *document;
    struct emis_error err;
    size_t size;
    size_t accepted = 0;
    char *list = world_read(EMIS_SOURCE_DIR "/tests/fixtures/naughty-strings/blns.json", &size);
    assert_non_null(list);
    char *wrapped = emis_format_new("{\"v\":%s}", list); /* a document is an object */
    if (!json_document_new(wrapped, strlen(wrapped), &json_limits_file, &document, &err)) {
        fail_msg("%s", err.message);
    }
    const struct json_value *strings = json_value_get(json_document_root(document), "v");
    for (size_t i = 0; i < json_value_size(strings); i++) {
        const char *text;
        assert_true(json_value_string(json_value_at(strings, i), &text, &size));
        accepted += judge_string(text, size);
    }
    print_message("%zu strings, %zu accepted\n", json_value_size(strings), accepted);
    assert_true(json_value_size(strings) > 500 && accepted > 400 &&
                accepted < json_value_size(strings));
    json_document_free(document);
    free(wrapped);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_submission_naughty__kept_or_refused)};
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
