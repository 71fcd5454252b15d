/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/loop/loop.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/loop/signal.h"
#include "lib/loop/timer.h"
#include "lib/loop/wake.h"
#include "lib/loop/watch.h"

/* What the callbacks of a test share. */
struct scene {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_timer *deadline;
    struct loop_watch *watch;
    int calls;
    int calls_wanted;
    int last; /* the last signal or events */
    int fd;
    bool is_late;
    atomic_int sent;
};

static void on_deadline(void *context)
{
    struct scene *scene = context;
    scene->is_late = true;
    loop_stop(scene->loop);
}

static int set_up(void **state)
{
    struct emis_error err;
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    scene->calls_wanted = 1;
    if (!loop_new(&scene->loop, &err)) {
        return 1;
    }
    scene->deadline = loop_timer_new(scene->loop, on_deadline, scene);
    loop_timer_start(scene->deadline, 5000, 0);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    bool is_late = scene->is_late;
    loop_free(scene->loop);
    free(scene);
    return is_late;
}

static void count(struct scene *scene, int what)
{
    scene->last = what;
    scene->calls++;
    if (scene->calls == scene->calls_wanted) {
        loop_stop(scene->loop);
    }
}

static void on_time(void *context)
{
    count(context, 0);
}

static void test_loop_timer__once(void **state)
{
    struct scene *scene = *state;
    int64_t begin_ms = emis_clock_monotonic_ms();
    struct loop_timer *timer = loop_timer_new(scene->loop, on_time, scene);
    loop_timer_start(timer, 20, 0);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 1);
    assert_true(emis_clock_monotonic_ms() - begin_ms >= 19);
    loop_timer_free(timer);
}

static void test_loop_timer__repeats_until_stopped(void **state)
{
    struct scene *scene = *state;
    scene->calls_wanted = 3;
    struct loop_timer *timer = loop_timer_new(scene->loop, on_time, scene);
    loop_timer_start(timer, 0, 2);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 3);
    loop_timer_stop(timer);
    loop_timer_start(scene->deadline, 30, 0);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 3);
    scene->is_late = false;
    loop_timer_free(timer);
    loop_timer_free(NULL);
}

/* A timer counts from its start, not from when the loop last looked at the clock. */
static void test_loop_timer__counts_from_its_start(void **state)
{
    struct scene *scene = *state;
    struct loop_timer *timer = loop_timer_new(scene->loop, on_time, scene);
    int64_t begin_ms = emis_clock_monotonic_ms();
    while (emis_clock_monotonic_ms() - begin_ms < 60) {
    }
    begin_ms = emis_clock_monotonic_ms();
    loop_timer_start(timer, 50, 0);
    loop_run(scene->loop);
    assert_true(emis_clock_monotonic_ms() - begin_ms >= 49);
}

static void free_yourself(void *context)
{
    struct scene *scene = context;
    loop_timer_free(scene->timer);
    count(scene, 0);
}

static void test_loop_timer__freed_in_its_own_callback(void **state)
{
    struct scene *scene = *state;
    scene->timer = loop_timer_new(scene->loop, free_yourself, scene);
    loop_timer_start(scene->timer, 0, 1);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 1);
}

static void test_loop_loop__ends_when_nothing_is_left(void **state)
{
    struct scene *scene = *state;
    scene->calls_wanted = 99;
    loop_timer_free(scene->deadline);
    struct loop_timer *timer = loop_timer_new(scene->loop, on_time, scene);
    loop_timer_start(timer, 1, 0);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 1);
}

static void on_number(void *context, int number)
{
    count(context, number);
}

static void test_loop_signal__is_caught(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    struct scene *scene = *state;
    struct emis_error err;
    for (size_t i = 0; i < 3; i++) {
        struct loop_signal *caught;
        scene->calls_wanted = scene->calls + 1;
        assert_true(loop_signal_new(scene->loop, numbers[i], on_number, scene, &caught, &err));
        assert_int_equal(raise(numbers[i]), 0);
        loop_run(scene->loop);
        assert_int_equal(scene->last, numbers[i]);
        loop_signal_free(caught);
    }
}

static void test_loop_signal__that_cannot_be_caught(void **state)
{
    struct scene *scene = *state;
    struct emis_error err;
    struct loop_signal *caught = NULL;
    assert_false(loop_signal_new(scene->loop, SIGKILL, on_number, scene, &caught, &err));
    assert_int_equal(err.code, E_INTERNAL);
    assert_null(caught);
}

static void on_events(void *context, int events)
{
    struct scene *scene = context;
    char bytes[8];
    if (events & LOOP_WATCH_READABLE) {
        ssize_t size = read(scene->fd, bytes, sizeof bytes);
        assert_true(size >= 0);
    }
    count(scene, events);
}

