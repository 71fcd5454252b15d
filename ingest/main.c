/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emis-ingest: Kafka -> normalised tables, each submission counted exactly once. A list: modules
 * are set up in order and torn down in reverse. Three threads: one polls and judges (poll.c), one
 * writes (writer.c), this one owns the loop, the signals and the health page.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/poll.h"
#include "ingest/stats.h"
#include "ingest/writer.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/notify.h"
#include "lib/base/program.h"
#include "lib/http/health.h"
#include "lib/http/settings.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/config.h"
#include "lib/kafka/settings.h"
#include "lib/loop/loop.h"
#include "lib/loop/signal.h"
#include "lib/loop/timer.h"
#include "lib/store/settings.h"
#include "lib/submission/keyring.h"
#include "lib/submission/settings.h"

#define NAME             "emis-ingest"
#define ADMIN_TIMEOUT_MS 15000
#define TICK_MS          500
#define STUCK_MS         130000 /* beyond max.poll.interval.ms the group has given our partitions away */
#define DRAIN_SECONDS    9
#define ALLOW_UNSAFE_MAX 32

struct app {
    struct emis_settings *settings;
    struct submission_keyring *keyring;
    struct ingest_batch_rules rules;
    struct kafka_admin_topic topic;
    struct ingest_exchange *exchange;
    struct ingest_writer_options writer_options;
    struct ingest_writer *writer;
    struct ingest_poll_options poll_options;
    struct ingest_poll *poll;
    struct loop *loop;
    struct http_health *health;
    struct loop_signal *signals[2];
    struct loop_timer *timer;
    pthread_t writer_thread, poll_thread;
    char host[64];
    char worker_name[96];
    struct emis_error failure; /* of the polling thread */
    _Atomic bool has_failed;
};

static const char *text(const struct app *app, const char *section, const char *name)
{
    return emis_settings_text(app->settings, section, name);
}

static int64_t number(const struct app *app, const char *section, const char *name)
{
    return emis_settings_number(app->settings, section, name);
}

static bool is_alive(void *context, struct emis_buffer *reason)
{
    struct app *app = context;
    int64_t now_ms = emis_clock_monotonic_ms();

    if (ingest_poll_idle_ms(app->poll, now_ms) > STUCK_MS ||
        ingest_writer_idle_ms(app->writer, now_ms) > STUCK_MS) {
        emis_buffer_text(reason, "a thread has not come round for too long");
        return false;
    }
    return true;
}

static bool is_ready(void *context, struct emis_buffer *reason)
{
    struct app *app = context;

    if (!ingest_poll_is_assigned(app->poll)) {
        emis_buffer_text(reason, "no partitions assigned yet");
        return false;
    }
    if (atomic_load(&ingest_stats.paused.value) != 0) {
        emis_buffer_text(reason, "a partition is paused: the database cannot take its batch");
        return false;
    }
    return true;
}

static void stop(struct app *app)
{
    if (!ingest_exchange_is_stopping(app->exchange)) {
        emis_log(EMIS_LOG_INFO, "stop_requested", "worker=%s", app->worker_name);
        (void) emis_notify("STOPPING=1");
        /* A statement that hangs must not hold the exit: what is uncommitted comes again. */
        emis_program_bound_stop(DRAIN_SECONDS, atomic_load(&app->has_failed)
                                                   ? emis_error_exit_status(app->failure.code)
                                                   : 0);
        ingest_exchange_stop(app->exchange);
    }
    loop_stop(app->loop);
}

static void on_signal(void *context, int signal_number)
{
    (void) signal_number;
    stop(context);
}

static void on_tick(void *context)
{
    struct app *app = context;
    struct emis_buffer reason;

    if (atomic_load(&app->has_failed)) {
        stop(app);
        return;
    }
    emis_buffer_init(&reason);
    if (is_alive(app, &reason)) {
        (void) emis_notify("WATCHDOG=1");
    }
    emis_buffer_release(&reason);
}

