/* Loads the session of a run and saves the finished run. */
#include "base/limits.h"
#include "run/run_internal.h"
#include "run/run_row_object.h"

/* ---- the conversation ---- */

enum { OWN_MESSAGES = 3 }; /* the system prompt, the question, the answer */

/* Returns a message of one text, which is borrowed. */
static struct model_message text_message(arena *a, const char *role, str text)
{
    ensure(role != NULL);
    ensure(text.ptr != NULL);

    struct model_part *part = arena_alloc(a, sizeof(*part));

    *part = (struct model_part){ .kind = MODEL_PART_TEXT, .text = text };
    return (struct model_message){ .role = role, .parts = part, .part_count = 1 };
}

/* Returns the next free message, zeroed. */
static struct run_message *next_message(struct run *run)
{
    ensure(run->message_count < run->message_capacity);
    return &run->messages[run->message_count++];
}

struct run_message *run_add_message(struct run *run, const char *role, str text)
{
    struct run_message *message = next_message(run);

    message->id = random_uuid(arena_alloc(run->arena, UUID_SIZE));
    message->body = text_message(run->arena, role, text);
    message->created_at = run->created_at;
    return message;
}

/* Adds the messages of an earlier run, without its system prompt. */
static void add_history_of(struct run *run, const struct run_row *row, const json_t *list)
{
    struct run_message message;

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!run_row_message(row, json_array_get(list, i), run->arena, &message) ||
            strcmp(message.body.role, "system") == 0)
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

/* Parses the stored messages of each earlier run into the run's arena. */
static agentos_status parse_history(const struct run *run, const json_t **lists, agentos_error *err)
{
    const struct run_row *history = run->context.history;

    for (size_t i = 0; i < run->context.history_count; i++) {
        const char *text = history[i].messages != NULL ? history[i].messages : "[]";

        if (json_parse(run->arena, str_of(text), &lists[i], err) != AGENTOS_OK)
            return fail(err, AGENTOS_INTERNAL, "a stored run is not valid JSON");
    }
    return AGENTOS_OK;
}

/* Builds the conversation: system prompt, history, question, and room for the answer. */
static agentos_status build_messages(struct run *run, agentos_error *err)
{
    ensure(run->messages == NULL);
    ensure(run->input != NULL);

    size_t runs = run->context.history_count;
    const struct run_row *history = run->context.history;
    const json_t **lists = arena_array(run->arena, runs, sizeof(*lists));
    const char *prompt = agent_system_prompt(run->agent, run->arena);

    TRY(parse_history(run, lists, err));
    run->message_capacity = stored_message_count(lists, runs) + OWN_MESSAGES;
    run->messages = arena_alloc(run->arena, run->message_capacity * sizeof(*run->messages));
    if (prompt != NULL)
        (void)run_add_message(run, "system", str_of(prompt)); /* no other member to set */
    for (size_t i = 0; i < runs; i++)
        add_history_of(run, &history[i], lists[i]);
    (void)run_add_message(run, "user", str_of(run->input)); /* likewise */
    ensure(run->message_count < run->message_capacity);
    return AGENTOS_OK;
}

/* ---- the session's state ---- */

/* Replaces the claimed members by the values of the caller's token, and removes those it lacks. */
static agentos_status replace_claimed(const struct claimed_state *claimed, json_t *state,
                                      agentos_error *err)
{
    AUTO(json_t) *values = NULL;

    for (size_t i = 0; i < claimed->count; i++)
        (void)json_object_del(state, claimed->names[i]); /* may be absent */
    if (claimed->values == NULL)
        return AGENTOS_OK;
    TRY(json_parse_owned(str_of(claimed->values), PARSE_STRICT, &values, err));
    if (json_object_update(state, values) != 0)
        return fail(err, AGENTOS_INTERNAL, "the claims of a token are not an object");
    return AGENTOS_OK;
}

/* Merges the requested state into the stored one. On success the caller owns *out, an object. */
static agentos_status merge_state(const struct run *run, json_t **out, agentos_error *err)
{
    AUTO(json_t) *stored = NULL;
    AUTO(json_t) *requested = NULL;
    const char *text = run->context.session_state;

    ensure(text == NULL || !run->is_new_session); /* a new session has no state */
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
    TRY(replace_claimed(&run->claimed, stored, err));
    *out = TAKE(stored);
    return AGENTOS_OK;
}

