/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a wanted change of the registry means for its rows. The units' timelines (what a unit is,
 * from one day to another) are compiled into places, parents first: a place has one parent place
 * and one set of attributes for its whole life, so a change of a unit closes and opens its places
 * and those of all below it. The result is compared with the places that stand. Pure: loading and
 * writing is apply.h's. One owner at a time.
 *
 *     registry_change_new, _add_unit, _add_standing, _start, then _state or _state_from for
 * each unit that changes, _compile, and the accessors
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct emis_arena;

/* Called for every mistake. line: of the segment, 0 when another unit suffers; column: the field at
 * fault, "" for the row; reason: one line, names the unit. */
typedef void registry_mistake_fn(void *context, size_t line, const char *column,
                                 const char *reason);

#define REGISTRY_CHANGE_NOWHERE  INT32_MIN /* no latitude, no longitude */
#define REGISTRY_CHANGE_CODE_MAX 60        /* bytes of a unit's code */

struct registry_label {
    const char *language;
    const char *name;
};

/* What a unit is from valid_from until the day before valid_to. */
struct registry_segment {
    const char *parent; /* code of the parent; NULL for the country */
    const char *name;
    const struct registry_label *labels; /* by language, each once */
    size_t label_count;
    const int16_t *attributes; /* attribute_count of them; 0: not known */
    int32_t lat_e5, lon_e5;    /* degrees * 100,000, or REGISTRY_CHANGE_NOWHERE */
    int32_t valid_from, valid_to;
    size_t line; /* where it was asked for; 0: it stands already */
};

/* A row of ref.place that stands. segment.parent is not read. */
struct registry_standing {
    int32_t place_id;
    int64_t since_version;
    int32_t parent_place_id; /* 0 for the country */
    struct registry_segment segment;
};

enum registry_change_state {
    REGISTRY_CHANGE_KEPT,    /* it stands as it is */
    REGISTRY_CHANGE_RESIZED, /* the same place with another end: the row ends, a new one takes its
                                place_id */
    REGISTRY_CHANGE_NEW
};

/* A place as it shall stand after the change. */
struct registry_change_place {
    size_t unit; /* position */
    const struct registry_change_place *parent;
    size_t lane_unit;                       /* position of the unit whose id is the lane */
    const struct registry_segment *segment; /* its dates are the segment's, not the place's */
    int32_t valid_from, valid_to;
    int32_t place_id; /* 0 when new: the writer gives it */
    enum registry_change_state state;
};

struct registry_change_unit {
    int32_t unit_id; /* 0 when new: the writer gives it */
    const char *code;
    int16_t level_no;
    struct registry_change_place *places; /* by valid_from, once compiled */
    size_t place_count;
    int32_t changed_from, changed_to; /* days on which something is other than before; empty when
                                         changed_from >= changed_to */
};

/* A standing row that ends. */
struct registry_change_ended {
    size_t unit; /* position */
    const struct registry_segment *segment;
    int32_t place_id;
    int64_t since_version;
    bool is_replaced; /* a resized row follows */
};

struct registry_change;

/* What a unit's code may be, as submissions carry it: 1 to REGISTRY_CHANGE_CODE_MAX letters, digits
 * and _ . : / - */
bool registry_change_is_code(const char *code) EMIS_MUST_CHECK;

struct registry_change *registry_change_new(size_t level_count, size_t attribute_count);
/* For what is handed to the change: lives as long as it does. */
struct emis_arena *registry_change_arena(struct registry_change *change);

/* A unit that is registered, or with unit_id 0 one that shall be. Returns its position. code is
 * copied; a code twice is an assertion. */
size_t registry_change_add_unit(struct registry_change *change, int32_t unit_id, const char *code,
                                int16_t level_no);
/* SIZE_MAX if there is none. */
size_t registry_change_find(const struct registry_change *change, const char *code);
/* A standing row of the unit at a position; texts and arrays are borrowed for the life of the
 * change. */
void registry_change_add_standing(struct registry_change *change, size_t unit,
                                  const struct registry_standing *standing);
/* All that stands is in: derive the timelines. */
void registry_change_start(struct registry_change *change);

/* The unit's timeline, by valid_from; borrowed. */
const struct registry_segment *registry_change_timeline(const struct registry_change *change,
                                                        size_t unit, size_t *ret_count);
/* What the unit's standing rows say of a day, whatever was stated since; of a day in a gap or after
 * the last what they said before it, of a day before all what the first says. NULL: none stands. */
const struct registry_segment *registry_change_stood(const struct registry_change *change,
                                                     size_t unit, int32_t day);
/* The full statement about a unit: its whole timeline. The array is copied, what it points to is
 * borrowed. */
void registry_change_state(struct registry_change *change, size_t unit,
                           const struct registry_segment *segments, size_t count);
/* The statement about a unit from the first day on that the segments name: what its timeline says
 * of the days before stays, and ends there unless the first segment goes on with it. Segments from
 * the unit's first day or an earlier one are the full statement. Stated again it changes nothing.
 */
void registry_change_state_from(struct registry_change *change, size_t unit,
                                const struct registry_segment *segments, size_t count);

/*
 * Check the whole and compile. E_REGISTRY with the first mistake (pointer = its column) when the
 * change contradicts itself or the registry: empty or overlapping dates, a parent that is unknown,
 * of another level than the one above, or not open for the whole time, a second country, units
 * below that would lose their parent.
 */
bool registry_change_compile(struct registry_change *change, registry_mistake_fn *on_mistake,
                             void *context, struct emis_error *err) EMIS_MUST_CHECK;

/* Of a compiled change. Positions run by order of adding. */
size_t registry_change_unit_count(const struct registry_change *change);
struct registry_change_unit *registry_change_unit_at(const struct registry_change *change,
                                                     size_t unit);
/* The units' positions, upper levels first. */
const size_t *registry_change_order(const struct registry_change *change);
const struct registry_change_ended *registry_change_ended(const struct registry_change *change,
                                                          size_t *ret_count);

void registry_change_free(struct registry_change *change);