static void *run_writer(void *context)
{
    ingest_writer_run(((struct app *) context)->writer);
    return NULL;
}

static void *run_poll(void *context)
{
    struct app *app = context;

    if (!ingest_poll_run(app->poll, &app->failure)) {
        atomic_store(&app->has_failed, true);
    }
    return NULL;
}

static bool set_rules(struct app *app, struct emis_error *err)
{
    const char *keys_file = text(app, "emis", "keys_file");
    bool is_signing_required;
    int32_t offset_minutes;

    if (!submission_settings_signing(app->settings, &is_signing_required, err) ||
        !submission_settings_utc_offset(app->settings, &offset_minutes, err)) {
        return false;
    }
    if (keys_file[0] != '\0' && !submission_keyring_load(keys_file, &app->keyring, err)) {
        return false;
    }
    app->rules = (struct ingest_batch_rules){
        .keyring = app->keyring,
        .is_signing_required = is_signing_required,
        .utc_offset_minutes = offset_minutes,
        .record_bytes_max = (size_t) number(app, "ingest", "record_bytes_max"),
    };
    return true;
}

static void on_finding(void *context, const struct kafka_admin_finding *finding)
{
    (void) context;
    emis_log(finding->is_allowed ? EMIS_LOG_WARN : EMIS_LOG_ERROR, "preflight_failed",
             "check=%s allowed=%s reason=\"%s\"", finding->check,
             finding->is_allowed ? "yes" : "no", finding->message);
}

/* The topic is what the durability profile promises, and has the partitions that it had. */
static bool check_topic(struct app *app, struct emis_error *err)
{
    char words[512];
    const char *allowed[ALLOW_UNSAFE_MAX + 1] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    enum kafka_admin_profile profile;

    if (!kafka_admin_profile_by_name(text(app, "emis", "durability"), &profile)) {
        return emis_error_set(err, E_CONFIG, "emis.durability is %s: lab, two_server or cluster",
                              text(app, "emis", "durability"));
    }
    (void) snprintf(words, sizeof(words), "%s", text(app, "emis", "allow_unsafe"));
    for (char *word = strtok_r(words, " ", &rest); word != NULL && count < ALLOW_UNSAFE_MAX;
         word = strtok_r(NULL, " ", &rest)) {
        allowed[count++] = word;
    }
    return kafka_config_check(app->settings, err) &&
           kafka_admin_describe(app->settings, text(app, "topics", "submissions"), ADMIN_TIMEOUT_MS,
                                &app->topic, err) &&
           kafka_admin_preflight(app->settings, text(app, "topics", "submissions"), profile,
                                 allowed, 0, ADMIN_TIMEOUT_MS, on_finding, NULL, err);
}

