/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict carries besides its code: the fixtures show the codes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "tests/unit/submission/world.h"

static struct world world;

#define HEAD(id, revision)                                                               \
    "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-00000000000" id                        \
    "\",\"form\":\"ATT_DAILY\",\"version\":1,\"unit\":\"S1\",\"period\":\"2025-09-30\"," \
    "\"shift\":\"evening\",\"revision\":" revision                                       \
    ",\"submitted_at\":\"2025-09-30T08:10:00.25Z\",\"sender\":\"school:S1\""
#define BOYS  "{\"grade\":\"1\",\"sex\":\"m\",\"present\":18,\"on_register\":20}"
#define GIRLS "{\"grade\":\"1\",\"sex\":\"f\",\"present\":19,\"on_register\":21}"
#define GOOD       \
    HEAD("1", "3") \
    ",\"data\":{\"pupil\":[" BOYS "," GIRLS "],\"no_class\":null,\"pupils_present\":37}}"

#define PARKED                                                                              \
    "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-000000000001\",\"form\":\"ATT_DAILY\","   \
    "\"version\":1,\"unit\":\"EM.1865\",\"period\":\"2025-09-30\",\"shift\":\"evening\","   \
    "\"revision\":3,\"submitted_at\":\"2025-09-30T08:10:00.25Z\",\"sender\":\"school:S1\"," \
    "\"data\":{\"pupil\":[" BOYS "," GIRLS "],\"pupils_present\":37}}"

static struct submission judge_in(const struct submission_context *context, const char *key,
                                  const char *value)
{
    struct submission submission;
    struct submission_record record = world_record(value, strlen(value));
    record.key = key;
    record.key_size = strlen(key);
    submission_judge(context, &record, world.arena, &submission);
    return submission;
}

static struct submission judge(const char *value)
{
    return judge_in(&world.context, "S1", value);
}

static void test_submission_judge__key_packs_and_unpacks(void **state)
{
    (void) state;
    const struct {
        int16_t log_no;
        int32_t partition;
        int64_t offset;
    } cases[] = {
        {0, 0, 0}, {1, 2, 3}, {1023, 8191, (INT64_C(1) << 40) - 1}, {0, 8191, 0}, {1023, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int16_t log_no;
        int32_t partition;
        int64_t offset;
        int64_t key = submission_key_pack(cases[i].log_no, cases[i].partition, cases[i].offset);
        assert_true(key >= 0);
        submission_key_unpack(key, &log_no, &partition, &offset);
        assert_int_equal(log_no, cases[i].log_no);
        assert_int_equal(partition, cases[i].partition);
        assert_int_equal(offset, cases[i].offset);
    }
    assert_int_equal(submission_key_pack(1, 2, 3), INT64_C(1) << 53 | INT64_C(2) << 40 | 3);
}

static void test_submission_judge__good_envelope(void **state)
{
    (void) state;
    uint8_t digest[EMIS_DIGEST_BYTES];
    char uuid[37];
    struct submission submission = judge(GOOD);
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    assert_int_equal(submission.fault_count, 0);
    assert_int_equal(submission.submission_key, submission_key_pack(1, 2, 3));
    assert_int_equal(submission.received_at_us, world_instant(WORLD_TIMESTAMP));
    assert_int_equal(submission.replay_of_key, -1);
    assert_string_equal(submission.form->code, "ATT_DAILY");
    assert_int_equal(submission.unit->unit_id, 11);
    assert_string_equal(submission.period->code, "2025-09-30");
    assert_int_equal(submission.revision, 3);
    assert_string_equal(submission.part_key, "evening");
    assert_string_equal(submission.sender, "school:S1");
    assert_null(submission.late_reason);
    assert_null(submission.cause);
    assert_int_equal(submission.submitted_at_us, world_instant("2025-09-30T08:10:00.25Z"));
    emis_text_format_uuid(submission.submission_id, uuid);
    assert_string_equal(uuid, "0192e4a0-7b1c-7000-8000-000000000001");
    emis_digest_sha256(GOOD, strlen(GOOD), digest);
    assert_memory_equal(digest, submission.value_sha256, sizeof digest);
}

/* The school moved: the place of the period's last day comes first, the other lane may hold an
 * earlier revision's cells. */
static void test_submission_judge__lanes_of_a_school_that_moved(void **state)
{
    (void) state;
    struct submission submission = judge(GOOD);
    assert_int_equal(submission.lane_count, 2);
    assert_int_equal(submission.lanes[0], 3);
    assert_int_equal(submission.lanes[1], 2);
}

static int64_t take(const unsigned char **at, size_t size)
{
    int64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | *(*at)++;
    }
    return value;
}

