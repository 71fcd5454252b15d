/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's connection and what it knows of catalogue and registry. Every transaction of the
 * aggregator begins here: under the shared REGISTRY lock, with knowledge that is ref.version's, so
 * that no statement runs under another registry than its rows were written for. Belongs to one
 * thread.
 */
#pragma once

#include <stdint.h>

#include "aggregator/options.h"
#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "lib/registry/knowledge.h"

struct store_connection;

/* A lane whose claim took longer than the server lets a statement run. */
struct agg_session_slow {
    int32_t lane;
    size_t claim_max;
};

struct agg_session {
    const struct agg_options *options;
    struct store_connection *conn;        /* NULL while there is none */
    struct catalogue *catalogue;          /* of version; its statements are registered */
    int64_t version;                      /* of catalogue; 0: none yet */
    struct registry_knowledge *knowledge; /* NULL until healing needs it */
    int64_t healed_version;        /* nothing parked can be healed until ref.version is beyond it */
    struct agg_session_slow *slow; /* slow_count of them, for agg_claim_note */
    size_t slow_count;
};

void agg_session_init(struct agg_session *session, const struct agg_options *options);
/* A new connection; an old one is dropped. */
bool agg_session_connect(struct agg_session *session, struct emis_error *err) EMIS_MUST_CHECK;

/* Begin a transaction: REGISTRY shared, session->catalogue of the version in force. */
bool agg_session_begin(struct agg_session *session, struct emis_error *err) EMIS_MUST_CHECK;
/* The same, with session->knowledge of the version in force too. */
bool agg_session_begin_knowing(struct agg_session *session, struct emis_error *err) EMIS_MUST_CHECK;
/* Outside a transaction: reload the catalogue if ref.version has moved. Who writes must look again
 * under the lock. */
bool agg_session_look(struct agg_session *session, struct emis_error *err) EMIS_MUST_CHECK;
/* Inside a transaction that holds the REGISTRY lock: E_REGISTRY_MOVED when session->catalogue is
 * not ref.version's. */
bool agg_session_check(struct agg_session *session, struct emis_error *err) EMIS_MUST_CHECK;

/* An alarm for operators, told once per key until it is cleared. Outside a transaction; a failure
 * to store it is only logged. */
void agg_session_alarm(struct agg_session *session, const char *key, const struct emis_error *why);

void agg_session_release(struct agg_session *session);
