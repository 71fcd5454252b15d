/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/worker.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "aggregator/audit.h"
#include "aggregator/heal.h"
#include "aggregator/isolate.h"
#include "aggregator/periods.h"
#include "aggregator/refresh.h"
#include "aggregator/registry.h"
#include "aggregator/stats.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/program.h"
#include "lib/base/random.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"

#define REPORT_EVERY_MS  5000
#define PERIODS_EVERY_MS 60000
#define BACKOFF_MS_MIN   100
#define RETRIES_AT_ONCE  10
#define ONCE_TRIES_MAX   30
#define ALARMS_EVERY_MS  60000

struct agg_worker {
    const struct agg_options *options;
    int number;
    bool is_once;
    struct agg_session session;
    int stop_fd; /* readable once the worker shall stop */
    _Atomic bool is_stopping;
    _Atomic bool is_ready;
    _Atomic int64_t alive_ms;
    _Atomic int32_t metrics_port;
    int64_t started_us;
    int64_t reported_ms, chores_ms, periods_ms, audited_ms; /* when last done; 0: never */
    int64_t alarms_ms;                                      /* the same */
    char alarm_key[128];
    bool is_paused;      /* the database cannot do the work */
    bool may_have_alarm; /* open under our key: ours, or our namesake's before us */
    int tries;           /* failures in a row */
    struct emis_random random;
};

struct agg_worker *agg_worker_new(const struct agg_options *options, int number, bool is_once)
{
    struct agg_worker *worker = emis_calloc(1, sizeof(*worker));

    worker->options = options;
    worker->number = number;
    worker->is_once = is_once;
    worker->may_have_alarm = true; /* the first success clears what stands there */
    (void) snprintf(worker->alarm_key, sizeof(worker->alarm_key), "aggregator %.96s/%d",
                    options->worker_name, number);
    worker->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    EMIS_ASSERT(worker->stop_fd >= 0);
    worker->started_us = emis_clock_now_us();
    emis_random_init(&worker->random, (uint64_t) worker->started_us ^ ((uint64_t) getpid() << 20) ^
                                          (uint64_t) number);
    atomic_store(&worker->alive_ms, emis_clock_monotonic_ms());
    agg_session_init(&worker->session, options);
    return worker;
}

void agg_worker_set_metrics_port(struct agg_worker *worker, int32_t port)
{
    atomic_store(&worker->metrics_port, port);
}

void agg_worker_stop(struct agg_worker *worker)
{
    static const uint64_t one = 1;

    atomic_store(&worker->is_stopping, true);
    (void) !write(worker->stop_fd, &one,
                  sizeof(one)); /* can only fail when it is readable already */
}

int64_t agg_worker_idle_ms(const struct agg_worker *worker, int64_t now_ms)
{
    return now_ms - atomic_load(&worker->alive_ms);
}

bool agg_worker_is_ready(const struct agg_worker *worker)
{
    return atomic_load(&worker->is_ready);
}

static bool is_stopping(const struct agg_worker *worker)
{
    return atomic_load(&worker->is_stopping);
}

/* Until the time has passed or the worker shall stop. */
static void wait_ms(struct agg_worker *worker, int64_t ms)
{
    struct pollfd stop = {.fd = worker->stop_fd, .events = POLLIN};

    (void) poll(&stop, 1, (int) ms);
}

static bool is_due(int64_t *last_ms, int64_t every_ms)
{
    int64_t now_ms = emis_clock_monotonic_ms();

    if (*last_ms != 0 && now_ms - *last_ms < every_ms) {
        return false;
    }
    *last_ms = now_ms;
    return true;
}

static bool report(struct agg_worker *worker, const char *state, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, worker->options->worker_name);
    store_params_i32(&params, (int32_t) getpid());
    store_params_text(&params, worker->options->host);
    store_params_text(&params, emis_program_version());
    store_params_timestamptz(&params, worker->started_us);
    store_params_text(&params, state);
    store_params_i32(&params, atomic_load(&worker->metrics_port));
    ok = store_query_run(worker->session.conn, "report_worker", &params, NULL, err);
    store_params_release(&params);
    if (!ok || !store_query_run(worker->session.conn, "dirty_age", NULL, &result, err)) {
        return false;
    }
    emis_metric_set(&agg_stats.dirty_age_ms, store_result_i64(result, 0, 0));
    store_result_free(result);
    return true;
}

