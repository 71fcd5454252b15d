/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import of a list of areas and schools. From the first day that the list names for a unit on, its
 * rows are the unit's timeline; what stood before that day stays, and so do units that the list
 * does not name. A list that names the unit's first day or an earlier one replaces all of it.
 * Checked as a whole and applied in one transaction, or not at all. Blocking; the connection's
 * thread.
 */
#pragma once

#include "lib/registry/apply.h"

/* A row of the list, every cell as text; NULL or "" is empty. Borrowed during the call. */
struct registry_apply_row {
    size_t line; /* for mistakes */
    const char *code;
    const char *level;  /* code of the level */
    const char *parent; /* empty for the country */
    const char *name;
    const struct registry_label *labels; /* names in other languages; an empty name is none */
    size_t label_count;
    const char *const
        *attributes; /* one code per attribute of the catalogue, in its order; "": not known; NULL,
                        or no array: what stands on the row's first day */
    const char *valid_from; /* YYYY-MM-DD */
    const char *valid_to;   /* YYYY-MM-DD, the first day after; empty: open */
    const char *lat; /* decimal degrees, at most 5 digits after the point; empty: not known */
    const char *lon;
};

/* A place that would open ('+'), be withdrawn ('-'), or end on another day ('~'). Borrowed during
 * the call. */
struct registry_apply_difference {
    char sign;
    const char *code;
    const char *level;
    const char *name;
    const char *parent; /* NULL for the country */
    int32_t valid_from, valid_to;
    const char *attributes; /* '+': those that are other than what stands on valid_from, as
                               "ownership government -> private"; else "" */
};

struct registry_apply_units_options {
    bool is_dry_run;                 /* look, write nothing */
    registry_mistake_fn *on_mistake; /* may be NULL; called for every mistake */
    void (*on_difference)(void *context,
                          const struct registry_apply_difference *difference); /* may be NULL */
    void *context;
};

/*
 * conn must be idle. E_REGISTRY when the list contradicts itself or the registry: on_mistake has
 * told each mistake, err holds the first with its column as pointer; nothing was applied. Takes and
 * commits its own transaction, or rolls it back.
 */
bool registry_apply_units(struct store_connection *conn, const struct catalogue *catalogue,
                          const struct registry_apply_row *rows, size_t count,
                          const struct registry_apply_units_options *options,
                          struct registry_apply_summary *ret_summary,
                          struct emis_error *err) EMIS_MUST_CHECK;
