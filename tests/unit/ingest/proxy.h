/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wire to PostgreSQL that can be cut at a COMMIT, for tests of what is in doubt: the client's end
 * is closed, the server's stays open, as when a network goes away. One connection at a time; a
 * thread of its own.
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum proxy_cut {
    PROXY_WHOLE,
    PROXY_CUT_BEFORE_COMMIT, /* the server never sees it, and keeps the transaction */
    PROXY_CUT_AFTER_COMMIT   /* the server does it, the answer is lost */
};

struct proxy {
    struct sockaddr_storage server;
    socklen_t server_size;
    int listener, port;
    pthread_t thread;
    _Atomic int cut; /* once: it is whole again afterwards */
    _Atomic bool is_stopping;
    int abandoned[8];
    int abandoned_count;
};

static inline bool proxy_copy(int from, int to, char *buffer, size_t size, ssize_t *ret_size)
{
    *ret_size = recv(from, buffer, size, 0);
    return *ret_size > 0 &&
           (to < 0 || send(to, buffer, (size_t) *ret_size, MSG_NOSIGNAL) == *ret_size);
}

/* Until an end closes, or the wire is cut. */
static inline void proxy_serve(struct proxy *proxy, int client)
{
    static char buffer[1 << 16];
    int server = socket(proxy->server.ss_family, SOCK_STREAM, 0);
    bool is_open = connect(server, (struct sockaddr *) &proxy->server, proxy->server_size) == 0;
    bool is_cut = false;
    while (is_open && !atomic_load(&proxy->is_stopping)) {
        struct pollfd ends[2] = {{.fd = client, .events = POLLIN},
                                 {.fd = server, .events = POLLIN}};
        ssize_t size;
        (void) poll(ends, 2, 50);
        if (ends[1].revents != 0 && !proxy_copy(server, client, buffer, sizeof(buffer), &size))
            break;
        if (ends[0].revents == 0)
            continue;
        is_open = proxy_copy(client, -1, buffer, sizeof(buffer), &size);
        is_cut = is_open && atomic_load(&proxy->cut) != PROXY_WHOLE &&
                 memmem(buffer, (size_t) size, "COMMIT", sizeof("COMMIT")) != NULL;
        if (is_open && (!is_cut || atomic_load(&proxy->cut) == PROXY_CUT_AFTER_COMMIT))
            is_open = send(server, buffer, (size_t) size, MSG_NOSIGNAL) == size;
        if (is_cut)
            break;
    }
    close(client);
    if (is_cut && proxy->abandoned_count < 8) {
        proxy->abandoned[proxy->abandoned_count++] = server;
        atomic_store(&proxy->cut, PROXY_WHOLE);
    } else {
        close(server);
    }
}

static inline void *proxy_run(void *context)
{
    struct proxy *proxy = context;
    while (!atomic_load(&proxy->is_stopping)) {
        struct pollfd end = {.fd = proxy->listener, .events = POLLIN};
        if (poll(&end, 1, 50) == 1)
            proxy_serve(proxy, accept(proxy->listener, NULL, NULL));
    }
    return NULL;
}

/* host: an address of 127.0.0.0/8, or the folder of the server's socket. */
static inline void proxy_start(struct proxy *proxy, const char *host, int port)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(local);
    memset(proxy, 0, sizeof(*proxy));
    if (host[0] == '/') {
        struct sockaddr_un *server = (struct sockaddr_un *) &proxy->server;
        server->sun_family = AF_UNIX;
        snprintf(server->sun_path, sizeof(server->sun_path), "%.80s/.s.PGSQL.%d", host, port);
        proxy->server_size = sizeof(*server);
    } else {
        struct sockaddr_in *server = (struct sockaddr_in *) &proxy->server;
        server->sin_family = AF_INET;
        server->sin_port = htons((uint16_t) port);
        server->sin_addr.s_addr = inet_addr(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host);
        proxy->server_size = sizeof(*server);
    }
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(proxy->listener, (struct sockaddr *) &local, sizeof(local)) != 0 ||
        listen(proxy->listener, 8) != 0 ||
        getsockname(proxy->listener, (struct sockaddr *) &local, &size) != 0)
        abort();
    proxy->port = ntohs(local.sin_port);
    if (pthread_create(&proxy->thread, NULL, proxy_run, proxy) != 0)
        abort();
}

static inline void proxy_stop(struct proxy *proxy)
{
    atomic_store(&proxy->is_stopping, true);
    (void) pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    for (int i = 0; i < proxy->abandoned_count; i++)
        close(proxy->abandoned[i]);
}
