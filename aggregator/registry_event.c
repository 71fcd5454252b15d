/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/registry_event.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"

#define EDITED_LINE 1 /* marks segments that the event itself asks for */

struct editing {
    const struct agg_registry_event *event;
    const struct catalogue *catalogue;
    struct registry_change *change;
    struct emis_arena *arena; /* the change's */
    struct agg_registry_succession *successions;
    size_t succession_count;
    struct emis_error *err;
};

/* A timeline being edited: cut at the event's day. */
struct timeline {
    struct registry_segment *segments;
    size_t count;
    size_t first_after; /* the first segment that begins on or after the day */
};

static bool refuse(const struct editing *editing, const char *pointer, const char *format, ...)
    EMIS_PRINTF(3, 4);

static bool refuse(const struct editing *editing, const char *pointer, const char *format, ...)
{
    char reason[400];
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    return emis_error_set_at(editing->err, E_REGISTRY, pointer, "%s", reason);
}

const char *agg_registry_event_pointer(size_t line, const char *column)
{
    if (line == EDITED_LINE && strcmp(column, "parent") == 0) {
        return "/data/parent";
    }
    if (line == EDITED_LINE &&
        (strcmp(column, "valid_from") == 0 || strcmp(column, "valid_to") == 0)) {
        return "/data/effective_on";
    }
    return line == EDITED_LINE && strcmp(column, "level") == 0 ? "/data/level" : "/data/subject";
}

/* The unit's timeline with a cut on the day: no segment holds both the day before and the day. Room
 * for two more. */
static struct timeline cut(const struct editing *editing, size_t unit)
{
    int32_t day = editing->event->effective_on;
    struct timeline timeline = {.count = 0};
    size_t count;
    const struct registry_segment *old = registry_change_timeline(editing->change, unit, &count);

    timeline.segments = emis_arena_alloc(editing->arena, (count + 3) * sizeof(*timeline.segments));
    for (size_t i = 0; i < count; i++) {
        timeline.segments[timeline.count] = old[i];
        if (old[i].valid_from < day && day < old[i].valid_to) {
            timeline.segments[timeline.count++].valid_to = day;
            timeline.segments[timeline.count] = old[i];
            timeline.segments[timeline.count].valid_from = day;
        }
        timeline.count++;
    }
    while (timeline.first_after < timeline.count &&
           timeline.segments[timeline.first_after].valid_from < day) {
        timeline.first_after++;
    }
    return timeline;
}

static void keep(const struct editing *editing, size_t unit, const struct timeline *timeline)
{
    registry_change_state(editing->change, unit, timeline->segments, timeline->count);
}

/* A registered unit that is open on the day. */
static bool find_open(const struct editing *editing, const char *code, const char *pointer,
                      size_t *ret_unit, struct timeline *ret_timeline)
{
    size_t unit = registry_change_find(editing->change, code);
    char day[16];

    if (unit == SIZE_MAX) {
        return refuse(editing, pointer, "%s is not registered", code);
    }
    *ret_unit = unit;
    *ret_timeline = cut(editing, unit);
    emis_date_format(editing->event->effective_on, day);
    if (ret_timeline->first_after == ret_timeline->count ||
        ret_timeline->segments[ret_timeline->first_after].valid_from !=
            editing->event->effective_on) {
        return refuse(editing, pointer, "%s is not open on %s", code, day);
    }
    return true;
}

/* Whether a unit lies below another one (or is it) on the day or the day before. */
static bool is_below(const struct editing *editing, const char *code, const char *area)
{
    size_t unit = registry_change_find(editing->change, code);

    for (size_t steps = 0; unit != SIZE_MAX && steps <= editing->catalogue->level_count; steps++) {
        const char *parent = NULL;
        size_t count;
        const struct registry_segment *segments =
            registry_change_timeline(editing->change, unit, &count);

        if (strcmp(registry_change_unit_at(editing->change, unit)->code, area) == 0) {
            return true;
        }
        for (size_t i = 0; i < count; i++) {
            if (segments[i].valid_from <= editing->event->effective_on &&
                editing->event->effective_on <= segments[i].valid_to) {
                parent = segments[i].parent;
            }
        }
        unit = parent == NULL ? SIZE_MAX : registry_change_find(editing->change, parent);
    }
    return false;
}

static bool check_sender(const struct editing *editing, const char *code, const char *pointer)
{
    if (!is_below(editing, code, editing->event->sender_unit)) {
        return refuse(editing, pointer, "%s does not lie in %s, which sent the event", code,
                      editing->event->sender_unit);
    }
    return true;
}

