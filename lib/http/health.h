/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon shows to its operators, on a loopback port: /metrics in Prometheus's text format,
 * /healthz (is it alive: restart it if not) and /readyz (does it do its work now). Runs on the
 * loop's thread; the checks are called there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct emis_buffer;
struct emis_metric;
struct loop;
struct http_health;

/* True: all is well. Otherwise the reason is appended to `reason`, one line without a line break.
 */
typedef bool (*http_health_check_fn)(void *context, struct emis_buffer *reason);

/* Copied; what it points to is borrowed for the life of the page. */
struct http_health_options {
    const char *address;                /* see http_server_new */
    struct emis_metric *const *metrics; /* series of one name stand together */
    size_t metric_count;
    http_health_check_fn is_alive; /* NULL: always */
    http_health_check_fn is_ready; /* NULL: always */
    void *context;                 /* of both checks */
};

/* Errors: those of http_server_new. */
bool http_health_new(struct loop *loop, const struct http_health_options *options,
                     struct http_health **ret_health, struct emis_error *err) EMIS_MUST_CHECK;
uint16_t http_health_port(const struct http_health *health);
void http_health_free(struct http_health *health);
