/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/commands.h"
#include "ops/cli/command.h"
#include "ops/cli/import_help.h"
#include "ops/cli/list_help.h"

#define END              \
    {                    \
        NULL, NULL, NULL \
    }

static const struct cli_command_option migrate_options[] = {
    {"dry-run", NULL, "print what would be done"},
    {"catalogue", "DIR", "take the catalogue from here (default: beside sql/)"},
    {"country", "CODE", "with catalogue/countries/CODE laid over it; needed again at each migrate"},
    END,
};

static const struct cli_command_option import_options[] = {
    {"dry-run", NULL, "check everything, print the difference, change nothing"},
    END,
};

static const struct cli_command_option registry_options[] = {
    {"dry-run", NULL, "check everything, print the difference, change nothing"},
    {NULL, NULL, cli_registry_help},
};

static const struct cli_command_option calendar_options[] = {
    {"dry-run", NULL, "check everything, print the counts, change nothing"},
    {NULL, NULL, cli_calendar_help},
};

static const struct cli_command_option link_options[] = {
    {"scheme", "NAME", "the list's code scheme, such as necta"},
    {"out", "FILE", "write the proposals here instead of printing them"},
    {"on", "DAY", "compare with the schools that were open on this day (default: open now)"},
    {"words", "FILE", "common words of names (default: catalogue/linkage/words.csv)"},
    {"accept", "FILE", "link the lines of a file of proposals that are auto or accepted"},
    {"dry-run", NULL, "with --accept: check everything, print the difference, change nothing"},
    END,
};

static const struct cli_command_option send_options[] = {
    {"key-file", "FILE", "signing keys, as [emis] keys_file has them: lib/submission/FORMAT.md"},
    {"key-id", "ID", "sign with this key"},
    {"received-at", "INSTANT",
     "when it counts as received; the key must have the right to backdate"},
    {"raw-key", "KEY", "record key of every record; values are sent as they are"},
    {"null-key", NULL, "records without a key; values are sent as they are"},
    {"null-value", NULL, "send one record without a value (with --raw-key or --null-key)"},
    {"from-files", "DIR",
     "each file of the folder is one record's value (with --raw-key or --null-key); hidden ones "
     "are "
     "left out"},
    {"receipts", "FILE", "write line, partition and offset of each acknowledged record"},
    {"rate", "N", "at most N records a second"},
    {"progress", NULL, "a line each second, also where standard error is no terminal"},
    END,
};

static const struct cli_command_option status_options[] = {
    {"all", NULL,
     "count the outcomes of every record, which reads the whole ledger, not those of the last 24 "
     "hours"},
    {NULL, NULL,
     "\nExit 69 when Kafka does not answer: everything else is shown all the same, and the lag is "
     "not known.\n"},
};

static const struct cli_command_option import_file_options[] = {
    {"map", "MAP", "how lines become submissions (JSON); needed"},
    {"dry-run", NULL, "check everything, print counts and the first submission, send nothing"},
    {"key-file", "FILE", "signing keys, as [emis] keys_file has them: lib/submission/FORMAT.md"},
    {"key-id", "ID", "sign with this key"},
    {"received-at", "INSTANT",
     "when it counts as received; the key must have the right to backdate"},
    {NULL, NULL, cli_import_help},
};

static const struct cli_command_option ledger_options[] = {
    {"with-kafka", NULL, "read every record again and compare its digest (I2)"},
    END,
};

static const struct cli_command_option list_options[] = {
    {"code", "CODE", "the records of one code, instead of the counts of all"},
    {"all", NULL, "the records of every code"},
    {"limit", "N", "with --code or --all: at most N records (default 100)"},
    END,
};

static const struct cli_command_option show_options[] = {
    {"raw", NULL, "the value's bytes and nothing else"},
    END,
};

static const struct cli_command_option replay_options[] = {
    {"code", "CODE", "every rejected record of this code that was not replayed yet"},
    {"id", "L/P/O...", "this record; may be repeated"},
    {"since", "INSTANT", "only those received since"},
    {"key-file", "FILE", "signing keys, as [emis] keys_file has them: lib/submission/FORMAT.md"},
    {"key-id", "ID", "sign with this key, which must have the right to backdate"},
    {"dry-run", NULL, "count them and send nothing"},
    END,
};