/* The labels of both, the event's first where both have the language. */
static void set_labels(const struct editing *editing, struct registry_segment *segment,
                       const struct registry_label *labels, size_t label_count)
{
    struct registry_label *both =
        emis_arena_alloc(editing->arena, (segment->label_count + label_count + 1) * sizeof(*both));
    size_t count = 0, i = 0, j = 0;

    while (i < segment->label_count || j < label_count) {
        int order = i == segment->label_count ? 1
                    : j == label_count        ? -1
                                       : strcmp(segment->labels[i].language, labels[j].language);

        both[count++] = order < 0 ? segment->labels[i] : labels[j];
        i += order <= 0;
        j += order >= 0;
    }
    segment->labels = both;
    segment->label_count = count;
}

/* What the event says of the unit itself. */
static void set_content(const struct editing *editing, struct registry_segment *segment)
{
    const struct agg_registry_event *event = editing->event;
    int16_t *attributes = emis_arena_alloc(
        editing->arena, (editing->catalogue->attribute_count + 1) * sizeof(*attributes));

    if (*event->name != '\0') {
        segment->name = event->name;
    }
    set_labels(editing, segment, event->labels, event->label_count);
    for (size_t i = 0; i < editing->catalogue->attribute_count; i++) {
        attributes[i] = event->attributes[i] != 0     ? event->attributes[i]
                        : segment->attributes != NULL ? segment->attributes[i]
                                                      : 0;
    }
    segment->attributes = attributes;
    segment->line = EDITED_LINE;
}

/* A new unit's code: the import's rule. */
static bool check_code(const struct editing *editing, const char *code, const char *pointer)
{
    return registry_change_is_code(code) ||
           refuse(editing, pointer, "\"%s\" is no code: 1 to %d letters, digits or _ . : / -", code,
                  REGISTRY_CHANGE_CODE_MAX);
}

static bool state_open(struct editing *editing)
{
    const struct agg_registry_event *event = editing->event;
    size_t unit = registry_change_find(editing->change, event->subject);
    int16_t level_no = -1;
    struct timeline timeline;
    struct registry_segment *segment;

    for (size_t i = 0; i < editing->catalogue->level_count; i++) {
        level_no =
            strcmp(editing->catalogue->levels[i].code, event->level) == 0 ? (int16_t) i : level_no;
    }
    if (level_no <= 0) {
        return refuse(editing, "/data/level", "there is no level \"%s\" below the country",
                      event->level);
    }
    if (unit != SIZE_MAX && registry_change_unit_at(editing->change, unit)->level_no != level_no) {
        return refuse(editing, "/data/level",
                      "%s is registered with another level; a unit's level never changes",
                      event->subject);
    }
    if (registry_change_find(editing->change, event->parent) == SIZE_MAX) {
        return refuse(editing, "/data/parent", "%s is not registered", event->parent);
    }
    if (!check_sender(editing, event->parent, "/data/parent")) {
        return false;
    }
    if (unit == SIZE_MAX) {
        if (!check_code(editing, event->subject, "/data/subject")) {
            return false;
        }
        unit = registry_change_add_unit(editing->change, 0, event->subject, level_no);
    }
    timeline = cut(editing, unit);
    if (timeline.first_after < timeline.count) {
        return refuse(editing, "/data/subject", "%s is open then, or later, already",
                      event->subject);
    }
    segment = &timeline.segments[timeline.count++];
    *segment = (struct registry_segment){.parent = event->parent,
                                         .lat_e5 = REGISTRY_CHANGE_NOWHERE,
                                         .lon_e5 = REGISTRY_CHANGE_NOWHERE,
                                         .valid_from = event->effective_on,
                                         .valid_to = EMIS_DATE_INFINITY};
    set_content(editing, segment);
    keep(editing, unit, &timeline);
    return true;
}

/* From the day on it is no more. */
static bool end_unit(struct editing *editing, size_t unit, struct timeline *timeline)
{
    if (timeline->first_after == 0) {
        return refuse(editing, "/data/effective_on", "%s opens on that day or later",
                      editing->event->subject);
    }
    timeline->count = timeline->first_after;
    timeline->segments[timeline->count - 1].line = EDITED_LINE;
    keep(editing, unit, timeline);
    return true;
}