static void name_worker(struct app *app)
{
    const char *given = text(app, "ingest", "worker");

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

static bool start_writer(struct app *app, struct emis_error *err)
{
    app->exchange = ingest_exchange_new();
    app->writer_options = (struct ingest_writer_options){
        .dsn = text(app, "postgres", "dsn"),
        .worker_name = app->worker_name,
        .cluster_id = app->topic.cluster_id,
        .topic = text(app, "topics", "submissions"),
        .partition_count = app->topic.partition_count,
        .rules = &app->rules,
        .statement_timeout_ms = number(app, "ingest", "statement_timeout"),
        .lock_timeout_ms = number(app, "ingest", "lock_timeout"),
        .probe_ms_max = number(app, "ingest", "probe_max"),
        .version = emis_program_version(),
        .host = app->host,
    };
    return ingest_writer_new(&app->writer_options, app->exchange, &app->writer, err);
}

static bool start_poll(struct app *app, struct emis_error *err)
{
    app->poll_options = (struct ingest_poll_options){
        .settings = app->settings,
        .group = text(app, "ingest", "group"),
        .instance_id = text(app, "ingest", "worker"),
        .topic = text(app, "topics", "submissions"),
        .partition_count = app->topic.partition_count,
        .log_no = ingest_writer_log_no(app->writer),
        .rules = &app->rules,
        .batch_rows_max = (size_t) number(app, "ingest", "batch_rows_max"),
        .batch_bytes_max = (size_t) number(app, "ingest", "batch_bytes_max"),
        .inflight_bytes_max = (size_t) number(app, "ingest", "inflight_bytes_max"),
        .probe_ms_max = number(app, "ingest", "probe_max"),
    };
    return ingest_poll_new(&app->poll_options, app->exchange, &app->poll, err);
}

static bool start_loop(struct app *app, struct emis_error *err)
{
    struct http_health_options options = {.address = text(app, "metrics", "listen"),
                                          .is_alive = is_alive,
                                          .is_ready = is_ready,
                                          .context = app};

    options.metrics = ingest_stats_list(&options.metric_count);
    if (!loop_new(&app->loop, err) ||
        !loop_signal_new(app->loop, SIGTERM, on_signal, app, &app->signals[0], err) ||
        !loop_signal_new(app->loop, SIGINT, on_signal, app, &app->signals[1], err) ||
        !http_health_new(app->loop, &options, &app->health, err)) {
        return false;
    }
    app->timer = loop_timer_new(app->loop, on_tick, app);
    loop_timer_start(app->timer, TICK_MS, TICK_MS);
    ingest_writer_set_metrics_port(app->writer, http_health_port(app->health));
    return true;
}

static void run(struct app *app)
{
    emis_log(EMIS_LOG_INFO, "started",
             "version=%s worker=%s log_no=%d partitions=%d metrics_port=%d", emis_program_version(),
             app->worker_name, ingest_writer_log_no(app->writer), app->topic.partition_count,
             http_health_port(app->health));
    EMIS_ASSERT(pthread_create(&app->writer_thread, NULL, run_writer, app) == 0);
    EMIS_ASSERT(pthread_create(&app->poll_thread, NULL, run_poll, app) == 0);
    (void) emis_notify("READY=1");
    loop_run(app->loop);
    ingest_exchange_stop(app->exchange);
    (void) pthread_join(app->poll_thread, NULL);
    (void) pthread_join(app->writer_thread, NULL);
}

static void release(struct app *app)
{
    http_health_free(app->health);
    if (app->loop != NULL) {
        loop_free(app->loop);
    }
    ingest_poll_free(app->poll);
    ingest_writer_free(app->writer);
    ingest_exchange_free(app->exchange);
    submission_keyring_free(app->keyring);
    emis_settings_free(app->settings);
}

int main(int argc, char **argv)
{
    static const struct emis_settings_key *const tables[] = {emis_program_settings,
                                                             store_settings,
                                                             kafka_settings,
                                                             submission_settings,
                                                             emis_program_ingest_settings,
                                                             http_settings,
                                                             NULL};
    static const struct emis_program program = {
        .name = NAME,
        .purpose =
            "reads submissions from Kafka and writes them to PostgreSQL, each counted exactly once",
        .tables = tables};
    struct app app = {.settings = NULL};
    struct emis_error err = {.code = EMIS_OK};
    bool is_done;
    int status = 0;

    if (!emis_program_start(&program, argc, argv, &app.settings, &is_done, &err)) {
        return emis_program_fail(NAME, &err);
    }
    if (is_done) {
        return 0;
    }
    name_worker(&app);
    if (set_rules(&app, &err) && check_topic(&app, &err) && start_writer(&app, &err) &&
        start_poll(&app, &err) && start_loop(&app, &err)) {
        run(&app);
        if (atomic_load(&app.has_failed)) {
            err = app.failure;
        }
    }
    if (err.code != EMIS_OK) {
        status = emis_program_fail(NAME, &err);
    }
    emis_log(EMIS_LOG_INFO, "stopped", "status=%d", status);
    release(&app);
    return status;
}
