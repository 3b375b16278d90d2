/* Implements POST /agents/{id}/runs. */
#include "api/routes.h"
#include "api/runs/run_reply.h"
#include "api/state_claims.h"
#include "auth/scope/principal.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* The fields of the form. Absent texts are NULL. */
struct run_fields {
    const char *message, *session_id, *user_id;
    bool stream, background, stream_events, monitor;
    int64_t version;
    const char *files_metadata, *factory_input;
    const char *session_state, *dependencies, *metadata, *knowledge_filters, *output_schema;
    const char *images, *audio, *videos, *files, *input_files;
    enum choice add_history_to_context, add_dependencies_to_context, add_session_state_to_context;
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
    PARAM(struct run_fields, session_state, .doc = "A JSON object, merged into the session's state, without the members that belong to tokens (session_state_claims)."),
    PARAM(struct run_fields, dependencies, .doc = "Accepted and ignored: there are no tools."),
    PARAM(struct run_fields, metadata, .doc = "A JSON object, stored with the run."),
    PARAM(struct run_fields, knowledge_filters, .doc = "Accepted and ignored: there is no knowledge."),
    PARAM(struct run_fields, output_schema, .doc = "Not built: 501 when given."),
    PARAM(struct run_fields, images, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, audio, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, videos, .doc = "Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, input_files, .doc = "The documents of agno's client. Not built: 501 unless it is an empty JSON array."),
    PARAM(struct run_fields, add_history_to_context, .doc = "Whether earlier runs of the session are told to the model; else as the agent is configured."),
    PARAM(struct run_fields, add_dependencies_to_context, .doc = "Not built: 501 when true."),
    PARAM(struct run_fields, add_session_state_to_context, .doc = "Not built: 501 when true."),
    PARAMS_END,
};
// clang-format on

/* A form field that is stored with the run as a JSON object. */
struct run_member {
    const char *name, *text; /* text is NULL if absent */
    size_t max_bytes;
};

/* Returns TOO_LARGE if the JSON text has more than CLIENT_JSON_VALUES_MAX values. */
static agentos_status check_value_count(const char *name, const char *text, agentos_error *err)
{
    if (!json_has_more_values(str_of(text), CLIENT_JSON_VALUES_MAX))
        return AGENTOS_OK;
    return fail(err, AGENTOS_TOO_LARGE, "%s has more than %d values", name, CLIENT_JSON_VALUES_MAX);
}

/* Parses a JSON object, owned by the caller. Returns NULL if the text is anything else. */
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

/* Renders the field as JSON in the arena, or NULL. Returns TOO_LARGE if it exceeds a limit. */
static agentos_status read_member(const struct run_member *member, arena *a, const char **out,
                                  agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(member->max_bytes);
    writer w = { .out = &text };

    *out = NULL;
    if (member->text != NULL)
        TRY(check_value_count(member->name, member->text, err));
    AUTO(json_t) *object = parse_object(member->text);
    if (object == NULL)
        return AGENTOS_OK;
    write_json(&w, object);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "%s is longer than %zu bytes", member->name,
                    member->max_bytes);
    *out = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* Replaces session_state and metadata with the texts to store. */
static agentos_status read_members(struct run_fields *fields, arena *a, agentos_error *err)
{
    const struct run_member state = { "session_state", fields->session_state,
                                      SESSION_STATE_MAX_BYTES };
    const struct run_member metadata = { "metadata", fields->metadata, METADATA_MAX_BYTES };

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

/* Checks a field of media, which must be absent or an empty JSON array. */
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

/* Returns NOT_BUILT if the form asks for an unsupported feature other than media. */
static agentos_status check_options(const struct run_fields *fields, agentos_error *err)
{
    const struct {
        bool is_requested;
        const char *subject; /* of the error message */
    } features[] = {
        { fields->background, "background runs are" },
        { fields->output_schema != NULL, "output_schema is" },
        { fields->add_dependencies_to_context == CHOICE_YES, "add_dependencies_to_context is" },
        { fields->add_session_state_to_context == CHOICE_YES, "add_session_state_to_context is" },
    };

    for (size_t i = 0; i < COUNT(features); i++)
        if (features[i].is_requested)
            return fail(err, AGENTOS_NOT_BUILT, "%s not supported in this version",
                        features[i].subject);
    return AGENTOS_OK;
}

/* Returns NOT_BUILT if the request uses an unsupported feature. */
static agentos_status check_features(const struct form *form, const struct run_fields *fields,
                                     agentos_error *err)
{
    TRY(check_options(fields, err));
    if (has_files(form))
        return fail(err, AGENTOS_NOT_BUILT, "file uploads are not supported in this version");
    TRY(check_media("images", fields->images, err));
    TRY(check_media("audio", fields->audio, err));
    TRY(check_media("videos", fields->videos, err));
    TRY(check_media("files", fields->files, err));
    return check_media("input_files", fields->input_files, err);
}

static agentos_status check_message(const struct call *call, const struct run_fields *fields,
                                    agentos_error *err)
{
    size_t max = call_catalogue(call)->message_max_bytes;

    ensure(fields->message != NULL && max > 0); /* the field is required */
    if (strlen(fields->message) <= max)
        return AGENTOS_OK;
    return fail(err, AGENTOS_TOO_LARGE, "message is longer than %zu bytes", max);
}

/* Sets the user and the session from the caller's token, or checks those in the form. */
static agentos_status set_identity(const struct call *call, struct run_fields *fields,
                                   agentos_error *err)
{
    const struct principal *who = call->principal;

    if (who->kind == PRINCIPAL_ANONYMOUS)
        fields->user_id = NULL; /* an excluded route without authentication */
    if (who->user_id != NULL)
        fields->user_id = who->user_id;
    else if (fields->user_id != NULL && !user_id_is_valid(str_of(fields->user_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "user_id is reserved, too long or not printable");
    if (who->session_id != NULL)
        fields->session_id = who->session_id;
    if (fields->session_id != NULL && !id_is_acceptable(str_of(fields->session_id)))
        return fail(err, AGENTOS_UNPROCESSABLE,
                    "session_id is longer than %d bytes or not printable", ID_MAX_BYTES);
    if (fields->session_id != NULL && !id_is_reachable(str_of(fields->session_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "session_id " ID_UNREACHABLE);
    return AGENTOS_OK;
}

/* The references that a run holds until it is freed. */
struct run_refs {
    struct surface *surface;
    struct quota_share *share;
};

static void release_refs(void *object)
{
    struct run_refs *refs = object;

    surface_unref(refs->surface);
    quota_share_unref(refs->share);
    free(refs);
}

/* Counts what the run holds once its session is loaded. A run over the whole limit is admitted if
 * it is its caller's only one. */
static agentos_status hold_loaded(void *object, size_t bytes, agentos_error *err)
{
    const struct run_refs *refs = object;
    const struct quota_amount bound = refs->surface->caller_quota;
    const struct quota_amount amount = {
        .runs = 1,
        .bytes = bytes < bound.bytes ? bytes : bound.bytes,
    };

    if (quota_share_set(refs->share, amount, bound) == NULL)
        return AGENTOS_OK;
    return refuse_with(err, REFUSAL_HELD_BYTES_EXCEEDED, bound.bytes);
}

/* Returns new references for the run, to be released with release_refs. */
static struct run_refs *new_refs(const struct call *call)
{
    ensure(call->share != NULL);

    struct run_refs *refs = mem_zeroed(sizeof(*refs));

    surface_ref(call->surface);
    *refs = (struct run_refs){ call->surface, quota_share_ref(call->share) };
    return refs;
}

/* Starts the run of the call's target. The run answers the call. */
static void start_run(struct call *call, const struct run_fields *fields, arena *a)
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
        .claimed = state_claims_of(call, a),
        .metadata = fields->metadata,
        .add_history = fields->add_history_to_context,
        .answer_max_bytes = call_catalogue(call)->answer_max_bytes,
        .stream = fields->stream,
        .keeps_events = fields->stream && fields->stream_events,
        .hold = hold_loaded,
        .release = release_refs,
        .kept = new_refs(call),
    };

    run_reply_start(call, &request); /* copies the request */
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Counts the run against the caller's quota. Answers and returns false if that exceeds it. */
static bool hold_run(struct call *call, const struct run_fields *fields)
{
    struct quota_amount amount = { .runs = 1 };

    amount.bytes = length_of(fields->message) * RUN_COPIES;
    amount.bytes += length_of(fields->session_state);
    amount.bytes += length_of(fields->metadata);
    return call_hold(call, amount);
}

/* Reads the form, decoded in the arena. Answers and returns false if the form is invalid. */
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

/* Finds the agent and checks the fields. The order decides which error is answered. */
static agentos_status check_run(struct call *call, const struct form *form, arena *a,
                                struct run_fields *fields, agentos_error *err)
{
    TRY(agent_of_call(call, err));
    TRY(check_features(form, fields, err));
    TRY(check_message(call, fields, err));
    TRY(set_identity(call, fields, err));
    return read_members(fields, a, err);
}

/* Starts the run from a form that is freed on return. */
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
    start_run(call, &fields, a);
    exchange_drop_body(call->exchange);
}
