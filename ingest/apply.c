/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/apply.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/registry/knowledge.h"
#include "lib/store/connection.h"
#include "lib/store/copy.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "lib/submission/current.h"

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

/* Step 3. */
static bool settle_current(struct ingest_apply *apply, struct submission_decide *decide,
                           struct emis_error *err)
{
    bool is_as_proposed;

    return submission_current_settle(apply->conn, apply->arena, decide, &is_as_proposed, err) &&
           (is_as_proposed ||
            emis_error_set(err, E_DB_TIMEOUT,
                           "an id occurs twice in the range, with another fate than alone"));
}

/* Step 4. */
static bool copy_tables(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        const struct submission_decide *decide, struct emis_error *err)
{
    ingest_encode_range(apply->encode, batch, from, decide);
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

static void count_outcomes(const struct ingest_apply *apply, const struct submission_decide *decide,
                           struct ingest_apply_counts *ret_counts)
{
    static const char letters[] = {'a', 's', 'd', 'r', 'p'};

    *ret_counts = (struct ingest_apply_counts){.fact_rows = 0};
    for (size_t i = 0; i < decide->count; i++) {
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
    struct submission_decide *decide;

    emis_arena_clear(apply->arena);
    apply->failed_table = NULL;
    decide = ingest_batch_decide(apply->arena, batch, from, to);
    if (store_tx_begin(apply->conn, err) && lock_registry(apply, batch, err) &&
        lock_offset(apply, batch, from, err) && settle_current(apply, decide, err) &&
        copy_tables(apply, batch, from, decide, err) &&
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
    struct submission_decide *decide;
    bool ok;

    emis_arena_clear(apply->arena);
    apply->failed_table = NULL;
    decide = ingest_batch_decide(apply->arena, batch, from, to);
    ok = store_tx_begin(apply->conn, err) && settle_current(apply, decide, err) &&
         copy_tables(apply, batch, from, decide, err);
    store_tx_rollback(apply->conn);
    return ok;
}
