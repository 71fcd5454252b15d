/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A migrated scratch database with two schools and one day, connections as the writer's, and
 * batches of daily attendance, for the live tests of this folder. One world per test program;
 * live_clean empties it between tests.
 */
#pragma once

#include "ingest/apply.h"
#include "ingest/owner.h"
#include "lib/base/date.h"
#include "lib/registry/knowledge.h"
#include "lib/submission/current.h"
#include "tests/unit/registry/world.h"

extern const struct store_statement ingest_statements[];

#define LIVE_TIMESTAMP "2025-10-01T06:00:00Z"
#define LIVE_UNIT      5 /* S1; S2 is 6 */
#define LIVE_LANE      2

#define LIVE_REGISTRY                                                                             \
    "insert into ref.unit (code, level_no, since_version) values ('K1', 0, 1), ('G1', 1, 1), "    \
    "('D1', 2, 1), ('C1', 3, 1), ('S1', 4, 1), ('S2', 4, 1);"                                     \
    "insert into ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, "     \
    "valid_from, since_version) values (1, 1, null, 1, 0, '{1}', 'k', '2000-01-01', 1), "         \
    "(2, 2, 1, 2, 1, '{1,2}', 'g', '2000-01-01', 1), "                                            \
    "(3, 3, 2, 2, 2, '{1,2,3}', 'd', '2000-01-01', 1), "                                          \
    "(4, 4, 3, 2, 3, '{1,2,3,4}', 'c', '2000-01-01', 1), "                                        \
    "(5, 5, 4, 2, 4, '{1,2,3,4,5}', 's', '2000-01-01', 1), "                                      \
    "(6, 6, 4, 2, 4, '{1,2,3,4,6}', 's', '2000-01-01', 1);"                                       \
    "insert into ref.period values (120250930, 'day', '2025-09-30', '2025-09-30', '2025-09-30', " \
    "2025)"

#define LIVE_CLEAN                                                                             \
    "truncate intake.ledger, intake.submission, intake.current, intake.held, intake.warning, " \
    "core.att_daily_pupil, core.att_daily_staff, core.att_daily_form, control.dirty, "         \
    "control.alarm, control.kafka_offset, control.kafka_log"

static struct {
    struct store_connection *admin;
    struct catalogue *catalogue;
    struct registry_knowledge *knowledge;
    struct ingest_batch_rules rules;
} live;

static inline int live_start(void **state)
{
    struct emis_error err;
    scratch_start(state);
    if (scratch_dsn[0] == '\0')
        return 0;
    live.admin = scratch_connect();
    live.catalogue = world_start(live.admin, EMIS_SOURCE_DIR "/catalogue");
    scratch_run(live.admin, LIVE_REGISTRY);
    ASSERT_DONE(registry_knowledge_load(live.admin, &live.knowledge, &err), err);
    live.rules =
        (struct ingest_batch_rules){.utc_offset_minutes = 180, .record_bytes_max = 1 << 20};
    return 0;
}

static inline int live_stop(void **state)
{
    if (live.admin != NULL) {
        registry_knowledge_release(live.knowledge);
        catalogue_free(live.catalogue);
        store_connection_free(live.admin);
    }
    return scratch_stop(state);
}

/* Log 0 with its partitions, nothing in it. */
static inline int live_clean(void **state)
{
    (void) state;
    if (live.admin == NULL)
        return 0;
    scratch_run(live.admin, LIVE_CLEAN);
    scratch_run(live.admin, "insert into control.kafka_log (log_no, cluster_id, topic, "
                            "partition_count) values (0, 'c', 't', 8)");
    return 0;
}

static inline int64_t live_number(const char *text)
{
    return scratch_number(live.admin, text);
}

static inline struct store_connection *live_connect(const char *name)
{
    struct emis_error err;
    struct store_connection *conn = store_connection_new(scratch_dsn, name, &err);
    ASSERT_DONE(conn != NULL, err);
    store_connection_register(conn, ingest_statements);
    ASSERT_DONE(store_connection_set_timeouts(conn, 20000, 300, 10000, &err), err);
    submission_current_register(conn, live.knowledge->catalogue);
    return conn;
}

