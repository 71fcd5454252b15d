/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/settings.h"

const struct emis_settings_key agg_settings[] = {
    {"aggregate", "worker", EMIS_SETTINGS_TEXT, "", 0, 0, false, "name of this process in control.worker; empty: host and process id"},
    {"aggregate", "threads", EMIS_SETTINGS_INTEGER, "1", 1, 32, false, "connections that refresh lanes at the same time"},
    {"aggregate", "claim_max", EMIS_SETTINGS_INTEGER, "20000", 1, 1000000, false, "dirty rows of one transaction"},
    {"aggregate", "leaves_max", EMIS_SETTINGS_INTEGER, "60000", 100, 10000000, false, "leaves of one leaf statement; larger claims are cut into pieces"},
    {"aggregate", "dirty_poll", EMIS_SETTINGS_DURATION_MS, "10ms", 1, 60000, false, "between two looks at an empty queue"},
    {"aggregate", "chore_poll", EMIS_SETTINGS_DURATION_MS, "500ms", 10, 600000, false, "between two looks for registry events, parked records and periods to open"},
    {"aggregate", "heal_max", EMIS_SETTINGS_INTEGER, "1000", 1, 5000, false, "parked records settled in one transaction"},
    {"aggregate", "open_periods", EMIS_SETTINGS_TEXT, "auto", 0, 0, false, "auto: owed periods are opened when they begin; manual: by `emis period open` alone"},
    {"aggregate", "open_lookback_days", EMIS_SETTINGS_INTEGER, "7", 0, 400, false, "auto: periods that began at most so many days ago are opened"},
    {"aggregate", "audit_every", EMIS_SETTINGS_DURATION_MS, "10s", 0, 86400000, false, "between two audits of a random sample; 0: none"},
    {"aggregate", "audit_leaves", EMIS_SETTINGS_INTEGER, "20", 1, 100000, false, "leaves of such a sample"},
    {"aggregate", "statement_timeout", EMIS_SETTINGS_DURATION_MS, "5min", 100, 86400000, false, "of one statement"},
    {"aggregate", "lock_timeout", EMIS_SETTINGS_DURATION_MS, "30s", 10, 600000, false, "wait for a lock"},
    {"aggregate", "probe_max", EMIS_SETTINGS_DURATION_MS, "30s", 100, 600000, false, "longest wait between two tries on a database that cannot work"},
    {"aggregate", "record_bytes_max", EMIS_SETTINGS_BYTES, "1MiB", 1, INT64_C(2) << 20, false, "bytes of a parked record's value, as ingest has it"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};
