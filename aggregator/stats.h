/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of emis-aggregator. Values are atomics: any thread. */
#pragma once

#include <stddef.h>

#include "lib/base/metric.h"

struct agg_stats {
    struct emis_metric rounds;
    struct emis_metric round_time;
    struct emis_metric freshness;
    struct emis_metric dirty_rows;
    struct emis_metric leaves;
    struct emis_metric statements;
    struct emis_metric retries;
    struct emis_metric reconnects;
    struct emis_metric set_aside;
    struct emis_metric healed_accepted, healed_superseded, healed_duplicate, healed_rejected;
    struct emis_metric events_applied, events_refused;
    struct emis_metric periods_opened;
    struct emis_metric audited;
    struct emis_metric audit_skipped;
    struct emis_metric mismatches;
    struct emis_metric dirty_age_ms;
    struct emis_metric paused;
    struct emis_metric registry_version;
};

extern struct agg_stats agg_stats;

/* All of them, series of one name together. */
struct emis_metric *const *agg_stats_list(size_t *ret_count);
