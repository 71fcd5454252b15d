/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emis-aggregator: changed facts -> indicator tables of every level; also the applier of registry
 * events, the healer of parked records, the opener of periods and the auditor. A list: modules are
 * set up in order and torn down in reverse. Working threads (worker.c), and this one, which owns
 * the loop, the signals and the health page.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/audit.h"
#include "aggregator/stats.h"
#include "aggregator/worker.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/notify.h"
#include "lib/base/program.h"
#include "lib/http/health.h"
#include "lib/http/settings.h"
#include "lib/kafka/settings.h"
#include "lib/loop/loop.h"
#include "lib/loop/signal.h"
#include "lib/loop/timer.h"
#include "lib/loop/wake.h"
#include "lib/store/settings.h"
#include "lib/submission/keyring.h"
#include "lib/submission/settings.h"

#define NAME              "emis-aggregator"
#define TICK_MS           500
#define STUCK_SLACK_MS    60000 /* beyond statement_timeout a thread that has not come round hangs */
#define DRAIN_SECONDS     9
#define DIFFERENCES_SHOWN 50

struct flags {
    bool is_once, is_audit, is_all, is_json;
};

struct thread {
    struct app *app;
    struct agg_worker *worker;
    pthread_t id;
    bool has_failed;
    struct emis_error failure;
};

struct app {
    struct emis_settings *settings;
    struct submission_keyring *keyring;
    struct agg_options options;
    struct flags flags;
    struct thread *threads;
    size_t thread_count;
    _Atomic size_t running; /* threads that have not returned */
    struct loop *loop;
    struct loop_wake *wake; /* a thread has returned */
    struct loop_signal *signals[2];
    struct loop_timer *timer;
    struct http_health *health;
    bool is_stopping;
    char host[64];
    char worker_name[96];
};

static const char *text(const struct app *app, const char *section, const char *name)
{
    return emis_settings_text(app->settings, section, name);
}

static int64_t number(const struct app *app, const char *name)
{
    return emis_settings_number(app->settings, "aggregate", name);
}

static bool is_alive(void *context, struct emis_buffer *reason)
{
    const struct app *app = context;
    int64_t now_ms = emis_clock_monotonic_ms();

    for (size_t i = 0; i < app->thread_count; i++) {
        if (agg_worker_idle_ms(app->threads[i].worker, now_ms) >
            app->options.statement_timeout_ms + STUCK_SLACK_MS) {
            emis_buffer_format(reason, "thread %zu has not come round for too long", i);
            return false;
        }
    }
    return true;
}

static bool is_ready(void *context, struct emis_buffer *reason)
{
    const struct app *app = context;

    for (size_t i = 0; i < app->thread_count; i++) {
        if (!agg_worker_is_ready(app->threads[i].worker)) {
            emis_buffer_format(reason, "thread %zu waits for the database", i);
            return false;
        }
    }
    return true;
}

static void stop(struct app *app)
{
    if (app->is_stopping) {
        return;
    }
    app->is_stopping = true;
    emis_log(EMIS_LOG_INFO, "stop_requested", "worker=%s", app->worker_name);
    (void) emis_notify("STOPPING=1");
    /* A statement that hangs must not hold the exit: what is uncommitted stays dirty. */
    emis_program_bound_stop(DRAIN_SECONDS, 0);
    for (size_t i = 0; i < app->thread_count; i++) {
        agg_worker_stop(app->threads[i].worker);
    }
}

static void on_signal(void *context, int signal_number)
{
    (void) signal_number;
    stop(context);
}

static void on_return(void *context)
{
    struct app *app = context;

    if (atomic_load(&app->running) == 0) {
        loop_stop(app->loop);
    }
}

static void on_tick(void *context)
{
    struct app *app = context;
    struct emis_buffer reason;

    emis_buffer_init(&reason);
    if (is_alive(app, &reason)) {
        (void) emis_notify("WATCHDOG=1");
    }
    emis_buffer_release(&reason);
}

static void *run_thread(void *context)
{
    struct thread *thread = context;

    thread->has_failed = !agg_worker_run(thread->worker, &thread->failure);
    atomic_fetch_sub(&thread->app->running, 1);
    loop_wake_send(thread->app->wake);
    return NULL;
}

static void name_worker(struct app *app)
{
    const char *given = text(app, "aggregate", "worker");

    if (gethostname(app->host, sizeof(app->host)) != 0) {
        (void) snprintf(app->host, sizeof(app->host), "localhost");
    }
    app->host[sizeof(app->host) - 1] = '\0';
    if (given[0] != '\0') {
        (void) snprintf(app->worker_name, sizeof(app->worker_name), "%s", given);
    } else {
        (void) snprintf(app->worker_name, sizeof(app->worker_name), "%.60s-%d", app->host,
                        (int) getpid());
    }
}

