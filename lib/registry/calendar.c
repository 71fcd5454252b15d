/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/calendar.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/registry/apply.h"
#include "lib/registry/calendar_plan.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

struct importing {
    struct store_connection *conn;
    const struct catalogue *catalogue;
    const struct registry_calendar_options *options;
    struct emis_arena *arena;
    struct registry_calendar_plan plan;
    struct registry_calendar_summary summary;
    int64_t version;
    int32_t *changed_days;
    size_t changed_count;
    int16_t *forms; /* newest versions, with the levels at which they start */
    int16_t *levels;
    size_t form_count;
    size_t day_form_count; /* those that only school days owe stand first */
    struct emis_error *err;
};

static bool load_known(struct importing *importing, struct registry_calendar_period **ret_known,
                       size_t *ret_count)
{
    struct store_result *result;
    if (!store_query_run(importing->conn, "apply_known_spans", NULL, &result, importing->err)) {
        return false;
    }
    size_t count = store_result_rows(result);
    struct registry_calendar_period *known =
        emis_arena_alloc(importing->arena, (count + 1) * sizeof *known);
    bool is_good = true;
    for (size_t row = 0; is_good && row < count; row++) {
        known[row] = (struct registry_calendar_period){
            .period_id = store_result_i32(result, row, 0),
            .code = emis_arena_strdup(importing->arena, store_result_text(result, row, 2)),
            .starts_on = store_result_date(result, row, 3),
            .ends_on = store_result_date(result, row, 4),
            .school_year = store_result_i16(result, row, 5),
        };
        is_good =
            catalogue_period_kind_by_name(store_result_text(result, row, 1), &known[row].kind) ||
            emis_error_set(importing->err, E_DB_SICK,
                           "ref.period holds period %s of an unknown kind", known[row].code);
    }
    store_result_free(result);
    *ret_known = known;
    *ret_count = count;
    return is_good;
}

static void list_forms(struct importing *importing)
{
    const struct catalogue *catalogue = importing->catalogue;
    importing->forms =
        emis_arena_alloc(importing->arena, (catalogue->form_count + 1) * sizeof *importing->forms);
    importing->levels =
        emis_arena_alloc(importing->arena, (catalogue->form_count + 1) * sizeof *importing->levels);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < catalogue->form_count; i++) {
            const struct catalogue_form *form = &catalogue->forms[i];
            if (form->is_school_day_only == (pass == 0) &&
                catalogue_form_newest(catalogue, form->code) == form) {
                importing->forms[importing->form_count] = form->number;
                importing->levels[importing->form_count++] = (int16_t) form->leaf_level;
            }
        }
        if (pass == 0) {
            importing->day_form_count = importing->form_count;
        }
    }
}

/* Run a statement that only counts. */
static bool run_counted(struct importing *importing, const char *statement,
                        const struct store_params *params, int64_t *count)
{
    struct store_result *result;
    if (!store_query_run(importing->conn, statement, params, &result, importing->err)) {
        return false;
    }
    *count += store_result_affected(result);
    store_result_free(result);
    return true;
}

static bool add_periods(struct importing *importing, const char *statement, bool is_own)
{
    size_t room = importing->plan.period_count + 1;
    int32_t *ids = emis_arena_alloc(importing->arena, room * sizeof *ids);
    int32_t *starts = emis_arena_alloc(importing->arena, room * sizeof *starts);
    int32_t *ends = emis_arena_alloc(importing->arena, room * sizeof *ends);
    int16_t *years = emis_arena_alloc(importing->arena, room * sizeof *years);
    const char **kinds = emis_arena_alloc(importing->arena, room * sizeof *kinds);
    const char **codes = emis_arena_alloc(importing->arena, room * sizeof *codes);
    size_t count = 0;
    struct store_params params;
    for (size_t i = 0; i < importing->plan.period_count; i++) {
        const struct registry_calendar_period *period = &importing->plan.periods[i];
        if (period->is_own != is_own || period->kind == CATALOGUE_CAMPAIGN) {
            continue;
        }
        ids[count] = period->period_id;
        kinds[count] = catalogue_period_kind_name(period->kind);
        codes[count] = period->code;
        starts[count] = period->starts_on;
        ends[count] = period->ends_on;
        years[count++] = period->school_year;
    }
    store_params_init(&params);
    store_params_i32_array(&params, ids, count, NULL);
    store_params_text_array(&params, kinds, count);
    store_params_text_array(&params, codes, count);
    store_params_date_array(&params, starts, count, NULL);
    store_params_date_array(&params, ends, count, NULL);
    store_params_i16_array(&params, years, count, NULL);
    bool is_done = run_counted(importing, statement, &params, &importing->summary.new_periods);
    store_params_release(&params);
    return is_done;
}

