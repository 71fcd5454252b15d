/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"

/* One line's place among the submissions. */
struct line {
    const char *key; /* unit, period, parts, revision: equal for lines of one submission */
    size_t row;
    struct cli_import_submission identity;
};

struct gatherer {
    const struct cli_import_map *map;
    cli_import_unit_fn find_unit;
    void *find_context;
    struct emis_arena *arena;
    struct cli_import_mistakes *mistakes;
};

/* A member of the envelope, which must not be blank. */
static bool read_member(struct gatherer *gatherer, const struct cli_import_source *source,
                        const struct cli_csv_row *row, const char *name, const char **ret_text)
{
    if (!cli_import_value_read(gatherer->map, source, row, gatherer->arena, gatherer->mistakes,
                               ret_text)) {
        return false;
    }
    if (*ret_text == NULL || (*ret_text)[0] == '\0') {
        cli_import_value_mistake(gatherer->mistakes, E_ENV_FIELD, row->line,
                                 cli_import_value_column(source, gatherer->arena),
                                 "%s is blank: fill the cell", name);
        return false;
    }
    return true;
}

static bool read_unit(struct gatherer *gatherer, const struct cli_csv_row *row,
                      struct cli_import_submission *identity)
{
    const char *scheme = gatherer->map->unit_scheme, *code, *unit;

    if (!read_member(gatherer, &gatherer->map->unit, row, "the unit", &code)) {
        return false;
    }
    unit = code;
    if (scheme != NULL && identity->period != NULL) {
        unit = gatherer->find_unit(gatherer->find_context, code, identity->period);
        unit = unit != NULL ? unit : emis_arena_format(gatherer->arena, "%s:%s", scheme, code);
    }
    identity->unit = unit;
    return true;
}

/* One spelling of a number, or two lines of one submission would be two. */
static bool read_part(struct gatherer *gatherer, const struct cli_import_cell *cell,
                      const struct cli_csv_row *row, const char **ret_text)
{
    int64_t number;

    if (!read_member(gatherer, &cell->source, row, cell->field->name, ret_text)) {
        return false;
    }
    if (cell->field->type != CATALOGUE_INT) {
        return true;
    }
    if (!cli_import_value_integer(*ret_text, row->line,
                                  cli_import_value_column(&cell->source, gatherer->arena),
                                  E_FIELD_TYPE, gatherer->mistakes, &number)) {
        return false;
    }
    *ret_text = emis_arena_format(gatherer->arena, "%" PRId64, number);
    return true;
}

static bool read_parts(struct gatherer *gatherer, const struct cli_csv_row *row,
                       struct cli_import_submission *identity)
{
    size_t count = gatherer->map->form->key_part_count;
    bool ok = true;

    identity->parts = emis_arena_alloc(gatherer->arena, (count + 1) * sizeof *identity->parts);
    for (size_t i = 0; i < count; i++) {
        ok &= read_part(gatherer, &gatherer->map->parts[i], row, &identity->parts[i]);
    }
    return ok;
}

/* Every mistake of the line is told, not only its first. */
static bool read_identity(struct gatherer *gatherer, const struct cli_csv_row *row,
                          struct cli_import_submission *identity)
{
    const struct cli_import_source *source = &gatherer->map->revision;
    const char *revision;
    bool ok = read_member(gatherer, &gatherer->map->period, row, "the period", &identity->period);

    ok &= read_unit(gatherer, row, identity);
    ok &= read_parts(gatherer, row, identity);
    return read_member(gatherer, source, row, "the revision", &revision) &&
           cli_import_value_integer(revision, row->line,
                                    cli_import_value_column(source, gatherer->arena),
                                    E_ENV_REVISION, gatherer->mistakes, &identity->revision) &&
           ok;
}

/* U+001F is in no code: the parser of submissions refuses control characters. */
static const char *key_of(struct gatherer *gatherer, const struct cli_import_submission *identity)
{
    const char *key = emis_arena_format(gatherer->arena, "%s\x1f%s\x1f%" PRId64, identity->unit,
                                        identity->period, identity->revision);

    for (size_t i = 0; i < gatherer->map->form->key_part_count; i++) {
        key = emis_arena_format(gatherer->arena, "%s\x1f%s", key, identity->parts[i]);
    }
    return key;
}

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static int compare_submissions(const void *left, const void *right)
{
    const struct cli_import_submission *a = left, *b = right;

    return (a->rows[0] > b->rows[0]) - (a->rows[0] < b->rows[0]);
}

/* lines are sorted: those of one submission lie together. */
static void collect(struct gatherer *gatherer, const struct line *lines, size_t count,
                    struct cli_import_rows *ret_rows)
{
    size_t *rows = emis_arena_alloc(gatherer->arena, (count + 1) * sizeof *rows);

    ret_rows->submissions =
        emis_arena_alloc(gatherer->arena, (count + 1) * sizeof *ret_rows->submissions);
    ret_rows->count = 0;
    for (size_t i = 0; i < count; i++) {
        rows[i] = lines[i].row;
        if (i == 0 || strcmp(lines[i].key, lines[i - 1].key) != 0) {
            ret_rows->submissions[ret_rows->count] = lines[i].identity;
            ret_rows->submissions[ret_rows->count++].rows = &rows[i];
        }
        ret_rows->submissions[ret_rows->count - 1].row_count++;
    }
    qsort(ret_rows->submissions, ret_rows->count, sizeof *ret_rows->submissions,
          compare_submissions);
}

bool cli_import_rows_gather(const struct cli_import_map *map, const struct cli_csv *csv,
                            cli_import_unit_fn find_unit, void *find_context,
                            struct emis_arena *arena, struct cli_import_mistakes *mistakes,
                            struct cli_import_rows *ret_rows)
{
    struct gatherer gatherer = {map, find_unit, find_context, arena, mistakes};
    struct line *lines = emis_arena_alloc(arena, (csv->row_count + 1) * sizeof *lines);
    size_t count = 0, told = mistakes->count;

    for (size_t i = 0; i < csv->row_count; i++) {
        struct line *line = &lines[count];

        *line = (struct line){.row = i};
        if (read_identity(&gatherer, &csv->rows[i], &line->identity)) {
            line->key = key_of(&gatherer, &line->identity);
            count++;
        }
    }
    if (csv->row_count == 0) {
        cli_import_value_mistake(mistakes, E_INPUT, csv->header.line, "",
                                 "the file has no line below its header");
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    collect(&gatherer, lines, count, ret_rows);
    return mistakes->count == told;
}
