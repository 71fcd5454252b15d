/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of emis-ingest. Values are atomics: any thread. */
#pragma once

#include <stddef.h>

#include "lib/base/metric.h"

struct ingest_stats {
    struct emis_metric accepted, superseded, duplicate, rejected, parked;
    struct emis_metric fact_rows;
    struct emis_metric batches;
    struct emis_metric batch_time;
    struct emis_metric fenced;
    struct emis_metric retries;
    struct emis_metric reconnects;
    struct emis_metric validator_misses;
    struct emis_metric gaps;
    struct emis_metric inflight_bytes;
    struct emis_metric lag;
    struct emis_metric partitions;
    struct emis_metric paused;
    struct emis_metric brokers_away;
    struct emis_metric registry_version;
};

extern struct ingest_stats ingest_stats;

/* All of them, series of one name together. */
struct emis_metric *const *ingest_stats_list(size_t *ret_count);
