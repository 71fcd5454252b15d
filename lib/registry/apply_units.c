/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/apply_units.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/store/connection.h"
#include "lib/store/tx.h"

#define NAME_LENGTH_MAX 200

struct importing {
    const struct catalogue *catalogue;
    const struct registry_apply_units_options *options;
    struct registry_change *change;
    struct emis_arena *arena; /* the change's */
    struct emis_error *err;
    size_t mistake_count;
};

/* A row whose cells are understood. */
struct read_row {
    const struct registry_apply_row *row;
    int16_t level_no;
    struct registry_segment segment;
    int16_t *attributes; /* the segment's */
};

static void mistake(struct importing *importing, const struct registry_apply_row *row,
                    const char *column, const char *format, ...) EMIS_PRINTF(4, 5);

static void mistake(struct importing *importing, const struct registry_apply_row *row,
                    const char *column, const char *format, ...)
{
    char reason[400];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (importing->mistake_count++ == 0) {
        (void) emis_error_set_at(importing->err, E_REGISTRY, column, "%s", reason);
    }
    if (importing->options->on_mistake != NULL) {
        importing->options->on_mistake(importing->options->context, row->line, column, reason);
    }
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

static void check_code(struct importing *importing, const struct registry_apply_row *row)
{
    if (row->code == NULL || !registry_change_is_code(row->code)) {
        mistake(importing, row, "code", "a code has 1 to %d letters, digits or _ . : / -",
                REGISTRY_CHANGE_CODE_MAX);
    }
}

static void read_level(struct importing *importing, struct read_row *read)
{
    read->level_no = -1;
    for (size_t i = 0; !is_empty(read->row->level) && i < importing->catalogue->level_count; i++) {
        if (strcmp(importing->catalogue->levels[i].code, read->row->level) == 0) {
            read->level_no = (int16_t) i;
            return;
        }
    }
    mistake(importing, read->row, "level", "there is no level \"%s\" in the catalogue",
            is_empty(read->row->level) ? "" : read->row->level);
}

/* The text as it is stored: NFC, no forbidden characters; NULL after a mistake. */
static const char *read_name(struct importing *importing, const struct registry_apply_row *row,
                             const char *column, const char *text)
{
    struct emis_error err;
    const char *name;
    size_t size;
    if (!emis_text_normalise(importing->arena, text, strlen(text), &name, &size, &err)) {
        mistake(importing, row, column, "%s", err.message);
        return NULL;
    }
    if (emis_text_is_blank(name, size) || emis_text_length(name, size) > NAME_LENGTH_MAX) {
        mistake(importing, row, column, "a name has 1 to %d characters", NAME_LENGTH_MAX);
        return NULL;
    }
    return name;
}

static int compare_labels(const void *left, const void *right)
{
    return strcmp(((const struct registry_label *) left)->language,
                  ((const struct registry_label *) right)->language);
}

static void read_labels(struct importing *importing, struct read_row *read)
{
    struct registry_label *labels =
        emis_arena_alloc(importing->arena, (read->row->label_count + 1) * sizeof *labels);
    for (size_t i = 0; i < read->row->label_count; i++) {
        const struct registry_label *given = &read->row->labels[i];
        if (is_empty(given->name)) {
            continue;
        }
        const char *column = emis_arena_format(importing->arena, "name_%s", given->language);
        const char *name = read_name(importing, read->row, column, given->name);
        if (name != NULL) {
            labels[read->segment.label_count++] = (struct registry_label){
                .language = emis_arena_strdup(importing->arena, given->language), .name = name};
        }
    }
    qsort(labels, read->segment.label_count, sizeof *labels, compare_labels);
    read->segment.labels = labels;
}

static void read_attributes(struct importing *importing, struct read_row *read)
{
    size_t count = importing->catalogue->attribute_count;
    int16_t *numbers = emis_arena_alloc(importing->arena, (count + 1) * sizeof *numbers);
    for (size_t i = 0; read->row->attributes != NULL && i < count; i++) {
        const struct catalogue_attribute *attribute = &importing->catalogue->attributes[i];
        const char *code = read->row->attributes[i];
        if (is_empty(code)) {
            continue;
        }
        numbers[i] = catalogue_code_number(attribute->list, code, strlen(code));
        if (numbers[i] == 0) {
            mistake(importing, read->row, attribute->code, "\"%s\" is not in the code list %s",
                    code, attribute->list->code);
        }
    }
    read->segment.attributes = numbers;
    read->attributes = numbers;
}

static void read_day(struct importing *importing, const struct registry_apply_row *row,
                     const char *column, const char *text, int32_t *day)
{
    struct emis_error err;
    if (!emis_date_parse(text, strlen(text), day, &err)) {
        mistake(importing, row, column, "%s", err.message);
    }
}

static void read_days(struct importing *importing, struct read_row *read)
{
    read->segment.valid_to = EMIS_DATE_INFINITY;
    if (is_empty(read->row->valid_from)) {
        mistake(importing, read->row, "valid_from", "the first day is missing");
    } else {
        read_day(importing, read->row, "valid_from", read->row->valid_from,
                 &read->segment.valid_from);
    }
    if (!is_empty(read->row->valid_to)) {
        read_day(importing, read->row, "valid_to", read->row->valid_to, &read->segment.valid_to);
    }
}

/* Decimal degrees to degrees * 100,000, exactly; 5 digits after the point are about a metre. */
static bool parse_degrees(const char *text, int32_t bound, int32_t *ret_e5)
{
    bool is_negative = *text == '-';
    const char *digits = text + is_negative;
    size_t whole = strspn(digits, "0123456789");
    size_t fraction = digits[whole] == '.' ? strspn(digits + whole + 1, "0123456789") : 0;
    int32_t value = 0;
    if (whole < 1 || whole > 3 || fraction > 5 || (digits[whole] == '.' && fraction == 0) ||
        digits[whole + fraction + (digits[whole] == '.')] != '\0') {
        return false;
    }
    for (size_t i = 0; i < whole; i++) {
        value = value * 10 + (digits[i] - '0');
    }
    for (size_t i = 0; i < 5; i++) {
        value = value * 10 + (i < fraction ? digits[whole + 1 + i] - '0' : 0);
    }
    *ret_e5 = is_negative ? -value : value;
    return value <= bound * 100000;
}

static int32_t read_degrees(struct importing *importing, const struct registry_apply_row *row,
                            const char *column, const char *text, int32_t bound)
{
    int32_t value = REGISTRY_CHANGE_NOWHERE;
    if (!is_empty(text) && !parse_degrees(text, bound, &value)) {
        mistake(importing, row, column,
                "degrees are a decimal from -%d to %d with at most 5 digits after the point", bound,
                bound);
    }
    return value;
}

static void read_one(struct importing *importing, const struct registry_apply_row *row,
                     struct read_row *read)
{
    *read = (struct read_row){.row = row, .segment = {.line = row->line, .name = ""}};
    check_code(importing, row);
    read_level(importing, read);
    read->segment.parent =
        is_empty(row->parent) ? NULL : emis_arena_strdup(importing->arena, row->parent);
    if (is_empty(row->name)) {
        mistake(importing, row, "name", "the name is missing");
    } else {
        read->segment.name = read_name(importing, row, "name", row->name);
    }
    read_labels(importing, read);
    read_attributes(importing, read);
    read_days(importing, read);
    read->segment.lat_e5 = read_degrees(importing, row, "lat", row->lat, 90);
    read->segment.lon_e5 = read_degrees(importing, row, "lon", row->lon, 180);
    if ((read->segment.lat_e5 == REGISTRY_CHANGE_NOWHERE) !=
        (read->segment.lon_e5 == REGISTRY_CHANGE_NOWHERE)) {
        mistake(importing, row, "lat", "latitude and longitude come together");
    }
}

static int compare_rows(const void *left, const void *right)
{
    const struct read_row *a = left;
    const struct read_row *b = right;
    int order = strcmp(a->row->code, b->row->code);
    return order != 0 ? order : (a->row->line > b->row->line) - (a->row->line < b->row->line);
}

/* What the list says nothing about stays as it is. */
static void keep_attributes(const struct importing *importing, size_t unit, struct read_row *read)
{
    const struct registry_segment *stood =
        registry_change_stood(importing->change, unit, read->segment.valid_from);
    for (size_t i = 0; stood != NULL && i < importing->catalogue->attribute_count; i++) {
        if (read->row->attributes == NULL || read->row->attributes[i] == NULL) {
            read->attributes[i] = stood->attributes[i];
        }
    }
}

/* One unit: rows of the same code. */
static void state_unit(struct importing *importing, struct read_row *reads, size_t count)
{
    size_t unit = registry_change_find(importing->change, reads[0].row->code);
    struct registry_segment *segments =
        emis_arena_alloc(importing->arena, count * sizeof *segments);
    if (unit == SIZE_MAX) {
        unit =
            registry_change_add_unit(importing->change, 0, reads[0].row->code, reads[0].level_no);
    }
    for (size_t i = 0; i < count; i++) {
        int16_t level_no = registry_change_unit_at(importing->change, unit)->level_no;
        if (reads[i].level_no != level_no) {
            mistake(importing, reads[i].row, "level",
                    "%s: it is of level %s already; a unit's level never changes",
                    reads[i].row->code, importing->catalogue->levels[level_no].code);
        }
        keep_attributes(importing, unit, &reads[i]);
        segments[i] = reads[i].segment;
    }
    registry_change_state_from(importing->change, unit, segments, count);
}

static bool state_rows(struct importing *importing, const struct registry_apply_row *rows,
                       size_t count)
{
    struct read_row *reads = emis_arena_alloc(importing->arena, (count + 1) * sizeof *reads);
    for (size_t i = 0; i < count; i++) {
        read_one(importing, &rows[i], &reads[i]);
    }
    if (importing->mistake_count > 0) {
        return false;
    }
    qsort(reads, count, sizeof *reads, compare_rows);
    for (size_t i = 0; i < count;) {
        size_t next = i + 1;
        while (next < count && strcmp(reads[next].row->code, reads[i].row->code) == 0) {
            next++;
        }
        state_unit(importing, &reads[i], next - i);
        i = next;
    }
    return importing->mistake_count == 0;
}

static const char *attribute_text(const struct catalogue_attribute *attribute, int16_t number)
{
    return number == 0 ? "none" : catalogue_code_text(attribute->list, number);
}

/* "ownership government -> private, stage primary -> none" */
static const char *attribute_differences(const struct importing *importing, size_t unit,
                                         const struct registry_segment *segment, int32_t day)
{
    const struct registry_segment *stood = registry_change_stood(importing->change, unit, day);
    const char *text = "";
    for (size_t i = 0; stood != NULL && i < importing->catalogue->attribute_count; i++) {
        const struct catalogue_attribute *attribute = &importing->catalogue->attributes[i];
        if (stood->attributes[i] != segment->attributes[i]) {
            text = emis_arena_format(importing->arena, "%s%s%s %s -> %s", text,
                                     *text == '\0' ? "" : ", ", attribute->code,
                                     attribute_text(attribute, stood->attributes[i]),
                                     attribute_text(attribute, segment->attributes[i]));
        }
    }
    return text;
}

static void tell(const struct importing *importing, char sign, size_t unit,
                 const struct registry_segment *segment, int32_t valid_from, int32_t valid_to)
{
    const struct registry_change_unit *changed = registry_change_unit_at(importing->change, unit);
    struct registry_apply_difference difference = {
        .sign = sign,
        .code = changed->code,
        .level = importing->catalogue->levels[changed->level_no].code,
        .name = segment->name,
        .parent = segment->parent,
        .valid_from = valid_from,
        .valid_to = valid_to,
        .attributes =
            sign == '+' ? attribute_differences(importing, unit, segment, valid_from) : "",
    };
    importing->options->on_difference(importing->options->context, &difference);
}

static void tell_differences(const struct importing *importing)
{
    const size_t *order = registry_change_order(importing->change);
    size_t ended_count;
    const struct registry_change_ended *ended =
        registry_change_ended(importing->change, &ended_count);
    for (size_t i = 0; i < ended_count; i++) {
        if (!ended[i].is_replaced) {
            tell(importing, '-', ended[i].unit, ended[i].segment, ended[i].segment->valid_from,
                 ended[i].segment->valid_to);
        }
    }
    for (size_t i = 0; i < registry_change_unit_count(importing->change); i++) {
        const struct registry_change_unit *unit =
            registry_change_unit_at(importing->change, order[i]);
        for (size_t j = 0; j < unit->place_count; j++) {
            const struct registry_change_place *place = &unit->places[j];
            if (place->state != REGISTRY_CHANGE_KEPT) {
                tell(importing, place->state == REGISTRY_CHANGE_NEW ? '+' : '~', order[i],
                     place->segment, place->valid_from, place->valid_to);
            }
        }
    }
}

static bool apply(struct importing *importing, struct store_connection *conn,
                  const struct registry_apply_row *rows, size_t count,
                  struct registry_apply_summary *summary)
{
    const struct registry_apply_units_options *options = importing->options;
    struct registry_apply_record record = {.source = "import",
                                           .kind = "units",
                                           .effective_on = EMIS_DATE_INFINITY,
                                           .submission_key = -1};
    if (!state_rows(importing, rows, count) ||
        !registry_change_compile(importing->change, options->on_mistake, options->context,
                                 importing->err)) {
        return false;
    }
    if (options->on_difference != NULL) {
        tell_differences(importing);
    }
    if (options->is_dry_run) {
        registry_apply_count(importing->change, summary);
        return true;
    }
    if (!registry_apply_write(conn, importing->catalogue, importing->change, summary,
                              importing->err)) {
        return false;
    }
    record.version = summary->version;
    record.changed_count = (int32_t) summary->changed_units;
    return (summary->changed_units == 0 && summary->new_units == 0) ||
           registry_apply_record(conn, &record, importing->err);
}

bool registry_apply_units(struct store_connection *conn, const struct catalogue *catalogue,
                          const struct registry_apply_row *rows, size_t count,
                          const struct registry_apply_units_options *options,
                          struct registry_apply_summary *ret_summary, struct emis_error *err)
{
    struct importing importing = {.catalogue = catalogue, .options = options, .err = err};
    struct registry_apply_summary summary;
    if (options->is_dry_run ? !store_tx_begin_snapshot(conn, err) : !store_tx_begin(conn, err)) {
        return false;
    }
    bool is_done = (options->is_dry_run || registry_apply_lock(conn, catalogue, err)) &&
                   registry_apply_load(conn, catalogue, &importing.change, err);
    if (is_done) {
        importing.arena = registry_change_arena(importing.change);
        is_done = apply(&importing, conn, rows, count, &summary);
        registry_change_free(importing.change);
    }
    if (is_done && !options->is_dry_run) {
        is_done = store_tx_commit(conn, err);
    }
    store_tx_rollback(conn);
    if (is_done) {
        *ret_summary = summary;
    }
    return is_done;
}