/* Between two transactions of a long round, which else would look like a dead process. */
static void report_within(struct agg_worker *worker)
{
    struct emis_error err;

    atomic_store(&worker->alive_ms, emis_clock_monotonic_ms());
    if (worker->number == 0 && is_due(&worker->reported_ms, REPORT_EVERY_MS) &&
        !report(worker, is_stopping(worker) ? "stopping" : "working", &err)) {
        emis_log_failure(EMIS_LOG_DEBUG, "worker_not_reported", &err, "worker=%s",
                         worker->options->worker_name);
    }
}

static bool run_audit(struct agg_worker *worker, struct emis_error *err)
{
    struct agg_audit_options options = {.leaves = worker->options->audit_leaves};
    struct agg_audit_result result;

    return agg_audit_run(&worker->session, &options, &result, err);
}

/* Batch after batch: what healed is fresh for a lane only once all of it is in. */
static bool heal_all(struct agg_worker *worker, size_t *healed, struct emis_error *err)
{
    size_t count;

    do {
        report_within(worker);
        if (!agg_heal_run(&worker->session, &count, err)) {
            return false;
        }
        *healed += count;
    } while (count > 0 && !is_stopping(worker));
    return true;
}

/* The first failure of several pieces of work that do not hold back one another. */
struct first_failure {
    bool is_there;
    struct emis_error *err;
};

/* Whether to go on with the next piece: not without a connection. */
static bool goes_on(const struct agg_worker *worker, bool ok, const struct emis_error *err,
                    struct first_failure *first)
{
    if (!ok && !first->is_there) {
        first->is_there = true;
        *first->err = *err;
    } else if (!ok) {
        emis_log_failure(EMIS_LOG_WARN, "work_failed_too", err, "continuing=yes");
    }
    return !store_connection_is_broken(worker->session.conn);
}

/* What one thread of a process is enough for. A chore that fails does not hold back the others. */
static bool run_chores(struct agg_worker *worker, bool *did, struct emis_error *err)
{
    struct first_failure first = {.err = err};
    struct emis_error why;
    size_t events = 0, healed = 0;
    int64_t opened = 0;
    bool ok = true;

    if (is_due(&worker->reported_ms, REPORT_EVERY_MS)) {
        ok = report(worker, is_stopping(worker) ? "stopping" : "working", &why);
        ok = goes_on(worker, ok, &why, &first);
    }
    if (ok && (worker->is_once || is_due(&worker->chores_ms, worker->options->chore_ms))) {
        ok = agg_registry_run(&worker->session, &events, &why);
        ok = goes_on(worker, ok, &why, &first) &&
             goes_on(worker, heal_all(worker, &healed, &why), &why, &first);
    }
    if (ok && worker->options->opens_periods && is_due(&worker->periods_ms, PERIODS_EVERY_MS)) {
        ok = agg_periods_run(&worker->session, &opened, &why);
        ok = goes_on(worker, ok, &why, &first);
    }
    if (ok && !worker->is_once && worker->options->audit_ms > 0 &&
        is_due(&worker->audited_ms, worker->options->audit_ms)) {
        (void) goes_on(worker, run_audit(worker, &why), &why, &first);
    }
    *did = *did || events > 0 || healed > 0 || opened > 0;
    return !first.is_there;
}

static void note_round(const struct agg_worker *worker, int32_t lane,
                       const struct agg_refresh_round *round, int64_t started_us)
{
    int64_t now_us = emis_clock_now_us();

    emis_metric_add(&agg_stats.rounds, 1);
    emis_metric_observe_us(&agg_stats.round_time, now_us - started_us);
    emis_metric_observe_us(&agg_stats.freshness, now_us - round->oldest_us);
    emis_metric_add(&agg_stats.dirty_rows, (int64_t) round->dirty_count);
    emis_metric_add(&agg_stats.leaves, (int64_t) round->leaf_count);
    emis_metric_add(&agg_stats.statements, (int64_t) round->call_count);
    emis_metric_add(&agg_stats.set_aside, (int64_t) round->set_aside);
    emis_metric_set(&agg_stats.registry_version, worker->session.version);
    emis_log(EMIS_LOG_DEBUG, "lane_refreshed",
             "lane=%d dirty=%zu leaves=%zu statements=%zu ms=%lld", lane, round->dirty_count,
             round->leaf_count, round->call_count, (long long) ((now_us - started_us) / 1000));
}

