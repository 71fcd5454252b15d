/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/change_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"

struct compilation {
    struct registry_change *change;
    registry_mistake_fn *on_mistake;
    void *context;
    struct emis_error *err;
    size_t mistake_count;
};

static void mistake(struct compilation *compilation, size_t line, const char *column,
                    const char *format, ...) EMIS_PRINTF(4, 5);

static void mistake(struct compilation *compilation, size_t line, const char *column,
                    const char *format, ...)
{
    char reason[400];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (compilation->mistake_count++ == 0) {
        (void) emis_error_set_at(compilation->err, E_REGISTRY, column, "%s", reason);
    }
    if (compilation->on_mistake != NULL) {
        compilation->on_mistake(compilation->context, line, column, reason);
    }
}

static bool is_same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

bool change_segments_agree(const struct registry_segment *a, const struct registry_segment *b,
                           size_t attribute_count)
{
    if (!is_same_text(a->name, b->name) || a->lat_e5 != b->lat_e5 || a->lon_e5 != b->lon_e5 ||
        a->label_count != b->label_count) {
        return false;
    }
    for (size_t i = 0; i < a->label_count; i++) {
        if (!is_same_text(a->labels[i].language, b->labels[i].language) ||
            !is_same_text(a->labels[i].name, b->labels[i].name)) {
            return false;
        }
    }
    return attribute_count == 0 ||
           memcmp(a->attributes, b->attributes, attribute_count * sizeof *a->attributes) == 0;
}

void change_segments_join(struct change_unit *unit, size_t attribute_count)
{
    size_t kept = 0;
    for (size_t i = 1; i < unit->segment_count; i++) {
        struct registry_segment *last = &unit->segments[kept];
        const struct registry_segment *next = &unit->segments[i];
        if (last->valid_to == next->valid_from && is_same_text(last->parent, next->parent) &&
            change_segments_agree(last, next, attribute_count)) {
            last->valid_to = next->valid_to;
        } else {
            unit->segments[++kept] = *next;
        }
    }
    unit->segment_count = unit->segment_count == 0 ? 0 : kept + 1;
}

/* A stable counting sort by level. */
static void order_units(struct registry_change *change)
{
    size_t next = 0;
    change->order =
        emis_arena_alloc(change->arena, (change->unit_count + 1) * sizeof *change->order);
    for (size_t level = 0; level < change->level_count; level++) {
        for (size_t i = 0; i < change->unit_count; i++) {
            if (change->units[i].unit.level_no == (int16_t) level) {
                change->order[next++] = i;
            }
        }
    }
    EMIS_ASSERT(next == change->unit_count);
}

static const char *show_day(int32_t day, char out[16])
{
    if (day == EMIS_DATE_INFINITY) {
        (void) snprintf(out, 16, "open");
    } else {
        emis_date_format(day, out);
    }
    return out;
}

static void check_dates(struct compilation *compilation, const struct change_unit *unit)
{
    char day[16];
    for (size_t i = 0; i < unit->segment_count; i++) {
        const struct registry_segment *segment = &unit->segments[i];
        if (segment->valid_from >= segment->valid_to) {
            mistake(compilation, segment->line, "valid_to",
                    "%s: it ends on %s, not after it begins", unit->unit.code,
                    show_day(segment->valid_to, day));
        }
        if (i > 0 && unit->segments[i - 1].valid_to > segment->valid_from) {
            mistake(compilation, segment->line, "valid_from", "%s: another row covers %s already",
                    unit->unit.code, show_day(segment->valid_from, day));
        }
    }
}

