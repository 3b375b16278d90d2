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

/* The fields of the form. A text is NULL if its field is absent. */
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
    PARAM(struct run_fields, message, .required = true, .doc = "The user's message; at most 256 KiB."),
    PARAM(struct run_fields, stream, .fallback = "true", .doc = "Events as they happen; false: one JSON object at the end."),
    PARAM(struct run_fields, session_id, .doc = "The session to continue; a new one without it. The session of a token takes precedence."),
    PARAM(struct run_fields, user_id, .doc = "The user who owns the run; the user of a token takes precedence."),
    PARAM(struct run_fields, files, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, files_metadata, .doc = "Accepted and ignored: there are no files."),
    PARAM(struct run_fields, version, .doc = "Accepted and ignored: there is one version of an agent."),
    PARAM(struct run_fields, background, .fallback = "false", .doc = "Not built: 501 when true."),
    PARAM(struct run_fields, factory_input, .doc = "Accepted and ignored: there are no factories."),
    PARAM(struct run_fields, stream_events, .fallback = "true", .doc = "false: only RunContent events are sent."),
    PARAM(struct run_fields, session_state, .doc = "A JSON object, merged into the session's state; the claims of a token override both."),
    PARAM(struct run_fields, dependencies, .doc = "Accepted and ignored: there are no tools."),
    PARAM(struct run_fields, metadata, .doc = "A JSON object, stored with the run."),
    PARAM(struct run_fields, knowledge_filters, .doc = "Accepted and ignored: there is no knowledge."),
    PARAM(struct run_fields, output_schema, .doc = "Not built: 501 when given."),
    PARAM(struct run_fields, images, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, audio, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, videos, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAMS_END,
};
// clang-format on

/* The reply to a call that has started a run. It lives in the call's arena. */
struct run_reply {
    struct call *call;
    struct run *run;
    bool is_stream;        /* else the run object is the whole reply */
    bool sends_all_events; /* else only the deltas of a stream */
    bool is_stream_begun;
    struct timer heartbeat; /* runs while the stream is open */
    buf frame;              /* the event that is being sent */
};

/* ---- from the run's events to the client ---- */

/* Releases what the reply holds, before the call is answered or after the client has left. */
static void end_reply(struct run_reply *reply)
{
    timer_stop(&reply->heartbeat);
    buf_clear(&reply->frame);
    call_follow(reply->call, NULL, NULL);
}

/* Sends the frame. The model is made to wait if the client does not read fast enough. */
static void send_frame(struct run_reply *reply)
{
    struct exchange *exchange = reply->call->exchange;

    exchange_send(exchange, buf_view(&reply->frame));
    if (exchange_queued(exchange) > OUTPUT_HIGH_BYTES)
        run_pause_output(reply->run);
}

/* Called every HEARTBEAT_MS while the stream is open; sends a comment, which clients ignore, so
 * that proxies do not close an idle connection. */
static void send_heartbeat(struct timer *timer)
{
    struct run_reply *reply = LIST_OWNER(timer, struct run_reply, heartbeat);

    timer_start(reply->call->station->loop, timer, HEARTBEAT_MS);
    exchange_send(reply->call->exchange, STR(": heartbeat\n\n"));
}

/* Begins the stream with the first event: a run that is refused before it still gets a status code.
 */
static void begin_stream_once(struct run_reply *reply)
{
    ensure(reply->is_stream);
    if (reply->is_stream_begun)
        return;
    reply->is_stream_begun = true;
    call_stream(reply->call);
    timer_start(reply->call->station->loop, &reply->heartbeat, HEARTBEAT_MS);
}

/* Called with each event of the run; sends it as a server-sent event. */
static void on_event(void *user, const struct run_event *event)
{
    struct run_reply *reply = user;

    begin_stream_once(reply);
    if (!reply->sends_all_events && !event->is_delta)
        return;
    buf_empty(&reply->frame);
    sse_append(&reply->frame, event->name, event->json);
    send_frame(reply);
}

/* Called if the run could not begin; nothing has been sent yet. */
static void on_refused(void *user, const agentos_error *err)
{
    struct run_reply *reply = user;

    ensure(!reply->is_stream_begun);
    end_reply(reply);
    call_fail(reply->call, err);
}

/* Answers with the run object, or with the error if the run could not be saved. */
static void answer_object(struct call *call, const struct run *run)
{
    const agentos_error *storage = run_storage_error(run);
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    if (storage != NULL) {
        call_fail(call, storage);
        return;
    }
    run_write(run, &w);
    call_buf_or(call, &body, run_row_refuse); /* GET can still show the run, without its history */
}

/* Called when the run is over. Ends the stream, or answers with the run object. A failed run is
 * logged here, because its request is answered with 200 and logged as a success. */
