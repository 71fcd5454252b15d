/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/health.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/metric.h"
#include "lib/http/server.h"
#include "lib/loop/loop.h"
#include "lib/loop/wake.h"

/* The loop and the page live on a thread of their own; the test is a client with a raw socket. */
struct scene {
    struct loop *loop;
    struct loop_wake *stop;
    struct loop_wake *stall;
    pthread_mutex_t gate; /* what a stalled loop waits for */
    struct http_health *health;
    pthread_t thread;
    _Atomic bool is_alive;
    char reply[16 << 20];
};

static struct emis_metric records = {
    .name = "emis_records_total", .type = EMIS_METRIC_COUNTER, .help = "Records", .labels = NULL};
/* Enough series for a page that fills every socket buffer on the way. */
#define METRIC_COUNT 200000
static struct emis_metric *metrics[METRIC_COUNT];

static bool is_alive(void *context, struct emis_buffer *reason)
{
    struct scene *scene = context;
    if (!scene->is_alive) {
        emis_buffer_format(reason, "the writer made no progress for %d s", 31);
    }
    return scene->is_alive;
}

static bool is_not_ready(void *context, struct emis_buffer *reason)
{
    (void) context;
    (void) reason;
    return false;
}

static void on_stop(void *context)
{
    loop_stop(context);
}

static void on_stall(void *context)
{
    struct scene *scene = context;
    (void) pthread_mutex_lock(&scene->gate);
    (void) pthread_mutex_unlock(&scene->gate);
}

static void *run(void *context)
{
    struct scene *scene = context;
    loop_run(scene->loop);
    return NULL;
}

static int set_up(void **state)
{
    struct emis_error err;
    struct scene *scene = calloc(1, sizeof *scene);
    struct http_health_options options = {.address = "127.0.0.1:0",
                                          .metrics = metrics,
                                          .metric_count = METRIC_COUNT,
                                          .is_alive = is_alive,
                                          .is_ready = is_not_ready,
                                          .context = scene};
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        metrics[i] = &records;
    }
    scene->is_alive = true;
    (void) pthread_mutex_init(&scene->gate, NULL);
    *state = scene;
    if (!loop_new(&scene->loop, &err) ||
        !loop_wake_new(scene->loop, on_stop, scene->loop, &scene->stop, &err) ||
        !loop_wake_new(scene->loop, on_stall, scene, &scene->stall, &err) ||
        !http_health_new(scene->loop, &options, &scene->health, &err)) {
        return 1;
    }
    return pthread_create(&scene->thread, NULL, run, scene);
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    loop_wake_send(scene->stop);
    int failure = pthread_join(scene->thread, NULL);
    http_health_free(scene->health);
    loop_free(scene->loop);
    (void) pthread_mutex_destroy(&scene->gate);
    free(scene);
    return failure;
}

static int dial(const struct scene *scene)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_health_port(scene->health))};
    struct timeval patience = {.tv_sec = 5};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof address), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    ssize_t size = send(fd, text, strlen(text), MSG_NOSIGNAL);
    assert_true(size >= 0);
}

/* Send the bytes, read into scene->reply until the server closes. */
static void ask(struct scene *scene, const char *request)
{
    int fd = dial(scene);
    size_t used = 0;
    ssize_t size;
    send_text(fd, request);
    while ((size = recv(fd, scene->reply + used, sizeof scene->reply - 1 - used, 0)) > 0) {
        used += (size_t) size;
    }
    scene->reply[used] = '\0';
    (void) close(fd);
}

/* Ask, expect the reply to begin like this and to hold that. */
static void expect(struct scene *scene, const char *request, const char *status_line,
                   const char *content)
{
    ask(scene, request);
    if (strncmp(scene->reply, status_line, strlen(status_line)) != 0 ||
        strstr(scene->reply, content) == NULL) {
        fail_msg("asked\n%s\nexpected '%s' and '%s', got\n%s", request, status_line, content,
                 scene->reply);
    }
}

#define END "Host: a\r\nConnection: close\r\n\r\n"

