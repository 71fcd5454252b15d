/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters, gauges and histograms, printed in Prometheus's text format. Values are atomics: any
 * thread adds, any thread prints. A module declares its metrics as file-scope tables of struct
 * emis_metric in its stats file and registers them once.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct emis_buffer;

enum emis_metric_type { EMIS_METRIC_COUNTER, EMIS_METRIC_GAUGE, EMIS_METRIC_HISTOGRAM };

#define EMIS_METRIC_BUCKETS 12

/* A series. Several series of one name differ in `labels` (already in Prometheus form:
 * `outcome="accepted"`, or NULL). */
struct emis_metric {
    const char *name;
    enum emis_metric_type type;
    const char *help;
    const char *labels;
    _Atomic int64_t value;                        /* counter, gauge; histogram: count */
    _Atomic int64_t sum_us;                       /* histogram: microseconds */
    _Atomic int64_t buckets[EMIS_METRIC_BUCKETS]; /* histogram: not cumulative; bounds
                                                     1,3,10,30,100,300 ms, 1,3,10,30,100 s, +Inf */
};

void emis_metric_add(struct emis_metric *metric, int64_t amount);
void emis_metric_set(struct emis_metric *metric, int64_t value);
void emis_metric_observe_us(struct emis_metric *metric, int64_t duration_us);
/* count pointers; HELP and TYPE once per name (series of one name stand together). Names of
 * durations end in _seconds. */
void emis_metric_print(struct emis_metric *const *metrics, size_t count, struct emis_buffer *out);
