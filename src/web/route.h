/* The route table of a server. */
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

/* Answers an admitted request (see call.h). Called on the loop's thread; must not block. */
typedef void handler(struct call *call);

enum body_kind { BODY_NONE, BODY_FORM, BODY_JSON };

/* Whether a JSON body may be absent, or null. */
enum body_need {
    BODY_REQUIRED,        /* an absent body is a problem of the body */
    BODY_OPTIONAL,        /* an absent body leaves the record as it is */
    BODY_MEMBER_REQUIRED, /* an absent body is a problem of the table's first member */
};

/* The input of a route, read into a record before its handler is called: first the query, then the
 * form or the JSON body. The record is a zeroed struct whose first member is a struct task. */
struct input {
    /* The size of the record. If it is 0, the handler reads the input itself, and the tables only
     * describe it. */
    size_t record;
    const struct param *query, *form;
    /* Completes the record between the query and the body. Returns false with problems added or err
     * set if the request is not valid. May be NULL. */
    bool (*complete)(struct call *call, struct task *record, struct problems *problems,
                     agentos_error *err);
    /* values read are freed when the handler returns */
    const struct field *json;
    enum body_need json_need;
    size_t json_at; /* offset of the struct that `json` fills */
};

/* The content of a successful response, for /openapi.json. Zeroed for no body. */
struct shown {
    const struct shape *shape; /* the shape of the JSON; may be NULL */
    /* a list or a page (web/page.h) of these objects; without a shape, is_list means an empty
     * list */
    bool is_list, is_page;
    bool is_document; /* a JSON object of another specification */
    /* the media type of a text response, besides or instead of the JSON; may be NULL */
    const char *media_type;
    const struct shape *event; /* the shape of the events' data; may be NULL */
};

struct route {
    enum method method;
    const char *pattern;
    struct access access;
    /* NULL if unsupported: 501 after authorization */
    handler *answer;
    const char *tag, *summary; /* for /openapi.json and docs/api.md */
    enum body_kind body;
    size_t body_limit;         /* in bytes; 0 for the configured limit */
    const struct input *input; /* may be NULL */
    /* Fails with UNAVAILABLE if this server is not set up for the route. Called before the input is
     * read. May be NULL. */
    agentos_status (*available)(const struct call *call, agentos_error *err);
    /* Sets call->target to the object that the path names, or fails with NOT_FOUND. Called after
     * the input was read. May be NULL. */
    agentos_status (*target)(struct call *call, agentos_error *err);
    int success;         /* the success status; 0 for 200 */
    struct shown shows;  /* the content of a success */
    const int *failures; /* further error statuses, ending with 0; may be NULL */
    /* the operation id in /openapi.json; NULL to derive it from the method and the pattern */
    const char *id;
    const char *returns; /* describes a success in /openapi.json; may be NULL */
};

/* Returns the route's input, which is empty if it has none. Never NULL. */
const struct input *route_input(const struct route *row);

enum match { MATCH_NONE, MATCH_OTHER_METHOD, MATCH_FOUND };

/* Finds the first route with the path and the method. For MATCH_OTHER_METHOD, *out is the first
 * route with the path, whose method goes into the Allow header. For MATCH_NONE, *out is NULL. */
enum match route_find(const struct surface *surface, enum method method, str path,
                      struct params *params, const struct route **out);

/* Returns the id in the path to which per-resource scopes refer (agent_id, team_id, workflow_id),
 * or an empty text. */
str route_resource_id(const struct params *params);

#endif
