/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a calendar mean, as far as no database is needed: dates and codes are read,
 * periods listed, closed days spread out. Pure. For calendar.c and tests. */
#pragma once

#include "lib/registry/calendar.h"
#include "lib/registry/snapshot.h"

struct emis_arena;

struct registry_calendar_period {
    int32_t period_id; /* 0: a campaign, numbered by the writer */
    enum catalogue_period_kind kind;
    const char *code;
    int32_t starts_on, ends_on;
    int16_t school_year;
    bool is_own; /* its first day lies in the school year that brought it */
    size_t line; /* 0: it stands already, or follows from a school year */
};

/* Closed days of one area, or of its places with one code of an attribute. */
struct registry_calendar_area {
    const char *code;                            /* "" is the country */
    const struct catalogue_attribute *attribute; /* NULL: of all its places */
    const char *attribute_code;
    int16_t attribute_number;
    size_t line;
    const int32_t *covered_days; /* days that the rows speak about, sorted */
    size_t covered_count;
    const int32_t *closed_days; /* sorted; a subset */
    const char *const *kinds;   /* one per closed day: weekend, exam, holiday */
    const char *const *reasons; /* one per closed day */
    size_t closed_count;
};

/* A day on which a unit is an exception. */
struct registry_calendar_exception {
    const char *unit; /* its code */
    int32_t day;
    const char *kind; /* closed, open, usual: none any more */
    const char *reason;
    size_t line;
};

struct registry_calendar_plan {
    const struct registry_calendar_period *periods; /* new ones */
    size_t period_count;
    const struct registry_calendar_area *areas;
    size_t area_count;
    const struct registry_calendar_exception *exceptions; /* by unit and day, each once */
    size_t exception_count;
};

/* catalogue: the day on which weeks begin, and the attributes. known: the school years, terms and
 * campaigns that stand. Everything in *ret_plan lives in the arena, or is the catalogue's.
 * E_REGISTRY after mistakes. */
bool registry_calendar_plan(struct emis_arena *arena, const struct catalogue *catalogue,
                            const struct registry_calendar_row *rows, size_t count,
                            const struct registry_calendar_period *known, size_t known_count,
                            registry_mistake_fn *on_mistake, void *context,
                            struct registry_calendar_plan *ret_plan,
                            struct emis_error *err) EMIS_MUST_CHECK;
