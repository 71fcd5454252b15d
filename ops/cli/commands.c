/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/commands.h"
#include "ops/cli/command.h"

#define END {NULL, NULL, NULL}

static const struct cli_command_option migrate_options[] = {
    {"dry-run", NULL, "print what would be done"},
    {"catalogue", "DIR", "take the catalogue from here (default: beside sql/)"},
    END,
};

static const struct cli_command_option import_options[] = {
    {"dry-run", NULL, "check everything, print the difference, change nothing"},
    END,
};

static const struct cli_command_option send_options[] = {
    {"key-file", "FILE", "signing keys"},
    {"key-id", "ID", "sign with this key"},
    {"received-at", "INSTANT", "when it counts as received; the key must have the right to backdate"},
    {"raw-key", "KEY", "record key of every record; values are sent as they are"},
    {"null-key", NULL, "records without a key; values are sent as they are"},
    {"null-value", NULL, "send one record without a value (with --raw-key or --null-key)"},
    {"from-files", "DIR", "each file of the folder is one record's value (with --raw-key or --null-key)"},
    {"receipts", "FILE", "write line, partition and offset of each acknowledged record"},
    {"rate", "N", "at most N records a second"},
    {"progress", NULL, "a line each second, also where standard error is no terminal"},
    END,
};

const struct cli_command cli_command_table[] = {
    {"db migrate", "", 0, 0, "bring the database to this version: migrations, functions, catalogue, grants", "emis db migrate --dry-run", migrate_options,
     cli_migrate_run},
    {"db status", "", 0, 0, "list the migrations, applied and pending", "emis db status --json", NULL, cli_migrate_status},
    {"db verify", "", 0, 0, "check that each applied migration did what it says", "emis db verify", NULL, cli_migrate_verify},
    {"registry import", "FILE", 1, 1, "import a list of areas and schools (CSV): all of it or nothing", "emis registry import registry.csv --dry-run", import_options,
     cli_registry_import},
    {"registry show", "CODE", 1, 1, "the places of a school or area over time", "emis registry show EM.1865", NULL, cli_registry_show},
    {"calendar import", "FILE", 1, 1, "import school years, terms, weekends and holidays (CSV)", "emis calendar import calendar.csv", import_options,
     cli_calendar_import},
    {"calendar show", "", 0, 0, "school years, terms, campaigns and closed days", "emis calendar show", NULL, cli_calendar_show},
    {"topics apply", "", 0, 0, "create the topic of [topics] if it is missing", "emis topics apply --set topics.partitions=12", NULL, cli_topics_apply},
    {"topics describe", "", 0, 0, "the topic's settings, and what is unsafe about them", "emis topics describe --json", NULL, cli_topics_describe},
    {"send", "[FILE|-]", 0, 1, "send submissions (one JSON document a line) and wait for their receipts", "emis send census.jsonl --receipts receipts.txt",
     send_options, cli_send_run},
    {"period open", "FORM PERIOD[..PERIOD]", 2, 2, "from now on the form is owed for these periods", "emis period open ATT_DAILY 2022-03-07..2022-03-11", NULL,
     cli_period_open},
    {"period list", "", 0, 0, "opened periods and how many units have sent", "emis period list", NULL, cli_period_list},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL},
};
