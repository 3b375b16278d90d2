/* The rows of a server's route table, and the search for the row that fits a request. */
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

/* Answers an admitted request, in one of the ways that call.h describes. Called on the loop's
 * thread; must not block. */
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
    /* the values that these rows read are freed when the handler returns */
    const struct field *json;
    enum body_need json_need;
    size_t json_at; /* offset in the record of the struct that `json` is a table of */
};

/* The content of a row's successful answer, for /openapi.json. A zeroed struct is an answer without
 * a body. */
struct shown {
    const struct shape *shape; /* the shape of the JSON; NULL if it has none */
    /* the JSON is a list of these objects, or a page of such a list (web/page.h); without a shape,
     * is_list means an empty list */
    bool is_list, is_page;
    bool is_document; /* a JSON object that another specification describes */
    /* the media type of a text that is answered beside the JSON or instead of it; may be NULL */
    const char *media_type;
    const struct shape *event; /* the shape of each event's data, if the text is an event stream */
};

struct route {
    enum method method;
    const char *pattern;
    struct access access;
    /* NULL for a row of the contract that this version lacks, which answers 501 after
     * authorization */
    handler *answer;
    const char *tag, *summary; /* for /openapi.json and docs/api.md */
    enum body_kind body;
    size_t body_limit;         /* in bytes; 0 for the limit of the configuration */
    const struct input *input; /* NULL if the row reads no input */
    /* Returns UNAVAILABLE, which is answered, if this server is not set up for the row. Called
     * before the input is read. NULL if the row is always available. */
    agentos_status (*available)(const struct call *call, agentos_error *err);
    /* Looks up the object that the path names and sets call->target, after the input has been read.
     * Its NOT_FOUND is answered. NULL if the path names nothing. */
    agentos_status (*target)(struct call *call, agentos_error *err);
    int success;         /* the status of a success; 0 for 200 */
    struct shown shows;  /* the content of a success */
    const int *failures; /* further statuses of failures, ending with 0; may be NULL */
    /* the operation's id in /openapi.json; NULL to derive it from the method and the pattern */
    const char *id;
    const char *returns; /* describes a success in /openapi.json; NULL if the summary is enough */
};

/* Returns the input of the row, which is empty for a row without an input. Never returns NULL. */
const struct input *route_input(const struct route *row);

enum match { MATCH_NONE, MATCH_OTHER_METHOD, MATCH_FOUND };

/* Finds the first of the surface's rows that fits the method and the path. For MATCH_OTHER_METHOD,
 * *out is the first row that fits the path, whose method goes into the Allow header. For
 * MATCH_NONE, *out is NULL. */
enum match route_find(const struct surface *surface, enum method method, str path,
                      struct params *params, const struct route **out);

/* Returns the id in the path to which per-resource scopes refer (agent_id, team_id, workflow_id),
 * or an empty text. */
str route_resource_id(const struct params *params);

#endif
