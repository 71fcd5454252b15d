/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A little country in a scratch database, for live tests: two governorates, a district and a
 * cluster in each, schools A1 A2 (north) and B1 B2 (south); school year 2022, open; submissions
 * come as parked records, which healing settles just as ingest would have.
 */
#pragma once

#include "aggregator/audit.h"
#include "aggregator/worker.h"
#include "lib/base/clock.h"
#include "tests/unit/registry/world.h"

#define COUNTRY_DAY "2022-03-07"

static struct store_connection *country_conn;
static struct catalogue *country_catalogue;
static struct agg_options country_options;
static int64_t country_offset;

static inline int64_t country_number(const char *text)
{
    return scratch_number(country_conn, text);
}

static inline void country_note(void *context, size_t line, const char *column, const char *reason)
{
    (void) context;
    print_message("line %zu, %s: %s\n", line, column, reason);
}

static inline void country_import(const struct registry_apply_row *rows, size_t count)
{
    const struct registry_apply_units_options options = {.on_mistake = country_note};
    struct registry_apply_summary summary;
    struct emis_error err;
    ASSERT_DONE(registry_apply_units(country_conn, country_catalogue, rows, count, &options,
                                     &summary, &err),
                err);
}

static inline struct registry_apply_row country_row(const char *code, const char *level,
                                                    const char *parent, const char *from,
                                                    const char *to)
{
    return (struct registry_apply_row){.line = 1,
                                       .code = code,
                                       .level = level,
                                       .parent = parent,
                                       .name = code,
                                       .valid_from = from,
                                       .valid_to = to};
}

static inline void country_add_school(const char *code, const char *cluster)
{
    struct registry_apply_row row = country_row(code, "school", cluster, "2000-01-01", "");
    country_import(&row, 1);
}

static inline void country_open(const char *form, int32_t period_id)
{
    struct emis_error err;
    int64_t opened;
    ASSERT_DONE(registry_open_period(country_conn, country_catalogue,
                                     catalogue_form_newest(country_catalogue, form), &period_id, 1,
                                     &opened, &err),
                err);
}

/* A record that came before its unit was registered, or as if. */
static inline void country_park(const char *unit, const char *json)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i64(&params, country_offset++);
    store_params_text(&params, unit);
    store_params_text(&params, json);
    world_run(country_conn,
              "with held as (insert into intake.held (log_no, part, kafka_offset, outcome, code, "
              "cause, registry_version, received_at, recorded_at, record_key, "
              "headers, raw) values (0, 0, $1::bigint, 'p', 190, 'unit:' || $2::text, 1, "
              "'2022-12-01', '2022-12-01', convert_to($2::text, 'UTF8'), '', "
              "convert_to($3::text, 'UTF8')) returning *) "
              "insert into intake.ledger select log_no, part, kafka_offset, received_at, outcome, "
              "code, null, octet_length(raw), sha256(raw) from held",
              &params);
    /* healing looks again only when ref.version has moved */
    scratch_run(country_conn, "update ref.version set version = version + 1");
    store_params_release(&params);
}

/* A submission with a fresh id; the last digits of the id are `id`. */
static inline void country_submit(int id, const char *form, const char *unit, const char *period,
                                  int revision, const char *key_part, const char *rest)
{
    char json[2000];
    snprintf(json, sizeof json,
             "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-%012d\",\"form\":\"%s\",\"version\":1,"
             "\"unit\":\"%s\",\"period\":\"%s\",%s\"revision\":%d,"
             "\"submitted_at\":\"2022-03-20T08:00:00Z\",\"sender\":\"test\",%s}",
             id, form, unit, period, key_part, revision, rest);
    country_park(unit, json);
}

static inline void country_census(int id, const char *unit, int revision, int pupils)
{
    char rest[300];
    snprintf(rest, sizeof rest,
             "\"data\":{\"pupils_total\":%d,\"pupil\":[{\"grade\":\"1\",\"age\":\"7\",\"sex\":"
             "\"f\",\"pupils\":%d}]}",
             pupils, pupils);
    country_submit(id, "ENROL_CENSUS", unit, "SY2022", revision, "\"shift\":\"full\",", rest);
}

