/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/apply.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"

extern const struct store_statement registry_statements[];

#define ATTRIBUTES_MARKER "/* attributes */"

/* The text with the catalogue's attribute columns at its marker; their codes are checked
 * identifiers. */
static void register_with_attributes(struct store_connection *conn,
                                     const struct catalogue *catalogue,
                                     const struct store_statement *statement, const char *marker,
                                     const char *alias)
{
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_append(&text, statement->text, (size_t) (marker - statement->text));
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        EMIS_ASSERT(emis_text_is_identifier(catalogue->attributes[i].code));
        emis_buffer_format(&text, ", %s%s", alias, catalogue->attributes[i].code);
    }
    emis_buffer_text(&text, marker + strlen(ATTRIBUTES_MARKER));
    store_connection_register_dynamic(conn, statement->name, text.data);
    emis_buffer_release(&text);
}

void registry_apply_register(struct store_connection *conn, const struct catalogue *catalogue)
{
    for (const struct store_statement *statement = registry_statements; statement->name != NULL;
         statement++) {
        const char *marker = strstr(statement->text, ATTRIBUTES_MARKER);
        if (marker == NULL) {
            store_connection_register_dynamic(conn, statement->name, statement->text);
        } else if (strncmp(statement->name, "apply_", 6) == 0) {
            register_with_attributes(conn, catalogue, statement, marker,
                                     strcmp(statement->name, "apply_places") == 0 ? "p." : "");
        }
    }
}

bool registry_apply_lock(struct store_connection *conn, const struct catalogue *catalogue,
                         struct emis_error *err)
{
    registry_apply_register(conn, catalogue);
    return store_query_run(conn, "apply_lock", NULL, NULL, err);
}

bool registry_apply_bump(struct store_connection *conn, int64_t *ret_version,
                         struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "apply_bump_version", NULL, &result, err)) {
        return false;
    }
    bool is_there = store_result_rows(result) == 1;
    if (is_there) {
        *ret_version = store_result_i64(result, 0, 0);
    }
    store_result_free(result);
    return is_there || emis_error_set(err, E_DB_SICK, "ref.version holds no row");
}

bool registry_apply_follow(struct store_connection *conn, int64_t version, bool is_all,
                           struct emis_error *err)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i64(&params, version);
    store_params_bool(&params, is_all);
    bool is_done = store_query_run(conn, "apply_follow_calendars", &params, NULL, err) &&
                   store_query_run(conn, "apply_end_calendars", &params, NULL, err) &&
                   store_query_run(conn, "apply_add_excepted_days", &params, NULL, err);
    store_params_release(&params);
    return is_done;
}

bool registry_apply_record(struct store_connection *conn,
                           const struct registry_apply_record *record, struct emis_error *err)
{
    struct store_params params;
    store_params_init(&params);
    store_params_text(&params, record->source);
    store_params_text(&params, record->kind);
    store_params_text(&params, record->unit_code);
    if (record->effective_on == EMIS_DATE_INFINITY) {
        store_params_null(&params, STORE_DATE);
    } else {
        store_params_date(&params, record->effective_on);
    }
    if (record->submission_key < 0) {
        store_params_null(&params, STORE_I64);
    } else {
        store_params_i64(&params, record->submission_key);
    }
    store_params_i64(&params, record->version);
    store_params_i32(&params, record->changed_count);
    bool is_done = store_query_run(conn, "apply_record", &params, NULL, err);
    store_params_release(&params);
    return is_done;
}

/* Positions of the units by unit_id: units come sorted, so the places' walk is one pass. */
struct loaded_units {
    int32_t *ids;
    size_t count;
};

static bool load_units(struct store_connection *conn, struct registry_change *change,
                       struct loaded_units *units, struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "apply_units", NULL, &result, err)) {
        return false;
    }
    units->count = store_result_rows(result);
    units->ids =
        emis_arena_alloc(registry_change_arena(change), (units->count + 1) * sizeof *units->ids);
    for (size_t row = 0; row < units->count; row++) {
        units->ids[row] = store_result_i32(result, row, 0);
        size_t position =
            registry_change_add_unit(change, units->ids[row], store_result_text(result, row, 1),
                                     store_result_i16(result, row, 2));
        EMIS_ASSERT(position == row);
    }
    store_result_free(result);
    return true;
}

struct loaded_labels {
    int32_t *place_ids; /* sorted */
    struct registry_label *labels;
    size_t count;
};

static bool load_labels(struct store_connection *conn, struct emis_arena *arena,
                        struct loaded_labels *labels, struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "apply_labels", NULL, &result, err)) {
        return false;
    }
    labels->count = store_result_rows(result);
    labels->place_ids = emis_arena_alloc(arena, (labels->count + 1) * sizeof *labels->place_ids);
    labels->labels = emis_arena_alloc(arena, (labels->count + 1) * sizeof *labels->labels);
    for (size_t row = 0; row < labels->count; row++) {
        labels->place_ids[row] = store_result_i32(result, row, 0);
        labels->labels[row] = (struct registry_label){
            .language = emis_arena_strdup(arena, store_result_text(result, row, 1)),
            .name = emis_arena_strdup(arena, store_result_text(result, row, 2))};
    }
    store_result_free(result);
    return true;
}

