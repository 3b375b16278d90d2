/* Stations start together, drain together at a signal, and wait for what is under way. Their
 * threads are real, and the signals are this process's own. */
#include "web/stations.h"

#include <signal.h>
#include <stdatomic.h>

#include "base/log.h"
#include "loop/timer.h"
#include "unit.h"

enum { COUNT_OF_STATIONS = 3 };

struct stage {
    struct station all[COUNT_OF_STATIONS];
    struct stations stations;
    struct surface surface;
    atomic_int opened, drained, closed, finished;
    int released, ready;
    struct deferral last_work[COUNT_OF_STATIONS];
    struct timer late; /* of the_first_station_runs_until_all_have_ended */
    struct letter to_first, from_first;
    bool asks_first, first_heard;
};

static struct stage
    *stage; /* of the test that runs: a deferral's and a surface's functions have no user */

static void release(struct surface *surface)
{
    assert_ptr_equal(surface, &stage->surface);
    stage->released++;
}

static void on_opened(struct station *station, void *user)
{
    assert_ptr_equal(user, stage);
    assert_non_null(station->loop);
    assert_null(station->server);
    stage->opened++;
}

static void finish_work(struct deferral *deferral)
{
    struct station *station = &stage->all[deferral - stage->last_work];

    stage->finished++;
    busy_end(&station->busy);
}

/* On the last station, which has waited for this. */
static void end_wait(struct letter *letter)
{
    (void)letter;
    busy_end(&stage->all[COUNT_OF_STATIONS - 1].busy);
}

/* On the first station, whose clients have left long ago. */
static void answer_last(struct letter *letter)
{
    (void)letter;
    stage->first_heard = true;
    stage->from_first.deliver = end_wait;
    loop_post(stage->all[COUNT_OF_STATIONS - 1].loop, &stage->from_first);
}

static void ask_first(struct timer *timer)
{
    (void)timer;
    stage->to_first.deliver = answer_last;
    loop_post(stage->all[0].loop, &stage->to_first);
}

/* Begins work that ends a turn later. */
static void on_drained(struct station *station, void *user)
{
    struct deferral *work = &stage->last_work[station->number];

    assert_ptr_equal(user, stage);
    stage->drained++;
    busy_begin(&station->busy);
    work->run = finish_work;
    loop_defer(station->loop, work);
    if (stage->asks_first && station->number == COUNT_OF_STATIONS - 1) {
        busy_begin(&station->busy);
        stage->late.fire = ask_first;
        timer_start(station->loop, &stage->late, 100);
    }
}

static void on_closed(struct station *station, void *user)
{
    assert_ptr_equal(user, stage);
    assert_int_equal(station->busy.count, 0);
    stage->closed++;
}

static const struct station_service service = { .opened = on_opened,
                                                .drained = on_drained,
                                                .closed = on_closed };

static void set_stations(struct stations *stations, struct station *all, size_t count)
{
    *stations = (struct stations){ .count = count, .service = &service, .user = stage };
    for (size_t i = 0; i < count; i++)
        stations->all[i] = &all[i];
}

static int open_stage(void **state)
{
    stage = test_calloc(1, sizeof(*stage));
    stage->surface = (struct surface){ .name = "test", .references = 1, .release = release };
    set_stations(&stage->stations, stage->all, COUNT_OF_STATIONS);
    assert_int_equal(stations_open(&stage->stations,
                                   &(struct stations_options){ .surface = &stage->surface }, NULL),
                     AGENTOS_OK);
    surface_unref(&stage->surface);
    *state = stage;
    return 0;
}

static int close_stage(void **state)
{
    stations_stop(&stage->stations);
    stations_close(&stage->stations);
    assert_int_equal(stage->closed, COUNT_OF_STATIONS);
    assert_int_equal(stage->released, 1); /* the stations held it, and nobody else */
    test_free(*state);
    return 0;
}

static agentos_status listen_at(struct stations *stations, uint16_t port, uint16_t *out,
                                agentos_error *err)
{
    return stations_listen(stations,
                           &(struct stations_address){
                               .host = "127.0.0.1", .port = port, .descriptors_per_client = 2 },
                           out, err);
}

