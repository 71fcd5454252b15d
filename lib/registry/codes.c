/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/codes.h"

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/registry/apply.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

struct importing {
    struct store_connection *conn;
    const struct registry_codes_row *rows;
    size_t row_count;
    const struct registry_codes_options *options;
    struct emis_arena *arena;
    struct emis_error *err;
};

static bool load_units(const struct importing *importing, struct registry_codes_unit **ret_units,
                       size_t *ret_count)
{
    const char **codes =
        emis_arena_alloc(importing->arena, (importing->row_count + 1) * sizeof *codes);
    struct store_params params;
    struct store_result *result;
    for (size_t i = 0; i < importing->row_count; i++) {
        codes[i] = importing->rows[i].unit == NULL ? "" : importing->rows[i].unit;
    }
    store_params_init(&params);
    store_params_text_array(&params, codes, importing->row_count);
    bool is_done =
        store_query_run(importing->conn, "apply_find_units", &params, &result, importing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    size_t count = store_result_rows(result);
    struct registry_codes_unit *units =
        emis_arena_alloc(importing->arena, (count + 1) * sizeof *units);
    for (size_t row = 0; row < count; row++) {
        units[row] = (struct registry_codes_unit){
            .code = emis_arena_strdup(importing->arena, store_result_text(result, row, 0)),
            .unit_id = store_result_i32(result, row, 1)};
    }
    store_result_free(result);
    *ret_units = units;
    *ret_count = count;
    return true;
}

static bool load_standing(const struct importing *importing,
                          struct registry_codes_span **ret_standing, size_t *ret_count)
{
    size_t room = importing->row_count + 1;
    const char **schemes = emis_arena_alloc(importing->arena, room * sizeof *schemes);
    const char **codes = emis_arena_alloc(importing->arena, room * sizeof *codes);
    struct store_params params;
    struct store_result *result;
    for (size_t i = 0; i < importing->row_count; i++) {
        schemes[i] = importing->rows[i].scheme == NULL ? "" : importing->rows[i].scheme;
        codes[i] = importing->rows[i].code == NULL ? "" : importing->rows[i].code;
    }
    store_params_init(&params);
    store_params_text_array(&params, schemes, importing->row_count);
    store_params_text_array(&params, codes, importing->row_count);
    bool is_done =
        store_query_run(importing->conn, "apply_find_codes", &params, &result, importing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    size_t count = store_result_rows(result);
    struct registry_codes_span *standing =
        emis_arena_alloc(importing->arena, (count + 1) * sizeof *standing);
    for (size_t row = 0; row < count; row++) {
        standing[row] = (struct registry_codes_span){
            .scheme = emis_arena_strdup(importing->arena, store_result_text(result, row, 0)),
            .code = emis_arena_strdup(importing->arena, store_result_text(result, row, 1)),
            .unit_id = store_result_i32(result, row, 2),
            .valid_from = store_result_date(result, row, 3),
            .valid_to = store_result_date(result, row, 4),
            .since_version = store_result_i64(result, row, 5)};
    }
    store_result_free(result);
    *ret_standing = standing;
    *ret_count = count;
    return true;
}

static bool end_codes(const struct importing *importing, const struct registry_codes_plan *plan,
                      int64_t version)
{
    size_t room = plan->ended_count + 1;
    const char **schemes = emis_arena_alloc(importing->arena, room * sizeof *schemes);
    const char **codes = emis_arena_alloc(importing->arena, room * sizeof *codes);
    int32_t *froms = emis_arena_alloc(importing->arena, room * sizeof *froms);
    int64_t *versions = emis_arena_alloc(importing->arena, room * sizeof *versions);
    struct store_params params;
    for (size_t i = 0; i < plan->ended_count; i++) {
        schemes[i] = plan->ended[i].scheme;
        codes[i] = plan->ended[i].code;
        froms[i] = plan->ended[i].valid_from;
        versions[i] = plan->ended[i].since_version;
    }
    store_params_init(&params);
    store_params_text_array(&params, schemes, plan->ended_count);
    store_params_text_array(&params, codes, plan->ended_count);
    store_params_date_array(&params, froms, plan->ended_count, NULL);
    store_params_i64_array(&params, versions, plan->ended_count, NULL);
    store_params_i64(&params, version);
    bool is_done =
        store_query_run(importing->conn, "apply_end_codes", &params, NULL, importing->err);
    store_params_release(&params);
    return is_done;
}

static bool add_codes(const struct importing *importing, const struct registry_codes_plan *plan,
                      int64_t version)
{
    size_t room = plan->added_count + 1;
    const char **schemes = emis_arena_alloc(importing->arena, room * sizeof *schemes);
    const char **codes = emis_arena_alloc(importing->arena, room * sizeof *codes);
    int32_t *units = emis_arena_alloc(importing->arena, room * sizeof *units);
    int32_t *froms = emis_arena_alloc(importing->arena, room * sizeof *froms);
    int32_t *tos = emis_arena_alloc(importing->arena, room * sizeof *tos);
    struct store_params params;
    for (size_t i = 0; i < plan->added_count; i++) {
        schemes[i] = plan->added[i].scheme;
        codes[i] = plan->added[i].code;
        units[i] = plan->added[i].unit_id;
        froms[i] = plan->added[i].valid_from;
        tos[i] = plan->added[i].valid_to;
    }
    store_params_init(&params);
    store_params_text_array(&params, schemes, plan->added_count);
    store_params_text_array(&params, codes, plan->added_count);
    store_params_i32_array(&params, units, plan->added_count, NULL);
    store_params_date_array(&params, froms, plan->added_count, NULL);
    store_params_date_array(&params, tos, plan->added_count, NULL);
    store_params_i64(&params, version);
    bool is_done =
        store_query_run(importing->conn, "apply_add_codes", &params, NULL, importing->err);
    store_params_release(&params);
    return is_done;
}

static void tell(const struct registry_codes_options *options,
                 const struct registry_codes_plan *plan)
{
    for (size_t i = 0; options->on_difference != NULL && i < plan->ended_count; i++) {
        options->on_difference(options->context, '-', &plan->ended[i]);
    }
    for (size_t i = 0; options->on_difference != NULL && i < plan->added_count; i++) {
        options->on_difference(options->context, '+', &plan->added[i]);
    }
}

static bool write(const struct importing *importing, const struct registry_codes_plan *plan,
                  int64_t *ret_version)
{
    struct registry_apply_record record = {.source = "import",
                                           .kind = "codes",
                                           .effective_on = EMIS_DATE_INFINITY,
                                           .submission_key = -1,
                                           .changed_count =
                                               (int32_t) (plan->ended_count + plan->added_count)};
    if (!registry_apply_bump(importing->conn, &record.version, importing->err) ||
        !end_codes(importing, plan, record.version) ||
        !add_codes(importing, plan, record.version) ||
        !registry_apply_record(importing->conn, &record, importing->err)) {
        return false;
    }
    *ret_version = record.version;
    return true;
}

static bool import(const struct importing *importing, const struct catalogue *catalogue,
                   struct registry_codes_summary *summary)
{
    const struct registry_codes_options *options = importing->options;
    struct registry_codes_plan plan;
    struct registry_codes_unit *units;
    struct registry_codes_span *standing;
    size_t unit_count, standing_count;
    if (!registry_apply_lock(importing->conn, catalogue, importing->err) ||
        !load_units(importing, &units, &unit_count) ||
        !load_standing(importing, &standing, &standing_count) ||
        !registry_codes_plan(importing->arena, importing->rows, importing->row_count, units,
                             unit_count, standing, standing_count, options->on_mistake,
                             options->context, &plan, importing->err)) {
        return false;
    }
    tell(options, &plan);
    *summary = (struct registry_codes_summary){.added_count = plan.added_count,
                                               .ended_count = plan.ended_count,
                                               .kept_count = plan.kept_count};
    /* Nothing to change: ref.version stays where it is. */
    return options->is_dry_run || plan.added_count + plan.ended_count == 0 ||
           (write(importing, &plan, &summary->version) &&
            store_tx_commit(importing->conn, importing->err));
}

bool registry_codes_import(struct store_connection *conn, const struct catalogue *catalogue,
                           const struct registry_codes_row *rows, size_t count,
                           const struct registry_codes_options *options,
                           struct registry_codes_summary *ret_summary, struct emis_error *err)
{
    struct importing importing = {
        .conn = conn, .rows = rows, .row_count = count, .options = options, .err = err};
    if (!store_tx_begin(conn, err)) {
        return false;
    }
    importing.arena = emis_arena_new(64 * 1024);
    bool is_done = import(&importing, catalogue, ret_summary);
    store_tx_rollback(conn);
    emis_arena_free(importing.arena);
    return is_done || emis_error_wrap(err, "import codes");
}
