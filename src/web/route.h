/* A row of a server's route table, and finding the row that fits a request. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "auth/scope/access.h"
#include "http/message.h"
#include "http/pattern.h"
#include "web/params.h"
#include "json/fields.h"

struct call;
struct task;
struct surface;

/* Answers an admitted request; how it may end stands in call.h. */
typedef void handler(struct call *call);

enum body_kind { BODY_NONE, BODY_FORM, BODY_JSON };

/* What a JSON body must hold before its members are read. */
enum body_need {
    BODY_REQUIRED,        /* a value other than null */
    BODY_OPTIONAL,        /* nothing: no body, or null, leaves the record as it is */
    BODY_MEMBER_REQUIRED, /* the table's first member: a body without it misses that member */
};

/* What a row takes. With a record it is read before the handler is called, in this order: the
 * query, the form or the JSON body. The record is a zeroed struct that begins with a struct task.
 */
struct input {
    size_t record; /* the size of that struct; 0: the tables only describe, and the handler reads */
    const struct param *query, *form;
    /* Fills in what the path and the caller say, once the query is read, and checks both. false:
     * the problems say why, or err where there are none. NULL: there is nothing to fill in. */
    bool (*complete)(struct call *call, struct task *record, struct problems *problems,
                     agentos_error *err);
    const struct field *json; /* what these read is valid until the handler returns */
    enum body_need json_need;
    size_t json_at; /* offset in the record of the struct that `json` is a table of */
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
    /* Whether this server is set up for the row, asked before the input is read. UNAVAILABLE is
     * answered. NULL: it always is. */
    agentos_status (*available)(const struct call *call, agentos_error *err);
    /* Finds what the path names, into call->target, once the input is read. NOT_FOUND is answered.
     */
    agentos_status (*target)(struct call *call, agentos_error *err);
    int success;         /* 0: 200 */
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
