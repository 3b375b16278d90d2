/* POST /sessions, PATCH /sessions/{id} and renaming. A session that the caller may not reach is
 * answered with 404, like an unknown one. */
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
#include "json/fields.h"

/* The members of all bodies. */
struct session_body {
    const char *session_id, *session_name, *user_id, *agent_id, *team_id, *workflow_id;
    const json_t *session_state, *metadata, *summary;
};

struct session_write {
    struct session_query query;
    struct session made;
    struct session_change change;
};

// clang-format off
const struct param session_create_query[] = {
    PARAM(struct session_query, type, .choices = session_types, .fallback = "agent", .doc = "What the session is of."),
    PARAM(struct session_query, db_id, .doc = "The database, where it must be this one."),
    PARAMS_END,
};

const struct field session_create_fields[] = {
    FIELD(struct session_body, session_id,    OPTIONAL, .doc = "Its id; made when absent."),
    FIELD(struct session_body, session_name,  OPTIONAL, .doc = "What people call it."),
    FIELD(struct session_body, session_state, OPTIONAL, .shape = SHAPE_OBJECT, .doc = "The state that runs begin with."),
    FIELD(struct session_body, metadata,      OPTIONAL, .shape = SHAPE_OBJECT, .doc = "Kept with the session."),
    FIELD(struct session_body, user_id,       OPTIONAL, .doc = "Whose it is; a token's user goes first."),
    FIELD(struct session_body, agent_id,      OPTIONAL, .doc = "The agent it is of."),
    FIELD(struct session_body, team_id,       OPTIONAL, .doc = "The team it is of."),
    FIELD(struct session_body, workflow_id,   OPTIONAL, .doc = "The workflow it is of."),
    FIELDS_END,
};

const struct field session_rename_fields[] = {
    FIELD(struct session_body, session_name,  REQUIRED, .doc = "What people call it."),
    FIELDS_END,
};

const struct field session_patch_fields[] = {
    FIELD(struct session_body, session_name,  OPTIONAL, .doc = "What people call it."),
    FIELD(struct session_body, session_state, OPTIONAL, .shape = SHAPE_OBJECT, .doc = "The state that runs begin with."),
    FIELD(struct session_body, metadata,      OPTIONAL, .shape = SHAPE_OBJECT, .doc = "Kept with the session."),
    FIELD(struct session_body, summary,       OPTIONAL, .shape = SHAPE_OBJECT, .doc = "What it was about."),
    FIELDS_END,
};
// clang-format on

/* ---- making one ---- */

/* Whoever the caller is, the token's user wins over the body's; what only the server may claim is
 * not taken.
 */
static agentos_status choose_user(const struct call *call, const struct session_body *body,
                                  struct session_write *write, agentos_error *err)
{
    const struct principal *who = call->principal;
    arena *a = write->query.task.arena;

    write->made.issuer = arena_copy(a, str_of(who->issuer));
    write->made.user_id = arena_copy_text(a, body->user_id);
    if (who->user_id != NULL)
        write->made.user_id = arena_copy(a, str_of(who->user_id));
    else if (body->user_id != NULL && !user_id_is_valid(str_of(body->user_id)))
        return fail(err, AGENTOS_UNPROCESSABLE, "user_id is reserved, too long or not printable");
    return AGENTOS_OK;
}

/* Refuses an id that is too long or not printable. NULL and "" mean that none is given. */
static agentos_status check_id(const char *id, const char *name, agentos_error *err)
{
    if (id == NULL || id[0] == '\0' || id_is_acceptable(str_of(id)))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNPROCESSABLE, "%s is longer than %d bytes or not printable", name,
                ID_MAX_BYTES);
}

/* Sets the type, the component's id and the session's id of the new session; a session id that the
 * body leaves out is drawn. */
static agentos_status set_session_ids(const struct session_body *body, struct session_write *write,
                                      agentos_error *err)
{
    arena *a = write->query.task.arena;
    const char *const ids[] = { [COMPONENT_NONE] = NULL,
                                [COMPONENT_AGENT] = body->agent_id,
                                [COMPONENT_TEAM] = body->team_id,
                                [COMPONENT_WORKFLOW] = body->workflow_id };
    struct session *made = &write->made;

    made->type = session_query_type(&write->query);
    ensure((size_t)made->type < COUNT(ids));
    made->component_id = arena_copy_text(a, ids[made->type]);
    made->session_id = arena_copy_text(a, body->session_id);
    TRY(check_id(made->component_id, "The component's id", err));
    TRY(check_id(made->session_id, "session_id", err));
    if (made->session_id == NULL || made->session_id[0] == '\0')
        made->session_id = ordered_uuid(arena_alloc(a, UUID_SIZE));
    write->query.session_id = made->session_id;
    return AGENTOS_OK;
}

/* Copies the name to the arena; NULL stays NULL, and one that is too long is refused. */
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
    return body_text(
        &(struct body_member){ body->session_state, "session_state", SESSION_STATE_MAX_BYTES }, a,
        out, err);
}

static agentos_status copy_metadata(const struct session_body *body, arena *a, const char **out,
                                    agentos_error *err)
{
    return body_text(&(struct body_member){ body->metadata, "metadata", METADATA_MAX_BYTES }, a,
                     out, err);
}

/* Fills in the session to be made, in the task's arena: the parsed body is gone when it is. */
static agentos_status fill_session(const struct call *call, const struct session_body *body,
                                   struct session_write *write, agentos_error *err)
{
    arena *a = write->query.task.arena;
    struct session *made = &write->made;

