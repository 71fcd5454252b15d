/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions. One per connection at a time; the connection's thread. COMMIT has three outcomes,
 * and the third is never guessed (guarantee G7).
 */
#pragma once

#include <stdbool.h>

#include "lib/base/error.h"

struct store_connection;

/* READ COMMITTED, read write. An open transaction is an assertion. */
bool store_tx_begin(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;
/* REPEATABLE READ READ ONLY: one snapshot for all statements (reports, the auditor). */
bool store_tx_begin_snapshot(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;

/*
 * true: done. false: not committed, the transaction is over; except when
 * store_connection_is_in_doubt(conn): COMMIT was sent and the connection was lost (err is
 * E_DATABASE), and only a locking read on a new connection tells. Committing a transaction in which
 * a statement had failed is E_INTERNAL, not committed.
 */
bool store_tx_commit(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;

/* A part of the open transaction, one at a time, that a failed statement does not spoil the rest
 * by: end keeps it, undo takes it back. */
bool store_tx_part_begin(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;
bool store_tx_part_end(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;
bool store_tx_part_undo(struct store_connection *conn, struct emis_error *err) EMIS_MUST_CHECK;

/* End the open transaction, or do nothing; also aborts a COPY that is under way. If the server
 * cannot be told, the connection is broken and the server rolls back by itself. Never fails. */
void store_tx_rollback(struct store_connection *conn);
