/* Stand-ins for what a run works with, played one step at a time: loop, database, model and sink,
 * so that a cancellation can come in every state and between any two steps. No thread, no clock, no
 * file. */
#ifndef SUPPORT_RUN_STAGE_H
#define SUPPORT_RUN_STAGE_H

#include "run/run.h"

#include "base/random.h"
#include "run/run_index.h"
#include "run/run_row_object.h"
#include "json/parse.h"

/* cmocka has a macro of the name fail. */
static inline agentos_status refuse(agentos_error *err, agentos_status status, const char *sentence)
{
    return fail(err, status, "%s", sentence);
}

#include "unit.h"

/* ---- the stage: what the loop, the database and the model were asked to do ---- */

struct model_call {
    const struct model_events *events;
    void *user;
    bool is_cancelled, is_over;
    int pauses;
};

static struct {
    struct letter *letters[8];
    size_t letter_count;
    struct db_job *reading, *writing;
    agentos_status prepare_status, save_status;
    const char *stored_state, *stored_run;
    struct model_call call;
    size_t calls, prompt_count;
    char prompt[512]; /* "role:content|..." */
    /* what was saved */
    size_t saves;
    char saved_status[16], saved_object[8192], saved_state[512];
    char saved_events[256]; /* their names, separated by blanks */
    bool without_events;    /* is what the request asks for */
} stage;

void loop_post(struct loop *loop, struct letter *letter)
{
    (void)loop;
    assert_true(stage.letter_count < COUNT(stage.letters));
    stage.letters[stage.letter_count++] = letter;
}

void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job)
{
    (void)db;
    assert_int_equal(kind, DB_READ_RUN);
    assert_null(stage.reading);
    stage.reading = job;
}

void db_write(struct db *db, struct db_job *job)
{
    (void)db;
    assert_null(stage.writing);
    stage.writing = job;
}

agentos_status run_row_prepare(struct db_conn *conn, const struct owner *owner,
                               const struct run_plan *plan, arena *a, struct run_context *out,
                               agentos_error *err)
{
    (void)conn;
    (void)owner;
    assert_int_equal(plan->type, COMPONENT_AGENT);
    if (stage.prepare_status != AGENTOS_OK)
        return refuse(err, stage.prepare_status, "Session not found");
    *out = (struct run_context){ .session_exists = true,
                                 .session_has_owner = true,
                                 .session_state = stage.stored_state };
    if (plan->num_runs > 0 && stage.stored_run != NULL) {
        out->history = arena_alloc(a, sizeof(*out->history));
        out->history[0] = (struct run_row){ .input = "before", .messages = stage.stored_run };
        out->history_count = 1;
    }
    return AGENTOS_OK;
}

agentos_status run_row_claim(struct db_conn *conn, const struct owner *owner,
                             const struct run_row *row, agentos_error *err)
{
    (void)conn, (void)owner, (void)row, (void)err;
    fail_msg("%s", "a session that has an owner is claimed");
    return AGENTOS_OK;
}

static inline void note_saved_events(const char *object)
{
    AUTO(json_t) *run = NULL;
    size_t len = 0, at = 0;
    json_t *event = NULL;

    stage.saved_events[0] = '\0';
    assert_int_equal(json_parse_owned(str_of(object), PARSE_STRICT, &run, NULL), AGENTOS_OK);
    json_array_foreach(json_object_get(run, "events"), at, event)
    {
        assert_string_equal(json_text(event, "run_id"), json_text(run, "run_id"));
        len += (size_t)snprintf(stage.saved_events + len, sizeof(stage.saved_events) - len, "%s%s",
                                at > 0 ? " " : "", json_text(event, "event"));
    }
}

agentos_status run_row_save(struct db_conn *conn, const struct owner *owner,
                            const struct run_row *row, agentos_error *err)
{
    (void)conn;
    (void)owner;
    stage.saves++;
    if (stage.save_status != AGENTOS_OK)
        return refuse(err, stage.save_status, "disk I/O error at page 7");
    (void)snprintf(stage.saved_status, sizeof(stage.saved_status), "%s", row->status);
    AUTO(arena) *a = arena_new();
    const char *object = NULL;
    assert_int_equal(run_row_object(row, a, &object, err), AGENTOS_OK);
    (void)snprintf(stage.saved_object, sizeof(stage.saved_object), "%s", object);
    (void)snprintf(stage.saved_state, sizeof(stage.saved_state), "%s", row->session_state);
    note_saved_events(object);
    return AGENTOS_OK;
}

const char *model_name(const struct model *model)
{
    (void)model;
    return "EchoModel";
}

const char *model_id(const struct model *model)
{
    (void)model;
    return "echo-1";
}

const char *model_provider(const struct model *model)
{
    (void)model;
    return "Echo";
}

str model_message_text(const struct model_message *message, arena *a)
{
    (void)a;
    assert_int_equal(message->part_count, 1);
    return message->parts[0].text;
}

struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user)
{
    size_t len = 0;

    (void)model;
    (void)loop;
    (void)client;
    stage.calls++;
    stage.prompt_count = request->count;
    for (size_t i = 0; i < request->count; i++) {
        assert_int_equal(request->messages[i].part_count, 1);
        len += (size_t)snprintf(stage.prompt + len, sizeof(stage.prompt) - len, "%s:%s|",
                                request->messages[i].role, request->messages[i].parts[0].text.ptr);
    }
    stage.call = (struct model_call){ .events = events, .user = user };
    return &stage.call;
}

