/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/codes_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/registry/index.h"

#define NO_UNIT 0 /* a row that says that its code stands for nothing */

struct planning {
    struct emis_arena *arena;
    registry_mistake_fn *on_mistake;
    void *context;
    const struct registry_codes_unit *units;
    struct registry_index units_by_code;
    struct registry_codes_span *spans; /* what the rows state */
    size_t span_count;
    size_t mistake_count;
    struct emis_error *err;
};

static void mistake(struct planning *planning, size_t line, const char *column, const char *format,
                    ...) EMIS_PRINTF(4, 5);

static void mistake(struct planning *planning, size_t line, const char *column, const char *format,
                    ...)
{
    char reason[300];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (planning->mistake_count++ == 0) {
        (void) emis_error_set_at(planning->err, E_REGISTRY, column, "%s", reason);
    }
    if (planning->on_mistake != NULL) {
        planning->on_mistake(planning->context, line, column, reason);
    }
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

static void index_units(struct planning *planning, size_t count)
{
    const char **codes = emis_arena_alloc(planning->arena, (count + 1) * sizeof *codes);
    for (size_t i = 0; i < count; i++) {
        codes[i] = planning->units[i].code;
    }
    registry_index_init(&planning->units_by_code, planning->arena, codes, count);
}

static void read_names(struct planning *planning, const struct registry_codes_row *row,
                       struct registry_codes_span *span)
{
    span->scheme = row->scheme == NULL ? "" : row->scheme;
    span->code = row->code == NULL ? "" : row->code;
    if (!emis_text_is_identifier(span->scheme)) {
        mistake(planning, row->line, "scheme",
                "a scheme has 1 to 41 small letters, digits or _ and begins with a letter");
    }
    if (!registry_change_is_code(span->code)) {
        mistake(planning, row->line, "code", "a code has 1 to %d letters, digits or _ . : / -",
                REGISTRY_CHANGE_CODE_MAX);
    }
}

static void read_unit(struct planning *planning, const struct registry_codes_row *row,
                      struct registry_codes_span *span)
{
    if (is_empty(row->unit)) {
        span->unit_id = NO_UNIT;
        if (!is_empty(row->valid_from) || !is_empty(row->valid_to)) {
            mistake(planning, row->line, "unit",
                    "a row without a unit ends the code altogether and has no days");
        }
        return;
    }
    size_t position = registry_index_find(&planning->units_by_code, row->unit, strlen(row->unit));
    if (position == REGISTRY_INDEX_NONE) {
        mistake(planning, row->line, "unit", "unit %s is not registered", row->unit);
    } else {
        span->unit_id = planning->units[position].unit_id;
    }
}

static int32_t read_day(struct planning *planning, const struct registry_codes_row *row,
                        const char *column, const char *text, int32_t when_empty)
{
    struct emis_error err;
    int32_t day = when_empty;
    if (!is_empty(text) && !emis_date_parse(text, strlen(text), &day, &err)) {
        mistake(planning, row->line, column, "%s", err.message);
    }
    return day;
}

static void read_row(struct planning *planning, const struct registry_codes_row *row)
{
    struct registry_codes_span *span = &planning->spans[planning->span_count++];
    span->line = row->line;
    read_names(planning, row, span);
    read_unit(planning, row, span);
    span->valid_from =
        read_day(planning, row, "valid_from", row->valid_from, REGISTRY_CODES_BEGINNING);
    span->valid_to = read_day(planning, row, "valid_to", row->valid_to, EMIS_DATE_INFINITY);
    if (span->valid_to <= span->valid_from) {
        mistake(planning, row->line, "valid_to", "the code ends before it begins");
    }
}

static int compare_codes(const struct registry_codes_span *a, const struct registry_codes_span *b)
{
    int order = strcmp(a->scheme, b->scheme);
    return order != 0 ? order : strcmp(a->code, b->code);
}

static int compare_spans(const void *left, const void *right)
{
    const struct registry_codes_span *a = left;
    const struct registry_codes_span *b = right;
    int order = compare_codes(a, b);
    if (order == 0) {
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    }
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static bool is_same(const struct registry_codes_span *a, const struct registry_codes_span *b)
{
    return a->unit_id == b->unit_id && a->valid_from == b->valid_from && a->valid_to == b->valid_to;
}

/* Spans are sorted: what overlaps lies side by side, but for a long one that covers several; then
 * its first neighbour is told, which is enough to refuse the list. */
static void check_overlaps(struct planning *planning)
{
    for (size_t i = 1; i < planning->span_count; i++) {
        const struct registry_codes_span *before = &planning->spans[i - 1];
        const struct registry_codes_span *span = &planning->spans[i];
        if (compare_codes(before, span) != 0 || before->valid_to <= span->valid_from) {
            continue;
        }
        size_t line = span->line > before->line ? span->line : before->line;
        size_t other = span->line > before->line ? before->line : span->line;
        mistake(planning, line, "",
                is_same(before, span) ? "%s:%s stands the same in line %zu"
                                      : "%s:%s overlaps line %zu: one code has one unit at a time",
                span->scheme, span->code, other);
    }
}

/* Both lists are sorted and free of overlaps, so that one walk finds what is in one of them only.
 */
static void compare(const struct planning *planning, const struct registry_codes_span *standing,
                    size_t standing_count, struct registry_codes_plan *plan)
{
    size_t i = 0;
    for (size_t j = 0; j < planning->span_count; j++) {
        const struct registry_codes_span *span = &planning->spans[j];
        while (i < standing_count && (compare_codes(&standing[i], span) < 0 ||
                                      (compare_codes(&standing[i], span) == 0 &&
                                       standing[i].valid_from < span->valid_from))) {
            plan->ended[plan->ended_count++] = standing[i++];
        }
        bool is_there = i < standing_count && compare_codes(&standing[i], span) == 0 &&
                        is_same(&standing[i], span);
        if (is_there) {
            i++;
            plan->kept_count++;
        } else if (span->unit_id != NO_UNIT) {
            plan->added[plan->added_count++] = *span;
        }
    }
    while (i < standing_count) {
        plan->ended[plan->ended_count++] = standing[i++];
    }
}

static void sort(struct registry_codes_span *spans, size_t count)
{
    if (count > 1) {
        qsort(spans, count, sizeof *spans, compare_spans);
    }
}

bool registry_codes_plan(struct emis_arena *arena, const struct registry_codes_row *rows,
                         size_t count, const struct registry_codes_unit *units, size_t unit_count,
                         const struct registry_codes_span *standing, size_t standing_count,
                         registry_mistake_fn *on_mistake, void *context,
                         struct registry_codes_plan *ret_plan, struct emis_error *err)
{
    struct planning planning = {
        .arena = arena, .on_mistake = on_mistake, .context = context, .units = units, .err = err};
    struct registry_codes_span *sorted =
        emis_arena_alloc(arena, (standing_count + 1) * sizeof *sorted);
    struct registry_codes_plan plan = {
        .ended = emis_arena_alloc(arena, (standing_count + 1) * sizeof *plan.ended),
        .added = emis_arena_alloc(arena, (count + 1) * sizeof *plan.added)};
    planning.spans = emis_arena_alloc(arena, (count + 1) * sizeof *planning.spans);
    index_units(&planning, unit_count);
    for (size_t i = 0; i < count; i++) {
        read_row(&planning, &rows[i]);
    }
    sort(planning.spans, count);
    check_overlaps(&planning);
    if (planning.mistake_count > 0) {
        return false;
    }
    for (size_t i = 0; i < standing_count; i++) {
        sorted[i] = standing[i];
    }
    sort(sorted, standing_count);
    compare(&planning, sorted, standing_count, &plan);
    *ret_plan = plan;
    return true;
}
