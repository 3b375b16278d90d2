/* Implements POST /agents/{id}/runs: reads the form, starts the run, and sends its events or its
 * result to the client. All functions run on the call's loop. */
#include "api/runs/runs.h"

#include "api/routes.h"
#include "auth/scope/principal.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/sse.h"
#include "loop/timer.h"

enum { HEARTBEAT_MS = 15 * 1000 };

struct run_fields {
    const char *message, *session_id, *user_id;
    bool stream, background, stream_events, monitor;
    int64_t version;
    const char *files_metadata, *factory_input;
    const char *session_state, *dependencies, *metadata, *knowledge_filters, *output_schema;
    const char *images, *audio, *videos, *files;
};

// clang-format off
const struct param run_form[] = {
    PARAM(struct run_fields, message, .required = true, .doc = "What the user says; at most 256 KiB."),
    PARAM(struct run_fields, stream, .fallback = "true", .doc = "Events as they happen; false: one JSON object at the end."),
    PARAM(struct run_fields, session_id, .doc = "The session to go on with; a new one without it. A token's session goes first."),
    PARAM(struct run_fields, user_id, .doc = "Whose run it is; a token's user goes first."),
    PARAM(struct run_fields, files, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, files_metadata, .doc = "Taken and not used: there are no files."),
    PARAM(struct run_fields, version, .doc = "Taken and not used: there is one version of an agent."),
    PARAM(struct run_fields, background, .fallback = "false", .doc = "Not built: 501 when true."),
    PARAM(struct run_fields, factory_input, .doc = "Taken and not used: there are no factories."),
    PARAM(struct run_fields, stream_events, .fallback = "true", .doc = "false: only RunContent events are sent."),
    PARAM(struct run_fields, session_state, .doc = "A JSON object, laid over the session's state; a token's claims are laid over both."),
    PARAM(struct run_fields, dependencies, .doc = "Taken and not used: there are no tools."),
    PARAM(struct run_fields, metadata, .doc = "A JSON object, kept with the run."),
    PARAM(struct run_fields, knowledge_filters, .doc = "Taken and not used: there is no knowledge."),
    PARAM(struct run_fields, output_schema, .doc = "Not built: 501 when given."),
    PARAM(struct run_fields, images, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, audio, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, videos, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAMS_END,
};
// clang-format on

/* A call that follows a run. */
struct run_reply {
    struct call *call;
    struct run *run;
    bool stream, all_events, begun;
    struct timer heartbeat;
    buf frame;
};

/* ---- from events to the client ---- */

static void reply_done(struct run_reply *reply)
{
    timer_stop(&reply->heartbeat);
    buf_clear(&reply->frame);
    call_follow(reply->call, NULL, NULL);
}

static void send_frame(struct run_reply *reply)
{
    struct exchange *exchange = reply->call->exchange;

    exchange_send(exchange, buf_view(&reply->frame));
    if (exchange_queued(exchange) > OUTPUT_HIGH_BYTES)
        run_pause_output(reply->run);
}

static void beat(struct timer *timer)
{
    struct run_reply *reply = LIST_OWNER(timer, struct run_reply, heartbeat);

    timer_start(reply->call->station->loop, timer, HEARTBEAT_MS);
    exchange_send(reply->call->exchange, STR(": heartbeat\n\n"));
}

/* The stream begins with the first event, so that what is refused before still has a status code.
 */
static void begin(struct run_reply *reply)
{
    if (reply->begun)
        return;
    reply->begun = true;
    call_stream(reply->call);
    timer_start(reply->call->station->loop, &reply->heartbeat, HEARTBEAT_MS);
}

static void on_event(void *user, const struct run_event *event)
{
    struct run_reply *reply = user;

    begin(reply);
    if (!reply->all_events && !event->is_delta)
        return;
    buf_empty(&reply->frame);
    sse_append(&reply->frame, event->name, event->json);
    send_frame(reply);
}

static void on_refused(void *user, const agentos_error *err)
{
    struct run_reply *reply = user;

    reply_done(reply);
    call_fail(reply->call, err);
}

static void answer_object(struct call *call, const struct run *run)
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    if (run_storage_error(run) != NULL) {
        call_fail(call, run_storage_error(run));
        return;
    }
    run_write(run, &(writer){ .out = &body });
    call_buf_or(call, &body, run_row_refuse); /* it is stored, and can be read without history */
}

