/* SPDX-License-Identifier: Apache-2.0 */
/* registry link: proposals for a foreign list, and the acceptance of proposals. The comparison
 * itself is lib/registry/link.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/registry/index.h"
#include "lib/registry/link.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/csv.h"
#include "ops/cli/print.h"
#include "ops/cli/scheme.h"

#define AREA_COLUMNS_MAX 10

/* What stands beside a place of the comparison. */
struct named {
    const char *code;
    const char *name;
};

struct linking {
    struct cli_context *cli;
    struct emis_arena *arena;
    struct store_connection *conn;
    const char *scheme;
    struct cli_csv list, words;
    struct cli_mistakes mistakes;
    size_t code_at, name_at, area_at[AREA_COLUMNS_MAX];
    size_t *rows; /* of the list, for each entry */
    size_t linked_count;
    struct registry_link_input input;
    struct named *areas, *units; /* beside the input's */
};

static bool check_options(struct cli_context *cli, struct emis_error *err)
{
    if (!cli_context_has(cli, "accept")) {
        return (cli->operand_count == 1 && cli_context_has(cli, "scheme")) ||
               emis_error_set(err, E_USAGE,
                              "emis registry link needs a list and --scheme, or --accept");
    }
    return (cli->operand_count == 0 && !cli_context_has(cli, "scheme") &&
            !cli_context_has(cli, "out")) ||
           emis_error_set(err, E_USAGE, "--accept takes a file of proposals and no list");
}

static void need_column(struct linking *linking, const char *name, size_t *ret_at)
{
    *ret_at = cli_csv_column(&linking->list, name);
    if (*ret_at == SIZE_MAX) {
        cli_mistakes_add(&linking->mistakes, linking->list.header.line, name,
                         "the column is missing");
    }
}

static void map_columns(struct linking *linking)
{
    need_column(linking, "code", &linking->code_at);
    need_column(linking, "name", &linking->name_at);
    need_column(linking, "area1", &linking->area_at[0]);
    linking->input.entry_area_count = 1;
    for (size_t i = 1; i < AREA_COLUMNS_MAX; i++) {
        char name[16];

        (void) snprintf(name, sizeof name, "area%zu", i + 1);
        linking->area_at[i] = cli_csv_column(&linking->list, name);
        if (linking->area_at[i] == SIZE_MAX) {
            break;
        }
        linking->input.entry_area_count++;
    }
}

/* The codes of the list: each once. */
static void check_codes(struct linking *linking)
{
    struct registry_index index;
    size_t count = linking->list.row_count;
    const char **codes = emis_arena_alloc(linking->arena, (count + 1) * sizeof *codes);

    for (size_t i = 0; i < count; i++) {
        codes[i] = linking->list.rows[i].cells[linking->code_at];
        if (!registry_change_is_code(codes[i])) {
            cli_mistakes_add(&linking->mistakes, linking->list.rows[i].line, "code",
                             "a code has 1 to 60 letters, digits or _ . : / -");
        }
    }
    registry_index_init(&index, linking->arena, codes, count);
    for (size_t i = 0; i < count; i++) {
        if (registry_index_find(&index, codes[i], strlen(codes[i])) != i) {
            cli_mistakes_add(&linking->mistakes, linking->list.rows[i].line, "code",
                             "the code occurs twice");
        }
    }
}

static bool read_list(struct linking *linking, struct emis_error *err)
{
    if (!emis_text_is_identifier(linking->scheme)) {
        return emis_error_set(
            err, E_USAGE,
            "a scheme has 1 to 41 small letters, digits or _ and begins with a letter");
    }
    if (!cli_csv_read(&linking->list, linking->cli->operands[0], cli_mistakes_add,
                      &linking->mistakes, err)) {
        return false;
    }
    map_columns(linking);
    if (linking->mistakes.count == 0) {
        check_codes(linking);
    }
    return linking->mistakes.count == 0;
}