static int64_t take_field(const unsigned char **at, size_t size)
{
    assert_int_equal(take(at, 4), size);
    return take(at, size);
}

static void test_submission_judge__rows_are_copy_tuples_by_key(void **state)
{
    (void) state;
    struct submission submission = judge(GOOD);
    assert_int_equal(submission.rows_count, 2); /* no staff rows: no tuples */
    assert_string_equal(submission.rows[0].group->table, "att_daily_form");
    assert_int_equal(submission.rows[0].row_count, 1);
    const struct submission_rows *pupils = &submission.rows[1];
    const unsigned char *at = pupils->bytes;
    int64_t last_sex = 0;
    assert_string_equal(pupils->group->table, "att_daily_pupil");
    assert_int_equal(pupils->row_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(take(&at, 2), 7);
        assert_int_equal(take_field(&at, 8), submission.submission_key);
        assert_int_equal(take_field(&at, 4), emis_date_from_civil(2025, 9, 30));
        assert_int_equal(take_field(&at, 4), 11);
        assert_int_equal(take_field(&at, 2),
                         catalogue_code_number(pupils->group->keys[0].list, "1", 1));
        int64_t sex = take_field(&at, 2);
        bool is_boys = sex == catalogue_code_number(pupils->group->keys[1].list, "m", 1);
        assert_true(sex > last_sex);
        last_sex = sex;
        assert_int_equal(take_field(&at, 4), is_boys ? 18 : 19);
        assert_int_equal(take_field(&at, 4), is_boys ? 20 : 21);
    }
    assert_ptr_equal(at, (const unsigned char *) pupils->bytes + pupils->size);
}

static void test_submission_judge__missing_is_null(void **state)
{
    (void) state;
    static const unsigned char null[4] = {0xff, 0xff, 0xff, 0xff};
    struct submission submission = judge(GOOD);
    const struct submission_rows *form = &submission.rows[0];
    /* columns, three leading fields, then no_class */
    assert_memory_equal((const char *) form->bytes + 2 + 12 + 8 + 8, null, sizeof null);
}

static void assert_same_content(const char *a, const char *b, bool is_same)
{
    struct submission left = judge(a);
    struct submission right = judge(b);
    assert_int_equal(left.verdict, SUBMISSION_VALID);
    assert_int_equal(right.verdict, SUBMISSION_VALID);
    assert_int_equal(memcmp(left.content_sha256, right.content_sha256, EMIS_DIGEST_BYTES) == 0,
                     is_same);
}

