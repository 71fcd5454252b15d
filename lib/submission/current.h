/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store-facing half of decide.h: reads submission ids and intake.current inside the caller's
 * transaction, lets submission_decide decide beside them, and moves the winners. Shared by ingest
 * and healing, which write the rest. The caller's thread.
 */
#pragma once

#include "lib/base/error.h"
#include "lib/submission/decide.h"

struct store_connection;

/* Register the statements of this file, and `copy_<table>` of each fact table of the catalogue;
 * again after the catalogue has changed. */
void submission_current_register(struct store_connection *conn, const struct catalogue *catalogue);

/*
 * Settle every item: ids that the database has; then new keys go in with their final values and
 * existing ones are locked and returned, in key order; then the decision; then the winners among
 * the existing move. *ret_is_as_proposed false (submission_decide_is_as_proposed): roll back and
 * take fewer items. Failures as lib/store/connection.h.
 */
bool submission_current_settle(struct store_connection *conn, struct emis_arena *arena,
                               struct submission_decide *decide, bool *ret_is_as_proposed,
                               struct emis_error *err) EMIS_MUST_CHECK;
