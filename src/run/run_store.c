/* Loads what a run needs from the database (its session's state and its history) and saves the
 * finished run. run_load and run_store are called on database threads; the loop does not touch the
 * run in the meantime. */
#include "base/limits.h"
#include "run/run_internal.h"
#include "run/run_row_object.h"

/* ---- the conversation ---- */

enum { OWN_MESSAGES = 3 }; /* the system prompt, the question, the answer */

static struct model_message text_message(arena *a, const char *role, str text)
{
    struct model_part *part = arena_alloc(a, sizeof(*part));

    ensure(role != NULL);
    ensure(text.ptr != NULL);
    *part = (struct model_part){ .kind = MODEL_PART_TEXT, .text = text };
    return (struct model_message){ .role = role, .parts = part, .part_count = 1 };
}

/* The next place, zeroed. */
static struct run_message *next_message(struct run *run)
{
    ensure(run->message_count < run->message_capacity);
    return &run->messages[run->message_count++];
}

struct run_message *run_add_message(struct run *run, const char *role, str text)
{
    struct run_message *message = next_message(run);

    message->id = random_uuid(arena_alloc(run->arena, UUID_SIZE));
    message->said = text_message(run->arena, role, text);
    message->created_at = run->created_at;
    return message;
}

/* Adds the messages of an earlier run to the conversation, but for its system prompt, which is
 * written anew for each run. */
static void add_history_of(struct run *run, const struct run_row *row, const json_t *list)
{
    size_t at = 0;
    json_t *stored = NULL;
    struct run_message message;

    json_array_foreach(list, at, stored)
    {
        if (!run_row_message(row, stored, run->arena, &message) ||
            strcmp(message.said.role, "system") == 0)
            continue;
        message.from_history = true;
        *next_message(run) = message;
    }
}

static size_t stored_message_count(const json_t *const *lists, size_t count)
{
    size_t messages = 0;

    for (size_t i = 0; i < count; i++)
        messages += json_array_size(lists[i]);
    return messages;
}

/* Lays out what the model is asked: system prompt, history, the question. There is room for the
 * answer behind them. */
static agentos_status lay_out_messages(struct run *run, agentos_error *err)
{
    size_t runs = run->context.history_count;
    const struct run_row *history = run->context.history;
    const json_t **lists = arena_alloc(run->arena, (runs + 1) * sizeof(*lists));
    const char *prompt = agent_system_prompt(run->agent, run->arena);

    ensure(run->messages == NULL);
    ensure(run->input != NULL);
    for (size_t i = 0; i < runs; i++) {
        const char *text = history[i].messages != NULL ? history[i].messages : "[]";
        if (json_parse(run->arena, str_of(text), &lists[i], err) != AGENTOS_OK)
            return fail(err, AGENTOS_INTERNAL, "a stored run is not valid JSON");
    }
    run->message_capacity = stored_message_count(lists, runs) + OWN_MESSAGES;
    run->messages = arena_alloc(run->arena, run->message_capacity * sizeof(*run->messages));
    if (prompt != NULL)
        (void)run_add_message(run, "system", str_of(prompt)); /* added whole */
    for (size_t i = 0; i < runs; i++)
        add_history_of(run, &history[i], lists[i]);
    (void)run_add_message(run, "user", str_of(run->input)); /* likewise */
    ensure(run->message_count < run->message_capacity);
    return AGENTOS_OK;
}

/* ---- the session's state ---- */

/* Lays what the request gives over what the session holds, member by member. *out is the caller's.
 */
static agentos_status merge_state(const struct run *run, json_t **out, agentos_error *err)
{
    AUTO(json_t) *stored = NULL;
    AUTO(json_t) *requested = NULL;
    const char *text = run->context.session_state;

    ensure(text == NULL || !run->is_new_session); /* a new session holds nothing */
    if (text != NULL && json_parse_owned(str_of(text), PARSE_STRICT, &stored, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_INTERNAL, "a stored session state is not valid JSON");
    if (!json_is_object(stored)) {
        json_decref(stored);
        stored = json_object();
    }
    if (run->requested_state != NULL)
        TRY(json_parse_owned(str_of(run->requested_state), PARSE_STRICT, &requested, err));
    if (requested != NULL && json_object_update_recursive(stored, requested) != 0)
        return fail(err, AGENTOS_INVALID, "session_state cannot be merged");
    *out = TAKE(stored);
    return AGENTOS_OK;
}

/* Renders the run's session state. It grows from request to request, so it has a limit of its own.
 */
static agentos_status lay_out_state(struct run *run, agentos_error *err)
{
    AUTO(json_t) *state = NULL;
    AUTO_BUF text = buf_with_limit(SESSION_STATE_MAX_BYTES);

    ensure(run->session_state.len == 0); /* it is laid out once */
    TRY(merge_state(run, &state, err));
    ensure(json_is_object(state));
    write_json(&(writer){ .out = &text }, state);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "session_state is longer than %d bytes",
                    SESSION_STATE_MAX_BYTES);
    run->session_state = (str){ arena_copy(run->arena, buf_view(&text)), text.len };
    return AGENTOS_OK;
}

static size_t history_runs(const struct agent *agent)
{
    ensure(agent->num_history_runs >= 0);
    return agent->add_history_to_context ? (size_t)agent->num_history_runs : 0;
}

agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);
    const struct run_plan plan = { .session_id = run->session_id,
                                   .type = COMPONENT_AGENT,
                                   .component_id = run->agent->id,
                                   .num_runs = history_runs(run->agent) };

    ensure(run->state == RUN_LOADING);
    ensure(run->messages == NULL);
    ensure(conn != NULL || run->is_new_session);
    if (conn != NULL)
        TRY(run_row_prepare(conn, &run->owner, &plan, run->arena, &run->context, err));
    TRY(lay_out_state(run, err));
    return lay_out_messages(run, err);
}