static void test_submission_judge__content_is_the_same_for_any_spelling(void **state)
{
    (void) state;
    assert_same_content(GOOD,
                        HEAD("2", "3") ", \"data\": {\"pupils_present\":37, \"pupil\":[" GIRLS
                                       ",\n" BOYS "]}}",
                        true);
    assert_same_content(
        GOOD,
        HEAD("2", "3") ",\"data\":{\"pupil\":[" BOYS
                       ",{\"on_register\":21,\"present\":19,\"sex\":\"f\",\"grade\":\"1\"}],"
                       "\"pupils_present\":37,\"staff\":[]}}",
        true);
    assert_same_content(GOOD, HEAD("2", "3") ",\"data\":{\"pupil\":[" BOYS "," GIRLS "]}}", false);
    assert_same_content(GOOD,
                        HEAD("2", "3") ",\"data\":{\"pupil\":[" BOYS "," GIRLS
                                       "],\"no_class\":false,\"pupils_present\":37}}",
                        false);
    assert_same_content(HEAD("1", "1") ",\"data\":{}}", HEAD("2", "1") ",\"retract\":true}", false);
    assert_same_content(HEAD("1", "1") ",\"retract\":true,\"data\":{}}",
                        HEAD("2", "1") ",\"retract\":true}", true);
}

#define EVENT(id, name)                                                                          \
    "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-00000000000" id                                \
    "\",\"form\":\"REGISTRY_EVENT\",\"version\":1,\"unit\":\"G1\",\"period\":\"2025-09-30\","    \
    "\"event_id\":\"E1\",\"revision\":1,\"submitted_at\":\"2025-09-30T08:10:00Z\",\"sender\":"   \
    "\"d\","                                                                                     \
    "\"data\":{\"kind\":\"rename\",\"subject\":\"S2\",\"effective_on\":\"2025-10-01\",\"name\":" \
    "\"" name "\"}}"

static void test_submission_judge__content_of_nfd_and_nfc_is_the_same(void **state)
{
    (void) state;
    struct submission nfc = judge_in(&world.context, "G1", EVENT("1", "\xc3\xa9"));
    struct submission nfd = judge_in(&world.context, "G1", EVENT("2", "e\xcc\x81"));
    struct submission other = judge_in(&world.context, "G1", EVENT("3", "e"));
    assert_int_equal(nfc.verdict, SUBMISSION_VALID);
    assert_int_equal(nfd.verdict, SUBMISSION_VALID);
    assert_memory_equal(nfc.content_sha256, nfd.content_sha256, EMIS_DIGEST_BYTES);
    assert_memory_not_equal(nfc.content_sha256, other.content_sha256, EMIS_DIGEST_BYTES);
    assert_int_equal(nfc.lane_count, 1);
}

static void test_submission_judge__retract_has_no_rows(void **state)
{
    (void) state;
    struct submission submission = judge(HEAD("1", "4") ",\"retract\":true}");
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    assert_true(submission.is_retract);
    assert_int_equal(submission.rows_count, 0);
}

static void test_submission_judge__parked_has_content_and_no_rows(void **state)
{
    (void) state;
    struct submission submission = judge_in(&world.context, "EM.1865", EVENT("1", "x"));
    assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
    submission = judge_in(&world.context, "EM.1865", PARKED);
    assert_int_equal(submission.verdict, SUBMISSION_PARKED);
    assert_string_equal(submission.cause, "unit:EM.1865");
    assert_int_equal(submission.faults[0].code, E_REF_SCHOOL);
    assert_null(submission.unit);
    assert_int_equal(submission.rows_count, 0);
    assert_int_equal(submission.lane_count, 0);
    assert_memory_equal(submission.content_sha256, judge(GOOD).content_sha256, EMIS_DIGEST_BYTES);
}

#define RECEIVED "2025-09-30T09:00:00Z"

/* The deciding fault of a record of an unregistered unit with these of our headers; EMIS_OK: it is
 * parked, with the header's time of receipt. */
static enum emis_error_code parked_fault(const struct submission_context *context,
                                         const struct submission_header *headers, size_t count)
{
    struct submission submission;
    struct submission_record record = world_record(PARKED, strlen(PARKED));
    record.key = "EM.1865";
    record.key_size = strlen(record.key);
    record.headers = headers;
    record.header_count = count;
    submission_judge(context, &record, world.arena, &submission);
    if (submission.verdict != SUBMISSION_PARKED)
        return submission.faults[0].code;
    assert_int_equal(submission.received_at_us,
                     world_instant(count == 3 ? RECEIVED : WORLD_TIMESTAMP));
    return EMIS_OK;
}

