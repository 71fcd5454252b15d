/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry in memory: units, places, periods and calendars as of one ref.version, read in one
 * transaction. Immutable after loading; any thread may read it. Replaced whole when ref.version has
 * moved.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct store_connection;

struct registry_place {
    int32_t place_id;
    int32_t parent_place_id; /* 0 for the country */
    int32_t lane; /* unit_id of the top area under the country; the country's own unit_id for the
                     country */
    int32_t valid_from, valid_to; /* days, half-open; EMIS_DATE_INFINITY */
    const int16_t *attributes;    /* one per catalogue attribute, in its order; 0 = not known */
};

struct registry_unit {
    int32_t unit_id;
    const char *code;
    int16_t level_no;
    const struct registry_place *places; /* standing ones, by valid_from; do not overlap */
    size_t place_count;
};

/* A dated code of a unit in another scheme (exam board, donor). */
struct registry_foreign_code {
    const char *code; /* "<scheme>:<code>" */
    int32_t unit_id;
    int32_t valid_from, valid_to; /* days, half-open; INT32_MIN and EMIS_DATE_INFINITY: no end */
};

struct registry_period {
    int32_t period_id;
    enum catalogue_period_kind kind;
    const char *code;
    int32_t starts_on, ends_on; /* inclusive */
    int16_t school_year;
};

struct registry;

/* Statements used, registered by the loader itself. Reads in its own REPEATABLE READ transaction:
 * conn must be idle. */
bool registry_load(struct store_connection *conn, const struct catalogue *catalogue,
                   struct registry **ret_registry, struct emis_error *err) EMIS_MUST_CHECK;
int64_t registry_version(const struct registry *registry);
size_t registry_unit_count(const struct registry *registry);
const struct registry_unit *registry_unit_at(const struct registry *registry, size_t index);

/* NULL if there is none. code need not be NUL-terminated. */
const struct registry_unit *registry_unit_find(const struct registry *registry, const char *code,
                                               size_t size);
/* The unit that a code of another scheme, written "<scheme>:<code>", stands for on a day. NULL when
 * it stands for none then; *ret_is_known says whether it stands for a unit on any day. */
const struct registry_unit *registry_unit_by_foreign(const struct registry *registry,
                                                     const char *code, size_t size, int32_t day,
                                                     bool *ret_is_known);
const struct registry_unit *registry_unit_by_id(const struct registry *registry, int32_t unit_id);
const struct registry_period *registry_period_find(const struct registry *registry,
                                                   const char *code, size_t size);
/* The place of a unit on a day, NULL if it was not open. */
const struct registry_place *registry_place_on(const struct registry_unit *unit, int32_t day);
/* The place above, and whose it is; NULL for the country's. */
const struct registry_place *registry_place_above(const struct registry *registry,
                                                  const struct registry_place *place,
                                                  const struct registry_unit **ret_unit);
void registry_free(struct registry *registry);

/* Build one from arrays (copied), for tests and tools that have no database. units must be sorted
 * by nothing in particular. */
struct registry *registry_new(int64_t version, const struct registry_unit *units, size_t unit_count,
                              size_t attribute_count, const struct registry_period *periods,
                              size_t period_count);
/* The same with codes of other schemes, in any order; those of one code must not overlap. */
struct registry *registry_new_with_codes(int64_t version, const struct registry_unit *units,
                                         size_t unit_count, size_t attribute_count,
                                         const struct registry_period *periods, size_t period_count,
                                         const struct registry_foreign_code *codes,
                                         size_t code_count);