static bool set_verdicts(struct app *app, struct emis_error *err)
{
    const char *keys_file = text(app, "emis", "keys_file");

    if (!submission_settings_signing(app->settings, &app->options.is_signing_required, err)) {
        return false;
    }
    if (keys_file[0] != '\0' && !submission_keyring_load(keys_file, &app->keyring, err)) {
        return false;
    }
    app->options.keyring = app->keyring;
    app->options.record_bytes_max = (size_t) number(app, "record_bytes_max");
    return submission_settings_utc_offset(app->settings, &app->options.utc_offset_minutes, err);
}

static bool set_options(struct app *app, struct emis_error *err)
{
    bool opens_periods;

    if (!emis_program_opens_periods(app->settings, &opens_periods, err)) {
        return false;
    }
    app->options = (struct agg_options){
        .dsn = text(app, "postgres", "dsn"),
        .worker_name = app->worker_name,
        .host = app->host,
        .claim_max = (size_t) number(app, "claim_max"),
        .leaves_max = (size_t) number(app, "leaves_max"),
        .poll_ms = number(app, "dirty_poll"),
        .chore_ms = number(app, "chore_poll"),
        .statement_timeout_ms = number(app, "statement_timeout"),
        .lock_timeout_ms = number(app, "lock_timeout"),
        .probe_ms_max = number(app, "probe_max"),
        .audit_ms = number(app, "audit_every"),
        .audit_leaves = (size_t) number(app, "audit_leaves"),
        .heal_max = (size_t) number(app, "heal_max"),
        .opens_periods = opens_periods,
        .lookback_days = (int32_t) number(app, "open_lookback_days"),
    };
    return set_verdicts(app, err);
}

static bool start_loop(struct app *app, struct emis_error *err)
{
    struct http_health_options options = {.address = text(app, "metrics", "listen"),
                                          .is_alive = is_alive,
                                          .is_ready = is_ready,
                                          .context = app};

    options.metrics = agg_stats_list(&options.metric_count);
    if (!loop_new(&app->loop, err) || !loop_wake_new(app->loop, on_return, app, &app->wake, err) ||
        !loop_signal_new(app->loop, SIGTERM, on_signal, app, &app->signals[0], err) ||
        !loop_signal_new(app->loop, SIGINT, on_signal, app, &app->signals[1], err) ||
        !http_health_new(app->loop, &options, &app->health, err)) {
        return false;
    }
    app->timer = loop_timer_new(app->loop, on_tick, app);
    loop_timer_start(app->timer, TICK_MS, TICK_MS);
    return true;
}

static void make_workers(struct app *app)
{
    app->thread_count = (size_t) number(app, "threads");
    app->threads = emis_calloc(app->thread_count, sizeof(*app->threads));
    for (size_t i = 0; i < app->thread_count; i++) {
        app->threads[i].app = app;
        app->threads[i].worker = agg_worker_new(&app->options, (int) i, app->flags.is_once);
    }
}

/* false: a thread could not do its work (--once alone). */
static bool run(struct app *app, struct emis_error *err)
{
    bool ok = true;

    emis_log(EMIS_LOG_INFO, "started", "version=%s worker=%s threads=%zu metrics_port=%d",
             emis_program_version(), app->worker_name, app->thread_count,
             http_health_port(app->health));
    atomic_store(&app->running, app->thread_count);
    for (size_t i = 0; i < app->thread_count; i++) {
        agg_worker_set_metrics_port(app->threads[i].worker, http_health_port(app->health));
        EMIS_ASSERT(pthread_create(&app->threads[i].id, NULL, run_thread, &app->threads[i]) == 0);
    }
    (void) emis_notify("READY=1");
    loop_run(app->loop);
    for (size_t i = 0; i < app->thread_count; i++) {
        (void) pthread_join(app->threads[i].id, NULL);
        if (ok && app->threads[i].has_failed) {
            ok = false;
            *err = app->threads[i].failure;
        }
    }
    return ok;
}

static bool run_daemon(struct app *app, struct emis_error *err)
{
    bool ok;

    make_workers(app);
    ok = start_loop(app, err) && run(app, err);
    http_health_free(app->health);
    if (app->loop != NULL) {
        loop_free(app->loop);
    }
    for (size_t i = 0; i < app->thread_count; i++) {
        agg_worker_free(app->threads[i].worker);
    }
    free(app->threads);
    return ok;
}

