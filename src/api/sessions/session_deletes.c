/* DELETE /sessions/{id} and DELETE /sessions: one session, or a list of them. The answer is 204
 * whether a session existed or not. */
#include "api/routes.h"
#include "api/sessions/session_query.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "store/session_write.h"
#include "web/body.h"
#include "json/fields.h"

struct session_delete {
    struct session_query query;
    const json_t *session_ids, *session_types; /* the body of the list; NULL when it was read */
    const char **ids;                          /* what is kept of it */
    size_t id_count;
};

// clang-format off
const struct param session_delete_query[] = {
    PARAM(struct session_query, user_id, .doc = "Only what is this user's; callers kept to their own need not say it."),
    SESSION_DATABASE_PARAMS,
    PARAM(struct session_query, delete_media, .fallback = "false", .doc = "There is no media storage: 503 when true."),
    PARAMS_END,
};

const struct field session_delete_fields[] = {
    FIELD(struct session_delete, session_ids,   REQUIRED, .shape = SHAPE_LIST, .doc = "Ids, at most 1000."),
    FIELD(struct session_delete, session_types, REQUIRED, .shape = SHAPE_LIST, .doc = "A type for each id: agent, team or workflow."),
    FIELDS_END,
};
// clang-format on

static agentos_status check_media(const struct session_query *query, agentos_error *err)
{
    if (query->delete_media)
        return fail(err, AGENTOS_UNAVAILABLE, "Media storage is not configured on AgentOS");
    return AGENTOS_OK;
}

static void answer_deleted(struct call *call, struct task *task)
{
    (void)task; /* there is nothing to tell */
    call_empty(call, 204);
}

/* ---- one ---- */

static agentos_status delete_one(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct session_query *query = LIST_OWNER(task, struct session_query, task);
    const struct session_claim claim = { .session_id = query->session_id,
                                         .user_id = query->user_id };

    return session_delete(conn, &query->reader, &claim, err);
}

void sessions_delete(struct call *call)
{
    struct session_query *query = session_query_read(call, session_delete_query, sizeof(*query));
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (query == NULL)
        return;
    if (check_media(query, &err) == AGENTOS_OK)
        call_write(&query->task, delete_one, answer_deleted);
    else
        call_refuse(call, &query->task, &problems, &err);
}

/* ---- a list ---- */

/* Deletes the listed sessions by id; their types are only checked, since an id is unique over all
 * types. */
static agentos_status delete_listed(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct session_delete *listed = LIST_OWNER(task, struct session_delete, query.task);
    const struct session_query *query = &listed->query;

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
    bool is_short = count == 0;

    if (!is_short && count <= BULK_DELETE_MAX)
        return;
    int limit = is_short ? 1 : BULK_DELETE_MAX;
    const char *unit = is_short ? "item" : "items";
    problems_add(
        problems,
        &(struct problem){
            .type = is_short ? "too_short" : "too_long",
            .where = "body",
            .name = name,
            .message = arena_printf(a, "List should have at %s %d %s after validation, not %zu",
                                    is_short ? "least" : "most", limit, unit, count),
            .input_json = is_short ? list : NULL,
            .ctx =
                arena_printf(a, "{\"field_type\":\"List\",\"%s_length\":%d,\"actual_length\":%zu}",
                             is_short ? "min" : "max", limit, count),
        });
}

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

/* Adds a problem for each item that is not the name of a session type. */
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

/* The task's arena has copies of the ids: the parsed body is not kept while the write waits. */
static void keep_ids(struct session_delete *listed)
{
    arena *a = listed->query.task.arena;
    size_t count = json_array_size(listed->session_ids);

    ensure(listed->ids == NULL && count <= BULK_DELETE_MAX);
    listed->ids = arena_alloc(a, count * sizeof(*listed->ids));
    for (size_t i = 0; i < count; i++)
        listed->ids[i] =
            arena_copy_text(a, json_string_value(json_array_get(listed->session_ids, i)));
    listed->id_count = count;
    listed->session_ids = listed->session_types = NULL;
}

/* Reads the body into `listed`, parsed in the arena `parsed`, which must outlive the problems.
 * false: the problems say what is wrong with the body. */
static bool read_deletion(const struct call *call, arena *parsed, struct session_delete *listed,
                          struct problems *problems)
{
    arena *a = listed->query.task.arena;
    const json_t *body;

    if (!body_parse_required(call->request, parsed, &body, problems) ||
        !fields_read(session_delete_fields, body, listed, "body", problems))
        return false;
    check_length("session_ids", listed->session_ids, a, problems);
    check_length("session_types", listed->session_types, a, problems);
    check_ids(listed->session_ids, problems);
    check_types(listed->session_types, problems);
    return problems->count == 0;
}

static agentos_status check_pairs(const struct session_delete *listed, agentos_error *err)
{
    if (json_array_size(listed->session_ids) != json_array_size(listed->session_types))
        return fail(err, AGENTOS_INVALID,
                    "Session IDs and session types must have the same length");
    return AGENTOS_OK;
}

void sessions_delete_many(struct call *call)
{
    struct session_delete *listed = session_query_read(call, session_delete_query, sizeof(*listed));
    AUTO(arena) *parsed = arena_new();
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err;

    if (listed == NULL)
        return;
    if (!read_deletion(call, parsed, listed, &problems) ||
        check_media(&listed->query, &err) != AGENTOS_OK ||
        check_pairs(listed, &err) != AGENTOS_OK) {
        call_refuse(call, &listed->query.task, &problems, &err);
        return;
    }
    keep_ids(listed);
    call_write(&listed->query.task, delete_listed, answer_deleted);
}
