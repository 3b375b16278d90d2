/* Implements the state machine of a run: LOADING, ASKING, SAVING, OVER. A run that leaves ASKING is
 * always saved first, so the database has the result before any client learns that the run has
 * ended. All functions run on the run's loop. */
#include "run/run_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"

/* ---- the life of the object ---- */

/* Gives back what the run holds. Its loop is not idle before. */
static void run_free(struct run *run)
{
    struct busy *busy = run->services->busy;

    run_ensure(run);
    ensure(run->state == RUN_OVER);
    ensure(busy->count > 0);
    if (run->release != NULL)
        run->release(run->kept);
    stream_clear(&run->stream);
    buf_clear(&run->content);
    buf_clear(&run->event);
    buf_clear(&run->kept_events);
    arena_free(run->arena); /* the run itself is in there */
    busy_end(busy);
}

/* The sinks were told: frees the run, unless a cancellation is on its way. That must find the
 * entry, so it frees the run when it arrives. */
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

/* The letter that run_index_cancel posts, on the run's loop. */
static void on_cancel_letter(struct letter *letter)
{
    struct run_index_entry *entry = LIST_OWNER(letter, struct run_index_entry, letter);

    ensure(!entry->is_delivered); /* it is posted once */
    entry->is_delivered = true;
    if (entry->run == NULL)
        run_free(LIST_OWNER(entry, struct run, index_entry));
    else
        run_cancel(entry->run, RUN_CANCEL_ASKED);
}

static void end(struct run *run)
{
    run_ensure(run);
    ensure(run->state == RUN_SAVING);
    ensure(run->status != RUN_STATUS_RUNNING);
    stream_end(&run->stream, run);
    run_leave(run);
}

static void refuse(struct run *run, const agentos_error *err)
{
    run_ensure(run);
    ensure(run->state == RUN_LOADING);
    ensure(run->status == RUN_STATUS_RUNNING);
    stream_refuse(&run->stream, err);
    run_leave(run);
}

/* ---- SAVING ---- */

/* The run could not be saved. Only its owner's log says why, where it is a defect of ours. */
static void fail_saving(struct run *run, const struct db_job *job)
{
    ensure(job->status != AGENTOS_OK);
    ensure(!run->storage_failed);
    run->storage_failed = true;
    run->status = RUN_STATUS_ERROR;
    run->error_type = "DatabaseError";
    run->error_text = job->status == AGENTOS_INTERNAL ? "Internal server error" : job->err.message;
    run_emit(run, RUN_ERROR, STR(""));
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
    end(run);
}

/* The answer, or as much of it as there is, becomes the last message. What a cancelled one took is
 * not known. */
static void add_answer(struct run *run)
{
    struct run_message *message = run_add_message(run, "assistant", buf_view(&run->content));

    ensure(run->first_token_ns >= run->model_started_ns);
    ensure(run->model_started_ns > 0);
    message->created_at = clock_now_s();
    message->has_metrics = run->status != RUN_STATUS_CANCELLED;
    message->usage = run->usage;
    message->time_to_first_token = (double)(run->first_token_ns - run->model_started_ns) / 1e9;
}

/* Nothing more is asked: from here on the run has its final status, unless saving fails. */
static void save(struct run *run, enum run_status status)
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
    if (run->content.len > 0)
        add_answer(run);
    run_fill_object(run);
    if (run->keeps_events)
        run_prepare_last_events(run);
    run_lay_out_row(run);
    run->job = (struct db_job){ .home = run->services->loop, .run = run_store, .done = on_saved };
    db_write(run->services->db, &run->job);
}

/* ---- ASKING ---- */

static void fail_run(struct run *run, const char *type, const char *message)
{
    ensure(type != NULL);
    ensure(message != NULL);
    ensure(run->error_text == NULL);
    run->error_type = arena_copy(run->arena, str_of(type));
    run->error_text = arena_copy(run->arena, str_of(message));
    save(run, RUN_STATUS_ERROR);
}

/* A piece of the answer. More than RUN_CONTENT_MAX_BYTES in all ends the run. */
static void on_delta(void *user, str text)
{
    struct run *run = user;

    ensure(run->state == RUN_ASKING);
    ensure(run->call != NULL);
    ensure(text.len > 0);
    if (run->first_token_ns == 0)
        run->first_token_ns = clock_monotonic_ns();
    buf_append(&run->content, text);
    if (buf_ok(&run->content)) {
        run_emit(run, RUN_CONTENT, text);
        return;
    }
    model_cancel(run->call);
    fail_run(run, "ModelProviderError", "The model's answer is longer than this server accepts");
}

/* The answer is complete. */
static void on_done(void *user, const struct model_answer *answer)
{
    struct run *run = user;

    run_ensure(run);
    ensure(run->state == RUN_ASKING);
    ensure(!run->cancel_requested);
    run->call = NULL;
    run->state = RUN_SAVING; /* the answer is complete: a sink that cancels now is too late */
    run->usage = answer->usage;
    if (run->first_token_ns == 0) /* an empty answer is an answer */
        run->first_token_ns = clock_monotonic_ns();
    run_emit(run, RUN_MODEL_REQUEST_COMPLETED, STR(""));
    run_emit(run, RUN_CONTENT_COMPLETED, STR(""));
    save(run, RUN_STATUS_COMPLETED);
}

