/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges every folder of tests/fixtures/submissions/{valid,invalid} and compares the verdict with
 * its expected.json. A new rule is a new folder: README.md there says what the files hold.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>

#include "lib/base/text.h"
#include "lib/json/document.h"
#include "tests/unit/submission/world.h"

#define FIXTURES EMIS_SOURCE_DIR "/tests/fixtures/submissions/"

static struct world world;
static size_t complaints; /* all folders are judged before the test fails */

#define complain(...) (complaints++, print_error(__VA_ARGS__))

struct fixture {
    const char *name; /* "invalid/b030-empty-value" */
    char *value;
    size_t value_size;
    char *key;
    struct submission_record record;
    struct submission_header headers[1100];
    struct submission_context context;
};

static char *read_member(const struct fixture *fixture, const char *file, size_t *ret_size)
{
    char *path = emis_format_new("%s%s/%s", FIXTURES, fixture->name, file);
    char *bytes = world_read(path, ret_size);
    free(path);
    return bytes;
}

static const char *text_of(const struct json_value *object, const char *key, const char *otherwise)
{
    const char *text;
    size_t size;
    return json_value_string(json_value_get(object, key), &text, &size) ? text : otherwise;
}

static int64_t integer_of(const struct json_value *object, const char *key, int64_t otherwise)
{
    int64_t value;
    return json_value_integer(json_value_get(object, key), &value) ? value : otherwise;
}

static bool bool_of(const struct json_value *object, const char *key, bool otherwise)
{
    bool value;
    return json_value_bool(json_value_get(object, key), &value) ? value : otherwise;
}

/* {"marker": "@", "text": "[", "count": 1000}: the marker in the value becomes that many texts. */
static void repeat(struct fixture *fixture, const struct json_value *repeat)
{
    const char *marker = text_of(repeat, "marker", "@");
    const char *text = text_of(repeat, "text", "");
    size_t text_size = strlen(text);
    size_t count = (size_t) integer_of(repeat, "count", 1);
    char *at = strstr(fixture->value, marker);
    assert_non_null(at);
    size_t before = (size_t) (at - fixture->value);
    size_t after = fixture->value_size - before - strlen(marker);
    char *grown = emis_malloc(before + count * text_size + after + 1);
    memcpy(grown, fixture->value, before);
    for (size_t i = 0; i < count; i++) {
        memcpy(grown + before + i * text_size, text, text_size);
    }
    memcpy(grown + before + count * text_size, at + strlen(marker), after + 1);
    free(fixture->value);
    fixture->value = grown;
    fixture->value_size = before + count * text_size + after;
}

static void add_header(struct fixture *fixture, const char *name, const char *value)
{
    fixture->headers[fixture->record.header_count++] = (struct submission_header){
        emis_arena_strdup(world.arena, name), emis_arena_strdup(world.arena, value), strlen(value)};
}

static void add_headers(struct fixture *fixture, const struct json_value *meta)
{
    const struct json_value *list = json_value_get(meta, "headers");
    for (size_t i = 0; list != NULL && i < json_value_size(list); i++) {
        const struct json_value *header = json_value_at(list, i);
        char name[64];
        uint8_t bytes[32] = {0};
        const char *hex = text_of(header, "name_hex", NULL);
        int64_t count = integer_of(header, "count", 1);
        if (hex != NULL) {
            assert_true(emis_text_unhex(hex, strlen(hex), bytes, strlen(hex) / 2));
        }
        for (int64_t j = 0; j < count; j++) {
            snprintf(name, sizeof name, "%s",
                     hex != NULL ? (const char *) bytes : text_of(header, "name", ""));
            add_header(fixture, name, text_of(header, "value", ""));
        }
    }
}

/* "sign_with": a key of the world signs what the record holds by now; "signature_flip": one bit of
 * it is then wrong. */