/* Ends the stream, or answers with the run object. */
static void on_end(void *user, const struct run *run)
{
    struct run_reply *reply = user;
    struct call *call = reply->call;

    /* The answer is 200 either way, so the operator would not see it in the request's line. */
    if (run_failure(run) != NULL)
        LOG(LOG_WARNING, "run failed", log_text("agent", run_agent_id(run)),
            log_text("run", run_id(run)), log_text("why", run_failure(run)));
    reply_done(reply);
    if (reply->stream)
        call_end(call);
    else
        answer_object(call, run);
}

static const struct run_sink stream_sink = { on_refused, on_event, on_end };
static const struct run_sink object_sink = { .on_refused = on_refused, .on_end = on_end };

/* What a run that is over counts as. */
static enum metric end_metric(const struct run *run)
{
    static const enum metric ends[RUN_STATUS_COUNT] = {
        [RUN_STATUS_RUNNING] = METRIC_RUNS_REFUSED,
        [RUN_STATUS_COMPLETED] = METRIC_RUNS_COMPLETED,
        [RUN_STATUS_CANCELLED] = METRIC_RUNS_CANCELLED,
        [RUN_STATUS_ERROR] = METRIC_RUNS_FAILED,
    };

    return ends[run_status(run)];
}

void runs_over(void *context, const struct run *run)
{
    struct metrics *metrics = ((struct context *)context)->station.metrics;
    const agentos_error *storage = run_storage_error(run);

    if (storage != NULL)
        LOG(LOG_ERROR, "run not saved", log_text("run", run_id(run)),
            log_text("why", storage->message));
    metrics_add(metrics, METRIC_OPEN_RUNS, -1);
    metrics_add(metrics, end_metric(run), 1);
    if (storage == NULL && end_metric(run) == METRIC_RUNS_FAILED)
        metrics_add(metrics, METRIC_PROVIDER_ERRORS, 1);
}

static void client_left(void *user)
{
    struct run_reply *reply = user;

    run_remove_sink(reply->run, reply);
    run_cancel(reply->run, RUN_CANCEL_CLIENT_LEFT);
    reply_done(reply);
}

static void output_drained(void *user)
{
    const struct run_reply *reply = user;

    run_resume_output(reply->run);
}

static const struct follower follower = { client_left, output_drained };

/* ---- from the form to a run ---- */

/* A member that is kept with the run. */
struct run_member {
    const char *name, *text; /* text NULL: absent */
    size_t most_bytes;
    const json_t *laid_over; /* an object whose members replace the text's; NULL: none */
};

static agentos_status check_value_count(const char *name, const char *text, agentos_error *err)
{
    return json_has_more_values(str_of(text), CLIENT_JSON_VALUES_MAX)
               ? fail(err, AGENTOS_TOO_LARGE, "%s has more than %d values", name,
                      CLIENT_JSON_VALUES_MAX)
               : AGENTOS_OK;
}

/* The caller's reference. NULL: it is absent, or not an object that can be stored, which the
 * contract drops without a word. */
