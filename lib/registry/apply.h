/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The applier's hands: load what stands into a change, write a compiled change. One writer at a
 * time, by the exclusive REGISTRY lock; ref.version, places, areas of the mart and dirty rows move
 * in one transaction, so that nobody sees one without the others. Blocking; the connection's
 * thread. Imports of whole lists are in apply_units.h.
 *
 *     store_tx_begin, registry_apply_lock, registry_apply_load, (state the change),
 * registry_change_compile, registry_apply_write, store_tx_commit
 */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "lib/registry/change.h"

struct store_connection;

struct registry_apply_summary {
    int64_t version; /* the new ref.version; the old one when nothing changed */
    size_t new_units;
    size_t new_places;       /* rows that open */
    size_t resized_places;   /* the same place with another end */
    size_t ended_places;     /* of these: were open, have an end now */
    size_t withdrawn_places; /* do not stand any longer, on no day: replaced, or left out */
    size_t kept_places;
    size_t changed_units;
    int64_t dirty_rows;
};

/* Make the applier's statements callable; the catalogue's attributes become columns. Called by each
 * function below that needs it. */
void registry_apply_register(struct store_connection *conn, const struct catalogue *catalogue);

/* The exclusive REGISTRY lock, until the transaction ends; waits for everyone who holds it shared.
 */
bool registry_apply_lock(struct store_connection *conn, const struct catalogue *catalogue,
                         struct emis_error *err) EMIS_MUST_CHECK;
/* All that stands, in a new change, started. Inside the transaction that holds the lock. */
bool registry_apply_load(struct store_connection *conn, const struct catalogue *catalogue,
                         struct registry_change **ret_change,
                         struct emis_error *err) EMIS_MUST_CHECK;
/* What a compiled change would do; dirty_rows stays 0. */
void registry_apply_count(const struct registry_change *change,
                          struct registry_apply_summary *ret_summary);
/*
 * Write a compiled change: ref.version (only when something changed), units, places, labels, areas
 * of the mart, dirty rows for the old and the new lanes. The change's new units and places get
 * their numbers.
 */
bool registry_apply_write(struct store_connection *conn, const struct catalogue *catalogue,
                          struct registry_change *change,
                          struct registry_apply_summary *ret_summary,
                          struct emis_error *err) EMIS_MUST_CHECK;

/* Take the next ref.version. Inside the transaction that holds the lock. */
bool registry_apply_bump(struct store_connection *conn, int64_t *ret_version,
                         struct emis_error *err) EMIS_MUST_CHECK;

/*
 * Places follow the calendars that are theirs, and calendars with exceptions are made, ended and
 * kept like their bases. After places, calendars or exceptions were written under this version;
 * is_all: calendars too, so that all places and calendars are looked at.
 */
bool registry_apply_follow(struct store_connection *conn, int64_t version, bool is_all,
                           struct emis_error *err) EMIS_MUST_CHECK;

/* A row of control.registry_change for something that was applied. unit_code may be NULL;
 * effective_on EMIS_DATE_INFINITY: none; submission_key -1: none. */
struct registry_apply_record {
    const char *source; /* import, event, calendar, period */
    const char *kind;
    const char *unit_code;
    int32_t effective_on;
    int64_t submission_key;
    int64_t version;
    int32_t changed_count;
};
bool registry_apply_record(struct store_connection *conn,
                           const struct registry_apply_record *record,
                           struct emis_error *err) EMIS_MUST_CHECK;
