/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/metric.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/buffer.h"

static const struct {
    int64_t us;
    const char *text;
} bounds[EMIS_METRIC_BUCKETS] = {
    {1000, "0.001"},  {3000, "0.003"},  {10000, "0.01"},    {30000, "0.03"},
    {100000, "0.1"},  {300000, "0.3"},  {1000000, "1"},     {3000000, "3"},
    {10000000, "10"}, {30000000, "30"}, {100000000, "100"}, {INT64_MAX, "+Inf"},
};

void emis_metric_add(struct emis_metric *metric, int64_t amount)
{
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void emis_metric_set(struct emis_metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void emis_metric_observe_us(struct emis_metric *metric, int64_t duration_us)
{
    size_t i = 0;
    while (duration_us > bounds[i].us) {
        i++;
    }
    atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->sum_us, duration_us, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, 1, memory_order_relaxed);
}

static void print_head(const struct emis_metric *metric, struct emis_buffer *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    emis_buffer_format(out, "# HELP %s ", metric->name);
    for (const char *c = metric->help; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\\') {
            emis_buffer_text(out, *c == '\n' ? "\\n" : "\\\\");
        } else {
            emis_buffer_append(out, c, 1);
        }
    }
    emis_buffer_format(out, "\n# TYPE %s %s\n", metric->name, types[metric->type]);
}

/* name<suffix>{labels,le="bound"}: what is absent is left out. */
static void print_series(const struct emis_metric *metric, const char *suffix, const char *bound,
                         struct emis_buffer *out)
{
    bool has_labels = metric->labels != NULL && metric->labels[0] != '\0';
    emis_buffer_format(out, "%s%s", metric->name, suffix);
    if (has_labels || bound != NULL) {
        emis_buffer_format(out, "{%s%s", has_labels ? metric->labels : "",
                           has_labels && bound != NULL ? "," : "");
        if (bound != NULL) {
            emis_buffer_format(out, "le=\"%s\"", bound);
        }
        emis_buffer_text(out, "}");
    }
    emis_buffer_text(out, " ");
}

/* The count is summed from the buckets, so that +Inf and _count agree while others observe. */
static void print_histogram(struct emis_metric *metric, struct emis_buffer *out)
{
    int64_t count = 0;
    for (size_t i = 0; i < EMIS_METRIC_BUCKETS; i++) {
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        print_series(metric, "_bucket", bounds[i].text, out);
        emis_buffer_format(out, "%" PRId64 "\n", count);
    }
    int64_t sum_us = atomic_load_explicit(&metric->sum_us, memory_order_relaxed);
    print_series(metric, "_sum", NULL, out);
    emis_buffer_format(out, "%" PRId64 ".%06" PRId64 "\n", sum_us / 1000000, sum_us % 1000000);
    print_series(metric, "_count", NULL, out);
    emis_buffer_format(out, "%" PRId64 "\n", count);
}

void emis_metric_print(struct emis_metric *const *metrics, size_t count, struct emis_buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        struct emis_metric *metric = metrics[i];
        if (i == 0 || strcmp(metric->name, metrics[i - 1]->name) != 0) {
            print_head(metric, out);
        }
        if (metric->type == EMIS_METRIC_HISTOGRAM) {
            print_histogram(metric, out);
        } else {
            print_series(metric, "", NULL, out);
            emis_buffer_format(out, "%" PRId64 "\n",
                               atomic_load_explicit(&metric->value, memory_order_relaxed));
        }
    }
}
