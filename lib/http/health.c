/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/health.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/metric.h"
#include "lib/http/server.h"

struct http_health {
    struct http_health_options options;
    struct http_server *server;
};

static void reply_check(const struct http_health *health, http_health_check_fn check,
                        struct http_reply *reply)
{
    struct emis_buffer reason;
    emis_buffer_init(&reason);
    if (check == NULL || check(health->options.context, &reason)) {
        emis_buffer_text(&reply->body, "ok\n");
    } else {
        reply->status = 503;
        emis_buffer_format(&reply->body, "%s\n",
                           reason.data != NULL ? reason.data : "no reason given");
    }
    emis_buffer_release(&reason);
}

static void reply_to(void *context, const struct http_request *request, struct http_reply *reply)
{
    const struct http_health *health = context;
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        reply->status = 405;
        reply->allow = "GET, HEAD";
        emis_buffer_text(&reply->body, "only GET and HEAD\n");
    } else if (strcmp(request->path, "/metrics") == 0) {
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        emis_metric_print(health->options.metrics, health->options.metric_count, &reply->body);
    } else if (strcmp(request->path, "/healthz") == 0) {
        reply_check(health, health->options.is_alive, reply);
    } else if (strcmp(request->path, "/readyz") == 0) {
        reply_check(health, health->options.is_ready, reply);
    } else {
        reply->status = 404;
        emis_buffer_text(&reply->body, "here are /metrics, /healthz and /readyz\n");
    }
}

bool http_health_new(struct loop *loop, const struct http_health_options *options,
                     struct http_health **ret_health, struct emis_error *err)
{
    struct http_health *health = emis_calloc(1, sizeof *health);
    health->options = *options;
    if (!http_server_new(loop, options->address, reply_to, health, &health->server, err)) {
        free(health);
        return false;
    }
    *ret_health = health;
    return true;
}

uint16_t http_health_port(const struct http_health *health)
{
    return http_server_port(health->server);
}

void http_health_free(struct http_health *health)
{
    if (health != NULL) {
        http_server_free(health->server);
        free(health);
    }
}