static void on_end(void *user, const struct run *run)
{
    struct run_reply *reply = user;
    struct call *call = reply->call;

    if (run_failure(run) != NULL)
        LOG(LOG_WARNING, "run failed", log_text("agent", run_agent_id(run)),
            log_text("run", run_id(run)), log_text("why", run_failure(run)));
    end_reply(reply);
    if (reply->is_stream)
        call_end(call);
    else
        answer_object(call, run);
}

static const struct run_sink stream_sink = { on_refused, on_event, on_end };
static const struct run_sink object_sink = { .on_refused = on_refused, .on_end = on_end };

/* Returns the counter of a run that is over. A run that was refused still has the status RUNNING.
 */
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

/* Logs a run that could not be saved, and counts every run that is over. */
void runs_over(void *context, const struct run *run)
{
    const struct context *services = context;
    struct metrics *metrics = services->station.metrics;
    const agentos_error *storage = run_storage_error(run);

    if (storage != NULL)
        LOG(LOG_ERROR, "run not saved", log_text("run", run_id(run)),
            log_text("why", storage->message));
    metrics_add(metrics, METRIC_OPEN_RUNS, -1);
    metrics_add(metrics, end_metric(run), 1);
    if (storage == NULL && end_metric(run) == METRIC_RUNS_FAILED)
        metrics_add(metrics, METRIC_PROVIDER_ERRORS, 1);
}

/* Called when the client has left; cancels the run, which is saved without a follower. */
static void client_left(void *user)
{
    struct run_reply *reply = user;

    ensure(reply->run != NULL);
    run_remove_sink(reply->run, reply);
    run_cancel(reply->run, RUN_CANCEL_CLIENT_LEFT);
    end_reply(reply);
}

/* Called when the client has read what was queued; the model may go on. */
static void output_drained(void *user)
{
    const struct run_reply *reply = user;

    run_resume_output(reply->run);
}

static const struct follower follower = { client_left, output_drained };

/* ---- from the form to the run ---- */

/* A field of the form that is stored with the run as a JSON object. */
struct run_member {
    const char *name, *text; /* text is NULL if the field is absent */
    size_t most_bytes;
    const json_t *overrides; /* an object whose members replace those of the text, or NULL */
};

/* Returns TOO_LARGE if the JSON text has more than CLIENT_JSON_VALUES_MAX values. */
static agentos_status check_value_count(const char *name, const char *text, agentos_error *err)
{
    if (!json_has_more_values(str_of(text), CLIENT_JSON_VALUES_MAX))
        return AGENTOS_OK;
    return fail(err, AGENTOS_TOO_LARGE, "%s has more than %d values", name, CLIENT_JSON_VALUES_MAX);
}

/* Parses a JSON object; the caller owns the reference. Returns NULL if the text is NULL, and also
 * if it is not an object or nested too deeply to be stored: the contract ignores such a field. */
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

/* Takes over the reference to `object`, which may be NULL, and returns it with the members of
 * `overrides` set; the caller owns the result. Returns NULL if both are NULL. The overrides are
 * copied, because other threads may be reading them. */
static json_t *apply_overrides(json_t *object, const json_t *overrides)
{
    if (overrides == NULL)
        return object;
    if (object == NULL)
        object = json_object();
    AUTO(json_t) *copy = json_deep_copy(overrides);
    if (json_object_update(object, copy) != 0)
        abort(); /* only out of memory */
    return object;
}

/* Renders the field as JSON text in the arena; *out is NULL if there is nothing to store. Returns
 * TOO_LARGE if it has too many values or bytes. Only the text is kept, since a parsed tree would
 * take more memory for as long as the run lasts. */
static agentos_status read_member(const struct run_member *member, arena *a, const char **out,
                                  agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(member->most_bytes);
    writer w = { .out = &text };

    *out = NULL;
    if (member->text != NULL)
        TRY(check_value_count(member->name, member->text, err));
    AUTO(json_t) *object = apply_overrides(parse_object(member->text), member->overrides);
    if (object == NULL)
        return AGENTOS_OK;
    write_json(&w, object);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "%s is longer than %zu bytes", member->name,
                    member->most_bytes);
    *out = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* Replaces session_state and metadata by the texts that are stored. The claims of the caller's
 * token override the state that the form gives. */
static agentos_status read_members(const struct call *call, struct run_fields *fields, arena *a,
                                   agentos_error *err)
{
    const struct run_member state = { "session_state", fields->session_state,
                                      SESSION_STATE_MAX_BYTES, call->principal->session_state };
    const struct run_member metadata = { "metadata", fields->metadata, METADATA_MAX_BYTES, NULL };

    TRY(read_member(&state, a, &fields->session_state, err));
    return read_member(&metadata, a, &fields->metadata, err);
}