static void send_signal(void *user)
{
    const int *signum = user;

    stage->ready++;
    assert_int_equal(raise(*signum), 0);
}

static void drain_at(int signum)
{
    uint16_t port = 0;

    assert_int_equal(listen_at(&stage->stations, 0, &port, NULL), AGENTOS_OK);
    assert_int_not_equal(port, 0);
    for (size_t i = 0; i < COUNT_OF_STATIONS; i++)
        assert_int_equal(server_port(stage->all[i].server), port);
    assert_int_equal(stations_run(&stage->stations, send_signal, &signum, NULL), AGENTOS_OK);
    assert_int_equal(stage->ready, 1);
    assert_int_equal(stage->drained, COUNT_OF_STATIONS);
    assert_int_equal(stage->finished, COUNT_OF_STATIONS); /* each waited for its work */
}

static void sigterm_drains_every_station(void **state)
{
    (void)state; /* it is `stage` */
    drain_at(SIGTERM);
}

static void sigint_drains_every_station(void **state)
{
    (void)state; /* it is `stage` */
    drain_at(SIGINT);
}

/* The signals of the process arrive on its loop. */
static void the_first_station_runs_until_all_have_ended(void **state)
{
    (void)state; /* it is `stage` */
    stage->asks_first = true;
    drain_at(SIGTERM);
    assert_true(stage->first_heard);
}

static void stations_know_each_other(void **state)
{
    (void)state; /* it is `stage` */
    assert_int_equal(stage->opened, COUNT_OF_STATIONS);
    for (size_t i = 0; i < COUNT_OF_STATIONS; i++) {
        assert_int_equal(stage->all[i].number, i);
        assert_int_equal(stage->all[i].station_count, COUNT_OF_STATIONS);
        assert_ptr_equal(stage->all[i].stations[i], &stage->all[i]);
        assert_ptr_equal(stage->all[i].surface, &stage->surface);
    }
}

/* The listeners of one server share the port; a second server must not become a silent partner. */
static void a_port_in_use_is_a_conflict(void **state)
{
    struct station other = { .loop = NULL };
    struct stations stations;
    uint16_t port = 0, same = 0;
    agentos_error err;

    (void)state; /* it is `stage` */
    assert_int_equal(listen_at(&stage->stations, 0, &port, NULL), AGENTOS_OK);
    surface_ref(&stage->surface);
    set_stations(&stations, &other, 1);
    assert_int_equal(
        stations_open(&stations, &(struct stations_options){ .surface = &stage->surface }, NULL),
        AGENTOS_OK);
    surface_unref(&stage->surface);
    assert_int_equal(listen_at(&stations, port, &same, &err), AGENTOS_CONFLICT);
    stations_stop(&stations);
    stations_close(&stations);
    stage->closed--; /* the other one */
}

/* As after a failure before the stations were opened. */
static void stations_that_were_never_opened_can_be_closed(void **state)
{
    struct station all[2] = { { .loop = NULL } };
    struct stations stations;

    (void)state; /* it is `stage` */
    set_stations(&stations, all, 2);
    stations_stop(&stations);
    stations_close(&stations);
    assert_int_equal(stage->closed, 0);
}

static void there_is_a_station_for_each_core_unless_a_number_is_asked_for(void **state)
{
    (void)state; /* it is `stage` */
    assert_int_equal(stations_choose_count(3), 3);
    assert_int_equal(stations_choose_count(LOOPS_MAX + 1), LOOPS_MAX);
    assert_in_range(stations_choose_count(0), 1, LOOPS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sigterm_drains_every_station),
        TEST(sigint_drains_every_station),
        TEST(the_first_station_runs_until_all_have_ended),
        TEST(stations_know_each_other),
        TEST(a_port_in_use_is_a_conflict),
        TEST(stations_that_were_never_opened_can_be_closed),
        TEST(there_is_a_station_for_each_core_unless_a_number_is_asked_for),
    };

    log_setup(LOG_ERROR, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