static void sign(struct fixture *fixture, const struct json_value *meta)
{
    const char *key_id = text_of(meta, "sign_with", NULL);
    uint8_t signature[EMIS_DIGEST_BYTES];
    char hex[2 * EMIS_DIGEST_BYTES + 1];
    struct submission_signed_parts parts = {fixture->record.key,
                                            fixture->record.key_size,
                                            fixture->value,
                                            fixture->value_size,
                                            NULL,
                                            0,
                                            NULL,
                                            0};
    if (key_id == NULL) {
        return;
    }
    for (size_t i = 0; i < fixture->record.header_count; i++) {
        if (strcmp(fixture->headers[i].name, SUBMISSION_HEADER_RECEIVED_AT) == 0) {
            parts.received_at = fixture->headers[i].value;
            parts.received_at_size = fixture->headers[i].value_size;
        }
        if (strcmp(fixture->headers[i].name, SUBMISSION_HEADER_REPLAY_OF) == 0) {
            parts.replay_of = fixture->headers[i].value;
            parts.replay_of_size = fixture->headers[i].value_size;
        }
    }
    submission_sign(submission_keyring_find(world.keyring, key_id, strlen(key_id)), &parts,
                    signature);
    signature[31] ^= bool_of(meta, "signature_flip", false);
    emis_text_hex(signature, sizeof signature, hex);
    add_header(fixture, SUBMISSION_HEADER_KEY_ID, key_id);
    add_header(fixture, SUBMISSION_HEADER_SIGNATURE, hex);
}

static void apply_meta(struct fixture *fixture, const struct json_value *meta)
{
    if (json_value_get(meta, "repeat") != NULL) {
        repeat(fixture, json_value_get(meta, "repeat"));
    }
    const char *key = text_of(meta, "key", "S1");
    size_t repeats = (size_t) integer_of(meta, "key_repeat", 1);
    uint8_t bytes[32] = {0};
    const char *hex = text_of(meta, "key_hex", NULL);
    if (hex != NULL) {
        assert_true(emis_text_unhex(hex, strlen(hex), bytes, strlen(hex) / 2));
        key = (const char *) bytes;
    }
    fixture->key = emis_calloc(repeats * strlen(key) + 1, 1);
    for (size_t i = 0; i < repeats; i++) {
        strcpy(fixture->key + i * strlen(key), key);
    }
    fixture->record = world_record(fixture->value, fixture->value_size);
    fixture->record.key = fixture->key;
    fixture->record.key_size = strlen(fixture->key);
    fixture->record.has_key = !bool_of(meta, "key_null", false);
    fixture->record.has_value = !bool_of(meta, "value_null", false);
    fixture->record.timestamp_us = world_instant(text_of(meta, "timestamp", WORLD_TIMESTAMP));
    fixture->record.headers = fixture->headers;
    fixture->context = world.context;
    fixture->context.is_signing_required = bool_of(meta, "signing_required", false);
    add_headers(fixture, meta);
    sign(fixture, meta);
}

static void load(struct fixture *fixture, const char *name)
{
    struct json_document *meta = NULL;
    struct emis_error err;
    size_t size;
    memset(fixture, 0, sizeof *fixture);
    fixture->name = name;
    fixture->value = read_member(fixture, "record.json", &fixture->value_size);
    if (fixture->value == NULL) {
        fail_msg("%s: no record.json", name);
    }
    char *bytes = read_member(fixture, "record.meta.json", &size);
    if (bytes != NULL && !json_document_new(bytes, size, &json_limits_file, &meta, &err)) {
        fail_msg("%s/record.meta.json: %s", name, err.message);
    }
    apply_meta(fixture, meta != NULL ? json_document_root(meta) : NULL);
    json_document_free(meta);
    free(bytes);
}

static void print_faults(const struct submission *submission)
{
    for (size_t i = 0; i < submission->fault_count; i++) {
        print_error("  %s %s: %s\n", emis_error_name(submission->faults[i].code),
                    submission->faults[i].pointer, submission->faults[i].message);
    }
}

