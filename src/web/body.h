/* JSON request bodies. Faults become the problems of a 422. */
#ifndef WEB_BODY_H
#define WEB_BODY_H

#include "http/message.h"
#include "json/parse.h"
#include "json/problems.h"

/* Parses the body into *out, which the arena owns; NULL if the body is empty or null. Returns
 * false, and adds a problem, if the body is not valid JSON, does not have a JSON type
 * (docs/design/contract.md §1), or has more than CLIENT_JSON_VALUES_MAX values. */
MUST_USE bool body_parse(const struct request *request, arena *a, const json_t **out,
                         struct problems *problems);

/* Like body_parse, but an absent body is a problem. */
MUST_USE bool body_parse_required(const struct request *request, arena *a, const json_t **out,
                                  struct problems *problems);

/* A body member that is stored as JSON text. */
struct body_member {
    const json_t *value; /* NULL if the member is absent */
    const char *name;
    size_t max_bytes;
};

/* Renders the value as JSON text in *out, allocated in the arena, or NULL if the member is absent.
 * Returns TOO_LARGE if the text exceeds max_bytes, and UNPROCESSABLE if the value is nested too
 * deeply. */
MUST_USE agentos_status body_text(const struct body_member *member, arena *a, const char **out,
                                  agentos_error *err);

#endif