static const struct cli_command_option get_options[] = {
    {"indicator", "CODE", "what is measured"},
    {"period", "CODE", "such as 2022-03-07, 2022-03 or SY2022"},
    {"area", "CODE", "a school or area (default: the country)"},
    {"level", "LEVEL", "the areas of this level in it, such as district"},
    {"by", "CUT", "split by this cut, such as sex"},
    {"as-of", "DAY",
     "in the areas of this day, or of today (all that is registered), instead of where it was"},
    {"known", "DAY", "from the submissions that had come by the end of this day, or by an instant"},
    {"backcast", NULL,
     "the old periods under the newest definition, beside what is published (without --period: "
     "all that `indicator backcast` wrote)"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option backcast_options[] = {
    {"from", "PERIOD",
     "the first period, such as SY2022, of any kind that the indicator is kept for: with all "
     "periods of every kind that begin on its first day or later (default: what is stored)"},
    {"to", "PERIOD", "only those that end by its last day (default: up to the newest definition)"},
    {"dry-run", NULL, "print the difference and change nothing; ends with 1 if there is one"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option compare_options[] = {
    {"indicator", "CODE", "what is measured"},
    {"period", "CODE", "such as 2022-03-07, 2022-03 or SY2022"},
    {"area", "CODE", "a school or area (default: the country)"},
    {"level", "LEVEL", "the areas of this level in it, such as district"},
    {"by", "CUT", "split by this cut, such as sex"},
    {"as-of", "DAY...",
     "the second answer's day, today or was; given twice: the first's, then the second's"},
    {"known", "DAY...",
     "the second answer's day, instant or now; given twice: the first's, then the "
     "second's"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option finding_options[] = {
    {"rule", "CODE", "of this rule of catalogue/rules"},
    {"unit", "CODE", "of a school or area and what lies in it"},
    {"period", "CODE", "such as 2022-03-07, 2022-03 or SY2022"},
    {"open", NULL, "only those that still hold"},
    {"language", "TAG", "the language of the texts (default: en)"},
    {"limit", "N", "at most N findings (default 100)"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option rank_options[] = {
    {"indicator", "CODE", "what is measured"},
    {"period", "CODE", "a month or wider, such as 2022-03 or SY2022"},
    {"area", "CODE", "the area whose parts are compared (default: the country)"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option progress_options[] = {
    {"area", "CODE", "a school or area (default: the country)"},
    {"level", "LEVEL", "the areas of this level in it, such as district"},
    {"of", "INDICATOR",
     "what is due: this indicator's value is how many submissions (default: one of each unit that "
     "owes the form)"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option missing_options[] = {
    {"area", "CODE", "in this area (default: the country)"},
    {"level", "LEVEL", "beside each unit its area of this level (default: the one right above it)"},
    {"of", "INDICATOR",
     "what is due: this indicator's value is how many submissions (default: one of each unit that "
     "owes the form)"},
    {"csv", NULL, "print CSV"},
    END,
};

static const struct cli_command_option target_options[] = {
    {"area", "CODE", "of this school or area only"},
    END,
};

static const struct cli_command_option catalogue_options[] = {
    {"catalogue", "DIR", "the catalogue's folder (default: beside sql/)"},
    {"country", "CODE", "with its countries/CODE laid over it (default: the base alone)"},
    END,
};

static const struct cli_command_option audit_options[] = {
    {"all", NULL, "every cell instead of a sample"},
    END,
};

static const struct cli_command_option config_options[] = {
    {"origin", NULL, "where each value comes from"},
    END,
};

const struct cli_command cli_command_table[] = {
    {"db migrate", "", 0, 0,
     "bring the database to this version: migrations, functions, catalogue, grants",
     "emis db migrate --dry-run", migrate_options, cli_migrate_run},
    {"db status", "", 0, 0, "list the migrations, applied and pending", "emis db status --json",
     NULL, cli_migrate_status},
    {"db verify", "", 0, 0, "check that each applied migration did what it says", "emis db verify",
     NULL, cli_migrate_verify},
    {"registry import", "FILE", 1, 1,
     "import a list of areas and schools (CSV): all of it or nothing",
     "emis registry import registry.csv --dry-run", registry_options, cli_registry_import},
    {"registry codes import", "FILE", 1, 1,
     "import the codes that units have in other schemes (CSV): all of it or nothing",
     "emis registry codes import necta.csv --dry-run", import_options, cli_scheme_import},
    {"registry link", "[FILE]", 0, 1,
     "propose which schools a foreign list means (CSV: code, name, area1, ...), or link what was "
     "accepted",
     "emis registry link psle.csv --scheme necta --out proposals.csv", link_options, cli_link_run},
    {"registry show", "CODE", 1, 1, "the places of a school or area over time",
     "emis registry show EM.1865", NULL, cli_registry_show},
    {"calendar import", "FILE", 1, 1,
     "import school years, terms, closed days and exceptions (CSV)",
     "emis calendar import calendar.csv", calendar_options, cli_calendar_import},
    {"calendar show", "", 0, 0, "school years, terms, campaigns, closed days and exceptions",
     "emis calendar show", NULL, cli_calendar_show},
    {"topics apply", "", 0, 0, "create the topic of [topics] if it is missing",
     "emis topics apply --set topics.partitions=12", NULL, cli_topics_apply},
    {"topics describe", "", 0, 0, "the topic's settings, and what is unsafe about them",
     "emis topics describe --json", NULL, cli_topics_describe},
    {"send", "[FILE|-]", 0, 1,
     "send submissions (one JSON document a line) and wait for their receipts",
     "emis send census.jsonl --receipts receipts.txt", send_options, cli_send_run},
    {"import", "FILE", 1, 1, "send another body's file (CSV) as submissions: all of it or nothing",
     "emis import census.csv --map census.map.json --dry-run", import_file_options, cli_import_run},
    {"period open", "FORM PERIOD[..PERIOD]", 2, 2, "from now on the form is owed for these periods",
     "emis period open ATT_DAILY 2022-03-07..2022-03-11", NULL, cli_period_open},
    {"period list", "", 0, 0, "opened periods and how many units have sent", "emis period list",
     NULL, cli_period_list},
    {"period progress", "FORM PERIOD", 2, 2,
     "day by day, how much of what is due has come, and the days left to the deadline",
     "emis period progress DBT_ROUND DBT-2025 --level district", progress_options,
     cli_period_progress},
    {"period missing", "FORM PERIOD", 2, 2, "who has not sent what is due, area by area",
     "emis period missing HOUSEHOLD DBT-2025 --of HH_ALLOC --level block", missing_options,
     cli_period_missing},
    {"status", "", 0, 0,
     "one screen: lag, outcomes, parked, rejected, waiting cells, workers, alarms",
     "emis status --json", status_options, cli_status_run},
    {"ledger check", "", 0, 0, "the double entry: each record once, in its place",
     "emis ledger check --with-kafka", ledger_options, cli_ledger_check},
    {"rejects list", "", 0, 0, "rejected records: counts by code, or the records",
     "emis rejects list --code E_SUM --limit 10", list_options, cli_rejects_list},
    {"rejects show", "LOG/PARTITION/OFFSET", 1, 1,
     "one rejected or parked record: what is wrong, where, what to do, its bytes",
     "emis rejects show 0/7/1182", show_options, cli_rejects_show},
    {"rejects replay", "", 0, 0, "send rejected records again, once their cause is gone",
     "emis rejects replay --code E_REF_SCHOOL_CLOSED --key-file keys.json --key-id ops",
     replay_options, cli_replay_run},
    {"parked list", "", 0, 0, "what is missing, with how many submissions wait for it",
     "emis parked list", NULL, cli_rejects_parked},
    {"indicator get", "", 0, 0, "values of an indicator",
     "emis indicator get --indicator ENR --period SY2022 --level governorate --by sex", get_options,
     cli_indicator_get},
    {"indicator compare", "", 0, 0,
     "what differs between two answers, area by area, and the schools that make the difference",
     "emis indicator compare --indicator ENR --period SY2022 --level governorate --as-of today",
     compare_options, cli_indicator_compare},
    {"indicator backcast", "CODE", 1, 1,
     "compute old periods under the newest definition, beside what was published",
     "emis indicator backcast NIPUN_SCH --from SY2023 --dry-run", backcast_options,
     cli_indicator_backcast},
    {"indicator list", "", 0, 0, "the indicators", "emis indicator list", NULL, cli_indicator_list},
    {"indicator rank", "", 0, 0,
     "how the parts of an area stand: rank, movement since the period before, target, gap, light",
     "emis indicator rank --indicator ATT_STU --period 2022-03 --area R-7927", rank_options,
     cli_indicator_rank},
    {"target list", "", 0, 0, "targets as they were sent, and whether each counts",
     "emis target list --area R-7927", target_options, cli_indicator_targets},
    {"findings list", "", 0, 0,
     "what the rules that look at more than one submission found, newest first",
     "emis findings list --open --unit EM.1865 --language ur", finding_options, cli_finding_list},
    {"audit run", "", 0, 0, "recompute cells and compare", "emis audit run --all", audit_options,
     cli_audit_run},
    {"catalogue check", "[DIR]", 0, 1,
     "check the catalogue: file, JSON pointer and reason of each mistake",
     "emis catalogue check ./catalogue", catalogue_options, cli_catalogue_check},
    {"catalogue list", "", 0, 0, "forms, indicators and rules", "emis catalogue list",
     catalogue_options, cli_catalogue_list},
    {"catalogue show", "CODE", 1, 1, "a form, indicator or code list as it is declared",
     "emis catalogue show ATT_DAILY", catalogue_options, cli_catalogue_show},
    {"catalogue schema", "FORM [VERSION]", 1, 2, "the JSON Schema of a form's submissions",
     "emis catalogue schema ATT_DAILY > att_daily.schema.json", catalogue_options,
     cli_catalogue_schema},
    {"catalogue dictionary", "", 0, 0, "the data dictionary, in Markdown",
     "emis catalogue dictionary > dictionary.md", catalogue_options, cli_catalogue_dictionary},
    {"config show", "", 0, 0, "the settings in force, secrets masked", "emis config show --origin",
     config_options, cli_config_show},
    {"config keys", "", 0, 0, "every key with its default and meaning", "emis config keys", NULL,
     cli_config_keys},
    {"config check", "", 0, 0, "check the configuration as a daemon's start would",
     "emis config check -c /etc/emis/emis.conf", NULL, cli_config_check},
    {"version", "", 0, 0, "the version", "emis version --json", NULL, cli_config_version},
    {"mock-broker", "", 0, 0, "a Kafka broker in memory, for demonstrations",
     "emis mock-broker --set topics.partitions=24", NULL, cli_mock_broker_run},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL},
};
