/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/stats.h"

#define RECORDS "emis_ingest_records_total", EMIS_METRIC_COUNTER, "Records that have a ledger row, by outcome"

struct ingest_stats ingest_stats = {
    .accepted = {RECORDS, "outcome=\"accepted\"", 0, 0, {0}},
    .superseded = {RECORDS, "outcome=\"superseded\"", 0, 0, {0}},
    .duplicate = {RECORDS, "outcome=\"duplicate\"", 0, 0, {0}},
    .rejected = {RECORDS, "outcome=\"rejected\"", 0, 0, {0}},
    .parked = {RECORDS, "outcome=\"parked\"", 0, 0, {0}},
    .fact_rows = {"emis_ingest_fact_rows_total", EMIS_METRIC_COUNTER, "Fact rows committed", NULL, 0, 0, {0}},
    .batches = {"emis_ingest_batches_total", EMIS_METRIC_COUNTER, "Transactions committed", NULL, 0, 0, {0}},
    .batch_time = {"emis_ingest_batch_seconds", EMIS_METRIC_HISTOGRAM, "Time of a committed transaction", NULL, 0, 0, {0}},
    .fenced = {"emis_ingest_fenced_total", EMIS_METRIC_COUNTER, "Batches given up because another worker owns the partition", NULL, 0, 0, {0}},
    .retries = {"emis_ingest_retries_total", EMIS_METRIC_COUNTER, "Transactions tried again", NULL, 0, 0, {0}},
    .reconnects = {"emis_ingest_reconnects_total", EMIS_METRIC_COUNTER, "Connections to PostgreSQL opened after the first", NULL, 0, 0, {0}},
    .validator_misses = {"emis_validator_miss_total", EMIS_METRIC_COUNTER, "Records that the database refused although they were valid (goal 0)", NULL, 0, 0, {0}},
    .gaps = {"emis_ingest_gaps_total", EMIS_METRIC_COUNTER, "Offsets that were missing in Kafka", NULL, 0, 0, {0}},
    .inflight_bytes = {"emis_ingest_inflight_bytes", EMIS_METRIC_GAUGE, "Bytes of records polled and not yet committed", NULL, 0, 0, {0}},
    .lag = {"emis_kafka_consumer_lag", EMIS_METRIC_GAUGE, "Records in Kafka that have no ledger row yet, over the partitions of this worker", NULL, 0, 0, {0}},
    .partitions = {"emis_ingest_partitions", EMIS_METRIC_GAUGE, "Partitions that this worker owns", NULL, 0, 0, {0}},
    .paused = {"emis_ingest_paused", EMIS_METRIC_GAUGE, "1 while the database cannot take a batch", NULL, 0, 0, {0}},
    .registry_version = {"emis_registry_version", EMIS_METRIC_GAUGE, "ref.version that records are judged under", NULL, 0, 0, {0}},
};

static struct emis_metric *const list[] = {
    &ingest_stats.accepted,   &ingest_stats.superseded,       &ingest_stats.duplicate, &ingest_stats.rejected,       &ingest_stats.parked,
    &ingest_stats.fact_rows,  &ingest_stats.batches,          &ingest_stats.batch_time, &ingest_stats.fenced,        &ingest_stats.retries,
    &ingest_stats.reconnects, &ingest_stats.validator_misses, &ingest_stats.gaps,      &ingest_stats.inflight_bytes, &ingest_stats.lag,
    &ingest_stats.partitions, &ingest_stats.paused,           &ingest_stats.registry_version,
};

struct emis_metric *const *
ingest_stats_list(size_t *ret_count)
{
    *ret_count = sizeof(list) / sizeof(list[0]);
    return list;
}
