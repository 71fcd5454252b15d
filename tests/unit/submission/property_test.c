/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every valid fixture cut at each byte and with flipped bits: nothing crashes, and nothing is
 * silently ignored. A changed record that is still accepted differs in something that was decoded,
 * or only in what means the same: white space, the case of a hexadecimal digit, the spelling of a
 * character.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>

#include "tests/unit/submission/world.h"

#define VALID               EMIS_SOURCE_DIR "/tests/fixtures/submissions/valid/"
#define EVERY_BIT_BYTES_MAX 700 /* of a value; longer ones have one bit of each byte flipped */

static struct world world;

static bool is_text_equal(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* The same in everything that the warehouse keeps of it. */
static bool is_same(const struct submission *a, const struct submission *b)
{
    return a->form == b->form && a->unit == b->unit && a->period == b->period &&
           a->revision == b->revision && a->is_retract == b->is_retract &&
           a->submitted_at_us == b->submitted_at_us &&
           memcmp(a->submission_id, b->submission_id, 16) == 0 &&
           is_text_equal(a->part_key, b->part_key) && is_text_equal(a->sender, b->sender) &&
           is_text_equal(a->late_reason, b->late_reason) &&
           memcmp(a->content_sha256, b->content_sha256, EMIS_DIGEST_BYTES) == 0;
}

static bool is_harmless(char before, char after)
{
    bool is_sign_of_zero =
        before == '-' && after == '\r'; /* -0 is 0, and so is white space before 0 */
    bool is_other_spelling = (unsigned char) before >= 0x80; /* U+0341 is U+0301 after NFC */
    return is_sign_of_zero || is_other_spelling ||
           (isspace((unsigned char) before) && isspace((unsigned char) after)) ||
           (isxdigit((unsigned char) before) && (before ^ after) == 0x20);
}

struct sample {
    const char *name;
    char *value;
    size_t size;
    struct submission_record record;
    struct submission whole;
};

static void judge(struct sample *sample, const char *bytes, size_t size, struct submission *ret)
{
    sample->record.value = bytes;
    sample->record.value_size = size;
    submission_judge(&world.context, &sample->record, world.arena, ret);
}

static size_t cut(struct sample *sample)
{
    for (size_t size = 0; size < sample->size; size++) {
        struct submission submission;
        /* A copy of exactly that size: a read beyond it is then an error that the sanitizer sees.
         */
        char *bytes = emis_malloc(size + (size == 0));
        memcpy(bytes, sample->value, size);
        judge(sample, bytes, size, &submission);
        if (submission.verdict != SUBMISSION_REJECTED &&
            !(is_same(&submission, &sample->whole) && size == sample->size - 1)) {
            fail_msg("%s: accepted when cut at byte %zu", sample->name, size);
        }
        free(bytes);
    }
    return sample->size;
}

static size_t flip(struct sample *sample)
{
    size_t judged = 0;
    for (size_t at = 0; at < sample->size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct submission submission;
            char before = sample->value[at];
            if (sample->size > EVERY_BIT_BYTES_MAX && bit != at % 8) {
                continue;
            }
            sample->value[at] = (char) (before ^ (1 << bit));
            judge(sample, sample->value, sample->size, &submission);
            if (submission.verdict == SUBMISSION_VALID && is_same(&submission, &sample->whole) &&
                !is_harmless(before, sample->value[at])) {
                fail_msg("%s: bit %u of byte %zu makes no difference", sample->name, bit, at);
            }
            sample->value[at] = before;
            judged++;
        }
    }
    return judged;
}

/* Fixtures that need other headers or keys than the default record are left out: they are not valid
 * without. So are those of rules: they differ in values from their form's own fixture, which is
 * here. */
static size_t run(const char *name)
{
    struct sample sample = {.name = name};
    size_t judged = 0;
    char *path = emis_format_new("%s%s/record.json", VALID, name);
    emis_arena_clear(world.arena);
    sample.value = world_read(path, &sample.size);
    if (sample.value != NULL) {
        sample.record = world_record(NULL, 0);
        judge(&sample, sample.value, sample.size, &sample.whole);
        if (sample.whole.verdict == SUBMISSION_VALID) {
            judged = cut(&sample) + flip(&sample);
        }
    }
    free(sample.value);
    free(path);
    return judged;
}

static void test_submission_property__cut_and_flipped(void **state)
{
    (void) state;
    size_t judged = 0;
    DIR *directory = opendir(VALID);
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] != '.' && strncmp(entry->d_name, "rule-", 5) != 0) {
            judged += run(entry->d_name);
        }
    }
    closedir(directory);
    print_message("%zu changed records judged\n", judged);
    assert_true(judged > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_submission_property__cut_and_flipped)};
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
