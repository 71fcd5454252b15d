/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A working thread: one connection, round after round. It looks for what the registry or parked
 * records ask (chores), then refreshes a lane, then waits. It alone chooses between retry, waiting
 * and setting aside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/options.h"
#include "lib/base/error.h"

struct agg_worker;

/* number: from 0; the first does the chores that one thread of a process is enough for. is_once:
 * stop when nothing is left to do. options are borrowed. */
struct agg_worker *agg_worker_new(const struct agg_options *options, int number, bool is_once);
void agg_worker_set_metrics_port(struct agg_worker *worker, int32_t port);
/* The body of the thread. true: stopped when asked, or nothing left. false: only with is_once, when
 * the database cannot do the work. */
bool agg_worker_run(struct agg_worker *worker, struct emis_error *err) EMIS_MUST_CHECK;
/* Any thread: come to an end after the present transaction. */
void agg_worker_stop(struct agg_worker *worker);
/* Milliseconds since the thread last came round (monotonic now given). Any thread. */
int64_t agg_worker_idle_ms(const struct agg_worker *worker, int64_t now_ms);
/* It has a connection and the database works. Any thread. */
bool agg_worker_is_ready(const struct agg_worker *worker);
void agg_worker_free(struct agg_worker *worker);