static void test_loop_watch__readable_and_writable(void **state)
{
    struct scene *scene = *state;
    struct emis_error err;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    scene->fd = ends[0];
    assert_true(loop_watch_new(scene->loop, ends[0], on_events, scene, &scene->watch, &err));
    loop_watch_start(scene->watch, LOOP_WATCH_WRITABLE);
    loop_run(scene->loop);
    assert_int_equal(scene->last, LOOP_WATCH_WRITABLE);
    loop_watch_start(scene->watch, LOOP_WATCH_READABLE);
    assert_int_equal(write(ends[1], "x", 1), 1);
    scene->calls_wanted = scene->calls + 1;
    loop_run(scene->loop);
    assert_int_equal(scene->last, LOOP_WATCH_READABLE);
    loop_watch_stop(scene->watch);
    assert_int_equal(write(ends[1], "y", 1), 1);
    loop_timer_start(scene->deadline, 20, 0);
    loop_run(scene->loop);
    assert_int_equal(scene->calls, 2);
    scene->is_late = false;
    loop_watch_free(scene->watch);
    (void) close(ends[0]);
    (void) close(ends[1]);
}

static void test_loop_watch__end_of_the_other_side_is_readable(void **state)
{
    struct scene *scene = *state;
    struct emis_error err;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    scene->fd = ends[0];
    assert_true(loop_watch_new(scene->loop, ends[0], on_events, scene, &scene->watch, &err));
    loop_watch_start(scene->watch, LOOP_WATCH_READABLE);
    (void) close(ends[1]);
    loop_run(scene->loop);
    assert_int_equal(scene->last, LOOP_WATCH_READABLE);
    loop_watch_free(scene->watch);
    (void) close(ends[0]);
}

static void test_loop_watch__what_cannot_be_watched(void **state)
{
    struct scene *scene = *state;
    struct emis_error err;
    struct loop_watch *watch = NULL;
    char path[] = "/tmp/emis_watch_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_false(loop_watch_new(scene->loop, fd, on_events, scene, &watch, &err));
    assert_int_equal(err.code, E_INTERNAL);
    (void) close(fd);
    (void) unlink(path);
    assert_false(loop_watch_new(scene->loop, fd, on_events, scene, &watch, &err));
    assert_null(watch);
}

static void on_wake(void *context)
{
    struct scene *scene = context;
    scene->calls++;
    if (atomic_load(&scene->sent) == 1000) {
        loop_stop(scene->loop);
    }
}

struct sender {
    struct scene *scene;
    struct loop_wake *wake;
};

static void *send_many(void *context)
{
    struct sender *sender = context;
    for (int i = 0; i < 1000; i++) {
        atomic_fetch_add(&sender->scene->sent, 1);
        loop_wake_send(sender->wake);
    }
    return NULL;
}

static void test_loop_wake__from_another_thread(void **state)
{
    struct scene *scene = *state;
    struct sender sender = {.scene = scene};
    struct emis_error err;
    pthread_t thread;
    assert_true(loop_wake_new(scene->loop, on_wake, scene, &sender.wake, &err));
    assert_int_equal(pthread_create(&thread, NULL, send_many, &sender), 0);
    loop_run(scene->loop);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_in_range(scene->calls, 1, 1000);
    loop_wake_free(sender.wake);
}

/* Nothing is freed by hand: the sanitizer's leak check is the judge. */
static void test_loop_loop__free_closes_what_is_left(void **state)
{
    struct scene *scene = *state;
    struct emis_error err;
    struct loop_wake *wake;
    struct loop_signal *caught;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(loop_wake_new(scene->loop, on_wake, scene, &wake, &err));
    assert_true(loop_signal_new(scene->loop, SIGUSR1, on_number, scene, &caught, &err));
    assert_true(loop_watch_new(scene->loop, ends[0], on_events, scene, &scene->watch, &err));
    loop_watch_start(scene->watch, LOOP_WATCH_READABLE);
    loop_timer_start(loop_timer_new(scene->loop, on_time, scene), 1000, 1000);
    loop_stop(scene->loop); /* a stop that no run has taken */
    loop_free(scene->loop);
    scene->loop = NULL;
    (void) close(ends[0]);
    (void) close(ends[1]);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(test_loop_timer__once),
        IN_SCENE(test_loop_timer__repeats_until_stopped),
        IN_SCENE(test_loop_timer__counts_from_its_start),
        IN_SCENE(test_loop_timer__freed_in_its_own_callback),
        IN_SCENE(test_loop_loop__ends_when_nothing_is_left),
        IN_SCENE(test_loop_signal__is_caught),
        IN_SCENE(test_loop_signal__that_cannot_be_caught),
        IN_SCENE(test_loop_watch__readable_and_writable),
        IN_SCENE(test_loop_watch__end_of_the_other_side_is_readable),
        IN_SCENE(test_loop_watch__what_cannot_be_watched),
        IN_SCENE(test_loop_wake__from_another_thread),
        IN_SCENE(test_loop_loop__free_closes_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
