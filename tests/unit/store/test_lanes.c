/* Reads of one kind do not wait for reads of another kind (CWE-400). */
#include "base/mem.h"

#include "store_threads.h"

enum { GATES = 2 }; /* as many as a kind of read has threads, or more */

/* Makes reads of this kind stand still until gates_open. */
static void gates_close(struct gate gates[GATES], struct db *db, enum db_read_kind kind)
{
    for (size_t i = 0; i < GATES; i++) {
        gates[i] = (struct gate){ .entered = TALLY_INIT, .open = TALLY_INIT, .left = TALLY_INIT };
        gates[i].task = task_other(&gates[i].left, gate_stand, &gates[i]);
        db_read_as(db, kind, &gates[i].task.job);
    }
    tally_wait(&gates[0].entered, 1);
    if (kind != DB_READ_SEARCH) /* searches have one thread, so the second gate waits */
        tally_wait(&gates[1].entered, 1);
}

static void gates_open(struct gate gates[GATES])
{
    for (size_t i = 0; i < GATES; i++) {
        tally_add(&gates[i].open);
        tally_wait(&gates[i].left, 1);
    }
}

/* Waits for a read of this kind, which would never end if it waited for the gates. */
static void read_once(struct db *db, enum db_read_kind kind)
{
    struct tally tally = TALLY_INIT;
    size_t count = 0;
    struct task task = task_other(&tally, count_runs_of, &count);

    db_read_as(db, kind, &task.job);
    tally_wait(&tally, 1);
    assert_int_equal(task.job.status, AGENTOS_NOT_FOUND); /* there is no session */
}

static void no_kind_of_read_waits_for_another(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);

    (void)state;
    for (enum db_read_kind slow = 0; slow < DB_READ_KINDS; slow++) {
        struct gate gates[GATES];

        gates_close(gates, db, slow);
        for (enum db_read_kind kind = 0; kind < DB_READ_KINDS; kind++)
            if (kind != slow)
                read_once(db, kind);
        gates_open(gates);
    }
    db_close(db);
    place_remove(&place);
}

static void a_write_waits_for_no_read(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct gate general[GATES], runs[GATES], searches[GATES];
    struct tally tally = TALLY_INIT;
    struct task task;

    (void)state;
    gates_close(general, db, DB_READ_ANY);
    gates_close(runs, db, DB_READ_RUN);
    gates_close(searches, db, DB_READ_SEARCH);
    task_init(&task, &tally, 1, "s1");
    db_write(db, &task.job);
    tally_wait(&tally, 1);
    assert_int_equal(task.job.status, AGENTOS_OK);
    gates_open(general);
    gates_open(runs);
    gates_open(searches);
    assert_int_equal(runs_in(db), 1);
    db_close(db);
    place_remove(&place);
}

/* All waiting reads are counted, whatever their kind, and each kind has a queue of its own: one
 * that is full refuses nothing of another kind. */
static void a_full_queue_refuses_only_its_own_kind(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct gate gates[GATES];
    struct tally tally = TALLY_INIT, refused = TALLY_INIT;
    struct task *waiting = calloc(DB_QUEUE_MAX, sizeof(*waiting));
    struct task last = task_other(&refused, NULL, NULL);

    (void)state;
    assert_non_null(waiting);
    gates_close(gates, db, DB_READ_ANY);
    for (size_t i = 0; i < DB_QUEUE_MAX; i++) {
        waiting[i] = task_other(&tally, NULL, NULL);
        db_read(db, &waiting[i].job);
    }
    assert_int_equal(db_count(db).reads_waiting, DB_QUEUE_MAX);
    db_read(db, &last.job);
    tally_wait(&refused, 1);
    assert_int_equal(last.job.status, AGENTOS_UNAVAILABLE);
    assert_string_equal(last.job.err.message, "The database is overloaded");
    read_once(db, DB_READ_RUN);
    gates_open(gates);
    tally_wait(&tally, DB_QUEUE_MAX);
    db_close(db);
    place_remove(&place);
    free(waiting);
}

static void in_memory_all_kinds_are_read(void **state)
{
    struct db *db = db_at("memory");

    (void)state;
    for (enum db_read_kind kind = 0; kind < DB_READ_KINDS; kind++)
        read_once(db, kind);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kind_of_read_waits_for_another),
        cmocka_unit_test(a_write_waits_for_no_read),
        cmocka_unit_test(a_full_queue_refuses_only_its_own_kind),
        cmocka_unit_test(in_memory_all_kinds_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