struct shown {
    bool is_json;
    size_t count;
};

static void show_difference(void *context, const struct agg_audit_difference *difference)
{
    struct shown *shown = context;

    if (shown->count++ >= DIFFERENCES_SHOWN) {
        return;
    }
    if (shown->is_json) {
        /* Every text is PostgreSQL's form of a row of numbers and a status: nothing in it needs
         * escaping but its quotes, of which there are none. */
        printf("%s\n    {\"statement\": \"%s\", \"period_key\": %d, \"indicator_key\": %d, "
               "\"cut_key\": %d, \"area_key\": %d, \"stored\": \"%s\", "
               "\"wanted\": \"%s\"}",
               shown->count > 1 ? "," : "", difference->statement, difference->period_key,
               difference->indicator_key, difference->cut_key, difference->area_key,
               difference->stored, difference->wanted);
    } else {
        printf("%s period=%d indicator=%d cut=%d area=%d stored=%s wanted=%s\n",
               difference->statement, difference->period_key, difference->indicator_key,
               difference->cut_key, difference->area_key, difference->stored, difference->wanted);
    }
}

static bool run_audit(struct app *app, struct emis_error *err)
{
    struct shown shown = {.is_json = app->flags.is_json};
    struct agg_audit_options options = {.is_all = app->flags.is_all,
                                        .leaves = app->options.audit_leaves,
                                        .on_difference = show_difference,
                                        .context = &shown};
    struct agg_audit_result result;
    struct agg_session session;
    bool ok;

    agg_session_init(&session, &app->options);
    if (shown.is_json) {
        printf("{\"schema\": \"emis.audit/1\", \"differences\": [");
    }
    ok = agg_session_connect(&session, err) && agg_audit_run(&session, &options, &result, err);
    if (shown.is_json) {
        printf("%s]%s", shown.count > 0 ? "\n  " : "", ok ? "" : "}\n");
    }
    agg_session_release(&session);
    if (!ok) {
        return false;
    }
    printf(
        shown.is_json
            ? ", \"leaves\": %lld, \"skipped\": %lld, \"set_aside\": %lld, \"mismatches\": %lld}\n"
            : "%lld leaves audited, %lld skipped as dirty, %lld set aside, %lld differences\n",
        (long long) result.leaf_count, (long long) result.skipped_count,
        (long long) result.failed_count, (long long) result.mismatch_count);
    if (result.mismatch_count > 0) {
        return emis_error_set(err, E_FINDING, "%lld stored rows differ from their recompute",
                              (long long) result.mismatch_count);
    }
    return result.failed_count == 0 ||
           emis_error_set(
               err, E_FINDING,
               "%lld leaves are set aside, their numbers are missing or old: emis status "
               "shows why, emis db migrate tries them again",
               (long long) result.failed_count);
}

int main(int argc, char **argv)
{
    static const struct emis_settings_key *const tables[] = {emis_program_settings,
                                                             store_settings,
                                                             kafka_settings,
                                                             submission_settings,
                                                             emis_program_aggregate_settings,
                                                             http_settings,
                                                             NULL};
    struct app app = {.settings = NULL};
    const struct emis_program_flag flags[] = {
        {"--once", "work until nothing is dirty, parked and healable, or unapplied; then exit",
         &app.flags.is_once},
        {"--audit-once",
         "recompute cells, print what differs, exit 1 if anything does or is set aside",
         &app.flags.is_audit},
        {"--all", "with --audit-once: every cell instead of a random sample", &app.flags.is_all},
        {"--json", "with --audit-once: print JSON", &app.flags.is_json},
        {NULL, NULL, NULL}};
    const struct emis_program program = {
        .name = NAME,
        .purpose =
            "keeps the indicator tables equal to what a recompute from the submissions would give",
        .tables = tables,
        .flags = flags};
    struct emis_error err = {.code = EMIS_OK};
    bool is_done, ok;
    int status = 0;

    if (!emis_program_start(&program, argc, argv, &app.settings, &is_done, &err)) {
        return emis_program_fail(NAME, &err);
    }
    if (is_done) {
        return 0;
    }
    name_worker(&app);
    ok = set_options(&app, &err) &&
         (app.flags.is_audit ? run_audit(&app, &err) : run_daemon(&app, &err));
    if (!ok) {
        (void) fflush(stdout);
        status = emis_program_fail(NAME, &err);
    }
    if (!app.flags.is_audit) {
        emis_log(EMIS_LOG_INFO, "stopped", "status=%d", status);
    }
    submission_keyring_free(app.keyring);
    emis_settings_free(app.settings);
    return status;
}
