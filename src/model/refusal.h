/* What a run's owner is told when a provider refuses or fails: the error's type and one sentence,
 * without keys. */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

#include "json/parse.h"

enum { REFUSAL_BYTES = 512 };

struct refusal {
    const char *type;
    char message[REFUSAL_BYTES];
};

struct refusal_context {
    const char *authorization; /* "Bearer KEY" as it was sent; NULL: nothing. Never quoted */
    bool has_chat_sibling; /* the Responses API: a 404 may mean that only Chat Completions exist */
};

/* Of an answer with a status other than 200. The body may be anything. */
struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body);

/* Does the object say anything that the functions here would quote? */
bool refusal_has_words(const struct refusal_context *context, const json_t *said);

/* Of an error inside an answer or event: {"message", "code"} or a text; NULL: there was none. */
struct refusal refusal_of_error(const struct refusal_context *context, const json_t *error);

#endif