void model_cancel(struct model_call *call)
{
    assert_ptr_equal(call, &stage.call);
    assert_false(call->is_over);
    assert_false(call->is_cancelled);
    call->is_cancelled = true;
}

void model_pause(struct model_call *call)
{
    assert_false(call->is_over || call->is_cancelled);
    call->pauses++;
}

void model_resume(struct model_call *call)
{
    assert_false(call->is_over || call->is_cancelled);
    call->pauses--;
}

static inline void deliver_letters(void)
{
    while (stage.letter_count > 0) {
        struct letter *letter = stage.letters[0];

        stage.letter_count--;
        memmove(&stage.letters[0], &stage.letters[1], stage.letter_count * sizeof(letter));
        letter->deliver(letter);
    }
}

static inline void finish_job(struct db_job **slot)
{
    struct db_job *job = *slot;

    assert_non_null(job);
    *slot = NULL;
    job->status = job->run((struct db_conn *)(void *)&stage, job, &job->err);
    job->done(job);
}

static inline void say(const char *text)
{
    stage.call.events->on_delta(stage.call.user, str_of(text));
}

static inline void think(const char *text)
{
    stage.call.events->on_reasoning(stage.call.user, str_of(text));
}

static inline void model_is_done(void)
{
    stage.call.is_over = true;
    stage.call.events->on_done(
        stage.call.user,
        &(struct model_answer){
            .usage = { .input_tokens = 6, .output_tokens = 2, .total_tokens = 8 } });
}

/* ---- the audience: one sink, and what it was sent ---- */

static struct {
    struct run *run;
    char heard[512]; /* "RunStarted RunContent ..." */
    char last[8192]; /* the last event's JSON */
    char before_last[8192];
    char object[8192];
    int refusals, ends;
    agentos_error refusal;
    bool has_storage_error;
    int cancel_at; /* an event to cancel at; -1: none */
    bool forgets;
} audience;

/* As the sink asks for it, or as it leaves. */
static inline void cancel_run(bool leaves)
{
    if (leaves)
        run_remove_sink(audience.run, NULL);
    run_cancel(audience.run, leaves ? RUN_CANCEL_CLIENT_LEFT : RUN_CANCEL_ASKED);
}

static inline void on_refused(void *user, const agentos_error *err)
{
    (void)user;
    audience.refusals++;
    audience.refusal = *err;
}

static inline void on_event(void *user, const struct run_event *event)
{
    size_t len = strlen(audience.heard);

    (void)user;
    (void)snprintf(audience.heard + len, sizeof(audience.heard) - len, "%s%.*s", len > 0 ? " " : "",
                   (int)event->name.len, event->name.ptr);
    assert_false(str_has(event->json, '\n')); /* one line, for the stream's sake */
    assert_int_equal(event->index, -1);
    assert_int_equal(event->is_delta, str_equal(event->name, STR("RunContent")));
    (void)snprintf(audience.before_last, sizeof(audience.before_last), "%s", audience.last);
    (void)snprintf(audience.last, sizeof(audience.last), "%.*s", (int)event->json.len,
                   event->json.ptr);
    if (audience.cancel_at >= 0 &&
        str_equal(event->name, run_event_name((enum run_event_kind)audience.cancel_at)))
        cancel_run(audience.forgets);
}

static inline void on_end(void *user, const struct run *run)
{
    AUTO_BUF text = buf_with_limit(sizeof(audience.object));

    (void)user;
    audience.ends++;
    audience.has_storage_error = run_storage_error(run) != NULL;
    if (audience.has_storage_error)
        return;
    run_write(run, &(writer){ .out = &text });
    (void)snprintf(audience.object, sizeof(audience.object), "%s", text.ptr);
}

static const struct run_sink sink = { on_refused, on_event, on_end };

/* ---- the company ---- */

static struct busy busy;
static struct run_services services;

static const struct agent alpha = { .id = "alpha",
                                    .name = "Alpha",
                                    .description = "First test agent",
                                    .instructions = "Be brief.",
                                    .add_history_to_context = true,
                                    .num_history_runs = 3 };

static inline int open_stage(void **state)
{
    (void)state;
    memset(&stage, 0, sizeof(stage));
    memset(&audience, 0, sizeof(audience));
    audience.cancel_at = -1;
    busy = (struct busy){ 0 };
    services = (struct run_services){ .index = run_index_new(), .busy = &busy };
    return 0;
}

/* Whatever happened, nothing is left: no run, no letter, no job. */
static inline int close_stage(void **state)
{
    (void)state;
    assert_int_equal(busy.count, 0);
    assert_int_equal(stage.letter_count, 0);
    assert_null(stage.reading);
    assert_null(stage.writing);
    run_index_free(services.index);
    return 0;
}

static inline void start(const char *session_id, const char *session_state)
{
    audience.run = run_start(&services,
                             &(struct run_request){ .agent = &alpha,
                                                    .message = STR("hello"),
                                                    .session_id = str_of(session_id),
                                                    .owner = { .issuer = "", .user_id = "u1" },
                                                    .session_state = session_state,
                                                    .stream = true,
                                                    .keeps_events = !stage.without_events },
                             &sink, NULL);
    assert_string_equal(audience.heard, ""); /* never before run_start has returned */
}

static inline void start_new(void)
{
    start("", NULL);
}

static inline enum run_lookup cancel_from_elsewhere(void)
{
    return run_index_cancel(services.index,
                            &(struct run_claim){ .run_id = str_of(run_id(audience.run)),
                                                 .agent_id = STR("alpha"),
                                                 .owner.everyone = true });
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

#endif
