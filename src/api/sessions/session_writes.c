/* Implements POST /sessions, PATCH /sessions/{id} and POST /sessions/{id}/rename. A session that
 * the caller may not reach gets the same 404 as an unknown one. */
#include "api/routes.h"
#include "api/sessions/session_query.h"
#include "auth/scope/principal.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/session_write.h"
#include "web/body.h"

/* The members of all three bodies; NULL: absent. Owned by the parsed body. */
struct session_body {
    const char *session_id, *session_name, *user_id, *agent_id, *team_id, *workflow_id;
    const json_t *session_state, *metadata, *summary;
};

/* The record of the three routes. */
struct session_write {
    struct session_query query;
    struct session_body body;     /* zeroed once what is kept of it is copied */
    struct session made;          /* by POST /sessions */
    struct session_change change; /* by the others */
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

/* Copies the record's body to the task's arena, into `made` or `change`. Returns the status of the
 * refusal if the body is not valid. */
typedef agentos_status body_filler(const struct call *call, struct session_write *write,
                                   agentos_error *err);
typedef agentos_status task_run(struct db_conn *conn, struct task *task, agentos_error *err);
typedef void task_answer(struct call *call, struct task *task);

/* Fills in the record with `fill` and hands it to the database's writer, which calls `run`;
 * `answer` follows on the loop. If `fill` refuses the body, the call is answered with its error.
 * Neither the body nor its parsed form is kept while the write waits. */
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

/* Copies the name to the arena; *out is NULL if the name is NULL. Returns TOO_LARGE if it is longer
 * than SESSION_NAME_MAX_BYTES. */
static agentos_status copy_name(const char *name, arena *a, const char **out, agentos_error *err)
{
    if (name != NULL && strlen(name) > SESSION_NAME_MAX_BYTES)
        return fail(err, AGENTOS_TOO_LARGE, "session_name is longer than %d bytes",
                    SESSION_NAME_MAX_BYTES);
    *out = arena_copy_text(a, name);
    return AGENTOS_OK;
}

static agentos_status copy_state(const struct session_body *body, arena *a, const char **out,
                                 agentos_error *err)
{
    const struct body_member state = { body->session_state, "session_state",
                                       SESSION_STATE_MAX_BYTES };

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

/* Sets the owner of the new session: the user of the caller's token, or else the user that the body
 * names. A user id that only the server may give is refused. */
static agentos_status choose_user(const struct call *call, struct session_write *write,
                                  agentos_error *err)
{
    const struct principal *who = call->principal;
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;

    ensure(who != NULL);
    write->made.issuer = arena_copy(a, str_of(who->issuer));
    write->made.user_id = arena_copy_text(a, body->user_id);
    if (who->user_id != NULL)
        write->made.user_id = arena_copy(a, str_of(who->user_id));
    else if (body->user_id != NULL && !user_id_is_valid(str_of(body->user_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "user_id is reserved, too long or not printable");
    return AGENTOS_OK;
}

/* Returns UNPROCESSABLE if the id is too long or not printable. NULL and "" mean that the body has
 * none. */
static agentos_status check_id(const char *id, const char *name, agentos_error *err)
{
    if (id == NULL || id[0] == '\0' || id_is_acceptable(str_of(id)))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNPROCESSABLE, "%s is longer than %d bytes or not printable", name,
                ID_MAX_BYTES);
}

/* Returns UNPROCESSABLE if the id is not acceptable, or if no path could name the session. NULL and
 * "" mean that the body has none. */
static agentos_status check_session_id(const char *id, agentos_error *err)
{
    TRY(check_id(id, "session_id", err));
    if (id == NULL || id[0] == '\0' || id_is_reachable(str_of(id)))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNPROCESSABLE, "session_id " ID_UNREACHABLE);
}

/* Returns the id of the component that the session is of, or NULL if the body has none. */
static const char *component_id_of(const struct session_body *body, enum component type)
{
    const char *const ids[] = {
        [COMPONENT_NONE] = NULL,
        [COMPONENT_AGENT] = body->agent_id,
        [COMPONENT_TEAM] = body->team_id,
        [COMPONENT_WORKFLOW] = body->workflow_id,
    };

    ensure(type != COMPONENT_NONE); /* the parameter has a fallback */
    ensure((size_t)type < COUNT(ids));
    return ids[type];
}

/* Sets the type, the component's id and the session's id of the new session; a session id that the
 * body leaves out is generated. */
static agentos_status set_session_ids(struct session_write *write, agentos_error *err)
{
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;
    struct session *made = &write->made;

    made->type = session_query_type(&write->query);
    made->component_id = arena_copy_text(a, component_id_of(body, made->type));
    made->session_id = arena_copy_text(a, body->session_id);
    TRY(check_id(made->component_id, "The component's id", err));
    TRY(check_session_id(made->session_id, err));
    if (made->session_id == NULL || made->session_id[0] == '\0')
        made->session_id = ordered_uuid(arena_alloc(a, UUID_SIZE));
    write->query.session_id = made->session_id;
    return AGENTOS_OK;
}

/* Fills in the session to be created; every text is copied to the task's arena. */
static agentos_status fill_session(const struct call *call, struct session_write *write,
                                   agentos_error *err)
{
    const struct session_body *body = &write->body;
    arena *a = write->query.task.arena;
    struct session *made = &write->made;

    TRY(choose_user(call, write, err));
    TRY(set_session_ids(write, err));
    TRY(copy_state(body, a, &made->session_state, err));
    TRY(copy_metadata(body, a, &made->metadata, err));
    TRY(copy_name(body->session_name, a, &made->session_name, err));
    made->created_at = made->updated_at = clock_now_s();
    return AGENTOS_OK;
}

/* Returns CONFLICT for an id that is taken. Only a caller who reaches the other session is told
 * that it can be changed (docs/design/contract.md §4). */
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

/* Inserts the new session, and reads it again as it is stored. */
static agentos_status insert_session(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);

    ensure(write->made.session_id == write->query.session_id);
    agentos_status status = session_create(conn, &write->query.reader, &write->made, err);

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

/* Returns the session that the query means, for the store. */
static struct session_claim claim_of(const struct session_query *query)
{
    return (struct session_claim){ .session_id = query->session_id,
                                   .type = session_query_type(query),
                                   .user_id = query->user_id };
}

/* Updates the session. Fails with NOT_FOUND if there is none that the caller may change. */
static agentos_status update_session(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);
    const struct session_claim claim = claim_of(&write->query);
    agentos_status status = session_update(conn, &write->query.reader, &claim, &write->change, err);

    if (status == AGENTOS_NOT_FOUND)
        return fail(err, status, "%s", session_query_absent(&write->query, COMPONENT_NONE));
    return status;
}

/* Loads the session as it is after the change. */
static agentos_status load_changed(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    TRY(session_query_load(conn, query, session_query_absent(query, COMPONENT_NONE), err));
    agentos_status status = session_query_load_runs(conn, query, RUN_PARTS_CHAT, err);

    /* The change is committed, so a history that is too long is left out, not refused. */
    if (status != AGENTOS_TOO_LARGE)
        return status;
    query->runs = (struct run_rows){ 0 };
    return AGENTOS_OK;
}

static void write_changed(struct task *task, writer *w)
{
    session_query_write(QUERY_OF(task), SESSION_NULLS, w);
}

/* Starts a second task that reads the answer. It runs on a reader of the database, because the
 * history may be long and there is only one writer. */
static void read_changed(struct call *call, struct task *task)
{
    static const struct rendering rendering = { load_changed, write_changed, run_rows_refuse };
    const struct session_query *query = LIST_OWNER(task, struct session_query, task);
    struct session_query *again = session_query_again(call, query);

    call_render(&again->task, DB_READ_ANY, &rendering);
}

/* Fills in the change; what the body leaves out stays as it is. */
static agentos_status fill_change(const struct call *call, struct session_write *write,
                                  agentos_error *err)
{
    const struct session_body *body = &write->body;
    struct session_change *change = &write->change;
    arena *a = write->query.task.arena;

    (void)call; /* the owner of a session cannot be changed */
    change->updated_at = clock_now_s();
    TRY(copy_name(body->session_name, a, &change->session_name, err));
    TRY(copy_state(body, a, &change->session_state, err));
    TRY(copy_metadata(body, a, &change->metadata, err));
    return copy_summary(body, a, &change->summary, err);
}

void sessions_change(struct call *call)
{
    write_session(call, fill_change, update_session, read_changed);
}
