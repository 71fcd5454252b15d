/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening of leaf periods: from the opening on, a form's submissions for the period are owed, and
 * those of its units that expect it count. Blocking; the connection's thread.
 */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct store_connection;

/*
 * Open the periods (ids of the form's own period kind) that are not open yet, in one transaction
 * under the exclusive REGISTRY lock: openings, ref.version, a dirty row for every lane. conn must
 * be idle. *ret_opened: how many were not open before; with none ref.version does not move.
 * E_REGISTRY when nobody owes the form.
 */
bool registry_open_period(struct store_connection *conn, const struct catalogue *catalogue,
                          const struct catalogue_form *form, const int32_t *period_ids,
                          size_t count, int64_t *ret_opened,
                          struct emis_error *err) EMIS_MUST_CHECK;
