/* Implements POST /sessions, PATCH /sessions/{id} and POST /sessions/{id}/rename. */
#include "api/routes.h"
#include "api/sessions/session_query.h"
#include "api/state_claims.h"
#include "auth/scope/principal.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/session_write.h"
#include "web/body.h"

/* The members of all three bodies, owned by the parsed body. Absent members are NULL. */
struct session_body {
    const char *session_id, *session_name, *user_id, *agent_id, *team_id, *workflow_id;
    const json_t *session_state, *metadata, *summary;
};

/* The record of the three routes. */
struct session_write {
    struct session_query query;
    struct session_body body;     /* zeroed after it is copied */
    struct session created;       /* for POST /sessions */
    struct session_change change; /* for the other routes */
};

// clang-format off
static const struct param create_parameters[] = {
    PARAM(struct session_query, type, .choices = session_types, .fallback = "agent", .doc = "The type of the session."),
    PARAM(struct session_query, db_id, .doc = "The id of the database; another one is not found."),
    PARAMS_END,
};

static const struct field create_fields[] = {
    FIELD(struct session_body, session_id,    OPTIONAL, .doc = "The session's id; generated if it is absent."),
    FIELD(struct session_body, session_name,  OPTIONAL, .doc = "The name shown to people."),
    FIELD(struct session_body, session_state, OPTIONAL, .shape = SHAPE_OBJECT, .doc = "The state that runs begin with."),
    FIELD(struct session_body, metadata,      OPTIONAL, .shape = SHAPE_OBJECT, .doc = "Kept with the session."),
    FIELD(struct session_body, user_id,       OPTIONAL, .doc = "The user who owns the session; the user of a token takes precedence."),
    FIELD(struct session_body, agent_id,      OPTIONAL, .doc = "The agent, for a session of type agent."),
    FIELD(struct session_body, team_id,       OPTIONAL, .doc = "The team, for a session of type team."),
    FIELD(struct session_body, workflow_id,   OPTIONAL, .doc = "The workflow, for a session of type workflow."),
    FIELDS_END,
};

static const struct field rename_fields[] = {
    FIELD(struct session_body, session_name,  REQUIRED, .doc = "The name shown to people."),
    FIELDS_END,
};

static const struct field patch_fields[] = {
    FIELD(struct session_body, session_name,  OPTIONAL, .doc = "The name shown to people."),
    FIELD(struct session_body, session_state, OPTIONAL, .shape = SHAPE_OBJECT, .doc = "The state that runs begin with."),
    FIELD(struct session_body, metadata,      OPTIONAL, .shape = SHAPE_OBJECT, .doc = "Kept with the session."),
    FIELD(struct session_body, summary,       OPTIONAL, .shape = SHAPE_OBJECT, .doc = "A summary of what was said."),
    FIELDS_END,
};
// clang-format on

const struct input session_create_input = { .record = sizeof(struct session_write),
                                            .query = create_parameters,
                                            .complete = session_query_complete,
                                            .json = create_fields,
                                            .json_need = BODY_OPTIONAL,
                                            .json_at = offsetof(struct session_write, body) };
const struct input session_patch_input = { .record = sizeof(struct session_write),
                                           .query = session_get_parameters,
                                           .complete = session_query_complete,
                                           .json = patch_fields,
                                           .json_at = offsetof(struct session_write, body) };
const struct input session_rename_input = { .record = sizeof(struct session_write),
                                            .query = session_get_parameters,
                                            .complete = session_query_complete,
                                            .json = rename_fields,
                                            .json_need = BODY_MEMBER_REQUIRED,
                                            .json_at = offsetof(struct session_write, body) };

/* ---- from the body to the writer ---- */

/* Copies the body to the task's arena, into `created` or `change`. Fails if the body is invalid. */
typedef agentos_status body_filler(const struct call *call, struct session_write *write,
                                   agentos_error *err);
typedef agentos_status task_run(struct db_conn *conn, struct task *task, agentos_error *err);
typedef void task_answer(struct call *call, struct task *task);

/* Fills in the record and queues the write, or answers with an error. Frees the body. */
static void write_session(struct call *call, body_filler *fill, task_run *run, task_answer *answer)
{
    struct session_write *write = call_input(call);
    agentos_error err;

    if (fill(call, write, &err) != AGENTOS_OK) {
        call_drop(call, &write->query.task);
        call_fail(call, &err);
        return;
    }
    write->body = (struct session_body){ 0 };
    exchange_drop_body(call->exchange);
    call_write(&write->query.task, run, answer);
}

