/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/heal.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/stats.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/store/connection.h"
#include "lib/store/copy.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "lib/submission/current.h"

#define ARENA_BLOCK_BYTES (256 * 1024)
#define BATCH_BYTES_MAX   (INT64_C(8) << 20)
#define HEADERS_MAX       64

/* Where a record lies in Kafka. */
struct place {
    bool is_known;
    int16_t log_no;
    int32_t partition;
    int64_t offset;
};

/* The records of a transaction, in Kafka's order within each partition. */
struct batch {
    struct submission_record *records;
    struct submission *submissions;
    size_t count;
    struct submission_decide *decide; /* fate of each; NULL when there are none */
    struct emis_arena *arena;
};

struct healing {
    struct agg_session *session;
    struct batch batch;
    struct store_result *found; /* what the records borrow from */
    struct place first;         /* of the records found */
    struct emis_error *err;
};

static int32_t read_length(const uint8_t *bytes)
{
    return (int32_t) ((uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 |
                      (uint32_t) bytes[2] << 8 | bytes[3]);
}

/* One length and that many bytes; NULL at the end or where the lengths do not fit. */
static const uint8_t *read_run(const uint8_t **at, const uint8_t *end, size_t *ret_size)
{
    const uint8_t *run;

    if (end - *at < 4 || read_length(*at) < 0 || read_length(*at) > end - *at - 4) {
        return NULL;
    }
    *ret_size = (size_t) read_length(*at);
    run = *at + 4;
    *at = run + *ret_size;
    return run;
}

/* intake.held.headers, as its column comment says. */
static void read_headers(struct emis_arena *arena, struct store_bytes bytes,
                         struct submission_record *record)
{
    const uint8_t *at = bytes.data, *end = at == NULL ? NULL : at + bytes.size;
    struct submission_header *headers = emis_arena_alloc(arena, HEADERS_MAX * sizeof(*headers));

    while (at < end && record->header_count < HEADERS_MAX) {
        size_t name_size, value_size;
        const uint8_t *name = read_run(&at, end, &name_size),
                      *value = name == NULL ? NULL : read_run(&at, end, &value_size);
        char *text;

        if (value == NULL) {
            break;
        }
        text = emis_arena_alloc(arena, name_size + 1);
        memcpy(text, name, name_size);
        headers[record->header_count++] =
            (struct submission_header){.name = text, .value = value, .value_size = value_size};
    }
    record->headers = headers;
}

static void read_record(struct emis_arena *arena, const struct store_result *result, size_t row,
                        struct submission_record *record)
{
    struct store_bytes key = store_result_bytes(result, row, 4),
                       value = store_result_bytes(result, row, 6);

    *record = (struct submission_record){
        .log_no = store_result_i16(result, row, 0),
        .partition = store_result_i16(result, row, 1),
        .offset = store_result_i64(result, row, 2),
        .timestamp_us = store_result_timestamptz(result, row, 3),
        .key = key.data,
        .key_size = key.size,
        .has_key = key.data != NULL,
        .value = value.data,
        .value_size = value.size,
        .has_value = value.data != NULL,
    };
    read_headers(arena, store_result_bytes(result, row, 5), record);
}

static bool find_records(struct healing *healing, size_t limit)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, (int32_t) limit);
    store_params_i64(&params, BATCH_BYTES_MAX);
    ok = store_query_run(healing->session->conn, "find_healable", &params, &healing->found,
                         healing->err);
    store_params_release(&params);
    return ok;
}

static void judge_records(struct healing *healing)
{
    const struct agg_options *options = healing->session->options;
    struct submission_context context = {
        .catalogue = healing->session->knowledge->catalogue,
        .registry = healing->session->knowledge->registry,
        .keyring = options->keyring,
        .is_signing_required = options->is_signing_required,
        .is_verified_before = true, /* find_healable gives parked records alone */
        .utc_offset_minutes = options->utc_offset_minutes,
        .record_bytes_max = options->record_bytes_max,
    };
    struct batch *batch = &healing->batch;

    struct submission_decide_item *items;

    batch->count = store_result_rows(healing->found);
    if (batch->count == 0) {
        return;
    }
    batch->records = emis_arena_alloc(batch->arena, batch->count * sizeof(*batch->records));
    batch->submissions = emis_arena_alloc(batch->arena, batch->count * sizeof(*batch->submissions));
    items = emis_arena_alloc(batch->arena, batch->count * sizeof(*items));
    for (size_t i = 0; i < batch->count; i++) {
        read_record(batch->arena, healing->found, i, &batch->records[i]);
        submission_judge(&context, &batch->records[i], batch->arena, &batch->submissions[i]);
        items[i] = (struct submission_decide_item){.submission = &batch->submissions[i]};
    }
    healing->first = (struct place){.is_known = true,
                                    .log_no = batch->records[0].log_no,
                                    .partition = batch->records[0].partition,
                                    .offset = batch->records[0].offset};
    batch->decide = submission_decide_new(batch->arena, items, batch->count);
}