static bool add_campaigns(struct importing *importing)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < importing->plan.period_count; i++) {
        const struct registry_calendar_period *period = &importing->plan.periods[i];
        struct store_params params;
        if (period->kind != CATALOGUE_CAMPAIGN) {
            continue;
        }
        store_params_init(&params);
        store_params_text(&params, period->code);
        store_params_date(&params, period->starts_on);
        store_params_date(&params, period->ends_on);
        store_params_i16(&params, period->school_year);
        is_done =
            run_counted(importing, "apply_add_campaign", &params, &importing->summary.new_periods);
        store_params_release(&params);
    }
    return is_done;
}

static bool write_periods(struct importing *importing)
{
    struct store_params params;
    if (importing->plan.period_count == 0) {
        return true;
    }
    store_params_init(&params);
    store_params_i16_array(&params, importing->forms, importing->form_count, NULL);
    store_params_i16_array(&params, importing->levels, importing->form_count, NULL);
    bool is_done =
        add_periods(importing, "apply_add_own_periods", true) &&
        add_periods(importing, "apply_add_periods", false) && add_campaigns(importing) &&
        store_query_run(importing->conn, "apply_add_dim_periods", NULL, NULL, importing->err) &&
        store_query_run(importing->conn, "apply_add_dim_dates", NULL, NULL, importing->err) &&
        run_counted(importing, "apply_add_within", &params, &importing->summary.dirty_rows);
    store_params_release(&params);
    return is_done;
}

/* Run a statement that returns the days it changed, and remember them. */
static bool run_days(struct importing *importing, const char *statement,
                     const struct store_params *params, int64_t *count)
{
    struct store_result *result;
    if (!store_query_run(importing->conn, statement, params, &result, importing->err)) {
        return false;
    }
    size_t rows = store_result_rows(result);
    int32_t *days =
        emis_arena_alloc(importing->arena, (importing->changed_count + rows + 1) * sizeof *days);
    if (importing->changed_count > 0) {
        memcpy(days, importing->changed_days, importing->changed_count * sizeof *days);
    }
    for (size_t row = 0; row < rows; row++) {
        days[importing->changed_count + row] = store_result_date(result, row, 0);
    }
    importing->changed_days = days;
    importing->changed_count += rows;
    *count += (int64_t) rows;
    store_result_free(result);
    return true;
}

static bool write_closed_days(struct importing *importing,
                              const struct registry_calendar_area *area, int16_t calendar_id)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i16(&params, calendar_id);
    store_params_date_array(&params, area->covered_days, area->covered_count, NULL);
    store_params_date_array(&params, area->closed_days, area->closed_count, NULL);
    store_params_text_array(&params, area->reasons, area->closed_count);
    store_params_i64(&params, importing->version);
    bool is_done = run_days(importing, "apply_end_closed_days", &params,
                            &importing->summary.ended_closed_days);
    store_params_clear(&params);
    store_params_i16(&params, calendar_id);
    store_params_date_array(&params, area->closed_days, area->closed_count, NULL);
    store_params_text_array(&params, area->reasons, area->closed_count);
    store_params_i64(&params, importing->version);
    is_done = is_done && run_days(importing, "apply_add_closed_days", &params,
                                  &importing->summary.new_closed_days);
    store_params_release(&params);
    return is_done;
}

static bool add_calendar(struct importing *importing, int32_t unit_id, int16_t *ret_calendar_id)
{
    struct store_params params;
    struct store_result *result;
    store_params_init(&params);
    store_params_i32(&params, unit_id);
    store_params_i64(&params, importing->version);
    bool is_done =
        store_query_run(importing->conn, "apply_add_calendar", &params, &result, importing->err);
    store_params_release(&params);
    if (is_done) {
        *ret_calendar_id = store_result_i16(result, 0, 0);
        importing->summary.new_calendars++;
        store_result_free(result);
    }
    return is_done;
}

static bool refuse_area(struct importing *importing, const struct registry_calendar_area *area)
{
    if (*area->code == '\0') {
        (void) emis_error_set_at(importing->err, E_REGISTRY, "area",
                                 "there is no country in the registry");
    } else {
        (void) emis_error_set_at(importing->err, E_REGISTRY, "area", "area %s is not registered",
                                 area->code);
    }
    if (importing->options->on_mistake != NULL) {
        importing->options->on_mistake(importing->options->context, area->line, "area",
                                       importing->err->message);
    }
    return false;
}

