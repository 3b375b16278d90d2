/* The JSON body of a request, which is read as the contract demands. Its faults become the list of
 * problems of a 422. */
#ifndef WEB_BODY_H
#define WEB_BODY_H

#include "http/message.h"
#include "json/parse.h"
#include "json/problems.h"

/* Parses the body into *out, which the arena owns. *out is NULL if the body is empty or null.
 * Returns false, and adds a problem, if the body is not valid JSON, does not have a JSON type
 * (docs/design/contract.md §1), or has more than CLIENT_JSON_VALUES_MAX values. */
MUST_USE bool body_parse(const struct request *request, arena *a, const json_t **out,
                         struct problems *problems);

/* Works like body_parse, but an absent body is a problem too. */
MUST_USE bool body_parse_required(const struct request *request, arena *a, const json_t **out,
                                  struct problems *problems);

/* A member of the body that is stored as text. */
struct body_member {
    const json_t *value; /* NULL if the member is absent */
    const char *name;
    size_t max_bytes;
};

/* Renders the value as JSON text, allocated in the arena, and stores it in *out; NULL if the member
 * is absent. Returns TOO_LARGE if the text is longer than max_bytes, and UNPROCESSABLE if the
 * value is nested too deeply to be stored inside other values. */
MUST_USE agentos_status body_text(const struct body_member *member, arena *a, const char **out,
                                  agentos_error *err);

#endif
