/* SPDX-License-Identifier: Apache-2.0 */
/* findings list; the rules' texts in the database. */
#include "ops/cli/finding.h"

#include "lib/base/arena.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000000

static bool write_texts(struct store_connection *conn, const struct catalogue *catalogue,
                        struct emis_arena *arena, struct emis_error *err)
{
    size_t room = catalogue->cross_count * catalogue->language_count + 1, count = 0;
    int16_t *rules = emis_arena_alloc(arena, room * sizeof *rules);
    const char **languages = emis_arena_alloc(arena, room * sizeof *languages);
    const char **texts = emis_arena_alloc(arena, room * sizeof *texts);
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &catalogue->crosses[i];

        for (size_t j = 0; catalogue_cross_find(catalogue, cross->code) == cross &&
                           catalogue_language(catalogue, j) != NULL;
             j++) {
            rules[count] = cross->number;
            languages[count] = catalogue_language(catalogue, j);
            texts[count] = catalogue_label(catalogue, languages[count],
                                           emis_arena_format(arena, "rule.%s", cross->code));
            count++;
        }
    }
    store_params_init(&params);
    store_params_i16_array(&params, rules, count, NULL);
    store_params_text_array(&params, languages, count);
    store_params_text_array(&params, texts, count);
    ok = store_query_run(conn, "sync_put_rule_text", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* The rule can find something at units of the level in periods of the kind. */
static bool can_find(const struct catalogue_cross *cross, size_t level, int kind)
{
    if (cross->method == CATALOGUE_COMPARE) {
        return (cross->level_mask >> level & 1) != 0 && (int) cross->period_kind == kind;
    }
    return cross->form == NULL ||
           ((cross->form->level_mask >> level & 1) != 0 && (int) cross->form->period_kind == kind);
}

static bool close_findings(struct store_connection *conn, const struct catalogue *catalogue,
                           struct emis_arena *arena, struct emis_error *err)
{
    size_t room = catalogue->cross_count * catalogue->level_count * CATALOGUE_PERIOD_KINDS + 1;
    size_t count = 0;
    int16_t *rules = emis_arena_alloc(arena, room * sizeof *rules);
    int16_t *levels = emis_arena_alloc(arena, room * sizeof *levels);
    int16_t *kinds = emis_arena_alloc(arena, room * sizeof *kinds);
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < catalogue->cross_count; i++) {
        for (size_t cell = 0; cell < catalogue->level_count * CATALOGUE_PERIOD_KINDS; cell++) {
            size_t level = cell / CATALOGUE_PERIOD_KINDS;
            int kind = (int) (cell % CATALOGUE_PERIOD_KINDS);

            if (can_find(&catalogue->crosses[i], level, kind)) {
                rules[count] = catalogue->crosses[i].number;
                levels[count] = (int16_t) level;
                kinds[count++] = (int16_t) (1 + kind); /* as the number of a period begins */
            }
        }
    }
    store_params_init(&params);
    store_params_i16_array(&params, rules, count, NULL);
    store_params_i16_array(&params, levels, count, NULL);
    store_params_i16_array(&params, kinds, count, NULL);
    ok = store_query_run(conn, "sync_close_findings", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

bool cli_finding_write(struct store_connection *conn, const struct catalogue *catalogue,
                       struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(1 << 14);
    bool ok =
        write_texts(conn, catalogue, arena, err) && close_findings(conn, catalogue, arena, err);

    emis_arena_free(arena);
    return ok;
}

/* An empty list is an answer; a thing that does not exist is none. */
static bool check_asked(struct store_connection *conn, const struct store_params *params,
                        struct emis_error *err)
{
    struct store_result *result;
    const char *what;

    if (!store_query_run(conn, "explain_findings", params, &result, err)) {
        return false;
    }
    what = store_result_text(result, 0, 0);
    if (what != NULL) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s", what);
    }
    store_result_free(result);
    return what == NULL;
}

static void bind_asked(const struct cli_context *cli, struct store_params *params)
{
    store_params_text(params, cli_context_option(cli, "rule"));
    store_params_text(params, cli_context_option(cli, "unit"));
    store_params_text(params, cli_context_option(cli, "period"));
    store_params_text(params, cli_context_option(cli, "language"));
}

static bool list_findings(struct cli_context *cli, struct store_connection *conn, long long limit,
                          struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"severity", 't'},  {"rule", 't'},    {"level", 't'},     {"unit", 't'},
        {"period", 't'},    {"subject", 't'}, {"text", 't'},      {"seen", 'j'},
        {"opened_at", 't'}, {"seen_at", 't'}, {"closed_at", 't'}, {NULL, 0}};
    struct store_params asked, all;
    struct store_result *result;
    struct cli_print print;
    bool ok;

    store_params_init(&asked);
    bind_asked(cli, &asked);
    store_params_init(&all);
    bind_asked(cli, &all);
    store_params_bool(&all, cli_context_has(cli, "open"));
    store_params_i64(&all, limit);
    ok = check_asked(conn, &asked, err) &&
         store_query_run_text(conn, "list_findings", &all, &result, err);
    store_params_release(&asked);
    store_params_release(&all);
    if (!ok) {
        return false;
    }
    cli_print_init(&print, cli, "emis.findings/1", columns);
    if (cli_context_has(cli, "csv")) {
        cli_print_as_csv(&print);
    }
    cli_print_result(&print, result);
    cli_print_end(&print);
    store_result_free(result);
    return true;
}

bool cli_finding_list(struct cli_context *cli, struct emis_error *err)
{
    struct store_connection *conn;
    long long limit;
    bool ok;

    if (!cli_context_number(cli, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit, err) ||
        !cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = list_findings(cli, conn, limit, err);
    store_connection_free(conn);
    return ok;
}