/* A key that was in force when the record was parked is rotated out before its unit is registered.
 */
static void test_submission_judge__a_verified_signature_outlives_its_key(void **state)
{
    (void) state;
    uint8_t signature[EMIS_DIGEST_BYTES];
    char hex[2 * EMIS_DIGEST_BYTES + 1];
    const struct submission_signed_parts parts = {.key = "EM.1865",
                                                  .key_size = strlen("EM.1865"),
                                                  .value = PARKED,
                                                  .value_size = strlen(PARKED),
                                                  .received_at = RECEIVED,
                                                  .received_at_size = strlen(RECEIVED)};
    const struct submission_header headers[] = {
        {SUBMISSION_HEADER_KEY_ID, "import", strlen("import")},
        {SUBMISSION_HEADER_SIGNATURE, hex, 2 * EMIS_DIGEST_BYTES},
        {SUBMISSION_HEADER_RECEIVED_AT, RECEIVED, strlen(RECEIVED)}};
    struct submission_context context = world.context;
    submission_sign(submission_keyring_find(world.keyring, "import", strlen("import")), &parts,
                    signature);
    emis_text_hex(signature, sizeof signature, hex);
    context.is_signing_required = true;
    assert_int_equal(parked_fault(&context, headers, 3), EMIS_OK);
    context.keyring = NULL;
    assert_int_equal(parked_fault(&context, headers, 3), E_REC_SIG);
    context.is_verified_before = true;
    assert_int_equal(parked_fault(&context, headers, 3), EMIS_OK);
}

/* What bears no signature, or half of one, cannot have been verified. */
static void test_submission_judge__what_bears_no_signature_was_not_verified(void **state)
{
    (void) state;
    const struct submission_header id = {SUBMISSION_HEADER_KEY_ID, "import", strlen("import")},
                                   late = {SUBMISSION_HEADER_RECEIVED_AT, RECEIVED,
                                           strlen(RECEIVED)};
    struct submission_context context = world.context;
    context.is_verified_before = true;
    assert_int_equal(parked_fault(&context, NULL, 0), EMIS_OK);
    assert_int_equal(parked_fault(&context, &id, 1), E_REC_SIG);
    assert_int_equal(parked_fault(&context, &late, 1), E_REC_SIG);
    context.is_signing_required = true;
    assert_int_equal(parked_fault(&context, NULL, 0), E_REC_SIG);
}

/* Others may be there as often as they like. */
static void test_submission_judge__each_of_our_headers_is_there_once(void **state)
{
    (void) state;
    const struct submission_header headers[] = {
        {"traceparent", "a", 1},
        {"traceparent", "b", 1},
        {SUBMISSION_HEADER_KEY_ID, "import", strlen("import")},
        {SUBMISSION_HEADER_KEY_ID, "import", strlen("import")}};
    assert_int_equal(parked_fault(&world.context, headers, 2), EMIS_OK);
    assert_int_equal(parked_fault(&world.context, headers, 3), E_REC_SIG);
    assert_int_equal(parked_fault(&world.context, headers, 4), E_REC_HEADER);
}

#define ATTENDANCE(unit, period)                                                          \
    "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-000000000001\",\"form\":\"ATT_DAILY\"," \
    "\"version\":1,\"unit\":\"" unit "\",\"period\":\"" period                            \
    "\",\"shift\":\"evening\",\"revision\":3,\"submitted_at\":\"2025-09-30T08:10:00Z\","  \
    "\"sender\":\"board\",\"data\":{\"pupil\":[" BOYS "," GIRLS "],\"pupils_present\":37}}"

