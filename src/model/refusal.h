/* Describes to a run's owner why a provider has refused or failed, by the type of the error and one
 * sentence without keys. */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

#include "json/parse.h"

enum { REFUSAL_BYTES = 512 };

struct refusal {
    const char *type;
    char message[REFUSAL_BYTES];
};

struct refusal_context {
    /* "Bearer KEY" as it was sent, which is never quoted; NULL if none was sent */
    const char *authorization;
    /* set for the Responses API, where a 404 may mean that the server has only Chat Completions */
    bool has_chat_sibling;
};

/* Describes an answer whose status is not 200. The body may be any text. */
struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body);

/* Returns whether the object says anything that the functions here would quote. */
bool refusal_has_words(const struct refusal_context *context, const json_t *said);

/* Describes an error inside an answer or event, which is {"message", "code"} or a text. It may be
 * NULL. */
struct refusal refusal_of_error(const struct refusal_context *context, const json_t *error);

#endif
