/* A running process reads its configuration again: at SIGHUP all of it, at a changed key file only
 * what the configuration in force names; with faults nothing changes. Each outcome is a row of the
 * audit. */
#include <signal.h>

#include "folder.h"
#include "loop/timer.h"
#include "os/process.h"

#define KEYED                                            \
    "name: one\ndatabase: memory\nlisten: 127.0.0.1:0\n" \
    "authorization: {enabled: true, algorithm: HS256, verification_keys: [{file: key}]}\n"
#define FIRST_SECRET  "first-secret-0123456789-0123456789-ab"
#define SECOND_SECRET "second-secret-9876543210-9876543210-ab"

enum { STATIONS = 2, LOOK_MS = 10 };

struct stage {
    struct folder *folder;
    struct process *process;
    struct surface *first; /* of the edition at start; kept, so that no other gets its address */
    void (*begin)(struct stage *stage); /* once the stations run */
    bool (*is_over)(const struct stage *stage);
    struct timer look;
};

static const struct option_flags flags = { .config = "agentos.yaml",
                                           .port = -1,
                                           .loops = STATIONS };

static void look(struct timer *timer)
{
    struct stage *stage = LIST_OWNER(timer, struct stage, look);

    if (stage->is_over(stage))
        assert_int_equal(raise(SIGTERM), 0);
    else
        timer_start(first_station(stage->process)->loop, timer, LOOK_MS);
}

static void on_ready(void *user)
{
    struct stage *stage = user;

    stage->begin(stage);
    stage->look.fire = look;
    timer_start(first_station(stage->process)->loop, &stage->look, LOOK_MS);
}