/* The run of labels of a place. */
static void find_labels(const struct loaded_labels *labels, int32_t place_id,
                        struct registry_segment *segment)
{
    size_t low = 0;
    size_t high = labels->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (labels->place_ids[middle] < place_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    segment->labels = &labels->labels[low];
    while (low + segment->label_count < labels->count &&
           labels->place_ids[low + segment->label_count] == place_id) {
        segment->label_count++;
    }
}

static int32_t read_coordinate(const struct store_result *result, size_t row, size_t column)
{
    return store_result_is_null(result, row, column) ? REGISTRY_CHANGE_NOWHERE
                                                     : store_result_i32(result, row, column);
}

static void read_place(struct emis_arena *arena, const struct catalogue *catalogue,
                       const struct store_result *result, size_t row,
                       struct registry_standing *standing)
{
    int16_t *attributes =
        emis_arena_alloc(arena, (catalogue->attribute_count + 1) * sizeof *attributes);
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        attributes[i] =
            store_result_is_null(result, row, 9 + i) ? 0 : store_result_i16(result, row, 9 + i);
    }
    *standing = (struct registry_standing){
        .place_id = store_result_i32(result, row, 1),
        .since_version = store_result_i64(result, row, 2),
        .parent_place_id =
            store_result_is_null(result, row, 3) ? 0 : store_result_i32(result, row, 3),
        .segment = {.valid_from = store_result_date(result, row, 4),
                    .valid_to = store_result_date(result, row, 5),
                    .name = emis_arena_strdup(arena, store_result_text(result, row, 6)),
                    .lat_e5 = read_coordinate(result, row, 7),
                    .lon_e5 = read_coordinate(result, row, 8),
                    .attributes = attributes},
    };
}

static bool load_places(struct store_connection *conn, const struct catalogue *catalogue,
                        struct registry_change *change, const struct loaded_units *units,
                        const struct loaded_labels *labels, struct emis_error *err)
{
    struct store_result *result;
    size_t unit = 0;
    if (!store_query_run(conn, "apply_places", NULL, &result, err)) {
        return false;
    }
    for (size_t row = 0; row < store_result_rows(result); row++) {
        struct registry_standing standing;
        read_place(registry_change_arena(change), catalogue, result, row, &standing);
        find_labels(labels, standing.place_id, &standing.segment);
        while (unit < units->count && units->ids[unit] < store_result_i32(result, row, 0)) {
            unit++;
        }
        EMIS_ASSERT(unit < units->count &&
                    units->ids[unit] ==
                        store_result_i32(result, row, 0)); /* ref.place refers to ref.unit */
        registry_change_add_standing(change, unit, &standing);
    }
    store_result_free(result);
    return true;
}

bool registry_apply_load(struct store_connection *conn, const struct catalogue *catalogue,
                         struct registry_change **ret_change, struct emis_error *err)
{
    struct registry_change *change =
        registry_change_new(catalogue->level_count, catalogue->attribute_count);
    struct loaded_units units;
    struct loaded_labels labels;
    registry_apply_register(conn, catalogue);
    if (!load_units(conn, change, &units, err) ||
        !load_labels(conn, registry_change_arena(change), &labels, err) ||
        !load_places(conn, catalogue, change, &units, &labels, err)) {
        registry_change_free(change);
        return emis_error_wrap(err, "load what stands");
    }
    registry_change_start(change);
    *ret_change = change;
    return true;
}

void registry_apply_count(const struct registry_change *change,
                          struct registry_apply_summary *ret_summary)
{
    struct registry_apply_summary summary = {.version = 0};
    size_t ended_count;
    const struct registry_change_ended *ended = registry_change_ended(change, &ended_count);
    for (size_t i = 0; i < ended_count; i++) {
        summary.ended_places +=
            ended[i].is_replaced && ended[i].segment->valid_to == EMIS_DATE_INFINITY;
        summary.withdrawn_places += !ended[i].is_replaced;
    }
    for (size_t i = 0; i < registry_change_unit_count(change); i++) {
        const struct registry_change_unit *unit = registry_change_unit_at(change, i);
        summary.new_units += unit->unit_id == 0;
        summary.changed_units += unit->changed_from < unit->changed_to;
        for (size_t j = 0; j < unit->place_count; j++) {
            summary.new_places += unit->places[j].state == REGISTRY_CHANGE_NEW;
            summary.resized_places += unit->places[j].state == REGISTRY_CHANGE_RESIZED;
            summary.kept_places += unit->places[j].state == REGISTRY_CHANGE_KEPT;
        }
    }
    *ret_summary = summary;
}
