/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/heal.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/heal_batch.h"
#include "aggregator/stats.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/catalogue/generate.h"
#include "lib/store/connection.h"
#include "lib/store/copy.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

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

struct healing {
    struct agg_session *session;
    struct agg_heal_batch batch;
    struct store_result *found; /* what the records borrow from */
    struct place first;         /* of the records found */
    struct emis_error *err;
};

/* A COPY statement per fact table, as ingest has it. */
static void register_copies(struct agg_session *session)
{
    const struct catalogue *catalogue = session->knowledge->catalogue;
    struct emis_buffer text, name;

    emis_buffer_init(&text);
    emis_buffer_init(&name);
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (catalogue_form_newest(catalogue, catalogue->forms[i].code) != &catalogue->forms[i]) {
            continue;
        }
        for (size_t j = 0; j < catalogue->forms[i].group_count; j++) {
            emis_buffer_clear(&text);
            emis_buffer_clear(&name);
            catalogue_generate_copy(&catalogue->forms[i].groups[j], &text);
            emis_buffer_format(&name, "copy_%s", catalogue->forms[i].groups[j].table);
            store_connection_register_dynamic(session->conn, name.data, text.data);
        }
    }
    emis_buffer_release(&text);
    emis_buffer_release(&name);
}

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
    struct agg_heal_batch *batch = &healing->batch;

    batch->item_count = store_result_rows(healing->found);
    batch->items = emis_arena_alloc(batch->arena, (batch->item_count + 1) * sizeof(*batch->items));
    for (size_t i = 0; i < batch->item_count; i++) {
        read_record(batch->arena, healing->found, i, &batch->items[i].record);
        submission_judge(&context, &batch->items[i].record, batch->arena,
                         &batch->items[i].submission);
    }
    if (batch->item_count > 0) {
        healing->first = (struct place){.is_known = true,
                                        .log_no = batch->items[0].record.log_no,
                                        .partition = batch->items[0].record.partition,
                                        .offset = batch->items[0].record.offset};
    }
    agg_heal_batch_group(batch);
}

