/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/settings.h"

#define MIB (INT64_C(1) << 20)

const struct emis_settings_key ingest_settings[] = {
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
