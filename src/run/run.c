/* PREPARING -> CALLING -> SAVING -> gone. Every way out of CALLING leads through SAVING: what
 * happened is on disk before the client hears of it. */
#include "run/run_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"

static void finish_calling(struct run *run, const char *status);

/* ---- the life of the object ---- */

static void run_free(struct run *run)
{
    struct busy *busy = run->services->busy;

    if (run->release != NULL)
        run->release(run->kept);
    json_decref(run->session_state);
    json_decref(run->metadata);
    buf_clear(&run->content);
    buf_clear(&run->event);
    arena_free(run->arena); /* the run itself is in there */
    busy_end(busy);
}

/* A cancellation that is on its way must find the entry; it frees the run when it arrives. */
static void run_leave(struct run *run)
{
    run->observer = NULL;
    if (run->services->on_over != NULL)
        run->services->on_over(run->services->user, run);
    if (run_index_remove(run->services->index, run->run_id, &run->index_entry))
        run_free(run);
    else
        run->index_entry.run = NULL;
}

static void cancelled_from_elsewhere(struct letter *letter)
{
    struct run_index_entry *entry = LIST_OWNER(letter, struct run_index_entry, letter);

    entry->is_delivered = true;
    if (entry->run == NULL)
        run_free(LIST_OWNER(entry, struct run, index_entry));
    else
        run_cancel(entry->run, false);
}

/* ---- telling the observer ---- */

static void emit(struct run *run, enum run_event event, str delta)
{
    if (run->observer != NULL)
        run->observer->on_event(run->user, event, run_render_event(run, event, delta));
}

static void end(struct run *run)
{
    if (run->observer != NULL)
        run->observer->on_end(run->user, run);
    run_leave(run);
}

static void refuse(struct run *run, const agentos_error *err)
{
    if (run->observer != NULL)
        run->observer->on_refused(run->user, err);
    run_leave(run);
}

/* ---- SAVING ---- */

static void saved(struct db_job *job)
{
    struct run *run = run_of_job(job);

    if (job->status != AGENTOS_OK) {
        run->storage_failed = true;
        run->status = "ERROR";
        run->error_type = "DatabaseError";
        run->error_text =
            job->status == AGENTOS_INTERNAL ? "Internal server error" : job->err.message;
    }
    emit(run, run_last_event(run), STR(""));
    end(run);
}

static void add_answer(struct run *run)
{
    run->messages[run->message_count++] = (struct run_message){
        .id = random_uuid(arena_alloc(run->arena, UUID_SIZE)),
        .role = "assistant",
        .content = run->content.ptr,
        .created_at = clock_now_s(),
        .has_usage = true,
    };
}

static void finish_calling(struct run *run, const char *status)
{
    run->call = NULL;
    run->state = RUN_SAVING;
    run->status = status;
    run->ended_ns = clock_monotonic_ns();
    if (run->content.len > 0)
        add_answer(run);
    run_lay_out_row(run);
    run->job = (struct db_job){ .home = run->services->loop, .run = run_store, .done = saved };
    db_write(run->services->db, &run->job);
}

/* ---- CALLING ---- */

static void fail_run(struct run *run, const char *type, const char *message)
{
    run->error_type = arena_copy(run->arena, str_of(type));
    run->error_text = arena_copy(run->arena, str_of(message));
    finish_calling(run, "ERROR");
}

static void on_delta(void *user, str text)
{
    struct run *run = user;

    if (run->first_token_ns == 0)
        run->first_token_ns = clock_monotonic_ns();
    buf_append(&run->content, text);
    if (buf_ok(&run->content)) {
        emit(run, RUN_CONTENT, text);
        return;
    }
    model_cancel(run->call);
    fail_run(run, "ModelProviderError", "The model's answer is longer than this server accepts");
}

static void on_done(void *user, const struct model_usage *usage)
{
    struct run *run = user;

    /* The answer is complete: an observer that cancels now is too late. */
    run->call = NULL;
    run->state = RUN_SAVING;
    run->usage = *usage;
    if (run->first_token_ns == 0) /* an empty answer is an answer */
        run->first_token_ns = clock_monotonic_ns();
    emit(run, RUN_MODEL_REQUEST_COMPLETED, STR(""));
    emit(run, RUN_CONTENT_COMPLETED, STR(""));
    finish_calling(run, "COMPLETED");
}

static void on_error(void *user, const char *type, const char *message)
{
    fail_run(user, type, message);
}

static const struct model_events model_events = { on_delta, on_done, on_error };