/* Serves `text` until is_over, and has drained then. */
static void run_process(struct stage *stage, const char *text)
{
    uint16_t port = 0;
    agentos_error err;

    folder_write("agentos.yaml", text);
    if (folder_load(stage->folder, &flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(stage->folder));
    stage->process = process_new(&stage->folder->options);
    if (process_open(stage->process, &stage->folder->options, &flags, &port, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    stage->first = first_station(stage->process)->surface;
    surface_ref(stage->first);
    assert_int_equal(stations_run(&stage->process->stations, on_ready, stage, NULL), AGENTOS_OK);
}

static void end_process(struct stage *stage)
{
    surface_unref(stage->first);
    process_free(stage->process);
}

static struct surface *surface_of(const struct stage *stage, size_t i)
{
    return stage->process->contexts[i].station.surface;
}

static bool has_changed(const struct stage *stage)
{
    return !stage->process->reload.is_under_way && surface_of(stage, 0) != stage->first;
}

static bool is_refused(const struct stage *stage)
{
    return !stage->process->reload.is_under_way &&
           stage->process->reload.refusal.message[0] != '\0';
}

/* ---- the audit ---- */

struct rows_job {
    struct db_job job;
    arena *a;
    struct audit_page page;
};

static agentos_status list_rows(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct rows_job *rows = LIST_OWNER(job, struct rows_job, job);

    return audit_table_list(conn,
                            &(struct audit_filter){ .ascending = true, .limit = 10, .page = 1 },
                            rows->a, &rows->page, err);
}

/* The audit has this many rows about reading again; the last of them. */
static struct audit_row last_row(struct stage *stage, size_t count)
{
    struct rows_job rows = { .job.run = list_rows, .a = stage->folder->a };
    struct audit_row last = { .id = 0 };
    size_t found = 0;

    assert_int_equal(db_read_now(stage->process->db, &rows.job), AGENTOS_OK);
    for (size_t i = 0; i < rows.page.count; i++)
        if (str_starts(str_of(rows.page.all[i].action), STR("reload"))) {
            last = rows.page.all[i];
            found++;
        }
    assert_int_equal(found, count);
    return last;
}

static void assert_row(struct audit_row row, const char *action, const char *target,
                       const char *after)
{
    assert_string_equal(row.actor, "system");
    assert_string_equal(row.action, action);
    assert_string_equal(row.target, target);
    assert_string_equal(row.after, after);
}

/* ---- SIGHUP ---- */

static void write_second(struct stage *stage)
{
    (void)stage; /* the folder is the working folder */
    folder_write("agentos.yaml", "name: two\ndatabase: memory\n");
    assert_int_equal(raise(SIGHUP), 0);
}

static void sighup_puts_a_new_edition_on_every_station(void **state)
{
    struct stage stage = { .folder = *state, .begin = write_second, .is_over = has_changed };

    run_process(&stage, "name: one\ndatabase: memory\nlisten: 127.0.0.1:0\n");
    for (size_t i = 0; i < STATIONS; i++)
        assert_string_equal(surface_of(&stage, i)->title, "two");
    struct audit_row row = last_row(&stage, 1);
    assert_string_equal(row.before, "{\"mode\":\"none\",\"user_isolation\":false}");
    assert_row(row, "reloaded", "configuration",
               "{\"mode\":\"none\",\"user_isolation\":false,\"files\":[]}");
    end_process(&stage);
}

static void write_faulty(struct stage *stage)
{
    (void)stage; /* the folder is the working folder */
    folder_write("agentos.yaml", "nam: two\n");
    assert_int_equal(raise(SIGHUP), 0);
}

static void a_configuration_with_faults_changes_nothing(void **state)
{
    struct stage stage = { .folder = *state, .begin = write_faulty, .is_over = is_refused };

    run_process(&stage, "name: one\ndatabase: memory\nlisten: 127.0.0.1:0\n");
    for (size_t i = 0; i < STATIONS; i++)
        assert_ptr_equal(surface_of(&stage, i), stage.first);
    assert_row(last_row(&stage, 1), "reload refused", "configuration",
               "{\"why\":\"nam: unknown key; did you mean 'name'?\",\"files\":[]}");
    end_process(&stage);
}

static void request_thrice(struct stage *stage)
{
    write_second(stage);
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(raise(SIGHUP), 0);
}

static bool has_caught_up(const struct stage *stage)
{
    return has_changed(stage) && !stage->process->reload.is_requested_again;
}

static void requests_during_a_reading_are_one_more_reading(void **state)
{
    struct stage stage = { .folder = *state, .begin = request_thrice, .is_over = has_caught_up };

    run_process(&stage, "name: one\ndatabase: memory\nlisten: 127.0.0.1:0\n");
    assert_string_equal(last_row(&stage, 2).action, "reloaded");
    end_process(&stage);
}

static void end_and_request(struct stage *stage)
{
    assert_int_equal(raise(SIGTERM), 0);
    write_second(stage);
}

static bool is_never_over(const struct stage *stage)
{
    (void)stage; /* it drains already */
    return false;
}

static void a_process_that_drains_reads_nothing_again(void **state)
{
    struct stage stage = { .folder = *state, .begin = end_and_request, .is_over = is_never_over };

    run_process(&stage, "name: one\ndatabase: memory\nlisten: 127.0.0.1:0\n");
    assert_ptr_equal(surface_of(&stage, 0), stage.first);
    (void)last_row(&stage, 0); /* it counts them */
    end_process(&stage);
}

/* ---- key files ---- */

static void write_key_and_file(struct stage *stage)
{
    (void)stage; /* the folder is the working folder */
    folder_write("agentos.yaml", "name: two\n");
    folder_write("key", SECOND_SECRET "\n");
}

static void a_changed_key_file_is_read_but_the_configuration_is_not(void **state)
{
    struct stage stage = { .folder = *state, .begin = write_key_and_file, .is_over = has_changed };

    folder_write("key", FIRST_SECRET "\n");
    run_process(&stage, KEYED);
    assert_string_equal(surface_of(&stage, 0)->title, "one");
    assert_int_equal(authority_mode(surface_of(&stage, 1)->authority), AUTH_JWT);
    assert_row(last_row(&stage, 1), "reloaded", "files",
               "{\"mode\":\"jwt\",\"user_isolation\":false,\"files\":[\"key\"]}");
    end_process(&stage);
}

static void write_short_key(struct stage *stage)
{
    (void)stage; /* the folder is the working folder */
    folder_write("key", "short\n");
}

static void a_key_file_that_is_not_a_key_changes_nothing(void **state)
{
    struct stage stage = { .folder = *state, .begin = write_short_key, .is_over = is_refused };

    folder_write("key", FIRST_SECRET "\n");
    run_process(&stage, KEYED);
    assert_ptr_equal(surface_of(&stage, 0), stage.first);
    struct audit_row row = last_row(&stage, 1);
    assert_string_equal(row.action, "reload refused");
    assert_non_null(strstr(row.after, "authorization.verification_keys[0]: "));
    assert_null(strstr(row.after, "short\""));
    end_process(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(sighup_puts_a_new_edition_on_every_station),
        TEST_IN_FOLDER(a_configuration_with_faults_changes_nothing),
        TEST_IN_FOLDER(requests_during_a_reading_are_one_more_reading),
        TEST_IN_FOLDER(a_process_that_drains_reads_nothing_again),
        TEST_IN_FOLDER(a_changed_key_file_is_read_but_the_configuration_is_not),
        TEST_IN_FOLDER(a_key_file_that_is_not_a_key_changes_nothing),
    };

    log_setup(LOG_ERROR, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
