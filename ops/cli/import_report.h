/* SPDX-License-Identifier: Apache-2.0 */
/* What an import found or sent: counted while it is checked, printed at its end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "ops/cli/context.h"
#include "ops/cli/import_rows.h"

struct cli_import_report;

struct cli_import_report *cli_import_report_new(void);
/* submission is borrowed until the report is freed. */
void cli_import_report_add(struct cli_import_report *report,
                           const struct cli_import_submission *submission, bool is_unit_known,
                           size_t warning_count);
/* first: the first submission, indented. */
void cli_import_report_print_dry(struct cli_import_report *report, const struct cli_context *cli,
                                 const struct emis_buffer *first);
void cli_import_report_print_sent(struct cli_import_report *report, const struct cli_context *cli,
                                  int64_t acknowledged);
void cli_import_report_free(struct cli_import_report *report);