static inline struct ingest_claim live_claim(struct store_connection *conn, int32_t partition,
                                             int64_t *ret_epoch)
{
    struct emis_error err;
    struct ingest_claim claim = {.partition = partition, .low_offset = 100};
    ASSERT_DONE(ingest_owner_claim(conn, 0, "w", &claim, ret_epoch, &err), err);
    return claim;
}

static inline struct ingest_batch *live_batch(int32_t partition, int64_t first_offset)
{
    return ingest_batch_new(0, partition, first_offset, live.knowledge, 0);
}

/* A record as the polling thread takes it, with one header. */
static inline struct ingest_item *live_add(struct ingest_batch *batch, const char *key,
                                           const char *value)
{
    static const struct submission_header header = {"traceparent", "00-1", 4};
    struct emis_error err;
    struct submission_context context = {.catalogue = batch->knowledge->catalogue,
                                         .registry = batch->knowledge->registry,
                                         .utc_offset_minutes = live.rules.utc_offset_minutes,
                                         .record_bytes_max = live.rules.record_bytes_max};
    struct ingest_item *item = &batch->items[batch->count];
    EMIS_ASSERT(batch->count < batch->capacity);
    item->record = (struct submission_record){.log_no = batch->log_no,
                                              .partition = batch->partition,
                                              .offset = ingest_batch_next_offset(batch),
                                              .key = key,
                                              .key_size = strlen(key),
                                              .has_key = true,
                                              .value = value,
                                              .value_size = strlen(value),
                                              .has_value = true,
                                              .headers = &header,
                                              .header_count = 1};
    ASSERT_DONE(emis_date_parse_instant(LIVE_TIMESTAMP, strlen(LIVE_TIMESTAMP),
                                        &item->record.timestamp_us, &err),
                err);
    submission_judge(&context, &item->record, batch->verdict_arena, &item->submission);
    batch->bytes += item->record.value_size;
    batch->count++;
    return item;
}

/* Attendance of a school: 1 pupil row; the id is made of `id`. */
static inline const char *live_value(struct ingest_batch *batch, int id, const char *unit,
                                     int revision, int present)
{
    return emis_arena_format(
        batch->bytes_arena,
        "{\"submission_id\":\"%08x-0000-4000-8000-000000000000\",\"form\":\"ATT_DAILY\","
        "\"version\":1,\"unit\":\"%s\",\"period\":\"2025-09-30\",\"shift\":\"morning\","
        "\"revision\":%d,\"submitted_at\":\"2025-09-30T08:10:00Z\",\"sender\":\"s\",\"data\":"
        "{\"pupil\":[{\"grade\":\"1\",\"sex\":\"m\",\"present\":%d,\"on_register\":40}]}}",
        (unsigned) id, unit, revision, present);
}

static inline struct ingest_item *live_add_valid(struct ingest_batch *batch, int id, int revision,
                                                 int present)
{
    return live_add(batch, "S1", live_value(batch, id, "S1", revision, present));
}

/* A connection with what ingest_apply needs on it. */
struct live_worker {
    struct store_connection *conn;
    struct ingest_encode encode;
    struct emis_arena *arena, *names;
    struct ingest_apply apply;
    struct ingest_apply_counts counts;
};

static inline void live_worker_init(struct live_worker *worker, int32_t partition)
{
    worker->conn = live_connect("emis-ingest w");
    worker->arena = emis_arena_new(1 << 16);
    worker->names = emis_arena_new(1 << 12);
    ingest_encode_init(&worker->encode, live.knowledge->catalogue, worker->names);
    worker->apply = (struct ingest_apply){
        .conn = worker->conn, .encode = &worker->encode, .arena = worker->arena};
    (void) live_claim(worker->conn, partition, &worker->apply.epoch);
}

static inline void live_worker_release(struct live_worker *worker)
{
    store_connection_free(worker->conn);
    ingest_encode_release(&worker->encode);
    emis_arena_free(worker->arena);
    emis_arena_free(worker->names);
}

static inline bool live_apply(struct live_worker *worker, const struct ingest_batch *batch,
                              struct emis_error *err)
{
    return ingest_apply_range(&worker->apply, batch, 0, batch->count, &worker->counts, err);
}