/* Renders the merged state. Returns TOO_LARGE beyond SESSION_STATE_MAX_BYTES. */
static agentos_status build_state(struct run *run, agentos_error *err)
{
    ensure(run->session_state.len == 0); /* not built yet */

    AUTO(json_t) *state = NULL;
    AUTO_BUF text = buf_with_limit(SESSION_STATE_MAX_BYTES);

    TRY(merge_state(run, &state, err));
    ensure(json_is_object(state));
    write_json(&(writer){ .out = &text }, state);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "session_state is longer than %d bytes",
                    SESSION_STATE_MAX_BYTES);
    run->session_state = (str){ arena_copy(run->arena, buf_view(&text)), text.len };
    return AGENTOS_OK;
}

static size_t history_runs(const struct run *run)
{
    ensure(run->agent->num_history_runs >= 0);
    return run->adds_history ? (size_t)run->agent->num_history_runs : 0;
}

/* Loads the session and builds the conversation. `conn` is NULL for a new session. */
agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);

    ensure(run->state == RUN_LOADING);
    ensure(run->messages == NULL);
    ensure(conn != NULL || run->is_new_session);

    const struct run_plan plan = { .session_id = run->session_id,
                                   .type = COMPONENT_AGENT,
                                   .component_id = run->agent->id,
                                   .num_runs = history_runs(run) };

    if (conn != NULL)
        TRY(run_row_prepare(conn, &run->owner, &plan, run->arena, &run->context, err));
    TRY(build_state(run, err));
    return build_messages(run, err);
}

/* Returns the number of bytes that a loaded run holds until the model answers. */
size_t run_held_bytes(const struct run *run)
{
    const char *stored_state = run->context.session_state;
    size_t state = run->session_state.len + (stored_state != NULL ? strlen(stored_state) : 0);
    size_t conversation = 0;

    for (size_t i = 0; i < run->message_count; i++)
        for (size_t j = 0; j < run->messages[i].body.part_count; j++)
            conversation += run->messages[i].body.parts[j].text.len;
    return state + run->metadata.len + conversation * RUN_COPIES;
}

/* Claims the session for the run's user. */
agentos_status run_claim(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);

    ensure(run->state == RUN_LOADING);
    ensure(!run->context.session_has_owner);

    const struct run_row claimed = { .session_id = run->session_id,
                                     .type = COMPONENT_AGENT,
                                     .component_id = run->agent->id,
                                     .issuer = run->owner.issuer,
                                     .user_id = run->owner.user_id,
                                     .created_at = run->created_at };

    return run_row_claim(conn, &run->owner, &claimed, err);
}

/* ---- the row ---- */

static void write_count_if(writer *w, const char *name, int64_t count)
{
    if (count > 0)
        write_member_int(w, name, count);
}

/* Writes the token counts and the seconds to the first token. */
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

/* Writes the metrics as store/run_row.h defines them. */
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

/* Writes one part. A part with the text of a column stores only the name of the column. */
static void write_stored_part(const struct run *run, str text, writer *w)
{
    write_object(w);
    if (text.ptr == run->input) {
        write_member(w, "type", "input");
    } else if (text.ptr == run->content.ptr) {
        write_member(w, "type", "content");
    } else {
        write_member(w, "type", "text");
        write_key(w, "text");
        write_str(w, text);
    }
    write_end(w);
}

/* Writes a message as store/run_row.h defines it. */
static void write_stored_message(const struct run *run, const struct run_message *message,
                                 writer *w)
{
    write_object(w);
    write_member(w, "id", message->id);
    write_member(w, "role", message->body.role);
    write_member_int(w, "created_at", message->created_at);
    write_key(w, "parts");
    write_array(w);
    for (size_t i = 0; i < message->body.part_count; i++)
        write_stored_part(run, message->body.parts[i].text, w);
    write_end(w);
    write_member_if(w, "reasoning", message->reasoning);
    if (message->has_metrics) {
        write_key(w, "metrics");
        write_object(w);
        write_stored_counts(&message->usage, message->time_to_first_token, w);
        write_end(w);
    }
    write_end(w);
}

/* Writes the messages of this run, without its history. */
static void write_stored_messages(const struct run *run, writer *w)
{
    write_array(w);
    for (size_t i = 0; i < run->message_count; i++)
        if (!run->messages[i].from_history)
            write_stored_message(run, &run->messages[i], w);
    write_end(w);
}

