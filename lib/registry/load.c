/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "lib/registry/build.h"
#include "lib/registry/snapshot.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

extern const struct store_statement registry_statements[];

#define ATTRIBUTES_MARKER "/* attributes */"

/* The text of registry_places with the catalogue's columns in place of the marker; their codes are
 * checked identifiers. */
static void register_places(struct store_connection *conn, const struct catalogue *catalogue,
                            const char *text)
{
    const char *marker = strstr(text, ATTRIBUTES_MARKER);
    struct emis_buffer statement;
    EMIS_ASSERT(marker != NULL);
    emis_buffer_init(&statement);
    emis_buffer_append(&statement, text, (size_t) (marker - text));
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        EMIS_ASSERT(emis_text_is_identifier(catalogue->attributes[i].code));
        emis_buffer_format(&statement, ", p.%s", catalogue->attributes[i].code);
    }
    emis_buffer_text(&statement, marker + strlen(ATTRIBUTES_MARKER));
    store_connection_register_dynamic(conn, "registry_places", statement.data);
    emis_buffer_release(&statement);
}

static void register_statements(struct store_connection *conn, const struct catalogue *catalogue)
{
    for (const struct store_statement *statement = registry_statements; statement->name != NULL;
         statement++) {
        if (strcmp(statement->name, "registry_places") == 0) {
            register_places(conn, catalogue, statement->text);
        } else if (strncmp(statement->name, "registry_", strlen("registry_")) ==
                   0) { /* the others are the applier's, which completes them itself */
            store_connection_register_dynamic(conn, statement->name, statement->text);
        }
    }
}

static bool load_version(struct store_connection *conn, struct registry *registry,
                         struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "registry_version", NULL, &result, err)) {
        return false;
    }
    bool is_there = store_result_rows(result) == 1;
    if (is_there) {
        registry->version = store_result_i64(result, 0, 0);
    }
    store_result_free(result);
    return is_there || emis_error_set(err, E_DB_SICK, "ref.version holds no row");
}

static bool load_units(struct store_connection *conn, struct registry *registry,
                       struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "registry_units", NULL, &result, err)) {
        return false;
    }
    registry->unit_count = store_result_rows(result);
    registry->units =
        emis_arena_alloc(registry->arena, (registry->unit_count + 1) * sizeof *registry->units);
    for (size_t row = 0; row < registry->unit_count; row++) {
        registry->units[row] = (struct registry_unit){
            .unit_id = store_result_i32(result, row, 0),
            .code = emis_arena_strdup(registry->arena, store_result_text(result, row, 1)),
            .level_no = store_result_i16(result, row, 2),
        };
    }
    store_result_free(result);
    return true;
}

static const int16_t *read_attributes(struct emis_arena *arena, const struct store_result *result,
                                      size_t row, size_t count)
{
    int16_t *attributes = emis_arena_alloc(arena, (count + 1) * sizeof *attributes);
    for (size_t i = 0; i < count; i++) {
        if (!store_result_is_null(result, row, 6 + i)) {
            attributes[i] = store_result_i16(result, row, 6 + i);
        }
    }
    return attributes;
}

/* Units and places both come sorted by unit_id, so that one walk hands each unit its run of places.
 */
static bool load_places(struct store_connection *conn, const struct catalogue *catalogue,
                        struct registry *registry, struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "registry_places", NULL, &result, err)) {
        return false;
    }
    size_t count = store_result_rows(result);
    size_t unit = 0;
    struct registry_place *places = emis_arena_alloc(registry->arena, (count + 1) * sizeof *places);
    for (size_t row = 0; row < count; row++) {
        int32_t unit_id = store_result_i32(result, row, 0);
        places[row] = (struct registry_place){
            .place_id = store_result_i32(result, row, 1),
            .parent_place_id =
                store_result_is_null(result, row, 2) ? 0 : store_result_i32(result, row, 2),
            .lane = store_result_i32(result, row, 3),
            .valid_from = store_result_date(result, row, 4),
            .valid_to = store_result_date(result, row, 5),
            .attributes = read_attributes(registry->arena, result, row, catalogue->attribute_count),
        };
        while (unit < registry->unit_count && registry->units[unit].unit_id < unit_id) {
            unit++;
        }
        EMIS_ASSERT(unit < registry->unit_count &&
                    registry->units[unit].unit_id == unit_id); /* ref.place refers to ref.unit */
        if (registry->units[unit].place_count++ == 0) {
            registry->units[unit].places = &places[row];
        }
    }
    store_result_free(result);
    return true;
}

static bool load_periods(struct store_connection *conn, struct registry *registry,
                         struct emis_error *err)
{
    struct store_result *result;
    bool is_good = true;
    if (!store_query_run(conn, "registry_periods", NULL, &result, err)) {
        return false;
    }
    registry->period_count = store_result_rows(result);
    registry->periods =
        emis_arena_alloc(registry->arena, (registry->period_count + 1) * sizeof *registry->periods);
    for (size_t row = 0; is_good && row < registry->period_count; row++) {
        struct registry_period *period = &registry->periods[row];
        *period = (struct registry_period){
            .period_id = store_result_i32(result, row, 0),
            .code = emis_arena_strdup(registry->arena, store_result_text(result, row, 2)),
            .starts_on = store_result_date(result, row, 3),
            .ends_on = store_result_date(result, row, 4),
            .school_year = store_result_i16(result, row, 5),
        };
        is_good = catalogue_period_kind_by_name(store_result_text(result, row, 1), &period->kind) ||
                  emis_error_set(err, E_DB_SICK, "ref.period holds period %s of an unknown kind",
                                 period->code);
    }
    store_result_free(result);
    return is_good;
}

static bool load_foreign(struct store_connection *conn, struct registry *registry,
                         struct emis_error *err)
{
    struct store_result *result;
    if (!store_query_run(conn, "registry_codes", NULL, &result, err)) {
        return false;
    }
    registry->foreign_count = store_result_rows(result);
    registry->foreign = emis_arena_alloc(registry->arena,
                                         (registry->foreign_count + 1) * sizeof *registry->foreign);
    for (size_t row = 0; row < registry->foreign_count; row++) {
        registry->foreign[row] = (struct registry_foreign_code){
            .code = emis_arena_strdup(registry->arena, store_result_text(result, row, 0)),
            .unit_id = store_result_i32(result, row, 1),
            .valid_from = store_result_date(result, row, 2),
            .valid_to = store_result_date(result, row, 3),
        };
    }
    store_result_free(result);
    return true;
}

static bool load_all(struct store_connection *conn, const struct catalogue *catalogue,
                     struct registry *registry, struct emis_error *err)
{
    return load_version(conn, registry, err) && load_units(conn, registry, err) &&
           load_places(conn, catalogue, registry, err) && load_periods(conn, registry, err) &&
           load_foreign(conn, registry, err);
}

bool registry_load(struct store_connection *conn, const struct catalogue *catalogue,
                   struct registry **ret_registry, struct emis_error *err)
{
    register_statements(conn, catalogue);
    if (!store_tx_begin_snapshot(conn, err)) {
        return false;
    }
    struct registry *registry = registry_build_new();
    if (!load_all(conn, catalogue, registry, err)) {
        registry_free(registry);
        store_tx_rollback(conn);
        return emis_error_wrap(err, "load the registry");
    }
    store_tx_rollback(conn); /* nothing was written: there is nothing to commit */
    registry_build_finish(registry);
    *ret_registry = registry;
    return true;
}