static bool write_area(struct importing *importing, const struct registry_calendar_area *area,
                       const struct store_result *found)
{
    for (size_t row = 0; row < store_result_rows(found); row++) {
        int16_t calendar_id;
        if (strcmp(store_result_text(found, row, 0), area->code) != 0 ||
            store_result_is_null(found, row, 1)) {
            continue;
        }
        if (!store_result_is_null(found, row, 2)) {
            calendar_id = store_result_i16(found, row, 2);
        } else if (!add_calendar(importing, store_result_i32(found, row, 1), &calendar_id)) {
            return false;
        }
        return write_closed_days(importing, area, calendar_id);
    }
    return refuse_area(importing, area);
}

static bool follow_calendars(struct importing *importing)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i64(&params, importing->version);
    bool is_done =
        store_query_run(importing->conn, "apply_follow_calendars", &params, NULL, importing->err);
    store_params_release(&params);
    return is_done;
}

static bool write_areas(struct importing *importing)
{
    size_t count = importing->plan.area_count;
    const char **codes = emis_arena_alloc(importing->arena, (count + 1) * sizeof *codes);
    struct store_params params;
    struct store_result *found;
    for (size_t i = 0; i < count; i++) {
        codes[i] = importing->plan.areas[i].code;
    }
    store_params_init(&params);
    store_params_text_array(&params, codes, count);
    bool is_done =
        store_query_run(importing->conn, "apply_find_areas", &params, &found, importing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    for (size_t i = 0; is_done && i < count; i++) {
        is_done = write_area(importing, &importing->plan.areas[i], found);
    }
    store_result_free(found);
    return is_done && (importing->summary.new_calendars == 0 || follow_calendars(importing));
}

static bool add_dirty_days(struct importing *importing)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i16_array(&params, importing->forms, importing->day_form_count, NULL);
    store_params_i16_array(&params, importing->levels, importing->day_form_count, NULL);
    store_params_date_array(&params, importing->changed_days, importing->changed_count, NULL);
    store_params_bool(&params, importing->summary.new_calendars > 0);
    bool is_done =
        run_counted(importing, "apply_dirty_days", &params, &importing->summary.dirty_rows);
    store_params_release(&params);
    return is_done;
}

static bool is_changed(const struct registry_calendar_summary *summary)
{
    return summary->new_periods + summary->new_closed_days + summary->ended_closed_days +
               summary->new_calendars >
           0;
}

static bool import(struct importing *importing, const struct registry_calendar_row *rows,
                   size_t count)
{
    const struct registry_calendar_options *options = importing->options;
    struct registry_apply_record record = {.source = "calendar",
                                           .kind = "days",
                                           .effective_on = EMIS_DATE_INFINITY,
                                           .submission_key = -1};
    struct registry_calendar_period *known;
    size_t known_count;
    list_forms(importing);
    if (!registry_apply_lock(importing->conn, importing->catalogue, importing->err) ||
        !load_known(importing, &known, &known_count) ||
        !registry_calendar_plan(importing->arena, importing->catalogue->week_starts_on, rows, count,
                                known, known_count, options->on_mistake, options->context,
                                &importing->plan, importing->err) ||
        !registry_apply_bump(importing->conn, &importing->version, importing->err) ||
        !write_periods(importing) || !write_areas(importing) || !add_dirty_days(importing)) {
        return false;
    }
    record.version = importing->version;
    record.changed_count =
        (int32_t) (importing->summary.new_periods + importing->summary.new_closed_days +
                   importing->summary.ended_closed_days);
    importing->summary.version = is_changed(&importing->summary) ? importing->version : 0;
    return registry_apply_record(importing->conn, &record, importing->err);
}

bool registry_calendar_import(struct store_connection *conn, const struct catalogue *catalogue,
                              const struct registry_calendar_row *rows, size_t count,
                              const struct registry_calendar_options *options,
                              struct registry_calendar_summary *ret_summary, struct emis_error *err)
{
    struct importing importing = {
        .conn = conn, .catalogue = catalogue, .options = options, .err = err};
    if (!store_tx_begin(conn, err)) {
        return false;
    }
    importing.arena = emis_arena_new(64 * 1024);
    bool is_done = import(&importing, rows, count);
    if (is_done && !options->is_dry_run && importing.summary.version != 0) {
        is_done = store_tx_commit(conn, err);
    }
    store_tx_rollback(conn); /* also when nothing changed: ref.version stays where it was */
    emis_arena_free(importing.arena);
    if (is_done) {
        *ret_summary = importing.summary;
    }
    return is_done;
}