static bool read_words(struct linking *linking, struct emis_error *err)
{
    struct cli_mistakes mistakes = {.file = cli_context_option(linking->cli, "words")};
    struct registry_link_word *words;
    const char *root;

    if (mistakes.file == NULL) {
        if (!cli_context_root(linking->cli, &root, err)) {
            return false;
        }
        mistakes.file = emis_arena_format(linking->arena, "%s/catalogue/linkage/words.csv", root);
    }
    if (!cli_csv_read(&linking->words, mistakes.file, cli_mistakes_add, &mistakes, err)) {
        return cli_mistakes_fail(&mistakes, err);
    }
    size_t phrase_at = cli_csv_column(&linking->words, "phrase");
    size_t replacement_at = cli_csv_column(&linking->words, "replacement");
    if (phrase_at == SIZE_MAX || replacement_at == SIZE_MAX) {
        return emis_error_set_at(err, E_INPUT, mistakes.file,
                                 "the columns of common words are phrase and replacement");
    }
    words = emis_arena_alloc(linking->arena, (linking->words.row_count + 1) * sizeof *words);
    for (size_t i = 0; i < linking->words.row_count; i++) {
        words[i] = (struct registry_link_word){linking->words.rows[i].cells[phrase_at],
                                               linking->words.rows[i].cells[replacement_at]};
    }
    linking->input.words = words;
    linking->input.word_count = linking->words.row_count;
    return true;
}

/* The codes of the scheme that stand already are passed over. */
static bool fill_entries(struct linking *linking, struct emis_error *err)
{
    size_t count = linking->list.row_count, width = linking->input.entry_area_count;
    struct registry_link_entry *entries =
        emis_arena_alloc(linking->arena, (count + 1) * sizeof *entries);
    struct registry_index index;
    struct store_params params;
    struct store_result *result;
    const char **codes;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, linking->scheme);
    ok = store_query_run(linking->conn, "link_codes", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    codes = emis_arena_alloc(linking->arena, (store_result_rows(result) + 1) * sizeof *codes);
    for (size_t i = 0; i < store_result_rows(result); i++) {
        codes[i] = emis_arena_strdup(linking->arena, store_result_text(result, i, 0));
    }
    registry_index_init(&index, linking->arena, codes, store_result_rows(result));
    store_result_free(result);
    linking->rows = emis_arena_alloc(linking->arena, (count + 1) * sizeof *linking->rows);
    for (size_t i = 0; i < count; i++) {
        const char *const *cells = linking->list.rows[i].cells;
        const char **areas = emis_arena_alloc(linking->arena, width * sizeof *areas);

        if (registry_index_find(&index, cells[linking->code_at], strlen(cells[linking->code_at])) !=
            REGISTRY_INDEX_NONE) {
            linking->linked_count++;
            continue;
        }
        for (size_t j = 0; j < width; j++) {
            areas[j] = cells[linking->area_at[j]];
        }
        linking->rows[linking->input.entry_count] = i;
        entries[linking->input.entry_count++] =
            (struct registry_link_entry){cells[linking->name_at], areas};
    }
    linking->input.entries = entries;
    return true;
}

static bool query_on_day(struct linking *linking, const char *statement, bool has_scheme,
                         struct store_result **ret_result, struct emis_error *err)
{
    const char *day = cli_context_option(linking->cli, "on");
    int32_t days = 0;
    struct store_params params;
    bool ok;

    if (day != NULL && !emis_date_parse(day, strlen(day), &days, err)) {
        return emis_error_set(err, E_USAGE, "--on %s is not a day such as 2022-03-31", day);
    }
    store_params_init(&params);
    if (day == NULL) {
        store_params_null(&params, STORE_DATE);
    } else {
        store_params_date(&params, days);
    }
    if (has_scheme) {
        store_params_text(&params, linking->scheme);
    }
    ok = store_query_run(linking->conn, statement, &params, ret_result, err);
    store_params_release(&params);
    return ok;
}

/* The default name and those in other languages; both results are sorted by place. */
static void fill_names(struct linking *linking, const struct store_result *places, size_t row,
                       const struct store_result *labels, size_t *label,
                       struct registry_link_place *place)
{
    int32_t place_id = store_result_i32(places, row, 0);
    size_t first, count = 1;
    const char **names;

    while (*label < store_result_rows(labels) && store_result_i32(labels, *label, 0) < place_id) {
        (*label)++;
    }
    for (first = *label;
         *label < store_result_rows(labels) && store_result_i32(labels, *label, 0) == place_id;
         (*label)++) {
        count++;
    }
    names = emis_arena_alloc(linking->arena, count * sizeof *names);
    names[0] = emis_arena_strdup(linking->arena, store_result_text(places, row, 3));
    for (size_t i = 1; i < count; i++) {
        names[i] = emis_arena_strdup(linking->arena, store_result_text(labels, first + i - 1, 1));
    }
    place->names = names;
    place->name_count = count;
}

/* The position among the areas of the place with this number, which areas[] lists in order. */
static size_t find_area(const int32_t *area_ids, size_t count, int32_t place_id)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (area_ids[middle] < place_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && area_ids[low] == place_id ? low : REGISTRY_LINK_NONE;
}

