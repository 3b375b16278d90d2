/* Cancelling across threads: an entry hears of it at most once, on its own loop, and never after a
 * removal that promised so. */
#include "run/run_index.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/list.h"
#include "base/random.h"

#include "unit.h"

enum { ENTRIES = 4000, IN_FLIGHT = 8, CANCELLERS = 2 };

struct entry {
    struct run_index_entry entry;
    char id[UUID_SIZE];
    bool is_removed, may_be_delivered;
    int deliveries;
};

static struct entry entries[ENTRIES];
static struct run_index *run_index;
static struct loop *owner;
static atomic_bool is_over;
static atomic_size_t newest;
static size_t next, awaited, delivered; /* of the owner's thread */

static enum run_lookup cancel(struct run_index *index, str run_id, const char *agent_id)
{
    return run_index_cancel(index, &(struct run_claim){ .run_id = run_id,
                                                        .agent_id = str_of(agent_id),
                                                        .owner.everyone = true });
}

static void end_if_done(void)
{
    if (next == ENTRIES + IN_FLIGHT && awaited == 0)
        loop_stop(owner);
}

static void on_cancel(struct letter *letter)
{
    struct entry *e = LIST_OWNER(letter, struct entry, entry.letter);

    e->entry.is_delivered = true;
    e->deliveries++;
    delivered++;
    if (e->is_removed) {
        assert_true(e->may_be_delivered);
        awaited--;
        end_if_done();
    }
}

static void add(struct entry *e)
{
    e->entry =
        (struct run_index_entry){ .letter.deliver = on_cancel, .loop = owner, .agent_id = "alpha" };
    run_index_add(run_index, e->id, &e->entry);
}

static void remove_entry(struct entry *e)
{
    e->may_be_delivered = !run_index_remove(run_index, e->id, &e->entry);
    e->is_removed = true;
    awaited += e->may_be_delivered;
}

/* One step a turn: an entry comes, the eldest goes. Halfway it stops until a canceller has been
 * given time to hit one, however busy the machine is. */
static void churn(struct letter *letter)
{
    if (next == ENTRIES / 2 && delivered == 0) {
        loop_post(owner, letter);
        return;
    }
    if (next < ENTRIES)
        add(&entries[next]);
    if (next >= IN_FLIGHT)
        remove_entry(&entries[next - IN_FLIGHT]);
    atomic_store(&newest, next < ENTRIES ? next : ENTRIES - 1);
    next++;
    if (next < ENTRIES + IN_FLIGHT)
        loop_post(owner, letter);
    end_if_done();
}

static void *cancel_at_random(void *user)
{
    uint64_t seed = *(const uint64_t *)user;

    while (!atomic_load(&is_over)) {
        size_t last = atomic_load(&newest), back = next_number(&seed) % (2 * IN_FLIGHT);
        const struct entry *e = &entries[last > back ? last - back : 0];

        assert_int_not_equal(cancel(run_index, str_of(e->id), "alpha"), RUN_ELSEWHERE);
    }
    return NULL;
}

static void a_cancellation_arrives_once_and_never_after_the_end(void **state)
{
    pthread_t cancellers[CANCELLERS];
    uint64_t seeds[CANCELLERS];
    struct letter first = { .deliver = churn };

    (void)state;
    run_index = run_index_new();
    assert_int_equal(loop_new(&owner, NULL), AGENTOS_OK);
    for (size_t i = 0; i < ENTRIES; i++)
        (void)random_uuid(entries[i].id);
    for (size_t i = 0; i < CANCELLERS; i++) {
        seeds[i] = i + 1;
        assert_int_equal(pthread_create(&cancellers[i], NULL, cancel_at_random, &seeds[i]), 0);
    }
    loop_post(owner, &first);
    loop_run(owner);
    atomic_store(&is_over, true);
    for (size_t i = 0; i < CANCELLERS; i++)
        assert_int_equal(pthread_join(cancellers[i], NULL), 0);
    for (size_t i = 0; i < ENTRIES; i++) {
        assert_in_range(entries[i].deliveries, 0, 1);
        assert_true(!entries[i].may_be_delivered || entries[i].deliveries == 1);
    }
    assert_true(delivered > 0);
    loop_free(owner);
    run_index_free(run_index);
}