static void test_submission_judge__a_code_of_another_scheme_counts_at_its_time(void **state)
{
    (void) state;
    struct submission submission =
        judge_in(&world.context, "board:PS1", ATTENDANCE("board:PS1", "2025-09-29"));
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    assert_string_equal(submission.unit->code, "S2");
    submission = judge_in(&world.context, "board:PS1", ATTENDANCE("board:PS1", "2025-09-30"));
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    assert_string_equal(submission.unit->code, "S1");
    submission = judge_in(&world.context, "board:PS9", ATTENDANCE("board:PS9", "2025-09-30"));
    assert_int_equal(submission.verdict, SUBMISSION_PARKED);
    assert_string_equal(submission.cause, "unit:board:PS9");
    submission = judge_in(&world.context, "S2", ATTENDANCE("S2", "2025-09-30"));
    assert_string_equal(submission.unit->code, "S2");
}

/* It would never leave the healer's list. */
static void test_submission_judge__a_known_code_of_another_time_does_not_park(void **state)
{
    (void) state;
    struct submission submission =
        judge_in(&world.context, "board:PS2", ATTENDANCE("board:PS2", "2025-09-30"));
    assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
    assert_int_equal(submission.faults[0].code, E_REF_SCHOOL_CLOSED);
    assert_string_equal(submission.faults[0].pointer, "/unit");
}

static void test_submission_judge__rejected_leaves_nothing_half_decoded(void **state)
{
    (void) state;
    struct submission submission =
        judge(HEAD("1", "3") ",\"data\":{\"pupil\":[" BOYS "," GIRLS "],\"pupils_present\":38}}");
    assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
    assert_int_equal(submission.faults[0].code, E_SUM);
    assert_non_null(strstr(submission.faults[0].message, "ATT_TOTAL"));
    assert_non_null(strstr(submission.faults[0].message, "sum(pupil.present)"));
    assert_non_null(strstr(submission.faults[0].message, "; 37 = 38 is not so"));
    assert_null(submission.form);
    assert_null(submission.unit);
    assert_null(submission.sender);
    assert_int_equal(submission.rows_count, 0);
    assert_int_equal(submission.warning_count, 0);
    assert_int_equal(submission.submission_key, submission_key_pack(1, 2, 3));
}

static void test_submission_judge__a_value_is_echoed_up_to_40_characters(void **state)
{
    (void) state;
    char shift[301];
    char *value;
    memset(shift, 'x', 300);
    shift[300] = '\0';
    value = emis_format_new("{\"submission_id\":\"0192e4a0-7b1c-7000-8000-000000000001\",\"form\":"
                            "\"ATT_DAILY\",\"version\":1,\"unit\":\"S1\","
                            "\"period\":\"2025-09-30\","
                            "\"shift\":\"%s\",\"revision\":1,\"submitted_at\":\"2025-09-30T08:10:"
                            "00Z\",\"sender\":\"s\",\"data\":{}}",
                            shift);
    struct submission submission = judge(value);
    assert_int_equal(submission.faults[0].code, E_FIELD_ENUM);
    const char *echo = strstr(submission.faults[0].message, "xx");
    assert_non_null(echo);
    assert_true(strspn(echo, "x") <= 40);
    free(value);
}

static void test_submission_judge__null_value_has_the_digest_of_nothing(void **state)
{
    (void) state;
    uint8_t nothing[EMIS_DIGEST_BYTES];
    struct submission submission;
    struct submission_record record = world_record(NULL, 0);
    record.has_value = false;
    emis_digest_sha256("", 0, nothing);
    submission_judge(&world.context, &record, world.arena, &submission);
    assert_int_equal(submission.faults[0].code, E_REC_NULL);
    assert_memory_equal(submission.value_sha256, nothing, sizeof nothing);
}

static char *replace_new(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return emis_format_new("%.*s%s%s", (int) (at - text), text, to, at + strlen(from));
}

static struct catalogue_document document_of(struct emis_arena *arena, const char *path, char *body)
{
    struct catalogue_document document = {path, emis_arena_strdup(arena, body), strlen(body)};
    free(body);
    return document;
}