/* Copies the name, which may be NULL, to the arena. Returns TOO_LARGE if it is too long. */
static agentos_status copy_name(const char *name, arena *a, const char **out, agentos_error *err)
{
    if (name != NULL && strlen(name) > SESSION_NAME_MAX_BYTES)
        return fail(err, AGENTOS_TOO_LARGE, "session_name is longer than %d bytes",
                    SESSION_NAME_MAX_BYTES);
    *out = arena_copy_text(a, name);
    return AGENTOS_OK;
}

/* Copies the state, without the members that belong to tokens, to the arena. */
static agentos_status copy_state(const struct call *call, const struct session_body *body, arena *a,
                                 const char **out, agentos_error *err)
{
    AUTO(json_t) *rest = state_without_claims(call, body->session_state);
    const struct body_member state = { rest, "session_state", SESSION_STATE_MAX_BYTES };

    return body_text(&state, a, out, err);
}

static agentos_status copy_metadata(const struct session_body *body, arena *a, const char **out,
                                    agentos_error *err)
{
    const struct body_member metadata = { body->metadata, "metadata", METADATA_MAX_BYTES };

    return body_text(&metadata, a, out, err);
}

static agentos_status copy_summary(const struct session_body *body, arena *a, const char **out,
                                   agentos_error *err)
{
    const struct body_member summary = { body->summary, "summary", SUMMARY_MAX_BYTES };

    return body_text(&summary, a, out, err);
}

/* ---- creating one ---- */

/* Sets the owner of the new session: the token's user if there is one, otherwise the body's. */
static agentos_status choose_user(const struct call *call, struct session_write *write,
                                  agentos_error *err)
{
    const struct principal *who = call->principal;
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;

    ensure(who != NULL);
    write->created.issuer = arena_copy(a, str_of(who->issuer));
    write->created.user_id = arena_copy_text(a, body->user_id);
    if (who->user_id != NULL)
        write->created.user_id = arena_copy(a, str_of(who->user_id));
    else if (body->user_id != NULL && !user_id_is_valid(str_of(body->user_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "user_id is reserved, too long or not printable");
    return AGENTOS_OK;
}

/* Returns UNPROCESSABLE if the id is too long or not printable. The id may be NULL or empty. */
static agentos_status check_id(const char *id, const char *name, agentos_error *err)
{
    if (id == NULL || id[0] == '\0' || id_is_acceptable(str_of(id)))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNPROCESSABLE, "%s is longer than %d bytes or not printable", name,
                ID_MAX_BYTES);
}

/* Returns UNPROCESSABLE if the id is invalid or cannot appear in a path. It may be NULL or "". */
static agentos_status check_session_id(const char *id, agentos_error *err)
{
    TRY(check_id(id, "session_id", err));
    if (id == NULL || id[0] == '\0' || id_is_reachable(str_of(id)))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNPROCESSABLE, "session_id " ID_UNREACHABLE);
}

/* Returns the component id in the body for this type, or NULL. */
static const char *component_id_of(const struct session_body *body, enum component type)
{
    const char *const ids[] = {
        [COMPONENT_NONE] = NULL,
        [COMPONENT_AGENT] = body->agent_id,
        [COMPONENT_TEAM] = body->team_id,
        [COMPONENT_WORKFLOW] = body->workflow_id,
    };

    ensure(type != COMPONENT_NONE); /* the parameter has a default */
    ensure((size_t)type < COUNT(ids));
    return ids[type];
}

/* Sets the type and the ids of the new session. Generates a missing session id. */
static agentos_status set_session_ids(struct session_write *write, agentos_error *err)
{
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;
    struct session *created = &write->created;

    created->type = session_query_type(&write->query);
    created->component_id = arena_copy_text(a, component_id_of(body, created->type));
    created->session_id = arena_copy_text(a, body->session_id);
    TRY(check_id(created->component_id, "The component's id", err));
    TRY(check_session_id(created->session_id, err));
    if (created->session_id == NULL || created->session_id[0] == '\0')
        created->session_id = ordered_uuid(arena_alloc(a, UUID_SIZE));
    write->query.session_id = created->session_id;
    return AGENTOS_OK;
}

