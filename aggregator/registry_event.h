/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry event means: the timelines of the units that it touches, edited. Only this module
 * knows the fields' names of a registry-event form: kind, subject, effective_on, parent, level,
 * name, name_<language>, merged_into, the attributes' codes, and the parts of a split. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "lib/registry/change.h"

struct agg_registry_part {
    const char *unit;
    const char *name;
    const struct registry_label *labels;
    size_t label_count;
    int16_t weight_percent; /* 0: not known */
};

/* Texts are "" where the event does not say. */
struct agg_registry_event {
    int64_t submission_key;
    bool was_refused;        /* before, under an older ref.version */
    const char *sender_unit; /* unit that sent it: the subject lies below it, or is it */
    const char *kind;        /* open, close, move, rename, merge, split */
    const char *subject;
    int32_t effective_on;
    const char *parent;
    const char *level;
    const char *name;
    const struct registry_label *labels;
    size_t label_count;
    const int16_t *attributes; /* one per catalogue attribute; 0: not said */
    const char *merged_into;
    const struct agg_registry_part *parts;
    size_t part_count;
};

/* A row of ref.unit_succession. */
struct agg_registry_succession {
    const char *from;
    const char *to;
    const char *kind;
    int16_t weight_percent;
    int32_t effective_on;
};

/*
 * Edit the change's timelines; *ret_successions lives in the change's arena. E_REGISTRY with a
 * pointer into the event when it cannot be: the change is then not to be used. What only the whole
 * registry tells (parents that are not open, units that would lose theirs) is found by
 * registry_change_compile.
 */
bool agg_registry_event_state(const struct agg_registry_event *event,
                              const struct catalogue *catalogue, struct registry_change *change,
                              const struct agg_registry_succession **ret_successions,
                              size_t *ret_count, struct emis_error *err) EMIS_MUST_CHECK;

/* The pointer into the event for a mistake of registry_change_compile. */
const char *agg_registry_event_pointer(size_t line, const char *column);