#define NEW_FIELD                                                                                 \
    "\"fields\": [{\"name\": \"sick\", \"type\": \"int\", \"min\": 0, \"max\": 9, \"required\": " \
    "false, \"missing\": \"new\"}, {\"name\": \"present\""
#define NEW_RULE                                                                         \
    "\"rules\": [{\"code\": \"ATT_HUGE\", \"group\": \"pupil\", \"check\": \"present * " \
    "9223372036854775807 >= 0\", \"severity\": \"warn\", "                               \
    "\"error\": \"E_RULE\", \"pointer\": \"/present\"},"

/* The catalogue with a second version of ATT_DAILY in force from 2026 on: a new first field, and a
 * rule that overflows. */
static struct catalogue *second_version(void)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    struct catalogue *catalogue;
    const struct catalogue_number *numbers;
    struct emis_error err;
    size_t count;
    assert_true(
        catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err));
    struct catalogue_document *grown = emis_arena_alloc(arena, (count + 1) * sizeof *grown);
    memcpy(grown, documents, count * sizeof *grown);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(grown[i].path, "forms/ATT_DAILY.v1.json") == 0) {
            char *second = replace_new(grown[i].body, "\"version\": 1", "\"version\": 2");
            char *dated = replace_new(second, "2000-01-01", "2025-10-01");
            char *wider = replace_new(dated, "\"fields\": [{\"name\": \"present\"", NEW_FIELD);
            grown[count] = document_of(arena, "forms/ATT_DAILY.v2.json",
                                       replace_new(wider, "\"rules\": [", NEW_RULE));
            grown[i] = document_of(arena, grown[i].path,
                                   replace_new(grown[i].body, "\"2000-01-01\"",
                                               "\"2000-01-01\", \"valid_to\": \"2025-10-01\""));
            free(second);
            free(dated);
            free(wider);
        } else if (strncmp(grown[i].path, "labels/", 7) == 0 &&
                   strcspn(grown[i].path, ".") + 5 == strlen(grown[i].path)) {
            /* labels/en.json, but not what labels/en.governance.json adds to it */
            grown[i] = document_of(
                arena, grown[i].path,
                replace_new(
                    grown[i].body, "{",
                    "{\"field.ATT_DAILY.pupil.sick\": \"Sick\", \"rule.ATT_HUGE\": \"Huge\","));
        }
    }
    if (!catalogue_compile(grown, count + 1, world_print_mistake, NULL, &catalogue, &err)) {
        fail_msg("%s: %s", err.pointer, err.message);
    }
    catalogue_number_apply(catalogue, NULL, 0, &numbers, &count);
    emis_arena_free(arena);
    return catalogue;
}

static void test_submission_judge__an_older_version_fills_the_newest_columns(void **state)
{
    (void) state;
    struct catalogue *catalogue = second_version();
    struct submission_context context = world.context;
    context.catalogue = catalogue;
    struct submission submission = judge_in(&context, "S1", GOOD);
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    assert_int_equal(submission.form->version, 1);
    const struct submission_rows *pupils = &submission.rows[1];
    assert_string_equal(pupils->group->fields[0].name, "sick");
    const unsigned char *at = pupils->bytes;
    assert_int_equal(take(&at, 2), 8);
    at += 12 + 8 + 8 + 6 + 6;
    assert_int_equal(take(&at, 4), 0xffffffff); /* sick: unknown to version 1 */
    int64_t present = take_field(&at, 4);
    assert_int_equal(take_field(&at, 4), present + 2);
    /* the same content, whatever the version */
    assert_memory_equal(submission.content_sha256, judge(GOOD).content_sha256, EMIS_DIGEST_BYTES);
    catalogue_free(catalogue);
}