static inline void country_event(int id, const char *unit, const char *data)
{
    char key[64], rest[700];
    snprintf(key, sizeof key, "\"event_id\":\"E-%d\",", id);
    snprintf(rest, sizeof rest, "\"data\":%s", data);
    country_submit(id, "REGISTRY_EVENT", unit, COUNTRY_DAY, 1, key, rest);
}

/* Everything that there is to do. */
static inline void country_run(void)
{
    struct emis_error err;
    struct agg_worker *worker = agg_worker_new(&country_options, 0, true);
    ASSERT_DONE(agg_worker_run(worker, &err), err);
    agg_worker_free(worker);
    assert_int_equal(country_number("select count(*) from control.dirty"), 0);
}

static inline struct agg_audit_result country_audit(void)
{
    const struct agg_audit_options options = {.is_all = true};
    struct agg_audit_result result;
    struct agg_session session;
    struct emis_error err;
    agg_session_init(&session, &country_options);
    ASSERT_DONE(agg_session_connect(&session, &err), err);
    ASSERT_DONE(agg_audit_run(&session, &options, &result, &err), err);
    agg_session_release(&session);
    return result;
}

/* The total of an indicator in the school year, in the standing current area of a unit. */
static inline int64_t country_value(const char *column, const char *indicator, const char *unit,
                                    const char *period)
{
    char text[600];
    snprintf(text, sizeof text,
             "select coalesce((select sum(v.%s)::bigint from mart.indicator v join "
             "mart.dim_indicator i using (indicator_key) join mart.dim_area a using (area_key) "
             "join mart.dim_period p using (period_key) where i.code = '%s' and a.unit_code = '%s' "
             "and p.code = '%s' and v.cut_key = 0), -1)",
             column, indicator, unit, period);
    return country_number(text);
}

static inline void country_fill(void)
{
    static const char *const units[][3] = {
        {"C", "country", ""},    {"N", "governorate", "C"}, {"S", "governorate", "C"},
        {"ND", "district", "N"}, {"SD", "district", "S"},   {"NW", "cluster", "ND"},
        {"SW", "cluster", "SD"}, {"A1", "school", "NW"},    {"A2", "school", "NW"},
        {"B1", "school", "SW"},  {"B2", "school", "SW"}};
    const struct registry_calendar_row calendar[] = {{.line = 2,
                                                      .kind = "school_year",
                                                      .code = "SY2022",
                                                      .starts_on = "2022-01-01",
                                                      .ends_on = "2022-12-31"},
                                                     {.line = 3,
                                                      .kind = "weekend",
                                                      .code = "sun",
                                                      .starts_on = "2022-01-01",
                                                      .ends_on = "2022-12-31"}};
    const struct registry_calendar_options options = {.on_mistake = country_note};
    struct registry_apply_row rows[11];
    struct registry_calendar_summary summary;
    struct emis_error err;
    for (size_t i = 0; i < 11; i++)
        rows[i] = country_row(units[i][0], units[i][1], units[i][2], "2000-01-01", "");
    country_import(rows, 11);
    ASSERT_DONE(registry_calendar_import(country_conn, country_catalogue, calendar, 2, &options,
                                         &summary, &err),
                err);
    country_open("ENROL_CENSUS", 600002022);
}

static inline int country_start(void **state)
{
    scratch_start(state);
    if (scratch_dsn[0] == '\0')
        return 0;
    country_conn = scratch_connect();
    country_catalogue = world_start(country_conn, EMIS_SOURCE_DIR "/catalogue");
    country_options = (struct agg_options){.dsn = scratch_dsn,
                                           .worker_name = "test",
                                           .host = "test",
                                           .claim_max = 1000,
                                           .leaves_max = 1000,
                                           .poll_ms = 1,
                                           .chore_ms = 1,
                                           .statement_timeout_ms = 60000,
                                           .lock_timeout_ms = 5000,
                                           .probe_ms_max = 100,
                                           .heal_max = 3,
                                           .audit_leaves = 10,
                                           .record_bytes_max = 1 << 20};
    country_fill();
    return 0;
}

static inline int country_stop(void **state)
{
    if (scratch_dsn[0] != '\0') {
        catalogue_free(country_catalogue);
        store_connection_free(country_conn);
    }
    return scratch_stop(state);
}
