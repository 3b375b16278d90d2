/* Writes operator actions, such as a reload, to the audit log. */
#include "os/journal.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "json/writer.h"

enum { TEXT_MAX_BYTES = 64 * KiB, WHY_MAX_BYTES = 512 };

struct entry {
    struct db_job job;
    struct process *process;
    arena *arena; /* owns this object and the texts of the row */
    struct audit_row row;
};

static agentos_status write_row(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    ensure(job->home != NULL);
    const struct entry *entry = LIST_OWNER(job, struct entry, job);

    return audit_append(entry->process->audit, conn, &entry->row, err);
}

/* Logs a failed write and frees the entry. Called on the first event loop. */
static void on_row_written(struct db_job *job)
{
    ensure(job->home != NULL);
    struct entry *entry = LIST_OWNER(job, struct entry, job);
    struct busy *busy = &first_station(entry->process)->busy;

    if (job->status != AGENTOS_OK)
        LOG_SELDOM(LOG_ERROR, "cannot write to the audit log",
                   log_text("action", entry->row.action), log_text("why", job->err.message));
    arena_free(entry->arena);
    busy_end(busy);
}

/* Returns a copy of the text, or NULL if it is empty. */
static const char *copy_buf(arena *a, const buf *text)
{
    ensure(text != NULL);
    return text->len > 0 ? arena_copy(a, buf_view(text)) : NULL;
}

/* Queues one audit row for writing. Holds the first event loop open until it is written. */
static void write_entry(struct process *process, const char *action, const char *target,
                        const buf *before, const buf *after)
{
    ensure(process->audit != NULL && action != NULL && target != NULL);
    struct station *first = first_station(process);
    arena *a = arena_new();
    struct entry *entry = arena_alloc(a, sizeof(*entry));

    entry->process = process;
    entry->arena = a;
    entry->row.created_at = clock_now_s();
    entry->row.actor = "system";
    entry->row.action = action; /* static */
    entry->row.target = arena_copy(a, str_of(target));
    entry->row.before = copy_buf(a, before);
    entry->row.after = copy_buf(a, after);
    entry->job.home = first->loop;
    entry->job.run = write_row;
    entry->job.done = on_row_written; /* frees the entry */
    busy_begin(&first->busy);
    db_write(process->db, &entry->job);
}

/* ---- what the rows say ---- */

static void write_authority(writer *w, const struct authority *authority)
{
    ensure(authority != NULL);
    write_member(w, "mode", auth_mode_name(authority_mode(authority)));
    write_member_bool(w, "user_isolation", authority_isolates(authority));
}

static void write_files(writer *w, const struct journal_reload *reload)
{
    ensure(reload->file_count <= WATCHES_MAX);
    write_key(w, "files");
    write_array(w);
    for (size_t i = 0; i < reload->file_count; i++)
        write_string(w, reload->files[i]);
    write_end(w);
}

/* Writes the reason, cut to WHY_MAX_BYTES. */
static void write_why(writer *w, const char *why)
{
    ensure(why != NULL);
    AUTO_BUF text = buf_with_limit(WHY_MAX_BYTES);

    buf_append(&text, str_cut(str_of(why), WHY_MAX_BYTES - 1));
    write_member(w, "why", text.ptr);
}

/* Queues the row of a reload. `after` is NULL if it was refused. */
void journal_reload(struct process *process, const struct journal_reload *reload)
{
    ensure(reload->before != NULL && (reload->after != NULL || reload->why != NULL));
    AUTO_BUF before = buf_with_limit(TEXT_MAX_BYTES);
    AUTO_BUF after = buf_with_limit(TEXT_MAX_BYTES);
    writer before_writer = { .out = &before }, after_writer = { .out = &after };
    bool is_accepted = reload->after != NULL;

    write_object(&before_writer);
    write_authority(&before_writer, reload->before);
    write_end(&before_writer);
    write_object(&after_writer);
    if (is_accepted)
        write_authority(&after_writer, reload->after);
    else
        write_why(&after_writer, reload->why);
    write_files(&after_writer, reload);
    write_end(&after_writer);
    const char *action = is_accepted ? "reloaded" : "reload refused";
    const char *target = reload->reads_file ? "configuration" : "files";
    write_entry(process, action, target, &before, &after);
}

static bool has_no_authentication(struct process *process)
{
    const struct surface *surface = first_station(process)->surface;

    ensure(surface != NULL && surface->authority != NULL);
    return authority_mode(surface->authority) == AUTH_NONE;
}

/* Queues a row if the server listens without authentication. */
void journal_opened(struct process *process, const struct options *options, uint16_t port)
{
    ensure(options->host != NULL && port > 0);
    if (!has_no_authentication(process))
        return;
    AUTO_BUF none = buf_with_limit(1);
    AUTO_BUF after = buf_with_limit(TEXT_MAX_BYTES);
    writer w = { .out = &after };
    write_object(&w);
    write_member(&w, "host", options->host);
    write_member_int(&w, "port", port);
    write_end(&w);
    write_entry(process, "opened without authentication", process->os_id, &none, &after);
}

/* Queues a row if the closing server had no authentication. */
void journal_closed(struct process *process)
{
    ensure(process->os_id != NULL);
    AUTO_BUF none = buf_with_limit(1);

    if (has_no_authentication(process))
        write_entry(process, "closed, was without authentication", process->os_id, &none, &none);
}