static bool is_written(const struct batch *batch, size_t i)
{
    enum submission_outcome outcome = batch->decide->outcomes[i].outcome;

    return outcome == SUBMISSION_ACCEPTED || outcome == SUBMISSION_SUPERSEDED;
}

static bool copy(struct healing *healing, const char *statement, struct emis_buffer *rows)
{
    bool ok = rows->size == 0 ||
              (store_copy_start(healing->session->conn, statement, healing->err) &&
               store_copy_rows(healing->session->conn, rows->data, rows->size, healing->err) &&
               store_copy_finish(healing->session->conn, NULL, healing->err));

    emis_buffer_clear(rows);
    return ok || emis_error_wrap(healing->err, "%s", statement);
}

static void write_submission(struct emis_buffer *rows, const struct submission *submission,
                             const struct submission_record *record)
{
    store_copy_row_start(rows, 18);
    store_copy_i64(rows, submission->submission_key);
    store_copy_uuid(rows, submission->submission_id);
    store_copy_i16(rows, submission->form->number);
    store_copy_i16(rows, submission->form->version);
    store_copy_i32(rows, submission->period->period_id);
    store_copy_i32(rows, submission->unit->unit_id);
    store_copy_text(rows, submission->part_key, strlen(submission->part_key));
    store_copy_i32(rows, submission->revision);
    store_copy_bool(rows, submission->is_retract);
    store_copy_bool(rows, submission->is_late);
    store_copy_bytes(rows, submission->content_sha256, EMIS_DIGEST_BYTES);
    store_copy_timestamptz(rows, submission->received_at_us);
    store_copy_timestamptz(rows, submission->submitted_at_us);
    store_copy_text(rows, submission->sender, strlen(submission->sender));
    if (submission->late_reason == NULL) {
        store_copy_null(rows);
    } else {
        store_copy_text(rows, submission->late_reason, strlen(submission->late_reason));
    }
    store_copy_i16(rows, record->log_no);
    store_copy_i16(rows, (int16_t) record->partition);
    store_copy_i64(rows, record->offset);
}

static void write_warnings(struct emis_buffer *rows, const struct submission *submission)
{
    for (size_t i = 0; i < submission->warning_count; i++) {
        store_copy_row_start(rows, 4);
        store_copy_i64(rows, submission->submission_key);
        store_copy_i32(rows, submission->unit->unit_id);
        store_copy_i16(rows, submission->warnings[i].rule_number);
        store_copy_text(rows, submission->warnings[i].pointer,
                        strlen(submission->warnings[i].pointer));
    }
}

static bool copy_facts(struct healing *healing, struct emis_buffer *rows)
{
    const struct catalogue *catalogue = healing->session->knowledge->catalogue;
    bool ok = true;

    for (size_t i = 0; ok && i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        for (size_t j = 0;
             ok && catalogue_form_newest(catalogue, form->code) == form && j < form->group_count;
             j++) {
            for (size_t k = 0; k < healing->batch.count; k++) {
                const struct submission *submission = &healing->batch.submissions[k];

                for (size_t n = 0; is_written(&healing->batch, k) && n < submission->rows_count;
                     n++) {
                    if (strcmp(submission->rows[n].group->table, form->groups[j].table) == 0) {
                        emis_buffer_append(rows, submission->rows[n].bytes,
                                           submission->rows[n].size);
                    }
                }
            }
            ok = copy(healing,
                      emis_arena_format(healing->batch.arena, "copy_%s", form->groups[j].table),
                      rows);
        }
    }
    return ok;
}

static void write_dirty(struct emis_buffer *rows, const struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->key_count; i++) {
        const struct submission_key *key = &decide->keys[i];

        for (size_t j = 0; key->changed_by != NULL && j < key->changed_by->lane_count; j++) {
            store_copy_row_start(rows, 4);
            store_copy_i32(rows, key->changed_by->lanes[j]);
            store_copy_i16(rows, key->form_id);
            store_copy_i32(rows, key->period_id);
            store_copy_i32(rows, key->unit_id);
        }
    }
}