/* The unit that a segment names as its parent, or NULL after a mistake. */
static const struct change_unit *find_parent(struct compilation *compilation,
                                             const struct change_unit *unit,
                                             const struct registry_segment *segment)
{
    const char *code = unit->unit.code;
    size_t found;
    if (segment->parent == NULL) {
        mistake(compilation, segment->line, "parent",
                "%s: it has no parent; only the country has none", code);
        return NULL;
    }
    found = registry_change_find(compilation->change, segment->parent);
    if (found == SIZE_MAX) {
        mistake(compilation, segment->line, "parent", "%s: its parent %s is not registered", code,
                segment->parent);
        return NULL;
    }
    const struct change_unit *parent = &compilation->change->units[found];
    if (parent->is_broken) {
        return NULL; /* the parent's mistake has been told: not again for each unit below */
    }
    if (parent == unit) {
        mistake(compilation, segment->line, "parent", "%s: it is its own parent", code);
        return NULL;
    }
    if (parent->unit.level_no != unit->unit.level_no - 1) {
        mistake(compilation, segment->line, "parent",
                "%s: its parent %s is of level %d, not of the level above (%d)", code,
                segment->parent, parent->unit.level_no, unit->unit.level_no - 1);
        return NULL;
    }
    return parent;
}

static void add_place(struct change_unit *unit, const struct registry_segment *segment,
                      const struct registry_change_place *parent, int32_t from, int32_t to)
{
    unit->unit.places[unit->unit.place_count++] =
        (struct registry_change_place){.parent = parent,
                                       .segment = segment,
                                       .valid_from = from,
                                       .valid_to = to,
                                       .state = REGISTRY_CHANGE_NEW};
}

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t earlier(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Cut a segment where its parent's places meet; every day needs one of them. */
static void cut_segment(struct compilation *compilation, struct change_unit *unit,
                        const struct registry_segment *segment, const struct change_unit *parent)
{
    int32_t reached = segment->valid_from;
    char from[16];
    char to[16];
    for (size_t i = 0; i < parent->unit.place_count && reached < segment->valid_to; i++) {
        const struct registry_change_place *place = &parent->unit.places[i];
        if (place->valid_to <= reached || place->valid_from >= segment->valid_to) {
            continue;
        }
        if (place->valid_from > reached) {
            break;
        }
        int32_t end = earlier(place->valid_to, segment->valid_to);
        add_place(unit, segment, place, reached, end);
        reached = end;
    }
    if (reached < segment->valid_to) {
        mistake(compilation, segment->line, "parent",
                "%s: its parent %s is not open on %s, while it is from %s on", unit->unit.code,
                segment->parent, show_day(reached, from), show_day(segment->valid_from, to));
    }
}

static void cut_unit(struct compilation *compilation, struct change_unit *unit)
{
    size_t capacity = 0;
    for (size_t i = 0; i < unit->segment_count; i++) {
        size_t parent = unit->segments[i].parent == NULL
                            ? SIZE_MAX
                            : registry_change_find(compilation->change, unit->segments[i].parent);
        capacity +=
            parent == SIZE_MAX ? 1 : compilation->change->units[parent].unit.place_count + 1;
    }
    unit->unit.places =
        emis_arena_alloc(compilation->change->arena, (capacity + 1) * sizeof *unit->unit.places);
    unit->unit.place_count = 0;
    for (size_t i = 0; i < unit->segment_count; i++) {
        const struct registry_segment *segment = &unit->segments[i];
        if (unit->unit.level_no == 0) {
            if (segment->parent != NULL) {
                mistake(compilation, segment->line, "parent", "%s: the country has no parent",
                        unit->unit.code);
            }
            add_place(unit, segment, NULL, segment->valid_from, segment->valid_to);
            continue;
        }
        const struct change_unit *parent = find_parent(compilation, unit, segment);
        if (parent != NULL) {
            cut_segment(compilation, unit, segment, parent);
        }
    }
}

static void note_change(struct registry_change_unit *unit, int32_t from, int32_t to)
{
    unit->changed_from = earlier(unit->changed_from, from);
    unit->changed_to = later(unit->changed_to, to);
}

/* The standing row that goes on as this place: the same parent place, the same content, the same
 * first day. */
static struct change_standing *find_standing(const struct registry_change *change,
                                             const struct change_unit *unit,
                                             const struct registry_change_place *place)
{
    int32_t parent_id = place->parent == NULL ? 0 : place->parent->place_id;
    if (place->parent != NULL && parent_id == 0) {
        return NULL;
    }
    for (size_t i = 0; i < unit->standing_count; i++) {
        struct change_standing *standing = &unit->standing[i];
        if (!standing->is_taken && standing->row.segment.valid_from == place->valid_from &&
            standing->row.parent_place_id == parent_id &&
            change_segments_agree(&standing->row.segment, place->segment,
                                  change->attribute_count)) {
            return standing;
        }
    }
    return NULL;
}

static void end_row(struct registry_change *change, const struct change_standing *standing,
                    bool is_replaced)
{
    change->ended[change->ended_count++] =
        (struct registry_change_ended){.unit = standing->unit,
                                       .segment = &standing->row.segment,
                                       .place_id = standing->row.place_id,
                                       .since_version = standing->row.since_version,
                                       .is_replaced = is_replaced};
}

static void match_unit(struct registry_change *change, size_t position)
{
    struct change_unit *unit = &change->units[position];
    unit->unit.changed_from = EMIS_DATE_INFINITY;
    unit->unit.changed_to = INT32_MIN;
    for (size_t i = 0; i < unit->unit.place_count; i++) {
        struct registry_change_place *place = &unit->unit.places[i];
        struct change_standing *standing = find_standing(change, unit, place);
        place->unit = position;
        place->lane_unit = unit->unit.level_no <= 1 ? position : place->parent->lane_unit;
        if (standing == NULL) {
            note_change(&unit->unit, place->valid_from, place->valid_to);
            continue;
        }
        int32_t old_to = standing->row.segment.valid_to;
        standing->is_taken = true;
        place->place_id = standing->row.place_id;
        place->state = old_to == place->valid_to ? REGISTRY_CHANGE_KEPT : REGISTRY_CHANGE_RESIZED;
        if (place->state == REGISTRY_CHANGE_RESIZED) {
            note_change(&unit->unit, earlier(old_to, place->valid_to),
                        later(old_to, place->valid_to));
            end_row(change, standing, true);
        }
    }
    for (size_t i = 0; i < unit->standing_count; i++) {
        if (!unit->standing[i].is_taken) {
            note_change(&unit->unit, unit->standing[i].row.segment.valid_from,
                        unit->standing[i].row.segment.valid_to);
            end_row(change, &unit->standing[i], false);
        }
    }
}

static void check_countries(struct compilation *compilation)
{
    const struct change_unit *country = NULL;
    for (size_t i = 0; i < compilation->change->unit_count; i++) {
        const struct change_unit *unit = &compilation->change->units[i];
        if (unit->unit.level_no != 0 || unit->segment_count == 0) {
            continue;
        }
        if (country != NULL) {
            mistake(compilation, unit->segments[0].line, "level",
                    "%s: there is a country already, %s", unit->unit.code, country->unit.code);
        }
        country = unit;
    }
}

static bool has_broken_parent(const struct registry_change *change, const struct change_unit *unit)
{
    for (size_t i = 0; i < unit->segment_count; i++) {
        size_t parent = unit->segments[i].parent == NULL
                            ? SIZE_MAX
                            : registry_change_find(change, unit->segments[i].parent);
        if (parent != SIZE_MAX && change->units[parent].is_broken) {
            return true;
        }
    }
    return false;
}

bool registry_change_compile(struct registry_change *change, registry_mistake_fn *on_mistake,
                             void *context, struct emis_error *err)
{
    struct compilation compilation = {
        .change = change, .on_mistake = on_mistake, .context = context, .err = err};
    order_units(change);
    check_countries(&compilation);
    change->ended =
        emis_arena_alloc(change->arena, (change->standing_count + 1) * sizeof *change->ended);
    change->ended_count = 0;
    for (size_t i = 0; i < change->unit_count; i++) {
        struct change_unit *unit = &change->units[change->order[i]];
        size_t before = compilation.mistake_count;
        check_dates(&compilation, unit);
        if (compilation.mistake_count == before) {
            change_segments_join(unit, change->attribute_count);
            cut_unit(&compilation, unit);
        }
        unit->is_broken = compilation.mistake_count > before || has_broken_parent(change, unit);
        match_unit(change, change->order[i]);
    }
    return compilation.mistake_count == 0;
}
