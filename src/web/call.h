/* A call: one request and its response. Used on its loop's thread; nothing here blocks. A handler
 * answers with call_reply or a similar function, continues later with call_read, call_search,
 * call_render or call_write, or begins a stream with call_stream, which call_end ends. */
#ifndef WEB_CALL_H
#define WEB_CALL_H

#include "auth/scope/isolation.h"
#include "base/refusals.h"
#include "http/form.h"
#include "http/pattern.h"
#include "http/server.h"
#include "web/station.h"
#include "json/problems.h"
#include "json/writer.h"

/* Callbacks for the producer of a long response, such as a run. Called on the loop's thread. */
struct follower {
    void (*left)(void *user);    /* the client has left; the call ends when this returns */
    void (*drained)(void *user); /* all output was sent */
};

struct call {
    struct station *station;
    /* of the configuration that applies to the call; the arena holds a reference */
    struct surface *surface;
    /* of its caller's quota; NULL if it holds nothing */
    struct quota_share *share;
    struct exchange *exchange;
    const struct request *request;
    const struct route *route; /* NULL until the caller may know that it exists */
    /* the route of the path and the method, for the metrics; NULL if there is none */
    const struct route *asked;
    struct params params;
    const struct principal *principal;
    arena *arena;          /* the exchange's arena */
    struct parked *parked; /* set while the call waits for keys (park.h) */
    bool was_parked;       /* the call must not wait for keys again */
    uint64_t admitted_ms;  /* when the head was admitted, by the loop's clock */
    struct task *task;     /* the input or the database work; NULL if there is none */
    /* set by the route's `target`; lives as long as the surface */
    const void *target;
    const struct follower *follower; /* may be NULL */
    void *followed;                  /* passed to the follower */
    uint64_t started_ns, number;
    int status;    /* the response status, for the log */
    bool has_body; /* the body has been read */
    bool is_auth_error, is_streaming;
    /* set by call_fail and call_deny, for the log */
    enum refusal_code refusal;
};

/* Switches to the current configuration. Objects of the previous one stay valid until the call's
 * arena is freed. The call must not have a task. */
void call_use_current_surface(struct call *call);

/* Sets the call's share of its caller's quota, which is held until the call, its tasks and its run
 * have ended. Answers 429 and returns false if the quota is exceeded. */
MUST_USE bool call_hold(struct call *call, struct quota_amount amount);

/* ---- answering; the call must not be used after any of these functions ---- */

void call_reply(struct call *call, const struct reply *reply); /* adds the CORS headers */
/* adds no headers */
void call_reply_as_is(struct call *call, const struct reply *reply);
void call_json(struct call *call, int status, str json);
/* answers 200, or 500 if the text exceeded its limit */
void call_buf(struct call *call, const buf *json);
void call_outgrown(struct call *call); /* answers 500: the response exceeds its size limit */
/* Answers 200 with the text, or with the error from fill_refusal if the text exceeded its limit. */
void call_buf_or(struct call *call, const buf *json,
                 agentos_status (*fill_refusal)(agentos_error *err));
/* answers without a body, but with a JSON content type */
void call_empty(struct call *call, int status);
/* Answers {"detail": MESSAGE} with the HTTP status of the error. Logs the message of an INTERNAL
 * error instead of sending it. */
void call_fail(struct call *call, const agentos_error *err);
/* answers 422 */
void call_invalid(struct call *call, const struct problems *problems);

/* Answers 401 or 403 with a challenge (RFC 6750 §3), or 429. Counts the denial and records it in
 * the audit log. `scope` is the required scope; may be NULL. Defined in denial.c. */
void call_deny(struct call *call, const agentos_error *err, const char *scope);

/* Counts the call as over. Only for a call that ends without an answer. */
void call_over(const struct call *call);

/* Begins a stream of server-sent events, sent with exchange_send and ended with call_end, after
 * which the call must not be used. */
void call_stream(struct call *call);
void call_end(struct call *call);

/* Sets the only follower of the call, which must outlive the call or be removed with NULL. */
void call_follow(struct call *call, const struct follower *follower, void *user);

/* ---- database work ---- */

/* Database work with its data, in its own arena because the client may leave meanwhile. Embed it as
 * the first member of a struct with the inputs and results. */
struct task {
    struct db_job job;
    arena *arena;
    struct call *call; /* NULL if the client has left */
    struct busy *busy;
    agentos_status (*run)(struct db_conn *conn, struct task *task, agentos_error *err);
    /* Called on the loop if `run` succeeded; otherwise its error is answered. */
    void (*then)(struct call *call, struct task *task);
    /* Called after COMMIT as in struct db_job, even if the client has left. May be NULL. */
    void (*committed)(struct task *task);
    const struct rendering *rendering; /* set by call_render */
    arena *scratch;                    /* for the rendering; NULL before and after */
    buf body;                          /* written by the rendering */
};

/* Reads and writes a response on a database thread, so that a long one does not block the loop.
 * Data read is allocated in task->scratch, which is freed before the loop has the task again. */
struct rendering {
    agentos_status (*read)(struct db_conn *conn, struct task *task, agentos_error *err);
    void (*write)(struct task *task, writer *w);
    agentos_status (*refuse)(agentos_error *err); /* the error of a response that is too long */
};

/* Returns a new, zeroed task of the size of the embedding struct, owned by the call. It keeps the
 * surface and the quota share alive. */
void *call_task(struct call *call, size_t size);

/* Run the task on a reader thread of the database, on the thread for full scans, or on the writer
 * thread. `then` is called on the loop if `run` succeeded and the client is still connected; an
 * error is answered. The task is freed afterwards. */
void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *));
void call_search(struct task *task,
                 agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                 void (*then)(struct call *, struct task *));
/* Answers 200 with the output of the rendering, which is borrowed until then. */
void call_render(struct task *task, enum db_read_kind kind, const struct rendering *rendering);
void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *));

/* Returns the call's task, the record that the input was read into. */
void *call_input(struct call *call);

/* call_drop frees a task that has not been started. call_refuse also answers with the problems, or
 * with err if there are none. */
void call_drop(struct call *call, struct task *task);
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err);

/* Reads the query into the struct that embeds the task. Returns false if the query is not valid,
 * with problems added or err set. */
struct param;
MUST_USE bool call_query(const struct call *call, const struct param *table, struct task *task,
                         struct problems *problems, agentos_error *err);

/* ---- the data that callers may reach ---- */

/* Returns whether the caller can reach only their own rows. */
enum isolation call_isolation(const struct call *call);

/* Returns the owner of the rows that the caller may read, change and delete. The texts are copied
 * to the arena, because the principal may be freed before the task. Returns a zeroed owner, who
 * reaches nothing, if users are isolated and the token names none. */
struct owner call_reader(const struct call *call, arena *a);

#endif
