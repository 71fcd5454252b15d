/* SPDX-License-Identifier: Apache-2.0 */
/* What other commands take from rejects.c: the form of a record's id. */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"

/* "log/partition/offset". E_USAGE. */
bool cli_rejects_parse_id(const char *text, int16_t *ret_log_no, int32_t *ret_partition,
                          int64_t *ret_offset, struct emis_error *err) EMIS_MUST_CHECK;
