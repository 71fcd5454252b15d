/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_columns.h"

#include <stdint.h>
#include <string.h>

struct binder {
    const struct cli_csv *csv;
    bool is_used[CLI_CSV_CELLS_MAX + 1];
    bool is_told[CLI_CSV_CELLS_MAX + 1]; /* that it occurs twice */
    cli_csv_mistake_fn *on_mistake;
    void *context;
    size_t mistake_count;
};

static void mistake(struct binder *binder, const char *column, const char *reason)
{
    binder->mistake_count++;
    binder->on_mistake(binder->context, binder->csv->header.line, column, reason);
}

static size_t find(struct binder *binder, const char *name)
{
    const struct cli_csv *csv = binder->csv;
    size_t at = cli_csv_column(csv, name);

    if (at == SIZE_MAX) {
        mistake(binder, name, "the column is missing: the map takes a value from it");
        return 0;
    }
    for (size_t i = at + 1; i < csv->cell_count && !binder->is_told[at]; i++) {
        if (strcmp(csv->header.cells[i], name) == 0) {
            binder->is_told[at] = true;
            mistake(binder, name, "the column occurs twice");
        }
    }
    binder->is_used[at] = true;
    return at;
}

static void bind_source(void *context, const struct cli_import_source *source)
{
    for (size_t i = 0; i < source->column_count; i++) {
        source->at[i] = find(context, source->columns[i]);
    }
}

static bool is_ignored(const struct cli_import_map *map, const char *name)
{
    for (size_t i = 0; i < map->ignored_count; i++) {
        if (strcmp(map->ignored[i], name) == 0 || strcmp(map->ignored[i], "*") == 0) {
            return true;
        }
    }
    return false;
}

bool cli_import_columns_bind(const struct cli_import_map *map, const struct cli_csv *csv,
                             cli_csv_mistake_fn *on_mistake, void *context)
{
    struct binder binder = {.csv = csv, .on_mistake = on_mistake, .context = context};

    if (csv->cell_count > CLI_CSV_CELLS_MAX) {
        mistake(&binder, "", "the file has too many columns: leave out those that are not needed");
        return false;
    }
    cli_import_map_each(map, bind_source, &binder);
    for (size_t i = 0; i < csv->cell_count; i++) {
        if (!binder.is_used[i] && !is_ignored(map, csv->header.cells[i]) &&
            cli_csv_column(csv, csv->header.cells[i]) == i) {
            mistake(&binder, csv->header.cells[i],
                    "the map does not take this column: map it, or name it in \"ignore\"");
        }
    }
    return binder.mistake_count == 0;
}
