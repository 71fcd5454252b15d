/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/program.h"

#define MIB (INT64_C(1) << 20)

const struct emis_settings_key emis_program_ingest_settings[] = {
    {"ingest", "group", EMIS_SETTINGS_TEXT, "emis-ingest", 0, 0, false, "Kafka consumer group"},
    {"ingest", "worker", EMIS_SETTINGS_TEXT, "", 0, 0, false,
     "name of this worker and its static group membership; empty: host and process id, a dynamic "
     "member"},
    {"ingest", "batch_rows_max", EMIS_SETTINGS_INTEGER, "10000", 1, 1000000, false,
     "fact rows of one transaction"},
    {"ingest", "batch_bytes_max", EMIS_SETTINGS_BYTES, "4MiB", 1, 64 * MIB, false,
     "record bytes of one transaction"},
    {"ingest", "inflight_bytes_max", EMIS_SETTINGS_BYTES, "16MiB", 1, 512 * MIB, false,
     "record bytes polled and not yet committed, before partitions are paused"},
    {"ingest", "record_bytes_max", EMIS_SETTINGS_BYTES, "1MiB", 1, 2 * MIB, false,
     "bytes of a record's value"},
    {"ingest", "statement_timeout", EMIS_SETTINGS_DURATION_MS, "20s", 100, 600000, false,
     "of one statement"},
    {"ingest", "lock_timeout", EMIS_SETTINGS_DURATION_MS, "2s", 10, 60000, false,
     "wait for a lock before a takeover"},
    {"ingest", "probe_max", EMIS_SETTINGS_DURATION_MS, "30s", 100, 600000, false,
     "longest wait between two tries on a database that cannot work, or a partition that was "
     "stopped"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};

const struct emis_settings_key emis_program_aggregate_settings[] = {
    {"aggregate", "worker", EMIS_SETTINGS_TEXT, "", 0, 0, false,
     "name of this process in control.worker; empty: host and process id"},
    {"aggregate", "threads", EMIS_SETTINGS_INTEGER, "1", 1, 32, false,
     "connections that refresh lanes at the same time"},
    {"aggregate", "claim_max", EMIS_SETTINGS_INTEGER, "20000", 1, 1000000, false,
     "dirty rows of one transaction"},
    {"aggregate", "leaves_max", EMIS_SETTINGS_INTEGER, "60000", 100, 10000000, false,
     "leaves of one leaf statement; larger claims are cut into pieces"},
    {"aggregate", "dirty_poll", EMIS_SETTINGS_DURATION_MS, "10ms", 1, 60000, false,
     "between two looks at an empty queue"},
    {"aggregate", "chore_poll", EMIS_SETTINGS_DURATION_MS, "500ms", 10, 600000, false,
     "between two looks for registry events, parked records and periods to open"},
    {"aggregate", "heal_max", EMIS_SETTINGS_INTEGER, "1000", 1, 5000, false,
     "parked records settled in one transaction"},
    {"aggregate", "open_periods", EMIS_SETTINGS_TEXT, "auto", 0, 0, false,
     "auto: owed periods are opened when they begin; manual: by `emis period open` alone"},
    {"aggregate", "open_lookback_days", EMIS_SETTINGS_INTEGER, "7", 0, 400, false,
     "auto: periods that began at most so many days ago are opened"},
    {"aggregate", "audit_every", EMIS_SETTINGS_DURATION_MS, "10s", 0, 86400000, false,
     "between two audits of a random sample; 0: none"},
    {"aggregate", "audit_leaves", EMIS_SETTINGS_INTEGER, "20", 1, 100000, false,
     "leaves of such a sample"},
    {"aggregate", "statement_timeout", EMIS_SETTINGS_DURATION_MS, "5min", 100, 86400000, false,
     "of one statement"},
    {"aggregate", "lock_timeout", EMIS_SETTINGS_DURATION_MS, "30s", 10, 600000, false,
     "wait for a lock"},
    {"aggregate", "probe_max", EMIS_SETTINGS_DURATION_MS, "30s", 100, 600000, false,
     "longest wait between two tries on a database that cannot work"},
    {"aggregate", "record_bytes_max", EMIS_SETTINGS_BYTES, "1MiB", 1, INT64_C(2) << 20, false,
     "bytes of a parked record's value, as ingest has it"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};

bool emis_program_opens_periods(const struct emis_settings *settings, bool *ret_is_auto,
                                struct emis_error *err)
{
    const char *opening = emis_settings_text(settings, "aggregate", "open_periods");

    *ret_is_auto = strcmp(opening, "auto") == 0;
    return *ret_is_auto || strcmp(opening, "manual") == 0 ||
           emis_error_set(err, E_CONFIG, "aggregate.open_periods is %s: auto or manual", opening);
}