static json_t *parse_object(const char *text)
{
    json_t *value = NULL;

    if (text == NULL || json_is_deeper(str_of(text), STORED_JSON_MAX_DEPTH) ||
        json_parse_owned(str_of(text), PARSE_STRICT, &value, NULL) != AGENTOS_OK)
        return NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

/* NULL for NULL twice. Shares no value with `over`, which other threads may read. */
static json_t *lay_over(json_t *object, const json_t *over)
{
    if (over == NULL)
        return object;
    json_t *result = object != NULL ? object : json_object();
    AUTO(json_t) *copy = json_deep_copy(over);
    if (json_object_update(result, copy) != 0)
        abort(); /* memory only */
    return result;
}

/* The member as JSON text from the arena; NULL: there is none. Only the text stays: a tree would be
 * held for as long as the run. TOO_LARGE: too many values, or bytes. */
static agentos_status read_member(const struct run_member *member, arena *a, const char **out,
                                  agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(member->most_bytes);

    *out = NULL;
    if (member->text != NULL)
        TRY(check_value_count(member->name, member->text, err));
    AUTO(json_t) *object = lay_over(parse_object(member->text), member->laid_over);
    if (object == NULL)
        return AGENTOS_OK;
    write_json(&(writer){ .out = &text }, object);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "%s is longer than %zu bytes", member->name,
                    member->most_bytes);
    *out = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* The form's members as they are kept: a client cannot change what its token says of the state. */
static agentos_status read_members(const struct call *call, struct run_fields *fields, arena *a,
                                   agentos_error *err)
{
    const struct run_member state = { "session_state", fields->session_state,
                                      SESSION_STATE_MAX_BYTES, call->principal->session_state };
    const struct run_member metadata = { "metadata", fields->metadata, METADATA_MAX_BYTES, NULL };

    TRY(read_member(&state, a, &fields->session_state, err));
    return read_member(&metadata, a, &fields->metadata, err);
}

static bool has_files(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].is_file)
            return true;
    return false;
}

/* Media given as text must be a JSON array; and no media are taken yet. */
static agentos_status check_media(const char *name, const char *text, agentos_error *err)
{
    AUTO(json_t) *value = NULL;

    if (text == NULL)
        return AGENTOS_OK;
    TRY(check_value_count(name, text, err));
    if (json_parse_owned(str_of(text), PARSE_STRICT, &value, NULL) != AGENTOS_OK ||
        !json_is_array(value))
        return fail(err, AGENTOS_UNPROCESSABLE, "Invalid %s: expected a JSON array of objects",
                    name);
    if (json_array_size(value) > 0)
        return fail(err, AGENTOS_NOT_BUILT, "%s are not supported in this version", name);
    return AGENTOS_OK;
}

static agentos_status check_built(const struct form *form, const struct run_fields *fields,
                                  agentos_error *err)
{
    if (fields->background)
        return fail(err, AGENTOS_NOT_BUILT, "background runs are not supported in this version");
    if (fields->output_schema != NULL)
        return fail(err, AGENTOS_NOT_BUILT, "output_schema is not supported in this version");
    if (has_files(form))
        return fail(err, AGENTOS_NOT_BUILT, "file uploads are not supported in this version");
    TRY(check_media("images", fields->images, err));
    TRY(check_media("audio", fields->audio, err));
    TRY(check_media("videos", fields->videos, err));
    return check_media("files", fields->files, err);
}

static agentos_status check_message(const struct run_fields *fields, agentos_error *err)
{
    return strlen(fields->message) <= MESSAGE_MAX_BYTES
               ? AGENTOS_OK
               : fail(err, AGENTOS_TOO_LARGE, "message is longer than %d bytes", MESSAGE_MAX_BYTES);
}