static void fill_places(struct linking *linking, const struct store_result *places,
                        const struct store_result *labels)
{
    size_t rows = store_result_rows(places), label = 0, area_count = 0;
    struct registry_link_place *areas =
        emis_arena_alloc(linking->arena, (rows + 1) * sizeof *areas);
    struct registry_link_place *units =
        emis_arena_alloc(linking->arena, (rows + 1) * sizeof *units);
    int32_t *area_ids = emis_arena_alloc(linking->arena, (rows + 1) * sizeof *area_ids);

    linking->areas = emis_arena_alloc(linking->arena, (rows + 1) * sizeof *linking->areas);
    linking->units = emis_arena_alloc(linking->arena, (rows + 1) * sizeof *linking->units);
    for (size_t row = 0; row < rows; row++) {
        if (!store_result_bool(places, row, 4)) {
            area_ids[area_count++] = store_result_i32(places, row, 0);
        }
    }
    for (size_t row = 0; row < rows; row++) {
        bool is_unit = store_result_bool(places, row, 4);
        struct registry_link_place place = {
            .parent = find_area(area_ids, area_count, store_result_i32(places, row, 1))};
        struct named named = {emis_arena_strdup(linking->arena, store_result_text(places, row, 2)),
                              NULL};

        fill_names(linking, places, row, labels, &label, &place);
        named.name = place.names[0];
        if (!is_unit) {
            linking->areas[linking->input.area_count] = named;
            areas[linking->input.area_count++] = place;
        } else if (!store_result_bool(places, row, 5)) {
            linking->units[linking->input.unit_count] = named;
            units[linking->input.unit_count++] = place;
        }
    }
    linking->input.areas = areas;
    linking->input.units = units;
}

static bool load_places(struct linking *linking, struct emis_error *err)
{
    struct store_result *places, *labels;

    if (!query_on_day(linking, "link_places", true, &places, err)) {
        return false;
    }
    if (!query_on_day(linking, "link_labels", false, &labels, err)) {
        store_result_free(places);
        return false;
    }
    fill_places(linking, places, labels);
    store_result_free(places);
    store_result_free(labels);
    return true;
}

static void print_proposal(const struct linking *linking, struct cli_print *print, size_t entry,
                           const struct registry_link_proposal *proposal)
{
    const char *const *cells = linking->list.rows[linking->rows[entry]].cells;
    bool has_unit = proposal->unit != REGISTRY_LINK_NONE;
    bool has_area = proposal->area != REGISTRY_LINK_NONE;
    char score[16], margin[16];

    (void) snprintf(score, sizeof score, "%d.%03d", proposal->score / REGISTRY_LINK_SCORE_MAX,
                    proposal->score % REGISTRY_LINK_SCORE_MAX);
    (void) snprintf(margin, sizeof margin, "%s%d.%03d", proposal->margin < 0 ? "-" : "",
                    abs(proposal->margin) / REGISTRY_LINK_SCORE_MAX,
                    abs(proposal->margin) % REGISTRY_LINK_SCORE_MAX);
    cli_print_row(print, (const char *const[]){
                             linking->scheme, cells[linking->code_at],
                             has_unit ? linking->units[proposal->unit].code : NULL, score,
                             has_unit ? margin : NULL, registry_link_status_name(proposal->status),
                             cells[linking->name_at],
                             has_unit ? linking->units[proposal->unit].name : NULL,
                             has_area ? linking->areas[proposal->area].name : NULL});
}

static bool print_proposals(const struct linking *linking,
                            const struct registry_link_proposal *proposals, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"scheme", 't'}, {"code", 't'}, {"unit", 't'},      {"score", 'n'}, {"margin", 'n'},
        {"status", 't'}, {"name", 't'}, {"unit_name", 't'}, {"area", 't'},  {NULL, 0}};
    const char *out = cli_context_option(linking->cli, "out");
    struct cli_print print;

    cli_print_init(&print, linking->cli, "emis.registry_link/1", columns);
    cli_print_as_csv(&print);
    for (size_t i = 0; i < linking->input.entry_count; i++) {
        print_proposal(linking, &print, i, &proposals[i]);
    }
    if (out != NULL) {
        return cli_print_end_in(&print, out, err);
    }
    cli_print_end(&print);
    return true;
}

