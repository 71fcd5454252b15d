/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP/1.1 server on the event loop: the door of libmicrohttpd, whose types stay in this
 * folder. It takes requests without a body and answers each at once; everything runs on the loop's
 * thread. What proxies read differently (two lengths, a length and a transfer coding, two hosts,
 * ...) is refused with 400. Bounds: connections, bytes of a request's head, idle seconds (see
 * server.c).
 */
#pragma once

#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

struct loop;
struct http_server;

/* Borrowed during the call. */
struct http_request {
    const char *method; /* "GET" */
    const char *path;   /* as sent, up to the '?', percent signs not decoded */
    const char *query;  /* as sent, behind the '?', or "" */
};

/* Comes as 200, text/plain, no body; the handler changes what differs. */
struct http_reply {
    unsigned status;
    const char *content_type; /* a literal */
    const char *allow;        /* the Allow header of a 405, or NULL */
    struct emis_buffer body;  /* the server frees it */
};

typedef void (*http_server_fn)(void *context, const struct http_request *request,
                               struct http_reply *reply);

/*
 * Listens on address: "127.0.0.1:9464", "[::1]:9464" or "localhost:9464" (127.0.0.1); port 0: the
 * kernel chooses. E_CONFIG: not such an address, or it cannot be had.
 */
bool http_server_new(struct loop *loop, const char *address, http_server_fn handler, void *context,
                     struct http_server **ret_server, struct emis_error *err) EMIS_MUST_CHECK;

uint16_t http_server_port(const struct http_server *server);

/* Closes all connections. Before loop_free. */
void http_server_free(struct http_server *server);