/* The token's identity wins over the form's; what only the server may claim is never taken. */
static agentos_status check_identity(const struct call *call, struct run_fields *fields,
                                     agentos_error *err)
{
    const struct principal *who = call->principal;

    if (who->kind == PRINCIPAL_ANONYMOUS)
        fields->user_id = NULL; /* an excluded route: the caller is not authenticated */
    if (who->user_id != NULL)
        fields->user_id = who->user_id;
    else if (fields->user_id != NULL && !user_id_is_valid(str_of(fields->user_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "user_id is reserved, too long or not printable");
    if (who->session_id != NULL)
        fields->session_id = who->session_id;
    if (fields->session_id != NULL && !id_is_acceptable(str_of(fields->session_id)))
        return fail(err, AGENTOS_UNPROCESSABLE,
                    "session_id is longer than %d bytes or not printable", ID_MAX_BYTES);
    return AGENTOS_OK;
}

/* What keeps alive what the run uses, and the caller's account in debit, until it is gone. */
struct run_keep {
    struct surface *surface;
    struct quota_share *share;
};

static void release_keep(void *object)
{
    struct run_keep *keep = object;

    surface_unref(keep->surface);
    quota_share_unref(keep->share);
    free(keep);
}

static struct run_keep *new_keep(const struct call *call)
{
    struct run_keep *keep = mem_zeroed(sizeof(*keep));

    ensure(call->share != NULL);
    surface_ref(call->surface);
    *keep = (struct run_keep){ call->surface, quota_share_ref(call->share) };
    return keep;
}

/* Starts the run that the call follows from here on. It copies what it keeps of the fields. */
static void start_run(struct call *call, const struct agent *agent, const struct run_fields *fields)
{
    struct run_reply *reply = arena_alloc(call->arena, sizeof(*reply));

    *reply = (struct run_reply){ .call = call,
                                 .stream = fields->stream,
                                 .all_events = fields->stream_events,
                                 .heartbeat.fire = beat,
                                 .frame = buf_with_limit(OUTPUT_MAX_BYTES) };
    call_follow(call, &follower, reply);
    metrics_add(call->station->metrics, METRIC_OPEN_RUNS, 1);
    exchange_end_at_eof(call->exchange); /* a model is not asked for nobody */
    reply->run = run_start(&call_context(call)->runs,
                           &(struct run_request){
                               .agent = agent,
                               .message = str_of(fields->message),
                               .session_id = str_of(fields->session_id),
                               .owner = { .everyone = call->principal->is_admin,
                                          .unowned_too = true,
                                          .issuer = call->principal->issuer,
                                          .user_id = fields->user_id },
                               .session_state = fields->session_state,
                               .metadata = fields->metadata,
                               .stream = fields->stream,
                               .keeps_events = fields->stream && fields->stream_events,
                               .release = release_keep,
                               .kept = new_keep(call),
                           },
                           fields->stream ? &stream_sink : &object_sink, reply);
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* The run holds what it keeps of the form, no longer the body. */
static bool holds_run(struct call *call, const struct run_fields *fields)
{
    return call_hold(call, (struct quota_amount){ .runs = 1,
                                                  .bytes = length_of(fields->message) +
                                                           length_of(fields->session_state) +
                                                           length_of(fields->metadata) });
}

static agentos_status check_fields(const struct call *call, const struct form *form, arena *a,
                                   struct run_fields *fields, agentos_error *err)
{
    TRY(check_built(form, fields, err));
    TRY(check_message(fields, err));
    TRY(check_identity(call, fields, err));
    return read_members(call, fields, a, err);
}

/* The form and what is decoded of it live until the run has copied what it keeps. */
void runs_create(struct call *call)
{
    struct run_fields fields = { 0 };
    AUTO_PROBLEMS problems = problems_none();
    AUTO(arena) *a = arena_new();
    struct form form = { 0 };
    agentos_error err;

    if (form_parse_body(a, &call->request->headers, call->request->body, &form, &err) !=
        AGENTOS_OK) {
        call_fail(call, &err);
        return;
    }
    if (!params_read(run_form, &form, "body", a, &fields, &problems)) {
        call_invalid(call, &problems);
        return;
    }
    const struct agent *agent =
        catalogue_agent(call_catalogue(call), params_get(&call->params, "agent_id"));
    if (agent == NULL)
        (void)fail(&err, AGENTOS_NOT_FOUND, "Agent not found"); /* answered below */
    if (agent == NULL || check_fields(call, &form, a, &fields, &err) != AGENTOS_OK) {
        call_fail(call, &err);
    } else if (holds_run(call, &fields)) {
        start_run(call, agent, &fields);
        exchange_drop_body(call->exchange);
    }
}
