/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/owner.h"

#include <string.h>

#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define SETTLE_ATTEMPTS 2

static bool read_log(struct store_connection *conn, const char *cluster_id, const char *topic,
                     int16_t *ret_log_no, int32_t *ret_partition_count, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, cluster_id);
    store_params_text(&params, topic);
    ok = store_query_run(conn, "find_log", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    *ret_partition_count = 0;
    if (store_result_rows(result) == 1) {
        *ret_log_no = store_result_i16(result, 0, 0);
        *ret_partition_count = store_result_i16(result, 0, 1);
    }
    store_result_free(result);
    return true;
}

static bool add_log(struct store_connection *conn, const char *cluster_id, const char *topic,
                    int32_t partition_count, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, cluster_id);
    store_params_text(&params, topic);
    store_params_i16(&params, (int16_t) partition_count);
    ok = store_query_run(conn, "add_log", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

bool ingest_owner_find_log(struct store_connection *conn, const char *cluster_id, const char *topic,
                           int32_t partition_count, int16_t *ret_log_no, struct emis_error *err)
{
    int32_t known = 0;
    bool ok;

    ok = store_tx_begin(conn, err) && store_query_run(conn, "lock_logs", NULL, NULL, err) &&
         read_log(conn, cluster_id, topic, ret_log_no, &known, err);
    if (ok && known == 0) {
        ok = add_log(conn, cluster_id, topic, partition_count, err) &&
             read_log(conn, cluster_id, topic, ret_log_no, &known, err);
    }
    ok = ok && store_tx_commit(conn, err);
    if (!ok) {
        store_tx_rollback(conn);
        return emis_error_wrap(err, "could not find the log of topic %s", topic);
    }
    if (known != partition_count) {
        return emis_error_set(
            err, E_PREFLIGHT,
            "topic %s has %d partitions, its log has %d; `Repairs` in ingest/README.md "
            "says what to do when partitions were added",
            topic, partition_count, known);
    }
    return true;
}

static void bind_partition(struct store_params *params, int16_t log_no, int32_t partition)
{
    store_params_init(params);
    store_params_i16(params, log_no);
    store_params_i16(params, (int16_t) partition);
}

static bool bump_epoch(struct store_connection *conn, int16_t log_no, const char *worker_name,
                       struct ingest_claim *claim, int64_t *ret_epoch, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    bind_partition(&params, log_no, claim->partition);
    store_params_text(&params, worker_name);
    ok = store_query_run(conn, "bump_epoch", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    ok = store_result_rows(result) == 1;
    if (ok) {
        claim->is_claimed = true;
        claim->next_offset = store_result_i64(result, 0, 0);
        *ret_epoch = store_result_i64(result, 0, 1);
        claim->has_tail = !store_result_is_null(result, 0, 2);
        if (claim->has_tail) {
            memcpy(claim->tail_sha256, store_result_bytes(result, 0, 2).data, EMIS_DIGEST_BYTES);
            claim->tail_at_us = store_result_timestamptz(result, 0, 3);
        }
    }
    store_result_free(result);
    return ok || emis_error_set(err, E_INTERNAL, "partition %d has no row", claim->partition);
}

static bool add_offset(struct store_connection *conn, int16_t log_no,
                       const struct ingest_claim *claim, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    bind_partition(&params, log_no, claim->partition);
    store_params_i64(&params, claim->low_offset);
    ok = store_query_run(conn, "add_offset", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool terminate_owner(struct store_connection *conn, int16_t log_no, int32_t partition,
                            struct emis_error *err)
{
    struct store_params params;
    bool ok;

    bind_partition(&params, log_no, partition);
    ok = store_query_run(conn, "terminate_owner", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool is_lock_timeout(const struct emis_error *err)
{
    return strcmp(err->sqlstate, "55P03") == 0;
}

bool ingest_owner_claim(struct store_connection *conn, int16_t log_no, const char *worker_name,
                        struct ingest_claim *claim, int64_t *ret_epoch, struct emis_error *err)
{
    if (!add_offset(conn, log_no, claim, err)) {
        return false;
    }
    if (bump_epoch(conn, log_no, worker_name, claim, ret_epoch, err)) {
        return true;
    }
    if (!is_lock_timeout(err)) {
        return false;
    }
    return terminate_owner(conn, log_no, claim->partition, err) &&
           bump_epoch(conn, log_no, worker_name, claim, ret_epoch, err);
}

static bool terminate_backend(struct store_connection *conn, int backend_pid,
                              const char *application_name, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, backend_pid);
    store_params_text(&params, application_name);
    ok = store_query_run(conn, "terminate_backend", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool read_settled(struct store_connection *conn, int16_t log_no, int32_t partition,
                         int64_t *ret_next_offset, int64_t *ret_epoch, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    bind_partition(&params, log_no, partition);
    ok = store_query_run(conn, "settle_offset", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    ok = store_result_rows(result) == 1;
    if (ok) {
        *ret_next_offset = store_result_i64(result, 0, 0);
        *ret_epoch = store_result_i64(result, 0, 1);
    }
    store_result_free(result);
    return ok || emis_error_set(err, E_INTERNAL, "partition %d has no row", partition);
}

bool ingest_owner_settle(struct store_connection *conn, int16_t log_no, int32_t partition,
                         int64_t epoch, int64_t first_offset, int64_t next_offset,
                         int old_backend_pid, const char *application_name,
                         enum ingest_owner_verdict *ret_verdict, struct emis_error *err)
{
    for (int attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
        int64_t stored_next, stored_epoch;

        if (read_settled(conn, log_no, partition, &stored_next, &stored_epoch, err)) {
            if (stored_next == first_offset && stored_epoch == epoch) {
                *ret_verdict = INGEST_OWNER_NOT_COMMITTED;
            } else if (stored_next == next_offset && stored_epoch == epoch) {
                *ret_verdict = INGEST_OWNER_COMMITTED;
            } else {
                *ret_verdict = INGEST_OWNER_FENCED;
            }
            return true;
        }
        if (!is_lock_timeout(err) ||
            !terminate_backend(conn, old_backend_pid, application_name, err)) {
            return false;
        }
    }
    return emis_error_set(err, E_DB_CONFLICT, "the row of partition %d stays locked", partition);
}

static void take_kept(const struct ingest_owner_holding *holding, const struct store_result *result)
{
    for (size_t i = 0; i < holding->count; i++) {
        holding->next_offsets[i] = -1;
        for (size_t row = 0; row < store_result_rows(result); row++) {
            if (store_result_i16(result, row, 0) == holding->partitions[i]) {
                holding->next_offsets[i] = store_result_i64(result, row, 1);
            }
        }
    }
}

static bool keep(struct store_connection *conn, int16_t log_no, const char *worker_name,
                 const struct ingest_owner_holding *holding, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, log_no);
    store_params_i16_array(&params, holding->partitions, holding->count, NULL);
    store_params_i64_array(&params, holding->epochs, holding->count, NULL);
    store_params_text(&params, worker_name);
    ok = store_query_run(conn, "keep_owner", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        take_kept(holding, result);
        store_result_free(result);
    }
    return ok;
}

bool ingest_owner_keep(struct store_connection *conn, int16_t log_no, const char *worker_name,
                       const struct ingest_owner_holding *holding, int old_backend_pid,
                       const char *application_name, struct emis_error *err)
{
    if (holding->count == 0 || keep(conn, log_no, worker_name, holding, err)) {
        return true;
    }
    return is_lock_timeout(err) &&
           terminate_backend(conn, old_backend_pid, application_name, err) &&
           keep(conn, log_no, worker_name, holding, err);
}