/* ---- the row ---- */

static void write_count_if(writer *w, const char *name, int64_t count)
{
    if (count > 0)
        write_member_int(w, name, count);
}

static void write_stored_counts(const struct model_usage *usage, double time_to_first_token,
                                writer *w)
{
    write_count_if(w, "input_tokens", usage->input_tokens);
    write_count_if(w, "output_tokens", usage->output_tokens);
    write_count_if(w, "total_tokens", usage->total_tokens);
    write_count_if(w, "reasoning_tokens", usage->reasoning_tokens);
    write_count_if(w, "cache_read_tokens", usage->cache_read_tokens);
    write_count_if(w, "cache_write_tokens", usage->cache_write_tokens);
    write_member_real(w, "time_to_first_token", time_to_first_token);
}

static void write_stored_metrics(const struct run *run, writer *w)
{
    const struct run_object *object = &run->object;

    write_object(w);
    if (object->has_first_token)
        write_stored_counts(&object->usage, object->time_to_first_token, w);
    write_member_real(w, "duration", object->duration);
    if (object->has_details)
        write_member_bool(w, "by_model", true);
    write_end(w);
}

/* The run's own texts are named, so that each is stored once. */
static void write_stored_part(const struct run *run, str text, writer *w)
{
    bool is_input = text.ptr == run->input;
    bool is_content = !is_input && text.ptr == run->content.ptr;

    write_object(w);
    write_member(w, "type", is_input ? "input" : is_content ? "content" : "text");
    if (!is_input && !is_content) {
        write_key(w, "text");
        write_str(w, text);
    }
    write_end(w);
}

/* Writes a message as its parts, and what it took (store/run_row.h). */
static void write_stored_message(const struct run *run, const struct run_message *message,
                                 writer *w)
{
    write_object(w);
    write_member(w, "id", message->id);
    write_member(w, "role", message->said.role);
    write_member_int(w, "created_at", message->created_at);
    write_key(w, "parts");
    write_array(w);
    for (size_t i = 0; i < message->said.part_count; i++)
        write_stored_part(run, message->said.parts[i].text, w);
    write_end(w);
    if (message->has_metrics) {
        write_key(w, "metrics");
        write_object(w);
        write_stored_counts(&message->usage, message->time_to_first_token, w);
        write_end(w);
    }
    write_end(w);
}

static void write_stored_messages(const struct run *run, writer *w)
{
    write_array(w);
    for (size_t i = 0; i < run->message_count; i++)
        if (!run->messages[i].from_history)
            write_stored_message(run, &run->messages[i], w);
    write_end(w);
}

/* In the arena; NULL: longer than could ever be answered. */
static const char *render_column(const struct run *run,
                                 void (*write)(const struct run *run, writer *w))
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);

    ensure(run->object.run_id == run->run_id);
    write(run, &(writer){ .out = &text });
    return buf_ok(&text) ? arena_copy(run->arena, buf_view(&text)) : NULL;
}

/* What a new session says of its agent. */
static const char *render_agent_data(const struct run *run)
{
    const struct model *model = run->agent->model;
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &text };

    write_object(&w);
    write_member_if(&w, "name", run->agent->name);
    write_member(&w, "agent_id", run->agent->id);
    write_key(&w, "model");
    write_object(&w);
    write_member(&w, "id", model_id(model));
    write_member(&w, "name", model_name(model));
    write_member(&w, "provider", model_provider(model));
    write_end(&w);
    write_end(&w);
    return buf_ok(&text) ? arena_copy(run->arena, buf_view(&text)) : NULL;
}

void run_lay_out_row(struct run *run)
{
    const struct run_object *object = &run->object;
    bool shows_content = object->content == run->content.ptr || object->content[0] == '\0';

    ensure(object->run_id != NULL);
    ensure(run->row.run_id == NULL); /* it is laid out once */
    ensure(object->status != RUN_STATUS_RUNNING);
    run->row = (struct run_row){
        .run_id = run->run_id,
        .session_id = run->session_id,
        .type = COMPONENT_AGENT,
        .component_id = run->agent->id,
        .issuer = run->owner.issuer,
        .user_id = run->owner.user_id,
        .status = run_status_word(object->status),
        .input = run->input,
        .content = run->content.ptr,
        .component_name = run->agent->name,
        .shown_content = shows_content ? NULL : object->content,
        .stage = run_stage_word(object->stage),
        .error_type = run->error_type,
        .metrics = render_column(run, write_stored_metrics),
        .events = run->keeps_events ? arena_copy(run->arena, buf_view(&run->kept_events)) : NULL,
        .metadata = run->metadata.len > 0 ? run->metadata.ptr : NULL,
        .messages = render_column(run, write_stored_messages),
        .session_state = run->session_state.ptr,
        .component_data = render_agent_data(run),
        .model_id = object->model_id,
        .model_provider = object->model_provider,
        .input_tokens = run->usage.input_tokens,
        .output_tokens = run->usage.output_tokens,
        .total_tokens = run->usage.total_tokens,
        .created_at = run->created_at,
    };
}

agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);

    ensure(run->state == RUN_SAVING);
    ensure(run->row.run_id != NULL);
    if (run->row.messages == NULL)
        return fail(err, AGENTOS_TOO_LARGE, "The run is too large to be stored");
    return run_row_save(conn, &run->owner, &run->row, err);
}
