/* The log's thread, with a standard error that stalls, fails or is slow: no caller of the log
 * waits, and no line is mixed with another or lost without being counted. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "unit.h"

enum { PAGE = 4096, TEXT_MAX = 8 * MiB };

static int saved_stderr;
static uint64_t dropped_before;

/* Standard error becomes `fd`, which is closed, and the log is opened. */
static void begin_with(int fd)
{
    log_setup(LOG_INFO, LOG_TEXT);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(fd >= 0 && saved_stderr >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    (void)close(fd);
    dropped_before = log_dropped();
    log_open();
}

static void end(void)
{
    log_close();
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    (void)close(saved_stderr);
}

/* Standard error becomes a pipe of one page. Returns the end to read from. */
static int begin_with_pipe(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, PAGE) >= PAGE);
    begin_with(ends[1]);
    return ends[0];
}

static void log_lines(int count)
{
    for (int i = 0; i < count; i++)
        LOG(LOG_INFO, "request", log_int("n", i), log_text("path", "/agents/echo/runs"));
}

static uint64_t dropped_since(void)
{
    return log_dropped() - dropped_before;
}

struct seen {
    uint64_t lines, told; /* told: lines that were dropped, as the log says */
};

/* Counts the lines of the text, each of which must be whole. */
static struct seen count_lines(char *text)
{
    static const char path[] = " path=/agents/echo/runs";
    static const char notice[] = " warning log lines were dropped lines=";
    struct seen seen = { 0 };
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        const char *told = strstr(line, notice);

        if (told != NULL)
            seen.told += (uint64_t)strtol(told + strlen(notice), NULL, 10);
        else {
            assert_true(str_ends(str_of(line), str_of(path)));
            assert_non_null(strstr(line, " request n="));
            assert_true(strlen(line) < 100);
            seen.lines++;
        }
    }
    return seen;
}

struct reader {
    int fd;
    size_t step;
    char *text;
    size_t len;
};

/* Reads to the end of the pipe, a few bytes at a time. */
static void *read_all(void *user)
{
    struct reader *reader = user;
    ssize_t count;

    while ((count = read(reader->fd, reader->text + reader->len, reader->step)) > 0) {
        reader->len += (size_t)count;
        assert_true(reader->len + reader->step < TEXT_MAX);
    }
    reader->text[reader->len] = '\0';
    (void)close(reader->fd);
    return NULL;
}

static void a_stalled_reader_stops_no_caller_and_is_told_what_it_missed(void **state)
{
    struct reader reader = { .fd = begin_with_pipe(), .step = 64 * KiB };
    pthread_t thread;

    (void)state;
    log_lines(60000); /* four times as much as the pipe and the queue hold */
    assert_true(dropped_since() > 10000);
    LOG(LOG_ERROR, "request", log_int("n", 1), log_text("path", "/agents/echo/runs"));
    uint64_t dropped = dropped_since(); /* warnings and errors have room of their own */
    assert_false(log_flush(20));
    reader.text = malloc(TEXT_MAX);
    assert_non_null(reader.text);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    assert_true(log_flush(20000));
    end();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_non_null(strstr(reader.text, "Z error request n=1 "));
    struct seen seen = count_lines(reader.text);
    assert_int_equal(dropped_since(), dropped);
    assert_int_equal(seen.told, dropped);
    assert_int_equal(seen.lines + seen.told, 60001);
    free(reader.text);
}

static void a_slow_reader_gets_whole_lines(void **state)
{
    struct reader reader = { .fd = begin_with_pipe(), .step = 7 };
    pthread_t thread;

    (void)state;
    reader.text = malloc(TEXT_MAX);
    assert_non_null(reader.text);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    log_lines(5000);
    assert_true(log_flush(20000));
    end();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(count_lines(reader.text).lines, 5000);
    assert_int_equal(dropped_since(), 0);
    free(reader.text);
}

