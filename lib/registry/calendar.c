/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/calendar.h"

#include <stdlib.h>
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
    size_t day_form_count; /* those that look at the calendar stand first */
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
            if (catalogue_form_is_of_calendar(catalogue, form) == (pass == 0) &&
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
                              const struct registry_calendar_area *area, int32_t calendar_id)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i32(&params, calendar_id);
    store_params_date_array(&params, area->covered_days, area->covered_count, NULL);
    store_params_date_array(&params, area->closed_days, area->closed_count, NULL);
    store_params_text_array(&params, area->kinds, area->closed_count);
    store_params_text_array(&params, area->reasons, area->closed_count);
    store_params_i64(&params, importing->version);
    bool is_done = run_days(importing, "apply_end_closed_days", &params,
                            &importing->summary.ended_closed_days);
    store_params_clear(&params);
    store_params_i32(&params, calendar_id);
    store_params_date_array(&params, area->closed_days, area->closed_count, NULL);
    store_params_text_array(&params, area->kinds, area->closed_count);
    store_params_text_array(&params, area->reasons, area->closed_count);
    store_params_i64(&params, importing->version);
    is_done = is_done && run_days(importing, "apply_add_closed_days", &params,
                                  &importing->summary.new_closed_days);
    store_params_release(&params);
    return is_done;
}

/* The attribute and the code by which an area's calendar is chosen: none for the plain one. */
static void put_choice(struct store_params *params, const struct registry_calendar_area *area)
{
    if (area->attribute == NULL) {
        store_params_null(params, STORE_TEXT);
        store_params_null(params, STORE_TEXT);
    } else {
        store_params_text(params, area->attribute->code);
        store_params_text(params, area->attribute_code);
    }
}

static bool add_calendar(struct importing *importing, const struct registry_calendar_area *area,
                         int32_t unit_id, int32_t *ret_calendar_id)
{
    struct store_params params;
    struct store_result *result;
    store_params_init(&params);
    store_params_i32(&params, unit_id);
    put_choice(&params, area);
    if (area->attribute == NULL) {
        store_params_null(&params, STORE_I16);
    } else {
        store_params_i16(&params, area->attribute_number);
    }
    store_params_i64(&params, importing->version);
    bool is_done =
        store_query_run(importing->conn, "apply_add_calendar", &params, &result, importing->err);
    store_params_release(&params);
    if (is_done) {
        *ret_calendar_id = store_result_i32(result, 0, 0);
        importing->summary.new_calendars++;
        store_result_free(result);
    }
    return is_done;
}

/* The error is set: tell it with its line. */
static bool refuse(struct importing *importing, size_t line, const char *column)
{
    if (importing->options->on_mistake != NULL) {
        importing->options->on_mistake(importing->options->context, line, column,
                                       importing->err->message);
    }
    return false;
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
    return refuse(importing, area->line, "area");
}

static bool refuse_attribute(struct importing *importing, const struct registry_calendar_area *area,
                             const char *other)
{
    const char *column = area->attribute->code;
    (void) emis_error_set_at(importing->err, E_REGISTRY, column,
                             "%s has calendars by %s already: a place with both would have two",
                             *area->code == '\0' ? "the country" : area->code, other);
    return refuse(importing, area->line, column);
}

static bool write_found_area(struct importing *importing, const struct registry_calendar_area *area,
                             const struct store_result *found)
{
    int32_t calendar_id;
    if (store_result_rows(found) == 0) {
        return refuse_area(importing, area);
    }
    if (!store_result_is_null(found, 0, 2)) {
        return refuse_attribute(importing, area, store_result_text(found, 0, 2));
    }
    if (!store_result_is_null(found, 0, 1)) {
        calendar_id = store_result_i32(found, 0, 1);
    } else if (!add_calendar(importing, area, store_result_i32(found, 0, 0), &calendar_id)) {
        return false;
    }
    return write_closed_days(importing, area, calendar_id);
}

/* One after the other: each sees the calendars that those before it brought. */
static bool write_areas(struct importing *importing)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < importing->plan.area_count; i++) {
        const struct registry_calendar_area *area = &importing->plan.areas[i];
        struct store_params params;
        struct store_result *found;
        store_params_init(&params);
        store_params_text(&params, area->code);
        put_choice(&params, area);
        is_done =
            store_query_run(importing->conn, "apply_find_area", &params, &found, importing->err);
        store_params_release(&params);
        if (is_done) {
            is_done = write_found_area(importing, area, found);
            store_result_free(found);
        }
    }
    return is_done;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *) left, *(const char *const *) right);
}