static void call_model(struct run *run)
{
    struct model_message *prompt = arena_alloc(run->arena, run->message_count * sizeof(*prompt));

    for (size_t i = 0; i < run->message_count; i++)
        prompt[i] = (struct model_message){ run->messages[i].role, run->messages[i].content };
    run->state = RUN_CALLING;
    run->model_started_ns = clock_monotonic_ns();
    run->call = model_start(run->agent->model, run->services->loop, run->services->client,
                            &(struct model_request){ prompt, run->message_count, run->stream },
                            &model_events, run);
    if (run->is_paused)
        model_pause(run->call);
}

/* ---- PREPARING ---- */

static void prepared(struct db_job *job)
{
    struct run *run = run_of_job(job);

    if (job->status != AGENTOS_OK) {
        refuse(run, &job->err);
        return;
    }
    emit(run, RUN_STARTED, STR(""));
    emit(run, RUN_MODEL_REQUEST_STARTED, STR(""));
    if (run->cancel_requested)
        finish_calling(run, "CANCELLED");
    else
        call_model(run);
}

static void prepared_in_memory(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    job->done(job);
}

/* A new session needs no database: what is to be loaded is only laid out. */
static void prepare(struct run *run)
{
    run->job = (struct db_job){ .home = run->services->loop, .run = run_load, .done = prepared };
    if (!run->is_new_session) {
        db_read(run->services->db, &run->job);
        return;
    }
    run->job.status = run_load(NULL, &run->job, &run->job.err);
    run->job.letter.deliver = prepared_in_memory;
    loop_post(run->services->loop, &run->job.letter);
}

/* ---- the interface ---- */

static json_t *object_copy(const json_t *object)
{
    return json_is_object(object) ? json_deep_copy(object) : NULL;
}

static void copy_request(struct run *run, const struct run_request *request)
{
    const struct owner *owner = &request->owner;

    run->agent = request->agent;
    run->release = request->release;
    run->kept = request->kept;
    run->stream = request->stream;
    run->keeps_events = request->keeps_events;
    run->input = arena_copy(run->arena, request->message);
    run->is_new_session = request->session_id.len == 0;
    run->session_id = run->is_new_session ? ordered_uuid(arena_alloc(run->arena, UUID_SIZE))
                                          : arena_copy(run->arena, request->session_id);
    run->owner = *owner;
    run->owner.issuer = arena_copy(run->arena, str_of(owner->issuer));
    run->owner.user_id = arena_copy_text(run->arena, owner->user_id);
    run->session_state = object_copy(request->session_state);
    if (run->session_state == NULL)
        run->session_state = json_object();
    run->metadata = object_copy(request->metadata);
}

struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_observer *observer, void *user)
{
    arena *a = arena_new();
    struct run *run = arena_alloc(a, sizeof(*run));

    run->arena = a;
    run->services = services;
    run->observer = observer;
    run->user = user;
    run->status = "RUNNING";
    run->created_at = clock_now_s();
    run->started_ns = clock_monotonic_ns();
    run->content = buf_with_limit(RUN_CONTENT_MAX_BYTES);
    run->event = buf_with_limit(OUTPUT_MAX_BYTES);
    (void)ordered_uuid(run->run_id); /* it returns what it filled */
    copy_request(run, request);
    run_render_common(run);
    run->index_entry = (struct run_index_entry){ .letter.deliver = cancelled_from_elsewhere,
                                                 .loop = services->loop,
                                                 .run = run,
                                                 .agent_id = run->agent->id,
                                                 .session_id = run->session_id,
                                                 .issuer = run->owner.issuer,
                                                 .user_id = run->owner.user_id };
    busy_begin(services->busy);
    run_index_add(services->index, run->run_id, &run->index_entry);
    prepare(run);
    return run;
}

void run_cancel(struct run *run, bool forget)
{
    if (forget)
        run->observer = NULL;
    if (run->cancel_requested || run->state == RUN_SAVING)
        return;
    run->cancel_requested = true;
    if (run->state == RUN_CALLING) {
        model_cancel(run->call);
        finish_calling(run, "CANCELLED");
    }
}

void run_pause(struct run *run)
{
    run->is_paused = true;
    if (run->call != NULL)
        model_pause(run->call);
}

void run_resume(struct run *run)
{
    run->is_paused = false;
    if (run->call != NULL)
        model_resume(run->call);
}

const char *run_id(const struct run *run)
{
    return run->run_id;
}

const char *run_agent_id(const struct run *run)
{
    return run->agent->id;
}

const char *run_failure(const struct run *run)
{
    return run->error_text;
}

const char *run_status(const struct run *run)
{
    return run->status;
}

const agentos_error *run_storage_error(const struct run *run)
{
    return run->storage_failed ? &run->job.err : NULL;
}
