/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/settings.h"

const struct emis_settings_key kafka_settings[] = {
    {"topics", "submissions", EMIS_SETTINGS_TEXT, "emis.submissions.v1", 0, 0, false,
     "topic of the submissions"},
    {"topics", "partitions", EMIS_SETTINGS_INTEGER, "12", 1, 8192, false,
     "partitions of a topic that `emis topics apply` makes; frozen afterwards"},
    {"topics", "replication", EMIS_SETTINGS_INTEGER, "1", 1, 9, false,
     "replicas of a topic that `emis topics apply` makes"},
    {"emis", "durability", EMIS_SETTINGS_TEXT, "lab", 0, 0, false,
     "what an acknowledged record must survive: lab, two_server or cluster; checked at start"},
    {"emis", "allow_unsafe", EMIS_SETTINGS_TEXT, "", 0, 0, false,
     "names of preflight checks to pass over, separated by spaces"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};
