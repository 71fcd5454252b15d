/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/catalogue/load.h"
#include "lib/catalogue/refresh.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define ATTEMPTS               10
#define IDLE_IN_TRANSACTION_MS 30000
#define LEVEL_MARKER           "/* level */"

extern const struct store_statement aggregator_statements[];

void agg_session_init(struct agg_session *session, const struct agg_options *options)
{
    *session = (struct agg_session){.options = options};
}

/* mark_break once per level: the marker is the table's part of the name. */
static void register_levels(struct agg_session *session, const char *text)
{
    for (size_t i = 0; i < session->catalogue->level_count; i++) {
        const char *code = session->catalogue->levels[i].code, *from = text;
        struct emis_buffer statement;
        char name[64];

        emis_buffer_init(&statement);
        for (const char *at = strstr(from, LEVEL_MARKER); at != NULL;
             at = strstr(from, LEVEL_MARKER)) {
            emis_buffer_append(&statement, from, (size_t) (at - from));
            emis_buffer_text(&statement, code);
            from = at + strlen(LEVEL_MARKER);
        }
        emis_buffer_text(&statement, from);
        (void) snprintf(name, sizeof(name), "mark_break_%s", code);
        store_connection_register_dynamic(session->conn, name, statement.data);
        emis_buffer_release(&statement);
    }
}

static void register_generated(struct agg_session *session)
{
    const struct catalogue_statement *statements;
    size_t count;

    catalogue_refresh_statements(session->catalogue, &statements, &count);
    for (size_t i = 0; i < count; i++) {
        store_connection_register_dynamic(session->conn, statements[i].name, statements[i].text);
    }
    for (const struct store_statement *statement = aggregator_statements; statement->name != NULL;
         statement++) {
        if (strcmp(statement->name, "mark_break") == 0) {
            register_levels(session, statement->text);
        }
    }
}

static bool reload_catalogue(struct agg_session *session, struct emis_error *err)
{
    struct catalogue *catalogue;
    int64_t version;

    if (!catalogue_load(session->conn, &catalogue, &version, err)) {
        return false;
    }
    catalogue_free(session->catalogue);
    session->catalogue = catalogue;
    session->version = version;
    register_generated(session);
    return true;
}

bool agg_session_connect(struct agg_session *session, struct emis_error *err)
{
    char name[128];

    store_connection_free(session->conn);
    (void) snprintf(name, sizeof(name), "emis-aggregator %.100s", session->options->worker_name);
    session->conn = store_connection_new(session->options->dsn, name, err);
    if (session->conn == NULL) {
        return false;
    }
    store_connection_register(session->conn, aggregator_statements);
    if (store_connection_set_timeouts(session->conn, session->options->statement_timeout_ms,
                                      session->options->lock_timeout_ms, IDLE_IN_TRANSACTION_MS,
                                      err) &&
        store_query_run(session->conn, "tune_session", NULL, NULL, err) &&
        reload_catalogue(session, err)) {
        return true;
    }
    store_connection_free(session->conn);
    session->conn = NULL;
    return false;
}

static bool read_version(struct agg_session *session, int64_t *ret_version, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(session->conn, "read_version", NULL, &result, err)) {
        return false;
    }
    *ret_version = store_result_i64(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool reload_knowledge(struct agg_session *session, struct emis_error *err)
{
    struct registry_knowledge *knowledge;

    if (!registry_knowledge_load(session->conn, &knowledge, err)) {
        return false;
    }
    registry_knowledge_release(session->knowledge);
    session->knowledge = knowledge;
    return true;
}

static bool begin(struct agg_session *session, bool needs_registry, struct emis_error *err)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int64_t version;
        bool is_known;

        if (!store_tx_begin(session->conn, err)) {
            return false;
        }
        if (!store_query_run(session->conn, "lock_registry_shared", NULL, NULL, err) ||
            !read_version(session, &version, err)) {
            store_tx_rollback(session->conn);
            return false;
        }
        is_known = !needs_registry ||
                   (session->knowledge != NULL && session->knowledge->version == version);
        if (session->version == version && is_known) {
            return true;
        }
        store_tx_rollback(session->conn); /* what is reloaded must be read without the lock: the
                                             applier is not kept waiting */
        if ((session->version != version && !reload_catalogue(session, err)) ||
            (!is_known && !reload_knowledge(session, err))) {
            return false;
        }
    }
    return emis_error_set(err, E_REGISTRY_MOVED, "the registry changed while it was read, %d times",
                          ATTEMPTS);
}

bool agg_session_look(struct agg_session *session, struct emis_error *err)
{
    int64_t version;

    return read_version(session, &version, err) &&
           (version == session->version || reload_catalogue(session, err));
}

bool agg_session_check(struct agg_session *session, struct emis_error *err)
{
    int64_t version;

    if (!read_version(session, &version, err)) {
        return false;
    }
    return version == session->version ||
           emis_error_set(err, E_REGISTRY_MOVED, "the registry changed meanwhile");
}

bool agg_session_begin(struct agg_session *session, struct emis_error *err)
{
    return begin(session, false, err);
}

bool agg_session_begin_knowing(struct agg_session *session, struct emis_error *err)
{
    return begin(session, true, err);
}

void agg_session_alarm(struct agg_session *session, const char *key, const struct emis_error *why)
{
    struct store_params params;
    struct emis_error err;

    store_params_init(&params);
    store_params_text(&params, key);
    store_params_i16(&params, (int16_t) why->code);
    store_params_text(&params, why->message);
    if (session->conn == NULL ||
        !store_query_run(session->conn, "raise_alarm", &params, NULL, &err)) {
        emis_log(EMIS_LOG_WARN, "alarm_not_stored", "key=\"%s\" continuing=yes", key);
    }
    store_params_release(&params);
}

void agg_session_release(struct agg_session *session)
{
    store_connection_free(session->conn);
    catalogue_free(session->catalogue);
    registry_knowledge_release(session->knowledge);
    free(session->slow);
    *session = (struct agg_session){.options = session->options};
}