static bool copy_all(struct healing *healing)
{
    const struct batch *batch = &healing->batch;
    struct emis_buffer rows;
    bool ok;

    emis_buffer_init(&rows);
    for (size_t i = 0; i < batch->count; i++) {
        if (is_written(batch, i)) {
            write_submission(&rows, &batch->submissions[i], &batch->records[i]);
        }
    }
    ok = copy(healing, "copy_submission", &rows) && copy_facts(healing, &rows);
    for (size_t i = 0; ok && i < batch->count; i++) {
        if (is_written(batch, i)) {
            write_warnings(&rows, &batch->submissions[i]);
        }
    }
    ok = ok && copy(healing, "copy_warning", &rows);
    write_dirty(&rows, batch->decide);
    ok = ok && copy(healing, "copy_dirty", &rows);
    emis_buffer_release(&rows);
    return ok;
}

/* Exactly the rows that were open: another healer, or a takeover of this one, shows here. */
static bool settle_held(struct healing *healing, size_t *ret_settled)
{
    struct batch *batch = &healing->batch;
    size_t room = batch->count + 1, count = 0;
    int16_t *logs = emis_arena_alloc(batch->arena, room * sizeof(*logs)),
            *parts = emis_arena_alloc(batch->arena, room * sizeof(*parts));
    int16_t *codes = emis_arena_alloc(batch->arena, room * sizeof(*codes));
    int64_t *offsets = emis_arena_alloc(batch->arena, room * sizeof(*offsets)),
            *keys = emis_arena_alloc(batch->arena, room * sizeof(*keys));
    bool *no_codes = emis_arena_alloc(batch->arena, room * sizeof(*no_codes)),
         *no_keys = emis_arena_alloc(batch->arena, room * sizeof(*no_keys));
    char *outcomes = emis_arena_alloc(batch->arena, room);
    struct store_params params;
    struct store_result *result;
    bool ok;

    for (size_t i = 0; i < batch->count; i++) {
        const struct submission_fate *fate = &batch->decide->outcomes[i];
        const struct submission_record *record = &batch->records[i];

        if (fate->outcome == SUBMISSION_OUTCOME_PARKED) {
            continue;
        }
        logs[count] = record->log_no;
        parts[count] = (int16_t) record->partition;
        offsets[count] = record->offset;
        outcomes[count] = (char) fate->outcome;
        codes[count] = (int16_t) fate->code;
        no_codes[count] = fate->outcome != SUBMISSION_OUTCOME_REJECTED;
        keys[count] = batch->submissions[i].submission_key;
        no_keys[count++] = !is_written(batch, i);
    }
    store_params_init(&params);
    store_params_i16_array(&params, logs, count, NULL);
    store_params_i16_array(&params, parts, count, NULL);
    store_params_i64_array(&params, offsets, count, NULL);
    store_params_char_array(&params, outcomes, count, NULL);
    store_params_i16_array(&params, codes, count, no_codes);
    store_params_i64_array(&params, keys, count, no_keys);
    store_params_i64(&params, healing->session->knowledge->version);
    ok = store_query_run(healing->session->conn, "settle_held", &params, &result, healing->err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    ok = store_result_affected(result) == (int64_t) count;
    store_result_free(result);
    *ret_settled = count;
    return ok ||
           emis_error_set(healing->err, E_DB_CONFLICT, "parked records were settled by another");
}

static void note_settled(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct emis_metric *metric = batch->decide->outcomes[i].outcome == SUBMISSION_ACCEPTED
                                         ? &agg_stats.healed_accepted
                                     : batch->decide->outcomes[i].outcome == SUBMISSION_SUPERSEDED
                                         ? &agg_stats.healed_superseded
                                     : batch->decide->outcomes[i].outcome == SUBMISSION_DUPLICATE
                                         ? &agg_stats.healed_duplicate
                                         : &agg_stats.healed_rejected;

        if (batch->decide->outcomes[i].outcome != SUBMISSION_OUTCOME_PARKED) {
            emis_metric_add(metric, 1);
        }
    }
}

enum attempt { FAILED, DONE, ALONE, OTHER };

/* A record that the database refused alone, twice: it is settled as rejected, so that it does not
 * hold back the others. */
static void reject_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        batch->decide->outcomes[i].outcome = SUBMISSION_OUTCOME_REJECTED;
        batch->decide->outcomes[i].code = E_DB;
    }
}

static bool is_same_place(const struct place *a, const struct place *b)
{
    return a->is_known && b->is_known && a->log_no == b->log_no && a->partition == b->partition &&
           a->offset == b->offset;
}

