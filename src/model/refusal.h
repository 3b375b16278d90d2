/* Describes a provider's error to the run's owner: a type and a message without API keys. */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

#include "json/parse.h"

enum { REFUSAL_BYTES = 512 };

struct refusal {
    const char *type;
    char message[REFUSAL_BYTES];
};

struct refusal_context {
    /* "Bearer KEY" as sent, never quoted; NULL if none was sent */
    const char *authorization;
    /* set for the Responses API: a 404 may mean that the server has only Chat Completions */
    bool has_chat_alternative;
};

/* Describes an answer whose status is not 200. The body may be any text. */
struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body);

/* Returns true if the object has a message to quote. */
bool refusal_has_message(const struct refusal_context *context, const json_t *json);

/* Describes an error inside an answer or event: {"message", "code"}, a text or NULL. */
struct refusal refusal_of_error(const struct refusal_context *context, const json_t *error);

#endif
