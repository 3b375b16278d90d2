/* Implements DELETE /sessions/{id} and DELETE /sessions. Unknown sessions also get 204. */
#include "api/list_length.h"
#include "api/routes.h"
#include "api/sessions/session_query.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "store/session_write.h"

/* The record of DELETE /sessions. */
struct session_delete {
    struct session_query query;
    const json_t *session_ids, *session_types; /* of the body; NULL once the ids are copied */
    const char **ids;                          /* the copies, in the task's arena */
    size_t id_count;
};

// clang-format off
static const struct param delete_parameters[] = {
    PARAM(struct session_query, user_id, .doc = "Only sessions of this user; ignored for a caller who reaches only their own."),
    SESSION_DATABASE_PARAMS,
    PARAM(struct session_query, delete_media, .fallback = "false", .doc = "There is no media storage: 503 when true."),
    PARAMS_END,
};

static const struct field delete_fields[] = {
    FIELD(struct session_delete, session_ids,   REQUIRED, .shape = SHAPE_LIST, .doc = "Ids, at most 1000."),
    FIELD(struct session_delete, session_types, REQUIRED, .shape = SHAPE_LIST, .words = session_types, .doc = "A type for each id: agent, team or workflow."),
    FIELDS_END,
};
// clang-format on

const struct input session_delete_input = { .record = sizeof(struct session_query),
                                            .query = delete_parameters,
                                            .complete = session_query_complete };
const struct input session_delete_many_input = { .record = sizeof(struct session_delete),
                                                 .query = delete_parameters,
                                                 .complete = session_query_complete,
                                                 .json = delete_fields };

/* Returns UNAVAILABLE for a request to delete media, which this server does not store. */
static agentos_status check_media(const struct session_query *query, agentos_error *err)
{
    if (query->delete_media)
        return fail(err, AGENTOS_UNAVAILABLE, "Media storage is not configured on AgentOS");
    return AGENTOS_OK;
}

static void answer_deleted(struct call *call, struct task *task)
{
    (void)task; /* the answer has no body */
    call_empty(call, 204);
}

/* ---- one ---- */

/* Deletes the session if the caller reaches it. */
static agentos_status delete_one(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct session_query *query = LIST_OWNER(task, struct session_query, task);
    const struct session_claim claim = { .session_id = query->session_id,
                                         .user_id = query->user_id };

    ensure(query->session_id != NULL);
    return session_delete(conn, &query->reader, &claim, err);
}

/* Frees the unstarted task and answers with the error. */
static void refuse_task(struct call *call, struct task *task, const agentos_error *err)
{
    call_drop(call, task);
    call_fail(call, err);
}

void sessions_delete(struct call *call)
{
    struct session_query *query = call_input(call);
    agentos_error err;

    if (check_media(query, &err) != AGENTOS_OK) {
        refuse_task(call, &query->task, &err);
        return;
    }
    call_write(&query->task, delete_one, answer_deleted);
}

/* ---- a list ---- */

/* Deletes the listed sessions by id, which is unique across types. */
static agentos_status delete_listed(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct session_delete *listed = LIST_OWNER(task, struct session_delete, query.task);
    const struct session_query *query = &listed->query;

    ensure(listed->id_count > 0 && listed->id_count <= BULK_DELETE_MAX);
    for (size_t i = 0; i < listed->id_count; i++) {
        const struct session_claim claim = { .session_id = listed->ids[i],
                                             .user_id = query->user_id };

        TRY(session_delete(conn, &query->reader, &claim, err));
    }
    return AGENTOS_OK;
}

/* Adds a problem unless the list has 1 to BULK_DELETE_MAX items. */
static void check_length(const char *name, const json_t *list, arena *a, struct problems *problems)
{
    size_t count = json_array_size(list);

    if (count == 0)
        refuse_empty_list(name, list, a, problems);
    else if (count > BULK_DELETE_MAX)
        refuse_long_list(name, BULK_DELETE_MAX, count, a, problems);
}

/* Adds a problem for each item that is not a string. */
static void check_ids(const json_t *ids, struct problems *problems)
{
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (!json_is_string(json_array_get(ids, i)))
            problems_add(problems, &(struct problem){ .type = "string_type",
                                                      .where = "body",
                                                      .name = "session_ids",
                                                      .has_position = true,
                                                      .position = i,
                                                      .message = "Input should be a valid string",
                                                      .input_json = json_array_get(ids, i) });
}

/* Adds a problem for each item that is not a session type. */
static void check_types(const json_t *types, struct problems *problems)
{
    for (size_t i = 0; i < json_array_size(types); i++) {
        const json_t *type = json_array_get(types, i);

        if (json_is_string(type) && component_of(json_string_value(type)) != COMPONENT_NONE)
            continue;
        problems_add(problems, &(struct problem){
                                   .type = "enum",
                                   .where = "body",
                                   .name = "session_types",
                                   .has_position = true,
                                   .position = i,
                                   .message = "Input should be 'agent', 'team' or 'workflow'",
                                   .input_json = type,
                                   .ctx = "{\"expected\":\"'agent', 'team' or 'workflow'\"}" });
    }
}

/* Copies the ids to the task's arena. The parsed body is freed when the handler returns. */
static void copy_ids(struct session_delete *listed)
{
    arena *a = listed->query.task.arena;
    size_t count = json_array_size(listed->session_ids);

    ensure(count > 0 && count <= BULK_DELETE_MAX);
    ensure(listed->ids == NULL);
    listed->ids = arena_alloc(a, count * sizeof(*listed->ids));
    for (size_t i = 0; i < count; i++)
        listed->ids[i] =
            arena_copy_text(a, json_string_value(json_array_get(listed->session_ids, i)));
    listed->id_count = count;
    listed->session_ids = listed->session_types = NULL;
}

/* Checks both lists of the body. Returns false if problems were added. */
static bool check_lists(const struct session_delete *listed, struct problems *problems)
{
    arena *a = listed->query.task.arena;

    ensure(listed->session_ids != NULL); /* it is REQUIRED */
    ensure(listed->session_types != NULL);
    check_length("session_ids", listed->session_ids, a, problems);
    check_length("session_types", listed->session_types, a, problems);
    check_ids(listed->session_ids, problems);
    check_types(listed->session_types, problems);
    return problems->count == 0;
}

/* Returns INVALID if the lists differ in length. */
static agentos_status check_pairs(const struct session_delete *listed, agentos_error *err)
{
    if (json_array_size(listed->session_ids) != json_array_size(listed->session_types))
        return fail(err, AGENTOS_INVALID,
                    "Session IDs and session types must have the same length");
    return AGENTOS_OK;
}

void sessions_delete_many(struct call *call)
{
    struct session_delete *listed = call_input(call);
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (!check_lists(listed, &problems) || check_media(&listed->query, &err) != AGENTOS_OK ||
        check_pairs(listed, &err) != AGENTOS_OK) {
        call_refuse(call, &listed->query.task, &problems, &err);
        return;
    }
    copy_ids(listed);
    call_write(&listed->query.task, delete_listed, answer_deleted);
}
