/* How fast the database is on this disk: runs saved per second with so many waiting at once, and
 * how long a run waits for its history. Usage: store_load [FOLDER]; makes and removes a database
 * there. */
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/run_row.h"
#include "store/schema.h"

enum { MESSAGES_BYTES = 520, HISTORY = 1000, READS = 5000 };

/* What is the same in every run: what three short messages take. */
static char messages[MESSAGES_BYTES + 1];
static const struct owner owner = { .issuer = "", .user_id = "ann" };

static struct run_row row_of(const char *run_id, const char *session_id)
{
    return (struct run_row){ .run_id = run_id,
                             .session_id = session_id,
                             .type = COMPONENT_AGENT,
                             .component_id = "alpha",
                             .issuer = "",
                             .user_id = "ann",
                             .status = "COMPLETED",
                             .input = "hello",
                             .content = "Echo: hello",
                             .component_name = "Alpha",
                             .metrics =
                                 "{\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,"
                                 "\"time_to_first_token\":0.001,\"duration\":0.002}",
                             .messages = messages,
                             .session_state = "{}",
                             .model_id = "echo-1",
                             .model_provider = "Echo",
                             .input_tokens = 6,
                             .output_tokens = 2,
                             .total_tokens = 8,
                             .created_at = clock_now_s() };
}

/* Saving: each slot asks again as soon as it is answered, until time is up. */
struct slot {
    struct db_job job;
    struct field *field;
    size_t number;
};

struct field {
    struct db *db;
    uint64_t end_ns;
    bool sessions_are_new; /* each run makes its session */
    atomic_size_t saved, failed, active;
};

static agentos_status save(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct slot *slot = LIST_OWNER(job, struct slot, job);
    char run_id[UUID_SIZE], session_id[UUID_SIZE];

    (void)ordered_uuid(run_id);
    if (slot->field->sessions_are_new)
        (void)ordered_uuid(session_id);
    else
        (void)snprintf(session_id, sizeof(session_id), "session-%zu", slot->number);
    struct run_row row = row_of(run_id, session_id);
    return run_row_save(conn, &owner, &row, err);
}

static void saved(struct db_job *job)
{
    struct field *field = LIST_OWNER(job, struct slot, job)->field;

    atomic_fetch_add(job->status == AGENTOS_OK ? &field->saved : &field->failed, 1);
    if (clock_monotonic_ns() < field->end_ns)
        db_write(field->db, job);
    else
        atomic_fetch_sub(&field->active, 1);
}

static void measure_saves(struct db *db, size_t slots, bool sessions_are_new, double seconds)
{
    struct slot *all = calloc(slots, sizeof(*all));
    uint64_t start = clock_monotonic_ns();
    struct field field = { .db = db,
                           .end_ns = start + (uint64_t)(seconds * 1e9),
                           .sessions_are_new = sessions_are_new,
                           .active = slots };

    if (all == NULL)
        abort();
    for (size_t i = 0; i < slots; i++) {
        all[i] =
            (struct slot){ .job = { .run = save, .done = saved }, .field = &field, .number = i };
        db_write(db, &all[i].job);
    }
    while (atomic_load(&field.active) > 0)
        (void)usleep(1000);
    double took = (double)(clock_monotonic_ns() - start) / 1e9;
    (void)printf("%5zu waiting, %s sessions: %8.0f saves/s, %zu failed\n", slots,
                 sessions_are_new ? "new" : "old", (double)field.saved / took,
                 (size_t)field.failed);
    free(all);
}

/* Reading: run_prepare of the last runs of a session with many. */
static agentos_status fill(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    (void)job;
    for (size_t i = 0; i < HISTORY; i++) {
        char run_id[32];
        (void)snprintf(run_id, sizeof(run_id), "old-%zu", i);
        struct run_row row = row_of(run_id, "long");
        TRY(run_row_save(conn, &owner, &row, err));
    }
    return AGENTOS_OK;
}

struct reading {
    struct db_job job;
    size_t num_runs;
    uint64_t inside_ns;
};

static agentos_status prepare(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct reading *reading = LIST_OWNER(job, struct reading, job);
    AUTO(arena) *a = arena_new();
    const struct run_plan plan = { .session_id = "long",
                                   .type = COMPONENT_AGENT,
                                   .component_id = "alpha",
                                   .num_runs = reading->num_runs };
    struct run_context context;
    uint64_t start = clock_monotonic_ns();

    TRY(run_row_prepare(conn, &owner, &plan, a, &context, err));
    reading->inside_ns = clock_monotonic_ns() - start;
    return context.history_count == reading->num_runs ? AGENTOS_OK : AGENTOS_INTERNAL;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static void print_times(const char *what, uint64_t *ns)
{
    enum { MIDDLE = READS / 2, LATE = READS * 99 / 100 };

    qsort(ns, READS, sizeof(*ns), by_size);
    (void)printf("  %-22s p50 %6.1f us, p99 %6.1f us\n", what, (double)ns[MIDDLE] / 1e3,
                 (double)ns[LATE] / 1e3);
}

static void measure_reads(struct db *db, size_t num_runs)
{
    static uint64_t inside[READS], whole[READS];

    for (size_t i = 0; i < READS; i++) {
        struct reading reading = { .job = { .run = prepare }, .num_runs = num_runs };
        uint64_t start = clock_monotonic_ns();
        if (db_read_now(db, &reading.job) != AGENTOS_OK)
            abort();
        whole[i] = clock_monotonic_ns() - start;
        inside[i] = reading.inside_ns;
    }
    (void)printf("history of %zu out of %d runs:\n", num_runs, HISTORY);
    print_times("run_prepare", inside);
    print_times("asked and answered", whole);
}

int main(int argc, char **argv)
{
    static const size_t waiting[] = { 1, 64, 1000 };
    char url[512];
    agentos_error err;
    struct db *db;
    struct db_job filler = { .run = fill };

    (void)snprintf(url, sizeof(url), "sqlite:%s/store_load.db", argc > 1 ? argv[1] : ".");
    memset(messages, ' ', MESSAGES_BYTES);
    messages[0] = '[';
    messages[MESSAGES_BYTES - 1] = ']';
    (void)unlink(url + strlen("sqlite:"));
    if (db_open(&(struct db_options){ .url = url }, &agentos_schema, &db, &err) != AGENTOS_OK ||
        db_write_now(db, &filler) != AGENTOS_OK) {
        (void)fprintf(stderr, "store_load: %s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < COUNT(waiting); i++)
        measure_saves(db, waiting[i], false, 3);
    for (size_t i = 0; i < COUNT(waiting); i++)
        measure_saves(db, waiting[i], true, 3);
    measure_reads(db, 3);
    measure_reads(db, 100);
    db_close(db);
    (void)unlink(url + strlen("sqlite:"));
    return 0;
}
