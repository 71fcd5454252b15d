/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import of a list of codes that units have in other schemes (exam board, donor, former national
 * code). Submissions may then name their unit as "<scheme>:<code>", and those that parked under it
 * heal. Checked as a whole and applied in one transaction, or not at all. Blocking; the
 * connection's thread.
 */
#pragma once

#include "lib/catalogue/catalogue.h"
#include "lib/registry/codes_plan.h"

struct store_connection;

struct registry_codes_options {
    bool is_dry_run;
    registry_mistake_fn *on_mistake; /* may be NULL; called for every mistake */
    /* may be NULL; '+' for a row that would stand from now on, '-' for one that would end */
    void (*on_difference)(void *context, char sign, const struct registry_codes_span *span);
    void *context;
};

struct registry_codes_summary {
    int64_t version; /* the new ref.version, or 0 when nothing changed */
    size_t added_count;
    size_t ended_count;
    size_t kept_count;
};

/*
 * conn must be idle. E_REGISTRY: see codes_plan.h; nothing was applied. Takes and commits its own
 * transaction, or rolls it back. A submission that was settled stays where it counted when its code
 * is given to another unit.
 */
bool registry_codes_import(struct store_connection *conn, const struct catalogue *catalogue,
                           const struct registry_codes_row *rows, size_t count,
                           const struct registry_codes_options *options,
                           struct registry_codes_summary *ret_summary,
                           struct emis_error *err) EMIS_MUST_CHECK;