/* Returns whether the form uploads a file. */
static bool has_files(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].is_file)
            return true;
    return false;
}

/* Checks a field of media. It may be absent or an empty JSON array: media are not supported yet. */
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

/* Returns NOT_BUILT if the request uses a feature that this version does not have. */
static agentos_status check_features(const struct form *form, const struct run_fields *fields,
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
    ensure(fields->message != NULL); /* the field is required */
    if (strlen(fields->message) <= MESSAGE_MAX_BYTES)
        return AGENTOS_OK;
    return fail(err, AGENTOS_TOO_LARGE, "message is longer than %d bytes", MESSAGE_MAX_BYTES);
}

/* Replaces the user and the session of the form by those of the caller's token, if it has any, and
 * checks the form's own. A user id that only the server may give is refused. */
static agentos_status set_identity(const struct call *call, struct run_fields *fields,
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

/* The references that a run holds until it is freed: to the surface (the edition of the
 * configuration that its agent belongs to), and to the caller's share of the quota. */
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

/* Returns new references for the run of this call, which release_keep releases. */
static struct run_keep *new_keep(const struct call *call)
{
    ensure(call->share != NULL);

    struct run_keep *keep = mem_zeroed(sizeof(*keep));

    surface_ref(call->surface);
    *keep = (struct run_keep){ call->surface, quota_share_ref(call->share) };
    return keep;
}

/* Returns the reply that the run will tell of its events, allocated in the call's arena. */
static struct run_reply *new_reply(struct call *call, const struct run_fields *fields)
{
    struct run_reply *reply = arena_alloc(call->arena, sizeof(*reply));

    *reply = (struct run_reply){ .call = call,
                                 .is_stream = fields->stream,
                                 .sends_all_events = fields->stream_events,
                                 .heartbeat.fire = send_heartbeat,
                                 .frame = buf_with_limit(OUTPUT_MAX_BYTES) };
    return reply;
}

/* Starts the run of the agent that was found. The call is answered by the reply's callbacks. */
static void start_run(struct call *call, const struct run_fields *fields)
{
    const struct run_request request = {
        .agent = call->target,
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
    };
    const struct run_sink *sink = fields->stream ? &stream_sink : &object_sink;
    struct run_reply *reply = new_reply(call, fields);

    call_follow(call, &follower, reply);
    metrics_add(call->station->metrics, METRIC_OPEN_RUNS, 1);
    exchange_end_at_eof(call->exchange); /* a client that closes its side has left */
    reply->run =
        run_start(&call_context(call)->runs, &request, sink, reply); /* copies the request */
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Counts the run and the texts that it keeps against the caller's quota, in place of the body.
 * Returns false if that is too much, and the call has been answered. */
static bool hold_run(struct call *call, const struct run_fields *fields)
{
    struct quota_amount amount = { .runs = 1 };

    amount.bytes = length_of(fields->message);
    amount.bytes += length_of(fields->session_state);
    amount.bytes += length_of(fields->metadata);
    return call_hold(call, amount);
}

/* Reads the form of the request into *form and *fields, decoded in the arena. Returns false if the
 * form is faulty, and the call has been answered. */
static bool read_run_form(struct call *call, arena *a, struct form *form, struct run_fields *fields)
{
    const struct request *request = call->request;
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (form_parse_body(a, &request->headers, request->body, form, &err) != AGENTOS_OK) {
        call_fail(call, &err);
        return false;
    }
    if (!params_read(run_form, form, "body", a, fields, &problems)) {
        call_invalid(call, &problems);
        return false;
    }
    return true;
}

/* Finds the agent, which becomes the call's target, and checks the fields. The order of the checks
 * decides which fault is answered. */
static agentos_status check_run(struct call *call, const struct form *form, arena *a,
                                struct run_fields *fields, agentos_error *err)
{
    TRY(agent_of_call(call, err));
    TRY(check_features(form, fields, err));
    TRY(check_message(fields, err));
    TRY(set_identity(call, fields, err));
    return read_members(call, fields, a, err);
}

/* The decoded form is freed on return: the run has copied what it keeps. */
void runs_create(struct call *call)
{
    AUTO(arena) *a = arena_new();
    struct form form = { 0 };
    struct run_fields fields = { 0 };
    agentos_error err;

    if (!read_run_form(call, a, &form, &fields))
        return;
    if (check_run(call, &form, a, &fields, &err) != AGENTOS_OK) {
        call_fail(call, &err);
        return;
    }
    if (!hold_run(call, &fields))
        return;
    start_run(call, &fields);
    exchange_drop_body(call->exchange);
}
