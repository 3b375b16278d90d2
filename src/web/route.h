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

struct route {
    enum method method;
    const char *pattern;
    struct access access;
    handler *answer; /* NULL: in the contract, not in this version: 501 after authorization */
    const char *tag, *summary; /* for /openapi.json and docs/api.md */
    enum body_kind body;
    size_t body_limit; /* in bytes; 0: the configuration's */
    const struct param *query, *form;
    const struct field *json;
    int success;         /* 0: 200 */
    const char *returns; /* what a success holds, for the same; NULL: what the summary says */
};

enum match { MATCH_NONE, MATCH_OTHER_METHOD, MATCH_FOUND };

/* The first of the surface's rows that fits. MATCH_OTHER_METHOD: *out is the first row of that
 * path, for the Allow header. MATCH_NONE: *out is NULL. */
enum match route_find(const struct surface *surface, enum method method, str path,
                      struct params *params, const struct route **out);

/* The id in the path that per-resource scopes speak of (agent_id, team_id, workflow_id), or empty.
 */
str route_resource_id(const struct params *params);

#endif