static bool propose(struct linking *linking, struct emis_error *err)
{
    const struct registry_link_proposal *proposals;
    size_t counts[REGISTRY_LINK_AUTO + 1] = {0};

    if (!read_list(linking, err) || !read_words(linking, err) ||
        !cli_context_connect(linking->cli, &linking->conn, err) || !fill_entries(linking, err) ||
        !load_places(linking, err)) {
        return false;
    }
    proposals = registry_link_propose(linking->arena, &linking->input);
    for (size_t i = 0; i < linking->input.entry_count; i++) {
        counts[proposals[i].status]++;
    }
    cli_context_say(linking->cli,
                    "%zu entries, %zu of them linked before; %zu schools: %zu auto, %zu to review, "
                    "%zu without a match; nothing is linked until `registry link --accept`",
                    linking->list.row_count, linking->linked_count, linking->input.unit_count,
                    counts[REGISTRY_LINK_AUTO], counts[REGISTRY_LINK_REVIEW],
                    counts[REGISTRY_LINK_NO_MATCH]);
    return print_proposals(linking, proposals, err);
}

/* The columns of a file of proposals that matter when it is accepted. */
struct accepted_columns {
    size_t scheme, code, unit, status;
};

static bool find_columns(const struct cli_csv *csv, struct cli_mistakes *mistakes,
                         struct accepted_columns *at)
{
    const struct {
        const char *name;
        size_t *at;
    } wanted[] = {
        {"scheme", &at->scheme}, {"code", &at->code}, {"unit", &at->unit}, {"status", &at->status}};

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].at = cli_csv_column(csv, wanted[i].name);
        if (*wanted[i].at == SIZE_MAX) {
            cli_mistakes_add(mistakes, csv->header.line, wanted[i].name, "the column is missing");
        }
    }
    return mistakes->count == 0;
}

/* auto and accepted are linked; review, rejected and none are passed over. */
static void accept_row(const struct cli_csv_row *from, const struct accepted_columns *at,
                       struct cli_mistakes *mistakes, struct registry_codes_row *rows,
                       size_t *count)
{
    const char *status = from->cells[at->status];

    if (strcmp(status, "auto") == 0 || strcmp(status, "accepted") == 0) {
        if (from->cells[at->unit][0] == '\0') {
            cli_mistakes_add(mistakes, from->line, "unit", "an accepted line names its unit");
        }
        rows[(*count)++] = (struct registry_codes_row){.line = from->line,
                                                       .scheme = from->cells[at->scheme],
                                                       .code = from->cells[at->code],
                                                       .unit = from->cells[at->unit]};
    } else if (strcmp(status, "review") != 0 && strcmp(status, "rejected") != 0 &&
               strcmp(status, "none") != 0) {
        cli_mistakes_add(mistakes, from->line, "status",
                         "a status is auto, accepted, review, rejected or none");
    }
}

static bool accept_rows(struct cli_context *cli, const struct cli_csv *csv,
                        struct cli_mistakes *mistakes, struct emis_error *err)
{
    struct accepted_columns at;
    struct registry_codes_row *rows;
    size_t count = 0;
    bool ok;

    if (!find_columns(csv, mistakes, &at)) {
        return false;
    }
    rows = emis_calloc(csv->row_count + 1, sizeof *rows);
    for (size_t i = 0; i < csv->row_count; i++) {
        accept_row(&csv->rows[i], &at, mistakes, rows, &count);
    }
    ok = mistakes->count == 0 && cli_scheme_apply(cli, rows, count, mistakes, err);
    free(rows);
    return ok;
}

static bool accept(struct cli_context *cli, struct emis_error *err)
{
    struct cli_mistakes mistakes = {.file = cli_context_option(cli, "accept")};
    struct cli_csv csv;
    bool ok = cli_csv_read(&csv, mistakes.file, cli_mistakes_add, &mistakes, err) &&
              accept_rows(cli, &csv, &mistakes, err);

    cli_csv_release(&csv);
    return ok || cli_mistakes_fail(&mistakes, err);
}

bool cli_link_run(struct cli_context *cli, struct emis_error *err)
{
    struct linking linking = {.cli = cli, .scheme = cli_context_option(cli, "scheme")};
    bool ok;

    if (!check_options(cli, err)) {
        return false;
    }
    if (cli_context_has(cli, "accept")) {
        return accept(cli, err);
    }
    linking.mistakes.file = cli->operands[0];
    linking.arena = emis_arena_new(1 << 20);
    ok = propose(&linking, err);
    cli_csv_release(&linking.list);
    cli_csv_release(&linking.words);
    store_connection_free(linking.conn);
    emis_arena_free(linking.arena);
    return ok || cli_mistakes_fail(&linking.mistakes, err);
}