/* Fills in the new session. Copies every text to the task's arena. */
static agentos_status fill_session(const struct call *call, struct session_write *write,
                                   agentos_error *err)
{
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;
    struct session *created = &write->created;

    TRY(choose_user(call, write, err));
    TRY(set_session_ids(write, err));
    TRY(copy_state(call, body, a, &created->session_state, err));
    TRY(copy_metadata(body, a, &created->metadata, err));
    TRY(copy_name(body->session_name, a, &created->session_name, err));
    created->created_at = created->updated_at = clock_now_s();
    return AGENTOS_OK;
}

/* Returns CONFLICT. Only a caller who reaches the session learns that it exists. */
static agentos_status refuse_taken_id(struct db_conn *conn, const struct session_query *query,
                                      agentos_error *err)
{
    str id = str_of(query->session_id);
    struct session taken;
    agentos_status status =
        session_get(conn, &query->reader, query->session_id, query->task.arena, &taken, err);

    if (status == AGENTOS_NOT_FOUND)
        return fail(err, AGENTOS_CONFLICT,
                    "Could not create a session with the supplied session_id. Omit session_id to "
                    "have one generated, or choose a different one.");
    TRY(status);
    return fail(err, AGENTOS_CONFLICT,
                "Session with id " QUOTED " already exists. Use PATCH /sessions/%.*s to update it.",
                QUOTE(id), QUOTE(id));
}

/* Inserts the new session and reads it back. */
static agentos_status insert_session(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);

    ensure(write->created.session_id == write->query.session_id);
    agentos_status status = session_create(conn, &write->query.reader, &write->created, err);

    if (status == AGENTOS_CONFLICT)
        return refuse_taken_id(conn, &write->query, err);
    TRY(status);
    return session_query_load(conn, &write->query, "The session is gone", err);
}

static void answer_created(struct call *call, struct task *task)
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    session_query_write(QUERY_OF(task), SESSION_NO_NULLS, &(writer){ .out = &body });
    if (buf_ok(&body))
        call_json(call, 201, buf_view(&body));
    else
        call_buf_or(call, &body, run_rows_refuse);
}

void sessions_create(struct call *call)
{
    write_session(call, fill_session, insert_session, answer_created);
}

/* ---- changing one ---- */

/* Returns the store's description of the session. */
static struct session_claim claim_of(const struct session_query *query)
{
    return (struct session_claim){ .session_id = query->session_id,
                                   .type = session_query_type(query),
                                   .user_id = query->user_id };
}

/* Updates the session. Returns NOT_FOUND if the caller reaches no such session. */
static agentos_status update_session(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);
    const struct session_claim claim = claim_of(&write->query);
    agentos_status status = session_update(conn, &write->query.reader, &claim, &write->change, err);

    if (status == AGENTOS_NOT_FOUND)
        return fail(err, status, "%s", session_query_absent(&write->query, COMPONENT_NONE));
    return status;
}

/* Loads the changed session. */
static agentos_status load_changed(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    TRY(session_query_load(conn, query, session_query_absent(query, COMPONENT_NONE), err));
    agentos_status status = session_query_load_runs(conn, query, RUN_PARTS_CHAT, err);

    /* The change is committed, so a history that is too long is left out. */
    if (status != AGENTOS_TOO_LARGE)
        return status;
    query->runs = (struct run_rows){ 0 };
    return AGENTOS_OK;
}

static void write_changed(struct task *task, writer *w)
{
    session_query_write(QUERY_OF(task), SESSION_NULLS, w);
}

/* Reads the answer on a reader of the database, to keep the only writer free. */
static void read_changed(struct call *call, struct task *task)
{
    static const struct rendering rendering = { load_changed, write_changed, run_rows_refuse };
    const struct session_query *query = LIST_OWNER(task, struct session_query, task);
    struct session_query *again = session_query_again(call, query);

    call_render(&again->task, DB_READ_ANY, &rendering);
}

/* Fills in the change. Absent members stay unchanged. */
static agentos_status fill_change(const struct call *call, struct session_write *write,
                                  agentos_error *err)
{
    const struct session_body *body = &write->body;
    struct session_change *change = &write->change;
    arena *a = write->query.task.arena;

    change->updated_at = clock_now_s();
    TRY(copy_name(body->session_name, a, &change->session_name, err));
    TRY(copy_state(call, body, a, &change->session_state, err));
    TRY(copy_metadata(body, a, &change->metadata, err));
    return copy_summary(body, a, &change->summary, err);
}

void sessions_change(struct call *call)
{
    write_session(call, fill_change, update_session, read_changed);
}