/* A round of a lane. A definition's fault is tried again, then isolated. */
static bool refresh_lane(struct agg_worker *worker, int32_t lane, bool *did, bool *is_busy,
                         struct emis_error *err)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        int64_t started_us = emis_clock_now_us();
        struct agg_refresh_round round;

        if (agg_refresh_lane(&worker->session, lane, NULL, &round, err)) {
            if (round.outcome == AGG_REFRESH_DONE) {
                *did = true;
                note_round(worker, lane, &round, started_us);
            }
            *is_busy = *is_busy || round.outcome == AGG_REFRESH_BUSY;
            return true;
        }
        if (!agg_refresh_is_definition(&round, err)) {
            return false;
        }
        emis_metric_add(&agg_stats.retries, 1);
    }
    {
        size_t failed = 0;
        bool ok;

        emis_log_failure(EMIS_LOG_WARN, "lane_isolating", err, "lane=%d continuing=yes", lane);
        ok = agg_isolate_lane(&worker->session, lane, &failed, err);
        emis_metric_add(&agg_stats.set_aside, (int64_t) failed);
        *did = true;
        return ok;
    }
}

/* A lane that fails does not hold back the others. */
static bool run_lanes(struct agg_worker *worker, bool *did, bool *is_busy, struct emis_error *err)
{
    struct first_failure failure = {.err = err};
    struct emis_arena *arena = emis_arena_new(4096);
    int32_t *lanes;
    size_t count;
    bool goes = true, ok = agg_claim_lanes(&worker->session, arena, &lanes, &count, err);

    if (ok && count > 0) {
        size_t first = emis_random_below(&worker->random, count); /* workers begin apart */

        for (size_t i = 0; goes && i < count && !is_stopping(worker); i++) {
            struct emis_error why;

            report_within(worker);
            ok = refresh_lane(worker, lanes[(first + i) % count], did, is_busy, &why);
            goes = goes_on(worker, ok, &why, &failure);
        }
        ok = !failure.is_there;
    }
    emis_arena_free(arena);
    return ok;
}

static bool clear_alarm(struct agg_worker *worker)
{
    struct store_params params;
    struct emis_error err;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, worker->alarm_key);
    ok = store_query_run(worker->session.conn, "clear_alarm", &params, NULL, &err);
    if (!ok) {
        emis_log_failure(EMIS_LOG_DEBUG, "alarm_not_cleared", &err, "key=\"%s\"",
                         worker->alarm_key);
    }
    store_params_release(&params);
    return ok;
}

/* Of workers that are gone for good: a paused one repeats its alarm at each probe. */
static void clear_stale_alarms(struct agg_worker *worker)
{
    struct emis_error err;

    if (!store_query_run(worker->session.conn, "clear_stale_alarms", NULL, NULL, &err)) {
        emis_log_failure(EMIS_LOG_DEBUG, "stale_alarms_not_cleared", &err, "continuing=yes");
    }
}

static void note_works(struct agg_worker *worker)
{
    worker->tries = 0;
    atomic_store(&worker->is_ready, true);
    if (worker->is_paused) {
        worker->is_paused = false;
        emis_metric_add(&agg_stats.paused, -1);
        emis_log(EMIS_LOG_INFO, "aggregation_resumed", "worker=%s thread=%d",
                 worker->options->worker_name, worker->number);
    }
    worker->may_have_alarm = worker->may_have_alarm && !clear_alarm(worker);
    if (worker->number == 0 && is_due(&worker->alarms_ms, ALARMS_EVERY_MS)) {
        clear_stale_alarms(worker);
    }
}