static enum attempt heal_found(struct healing *healing, size_t limit, const struct place *poison,
                               size_t *ret_settled)
{
    bool is_as_proposed;

    if (!find_records(healing, limit)) {
        return FAILED;
    }
    judge_records(healing);
    if (healing->batch.count == 0) {
        *ret_settled = 0;
        return DONE;
    }
    if (poison != NULL && !is_same_place(poison, &healing->first)) {
        return OTHER;
    }
    if (poison != NULL) {
        reject_all(&healing->batch);
    } else {
        if (!submission_current_settle(healing->session->conn, healing->batch.arena,
                                       healing->batch.decide, &is_as_proposed, healing->err)) {
            return FAILED;
        }
        if (!is_as_proposed) {
            return ALONE;
        }
        if (!copy_all(healing)) {
            return FAILED;
        }
    }
    if (!settle_held(healing, ret_settled) ||
        !store_tx_commit(healing->session->conn, healing->err)) {
        return FAILED;
    }
    note_settled(&healing->batch);
    return DONE;
}

static bool try_heal(struct agg_session *session, bool *ret_is_ours, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(session->conn, "try_heal", NULL, &result, err)) {
        return false;
    }
    *ret_is_ours = store_result_bool(result, 0, 0);
    store_result_free(result);
    return true;
}

/* poison: NULL, or the record to reject; OTHER when it is not the first any more. ret_first: of
 * what was found, also on failure. */
static enum attempt heal(struct agg_session *session, size_t limit, const struct place *poison,
                         struct place *ret_first, size_t *ret_settled, struct emis_error *err)
{
    struct healing healing = {.session = session, .err = err};
    enum attempt attempt = FAILED;
    bool is_ours;

    *ret_first = healing.first;
    if (!agg_session_begin_knowing(session, err)) {
        return FAILED;
    }
    submission_current_register(session->conn, session->knowledge->catalogue);
    healing.batch.arena = emis_arena_new(ARENA_BLOCK_BYTES);
    if (try_heal(session, &is_ours, err)) {
        attempt = is_ours ? heal_found(&healing, limit, poison, ret_settled) : DONE;
        if (is_ours && attempt == DONE && *ret_settled == 0) {
            session->healed_version = session->knowledge->version;
        }
    }
    store_tx_rollback(session->conn);
    store_result_free(healing.found);
    emis_arena_free(healing.batch.arena);
    *ret_first = healing.first;
    return attempt;
}

/* The first record by itself. When another one came first meanwhile nothing is rejected: the next
 * look begins anew. */
static enum attempt heal_alone(struct agg_session *session, size_t *ret_settled,
                               struct emis_error *err)
{
    struct place suspect, again;
    enum attempt attempt = heal(session, 1, NULL, &suspect, ret_settled, err);

    if (attempt == FAILED && err->code == E_DB_DATA) {
        attempt = heal(session, 1, NULL, &again, ret_settled, err);
        if (attempt == FAILED && err->code == E_DB_DATA && is_same_place(&suspect, &again)) {
            emis_log_failure(EMIS_LOG_ERROR, "parked_record_refused", err,
                             "log_no=%d partition=%d offset=%lld continuing=yes", suspect.log_no,
                             suspect.partition, (long long) suspect.offset);
            attempt = heal(session, 1, &suspect, &again, ret_settled, err);
        }
    }
    return attempt;
}

/* Whether any record is parked and open at all. */
static bool look(struct agg_session *session, bool *ret_waits, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(session->conn, "heal_waits", NULL, &result, err)) {
        return false;
    }
    *ret_waits = store_result_bool(result, 0, 0);
    store_result_free(result);
    return true;
}

/*
 * A record is parked under the shared REGISTRY lock at the version of its day, so what is open at
 * version V was resolved by no version up to that one: once nothing was found at V, nothing can be
 * until ref.version moves.
 */
bool agg_heal_run(struct agg_session *session, size_t *ret_settled, struct emis_error *err)
{
    size_t settled = 0;
    bool waits;
    struct place first;
    enum attempt attempt;

    *ret_settled = 0;
    if (!agg_session_look(session, err)) {
        return false;
    }
    if (session->healed_version == session->version) {
        return true;
    }
    if (!look(session, &waits, err)) {
        return false;
    }
    if (!waits) {
        session->healed_version = session->version;
        return true;
    }
    attempt = heal(session, session->options->heal_max, NULL, &first, &settled, err);
    if (attempt == ALONE || (attempt == FAILED && err->code == E_DB_DATA)) {
        attempt = heal_alone(session, &settled, err);
    }
    if (attempt == FAILED) {
        return emis_error_wrap(err, "heal parked records");
    }
    EMIS_ASSERT(attempt != ALONE);
    if (settled > 0) {
        emis_log(EMIS_LOG_INFO, "records_healed", "count=%zu registry_version=%lld", settled,
                 (long long) session->version);
    }
    *ret_settled = settled;
    return true;
}