static void cancelling_names_the_agent_as_well(void **state)
{
    struct run_index *index = run_index_new();
    struct loop *loop = NULL;

    (void)state;
    assert_int_equal(loop_new(&loop, NULL), AGENTOS_OK);
    struct run_index_entry entry = { .letter.deliver = on_cancel,
                                     .loop = loop,
                                     .agent_id = "alpha" };
    assert_int_equal(cancel(index, STR("r1"), "alpha"), RUN_NOT_IN_FLIGHT);
    run_index_add(index, "r1", &entry);
    assert_int_equal(cancel(index, STR("r1"), "beta"), RUN_ELSEWHERE);
    assert_false(entry.is_posted);
    assert_true(run_index_remove(index, "r1", &entry));
    assert_int_equal(cancel(index, STR("r1"), "alpha"), RUN_NOT_IN_FLIGHT);
    loop_free(loop);
    run_index_free(index);
    run_index_free(NULL);
}

static void a_cancellation_with_a_session_and_an_owner_fits_both(void **state)
{
    static const struct {
        const char *session_id;
        struct owner owner;
        enum run_lookup found;
    } cases[] = {
        { "s1", { .issuer = "", .user_id = "ann" }, RUN_CANCEL_POSTED },
        { NULL, { .issuer = "", .user_id = "ann" }, RUN_CANCEL_POSTED },
        { "s1", { .everyone = true }, RUN_CANCEL_POSTED },
        { "s2", { .issuer = "", .user_id = "ann" }, RUN_ELSEWHERE },
        { "s2", { .everyone = true }, RUN_ELSEWHERE },
        { "s1", { .issuer = "", .user_id = "bob" }, RUN_ELSEWHERE },
        { "s1", { .issuer = "https://idp.example/", .user_id = "ann" }, RUN_ELSEWHERE },
        { "s1", { .issuer = "", .user_id = "" }, RUN_ELSEWHERE },
        { "s1", { 0 }, RUN_ELSEWHERE },
    };
    struct run_index *index = run_index_new();
    struct loop *loop = NULL;

    (void)state;
    assert_int_equal(loop_new(&loop, NULL), AGENTOS_OK);
    struct run_index_entry entry = { .letter.deliver = on_cancel,
                                     .loop = loop,
                                     .agent_id = "alpha",
                                     .session_id = "s1",
                                     .issuer = "",
                                     .user_id = "ann",
                                     .is_posted = true }; /* nothing is to be delivered */
    run_index_add(index, "r1", &entry);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct run_claim claim = { .run_id = STR("r1"),
                                         .agent_id = STR("alpha"),
                                         .session_id = cases[i].session_id,
                                         .owner = cases[i].owner };
        assert_int_equal(run_index_cancel(index, &claim), cases[i].found);
    }
    assert_false(run_index_remove(index, "r1", &entry));
    loop_free(loop);
    run_index_free(index);
}

static void count_delivery(struct letter *letter)
{
    struct entry *e = LIST_OWNER(letter, struct entry, entry.letter);

    e->entry.is_delivered = true;
    e->deliveries++;
}

static void the_runs_of_one_loop_can_all_be_cancelled(void **state)
{
    struct run_index *index = run_index_new();
    struct loop *loops[2] = { NULL, NULL };
    struct entry runs[40] = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(loops); i++)
        assert_int_equal(loop_new(&loops[i], NULL), AGENTOS_OK);
    run_index_cancel_all(index, loops[0]); /* no run is there yet */
    for (size_t i = 0; i < COUNT(runs); i++) {
        runs[i].entry = (struct run_index_entry){ .letter.deliver = count_delivery,
                                                  .loop = loops[i % 2],
                                                  .agent_id = "alpha" };
        run_index_add(index, random_uuid(runs[i].id), &runs[i].entry);
    }
    (void)cancel(index, str_of(runs[0].id), "alpha"); /* cancelled before: not twice */
    run_index_cancel_all(index, loops[0]);
    run_index_cancel_all(index, loops[0]);
    for (size_t i = 0; i < COUNT(loops); i++) {
        loop_stop(loops[i]); /* letters posted before still arrive */
        loop_run(loops[i]);
    }
    for (size_t i = 0; i < COUNT(runs); i++) {
        assert_int_equal(runs[i].deliveries, i % 2 == 0);
        assert_true(run_index_remove(index, runs[i].id, &runs[i].entry));
    }
    for (size_t i = 0; i < COUNT(loops); i++)
        loop_free(loops[i]);
    run_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_runs_of_one_loop_can_all_be_cancelled),
        cmocka_unit_test(cancelling_names_the_agent_as_well),
        cmocka_unit_test(a_cancellation_with_a_session_and_an_owner_fits_both),
        cmocka_unit_test(a_cancellation_arrives_once_and_never_after_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