/* Said once in the log, repeated in the database: who stops repeating is gone. */
static void pause_work(struct agg_worker *worker, const struct emis_error *err)
{
    if (!worker->is_paused) {
        worker->is_paused = true;
        emis_metric_add(&agg_stats.paused, 1);
        emis_log_failure(EMIS_LOG_ERROR, "aggregation_paused", err, "thread=%d continuing=yes",
                         worker->number);
    }
    if (worker->session.conn != NULL && !store_connection_is_broken(worker->session.conn)) {
        worker->may_have_alarm = true;
        agg_session_alarm(&worker->session, worker->alarm_key, err);
    }
    atomic_store(&worker->is_ready, false);
}

/* The transaction is over; what now. */
static void recover(struct agg_worker *worker, const struct emis_error *err)
{
    enum store_sqlstate_action action =
        worker->session.conn == NULL ? STORE_SQLSTATE_RECONNECT
                                     : store_connection_failure(worker->session.conn)->action;

    worker->tries++;
    emis_metric_add(&agg_stats.retries, 1);
    if (err->code == E_REGISTRY_MOVED ||
        (action == STORE_SQLSTATE_RETRY_NOW && worker->tries <= RETRIES_AT_ONCE)) {
        emis_log_failure(EMIS_LOG_DEBUG, "round_retried", err, "tries=%d", worker->tries);
        wait_ms(worker, emis_random_jitter_ms(&worker->random, 20));
        return;
    }
    pause_work(worker, err);
    wait_ms(worker, emis_random_backoff_ms(&worker->random, worker->tries, BACKOFF_MS_MIN,
                                           worker->options->probe_ms_max));
}

/* What waited for the registry comes before the lanes: they would be computed twice. */
static bool look_around(struct agg_worker *worker, struct emis_error *err)
{
    int64_t version = worker->session.version;

    if (!agg_session_look(&worker->session, err)) {
        return false;
    }
    if (worker->session.version != version) {
        worker->chores_ms = 0;
    }
    return true;
}

/* One look at everything there may be to do. */
static bool run_round(struct agg_worker *worker, bool *did, bool *is_busy, struct emis_error *err)
{
    if (worker->session.conn == NULL || store_connection_is_broken(worker->session.conn)) {
        bool is_first = worker->session.conn == NULL && worker->session.version == 0;

        if (!agg_session_connect(&worker->session, err)) {
            return false;
        }
        emis_metric_add(&agg_stats.reconnects, is_first ? 0 : 1);
        atomic_store(&worker->is_ready, true);
        emis_log(EMIS_LOG_INFO, "database_connected",
                 "thread=%d backend_pid=%d registry_version=%lld", worker->number,
                 store_connection_backend_pid(worker->session.conn),
                 (long long) worker->session.version);
    }
    if (!look_around(worker, err)) {
        return false;
    }
    if (worker->number == 0 && !run_chores(worker, did, err)) {
        struct emis_error lanes_err;

        /* A chore that fails does not hold back the lanes. */
        (void) !(store_connection_is_broken(worker->session.conn) ||
                 run_lanes(worker, did, is_busy, &lanes_err));
        return false;
    }
    return run_lanes(worker, did, is_busy, err);
}

static bool run(struct agg_worker *worker, struct emis_error *err)
{
    while (!is_stopping(worker)) {
        bool did = false, is_busy = false;

        atomic_store(&worker->alive_ms, emis_clock_monotonic_ms());
        if (!run_round(worker, &did, &is_busy, err)) {
            if (worker->is_once && worker->tries >= ONCE_TRIES_MAX) {
                return false;
            }
            recover(worker, err);
            continue;
        }
        note_works(worker);
        if (!did && !is_busy && worker->is_once) {
            return true;
        }
        if (!did) {
            wait_ms(worker, worker->options->poll_ms);
        }
    }
    return true;
}

bool agg_worker_run(struct agg_worker *worker, struct emis_error *err)
{
    struct emis_error report_err;
    bool ok = run(worker, err);

    if (worker->number == 0 && worker->session.conn != NULL &&
        !store_connection_is_broken(worker->session.conn) &&
        !report(worker, "stopped", &report_err)) {
        emis_log_failure(EMIS_LOG_DEBUG, "worker_not_reported", &report_err, "worker=%s",
                         worker->options->worker_name);
    }
    return ok;
}

void agg_worker_free(struct agg_worker *worker)
{
    if (worker != NULL) {
        agg_session_release(&worker->session);
        (void) close(worker->stop_fd);
        free(worker);
    }
}