static void a_standard_error_that_does_not_block_is_waited_for(void **state)
{
    struct reader reader = { .fd = begin_with_pipe(), .step = 100 };
    pthread_t thread;

    (void)state;
    assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK), 0);
    reader.text = malloc(TEXT_MAX);
    assert_non_null(reader.text);
    log_lines(1000); /* more than the pipe holds */
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    assert_true(log_flush(20000));
    end();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(count_lines(reader.text).lines, 1000);
    free(reader.text);
}

static void a_closed_pipe_costs_the_lines_and_nothing_else(void **state)
{
    int fd = begin_with_pipe();

    (void)state;
    (void)close(fd);
    log_lines(100);
    assert_true(log_flush(20000));
    assert_int_equal(dropped_since(), 100);
    end();
}

static void a_full_disk_is_told_of_once_there_is_room(void **state)
{
    char text[PAGE] = "";
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    begin_with(full);
    log_lines(10);
    assert_true(log_flush(20000));
    assert_int_equal(dropped_since(), 10);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0); /* now there is room */
    log_lines(1);
    assert_true(log_flush(20000));
    end();
    assert_true(pread(fileno(file), text, sizeof(text) - 1, 0) > 0);
    struct seen seen = count_lines(text);
    assert_int_equal(seen.lines, 1);
    assert_int_equal(seen.told, 10);
    (void)fclose(file);
}

static void *log_many(void *user)
{
    (void)user;
    log_lines(1000);
    return NULL;
}

static void lines_of_several_threads_do_not_mix_in_a_file(void **state)
{
    FILE *file = tmpfile();
    pthread_t threads[4];
    char *text = calloc(1, TEXT_MAX);

    (void)state;
    assert_non_null(file);
    assert_non_null(text);
    begin_with(dup(fileno(file)));
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    end(); /* which writes what is queued */
    assert_true(pread(fileno(file), text, TEXT_MAX - 1, 0) > 0);
    assert_int_equal(count_lines(text).lines, 4000);
    assert_int_equal(dropped_since(), 0);
    free(text);
    (void)fclose(file);
}

static void closing_does_not_wait_for_ever(void **state)
{
    int fd = begin_with_pipe();
    char text[PAGE];
    uint64_t before = clock_monotonic_ns();

    (void)state;
    log_lines(1000);
    log_close();
    assert_true(clock_monotonic_ns() - before < 10ull * 1000 * 1000 * 1000);
    log_lines(1);         /* the thread is still there, so this does not block either */
    while (!log_flush(1)) /* what was queued comes when the reader comes */
        assert_true(read(fd, text, sizeof(text)) > 0);
    log_open();
    end();
    (void)close(fd);
}

static void a_forked_child_writes_its_own_lines_only(void **state)
{
    FILE *file = tmpfile();
    char text[PAGE * 4] = "";
    int status = 0;

    (void)state;
    assert_non_null(file);
    begin_with(dup(fileno(file)));
    log_lines(10);
    pid_t child = fork();
    if (child == 0) {
        log_lines(5); /* written at once: the child has no log thread */
        LOG_SELDOM(LOG_INFO, "request", log_int("n", 0), log_text("path", "/agents/echo/runs"));
        _exit(log_flush(1) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    end();
    assert_true(pread(fileno(file), text, sizeof(text) - 1, 0) > 0);
    assert_int_equal(count_lines(text).lines, 16);
    (void)fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stalled_reader_stops_no_caller_and_is_told_what_it_missed),
        cmocka_unit_test(a_slow_reader_gets_whole_lines),
        cmocka_unit_test(a_standard_error_that_does_not_block_is_waited_for),
        cmocka_unit_test(a_full_disk_is_told_of_once_there_is_room),
        cmocka_unit_test(lines_of_several_threads_do_not_mix_in_a_file),
        cmocka_unit_test(closing_does_not_wait_for_ever),
        cmocka_unit_test(a_forked_child_writes_its_own_lines_only),
        cmocka_unit_test(a_closed_pipe_costs_the_lines_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