static void on_error(void *user, const char *type, const char *message)
{
    struct run *run = user;

    run_ensure(run);
    ensure(run->state == RUN_ASKING);
    ensure(!run->cancel_requested);
    fail_run(run, type, message);
}

static const struct model_events model_events = { on_delta, on_done, on_error };

/* Sends the model the conversation so far. */
static void call_model(struct run *run)
{
    struct model_message *prompt = arena_alloc(run->arena, run->message_count * sizeof(*prompt));

    ensure(run->state == RUN_LOADING);
    ensure(run->call == NULL);
    ensure(!run->cancel_requested);
    ensure(run->message_count > 0);
    ensure(run->message_count < run->message_capacity);
    for (size_t i = 0; i < run->message_count; i++)
        prompt[i] = run->messages[i].said;
    run->state = RUN_ASKING;
    run->model_started_ns = clock_monotonic_ns();
    run->call =
        model_start(run->agent->model, run->services->loop, run->services->client,
                    &(struct model_request){ prompt, run->message_count, run->wants_deltas },
                    &model_events, run);
    if (run->is_output_paused)
        model_pause(run->call);
}

/* ---- LOADING ---- */

/* The first events, and then the model, unless the session is foreign or the run was cancelled. */
static void on_loaded(struct db_job *job)
{
    struct run *run = run_of_job(job);

    run_ensure(run);
    ensure(run->state == RUN_LOADING);
    if (job->status != AGENTOS_OK) {
        refuse(run, &job->err);
        return;
    }
    run_emit(run, RUN_STARTED, STR(""));
    run_emit(run, RUN_MODEL_REQUEST_STARTED, STR(""));
    if (run->cancel_requested)
        save(run, RUN_STATUS_CANCELLED);
    else
        call_model(run);
}

static void on_loaded_in_memory(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    ensure(run_of_job(job)->is_new_session);
    job->done(job);
}

/* A new session needs no database: its state and conversation are laid out here, and on_loaded
 * follows by letter, since no sink is called before run_start has returned. */
static void load(struct run *run)
{
    run->job = (struct db_job){ .home = run->services->loop, .run = run_load, .done = on_loaded };
    if (!run->is_new_session) {
        db_read(run->services->db, &run->job);
        return;
    }
    run->job.status = run_load(NULL, &run->job, &run->job.err);
    run->job.letter.deliver = on_loaded_in_memory;
    loop_post(run->services->loop, &run->job.letter);
}

/* ---- the interface ---- */

/* Copies what outlives the call of run_start. What keeps the agent alive is the run's from here on.
 */
static void copy_request(struct run *run, const struct run_request *request)
{
    const struct owner *owner = &request->owner;

    ensure(request->agent != NULL);
    ensure(request->agent->id != NULL);
    ensure(request->release != NULL || request->kept == NULL);
    run->agent = request->agent;
    run->release = request->release;
    run->kept = request->kept;
    run->wants_deltas = request->stream;
    run->keeps_events = request->keeps_events;
    run->input = arena_copy(run->arena, request->message);
    run->is_new_session = request->session_id.len == 0;
    run->session_id = run->is_new_session ? ordered_uuid(arena_alloc(run->arena, UUID_SIZE))
                                          : arena_copy(run->arena, request->session_id);
    run->owner = *owner;
    run->owner.issuer = arena_copy(run->arena, str_of(owner->issuer));
    run->owner.user_id = arena_copy_text(run->arena, owner->user_id);
    run->requested_state = arena_copy_text(run->arena, request->session_state);
    run->metadata = str_of(arena_copy_text(run->arena, request->metadata));
}

/* A run in its own arena, without a request. */
static struct run *run_new(const struct run_services *services)
{
    arena *a = arena_new();
    struct run *run = arena_alloc(a, sizeof(*run));

    run->arena = a;
    run->services = services;
    run->status = RUN_STATUS_RUNNING;
    run->created_at = clock_now_s();
    run->started_ns = clock_monotonic_ns();
    run->content = buf_with_limit(RUN_CONTENT_MAX_BYTES);
    run->event = buf_with_limit(OUTPUT_MAX_BYTES);
    run->kept_events = buf_with_limit(RUN_EVENTS_MAX_BYTES);
    (void)ordered_uuid(run->run_id); /* it returns what it filled */
    stream_init(&run->stream);
    return run;
}

/* From here on every loop can cancel it. */
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

struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_sink *sink, void *user)
{
    struct run *run = run_new(services);

    ensure(services->index != NULL);
    ensure(services->busy != NULL);
    copy_request(run, request);
    if (sink != NULL)
        stream_add_sink(&run->stream, sink, user);
    run_render_common(run);
    busy_begin(services->busy);
    enter_index(run);
    load(run);
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

void run_cancel(struct run *run, enum run_cancel_cause cause)
{
    run_ensure(run);
    ensure(cause == RUN_CANCEL_ASKED || cause == RUN_CANCEL_CLIENT_LEFT);
    if (run->cancel_requested || run->state == RUN_SAVING || run->state == RUN_OVER)
        return;
    run->cancel_requested = true;
    run->stage = cause == RUN_CANCEL_ASKED ? RUN_STAGE_EXECUTING : RUN_STAGE_NONE;
    if (run->state == RUN_ASKING) { /* else on_loaded sees that it was requested */
        model_cancel(run->call);
        save(run, RUN_STATUS_CANCELLED);
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
