/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a SQLSTATE asks us to do (guarantee G14). Pure; any thread. A sick database never rejects
 * good data: whatever is not known to be the fault of a datum pauses.
 */
#pragma once

#include <stdbool.h>

enum store_sqlstate_action {
    STORE_SQLSTATE_NONE,      /* no failure */
    STORE_SQLSTATE_RECONNECT, /* connection lost, server stopping or full: keep the batch, reconnect
                                 with backoff (G7 if COMMIT was sent) */
    STORE_SQLSTATE_RETRY_NOW, /* serialisation, deadlock, lock timeout: roll back, again at once
                                 with jitter */
    STORE_SQLSTATE_HALVE,     /* statement timeout: halve the batch; at one record pause */
    STORE_SQLSTATE_PAUSE, /* the database cannot work, or unknown: pause the partition and alarm; no
                             record is at fault */
    STORE_SQLSTATE_FENCED_LEDGER, /* 23505 on the ledger key: someone else did it (G5) */
    STORE_SQLSTATE_RETRY_BATCH,   /* 23505 on a submission id: another writer was first, judge the
                                     batch again */
    STORE_SQLSTATE_POISON         /* class 22 or 23: a datum was refused, isolate it (G15) */
};

/*
 * sqlstate: five characters, or NULL or "" when libpq had none (RECONNECT). connection_lost: the
 * connection is bad now: RECONNECT whatever the SQLSTATE, since nothing else can be done on it.
 * constraint: the name in the diagnostics, NULL or "" when there was none: "ledger_..." is the key
 * of the ledger (its partitions are named so too), "submission_..." the submission's.
 */
enum store_sqlstate_action store_sqlstate_classify(const char *sqlstate, bool connection_lost,
                                                   const char *constraint);

/* "reconnect", "retry_now", ...: for log lines and metrics. */
const char *store_sqlstate_action_name(enum store_sqlstate_action action);
