/* SPDX-License-Identifier: Apache-2.0 */
/* A scratch database with the schema and the shipped catalogue, for live tests of the applier and
 * the aggregator. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/catalogue/catalogue.h"
#include "lib/catalogue/generate.h"
#include "lib/registry/apply_units.h"
#include "lib/registry/calendar.h"
#include "lib/registry/opening.h"
#include "lib/store/migrate.h"
#include "lib/store/tx.h"
#include "tests/unit/store/scratch.h"

static inline void world_run(struct store_connection *conn, const char *text,
                             const struct store_params *params)
{
    struct emis_error err;
    store_connection_register_dynamic(conn, "world_statement", text);
    ASSERT_DONE(store_query_run(conn, "world_statement", params, NULL, &err), err);
}

static inline void world_add_document(struct store_connection *conn,
                                      const struct catalogue_document *document)
{
    struct store_params params;
    store_params_init(&params);
    store_params_text(&params, document->path);
    store_params_text_sized(&params, document->body, document->body_size);
    world_run(conn,
              "insert into ref.catalogue_document (path, since_version, sha256, body) values ($1, "
              "1, '\\x00', $2)",
              &params);
    store_params_release(&params);
}

static inline void world_add_number(struct store_connection *conn,
                                    const struct catalogue_number *number)
{
    struct store_params params;
    store_params_init(&params);
    store_params_text(&params, number->kind);
    store_params_text(&params, number->code);
    store_params_i16(&params, number->number);
    world_run(conn, "insert into ref.catalogue_number (kind, code, number) values ($1, $2, $3)",
              &params);
    store_params_release(&params);
}

static inline void world_add_levels(struct store_connection *conn,
                                    const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->level_count; i++) {
        struct store_params params;
        store_params_init(&params);
        store_params_i16(&params, (int16_t) i);
        store_params_text(&params, catalogue->levels[i].code);
        world_run(conn, "insert into ref.level (level_no, code) values ($1, $2)", &params);
        store_params_release(&params);
    }
}

static inline void world_add_indicators(struct store_connection *conn,
                                        const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        struct store_params params;
        store_params_init(&params);
        store_params_i16(&params, catalogue->indicators[i].number);
        store_params_text(&params, catalogue->indicators[i].code);
        world_run(conn,
                  "insert into mart.dim_indicator (indicator_key, code, name, definition, unit, "
                  "factor, decimals, direction, roll_up, source) "
                  "values ($1, $2, '', '', 'n', 1, 0, 0, 'R', '') on conflict do nothing",
                  &params);
        store_params_release(&params);
    }
    scratch_run(conn, "insert into mart.dim_cut (cut_key, dimension, member, name) select k, 'd' "
                      "|| k, 'm' || k, '' from generate_series(1, 32000) k");
}

/* Migrate a fresh database and bring the catalogue of a directory into it, compiled and numbered.
 */
static inline struct catalogue *world_start(struct store_connection *conn, const char *directory)
{
    const struct store_migrate_options options = {
        .migrations_dir = EMIS_SOURCE_DIR "/sql/migrations", .lock_timeout_ms = 5000};
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    const struct catalogue_number *numbers;
    struct catalogue *catalogue;
    struct emis_buffer ddl;
    struct emis_error err;
    size_t applied, count, number_count;
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
    ASSERT_DONE(catalogue_read_directory(arena, directory, &documents, &count, &err), err);
    ASSERT_DONE(catalogue_compile(documents, count, NULL, NULL, &catalogue, &err), err);
    catalogue_number_apply(catalogue, NULL, 0, &numbers, &number_count);
    emis_buffer_init(&ddl);
    catalogue_generate_ddl(catalogue, &ddl);
    scratch_run(conn, ddl.data);
    for (size_t i = 0; i < count; i++)
        world_add_document(conn, &documents[i]);
    for (size_t i = 0; i < number_count; i++)
        world_add_number(conn, &numbers[i]);
    world_add_levels(conn, catalogue);
    world_add_indicators(conn, catalogue);
    emis_buffer_release(&ddl);
    emis_arena_free(arena);
    return catalogue;
}
