/* One run of an agent on a server: its events, its answer, and its cancellation. */
#include "cli/agent_run.h"

#include "auth/scope/scope.h"
#include "base/list.h"
#include "cli/exchange.h"
#include "cli/output.h"
#include "http/sse.h"
#include "loop/timer.h"
#include "json/writer.h"

/* How long a cancelled run may take to end. */
enum { CANCEL_MS = 5 * 1000 };

enum outcome { NOT_ENDED, COMPLETED, FAILED, CANCELLED };

struct running {
    struct caller *caller;
    const struct run_order *order;
    struct run_result *result;
    arena *arena; /* of this run */
    struct remote_request request, cancel_request;
    struct exchange run, cancel;
    struct sse_reader events;
    struct timer cancel_timer; /* after SIGINT */
    const char *run_id;        /* NULL: not known yet */
    enum outcome outcome;
    bool has_printed, ends_line; /* the answer, until now */
    bool is_over;
    agentos_error why; /* of FAILED and CANCELLED */
};

/* ---- printing ---- */

static void print_answer(struct running *self, const char *text)
{
    if (text[0] == '\0')
        return;
    output_text(stdout, text);
    (void)fflush(stdout); /* a failure is noticed at the end */
    self->has_printed = true;
    self->ends_line = text[strlen(text) - 1] == '\n';
}

/* Prints a content that is a text, or else its JSON. */
static void print_content(struct running *self, const json_t *content)
{
    AUTO_BUF text = buf_with_limit(2 * SERVER_ANSWER_MAX_BYTES);

    if (json_is_string(content)) {
        print_answer(self, json_string_value(content));
    } else if (content != NULL && !json_is_null(content)) {
        write_json(&(writer){ .out = &text }, content);
        print_answer(self, buf_ok(&text) ? text.ptr : "");
    }
}

/* Ends the last line of the answer. Fails if something could not be printed. */
static agentos_status finish_output(struct running *self, agentos_error *err)
{
    if (self->has_printed && !self->ends_line)
        (void)fputc('\n', stdout);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return fail(err, AGENTOS_INTERNAL, "the answer could not be written to standard output");
    return AGENTOS_OK;
}

/* ---- events ---- */

static void keep_ids(struct running *self, const json_t *run)
{
    const char *run_id = json_text(run, "run_id"), *session = json_text(run, "session_id");

    if (self->run_id == NULL && run_id != NULL)
        self->run_id = arena_copy(self->arena, str_of(run_id));
    if (session != NULL && strlen(session) < sizeof(self->result->session))
        (void)snprintf(self->result->session, sizeof(self->result->session), "%s", session);
}

/* Keeps how the run has ended, and the reason unless it has completed. */
static void end_run(struct running *self, enum outcome outcome, const char *why)
{
    if (self->outcome == FAILED || self->outcome == CANCELLED)
        return; /* RunCompleted follows RunCancelled */
    self->outcome = outcome;
    if (outcome != COMPLETED)
        (void)fail(&self->why, AGENTOS_UPSTREAM, "the run %s%s%s",
                   outcome == FAILED ? "failed" : "was cancelled",
                   why != NULL && why[0] != '\0' ? ": " : "", why != NULL ? why : "");
}

/* Handles an event of the run. Prints each piece of the answer, or the whole one if there were
 * none. */
static void take_event(struct running *self, str name, const json_t *event)
{
    keep_ids(self, event);
    if (str_equal(name, STR("RunError")))
        end_run(self, FAILED, json_text(event, "content"));
    else if (str_equal(name, STR("RunCancelled")))
        end_run(self, CANCELLED, json_text(event, "reason"));
    else if (str_equal(name, STR("RunCompleted")))
        end_run(self, COMPLETED, NULL);
    bool is_whole = self->outcome == COMPLETED && !self->has_printed;
    if (!self->order->json && (is_whole || str_equal(name, STR("RunContent"))))
        print_content(self, json_object_get(event, "content"));
}

/* Handles an event of the stream. With --json, prints it unchanged. */
static void on_event(void *user, str name, str data)
{
    AUTO(arena) *a = arena_new();
    struct running *self = user;
    const json_t *event = NULL;

    if (self->order->json) {
        output_line(stdout, "", arena_copy(a, data));
        (void)fflush(stdout); /* as print_answer */
    }
    if (json_parse(a, data, &event, NULL) == AGENTOS_OK)
        take_event(self, name, event);
}

static void stop(struct running *self)
{
    self->is_over = true;
    loop_stop(self->caller->remote.net.loop);
}

/* Reads a part of the stream. Leaves a stream that is none, which cancels the run. */
static void on_part(struct exchange *exchange, str bytes)
{
    struct running *self = LIST_OWNER(exchange, struct running, run);

    if (sse_feed(&self->events, bytes, &self->why) == AGENTOS_OK)
        return;
    exchange_cancel(exchange);
    self->outcome = FAILED;
    stop(self);
}

static void on_run_end(struct exchange *exchange)
{
    stop(LIST_OWNER(exchange, struct running, run));
}

/* ---- Ctrl-C ---- */

/* Leaves the stream: the server cancels a run whose client has left. */
static void leave(struct running *self)
{
    exchange_cancel(&self->run);
    stop(self);
}

/* Leaves at once if the server refused to cancel the run. */
static void on_cancel_end(struct exchange *exchange)
{
    struct running *self = LIST_OWNER(exchange, struct running, cancel);

    if (exchange_check(exchange, self->arena, NULL) != AGENTOS_OK)
        leave(self);
}

static void on_cancel_timeout(struct timer *timer)
{
    leave(LIST_OWNER(timer, struct running, cancel_timer));
}