static void check_warnings(const char *name, const struct submission *submission,
                           const struct json_value *list)
{
    size_t count = list != NULL ? json_value_size(list) : 0;
    if (count != submission->warning_count) {
        complain("%s: %zu warnings, expected %zu\n", name, submission->warning_count, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct json_value *item = json_value_at(list, i);
        const char *rule = submission_builtin_rule_name(submission->warnings[i].rule_number);
        for (size_t j = 0; j < submission->form->rule_count; j++) {
            if (submission->form->rules[j].number == submission->warnings[i].rule_number) {
                rule = submission->form->rules[j].code;
            }
        }
        assert_non_null(rule);
        assert_string_equal(rule, text_of(item, "rule", ""));
        assert_string_equal(submission->warnings[i].pointer, text_of(item, "pointer", ""));
    }
}

static const char *name_of(enum submission_verdict verdict)
{
    static const char *const names[] = {[SUBMISSION_VALID] = "valid",
                                        [SUBMISSION_REJECTED] = "rejected",
                                        [SUBMISSION_PARKED] = "parked"};
    return names[verdict];
}

static void check_faults(const char *name, const struct submission *submission,
                         const struct json_value *expected)
{
    const char *code = text_of(expected, "code", NULL);
    const char *pointer = text_of(expected, "pointer", "");
    size_t count = (size_t) integer_of(expected, "fault_count", code != NULL);
    if (submission->fault_count != count) {
        print_faults(submission);
        complain("%s: %zu faults, expected %zu\n", name, submission->fault_count, count);
    }
    if (code != NULL && (strcmp(code, emis_error_name(submission->faults[0].code)) != 0 ||
                         strcmp(pointer, submission->faults[0].pointer) != 0)) {
        print_faults(submission);
        complain("%s: expected %s at \"%s\"\n", name, code, pointer);
    }
    for (size_t i = 1; i < submission->fault_count; i++) {
        assert_true(strcmp(submission->faults[i - 1].pointer, submission->faults[i].pointer) <= 0);
    }
}

static void check_outcome(const char *name, const struct submission *submission,
                          const struct json_value *expected)
{
    check_faults(name, submission, expected);
    if (submission->verdict == SUBMISSION_PARKED) {
        assert_string_equal(submission->cause, text_of(expected, "cause", ""));
    }
    if (submission->verdict != SUBMISSION_REJECTED) {
        check_warnings(name, submission, json_value_get(expected, "warnings"));
        assert_string_equal(submission->part_key,
                            text_of(expected, "part_key", submission->part_key));
        if (submission->is_late != bool_of(expected, "is_late", false) ||
            submission->is_retract != bool_of(expected, "is_retract", false)) {
            complain("%s: is_late %d, is_retract %d\n", name, submission->is_late,
                     submission->is_retract);
        }
    }
}

static void check(const struct fixture *fixture, const struct submission *submission)
{
    struct json_document *document;
    struct emis_error err;
    size_t size;
    char *bytes = read_member(fixture, "expected.json", &size);
    if (bytes == NULL || !json_document_new(bytes, size, &json_limits_file, &document, &err)) {
        fail_msg("%s: no good expected.json", fixture->name);
        return;
    }
    const struct json_value *expected = json_document_root(document);
    if (strcmp(name_of(submission->verdict), text_of(expected, "outcome", "")) != 0) {
        print_faults(submission);
        complain("%s: %s, expected %s\n", fixture->name, name_of(submission->verdict),
                 text_of(expected, "outcome", ""));
    } else {
        check_outcome(fixture->name, submission, expected);
    }
    json_document_free(document);
    free(bytes);
}

static void judge_fixture(const char *name)
{
    struct fixture fixture;
    struct submission submission;
    emis_arena_clear(world.arena);
    load(&fixture, name);
    submission_judge(&fixture.context, &fixture.record, world.arena, &submission);
    check(&fixture, &submission);
    free(fixture.value);
    free(fixture.key);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static size_t judge_folder(const char *folder)
{
    struct dirent **entries;
    size_t judged = 0;
    complaints = 0;
    char *path = emis_format_new("%s%s", FIXTURES, folder);
    int count = scandir(path, &entries, NULL, compare_names);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *name = emis_format_new("%s/%s", folder, entries[i]->d_name);
            judge_fixture(name);
            free(name);
            judged++;
        }
        free(entries[i]);
    }
    free(entries);
    free(path);
    assert_int_equal(complaints, 0);
    return judged;
}

static void test_submission_fixtures__valid(void **state)
{
    (void) state;
    size_t count = judge_folder("valid");
    print_message("%zu valid fixtures\n", count);
    assert_true(count >= 10);
}

static void test_submission_fixtures__invalid(void **state)
{
    (void) state;
    size_t count = judge_folder("invalid");
    print_message("%zu invalid fixtures\n", count);
    assert_true(count >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_fixtures__valid),
        cmocka_unit_test(test_submission_fixtures__invalid),
    };
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
