/* A row of a server's route table, and finding the row that fits a request. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "auth/scope/access.h"
#include "http/message.h"
#include "http/pattern.h"
#include "web/params.h"
#include "json/fields.h"
#include "json/shape.h"

struct call;
struct task;
struct surface;

/* Answers an admitted request; how it may end stands in call.h. */
typedef void handler(struct call *call);

enum body_kind { BODY_NONE, BODY_FORM, BODY_JSON };

/* Whether a JSON body may be absent. A body that is null counts as absent. */
enum body_need {
    BODY_REQUIRED,        /* an absent body is a problem of the body */
    BODY_OPTIONAL,        /* an absent body leaves the record as it is */
    BODY_MEMBER_REQUIRED, /* an absent body is a problem of the table's first member */
};

/* The input of a row. If it has a record, its parts are read into the record before the handler is
 * called: first the query, then the form or the JSON body. The record is a zeroed struct whose
 * first member is a struct task. */
struct input {
    /* The size of the record, or 0 if there is none. Then the handler reads the input itself, and
     * the tables only describe it. */
    size_t record;
    const struct param *query, *form;
    /* Completes the record after the query is read and before the body is. Returns false if the
     * request is faulty: with problems, or else with err set. NULL if there is nothing to do. */
    bool (*complete)(struct call *call, struct task *record, struct problems *problems,
                     agentos_error *err);
    const struct field *json; /* the values that they read are freed when the handler returns */
    enum body_need json_need;
    size_t json_at; /* offset in the record of the struct that `json` is a table of */
};

/* What a success of a row holds, for /openapi.json. A zeroed struct is an answer without a body. */
struct shown {
    const struct shape *shape; /* of the JSON; NULL: it has none */
    bool is_list, is_page;     /* a list of these objects, or a page of a list (web/page.h); without
                                * a shape, an empty list */
    bool is_document;          /* a JSON object that another specification describes */
    const char *media_type;    /* of a text beside the JSON, or instead of it; NULL: none */
    const struct shape *event; /* of the data of each event, where that text is a stream */
};

struct route {
    enum method method;
    const char *pattern;
    struct access access;
    handler *answer; /* NULL: in the contract, not in this version: 501 after authorization */
    const char *tag, *summary; /* for /openapi.json and docs/api.md */
    enum body_kind body;
    size_t body_limit;         /* in bytes; 0: the configuration's */
    const struct input *input; /* NULL: it takes nothing */
    /* Returns UNAVAILABLE, which is answered, if this server is not set up for the row. Called
     * before the input is read. NULL if the row is always available. */
    agentos_status (*available)(const struct call *call, agentos_error *err);
    /* Finds what the path names, into call->target, once the input is read. NOT_FOUND is answered.
     */
    agentos_status (*target)(struct call *call, agentos_error *err);
    int success;         /* 0: 200 */
    struct shown shows;  /* what it holds */
    const int *failures; /* statuses that no other member tells of, ending with 0; NULL: none */
    const char *id;      /* of the operation in /openapi.json; NULL: its method and pattern */
    const char *returns; /* what a success holds, for the same; NULL: what the summary says */
};

/* For rows without an input too. */
const struct input *route_input(const struct route *row);

enum match { MATCH_NONE, MATCH_OTHER_METHOD, MATCH_FOUND };

/* The first of the surface's rows that fits. MATCH_OTHER_METHOD: *out is the first row of that
 * path, for the Allow header. MATCH_NONE: *out is NULL. */
enum match route_find(const struct surface *surface, enum method method, str path,
                      struct params *params, const struct route **out);

/* The id in the path that per-resource scopes speak of (agent_id, team_id, workflow_id), or empty.
 */
str route_resource_id(const struct params *params);

#endif
