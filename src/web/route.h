/* A row of a server's route table, and finding the row that fits a request. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "auth/scope/access.h"
#include "http/message.h"
#include "http/pattern.h"
#include "web/params.h"
#include "json/fields.h"

struct call;
struct surface;

/* Answers an admitted request; how it may end stands in call.h. */
typedef void handler(struct call *call);

enum body_kind { BODY_NONE, BODY_FORM, BODY_JSON };

/* What a row takes. With a record it is laid out before the handler is called: by these tables,
 * over a struct of the row's that begins with a struct task. */
struct input {
    size_t record; /* the size of that struct; 0: the tables only describe, and the handler reads */
    const struct param *query, *form;
    const struct field *json; /* a body that must be there */
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
