/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/stats.h"

#define HEALED "emis_heal_records_total", EMIS_METRIC_COUNTER, "Parked records settled, by outcome"
#define EVENTS "emis_registry_events_total", EMIS_METRIC_COUNTER, "Registry events looked at, by result"

struct agg_stats agg_stats = {
    .rounds = {"emis_aggregate_rounds_total", EMIS_METRIC_COUNTER, "Transactions that recomputed cells", NULL, 0, 0, {0}},
    .round_time = {"emis_aggregate_round_seconds", EMIS_METRIC_HISTOGRAM, "Time of such a transaction", NULL, 0, 0, {0}},
    .freshness = {"emis_aggregate_freshness_seconds", EMIS_METRIC_HISTOGRAM, "From the oldest claimed dirty row to the commit of its cells", NULL, 0, 0, {0}},
    .dirty_rows = {"emis_aggregate_dirty_rows_total", EMIS_METRIC_COUNTER, "Dirty rows claimed", NULL, 0, 0, {0}},
    .leaves = {"emis_aggregate_leaves_total", EMIS_METRIC_COUNTER, "Leaves recomputed", NULL, 0, 0, {0}},
    .statements = {"emis_aggregate_statements_total", EMIS_METRIC_COUNTER, "Refresh statements run", NULL, 0, 0, {0}},
    .retries = {"emis_aggregate_retries_total", EMIS_METRIC_COUNTER, "Transactions tried again", NULL, 0, 0, {0}},
    .reconnects = {"emis_aggregate_reconnects_total", EMIS_METRIC_COUNTER, "Connections to PostgreSQL opened after the first", NULL, 0, 0, {0}},
    .set_aside = {"emis_aggregate_set_aside_total", EMIS_METRIC_COUNTER, "Leaves whose refresh failed twice alone (goal 0)", NULL, 0, 0, {0}},
    .healed_accepted = {HEALED, "outcome=\"accepted\"", 0, 0, {0}},
    .healed_superseded = {HEALED, "outcome=\"superseded\"", 0, 0, {0}},
    .healed_duplicate = {HEALED, "outcome=\"duplicate\"", 0, 0, {0}},
    .healed_rejected = {HEALED, "outcome=\"rejected\"", 0, 0, {0}},
    .events_applied = {EVENTS, "result=\"applied\"", 0, 0, {0}},
    .events_refused = {EVENTS, "result=\"refused\"", 0, 0, {0}},
    .periods_opened = {"emis_periods_opened_total", EMIS_METRIC_COUNTER, "Leaf periods opened by calendar", NULL, 0, 0, {0}},
    .audited = {"emis_audit_leaves_total", EMIS_METRIC_COUNTER, "Leaves recomputed by the auditor", NULL, 0, 0, {0}},
    .audit_skipped = {"emis_audit_skipped_total", EMIS_METRIC_COUNTER, "Leaves that the auditor skipped because they are dirty", NULL, 0, 0, {0}},
    .mismatches = {"emis_audit_mismatch_total", EMIS_METRIC_COUNTER, "Rows that differ from their recompute (goal 0)", NULL, 0, 0, {0}},
    .dirty_age_ms = {"emis_dirty_age_milliseconds", EMIS_METRIC_GAUGE, "Age of the oldest waiting dirty row", NULL, 0, 0, {0}},
    .paused = {"emis_aggregate_paused", EMIS_METRIC_GAUGE, "1 while the database cannot do the work", NULL, 0, 0, {0}},
    .registry_version = {"emis_registry_version", EMIS_METRIC_GAUGE, "ref.version that cells are computed under", NULL, 0, 0, {0}},
};

static struct emis_metric *const list[] = {
    &agg_stats.rounds,           &agg_stats.round_time,        &agg_stats.freshness,        &agg_stats.dirty_rows,      &agg_stats.leaves,
    &agg_stats.statements,       &agg_stats.retries,           &agg_stats.reconnects,       &agg_stats.set_aside,       &agg_stats.healed_accepted,
    &agg_stats.healed_superseded, &agg_stats.healed_duplicate, &agg_stats.healed_rejected,  &agg_stats.events_applied,  &agg_stats.events_refused,
    &agg_stats.periods_opened,   &agg_stats.audited,           &agg_stats.audit_skipped,    &agg_stats.mismatches,      &agg_stats.dirty_age_ms,
    &agg_stats.paused,           &agg_stats.registry_version,
};

struct emis_metric *const *
agg_stats_list(size_t *ret_count)
{
    *ret_count = sizeof(list) / sizeof(list[0]);
    return list;
}
