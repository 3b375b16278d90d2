/* The state machine of a run: LOADING, ASKING, SAVING, OVER. */
#include "run/run_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"

/* ---- the life of the object ---- */

/* Frees the run and everything it holds. */
static void run_free(struct run *run)
{
    run_ensure(run);
    ensure(run->state == RUN_OVER);

    struct busy *busy = run->services->busy;

    ensure(busy->count > 0);
    if (run->release != NULL)
        run->release(run->kept);
    stream_clear(&run->stream);
    buf_clear(&run->content);
    buf_clear(&run->reasoning);
    buf_clear(&run->event);
    buf_clear(&run->kept_events);
    arena_free(run->arena); /* frees the run itself */
    busy_end(busy);
}

/* Ends the run and frees it. With a cancellation in flight, on_cancel_letter frees it instead. */
static void run_leave(struct run *run)
{
    ensure(run->state == RUN_LOADING || run->state == RUN_SAVING);
    ensure(run->index_entry.run == run);
    run->state = RUN_OVER;
    if (run->services->on_over != NULL)
        run->services->on_over(run->services->user, run);
    if (run_index_remove(run->services->index, run->run_id, &run->index_entry))
        run_free(run);
    else
        run->index_entry.run = NULL;
}

/* Delivers a cancellation on the run's loop. */
static void on_cancel_letter(struct letter *letter)
{
    struct run_index_entry *entry = LIST_OWNER(letter, struct run_index_entry, letter);

    ensure(!entry->is_delivered); /* posted once */
    entry->is_delivered = true;
    if (entry->run == NULL)
        run_free(LIST_OWNER(entry, struct run, index_entry));
    else
        run_cancel(entry->run, RUN_CANCEL_ASKED);
}

/* Notifies the sinks that the run is over. */
static void end_run(struct run *run)
{
    run_ensure(run);
    ensure(run->state == RUN_SAVING);
    ensure(run->status != RUN_STATUS_RUNNING);
    stream_end(&run->stream, run);
    run_leave(run);
}

/* Notifies the sinks that the run was refused before any event. */
static void refuse_run(struct run *run, const agentos_error *err)
{
    run_ensure(run);
    ensure(run->state == RUN_LOADING);
    ensure(run->status == RUN_STATUS_RUNNING);
    stream_refuse(&run->stream, err);
    run_leave(run);
}

/* ---- SAVING ---- */

/* Marks the run as failed and sends RunError, without the text of an internal error. */
static void fail_saving(struct run *run, const struct db_job *job)
{
    ensure(job->status != AGENTOS_OK);
    ensure(!run->storage_failed);
    run->storage_failed = true;
    run->status = RUN_STATUS_ERROR;
    run->error_type = "DatabaseError";
    run->error_text = job->err.message;
    if (job->status == AGENTOS_INTERNAL)
        run->error_text = "Internal server error";
    run_emit(run, RUN_ERROR, NULL);
}

static void on_saved(struct db_job *job)
{
    struct run *run = run_of_job(job);

    run_ensure(run);
    ensure(run->state == RUN_SAVING);
    ensure(run->status != RUN_STATUS_RUNNING);
    if (job->status == AGENTOS_OK)
        run_send_last_events(run);
    else
        fail_saving(run, job);
    end_run(run);
}

/* Adds the answer, complete or not, as the last message. A cancelled answer has no metrics. */
static void add_answer(struct run *run)
{
    ensure(run->content.len > 0 || run->reasoning.len > 0);
    ensure(run->model_started_ns > 0);
    ensure(run->first_token_ns >= run->model_started_ns);

    struct run_message *message = run_add_message(run, "assistant", buf_view(&run->content));

    message->created_at = clock_now_s();
    message->reasoning = run->reasoning.len > 0 ? run->reasoning.ptr : NULL;
    message->has_metrics = run->status != RUN_STATUS_CANCELLED;
    message->usage = run->usage;
    message->time_to_first_token = (double)(run->first_token_ns - run->model_started_ns) / 1e9;
}

