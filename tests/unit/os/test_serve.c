/* Serving from beginning to end: told where it listens, and over when a signal has drained it. */
#include "os/serve.h"

#include <signal.h>

#include "folder.h"

struct ready {
    int count;
    char host[64];
    uint16_t port;
};

static void on_ready(void *user, const char *host, uint16_t port)
{
    struct ready *ready = user;

    ready->count++;
    ready->port = port;
    (void)snprintf(ready->host, sizeof(ready->host), "%s", host);
    assert_int_equal(raise(SIGTERM), 0);
}

static agentos_status serve_text(struct folder *folder, const char *text, struct ready *ready)
{
    folder_write("agentos.yaml", text);
    if (folder_load(folder, &no_flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(folder));
    folder->options.on_ready = on_ready;
    folder->options.on_ready_user = ready;
    folder->options.loops = 2;
    return serve(&folder->options, NULL, &folder->err);
}

static void a_server_says_where_it_listens_and_ends_at_a_signal(void **state)
{
    struct ready ready = { .count = 0 };

    assert_int_equal(serve_text(*state, "listen: 127.0.0.1:0\ndatabase: memory\n", &ready),
                     AGENTOS_OK);
    assert_int_equal(ready.count, 1);
    assert_string_equal(ready.host, "127.0.0.1");
    assert_int_not_equal(ready.port, 0);
}

/* The database and the audit's key. */
static void a_second_start_finds_what_the_first_made(void **state)
{
    struct ready ready = { .count = 0 };

    for (int i = 0; i < 2; i++)
        assert_int_equal(
            serve_text(*state, "listen: 127.0.0.1:0\ndatabase: sqlite:data/a.db\n", &ready),
            AGENTOS_OK);
    assert_int_equal(ready.count, 2);
    assert_int_equal(access("data/a.db", F_OK), 0);
    assert_int_equal(access("data/a.db.audit-key", F_OK), 0);
}

static void an_exposed_server_without_authentication_does_not_start(void **state)
{
    struct folder *folder = *state;
    struct ready ready = { .count = 0 };

    assert_int_equal(serve_text(folder, "listen: 0.0.0.0:0\ndatabase: memory\n", &ready),
                     AGENTOS_INVALID);
    assert_non_null(strstr(folder->err.message, "there is no authentication"));
    assert_int_equal(ready.count, 0);
}

static void a_database_that_cannot_be_opened_is_an_error_and_no_server(void **state)
{
    struct folder *folder = *state;
    struct ready ready = { .count = 0 };

    folder_write("file", "not a folder");
    assert_int_equal(
        serve_text(folder, "listen: 127.0.0.1:0\ndatabase: sqlite:file/a.db\n", &ready),
        AGENTOS_UNAVAILABLE);
    assert_int_equal(ready.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(a_server_says_where_it_listens_and_ends_at_a_signal),
        TEST_IN_FOLDER(a_second_start_finds_what_the_first_made),
        TEST_IN_FOLDER(an_exposed_server_without_authentication_does_not_start),
        TEST_IN_FOLDER(a_database_that_cannot_be_opened_is_an_error_and_no_server),
    };

    log_setup(LOG_ERROR, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
