/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of `emis import` share: the real catalogue, a map and a file as texts, and what
 * was told about them. One per test program. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/json/document.h"
#include "ops/cli/import_columns.h"
#include "ops/cli/import_document.h"
#include "ops/cli/import_map.h"
#include "ops/cli/import_rows.h"

#define CENSUS_HEAD                                                   \
    "\"form\":\"ENROL_CENSUS\",\"version\":1,"                        \
    "\"sender\":{\"value\":\"ministry\"},\"revision\":{\"value\":1}," \
    "\"key_parts\":{\"shift\":{\"value\":\"full\"}},"

/* Units in the column "school", two ages of boys in columns. */
#define WIDE                                                                              \
    "{" CENSUS_HEAD "\"period\":{\"value\":\"SY2025\"},\"unit\":{\"column\":\"school\"}," \
    "\"blank\":[\"-\"],"                                                                  \
    "\"groups\":{\"pupil\":{\"keys\":{\"grade\":{\"value\":\"1\"}},\"wide\":["            \
    "{\"keys\":{\"age\":\"6\",\"sex\":\"m\"},\"columns\":{\"pupils\":\"six\"}},"          \
    "{\"keys\":{\"age\":\"7\",\"sex\":\"m\"},\"columns\":{\"pupils\":\"seven\"}}]}}}"

/* One line for each grade, age and sex; period and sex through tables. */
#define LONG                                                                                \
    "{" CENSUS_HEAD                                                                         \
    "\"period\":{\"column\":\"year\",\"table\":{\"2025\":\"SY2025\",\"2024\":\"SY2024\"}}," \
    "\"unit\":{\"column\":\"school\",\"scheme\":\"exam\"},"                                 \
    "\"fields\":{\"pupils_total\":{\"column\":\"total\"}},"                                 \
    "\"groups\":{\"pupil\":{\"keys\":{\"grade\":{\"column\":\"grade\"},"                    \
    "\"age\":{\"column\":\"age\"},"                                                         \
    "\"sex\":{\"column\":\"sex\",\"table\":{\"Boys\":\"m\",\"Girls\":\"f\"}}},"             \
    "\"fields\":{\"pupils\":{\"column\":\"pupils\"}}}}}"
#define LONG_HEADER "year,school,total,grade,age,sex,pupils\n"

struct import_told {
    size_t count;
    char text[4096]; /* "line column: reason\n" each */
};

struct import_world {
    struct catalogue *catalogue;
    struct emis_arena *arena;
    struct import_told told;
    struct cli_import_map map;
    struct cli_csv csv;
    char *csv_text;
};

static inline void import_tell(void *context, size_t line, const char *column, const char *reason)
{
    struct import_told *told = context;
    size_t size = strlen(told->text);

    told->count++;
    snprintf(told->text + size, sizeof told->text - size, "%zu %s: %s\n", line, column, reason);
}

static inline void import_world_open(struct import_world *world)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    const struct catalogue_number *numbers;
    struct emis_error err;
    size_t count;

    *world = (struct import_world){.arena = emis_arena_new(1 << 16)};
    if (!catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err) ||
        !catalogue_compile(documents, count, NULL, NULL, &world->catalogue, &err)) {
        fprintf(stderr, "%s %s\n", err.pointer, err.message);
        abort();
    }
    catalogue_number_apply(world->catalogue, NULL, 0, &numbers, &count);
    emis_arena_free(arena);
}

static inline bool import_world_map(struct import_world *world, const char *text)
{
    struct json_document *document;
    struct emis_error err;
    bool ok;

    world->told = (struct import_told){.count = 0};
    if (!json_document_new(text, strlen(text), &json_limits_file, &document, &err)) {
        fprintf(stderr, "%s: %s\n", text, err.message);
        abort();
    }
    ok = cli_import_map_read(json_document_root(document), world->catalogue, world->arena,
                             import_tell, &world->told, &world->map);
    json_document_free(document);
    return ok;
}

/* The map's columns are bound when it can be. */
static inline bool import_world_file(struct import_world *world, const char *text)
{
    cli_csv_release(&world->csv);
    free(world->csv_text);
    world->told = (struct import_told){.count = 0};
    world->csv_text = emis_strdup(text);
    return cli_csv_parse(&world->csv, world->csv_text, strlen(text), import_tell, &world->told) &&
           cli_import_columns_bind(&world->map, &world->csv, import_tell, &world->told);
}

static inline void import_world_close(struct import_world *world)
{
    cli_csv_release(&world->csv);
    free(world->csv_text);
    catalogue_free(world->catalogue);
    emis_arena_free(world->arena);
}