static bool state_close(struct editing *editing)
{
    struct timeline timeline;
    size_t unit;

    return find_open(editing, editing->event->subject, "/data/subject", &unit, &timeline) &&
           end_unit(editing, unit, &timeline);
}

/* From the day on, as long as the unit keeps its parent: later moves that are known already stay.
 */
static bool state_move(struct editing *editing)
{
    const struct agg_registry_event *event = editing->event;
    struct timeline timeline;
    const char *old_parent;
    size_t unit;

    if (!find_open(editing, event->subject, "/data/subject", &unit, &timeline)) {
        return false;
    }
    old_parent = timeline.segments[timeline.first_after].parent;
    if (old_parent == NULL) {
        return refuse(editing, "/data/subject", "the country does not move");
    }
    for (size_t i = timeline.first_after;
         i < timeline.count && strcmp(timeline.segments[i].parent, old_parent) == 0; i++) {
        timeline.segments[i].parent = event->parent;
        set_content(editing, &timeline.segments[i]);
    }
    keep(editing, unit, &timeline);
    return true;
}

/* From the day on; a later name that is known already stays. */
static bool state_rename(struct editing *editing)
{
    struct timeline timeline;
    const char *old_name;
    size_t unit;

    if (!find_open(editing, editing->event->subject, "/data/subject", &unit, &timeline)) {
        return false;
    }
    old_name = timeline.segments[timeline.first_after].name;
    for (size_t i = timeline.first_after;
         i < timeline.count && strcmp(timeline.segments[i].name, old_name) == 0; i++) {
        set_content(editing, &timeline.segments[i]);
    }
    keep(editing, unit, &timeline);
    return true;
}

static void add_succession(struct editing *editing, const char *kind, const char *to,
                           int16_t weight_percent)
{
    editing->successions[editing->succession_count++] =
        (struct agg_registry_succession){.from = editing->event->subject,
                                         .to = to,
                                         .kind = kind,
                                         .weight_percent = weight_percent,
                                         .effective_on = editing->event->effective_on};
}

/* Who is below the subject from the day on goes below the heir. */
static void move_children(struct editing *editing, const char *heir)
{
    for (size_t unit = 0; unit < registry_change_unit_count(editing->change); unit++) {
        size_t count;
        const struct registry_segment *segments =
            registry_change_timeline(editing->change, unit, &count);
        struct timeline timeline;
        bool is_child = false;

        for (size_t i = 0; i < count; i++) {
            is_child = is_child || (segments[i].valid_to > editing->event->effective_on &&
                                    segments[i].parent != NULL &&
                                    strcmp(segments[i].parent, editing->event->subject) == 0);
        }
        if (!is_child) {
            continue;
        }
        timeline = cut(editing, unit);
        for (size_t i = timeline.first_after; i < timeline.count; i++) {
            if (strcmp(timeline.segments[i].parent, editing->event->subject) == 0) {
                timeline.segments[i].parent = heir;
                timeline.segments[i].line = EDITED_LINE;
            }
        }
        keep(editing, unit, &timeline);
    }
}

static bool state_merge(struct editing *editing)
{
    const struct agg_registry_event *event = editing->event;
    struct timeline timeline, heir_timeline;
    size_t unit, heir;

    if (!find_open(editing, event->subject, "/data/subject", &unit, &timeline) ||
        !find_open(editing, event->merged_into, "/data/merged_into", &heir, &heir_timeline)) {
        return false;
    }
    if (unit == heir || registry_change_unit_at(editing->change, unit)->level_no !=
                            registry_change_unit_at(editing->change, heir)->level_no) {
        return refuse(editing, "/data/merged_into", "%s is not another unit of the same level",
                      event->merged_into);
    }
    move_children(editing, event->merged_into);
    add_succession(editing, "merge", event->merged_into, 100);
    return end_unit(editing, unit, &timeline);
}

static void set_part(const struct editing *editing, const struct agg_registry_part *part,
                     struct registry_segment *segment)
{
    segment->name = part->name;
    segment->line = EDITED_LINE;
    set_labels(editing, segment, part->labels, part->label_count);
}

/* The subject as a part of its own split; a later name that is known already stays. */
static void keep_part(const struct editing *editing, const struct agg_registry_part *part,
                      size_t unit, struct timeline *timeline)
{
    const char *old_name = timeline->segments[timeline->first_after].name;

    for (size_t i = timeline->first_after;
         i < timeline->count && strcmp(timeline->segments[i].name, old_name) == 0; i++) {
        set_part(editing, part, &timeline->segments[i]);
    }
    keep(editing, unit, timeline);
}

