/* A run and its session's rows, on database threads: history in before the model is asked, the
 * result out before anyone is told. The loop does not touch the run meanwhile. */
#include "base/limits.h"
#include "run/run_internal.h"

/* Content may hold NUL only if a provider sent it, and models replace it. */
static struct run_message history_message(const json_t *stored)
{
    return (struct run_message){
        .id = json_text(stored, "id"),
        .role = json_text(stored, "role"),
        .content = json_text(stored, "content"),
        .created_at = json_int(stored, "created_at", 0),
        .from_history = true,
        .metrics = json_object_get(stored, "metrics"),
    };
}

static bool is_conversation(const struct run_message *message)
{
    return message->id != NULL && message->role != NULL && message->content != NULL &&
           strcmp(message->role, "system") != 0;
}

static size_t stored_message_count(const json_t *const *objects, size_t count)
{
    size_t messages = 0;

    for (size_t i = 0; i < count; i++)
        messages += json_array_size(json_object_get(objects[i], "messages"));
    return messages;
}

static void append(struct run *run, struct run_message message)
{
    run->messages[run->message_count++] = message;
}

static const char *new_id(struct run *run)
{
    return random_uuid(arena_alloc(run->arena, UUID_SIZE));
}

/* The conversation the model gets: system prompt, history, the question; room for the answer. */
static agentos_status lay_out_messages(struct run *run, agentos_error *err)
{
    size_t runs = run->context.history_count;
    const json_t **objects = arena_alloc(run->arena, (runs + 1) * sizeof(json_t *));
    const char *prompt = agent_system_prompt(run->agent, run->arena);

    for (size_t i = 0; i < runs; i++)
        if (json_parse(run->arena, str_of(run->context.history[i]), &objects[i], err) != AGENTOS_OK)
            return fail(err, AGENTOS_INTERNAL, "a stored run is no JSON");
    run->messages =
        arena_alloc(run->arena, (stored_message_count(objects, runs) + 3) * sizeof(*run->messages));
    if (prompt != NULL)
        append(run, (struct run_message){ .id = new_id(run),
                                          .role = "system",
                                          .content = prompt,
                                          .created_at = run->created_at });
    for (size_t i = 0; i < runs; i++) {
        size_t at = 0;
        json_t *stored = NULL;

        json_array_foreach(json_object_get(objects[i], "messages"), at, stored)
        {
            struct run_message message = history_message(stored);

            if (is_conversation(&message))
                append(run, message);
        }
    }
    append(run, (struct run_message){ .id = new_id(run),
                                      .role = "user",
                                      .content = run->input,
                                      .created_at = run->created_at });
    return AGENTOS_OK;
}

static void write_state(const struct run *run, writer *w)
{
    write_json(w, run->session_state);
}

/* It grows from request to request, so what is stored has a limit of its own. */
static agentos_status check_session_state(const struct run *run, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SESSION_STATE_MAX_BYTES);

    write_state(run, &(writer){ .out = &text });
    return buf_ok(&text) ? AGENTOS_OK
                         : fail(err, AGENTOS_TOO_LARGE, "session_state is longer than %d bytes",
                                SESSION_STATE_MAX_BYTES);
}

/* What the request gives goes over what the session holds, member by member. */
static agentos_status merge_session_state(struct run *run, agentos_error *err)
{
    AUTO(json_t) *stored = NULL;
    const char *text = run->context.session_state;

    if (text != NULL && json_parse_owned(str_of(text), PARSE_STRICT, &stored, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_INTERNAL, "a stored session state is no JSON");
    if (!json_is_object(stored))
        return AGENTOS_OK;
    if (json_object_update_recursive(stored, run->session_state) != 0)
        return fail(err, AGENTOS_INVALID, "session_state cannot be merged");
    json_decref(run->session_state);
    run->session_state = TAKE(stored);
    return AGENTOS_OK;
}

static size_t history_runs(const struct agent *agent)
{
    return agent->add_history_to_context ? (size_t)agent->num_history_runs : 0;
}

agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);
    const struct run_plan plan = { .session_id = run->session_id,
                                   .type = COMPONENT_AGENT,
                                   .component_id = run->agent->id,
                                   .num_runs = history_runs(run->agent) };

    /* A session made by this run has nothing to load, and conn is not there. */
    if (conn != NULL)
        TRY(run_prepare(conn, &run->owner, &plan, run->arena, &run->context, err));
    TRY(merge_session_state(run, err));
    TRY(check_session_state(run, err));
    return lay_out_messages(run, err);
}

/* NULL: longer than could ever be answered. */
static const char *rendered(struct run *run, void (*write)(const struct run *, writer *))
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);

    write(run, &(writer){ .out = &text });
    return buf_ok(&text) ? arena_copy(run->arena, buf_view(&text)) : NULL;
}

static void write_agent_data(const struct run *run, writer *w)
{
    const struct model *model = run->agent->model;

    write_object(w);
    write_member_if(w, "name", run->agent->name);
    write_member(w, "agent_id", run->agent->id);
    write_key(w, "model");
    write_object(w);
    write_member(w, "id", model_id(model));
    write_member(w, "name", model_name(model));
    write_member(w, "provider", model_provider(model));
    write_end(w);
    write_end(w);
}

void run_lay_out_row(struct run *run)
{
    const struct model *model = run->agent->model;

    run->row = (struct run_row){
        .run_id = run->run_id,
        .session_id = run->session_id,
        .type = COMPONENT_AGENT,
        .component_id = run->agent->id,
        .issuer = run->owner.issuer,
        .user_id = run->owner.user_id,
        .status = run->status,
        .input = run->input,
        .content = run->content.ptr,
        .object = rendered(run, run_write_stored),
        .session_state = rendered(run, write_state),
        .component_data = rendered(run, write_agent_data),
        .model_id = model_id(model),
        .model_provider = model_provider(model),
        .input_tokens = run->usage.input_tokens,
        .output_tokens = run->usage.output_tokens,
        .total_tokens = run->usage.total_tokens,
        .created_at = run->created_at,
    };
}

agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);

    if (run->row.object == NULL || run->row.session_state == NULL)
        return fail(err, AGENTOS_TOO_LARGE, "The run is too large to be stored");
    return run_save(conn, &run->owner, &run->row, err);
}
