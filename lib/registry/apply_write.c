/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/registry/apply.h"
#include "lib/store/copy.h"
#include "lib/store/query.h"

#define INT4_OID 23

struct writing {
    struct store_connection *conn;
    const struct catalogue *catalogue;
    struct registry_change *change;
    struct emis_arena *arena; /* the change's */
    int64_t version;
    struct emis_error *err;
};

/* Every new or resized place, parents first. */
typedef void (*place_fn)(struct writing *writing, struct registry_change_place *place,
                         void *context);

static void each_written_place(struct writing *writing, place_fn on_place, void *context)
{
    const size_t *order = registry_change_order(writing->change);
    for (size_t i = 0; i < registry_change_unit_count(writing->change); i++) {
        struct registry_change_unit *unit = registry_change_unit_at(writing->change, order[i]);
        for (size_t j = 0; j < unit->place_count; j++) {
            if (unit->places[j].state != REGISTRY_CHANGE_KEPT) {
                on_place(writing, &unit->places[j], context);
            }
        }
    }
}

static bool add_units(struct writing *writing)
{
    size_t count = registry_change_unit_count(writing->change);
    const char **codes = emis_arena_alloc(writing->arena, (count + 1) * sizeof *codes);
    int16_t *levels = emis_arena_alloc(writing->arena, (count + 1) * sizeof *levels);
    size_t new_count = 0;
    struct store_params params;
    struct store_result *result;
    for (size_t i = 0; i < count; i++) {
        const struct registry_change_unit *unit = registry_change_unit_at(writing->change, i);
        if (unit->unit_id == 0) {
            codes[new_count] = unit->code;
            levels[new_count++] = unit->level_no;
        }
    }
    if (new_count == 0) {
        return true;
    }
    store_params_init(&params);
    store_params_text_array(&params, codes, new_count);
    store_params_i16_array(&params, levels, new_count, NULL);
    store_params_i64(&params, writing->version);
    bool is_done =
        store_query_run(writing->conn, "apply_add_units", &params, &result, writing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    for (size_t row = 0; row < store_result_rows(result); row++) {
        size_t position = registry_change_find(writing->change, store_result_text(result, row, 1));
        registry_change_unit_at(writing->change, position)->unit_id =
            store_result_i32(result, row, 0);
    }
    store_result_free(result);
    return true;
}

static void count_new(struct writing *writing, struct registry_change_place *place, void *context)
{
    (void) writing;
    *(int32_t *) context += place->state == REGISTRY_CHANGE_NEW;
}

struct numbers {
    const struct store_result *result;
    size_t next;
};

static void give_number(struct writing *writing, struct registry_change_place *place, void *context)
{
    struct numbers *numbers = context;
    (void) writing;
    if (place->state == REGISTRY_CHANGE_NEW) {
        place->place_id = store_result_i32(numbers->result, numbers->next++, 0);
    }
}

static bool number_places(struct writing *writing)
{
    int32_t count = 0;
    struct store_params params;
    struct store_result *result;
    each_written_place(writing, count_new, &count);
    store_params_init(&params);
    store_params_i32(&params, count);
    bool is_done =
        store_query_run(writing->conn, "apply_place_numbers", &params, &result, writing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    struct numbers numbers = {.result = result};
    each_written_place(writing, give_number, &numbers);
    store_result_free(result);
    return true;
}

static bool end_places(struct writing *writing)
{
    size_t count;
    const struct registry_change_ended *ended = registry_change_ended(writing->change, &count);
    int32_t *ids = emis_arena_alloc(writing->arena, (count + 1) * sizeof *ids);
    int32_t *retired = emis_arena_alloc(writing->arena, (count + 1) * sizeof *retired);
    int64_t *since = emis_arena_alloc(writing->arena, (count + 1) * sizeof *since);
    size_t retired_count = 0;
    struct store_params params;
    if (count == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = ended[i].place_id;
        since[i] = ended[i].since_version;
        if (!ended[i].is_replaced) {
            retired[retired_count++] = ended[i].place_id;
        }
    }
    store_params_init(&params);
    store_params_i32_array(&params, ids, count, NULL);
    store_params_i64_array(&params, since, count, NULL);
    store_params_i64(&params, writing->version);
    bool is_done = store_query_run(writing->conn, "apply_end_places", &params, NULL, writing->err);
    store_params_clear(&params);
    store_params_i32_array(&params, retired, retired_count, NULL);
    is_done = is_done &&
              store_query_run(writing->conn, "apply_retire_areas", &params, NULL, writing->err);
    store_params_release(&params);
    return is_done;
}

/* int4[] as COPY wants it: the place_id of each ancestor, country first, itself last. */
static void write_path(struct emis_buffer *rows, const struct registry_change_place *place,
                       int16_t level_no)
{
    int32_t path[16];
    const struct registry_change_place *step = place;
    for (int level = level_no; level >= 0; level--) {
        EMIS_ASSERT(step != NULL);
        path[level] = step->place_id;
        step = step->parent;
    }
    emis_buffer_i32(rows, 20 + 8 * (level_no + 1));
    emis_buffer_i32(rows, 1);
    emis_buffer_i32(rows, 0);
    emis_buffer_i32(rows, INT4_OID);
    emis_buffer_i32(rows, level_no + 1);
    emis_buffer_i32(rows, 1);
    for (int level = 0; level <= level_no; level++) {
        emis_buffer_i32(rows, 4);
        emis_buffer_i32(rows, path[level]);
    }
}

static void write_coordinate(struct emis_buffer *rows, int32_t value_e5)
{
    if (value_e5 == REGISTRY_CHANGE_NOWHERE) {
        store_copy_null(rows);
    } else {
        store_copy_numeric(rows, value_e5, 5);
    }
}

static void write_text(struct emis_buffer *rows, const char *text)
{
    if (text == NULL) {
        store_copy_null(rows);
    } else {
        store_copy_text(rows, text, strlen(text));
    }
}

static void write_parent(struct emis_buffer *rows, const struct registry_change_place *place)
{
    if (place->parent == NULL) {
        store_copy_null(rows);
    } else {
        store_copy_i32(rows, place->parent->place_id);
    }
}

static void write_place(struct writing *writing, struct registry_change_place *place, void *context)
{
    struct emis_buffer *rows = context;
    const struct registry_change_unit *unit = registry_change_unit_at(writing->change, place->unit);
    store_copy_row_start(rows, (int16_t) (12 + writing->catalogue->attribute_count));
    store_copy_i32(rows, place->place_id);
    store_copy_i32(rows, unit->unit_id);
    write_parent(rows, place);
    store_copy_i32(rows, registry_change_unit_at(writing->change, place->lane_unit)->unit_id);
    store_copy_i16(rows, unit->level_no);
    write_path(rows, place, unit->level_no);
    write_text(rows, place->segment->name);
    write_coordinate(rows, place->segment->lat_e5);
    write_coordinate(rows, place->segment->lon_e5);
    store_copy_date(rows, place->valid_from);
    store_copy_date(rows, place->valid_to);
    store_copy_i64(rows, writing->version);
    for (size_t i = 0; i < writing->catalogue->attribute_count; i++) {
        if (place->segment->attributes[i] == 0) {
            store_copy_null(rows);
        } else {
            store_copy_i16(rows, place->segment->attributes[i]);
        }
    }
}

static void write_labels(struct writing *writing, struct registry_change_place *place,
                         void *context)
{
    struct emis_buffer *rows = context;
    (void) writing;
    for (size_t i = 0; place->state == REGISTRY_CHANGE_NEW && i < place->segment->label_count;
         i++) {
        store_copy_row_start(rows, 3);
        store_copy_i32(rows, place->place_id);
        write_text(rows, place->segment->labels[i].language);
        write_text(rows, place->segment->labels[i].name);
    }
}

static void write_area(struct writing *writing, struct registry_change_place *place, void *context)
{
    struct emis_buffer *rows = context;
    const struct registry_change_unit *unit = registry_change_unit_at(writing->change, place->unit);
    if (place->state != REGISTRY_CHANGE_NEW) {
        return;
    }
    store_copy_row_start(rows, (int16_t) (9 + writing->catalogue->attribute_count));
    store_copy_i32(rows, place->place_id);
    write_parent(rows, place);
    write_text(rows, unit->code);
    store_copy_i16(rows, unit->level_no);
    write_text(rows, writing->catalogue->levels[unit->level_no].code);
    write_text(rows, place->segment->name);
    store_copy_date(rows, place->valid_from);
    store_copy_date(rows, place->valid_to);
    store_copy_bool(rows, place->valid_to == EMIS_DATE_INFINITY);
    for (size_t i = 0; i < writing->catalogue->attribute_count; i++) {
        int16_t number = place->segment->attributes[i];
        write_text(rows, number == 0
                             ? NULL
                             : catalogue_code_text(writing->catalogue->attributes[i].list, number));
    }
}

static bool copy_places(struct writing *writing, const char *statement, place_fn on_place)
{
    struct emis_buffer rows;
    emis_buffer_init(&rows);
    each_written_place(writing, on_place, &rows);
    bool is_done =
        rows.size == 0 || (store_copy_start(writing->conn, statement, writing->err) &&
                           store_copy_rows(writing->conn, rows.data, rows.size, writing->err) &&
                           store_copy_finish(writing->conn, NULL, writing->err));
    emis_buffer_release(&rows);
    return is_done;
}

struct resized {
    int32_t *ids;
    int32_t *ends;
    size_t count;
};

static void list_resized(struct writing *writing, struct registry_change_place *place,
                         void *context)
{
    struct resized *resized = context;
    (void) writing;
    if (place->state == REGISTRY_CHANGE_RESIZED) {
        resized->ids[resized->count] = place->place_id;
        resized->ends[resized->count++] = place->valid_to;
    }
}

static bool resize_areas(struct writing *writing, size_t count)
{
    struct resized resized = {
        .ids = emis_arena_alloc(writing->arena, (count + 1) * sizeof(int32_t)),
        .ends = emis_arena_alloc(writing->arena, (count + 1) * sizeof(int32_t))};
    struct store_params params;
    each_written_place(writing, list_resized, &resized);
    store_params_init(&params);
    store_params_i32_array(&params, resized.ids, resized.count, NULL);
    store_params_date_array(&params, resized.ends, resized.count, NULL);
    bool is_done =
        store_query_run(writing->conn, "apply_resize_areas", &params, NULL, writing->err);
    store_params_release(&params);
    return is_done;
}

/* For each form, where it starts. */
static size_t list_forms(const struct writing *writing, int16_t *numbers, int16_t *levels)
{
    size_t count = 0;
    for (size_t i = 0; i < writing->catalogue->form_count; i++) {
        const struct catalogue_form *form = &writing->catalogue->forms[i];
        if (catalogue_form_newest(writing->catalogue, form->code) == form) {
            numbers[count] = form->number;
            levels[count++] = (int16_t) form->leaf_level;
        }
    }
    return count;
}

static bool add_dirty(struct writing *writing, size_t changed_units, int64_t *ret_rows)
{
    struct emis_arena *arena = writing->arena;
    int32_t *ids = emis_arena_alloc(arena, (changed_units + 1) * sizeof *ids);
    int32_t *from = emis_arena_alloc(arena, (changed_units + 1) * sizeof *from);
    int32_t *to = emis_arena_alloc(arena, (changed_units + 1) * sizeof *to);
    int16_t *forms = emis_arena_alloc(arena, (writing->catalogue->form_count + 1) * sizeof *forms);
    int16_t *levels =
        emis_arena_alloc(arena, (writing->catalogue->form_count + 1) * sizeof *levels);
    size_t form_count = list_forms(writing, forms, levels);
    size_t count = 0;
    struct store_params params;
    struct store_result *result;
    for (size_t i = 0; i < registry_change_unit_count(writing->change); i++) {
        const struct registry_change_unit *unit = registry_change_unit_at(writing->change, i);
        if (unit->changed_from < unit->changed_to) {
            ids[count] = unit->unit_id;
            from[count] = unit->changed_from;
            to[count++] = unit->changed_to;
        }
    }
    store_params_init(&params);
    store_params_i32_array(&params, ids, count, NULL);
    store_params_date_array(&params, from, count, NULL);
    store_params_date_array(&params, to, count, NULL);
    store_params_i16_array(&params, forms, form_count, NULL);
    store_params_i16_array(&params, levels, form_count, NULL);
    bool is_done =
        store_query_run(writing->conn, "apply_dirty_units", &params, &result, writing->err);
    store_params_release(&params);
    if (is_done) {
        *ret_rows = store_result_affected(result);
        store_result_free(result);
    }
    return is_done;
}

static bool write_all(struct writing *writing, struct registry_apply_summary *summary)
{
    return add_units(writing) && number_places(writing) && end_places(writing) &&
           copy_places(writing, "apply_copy_places", write_place) &&
           registry_apply_follow(writing->conn, writing->version, false, writing->err) &&
           copy_places(writing, "apply_copy_labels", write_labels) &&
           copy_places(writing, "apply_copy_areas", write_area) &&
           resize_areas(writing, summary->resized_places) &&
           copy_places(writing, "apply_copy_area_labels", write_labels) &&
           add_dirty(writing, summary->changed_units, &summary->dirty_rows);
}

static bool read_version(struct store_connection *conn, int64_t *ret_version,
                         struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "apply_version", NULL, &result, err)) {
        return false;
    }
    *ret_version = store_result_i64(result, 0, 0);
    store_result_free(result);
    return true;
}

bool registry_apply_write(struct store_connection *conn, const struct catalogue *catalogue,
                          struct registry_change *change,
                          struct registry_apply_summary *ret_summary, struct emis_error *err)
{
    struct registry_apply_summary summary;
    registry_apply_count(change, &summary);
    registry_apply_register(conn, catalogue);
    if (summary.changed_units == 0 && summary.new_units == 0) {
        if (!read_version(conn, &summary.version, err)) {
            return false;
        }
    } else {
        struct writing writing = {.conn = conn,
                                  .catalogue = catalogue,
                                  .change = change,
                                  .arena = registry_change_arena(change),
                                  .err = err};
        if (!registry_apply_bump(conn, &writing.version, err) || !write_all(&writing, &summary)) {
            return emis_error_wrap(err, "write the registry's change");
        }
        summary.version = writing.version;
    }
    *ret_summary = summary;
    return true;
}
