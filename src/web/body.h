/* The JSON body of a request, as the contract reads it: what is at fault becomes its 422 list. */
#ifndef WEB_BODY_H
#define WEB_BODY_H

#include "http/message.h"
#include "json/parse.h"
#include "json/problems.h"

/* *out: the value, released with the arena; NULL: no body, or null. false: a problem was added,
 * since the body is not valid JSON, does not have a JSON type (docs/design/contract.md §1), or has
 * more than CLIENT_JSON_VALUES_MAX values. */
MUST_USE bool body_parse(const struct request *request, arena *a, const json_t **out,
                         struct problems *problems);

/* As body_parse, where a body is required. */
MUST_USE bool body_parse_required(const struct request *request, arena *a, const json_t **out,
                                  struct problems *problems);

/* A member that is stored as text. */
struct body_member {
    const json_t *value; /* NULL: absent */
    const char *name;
    size_t most_bytes;
};

/* Its value as JSON text from the arena; NULL: absent. TOO_LARGE: longer than most_bytes.
 * UNPROCESSABLE: nested too deeply to be stored inside other values. */
MUST_USE agentos_status body_text(const struct body_member *member, arena *a, const char **out,
                                  agentos_error *err);

#endif
