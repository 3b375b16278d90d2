/* Queues log lines, and writes them to standard error on a separate thread. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log_internal.h"

enum {
    URGENT_BYTES = 64 * KiB, /* of the queue, for warnings and errors only */
    GATHER_MS = 2,           /* between two writes, so that busy threads need not wake this one */
    NS_PER_MS = 1000 * 1000,
    NS_PER_S = 1000 * 1000 * 1000,
};

struct lines {
    size_t len;
    char bytes[LOG_QUEUE_MAX_BYTES];
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t filled,
    written;                 /* the thread waits for the first, log_flush for the second */
static struct lines both[2]; /* one is filled while the other is written */
static struct lines *filling = &both[0];
static size_t users;                /* calls of log_open without their log_close */
static size_t hurrying;             /* callers that wait in log_flush */
static uint64_t dropped_unreported; /* dropped lines not yet reported in the log */
static bool has_thread, is_idle, is_writing;
static atomic_uint_fast64_t dropped; /* lines, since the process started */

/* Set and read by the log's thread only: the last write ended inside a line. */
static bool is_torn;

/* Returns the monotonic time this many milliseconds from now. */
static struct timespec time_after(uint64_t ms)
{
    uint64_t at_ns = clock_monotonic_ns() + ms * NS_PER_MS;

