/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `emis`, one file each: what the table in commands.c calls. Each prints its data
 * on standard output; errors are its caller's to print. */
#pragma once

#include "lib/base/error.h"
#include "ops/cli/context.h"

bool cli_migrate_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_migrate_status(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_migrate_verify(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_registry_import(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_registry_show(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_scheme_import(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_link_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_calendar_import(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_calendar_show(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
#define CLI_TOPICS_UNSAFE_MAX 32
/* The names of [emis] allow_unsafe, ended by NULL; text is cut in place. */
void cli_topics_split_unsafe(char *text, const char *names[CLI_TOPICS_UNSAFE_MAX + 1]);
bool cli_topics_apply(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_topics_describe(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_send_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_import_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_period_open(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_period_list(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_period_progress(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_period_missing(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_status_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_ledger_check(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_rejects_list(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_rejects_show(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_rejects_parked(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_replay_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_list(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_finding_list(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_get(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_compare(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_backcast(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_rank(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_indicator_targets(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_catalogue_check(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_catalogue_list(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_catalogue_show(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_catalogue_schema(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_catalogue_dictionary(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_config_show(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_config_keys(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_config_check(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_config_version(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_audit_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_mock_broker_run(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
