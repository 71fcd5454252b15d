/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an import of codes of other schemes would change: its rows read and checked as a whole, and
 * compared with the rows that stand. A list is the full statement about the codes that it names;
 * codes that it does not name stay as they are. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/registry/change.h"

struct emis_arena;

#define REGISTRY_CODES_BEGINNING INT32_MIN /* PostgreSQL's '-infinity'::date */

/* Every cell as text; NULL or "" is empty. Borrowed. */
struct registry_codes_row {
    size_t line;            /* for mistakes */
    const char *scheme;     /* [a-z][a-z0-9_]{0,40} */
    const char *code;       /* in that scheme */
    const char *unit;       /* the registry's code; empty: the code stands for nothing any more */
    const char *valid_from; /* YYYY-MM-DD; empty: always */
    const char *valid_to;   /* YYYY-MM-DD, the first day after; empty: open */
};

/* A code that stands for a unit from one day to another. */
struct registry_codes_span {
    const char *scheme;
    const char *code;
    int32_t unit_id;
    int32_t valid_from, valid_to; /* half-open; REGISTRY_CODES_BEGINNING, EMIS_DATE_INFINITY */
    int64_t since_version;        /* of a standing one */
    size_t line;                  /* of a stated one */
};

struct registry_codes_unit {
    const char *code;
    int32_t unit_id;
};

struct registry_codes_plan {
    struct registry_codes_span *ended; /* standing rows that are not stated again */
    size_t ended_count;
    struct registry_codes_span *added;
    size_t added_count;
    size_t kept_count;
};

/*
 * units: those that the rows name, as far as they exist; standing: the standing spans of the codes
 * that the rows name; both in any order. E_REGISTRY after telling every mistake (on_mistake may be
 * NULL): cells that are no scheme, code or day, an unknown unit, the same row twice, overlapping
 * rows of one code; err holds the first with its column as pointer. The plan lives in the arena and
 * borrows from all arguments.
 */
bool registry_codes_plan(struct emis_arena *arena, const struct registry_codes_row *rows,
                         size_t count, const struct registry_codes_unit *units, size_t unit_count,
                         const struct registry_codes_span *standing, size_t standing_count,
                         registry_mistake_fn *on_mistake, void *context,
                         struct registry_codes_plan *ret_plan,
                         struct emis_error *err) EMIS_MUST_CHECK;
