/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of a live test's own, made on the server of EMIS_TEST_DSN and dropped at the end, so
 * that tests may run side by side and beside a migrated schema. The role needs CREATEDB. Without
 * EMIS_TEST_DSN live tests skip.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/store/connection.h"
#include "lib/store/query.h"

static char scratch_name[64];
static char scratch_dsn[1024];

#define SKIP_WITHOUT_SERVER()       \
    do {                            \
        if (scratch_dsn[0] == '\0') \
            skip();                 \
    } while (0)

static inline void scratch_command(const char *format)
{
    struct emis_error err;
    struct store_connection *conn =
        store_connection_new(getenv("EMIS_TEST_DSN"), "emis test", &err);
    if (conn == NULL)
        fail_msg("%s", err.message);
    char text[256];
    snprintf(text, sizeof text, "%s %s", format, scratch_name);
    if (!store_query_script(conn, text, &err))
        fail_msg("%s", err.message);
    store_connection_free(conn);
}

static inline int scratch_start(void **state)
{
    (void) state;
    const char *dsn = getenv("EMIS_TEST_DSN");
    if (dsn == NULL || dsn[0] == '\0')
        return 0;
    snprintf(scratch_name, sizeof scratch_name, "emis_store_test_%d", (int) getpid());
    scratch_command("CREATE DATABASE");
    const bool is_uri =
        strncmp(dsn, "postgres://", 11) == 0 || strncmp(dsn, "postgresql://", 13) == 0;
    snprintf(scratch_dsn, sizeof scratch_dsn, "%s%sdbname=%s", dsn,
             !is_uri                    ? " "
             : strchr(dsn, '?') != NULL ? "&"
                                        : "?",
             scratch_name);
    return 0;
}

static inline int scratch_stop(void **state)
{
    (void) state;
    if (scratch_dsn[0] != '\0')
        scratch_command("DROP DATABASE");
    return 0;
}

static inline struct store_connection *scratch_connect(void)
{
    struct emis_error err;
    struct store_connection *conn = store_connection_new(scratch_dsn, "emis test", &err);
    if (conn == NULL)
        fail_msg("%s", err.message);
    return conn;
}

/* Must hold; says why when it does not. */
#define ASSERT_DONE(call, err)                                           \
    do {                                                                 \
        if (!(call))                                                     \
            fail_msg("%s: %s %s", #call, (err).sqlstate, (err).message); \
    } while (0)

static inline void scratch_run(struct store_connection *conn, const char *text)
{
    struct emis_error err;
    ASSERT_DONE(store_query_script(conn, text, &err), err);
}

/* The one bigint that text gives. */
static inline int64_t scratch_number(struct store_connection *conn, const char *text)
{
    struct emis_error err;
    struct store_result *result;
    store_connection_register_dynamic(conn, "scratch_number", text);
    ASSERT_DONE(store_query_run(conn, "scratch_number", NULL, &result, &err), err);
    const int64_t number = store_result_i64(result, 0, 0);
    store_result_free(result);
    return number;
}