/* Every unit that an exception names is registered; codes: as the plan's exceptions, sorted. */
static bool check_units(struct importing *importing, const char *const *codes)
{
    const struct registry_calendar_plan *plan = &importing->plan;
    struct store_params params;
    struct store_result *result;
    bool is_good = true;
    store_params_init(&params);
    store_params_text_array(&params, codes, plan->exception_count);
    bool is_done =
        store_query_run(importing->conn, "apply_find_units", &params, &result, importing->err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    struct emis_error first;
    size_t count = store_result_rows(result);
    const char **known = emis_arena_alloc(importing->arena, (count + 1) * sizeof *known);
    for (size_t row = 0; row < count; row++) {
        known[row] = store_result_text(result, row, 0);
    }
    if (count > 0) {
        qsort(known, count, sizeof *known, compare_texts);
    }
    for (size_t i = 0; i < plan->exception_count; i++) {
        bool is_told = i > 0 && strcmp(codes[i], codes[i - 1]) == 0;
        if (!is_told && (count == 0 ||
                         bsearch(&codes[i], known, count, sizeof *known, compare_texts) == NULL)) {
            (void) emis_error_set_at(importing->err, E_REGISTRY, "area", "%s is not registered",
                                     codes[i]);
            if (is_good) {
                first = *importing->err;
            }
            is_good = refuse(importing, plan->exceptions[i].line, "area");
        }
    }
    if (!is_good) {
        *importing->err = first;
    }
    store_result_free(result);
    return is_good;
}

static bool write_exceptions(struct importing *importing)
{
    const struct registry_calendar_plan *plan = &importing->plan;
    size_t count = plan->exception_count;
    const char **units = emis_arena_alloc(importing->arena, (count + 1) * sizeof *units);
    const char **kinds = emis_arena_alloc(importing->arena, (count + 1) * sizeof *kinds);
    const char **reasons = emis_arena_alloc(importing->arena, (count + 1) * sizeof *reasons);
    int32_t *days = emis_arena_alloc(importing->arena, (count + 1) * sizeof *days);
    struct store_params params;
    for (size_t i = 0; i < count; i++) {
        units[i] = plan->exceptions[i].unit;
        kinds[i] = plan->exceptions[i].kind;
        reasons[i] = plan->exceptions[i].reason;
        days[i] = plan->exceptions[i].day;
    }
    if (count == 0) {
        return true;
    }
    if (!check_units(importing, units)) {
        return false;
    }
    store_params_init(&params);
    store_params_text_array(&params, units, count);
    store_params_date_array(&params, days, count, NULL);
    store_params_text_array(&params, kinds, count);
    store_params_text_array(&params, reasons, count);
    store_params_i64(&params, importing->version);
    bool is_done = run_counted(importing, "apply_end_exceptions", &params,
                               &importing->summary.changed_exceptions) &&
                   run_counted(importing, "apply_add_exceptions", &params,
                               &importing->summary.changed_exceptions);
    store_params_release(&params);
    return is_done;
}

/* Places follow other calendars, or calendars with exceptions close other days. */
static bool follow_calendars(struct importing *importing)
{
    bool is_all = importing->summary.new_calendars > 0 || importing->changed_count > 0;
    return (!is_all && importing->summary.changed_exceptions == 0) ||
           registry_apply_follow(importing->conn, importing->version, is_all, importing->err);
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

static bool add_dirty_exceptions(struct importing *importing)
{
    struct store_params params;
    if (importing->summary.changed_exceptions == 0) {
        return true;
    }
    store_params_init(&params);
    store_params_i64(&params, importing->version);
    store_params_i16_array(&params, importing->forms, importing->day_form_count, NULL);
    store_params_i16_array(&params, importing->levels, importing->day_form_count, NULL);
    bool is_done =
        run_counted(importing, "apply_dirty_exceptions", &params, &importing->summary.dirty_rows);
    store_params_release(&params);
    return is_done;
}

static bool is_changed(const struct registry_calendar_summary *summary)
{
    return summary->new_periods + summary->new_closed_days + summary->ended_closed_days +
               summary->new_calendars + summary->changed_exceptions >
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
        !registry_calendar_plan(importing->arena, importing->catalogue, rows, count, known,
                                known_count, options->on_mistake, options->context,
                                &importing->plan, importing->err) ||
        !registry_apply_bump(importing->conn, &importing->version, importing->err) ||
        !write_periods(importing) || !write_areas(importing) || !write_exceptions(importing) ||
        !follow_calendars(importing) || !add_dirty_days(importing) ||
        !add_dirty_exceptions(importing)) {
        return false;
    }
    record.version = importing->version;
    record.changed_count =
        (int32_t) (importing->summary.new_periods + importing->summary.new_closed_days +
                   importing->summary.ended_closed_days + importing->summary.changed_exceptions);
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
