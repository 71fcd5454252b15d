/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/text.h"

#define BACKLOG 64

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_host(const char *host, uint16_t port, union address *ret_address)
{
    memset(ret_address, 0, sizeof *ret_address);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                  &ret_address->v4.sin_addr) == 1) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = htons(port);
        return true;
    }
    size_t length = strlen(host);
    char inner[INET6_ADDRSTRLEN] = "";
    if (length < 3 || length - 2 >= sizeof inner || host[0] != '[' || host[length - 1] != ']') {
        return false;
    }
    memcpy(inner, host + 1, length - 2);
    ret_address->v6.sin6_family = AF_INET6;
    ret_address->v6.sin6_port = htons(port);
    return inet_pton(AF_INET6, inner, &ret_address->v6.sin6_addr) == 1;
}

static bool parse(const char *text, union address *ret_address)
{
    char host[64];
    int64_t port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t) (colon - text) >= sizeof host || colon[1] == '-') {
        return false;
    }
    (void) snprintf(host, sizeof host, "%.*s", (int) (colon - text), text);
    return emis_text_parse_i64(colon + 1, strlen(colon + 1), &port) && port <= UINT16_MAX &&
           parse_host(host, (uint16_t) port, ret_address);
}

static bool bind_and_listen(int fd, const union address *address, uint16_t *ret_port)
{
    union address bound;
    socklen_t size = sizeof bound;
    int on = 1;
    /* A restarted daemon must not wait for the old one's connections to be forgotten. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address->any, sizeof *address) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &bound.any, &size) != 0) {
        return false;
    }
    *ret_port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return true;
}

static bool read_address(const char *text, union address *ret_address, struct emis_error *err)
{
    return parse(text, ret_address) ||
           emis_error_set_at(err, E_CONFIG, text,
                             "'%s' is not an address such as 127.0.0.1:9464 or [::1]:9464", text);
}

bool http_address_check(const char *text, struct emis_error *err)
{
    union address address;
    return read_address(text, &address, err);
}

bool http_address_listen(const char *text, int *ret_fd, uint16_t *ret_port, struct emis_error *err)
{
    union address address;
    if (!read_address(text, &address, err)) {
        return false;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !bind_and_listen(fd, &address, ret_port)) {
        (void) emis_error_set_at(err, E_CONFIG, text, "could not listen on %s: %s", text,
                                 strerror(errno));
        if (fd >= 0) {
            (void) close(fd);
        }
        return false;
    }
    *ret_fd = fd;
    return true;
}