static bool find_ids(struct healing *healing)
{
    struct agg_heal_batch *batch = &healing->batch;
    uint8_t(*ids)[16] = emis_arena_alloc(batch->arena, (batch->item_count + 1) * sizeof(*ids));
    int32_t *units = emis_arena_alloc(batch->arena, (batch->item_count + 1) * sizeof(*units));
    size_t count = 0;
    struct store_params params;
    struct store_result *result;
    bool ok;

    for (size_t i = 0; i < batch->item_count; i++) {
        if (batch->items[i].key != SIZE_MAX) {
            memcpy(ids[count], batch->items[i].submission.submission_id, sizeof(*ids));
            units[count++] = batch->items[i].submission.unit->unit_id;
        }
    }
    store_params_init(&params);
    store_params_uuid_array(&params, (const uint8_t(*)[16]) ids, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    ok = store_query_run(healing->session->conn, "find_ids", &params, &result, healing->err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    for (size_t i = 0; i < store_result_rows(result); i++) {
        agg_heal_batch_add_id(batch, store_result_uuid(result, i, 0),
                              store_result_i32(result, i, 1),
                              store_result_bytes(result, i, 2).data);
    }
    store_result_free(result);
    return true;
}

/* Rows of intake.current as $1 to $9: the proposed ones, or those that move. */
static size_t bind_current(struct healing *healing, bool is_move, struct store_params *params)
{
    struct agg_heal_batch *batch = &healing->batch;
    struct emis_arena *arena = batch->arena;
    size_t room = batch->key_count + 1, count = 0;
    int16_t *forms = emis_arena_alloc(arena, room * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(arena, room * sizeof(*periods));
    int32_t *units = emis_arena_alloc(arena, room * sizeof(*units));
    const char **parts = emis_arena_alloc(arena, room * sizeof(*parts));
    int64_t *keys = emis_arena_alloc(arena, room * sizeof(*keys));
    int32_t *revisions = emis_arena_alloc(arena, room * sizeof(*revisions));
    bool *retracts = emis_arena_alloc(arena, room * sizeof(*retracts));
    bool *lates = emis_arena_alloc(arena, room * sizeof(*lates));
    struct store_bytes *contents = emis_arena_alloc(arena, room * sizeof(*contents));

    for (size_t i = 0; i < batch->key_count; i++) {
        const struct agg_heal_key *key = &batch->keys[i];
        const struct submission_current *row = is_move ? &key->current : &key->proposed;

        if (is_move ? !key->is_changed || !key->existing.exists : !key->proposed.exists) {
            continue;
        }
        forms[count] = key->any->form->number;
        periods[count] = key->any->period->period_id;
        units[count] = key->any->unit->unit_id;
        parts[count] = key->any->part_key;
        keys[count] = row->submission_key;
        revisions[count] = row->revision;
        retracts[count] = row->is_retract;
        lates[count] = row->is_late;
        contents[count++] =
            (struct store_bytes){.data = row->content_sha256, .size = EMIS_DIGEST_BYTES};
    }
    store_params_i16_array(params, forms, count, NULL);
    store_params_i32_array(params, periods, count, NULL);
    store_params_i32_array(params, units, count, NULL);
    store_params_text_array(params, parts, count);
    store_params_i64_array(params, keys, count, NULL);
    store_params_i32_array(params, revisions, count, NULL);
    store_params_bool_array(params, retracts, count, NULL);
    store_params_bool_array(params, lates, count, NULL);
    store_params_bytea_array(params, contents, count);
    return count;
}

static void take_existing(struct agg_heal_batch *batch, const struct store_result *result)
{
    for (size_t i = 0; i < store_result_rows(result); i++) {
        struct agg_heal_key *key = agg_heal_batch_find(
            batch, store_result_i16(result, i, 0), store_result_i32(result, i, 1),
            store_result_i32(result, i, 2), store_result_text(result, i, 3));

        EMIS_ASSERT(key != NULL);
        if (store_result_i64(result, i, 4) == key->proposed.submission_key) {
            continue; /* it was new: the proposed row is in */
        }
        key->existing =
            (struct submission_current){.exists = true,
                                        .submission_key = store_result_i64(result, i, 4),
                                        .revision = store_result_i32(result, i, 5),
                                        .is_retract = store_result_bool(result, i, 6),
                                        .is_late = store_result_bool(result, i, 7)};
        memcpy(key->existing.content_sha256, store_result_bytes(result, i, 8).data,
               EMIS_DIGEST_BYTES);
    }
}

/* New keys go in with their final values, existing ones are locked and returned; then the decision;
 * then the winners among the existing move. */
static bool settle_current(struct healing *healing)
{
    struct agg_heal_batch *batch = &healing->batch;
    struct store_params params;
    struct store_result *result;
    bool ok;

    agg_heal_batch_propose(batch);
    store_params_init(&params);
    (void) bind_current(healing, false, &params);
    ok = store_query_run(healing->session->conn, "claim_current", &params, &result, healing->err);
    if (ok) {
        take_existing(batch, result);
        store_result_free(result);
        agg_heal_batch_settle(batch);
        store_params_clear(&params);
        ok = bind_current(healing, true, &params) == 0 ||
             store_query_run(healing->session->conn, "move_current", &params, NULL, healing->err);
    }
    store_params_release(&params);
    return ok;
}

static bool is_written(const struct agg_heal_item *item)
{
    return item->outcome == SUBMISSION_ACCEPTED || item->outcome == SUBMISSION_SUPERSEDED;
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

static void write_submission(struct emis_buffer *rows, const struct agg_heal_item *item)
{
    const struct submission *submission = &item->submission;

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
    store_copy_i16(rows, item->record.log_no);
    store_copy_i16(rows, (int16_t) item->record.partition);
    store_copy_i64(rows, item->record.offset);
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
            for (size_t k = 0; k < healing->batch.item_count; k++) {
                const struct agg_heal_item *item = &healing->batch.items[k];

                for (size_t n = 0; is_written(item) && n < item->submission.rows_count; n++) {
                    if (strcmp(item->submission.rows[n].group->table, form->groups[j].table) == 0) {
                        emis_buffer_append(rows, item->submission.rows[n].bytes,
                                           item->submission.rows[n].size);
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

static void write_dirty(struct emis_buffer *rows, const struct agg_heal_batch *batch)
{
    for (size_t i = 0; i < batch->key_count; i++) {
        const struct submission *accepted = batch->keys[i].accepted;

        for (size_t j = 0; batch->keys[i].is_changed && j < accepted->lane_count; j++) {
            store_copy_row_start(rows, 4);
            store_copy_i32(rows, accepted->lanes[j]);
            store_copy_i16(rows, accepted->form->number);
            store_copy_i32(rows, accepted->period->period_id);
            store_copy_i32(rows, accepted->unit->unit_id);
        }
    }
}

static bool copy_all(struct healing *healing)
{
    const struct agg_heal_batch *batch = &healing->batch;
    struct emis_buffer rows;
    bool ok;

    emis_buffer_init(&rows);
    for (size_t i = 0; i < batch->item_count; i++) {
        if (is_written(&batch->items[i])) {
            write_submission(&rows, &batch->items[i]);
        }
    }
    ok = copy(healing, "copy_submission", &rows) && copy_facts(healing, &rows);
    for (size_t i = 0; ok && i < batch->item_count; i++) {
        if (is_written(&batch->items[i])) {
            write_warnings(&rows, &batch->items[i].submission);
        }
    }
    ok = ok && copy(healing, "copy_warning", &rows);
    write_dirty(&rows, batch);
    ok = ok && copy(healing, "copy_dirty", &rows);
    emis_buffer_release(&rows);
    return ok;
}

/* Exactly the rows that were open: another healer, or a takeover of this one, shows here. */
static bool settle_held(struct healing *healing, size_t *ret_settled)
{
    struct agg_heal_batch *batch = &healing->batch;
    size_t room = batch->item_count + 1, count = 0;
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

    for (size_t i = 0; i < batch->item_count; i++) {
        const struct agg_heal_item *item = &batch->items[i];

        if (item->outcome == SUBMISSION_OUTCOME_PARKED) {
            continue;
        }
        logs[count] = item->record.log_no;
        parts[count] = (int16_t) item->record.partition;
        offsets[count] = item->record.offset;
        outcomes[count] = (char) item->outcome;
        codes[count] = (int16_t) item->code;
        no_codes[count] = item->outcome != SUBMISSION_OUTCOME_REJECTED;
        keys[count] = item->submission.submission_key;
        no_keys[count++] = !is_written(item);
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

static void note_settled(const struct agg_heal_batch *batch)
{
    for (size_t i = 0; i < batch->item_count; i++) {
        struct emis_metric *metric =
            batch->items[i].outcome == SUBMISSION_ACCEPTED     ? &agg_stats.healed_accepted
            : batch->items[i].outcome == SUBMISSION_SUPERSEDED ? &agg_stats.healed_superseded
            : batch->items[i].outcome == SUBMISSION_DUPLICATE  ? &agg_stats.healed_duplicate
                                                               : &agg_stats.healed_rejected;

        if (batch->items[i].outcome != SUBMISSION_OUTCOME_PARKED) {
            emis_metric_add(metric, 1);
        }
    }
}

enum attempt { FAILED, DONE, ALONE, OTHER };

/* A record that the database refused alone, twice: it is settled as rejected, so that it does not
 * hold back the others. */
static void reject_all(struct agg_heal_batch *batch)
{
    for (size_t i = 0; i < batch->item_count; i++) {
        batch->items[i].outcome = SUBMISSION_OUTCOME_REJECTED;
        batch->items[i].code = E_DB;
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
    if (!find_records(healing, limit)) {
        return FAILED;
    }
    judge_records(healing);
    if (healing->batch.item_count == 0) {
        *ret_settled = 0;
        return DONE;
    }
    if (poison != NULL && !is_same_place(poison, &healing->first)) {
        return OTHER;
    }
    if (poison != NULL) {
        reject_all(&healing->batch);
    } else {
        if (!find_ids(healing) || !settle_current(healing)) {
            return FAILED;
        }
        if (!agg_heal_batch_is_as_proposed(&healing->batch)) {
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
    register_copies(session);
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