/* Sets the final status and saves the run. Only a failed save can change the status again. */
static void save_run(struct run *run, enum run_status status)
{
    ensure(run->state == RUN_LOADING || run->state == RUN_ASKING || run->state == RUN_SAVING);
    ensure(run->status == RUN_STATUS_RUNNING);
    ensure(status != RUN_STATUS_RUNNING);
    ensure((status == RUN_STATUS_ERROR) == (run->error_text != NULL));
    ensure(status != RUN_STATUS_CANCELLED || run->cancel_requested);
    ensure(run->session_state.len > 0);
    ensure(run->messages != NULL);
    run->call = NULL;
    run->state = RUN_SAVING;
    run->status = status;
    run->ended_ns = clock_monotonic_ns();
    if (run->content.len > 0 || run->reasoning.len > 0)
        add_answer(run);
    run_fill_object(run);
    if (run->keeps_events)
        run_prepare_last_events(run);
    run_fill_row(run);
    run->job = (struct db_job){ .home = run->services->loop, .run = run_store, .done = on_saved };
    db_write(run->services->db, &run->job);
}

/* ---- ASKING ---- */

/* Ends the run with an error that clients and the database get. */
static void fail_run(struct run *run, const char *type, const char *message)
{
    ensure(type != NULL);
    ensure(message != NULL);
    ensure(run->error_text == NULL);
    run->error_type = arena_copy(run->arena, str_of(type));
    run->error_text = arena_copy(run->arena, str_of(message));
    save_run(run, RUN_STATUS_ERROR);
}

/* Appends a piece of the answer or reasoning and sends it. Fails the run if it gets too long. */
static void append_delta(struct run *run, buf *whole, const struct run_delta *delta)
{
    ensure(run->state == RUN_ASKING);
    ensure(run->call != NULL);
    ensure(delta->content.len == 0 || delta->reasoning.len == 0);
    ensure(delta->content.len > 0 || delta->reasoning.len > 0);
    if (run->first_token_ns == 0)
        run->first_token_ns = clock_monotonic_ns();
    buf_append(whole, delta->content);
    buf_append(whole, delta->reasoning);
    if (buf_ok(whole)) {
        run_emit(run, RUN_CONTENT, delta);
        return;
    }
    model_cancel(run->call);
    fail_run(run, "ModelProviderError", "The model's answer is longer than this server accepts");
}

static void on_delta(void *user, str text)
{
    struct run *run = user;

    append_delta(run, &run->content, &(struct run_delta){ .content = text });
}

static void on_reasoning(void *user, str text)
{
    struct run *run = user;

    append_delta(run, &run->reasoning, &(struct run_delta){ .reasoning = text });
}

static void on_done(void *user, const struct model_answer *answer)
{
    struct run *run = user;

    run_ensure(run);
    ensure(run->state == RUN_ASKING);
    ensure(!run->cancel_requested);
    run->call = NULL;
    run->state = RUN_SAVING; /* too late to cancel: the answer is complete */
    run->usage = answer->usage;
    if (run->first_token_ns == 0) /* a valid empty answer */
        run->first_token_ns = clock_monotonic_ns();
    run_emit(run, RUN_MODEL_REQUEST_COMPLETED, NULL);
    run_emit(run, RUN_CONTENT_COMPLETED, NULL);
    save_run(run, RUN_STATUS_COMPLETED);
}

static void on_error(void *user, const char *type, const char *message)
{
    struct run *run = user;

    run_ensure(run);
    ensure(run->state == RUN_ASKING);
    ensure(!run->cancel_requested);
    fail_run(run, type, message);
}

static const struct model_events model_events = { on_delta, on_reasoning, on_done, on_error };

/* Sends the conversation to the model. */
static void call_model(struct run *run)
{
    ensure(run->state == RUN_LOADING);
    ensure(run->call == NULL);
    ensure(!run->cancel_requested);
    ensure(run->message_count > 0);
    ensure(run->message_count < run->message_capacity); /* room for the answer */

    struct model_message *prompt = arena_alloc(run->arena, run->message_count * sizeof(*prompt));

    for (size_t i = 0; i < run->message_count; i++)
        prompt[i] = run->messages[i].body;
    run->state = RUN_ASKING;
    run->model_started_ns = clock_monotonic_ns();
    const struct model_request request = { prompt, run->message_count, run->wants_deltas,
                                           run->answer_max_bytes };
    run->call = model_start(run->agent->model, run->services->loop, run->services->client, &request,
                            &model_events, run);
    if (run->is_output_paused)
        model_pause(run->call);
}

