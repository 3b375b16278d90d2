/* Implements GET /authz/audit, one page of the audit log. */
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "store/audit_table.h"
#include "web/page.h"

static const char *const columns[] = { "created_at", "actor", "action", "target", NULL };
static const char *const orders[] = { "asc", "desc", NULL };

/* The record of the route. */
struct audit_query {
    struct task task;
    const char *search, *sort_by, *sort_order; /* query parameters; search may be NULL */
    int64_t limit, page;                       /* likewise */
    struct audit_page rows;                    /* from the database */
    const json_t **before, **after;            /* parsed, one for each row */
};

// clang-format off
static const struct param parameters[] = {
    PARAM(struct audit_query, limit, .has_min = true, .min = 1, .has_max = true, .max = PAGE_MAX, .fallback = "100", .doc = "How many on a page."),
    PARAM(struct audit_query, page, .has_min = true, .min = 1, .fallback = "1", .doc = "Which page."),
    PARAM(struct audit_query, search, .doc = "Only rows that contain this text."),
    PARAM(struct audit_query, sort_by, .choices = columns, .fallback = "created_at", .doc = "The column to sort by."),
    PARAM(struct audit_query, sort_order, .choices = orders, .fallback = "desc", .doc = "The direction."),
    PARAMS_END,
};
// clang-format on

const struct input audit_list_input = { .record = sizeof(struct audit_query), .query = parameters };

/* Returns the order for this column. The values of enum audit_order index `columns`. */
static enum audit_order order_of(const char *column)
{
    enum audit_order order = AUDIT_BY_CREATED;

    while (columns[order] != NULL && strcmp(columns[order], column) != 0)
        order++;
    ensure(columns[order] != NULL);
    return order;
}

/* Parses a stored JSON text. Returns NULL if the text is NULL or not valid JSON. */
static const json_t *parse_stored(arena *a, const char *text)
{
    const json_t *value = NULL;

    if (text == NULL || json_parse(a, str_of(text), &value, NULL) != AGENTOS_OK)
        return NULL;
    return value;
}

/* Loads one page of rows and parses the values before and after each change. */
static agentos_status load_rows(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct audit_query *query = LIST_OWNER(task, struct audit_query, task);
    arena *a = task->arena;
    const struct audit_filter filter = {
        .search = query->search,
        .order = order_of(query->sort_by),
        .ascending = strcmp(query->sort_order, "asc") == 0,
        .limit = query->limit,
        .page = query->page,
    };

    TRY(audit_table_list(conn, &filter, a, &query->rows, err));
    query->before = arena_array(a, query->rows.count, sizeof(*query->before));
    query->after = arena_array(a, query->rows.count, sizeof(*query->after));
    for (size_t i = 0; i < query->rows.count; i++) {
        query->before[i] = parse_stored(a, query->rows.all[i].before);
        query->after[i] = parse_stored(a, query->rows.all[i].after);
    }
    return AGENTOS_OK;
}

/* The record of one row. */
struct audit_view {
    struct audit_row row;
    const json_t *before, *after; /* NULL if absent or not valid JSON */
};

// clang-format off
static const struct member audit_members[] = {
    SHOW_TYPED(VALUE_TIME, "created_at", struct audit_view, row.created_at, ALWAYS_THERE),
    SHOW_AS("actor", struct audit_view, row.actor, OR_NULL),
    SHOW_AS("action", struct audit_view, row.action, ALWAYS_THERE),
    SHOW_AS("target", struct audit_view, row.target, OR_NULL),
    SHOW_TYPED(VALUE_ANY, "before", struct audit_view, before, OR_NULL),
    SHOW_TYPED(VALUE_ANY, "after", struct audit_view, after, OR_NULL),
    MEMBERS_END,
};
// clang-format on
const struct shape audit_row_shape = { .name = "AuditRow", .parts = { audit_members } };

/* Writes row i of the page. */
static void write_row(const struct audit_query *query, size_t i, writer *w)
{
    ensure(i < query->rows.count);

    const struct audit_view view = { query->rows.all[i], query->before[i], query->after[i] };

    shape_write(&audit_row_shape, &view, ABSENT_NULL, w);
}

/* Answers with the page. */
static void answer_rows(struct call *call, struct task *task)
{
    const struct audit_query *query = LIST_OWNER(task, struct audit_query, task);
    const struct page page = { query->page, query->limit, query->rows.total };
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    write_object(&w);
    write_key(&w, "data");
    write_array(&w);
    for (size_t i = 0; i < query->rows.count; i++)
        write_row(query, i, &w);
    write_end(&w);
    page_write_meta(&page, &w);
    write_end(&w);
    call_buf(call, &body);
}

void audit_list(struct call *call)
{
    call_search(call_input(call), load_rows, answer_rows);
}