/* Asks the server to cancel the run and waits at most CANCEL_MS for its stream to end. */
static agentos_status ask_to_cancel(struct running *self, agentos_error *err)
{
    const char *path =
        arena_printf(self->arena, "/agents/%s/runs/%s/cancel", self->caller->agent, self->run_id);

    TRY(caller_renew_token(self->caller, self->arena, err));
    self->cancel_request = (struct remote_request){ .method = POST, .path = path };
    self->cancel = (struct exchange){ .remote = &self->caller->remote,
                                      .request = &self->cancel_request,
                                      .on_end = on_cancel_end };
    exchange_start(&self->cancel, self->arena);
    timer_start(self->caller->remote.net.loop, &self->cancel_timer, CANCEL_MS);
    return AGENTOS_OK;
}

/* Cancels the run on the server. A second SIGINT, or one before the run has an id, leaves it. */
static void on_interrupt(void *user)
{
    struct running *self = user;
    bool is_first = !self->result->is_interrupted;

    self->result->is_interrupted = true;
    bool can_ask = is_first && self->run_id != NULL && scope_id_is_valid(str_of(self->run_id));
    if (!can_ask || ask_to_cancel(self, NULL) != AGENTOS_OK)
        leave(self);
}

/* ---- the run ---- */

/* Appends a field of a form (WHATWG URL §5.2). */
static void write_field(buf *out, const char *name, str value)
{
    buf_printf(out, "%s%s=", out->len > 0 ? "&" : "", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (is_plain)
            buf_append_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static agentos_status write_form(const struct run_order *order, buf *out, agentos_error *err)
{
    write_field(out, "message", order->message);
    write_field(out, "stream", order->whole ? STR("false") : STR("true"));
    if (order->session != NULL && order->session[0] != '\0')
        write_field(out, "session_id", str_of(order->session));
    if (!buf_ok(out))
        return fail(err, AGENTOS_INVALID, "the message is too long");
    return AGENTOS_OK;
}

/* Prints a run that was not streamed. */
static agentos_status take_whole(struct running *self, agentos_error *err)
{
    const json_t *run = NULL;
    str body = buf_view(&self->run.body);

    if (json_parse(self->arena, body, &run, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_UPSTREAM, "%s did not answer with a run; is it an AgentOS?",
                    self->caller->remote.url);
    keep_ids(self, run);
    const char *status = json_text(run, "status");
    bool is_completed = status != NULL && strcmp(status, "COMPLETED") == 0;
    bool is_cancelled = status != NULL && strcmp(status, "CANCELLED") == 0;
    if (self->order->json)
        output_line(stdout, "", body.ptr);
    else if (is_completed)
        print_content(self, json_object_get(run, "content"));
    end_run(self,
            is_completed   ? COMPLETED
            : is_cancelled ? CANCELLED
                           : FAILED,
            json_text(run, "content"));
    return AGENTOS_OK;
}

/* Returns how the run has ended. */
static agentos_status read_outcome(struct running *self, agentos_error *err)
{
    if (self->result->is_interrupted)
        return AGENTOS_OK;
    if (self->outcome == NOT_ENDED)
        TRY(exchange_check(&self->run, self->arena, err));
    if (self->outcome == NOT_ENDED && self->order->whole)
        TRY(take_whole(self, err));
    if (self->outcome == NOT_ENDED)
        return fail(err, AGENTOS_UPSTREAM, "%s: the stream ended before the run did",
                    self->caller->remote.url);
    return self->outcome == COMPLETED ? AGENTOS_OK : fail_again(err, &self->why);
}

/* Sends the request and waits until the run has ended. */
static agentos_status run_and_wait(struct running *self, str form, agentos_error *err)
{
    struct caller *caller = self->caller;
    const char *path = arena_printf(self->arena, "/agents/%s/runs", caller->agent);

    TRY(caller_renew_token(caller, self->arena, err));
    self->request = (struct remote_request){
        .method = POST, .path = path, .body = form, .is_form = true, .is_run = true
    };
    self->run = (struct exchange){ .remote = &caller->remote,
                                   .request = &self->request,
                                   .on_data = self->order->whole ? NULL : on_part,
                                   .on_end = on_run_end };
    exchange_start(&self->run, self->arena);
    while (!self->is_over)
        loop_run(caller->remote.net.loop);
    agentos_status status = read_outcome(self, err);
    agentos_status printed = finish_output(self, status == AGENTOS_OK ? err : NULL);
    return status == AGENTOS_OK ? printed : status;
}

/* Releases what a run has used. The caller can then start another run. */
static void clear_run(struct running *self)
{
    struct caller *caller = self->caller;

    caller->on_interrupt = NULL;
    caller->user = NULL;
    timer_stop(&self->cancel_timer);
    exchange_clear(&self->cancel);
    exchange_clear(&self->run);
    sse_reader_clear(&self->events);
    if (caller->signer.key != NULL)
        caller->remote.authorization = NULL; /* allocated from self->arena */
}

/* Runs the agent and prints its answer. */
agentos_status agent_run(struct caller *caller, const struct run_order *order,
                         struct run_result *out, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF form = buf_with_limit(BODY_MAX_BYTES);
    struct running *self = arena_alloc(a, sizeof(*self));

    *self = (struct running){
        .caller = caller,
        .order = order,
        .result = out,
        .arena = a,
        .cancel_timer.fire = on_cancel_timeout,
    };
    *out = (struct run_result){ .is_interrupted = false };
    TRY(write_form(order, &form, err));
    sse_reader_init(&self->events, on_event, self);
    caller->on_interrupt = on_interrupt;
    caller->user = self;
    agentos_status status = run_and_wait(self, buf_view(&form), err);
    clear_run(self);
    return status;
}