/* ---- LOADING ---- */

/* Sends the first events and calls the model, unless the run has been cancelled. */
static void begin_run(struct run *run)
{
    ensure(run->state == RUN_LOADING);
    run_emit(run, RUN_STARTED, NULL);
    run_emit(run, RUN_MODEL_REQUEST_STARTED, NULL);
    if (run->cancel_requested)
        save_run(run, RUN_STATUS_CANCELLED);
    else
        call_model(run);
}

/* Begins the run, or refuses it if the session now belongs to another user. */
static void on_claimed(struct db_job *job)
{
    struct run *run = run_of_job(job);

    run_ensure(run);
    if (job->status == AGENTOS_NOT_FOUND)
        refuse_run(run, &job->err);
    else
        begin_run(run);
}

/* Returns true if the session has no owner yet and the run has a user to claim it for. */
static bool needs_claim(const struct run *run)
{
    const char *user_id = run->owner.user_id;

    if (run->is_new_session || run->context.session_has_owner)
        return false;
    return user_id != NULL && user_id[0] != '\0';
}

static void on_loaded(struct db_job *job)
{
    struct run *run = run_of_job(job);
    agentos_error err;

    run_ensure(run);
    ensure(run->state == RUN_LOADING);
    if (job->status != AGENTOS_OK) {
        refuse_run(run, &job->err);
        return;
    }
    if (run->hold != NULL && run->hold(run->kept, run_held_bytes(run), &err) != AGENTOS_OK) {
        refuse_run(run, &err);
        return;
    }
    if (!needs_claim(run)) {
        begin_run(run);
        return;
    }
    run->job = (struct db_job){ .home = run->services->loop, .run = run_claim, .done = on_claimed };
    db_write(run->services->db, &run->job);
}

static void on_loaded_in_memory(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    ensure(run_of_job(job)->is_new_session);
    job->done(job);
}

/* Loads the session on a database thread. A new session needs no database. */
static void load_session(struct run *run)
{
    run->job = (struct db_job){ .home = run->services->loop, .run = run_load, .done = on_loaded };
    if (!run->is_new_session) {
        db_read_as(run->services->db, DB_READ_RUN, &run->job);
        return;
    }
    run->job.status = run_load(NULL, &run->job, &run->job.err);
    run->job.letter.deliver = on_loaded_in_memory;
    loop_post(run->services->loop, &run->job.letter);
}

/* ---- the interface ---- */

/* Allocates the buffers of the answer and its reasoning. */
static void set_answer_limit(struct run *run, size_t max_bytes)
{
    run->answer_max_bytes = max_bytes > 0 ? max_bytes : RUN_CONTENT_MAX_BYTES;
    run->content = buf_with_limit(run->answer_max_bytes);
    run->reasoning = buf_with_limit(run->answer_max_bytes);
}

/* Sets the session of the run, a new one if the id is empty. */
static void set_session(struct run *run, str session_id)
{
    run->is_new_session = session_id.len == 0;
    run->session_id = run->is_new_session ? ordered_uuid(arena_alloc(run->arena, UUID_SIZE))
                                          : arena_copy(run->arena, session_id);
}

/* Copies the request and takes ownership of `kept`. */
static void copy_request(struct run *run, const struct run_request *request)
{
    ensure(request->agent != NULL);
    ensure(request->agent->id != NULL);
    ensure(request->release != NULL || request->kept == NULL);
    run->agent = request->agent;
    run->hold = request->hold;
    run->release = request->release;
    run->kept = request->kept;
    set_answer_limit(run, request->answer_max_bytes);
    set_session(run, request->session_id);
    run->wants_deltas = request->stream;
    run->keeps_events = request->keeps_events;
    run->adds_history = request->add_history == CHOICE_UNSET
                            ? request->agent->add_history_to_context
                            : request->add_history == CHOICE_YES;
    run->input = arena_copy(run->arena, request->message);
    run->owner = request->owner;
    run->owner.issuer = arena_copy(run->arena, str_of(request->owner.issuer));
    run->owner.user_id = arena_copy_text(run->arena, request->owner.user_id);
    run->requested_state = arena_copy_text(run->arena, request->session_state);
    run->claimed = request->claimed;
    run->claimed.values = arena_copy_text(run->arena, request->claimed.values);
    run->metadata = str_of(arena_copy_text(run->arena, request->metadata));
}