/* Returns the output of `write`, or NULL if it exceeds OUTPUT_MAX_BYTES. */
static const char *render_column(const struct run *run,
                                 void (*write)(const struct run *run, writer *w))
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);

    ensure(run->object.run_id == run->run_id);
    write(run, &(writer){ .out = &text });
    return buf_ok(&text) ? arena_copy(run->arena, buf_view(&text)) : NULL;
}

/* The data that a session keeps about its agent. The record is a struct agent. */
// clang-format off
static const struct member agent_model_members[] = {
    SHOW_TEXT("id", agent_model_id, ALWAYS_THERE),
    SHOW_TEXT("name", agent_model_name, ALWAYS_THERE),
    SHOW_TEXT("provider", agent_model_provider, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape agent_model_shape = { .name = "AgentDataModel", .parts = { agent_model_members } };

static const struct member agent_data_members[] = {
    SHOW(struct agent, name, OR_LEFT_OUT),
    SHOW_AS("agent_id", struct agent, id, ALWAYS_THERE),
    SHOW_OBJECT("model", &agent_model_shape, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape run_agent_data_shape = { .name = "AgentData", .parts = { agent_data_members } };

/* Returns the agent data of a new session as JSON, or NULL if it is too long. */
static const char *render_agent_data(const struct run *run)
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);

    shape_write(&run_agent_data_shape, run->agent, ABSENT_LEFT_OUT, &(writer){ .out = &text });
    return buf_ok(&text) ? arena_copy(run->arena, buf_view(&text)) : NULL;
}

/* Returns the text shown in place of the answer, or NULL. */
static const char *replacement_content(const struct run *run)
{
    const char *shown = run->object.content;
    bool is_answer = shown == run->content.ptr;
    bool is_empty = shown[0] == '\0';

    return is_answer || is_empty ? NULL : shown;
}

static const char *copy_kept_events(const struct run *run)
{
    return run->keeps_events ? arena_copy(run->arena, buf_view(&run->kept_events)) : NULL;
}

/* Fills in the columns of the run's identity and outcome. */
static void fill_identity(const struct run *run, struct run_row *row)
{
    row->run_id = run->run_id;
    row->session_id = run->session_id;
    row->type = COMPONENT_AGENT;
    row->component_id = run->agent->id;
    row->component_name = run->agent->name;
    row->issuer = run->owner.issuer;
    row->user_id = run->owner.user_id;
    row->created_at = run->created_at;
    row->status = run_status_word(run->object.status);
    row->stage = run_stage_word(run->object.stage);
    row->error_type = run->error_type;
}

/* Fills in the text columns. Text that is too long becomes NULL. */
static void fill_texts(struct run *run, struct run_row *row)
{
    row->input = run->input;
    row->content = run->content.ptr;
    row->shown_content = replacement_content(run);
    row->messages = render_column(run, write_stored_messages);
    row->metrics = render_column(run, write_stored_metrics);
    row->events = copy_kept_events(run);
    row->metadata = run->metadata.len > 0 ? run->metadata.ptr : NULL;
    row->session_state = run->session_state.ptr;
    row->component_data = render_agent_data(run);
}

static void fill_usage(const struct run *run, struct run_row *row)
{
    row->model_id = run->object.model_id;
    row->model_provider = run->object.model_provider;
    row->input_tokens = run->usage.input_tokens;
    row->output_tokens = run->usage.output_tokens;
    row->total_tokens = run->usage.total_tokens;
}

/* Fills in run->row. Its texts live as long as the run. */
void run_fill_row(struct run *run)
{
    ensure(run->object.run_id != NULL && run->object.content != NULL);
    ensure(run->object.status != RUN_STATUS_RUNNING);
    ensure(run->row.run_id == NULL); /* called once */
    fill_identity(run, &run->row);
    fill_texts(run, &run->row);
    fill_usage(run, &run->row);
}

/* Saves run->row. Returns TOO_LARGE if the messages are too long. */
agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct run *run = run_of_job(job);

    ensure(run->state == RUN_SAVING);
    ensure(run->row.run_id != NULL);
    if (run->row.messages == NULL)
        return fail(err, AGENTOS_TOO_LARGE, "The run is too large to be stored");
    return run_row_save(conn, &run->owner, &run->row, err);
}