static void test_submission_judge__a_version_counts_in_its_time(void **state)
{
    (void) state;
    struct catalogue *catalogue = second_version();
    struct submission_context context = world.context;
    context.catalogue = catalogue;
    char *early = replace_new(GOOD, "\"version\":1", "\"version\":2");
    char *late = replace_new(GOOD, "2025-09-30\",\"shift\"", "2025-10-01\",\"shift\"");
    char *good = replace_new(early, "2025-09-30\",\"shift\"", "2025-10-01\",\"shift\"");
    const char *const wrong[] = {early, late};
    for (size_t i = 0; i < 2; i++) {
        struct submission submission = judge_in(&context, "S1", wrong[i]);
        assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
        assert_int_equal(submission.faults[0].code, E_FORM_VERSION);
        assert_string_equal(submission.faults[0].pointer, "/version");
    }
    /* In force; now its rule overflows, which is a reject even though the rule only warns: nobody
     * knows whether it is kept. */
    struct submission submission = judge_in(&context, "S1", good);
    assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
    assert_int_equal(submission.faults[0].code, E_RULE);
    assert_string_equal(submission.faults[0].pointer, "/data/pupil/0/present");
    free(early);
    free(late);
    free(good);
    catalogue_free(catalogue);
}

/* Printed for whoever tunes; the bound is what even a sanitizer build keeps. */
static void test_submission_judge__rate(void **state)
{
    (void) state;
    enum { ROUNDS = 2000 };
    struct submission submission;
    size_t size = 0;
    char *value = world_read(
        EMIS_SOURCE_DIR "/tests/fixtures/submissions/valid/att-daily-14-rows/record.json", &size);
    assert_non_null(value);
    struct submission_record record = world_record(value, size);
    int64_t begin_ms = emis_clock_monotonic_ms();
    for (int i = 0; i < ROUNDS; i++) {
        emis_arena_clear(world.arena);
        submission_judge(&world.context, &record, world.arena, &submission);
        assert_int_equal(submission.verdict, SUBMISSION_VALID);
    }
    int64_t rate = ROUNDS * INT64_C(1000) / (emis_clock_monotonic_ms() - begin_ms + 1);
    print_message("%lld submissions of 14 rows (%zu bytes) a second\n", (long long) rate, size);
    assert_true(rate > 200);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_judge__key_packs_and_unpacks),
        cmocka_unit_test(test_submission_judge__good_envelope),
        cmocka_unit_test(test_submission_judge__lanes_of_a_school_that_moved),
        cmocka_unit_test(test_submission_judge__rows_are_copy_tuples_by_key),
        cmocka_unit_test(test_submission_judge__missing_is_null),
        cmocka_unit_test(test_submission_judge__content_is_the_same_for_any_spelling),
        cmocka_unit_test(test_submission_judge__content_of_nfd_and_nfc_is_the_same),
        cmocka_unit_test(test_submission_judge__retract_has_no_rows),
        cmocka_unit_test(test_submission_judge__parked_has_content_and_no_rows),
        cmocka_unit_test(test_submission_judge__a_verified_signature_outlives_its_key),
        cmocka_unit_test(test_submission_judge__what_bears_no_signature_was_not_verified),
        cmocka_unit_test(test_submission_judge__each_of_our_headers_is_there_once),
        cmocka_unit_test(test_submission_judge__a_code_of_another_scheme_counts_at_its_time),
        cmocka_unit_test(test_submission_judge__a_known_code_of_another_time_does_not_park),
        cmocka_unit_test(test_submission_judge__rejected_leaves_nothing_half_decoded),
        cmocka_unit_test(test_submission_judge__a_value_is_echoed_up_to_40_characters),
        cmocka_unit_test(test_submission_judge__null_value_has_the_digest_of_nothing),
        cmocka_unit_test(test_submission_judge__an_older_version_fills_the_newest_columns),
        cmocka_unit_test(test_submission_judge__a_version_counts_in_its_time),
        cmocka_unit_test(test_submission_judge__rate),
    };
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
