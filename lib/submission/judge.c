/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the stages. The first stage that finds something wrong decides, and all of its
 * faults are listed; so one record always gets one code, however many things are wrong with it. An
 * unknown unit is the last thing looked at: a record parks only when nothing else is wrong with it.
 */
#include "lib/submission/judge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/json/document.h"
#include "lib/submission/draft.h"

int64_t submission_key_pack(int16_t log_no, int32_t partition, int64_t offset)
{
    EMIS_ASSERT(log_no >= 0 && log_no <= 1023 && partition >= 0 && partition <= 8191 &&
                offset >= 0 && offset < INT64_C(1) << 40);
    return (int64_t) log_no << 53 | (int64_t) partition << 40 | offset;
}

void submission_key_unpack(int64_t key, int16_t *ret_log_no, int32_t *ret_partition,
                           int64_t *ret_offset)
{
    *ret_log_no = (int16_t) (key >> 53);
    *ret_partition = (int32_t) (key >> 40 & 8191);
    *ret_offset = key & ((INT64_C(1) << 40) - 1);
}

static bool check_key_and_scope(struct submission_draft *draft)
{
    const struct submission_record *record = draft->record;
    if (record->key_size != draft->unit_size ||
        memcmp(record->key, draft->unit_code, draft->unit_size) != 0) {
        return submission_draft_fault_at(draft, E_REC_KEY, "/unit",
                                         "the record's key is not the code in `unit`");
    }
    if (draft->signer != NULL &&
        !submission_keyring_has_unit(draft->signer, draft->unit_code, draft->unit_size)) {
        return submission_draft_fault_at(draft, E_SCOPE, "/unit",
                                         "the signing key may not speak for this unit");
    }
    return true;
}

static bool find_form(struct submission_draft *draft)
{
    const struct catalogue *catalogue = draft->context->catalogue;
    if (catalogue_form_newest(catalogue, draft->form_code) == NULL) {
        return submission_draft_fault_at(
            draft, E_FORM_UNKNOWN, "/form", "there is no form \"%s\"",
            submission_draft_show(draft, draft->form_code, strlen(draft->form_code)));
    }
    if (draft->version > 0 && draft->version <= INT16_MAX) {
        draft->out->form =
            catalogue_form_find(catalogue, draft->form_code, (int16_t) draft->version);
    }
    return draft->out->form != NULL ||
           submission_draft_fault_at(draft, E_FORM_VERSION, "/version",
                                     "form %s has no such version", draft->form_code);
}

static void park(struct submission_draft *draft)
{
    draft->out->verdict = SUBMISSION_PARKED;
    draft->out->cause = emis_arena_format(draft->arena, "unit:%s", draft->unit_code);
    submission_draft_fault_at(draft, E_REF_SCHOOL, "/unit", "the unit is not registered");
}

static bool judge_document(struct submission_draft *draft)
{
    bool is_unit_known;
    if (!submission_envelope_read(draft) || !check_key_and_scope(draft) || !find_form(draft) ||
        !submission_decode_read(draft) || !submission_reference_check(draft, &is_unit_known) ||
        !submission_rules_check(draft)) {
        return false;
    }
    submission_encode_content(draft);
    if (is_unit_known) {
        draft->out->verdict = SUBMISSION_VALID;
        submission_encode_rows(draft);
    } else {
        park(draft);
    }
    return true;
}

static bool judge_record(struct submission_draft *draft)
{
    struct json_limits limits = json_limits_default;
    struct json_document *document;
    struct emis_error err;
    if (!submission_record_check(draft)) {
        return false;
    }
    limits.bytes_max = draft->context->record_bytes_max;
    if (!json_document_new(draft->record->value, draft->record->value_size, &limits, &document,
                           &err)) {
        return submission_draft_fault_at(draft, err.code, err.pointer, "%s", err.message);
    }
    draft->root = json_document_root(document);
    bool is_good = judge_document(draft);
    json_document_free(document);
    return is_good;
}

static int compare_faults(const void *left, const void *right)
{
    const struct submission_fault *a = left;
    const struct submission_fault *b = right;
    int order = strcmp(a->pointer, b->pointer);
    return order != 0 ? order : (a->code > b->code) - (a->code < b->code);
}

void submission_judge(const struct submission_context *context,
                      const struct submission_record *record, struct emis_arena *arena,
                      struct submission *ret)
{
    struct submission base = {
        .verdict = SUBMISSION_REJECTED,
        .submission_key = submission_key_pack(record->log_no, record->partition, record->offset),
        .received_at_us = record->timestamp_us,
        .replay_of_key = -1,
    };
    emis_digest_sha256(record->value, record->has_value ? record->value_size : 0,
                       base.value_sha256);
    *ret = base;
    struct submission_draft draft = {
        .context = context, .record = record, .arena = arena, .out = ret};
    draft.faults = emis_arena_alloc(arena, SUBMISSION_FAULTS_MAX * sizeof *draft.faults);
    json_path_init(&draft.path);
    if (!judge_record(&draft)) {
        /* Nothing half-decoded leaves: a rejected submission has only what every record has. */
        base.received_at_us = ret->received_at_us;
        base.replay_of_key = ret->replay_of_key;
        *ret = base;
    }
    qsort(draft.faults, draft.fault_count, sizeof *draft.faults, compare_faults);
    ret->faults = draft.faults;
    ret->fault_count = draft.fault_count;
}
