/* Mailbox, deferred work, signals. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/list.h"
#include "loop/loop.h"

#include <cmocka.h>

enum { SENDERS = 4, LETTERS = 2000 };

static struct loop *loop;

struct numbered {
    struct letter letter;
    int sender, number;
};

static struct numbered letters[SENDERS][LETTERS];
static int last_of[SENDERS], delivered;

static void check_order(struct letter *letter)
{
    struct numbered *mine = LIST_OWNER(letter, struct numbered, letter);

    assert_int_equal(mine->number, last_of[mine->sender] + 1);
    last_of[mine->sender] = mine->number;
    if (++delivered == SENDERS * LETTERS)
        loop_stop(loop);
}

static void *send_all(void *argument)
{
    struct numbered *mine = argument;

    for (int i = 0; i < LETTERS; i++)
        loop_post(loop, &mine[i].letter);
    return NULL;
}

static void letters_of_a_sender_arrive_in_order(void **state)
{
    pthread_t threads[SENDERS];

    (void)state;
    for (int s = 0; s < SENDERS; s++) {
        for (int i = 0; i < LETTERS; i++)
            letters[s][i] = (struct numbered){ { NULL, check_order }, s, i + 1 };
        assert_int_equal(pthread_create(&threads[s], NULL, send_all, letters[s]), 0);
    }
    loop_run(loop);
    for (int s = 0; s < SENDERS; s++)
        assert_int_equal(pthread_join(threads[s], NULL), 0);
    assert_int_equal(delivered, SENDERS * LETTERS);
}

struct step {
    struct deferral deferral;
    struct step *then;
    int order;
};

static int steps;

static void take_step(struct deferral *deferral)
{
    struct step *step = LIST_OWNER(deferral, struct step, deferral);

    step->order = ++steps;
    if (step->then != NULL)
        loop_defer(loop, &step->then->deferral);
    else
        loop_stop(loop);
}

static void deferred_work_runs_once_a_turn_and_never_waits_for_an_event(void **state)
{
    struct step last = { .deferral.run = take_step };
    struct step second = { .deferral.run = take_step, .then = &last };
    struct step first = { .deferral.run = take_step, .then = &second };
    struct step removed = { .deferral.run = take_step };

    (void)state;
    loop_defer(loop, &first.deferral);
    loop_defer(loop, &first.deferral);
    loop_defer(loop, &removed.deferral);
    loop_undefer(loop, &removed.deferral);
    loop_undefer(loop, &removed.deferral);
    loop_run(loop);
    assert_int_equal(first.order, 1);
    assert_int_equal(second.order, 2);
    assert_int_equal(last.order, 3);
    assert_int_equal(removed.order, 0);
}

static void a_letter_posted_before_the_stop_is_delivered(void **state)
{
    struct numbered early = { { NULL, check_order }, 0, 1 };

    (void)state;
    last_of[0] = delivered = 0;
    loop_post(loop, &early.letter);
    loop_stop(loop);
    loop_stop(loop);
    loop_run(loop);
    assert_int_equal(delivered, 1);
}

static void on_signal(int signum, void *user)
{
    *(int *)user = signum;
    loop_stop(loop);
}

static void a_signal_is_told_on_the_loop(void **state)
{
    agentos_error err = { 0 };
    int got = 0;

    (void)state;
    assert_int_equal(loop_on_signal(loop, SIGUSR1, on_signal, &got, &err), AGENTOS_OK);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    loop_run(loop);
    assert_int_equal(got, SIGUSR1);
}

static void a_signal_that_cannot_be_caught_is_an_error(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    assert_int_equal(loop_on_signal(loop, SIGKILL, on_signal, NULL, &err), AGENTOS_INTERNAL);
}

static int open_loop(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    return loop_new(&loop, &err) == AGENTOS_OK ? 0 : -1;
}

static int close_loop(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters_of_a_sender_arrive_in_order, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(deferred_work_runs_once_a_turn_and_never_waits_for_an_event,
                                        open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_letter_posted_before_the_stop_is_delivered, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(a_signal_is_told_on_the_loop, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_signal_that_cannot_be_caught_is_an_error, open_loop,
                                        close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
