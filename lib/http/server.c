/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/server.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/http/address.h"
#include "lib/http/guard.h"
#include "lib/loop/timer.h"
#include "lib/loop/watch.h"

#define CONNECTIONS_MAX      64U
#define CONNECTION_BYTES_MAX ((size_t) 32 * 1024)
#define IDLE_SECONDS_MAX     10U

struct http_server {
    struct MHD_Daemon *daemon;
    struct loop_watch *watch; /* on the daemon's epoll descriptor */
    struct loop_timer *timer; /* the daemon's own timeouts, and "run again at once" */
    http_server_fn handler;
    void *context;
    uint16_t port;
};

/* One request, from its first line to its completion. */
struct exchange {
    char *path;
    const char *query; /* inside path's memory */
    bool is_begun;
};

static void *begin_exchange(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = emis_calloc(1, sizeof *exchange);
    (void) context;
    (void) connection;
    exchange->path = emis_strdup(uri);
    char *mark = strchr(exchange->path, '?');
    exchange->query = mark != NULL ? mark + 1 : "";
    if (mark != NULL) {
        *mark = '\0';
    }
    return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *slot;
    (void) context;
    (void) connection;
    (void) code;
    if (exchange != NULL) {
        free(exchange->path);
        free(exchange);
        *slot = NULL;
    }
}

/* Takes the reply's body. */
static enum MHD_Result send_reply(struct MHD_Connection *connection, struct http_reply *reply,
                                  bool is_last)
{
    static char empty[] = "";
    bool has_body = reply->body.data != NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.size, has_body ? reply->body.data : empty,
                                        has_body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    EMIS_ASSERT(response != NULL);
    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void) MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->allow != NULL) {
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    }
    if (is_last) {
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static struct http_reply empty_reply(unsigned status)
{
    return (struct http_reply){.status = status, .content_type = "text/plain; charset=utf-8"};
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status,
                              const char *reason)
{
    struct http_reply reply = empty_reply(status);
    emis_buffer_format(&reply.body, "%s\n", reason);
    return send_reply(connection, &reply, true);
}

/* libmicrohttpd calls this once for the head and once more when the request is complete. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **slot)
{
    struct http_server *server = context;
    struct exchange *exchange = *slot;
    (void) url;
    (void) upload;
    if (!exchange->is_begun) {
        exchange->is_begun = true;
        const char *refusal = http_guard_refusal(connection, version);
        if (refusal != NULL) {
            return refuse(connection, MHD_HTTP_BAD_REQUEST, refusal);
        }
        return http_guard_has_body(connection)
                   ? refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "no body is taken here")
                   : MHD_YES;
    }
    if (*upload_size != 0) {
        return MHD_NO;
    }
    struct http_request request = {
        .method = method, .path = exchange->path, .query = exchange->query};
    struct http_reply reply = empty_reply(MHD_HTTP_OK);
    server->handler(server->context, &request, &reply);
    return send_reply(connection, &reply, false);
}

static unsigned count_connections(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    EMIS_ASSERT(info != NULL);
    return info->num_connections;
}

/*
 * One round of the daemon. Its sockets are edge-triggered: when it says "again in N ms" (also 0) no
 * descriptor will tell, so the timer is always armed from what it says; without that, large
 * requests hang (systemd's journal-remote had this defect, systemd#7130). A daemon that is full
 * does not listen, and listens again only in the round after the one that freed a place: when the
 * last clients go together, nothing else would bring that round, and nobody would get in any more.
 */
static void run_daemon(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG delay_ms = 0;
    unsigned before = count_connections(server);
    enum MHD_Result result = MHD_run(server->daemon);
    EMIS_ASSERT(result == MHD_YES);
    if (count_connections(server) < before) {
        loop_timer_start(server->timer, 0, 0);
    } else if (MHD_get_timeout(server->daemon, &delay_ms) == MHD_YES) {
        loop_timer_start(server->timer, delay_ms, 0);
    } else {
        loop_timer_stop(server->timer);
    }
}

static void on_event(void *context, int events)
{
    (void) events;
    run_daemon(context);
}

static void on_time(void *context)
{
    run_daemon(context);
}

static bool start_daemon(struct http_server *server, int fd, struct emis_error *err)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, answer, server,      /* no thread of its own */
        MHD_OPTION_LISTEN_SOCKET, fd,                      /* the daemon's from here on */
        MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, NULL, /* its only way to show the raw path */
        MHD_OPTION_NOTIFY_COMPLETED, end_exchange, NULL,   /* frees what begin_exchange made */
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,      /* the rest waits in the backlog */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_BYTES_MAX,                            /* a longer head is refused with 431 */
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS_MAX, /* a silent client loses its place */
        MHD_OPTION_STRICT_FOR_CLIENT, 1,                 /* refuse what the standard forbids */
        MHD_OPTION_END);
    if (server->daemon == NULL) {
        return emis_error_set(err, E_INTERNAL, "could not start the HTTP server");
    }
    return true;
}

bool http_server_new(struct loop *loop, const char *address, http_server_fn handler, void *context,
                     struct http_server **ret_server, struct emis_error *err)
{
    int fd = -1;
    struct http_server *server = emis_calloc(1, sizeof *server);
    server->handler = handler;
    server->context = context;
    if (!http_address_listen(address, &fd, &server->port, err) || !start_daemon(server, fd, err)) {
        goto free_server;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    EMIS_ASSERT(info != NULL);
    if (!loop_watch_new(loop, info->epoll_fd, on_event, server, &server->watch, err)) {
        goto free_server;
    }
    server->timer = loop_timer_new(loop, on_time, server);
    loop_watch_start(server->watch, LOOP_WATCH_READABLE);
    *ret_server = server;
    return true;

free_server:
    http_server_free(server);
    return false;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_free(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    loop_timer_free(server->timer);
    loop_watch_free(server->watch);
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    free(server);
}
