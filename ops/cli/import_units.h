/* SPDX-License-Identifier: Apache-2.0 */
/* The codes that units have in another scheme (ref.unit_code), read once for an import. */
#pragma once

#include "lib/base/error.h"

struct cli_import_units;
struct registry;
struct store_connection;

/* registry is borrowed: it dates the periods. A scheme without a code is an empty list. */
bool cli_import_units_load(struct store_connection *conn, const char *scheme,
                           const struct registry *registry, struct cli_import_units **ret_units,
                           struct emis_error *err) EMIS_MUST_CHECK;
/* A cli_import_unit_fn; context is a struct cli_import_units. A code is looked up as it was on the
 * period's last day, as the unit's place is. */
const char *cli_import_units_find(void *context, const char *code, const char *period);
void cli_import_units_free(struct cli_import_units *units);
