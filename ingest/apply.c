/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/apply.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/catalogue/generate.h"
#include "lib/registry/knowledge.h"
#include "lib/store/connection.h"
#include "lib/store/copy.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

/* Step 1: the registry stands still until commit, and is the one that the batch was judged under.
 */
static bool lock_registry(struct ingest_apply *apply, const struct ingest_batch *batch,
                          struct emis_error *err)
{
    struct store_result *result;
    int64_t version;

    if (!store_query_run(apply->conn, "lock_registry_shared", NULL, NULL, err) ||
        !store_query_run(apply->conn, "read_version", NULL, &result, err)) {
        return false;
    }
    version = store_result_rows(result) == 1 ? store_result_i64(result, 0, 0) : -1;
    store_result_free(result);
    if (version != batch->knowledge->version) {
        return emis_error_set(err, E_REGISTRY_MOVED,
                              "the registry is at version %lld, the batch was judged at %lld",
                              (long long) version, (long long) batch->knowledge->version);
    }
    return true;
}

/* Step 2: fenced before any work. */
static bool lock_offset(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok, is_ours;

    store_params_init(&params);
    store_params_i16(&params, batch->log_no);
    store_params_i16(&params, (int16_t) batch->partition);
    ok = store_query_run(apply->conn, "lock_offset", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    is_ours = store_result_rows(result) == 1 &&
              store_result_i64(result, 0, 0) == batch->first_offset + (int64_t) from &&
              store_result_i64(result, 0, 1) == apply->epoch;
    store_result_free(result);
    return is_ours ||
           emis_error_set(err, E_FENCED, "partition %d is not ours at offset %lld",
                          batch->partition, (long long) (batch->first_offset + (int64_t) from));
}

static bool find_ids(struct ingest_apply *apply, struct ingest_decide *decide,
                     struct emis_error *err)
{
    size_t count = 0, size = decide->to - decide->from;
    uint8_t(*ids)[16] = emis_arena_alloc(apply->arena, size * sizeof(*ids));
    int32_t *units = emis_arena_alloc(apply->arena, size * sizeof(*units));
    struct store_params params;
    struct store_result *result;
    bool ok;

    for (size_t i = decide->from; i < decide->to; i++) {
        if (decide->key_of[i - decide->from] != SIZE_MAX) {
            memcpy(ids[count], decide->batch->items[i].submission.submission_id, sizeof(*ids));
            units[count++] = decide->batch->items[i].submission.unit->unit_id;
        }
    }
    if (count == 0) {
        return true;
    }
    store_params_init(&params);
    store_params_uuid_array(&params, (const uint8_t(*)[16]) ids, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    ok = store_query_run(apply->conn, "find_ids", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    for (size_t i = 0; i < store_result_rows(result); i++) {
        ingest_decide_add_known_id(decide, store_result_uuid(result, i, 0),
                                   store_result_i32(result, i, 1),
                                   store_result_bytes(result, i, 2).data);
    }
    store_result_free(result);
    return true;
}

/* Arrays of intake.current rows as parameters $1 to $9, for the keys chosen. */
static size_t bind_current(struct ingest_apply *apply, const struct ingest_decide *decide,
                           bool is_move, struct store_params *params)
{
    size_t n = decide->key_count, count = 0;
    int16_t *forms = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*periods));
    int32_t *units = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*units));
    const char **parts = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*parts));
    int64_t *keys = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*keys));
    int32_t *revisions = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*revisions));
    bool *retracts = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*retracts));
    bool *lates = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*lates));
    struct store_bytes *contents = emis_arena_alloc(apply->arena, (n + 1) * sizeof(*contents));

    for (size_t i = 0; i < n; i++) {
        const struct ingest_key *key = &decide->keys[i];
        const struct submission_current *row = is_move ? &key->current : &key->proposed;

        if (is_move ? !key->is_moved : !key->proposed.exists) {
            continue;
        }
        forms[count] = key->form_id;
        periods[count] = key->period_id;
        units[count] = key->unit_id;
        parts[count] = key->part_key;
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

static void take_existing(struct ingest_decide *decide, const struct store_result *result)
{
    for (size_t i = 0; i < store_result_rows(result); i++) {
        struct ingest_key *key = ingest_decide_find_key(
            decide, store_result_i16(result, i, 0), store_result_i32(result, i, 1),
            store_result_i32(result, i, 2), store_result_text(result, i, 3));

        EMIS_ASSERT(key != NULL);
        if (store_result_i64(result, i, 4) == key->proposed.submission_key) {
            continue; /* it was new: the proposed row is in */
        }
        key->existing.exists = true;
        key->existing.submission_key = store_result_i64(result, i, 4);
        key->existing.revision = store_result_i32(result, i, 5);
        key->existing.is_retract = store_result_bool(result, i, 6);
        key->existing.is_late = store_result_bool(result, i, 7);
        memcpy(key->existing.content_sha256, store_result_bytes(result, i, 8).data,
               EMIS_DIGEST_BYTES);
    }
}

static bool settle_claimed(struct ingest_decide *decide, struct emis_error *err)
{
    ingest_decide_settle(decide);
    return ingest_decide_is_as_proposed(decide) ||
           emis_error_set(err, E_DB_TIMEOUT,
                          "an id occurs twice in the range, with another fate than alone");
}

/* Step 3: new keys go in with their final values, existing ones are locked and returned, in key
 * order; then the decision; then the winners among the existing move. */
static bool settle_current(struct ingest_apply *apply, struct ingest_decide *decide,
                           struct emis_error *err)
{
    struct store_params params;
    struct store_result *result = NULL;
    bool ok = true;

    ingest_decide_propose(decide);
    store_params_init(&params);
    if (bind_current(apply, decide, false, &params) > 0) {
        ok = store_query_run(apply->conn, "claim_current", &params, &result, err);
    }
    if (ok && result != NULL) {
        take_existing(decide, result);
        store_result_free(result);
    }
    ok = ok && settle_claimed(decide, err);
    if (ok) {
        store_params_clear(&params);
        if (bind_current(apply, decide, true, &params) > 0) {
            ok = store_query_run(apply->conn, "move_current", &params, NULL, err);
        }
    }
    store_params_release(&params);
    return ok;
}

/* Step 4. */
static bool copy_tables(struct ingest_apply *apply, const struct ingest_decide *decide,
                        struct emis_error *err)
{
    ingest_encode_range(apply->encode, decide);
    for (size_t i = 0; i < apply->encode->table_count; i++) {
        struct ingest_table *table = &apply->encode->tables[i];

        if (table->row_count == 0) {
            continue;
        }
        apply->failed_table = table;
        if (!store_copy_start(apply->conn, table->statement, err) ||
            !store_copy_rows(apply->conn, table->rows.data, table->rows.size, err) ||
            !store_copy_finish(apply->conn, NULL, err)) {
            return emis_error_wrap(err, "%s", table->statement);
        }
    }
    apply->failed_table = NULL;
    return true;
}

/* Step 5: compare and set. */
static bool advance_offset(struct ingest_apply *apply, const struct ingest_batch *batch,
                           size_t from, size_t to, struct emis_error *err)
{
    const struct ingest_item *tail = &batch->items[to - 1];
    struct store_params params;
    struct store_result *result;
    int64_t affected;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, batch->log_no);
    store_params_i16(&params, (int16_t) batch->partition);
    store_params_i64(&params, batch->first_offset + (int64_t) from);
    store_params_i64(&params, batch->first_offset + (int64_t) to);
    store_params_i64(&params, apply->epoch);
    store_params_bytes(&params, tail->submission.value_sha256, EMIS_DIGEST_BYTES);
    store_params_timestamptz(&params, tail->record.timestamp_us);
    ok = store_query_run(apply->conn, "advance_offset", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    affected = store_result_affected(result);
    store_result_free(result);
    return affected == 1 ||
           emis_error_set(err, E_FENCED, "partition %d was taken over", batch->partition);
}

static void count_outcomes(const struct ingest_apply *apply, const struct ingest_decide *decide,
                           struct ingest_apply_counts *ret_counts)
{
    static const char letters[] = {'a', 's', 'd', 'r', 'p'};

    *ret_counts = (struct ingest_apply_counts){.fact_rows = 0};
    for (size_t i = 0; i < decide->to - decide->from; i++) {
        const char *letter = memchr(letters, (int) decide->outcomes[i].outcome, sizeof(letters));

        EMIS_ASSERT(letter != NULL);
        ret_counts->outcomes[letter - letters]++;
    }
    for (size_t i = INGEST_TABLE_FACTS; i < apply->encode->table_count; i++) {
        ret_counts->fact_rows += apply->encode->tables[i].row_count;
    }
}

bool ingest_apply_range(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        size_t to, struct ingest_apply_counts *ret_counts, struct emis_error *err)
{
    struct ingest_decide *decide;

    emis_arena_clear(apply->arena);
    apply->failed_table = NULL;
    decide = ingest_decide_new(apply->arena, batch, from, to);
    if (store_tx_begin(apply->conn, err) && lock_registry(apply, batch, err) &&
        lock_offset(apply, batch, from, err) && find_ids(apply, decide, err) &&
        settle_current(apply, decide, err) && copy_tables(apply, decide, err) &&
        advance_offset(apply, batch, from, to, err) && store_tx_commit(apply->conn, err)) {
        count_outcomes(apply, decide, ret_counts);
        return true;
    }
    store_tx_rollback(apply->conn);
    return false;
}

bool ingest_apply_probe(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        size_t to, struct emis_error *err)
{
    struct ingest_decide *decide;
    bool ok;

    emis_arena_clear(apply->arena);
    apply->failed_table = NULL;
    decide = ingest_decide_new(apply->arena, batch, from, to);
    ok = store_tx_begin(apply->conn, err) && find_ids(apply, decide, err) &&
         settle_current(apply, decide, err) && copy_tables(apply, decide, err);
    store_tx_rollback(apply->conn);
    return ok;
}

void ingest_apply_register(struct store_connection *conn, const struct catalogue *catalogue)
{
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
            store_connection_register_dynamic(conn, name.data, text.data);
        }
    }
    emis_buffer_release(&text);
    emis_buffer_release(&name);
}