static void test_http_health__pages(void **state)
{
    struct scene *scene = *state;
    emis_metric_set(&records, 42);
    expect(scene, "GET /metrics HTTP/1.1\r\n" END, "HTTP/1.1 200 ", "\nemis_records_total 42\n");
    assert_non_null(
        strstr(scene->reply, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    expect(scene, "GET /healthz HTTP/1.1\r\n" END, "HTTP/1.1 200 ", "\r\n\r\nok\n");
    expect(scene, "GET /healthz?verbose=1 HTTP/1.1\r\n" END, "HTTP/1.1 200 ", "\r\n\r\nok\n");
    expect(scene, "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.", " 200 ");
    expect(scene, "GET /readyz HTTP/1.1\r\n" END, "HTTP/1.1 503 ", "no reason given\n");
    scene->is_alive = false;
    expect(scene, "GET /healthz HTTP/1.1\r\n" END, "HTTP/1.1 503 ",
           "\r\n\r\nthe writer made no progress for 31 s\n");
}

static void test_http_health__what_is_not_there(void **state)
{
    struct scene *scene = *state;
    expect(scene, "GET / HTTP/1.1\r\n" END, "HTTP/1.1 404 ", "/readyz");
    expect(scene, "GET /metrics%00 HTTP/1.1\r\n" END, "HTTP/1.1 404 ", "");
    expect(scene, "GET /metrics/ HTTP/1.1\r\n" END, "HTTP/1.1 404 ", "");
    expect(scene, "DELETE /metrics HTTP/1.1\r\n" END, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
    expect(scene, "HEAD /healthz HTTP/1.1\r\n" END, "HTTP/1.1 200 ", "Content-Length: 3\r\n");
    assert_null(strstr(scene->reply, "\r\n\r\nok"));
}

static void test_http_health__connection_is_kept(void **state)
{
    struct scene *scene = *state;
    expect(scene, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /metrics HTTP/1.1\r\n" END,
           "HTTP/1.1 200 ", "emis_records_total");
    int fd = dial(scene);
    for (int i = 0; i < 3; i++) {
        send_text(fd, "GET /heal");
        send_text(fd, "thz HTTP/1.1\r\nHost: a\r\n\r\n");
        ssize_t size = recv(fd, scene->reply, sizeof scene->reply, 0);
        assert_true(size > 12);
        assert_memory_equal(scene->reply, "HTTP/1.1 200", 12);
    }
    (void) close(fd);
}

/* A client that begins to read late gets everything: the server goes on when there is room again.
 */
static void test_http_server__slow_reader_of_a_large_page(void **state)
{
    struct scene *scene = *state;
    size_t used = 0;
    ssize_t size;
    emis_metric_set(&records, 7);
    int fd = dial(scene);
    send_text(fd, "GET /metrics HTTP/1.1\r\n" END);
    (void) usleep(100000);
    expect(scene, "GET /healthz HTTP/1.1\r\n" END, "HTTP/1.1 200 ",
           "ok"); /* others are served meanwhile */
    while ((size = recv(fd, scene->reply, sizeof scene->reply, 0)) > 0) {
        used += (size_t) size;
    }
    (void) close(fd);
    assert_int_equal(size, 0);
    assert_in_range(used, METRIC_COUNT * strlen("emis_records_total 7\n"),
                    METRIC_COUNT * strlen("emis_records_total 7\n") + 500);
}

/* What libmicrohttpd 0.9.75 lets pass and a proxy in front may read differently. */
static void test_http_guard__smuggling_is_refused(void **state)
{
    struct scene *scene = *state;
    static const char *const requests[] = {
        "GET /healthz HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" END
        "0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n" END "GET /x",
        "GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
        "identity\r\n" END,
        "GET /healthz HTTP/1.1\r\nHost: b\r\n" END,
        "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nContent-Length : 0\r\n" END,
        "GET /healthz HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n" END,
        "GET /healthz HTTP/1.1\r\nContent-Length: +0\r\n" END,
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        expect(scene, requests[i], "HTTP/1.", " 400 ");
        assert_non_null(strstr(scene->reply, "Connection: close"));
    }
}

static void test_http_server__bounds(void **state)
{
    struct scene *scene = *state;
    struct emis_buffer request;
    expect(scene, "POST /healthz HTTP/1.1\r\nContent-Length: 5\r\n" END "abcde", "HTTP/1.1 413 ",
           "no body is taken here");
    expect(scene,
           "POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "1\r\na\r\n0\r\n\r\n",
           "HTTP/1.1 413 ", "");
    emis_buffer_init(&request);
    emis_buffer_format(&request, "GET /healthz HTTP/1.1\r\nX: %0*d\r\n" END, 60000, 0);
    expect(scene, request.data, "HTTP/1.1 431 ", "");
    emis_buffer_clear(&request);
    emis_buffer_format(&request, "GET /%0*d HTTP/1.1\r\n" END, 60000, 0);
    expect(scene, request.data, "HTTP/1.1 414 ", "");
    emis_buffer_release(&request);
}

static void test_http_server__more_clients_than_places(void **state)
{
    struct scene *scene = *state;
    int fds[65];
    for (int i = 0; i < 65; i++) {
        fds[i] = dial(scene);
    }
    send_text(fds[0], "GET /healthz HTTP/1.1\r\n" END);
    ssize_t size = recv(fds[0], scene->reply, sizeof scene->reply, 0);
    assert_true(size > 12);
    /* a loop that was busy while they went finds them all gone in one round */
    (void) pthread_mutex_lock(&scene->gate);
    loop_wake_send(scene->stall);
    (void) usleep(100000);
    for (int i = 0; i < 65; i++) {
        (void) close(fds[i]);
    }
    (void) pthread_mutex_unlock(&scene->gate);
    /* whoever comes before the server has seen them go is closed without an answer */
    for (int i = 0; i < 50; i++) {
        ask(scene, "GET /healthz HTTP/1.1\r\n" END);
        if (scene->reply[0] != '\0') {
            break;
        }
        (void) usleep(100000);
    }
    expect(scene, "GET /healthz HTTP/1.1\r\n" END, "HTTP/1.1 200 ", "ok");
}

static void ignore(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void) context;
    (void) request;
    (void) reply;
}

static void expect_address(struct loop *loop, const char *address, bool is_good)
{
    struct emis_error err;
    struct http_server *server = NULL;
    bool is_listening = http_server_new(loop, address, ignore, NULL, &server, &err);
    if (is_listening != is_good) {
        fail_msg("%s", address);
    }
    if (is_good) {
        assert_int_not_equal(http_server_port(server), 0);
        http_server_free(server);
    } else {
        assert_int_equal(err.code, E_CONFIG);
        assert_string_equal(err.pointer, address);
        assert_null(server);
    }
}

static void test_http_address__forms(void **state)
{
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      ":80",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:x",
                                      "[::1:0",
                                      "example.org:80",
                                      "127.1:0",
                                      "[]:0",
                                      "::1:0"};
    struct loop *loop;
    struct emis_error err;
    (void) state;
    assert_true(loop_new(&loop, &err));
    expect_address(loop, "127.0.0.1:0", true);
    expect_address(loop, "localhost:0", true);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (fd >= 0 && bind(fd, (struct sockaddr *) &loopback, sizeof loopback) == 0) {
        expect_address(loop, "[::1]:0", true);
    }
    (void) close(fd);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect_address(loop, bad[i], false);
    }
    loop_free(loop);
}

static void test_http_address__taken(void **state)
{
    struct scene *scene = *state;
    struct loop *loop;
    struct emis_error err;
    struct http_server *server = NULL;
    char address[32];
    (void) snprintf(address, sizeof address, "127.0.0.1:%u",
                    (unsigned) http_health_port(scene->health));
    assert_true(loop_new(&loop, &err));
    assert_false(http_server_new(loop, address, ignore, NULL, &server, &err));
    assert_int_equal(err.code, E_CONFIG);
    assert_non_null(strstr(err.message, "Address already in use"));
    loop_free(loop);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(test_http_health__pages),
        IN_SCENE(test_http_health__what_is_not_there),
        IN_SCENE(test_http_health__connection_is_kept),
        IN_SCENE(test_http_server__slow_reader_of_a_large_page),
        IN_SCENE(test_http_guard__smuggling_is_refused),
        IN_SCENE(test_http_server__bounds),
        IN_SCENE(test_http_server__more_clients_than_places),
        cmocka_unit_test(test_http_address__forms),
        IN_SCENE(test_http_address__taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