/* Allocates a run in an arena of its own. copy_request completes it. */
static struct run *run_new(const struct run_services *services)
{
    arena *a = arena_new_for(sizeof(struct run));
    struct run *run = arena_alloc(a, sizeof(*run));

    run->arena = a;
    run->services = services;
    run->state = RUN_LOADING;
    run->status = RUN_STATUS_RUNNING;
    run->created_at = clock_now_s();
    run->started_ns = clock_monotonic_ns();
    run->event = buf_with_limit(OUTPUT_MAX_BYTES);
    run->kept_events = buf_with_limit(RUN_EVENTS_MAX_BYTES);
    (void)ordered_uuid(run->run_id); /* returns run->run_id */
    stream_init(&run->stream);
    return run;
}

/* Adds the run to the index. */
static void enter_index(struct run *run)
{
    run->index_entry = (struct run_index_entry){ .letter.deliver = on_cancel_letter,
                                                 .loop = run->services->loop,
                                                 .run = run,
                                                 .agent_id = run->agent->id,
                                                 .session_id = run->session_id,
                                                 .issuer = run->owner.issuer,
                                                 .user_id = run->owner.user_id };
    run_index_add(run->services->index, run->run_id, &run->index_entry);
}

/* Starts a run, which frees itself after the last call of its sinks. */
struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_sink *sink, void *user)
{
    ensure(services->index != NULL && services->busy != NULL);
    struct run *run = run_new(services);

    copy_request(run, request);
    if (sink != NULL)
        stream_add_sink(&run->stream, sink, user);
    run_render_common(run);
    busy_begin(services->busy);
    enter_index(run);
    load_session(run);
    return run;
}

void run_add_sink(struct run *run, const struct run_sink *sink, void *user)
{
    run_ensure(run);
    ensure(run->state != RUN_OVER);
    stream_add_sink(&run->stream, sink, user);
}

void run_remove_sink(struct run *run, const void *user)
{
    run_ensure(run);
    stream_remove_sink(&run->stream, user);
}

/* Cancels the run, or marks it for cancellation while it is loading. */
void run_cancel(struct run *run, enum run_cancel_cause cause)
{
    run_ensure(run);
    ensure(cause == RUN_CANCEL_ASKED || cause == RUN_CANCEL_CLIENT_LEFT);
    if (run->cancel_requested || run->state == RUN_SAVING || run->state == RUN_OVER)
        return;
    run->cancel_requested = true;
    run->stage = cause == RUN_CANCEL_ASKED ? RUN_STAGE_EXECUTING : RUN_STAGE_NONE;
    if (run->state == RUN_ASKING) { /* in LOADING, on_loaded cancels the run */
        model_cancel(run->call);
        save_run(run, RUN_STATUS_CANCELLED);
    }
}

void run_pause_output(struct run *run)
{
    run_ensure(run);
    run->is_output_paused = true;
    if (run->call != NULL)
        model_pause(run->call);
}

void run_resume_output(struct run *run)
{
    run_ensure(run);
    run->is_output_paused = false;
    if (run->call != NULL)
        model_resume(run->call);
}

const char *run_id(const struct run *run)
{
    run_ensure(run);
    return run->run_id;
}

const char *run_agent_id(const struct run *run)
{
    run_ensure(run);
    return run->agent->id;
}

enum run_status run_status(const struct run *run)
{
    run_ensure(run);
    return run->status;
}

const char *run_failure(const struct run *run)
{
    run_ensure(run);
    return run->error_text;
}

const agentos_error *run_storage_error(const struct run *run)
{
    run_ensure(run);
    ensure(!run->storage_failed || run->job.status != AGENTOS_OK);
    return run->storage_failed ? &run->job.err : NULL;
}

void run_write(const struct run *run, writer *w)
{
    ensure(run->status != RUN_STATUS_RUNNING);
    ensure(!run->storage_failed);
    run_object_write(&run->object, RUN_SHAPE_REPLY, w);
}