/* Another part of a split, with what the subject is from the day on, until it ends: moves that are
 * known already are the part's too. */
static bool open_part(struct editing *editing, const struct agg_registry_part *part,
                      const struct timeline *was, int16_t level_no)
{
    size_t unit = registry_change_find(editing->change, part->unit), count = 0;
    struct registry_segment *segments;
    struct timeline timeline;

    if (unit == SIZE_MAX && !check_code(editing, part->unit, "/data/part")) {
        return false;
    }
    if (unit == SIZE_MAX) {
        unit = registry_change_add_unit(editing->change, 0, part->unit, level_no);
    } else if (registry_change_unit_at(editing->change, unit)->level_no != level_no) {
        return refuse(editing, "/data/part", "%s is registered with another level", part->unit);
    }
    timeline = cut(editing, unit);
    if (timeline.first_after < timeline.count) {
        return refuse(editing, "/data/part", "%s is open then, or later, already", part->unit);
    }
    segments = emis_arena_alloc(editing->arena, (timeline.count + was->count) * sizeof(*segments));
    for (size_t i = 0; i < timeline.count; i++) {
        segments[count++] = timeline.segments[i];
    }
    for (size_t i = was->first_after;
         i < was->count &&
         (i == was->first_after || was->segments[i].valid_from == was->segments[i - 1].valid_to);
         i++) {
        segments[count] = was->segments[i];
        set_part(editing, part, &segments[count++]);
    }
    registry_change_state(editing->change, unit, segments, count);
    return true;
}

/* Where the weights are not known each part has the same share; what does not divide goes to the
 * first. */
static int16_t weight_of(const struct agg_registry_event *event, size_t part)
{
    int16_t share = (int16_t) (100 / event->part_count);

    for (size_t i = 0; i < event->part_count; i++) {
        if (event->parts[i].weight_percent == 0) {
            return (int16_t) (share + (part == 0 ? 100 - share * (int) event->part_count : 0));
        }
    }
    return event->parts[part].weight_percent;
}

static bool state_split(struct editing *editing)
{
    const struct agg_registry_event *event = editing->event;
    struct timeline timeline, was;
    int16_t level_no;
    bool goes_on = false;
    size_t unit;

    if (!find_open(editing, event->subject, "/data/subject", &unit, &timeline)) {
        return false;
    }
    was = cut(editing, unit); /* its own copy: the subject's is edited */
    level_no = registry_change_unit_at(editing->change, unit)->level_no;
    for (size_t i = 0; i < event->part_count; i++) {
        goes_on = goes_on || strcmp(event->parts[i].unit, event->subject) == 0;
    }
    if (!goes_on && !end_unit(editing, unit, &timeline)) {
        return false;
    }
    for (size_t i = 0; i < event->part_count; i++) {
        if (strcmp(event->parts[i].unit, event->subject) == 0) {
            keep_part(editing, &event->parts[i], unit, &timeline);
        } else if (!open_part(editing, &event->parts[i], &was, level_no)) {
            return false;
        }
        add_succession(editing, "split", event->parts[i].unit, weight_of(event, i));
    }
    return true;
}

static const struct {
    const char *kind;
    bool (*state)(struct editing *editing);
} kinds[] = {{"open", state_open},     {"close", state_close}, {"move", state_move},
             {"rename", state_rename}, {"merge", state_merge}, {"split", state_split}};

bool agg_registry_event_state(const struct agg_registry_event *event,
                              const struct catalogue *catalogue, struct registry_change *change,
                              const struct agg_registry_succession **ret_successions,
                              size_t *ret_count, struct emis_error *err)
{
    struct editing editing = {.event = event,
                              .catalogue = catalogue,
                              .change = change,
                              .arena = registry_change_arena(change),
                              .err = err};

    editing.successions =
        emis_arena_alloc(editing.arena, (event->part_count + 2) * sizeof(*editing.successions));
    if (strcmp(event->kind, "open") != 0 &&
        registry_change_find(change, event->subject) != SIZE_MAX &&
        !check_sender(&editing, event->subject, "/data/subject")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, event->kind) == 0) {
            if (!kinds[i].state(&editing)) {
                return false;
            }
            *ret_successions = editing.successions;
            *ret_count = editing.succession_count;
            return true;
        }
    }
    return refuse(&editing, "/data/kind", "\"%s\" is no kind of event that the applier knows",
                  event->kind);
}