    return (struct timespec){ .tv_sec = (time_t)(at_ns / NS_PER_S),
                              .tv_nsec = (long)(at_ns % NS_PER_S) };
}

/* ---- preparing, and fork ---- */

/* Initializes the condition variables with the monotonic clock. */
static void init_conditions(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes); /* none of these can fail */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&filled, &attributes);
    pthread_cond_init(&written, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void lock_before_fork(void)
{
    log_limit_lock();
    pthread_mutex_lock(&lock);
}

static void unlock_in_parent(void)
{
    pthread_mutex_unlock(&lock);
    log_limit_unlock();
}

/* Resets the log in a child process, which has no log thread. The parent writes the queued
 * lines. */
static void reset_in_child(void)
{
    filling->len = 0;
    users = hurrying = 0;
    dropped_unreported = 0;
    has_thread = is_idle = is_writing = false;
    init_conditions();
    unlock_in_parent();
}

static void prepare(void)
{
    init_conditions();
    if (pthread_atfork(lock_before_fork, unlock_in_parent, reset_in_child) != 0)
        abort(); /* no memory */
}

/* ---- writing, on the log's thread and without the lock ---- */

/* Waits before a write is retried. */
static void pause_writing(void)
{
    const struct timespec until = time_after(GATHER_MS);

    pthread_mutex_lock(&lock);
    while (pthread_cond_timedwait(&filled, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
}

/* Writes to standard error, waiting while it is not ready. Returns the number of bytes written. */
static size_t write_bytes(str bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t count = write(STDERR_FILENO, bytes.ptr + done, bytes.len - done);

        if (count > 0)
            done += (size_t)count;
        else if (count < 0 && errno == EAGAIN)
            pause_writing();
        else if (count == 0 || errno != EINTR)
            break;
    }
    return done;
}

/* Writes complete lines and returns how many were lost. A partly written line counts as lost and
 * is terminated before the next one. */
static uint64_t write_lines(str lines)
{
    uint64_t lost = 0;

    ensure(str_ends(lines, STR("\n")));
    if (is_torn)
        is_torn = write_bytes(STR("\n")) == 0;
    size_t done = is_torn ? 0 : write_bytes(lines);
    if (done > 0)
        is_torn = lines.ptr[done - 1] != '\n';
    for (size_t i = done; i < lines.len; i++)
        lost += lines.ptr[i] == '\n';
    return lost;
}

/* Writes the line about dropped lines. Returns false if it was lost too. */
static bool write_notice(uint64_t lines)
{
    AUTO_BUF line = buf_with_limit(LOG_LINE_MAX_BYTES);

    ensure(lines > 0);
    log_format_dropped(lines, &line);
    return write_lines(buf_view(&line)) == 0;
}

/* Writes the lines, then a notice about dropped ones. Returns the number of drops not yet
 * reported. */
static uint64_t write_and_report(str lines, uint64_t unreported)
{
    uint64_t lost = write_lines(lines);

    atomic_fetch_add(&dropped, lost);
    if (lost > 0)
        return unreported + lost; /* it would be lost as well */
    return unreported == 0 || write_notice(unreported) ? 0 : unreported;
}

/* ---- the log's thread ---- */

/* Lets lines gather for GATHER_MS, unless a caller flushes. Called with the lock held. */
static void gather_lines(void)
{
    const struct timespec until = time_after(GATHER_MS);

    while (users > 0 && hurrying == 0)
        if (pthread_cond_timedwait(&filled, &lock, &until) != 0)
            return;
}

/* Waits for lines. Returns false if there are none and the log is closed. Called with the lock
 * held. */
static bool await_lines(void)
{
    while (filling->len == 0 && users > 0) {
        is_idle = true;
        pthread_cond_wait(&filled, &lock);
    }
    is_idle = false;
    return filling->len > 0;
}

/* Writes all queued lines. Called with the lock held, which is released while writing. */
static void write_queued(void)
{
    struct lines *full = filling;
    uint64_t unreported = dropped_unreported;

    filling = full == &both[0] ? &both[1] : &both[0];
    dropped_unreported = 0;
    is_writing = true;
    pthread_mutex_unlock(&lock);
    unreported = write_and_report((str){ full->bytes, full->len }, unreported);
    pthread_mutex_lock(&lock);
    full->len = 0;
    dropped_unreported += unreported;
    is_writing = false;
    pthread_cond_broadcast(&written);
}

static void *run_writer(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    while (await_lines()) {
        write_queued();
        gather_lines();
    }
    has_thread = false;
    pthread_cond_broadcast(&written);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Starts the detached log thread, which blocks all signals. Called with the lock held. */
static void start_thread(void)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;

    (void)sigfillset(&all); /* none of these can fail with these arguments */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int code = pthread_create(&thread, &attributes, run_writer, NULL);
    if (code != 0)
        abort(); /* as without memory: a process that gets no threads cannot serve */
    pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    has_thread = true;
}

/* ---- for other files ---- */

void log_open(void)
{
    (void)pthread_once(&prepared, prepare); /* cannot fail */
    pthread_mutex_lock(&lock);
    users++;
    if (!has_thread)
        start_thread();
    pthread_mutex_unlock(&lock);
}

/* Waits for `written`. Returns false on timeout. Called with the lock held. */
static bool await_written(const struct timespec *until)
{
    return pthread_cond_timedwait(&written, &lock, until) == 0;
}

bool log_flush(uint64_t most_ms)
{
    const struct timespec until = time_after(most_ms);

    pthread_mutex_lock(&lock);
    hurrying++;
    if (has_thread)
        pthread_cond_signal(&filled);
    while (has_thread && (filling->len > 0 || is_writing))
        if (!await_written(&until))
            break;
    bool is_flushed = !has_thread || (filling->len == 0 && !is_writing);
    hurrying--;
    pthread_mutex_unlock(&lock);
    return is_flushed;
}

void log_close(void)
{
    const struct timespec until = time_after(LOG_FLUSH_MS);

    pthread_mutex_lock(&lock);
    bool was_open = users > 0;
    if (was_open)
        users--;
    if (users == 0 && has_thread)
        pthread_cond_signal(&filled);
    while (users == 0 && has_thread)
        if (!await_written(&until))
            break;
    pthread_mutex_unlock(&lock);
    ensure(was_open); /* last, because a failure is logged under the lock */
}

uint64_t log_dropped(void)
{
    return atomic_load(&dropped);
}

/* Queues the line, or counts it as dropped. Called with the lock held. */
static void queue_line(str line, bool is_urgent)
{
    size_t most = is_urgent ? LOG_QUEUE_MAX_BYTES : LOG_QUEUE_MAX_BYTES - URGENT_BYTES;

    if (filling->len + line.len > most) {
        dropped_unreported++;
        atomic_fetch_add(&dropped, 1);
        return;
    }
    memcpy(filling->bytes + filling->len, line.ptr, line.len);
    filling->len += line.len;
    if (is_idle)
        pthread_cond_signal(&filled);
    is_idle = false;
}

void log_put(str line, bool is_urgent)
{
    ensure(str_ends(line, STR("\n")) && line.len <= LOG_LINE_MAX_BYTES);
    pthread_mutex_lock(&lock);
    bool is_direct = !has_thread;
    if (!is_direct)
        queue_line(line, is_urgent);
    pthread_mutex_unlock(&lock);
    if (is_direct && write(STDERR_FILENO, line.ptr, line.len) != (ssize_t)line.len)
        atomic_fetch_add(&dropped, 1);
}