    TRY(choose_user(call, body, write, err));
    TRY(set_session_ids(body, write, err));
    TRY(copy_state(body, a, &made->session_state, err));
    TRY(copy_metadata(body, a, &made->metadata, err));
    TRY(copy_name(body->session_name, a, &made->session_name, err));
    made->created_at = made->updated_at = clock_now_s();
    return AGENTOS_OK;
}

/* That an id is taken cannot be hidden, but whose it is can (docs/design/contract.md §4). */
static agentos_status tell_conflict(struct db_conn *conn, const struct session_query *query,
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

static agentos_status create(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);
    agentos_status status = session_create(conn, &write->query.reader, &write->made, err);

    if (status == AGENTOS_CONFLICT)
        return tell_conflict(conn, &write->query, err);
    TRY(status);
    return session_query_load(conn, &write->query, "The session is gone", err);
}

static void answer_created(struct call *call, struct task *task)
{
    session_query_answer(call, (const struct session_query *)task, 201, SESSION_NO_NULLS);
}

/* No body at all is an empty one. */
static bool read_create_body(const struct request *request, arena *a, struct session_body *out,
                             struct problems *problems)
{
    const json_t *body;

    if (!body_parse(request, a, &body, problems))
        return false;
    return body == NULL || fields_read(session_create_fields, body, out, "body", problems);
}

void sessions_create(struct call *call)
{
    struct session_write *write = session_query_read(call, session_create_query, sizeof(*write));
    AUTO(arena) *parsed = arena_new(); /* not kept while the write waits */
    struct session_body body = { 0 };
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (write == NULL)
        return;
    if (!read_create_body(call->request, parsed, &body, &problems) ||
        fill_session(call, &body, write, &err) != AGENTOS_OK) {
        call_refuse(call, &write->query.task, &problems, &err);
        return;
    }
    exchange_drop_body(call->exchange);
    call_write(&write->query.task, create, answer_created);
}

/* ---- changing one ---- */

static struct session_claim claim_of(const struct session_query *query)
{
    return (struct session_claim){ .session_id = query->session_id,
                                   .type = session_query_type(query),
                                   .user_id = query->user_id };
}

static agentos_status change(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_write *write = LIST_OWNER(task, struct session_write, query.task);
    const struct session_claim claim = claim_of(&write->query);
    agentos_status status = session_update(conn, &write->query.reader, &claim, &write->change, err);

    if (status == AGENTOS_NOT_FOUND)
        return fail(err, status, "%s", session_query_absent(&write->query, COMPONENT_NONE));
    return status;
}

static agentos_status load_changed(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    TRY(session_query_load(conn, query, session_query_absent(query, COMPONENT_NONE), err));
    agentos_status status = session_query_load_runs(conn, query, RUN_PARTS_CHAT, err);

    /* What was changed stays so: it is answered without a history that is too long. */
    if (status != AGENTOS_TOO_LARGE)
        return status;
    query->runs = (struct run_rows){ 0 };
    return AGENTOS_OK;
}

static void answer_changed(struct call *call, struct task *task)
{
    session_query_answer(call, (const struct session_query *)task, 200, SESSION_NULLS);
}

/* The chat history is read by a reader: the one writer has enough to do. */
static void read_changed(struct call *call, struct task *task)
{
    struct session_query *again = session_query_again(call, (const struct session_query *)task);

    call_read(&again->task, load_changed, answer_changed);
}

static agentos_status fill_change(const struct session_body *body, struct session_write *write,
                                  agentos_error *err)
{
    struct session_change *to = &write->change;
    arena *a = write->query.task.arena;

    to->updated_at = clock_now_s();
    TRY(copy_name(body->session_name, a, &to->session_name, err));
    TRY(copy_state(body, a, &to->session_state, err));
    TRY(copy_metadata(body, a, &to->metadata, err));
    return body_text(&(struct body_member){ body->summary, "summary", SUMMARY_MAX_BYTES }, a,
                     &to->summary, err);
}

typedef bool body_reader(const struct request *request, arena *a, struct session_body *out,
                         struct problems *problems);

/* Reads the body with `read_body` and hands the change to the writer; or refuses the call. */
static void change_session(struct call *call, body_reader *read_body)
{
    struct session_write *write = session_query_read(call, session_get_query, sizeof(*write));
    AUTO(arena) *parsed = arena_new(); /* not kept while the write waits */
    struct session_body body = { 0 };
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (write == NULL)
        return;
    if (!read_body(call->request, parsed, &body, &problems) ||
        fill_change(&body, write, &err) != AGENTOS_OK) {
        call_refuse(call, &write->query.task, &problems, &err);
        return;
    }
    exchange_drop_body(call->exchange);
    call_write(&write->query.task, change, read_changed);
}

static bool read_patch_body(const struct request *request, arena *a, struct session_body *out,
                            struct problems *problems)
{
    const json_t *body;

    return body_parse_required(request, a, &body, problems) &&
           fields_read(session_patch_fields, body, out, "body", problems);
}

/* Its one field is looked for in whatever the body is. */
static bool read_rename_body(const struct request *request, arena *a, struct session_body *out,
                             struct problems *problems)
{
    const json_t *body;

    if (!body_parse(request, a, &body, problems))
        return false;
    if (json_object_get(body, "session_name") == NULL) {
        problems_add_missing(problems, "body", "session_name");
        return false;
    }
    return fields_read(session_rename_fields, body, out, "body", problems);
}

void sessions_patch(struct call *call)
{
    change_session(call, read_patch_body);
}

void sessions_rename(struct call *call)
{
    change_session(call, read_rename_body);
}
