/* An unverified token, parsed once when it is first needed. */
#ifndef AUTH_TOKEN_TOKEN_H
#define AUTH_TOKEN_TOKEN_H

#include "jose/jwt.h"

struct token {
    str text;    /* borrowed */
    arena *work; /* borrowed; for data that need not outlive the request */
    /* owns the claims; NULL after a principal has taken it over */
    arena *own;
    struct jws jws;       /* set by token_parse */
    const json_t *claims; /* set by token_read_claims; NULL before */
};

#define AUTO_TOKEN __attribute__((cleanup(token_clear))) struct token

/* Returns a token that borrows the text and the arena. The caller must call token_clear, or declare
 * the token as an AUTO_TOKEN. */
struct token token_of(str text, arena *work);
void token_clear(struct token *token); /* also after `own` was taken over */

/* token_parse fills in `jws`; token_read_claims must follow and fills in `claims`. Repeating
 * either after a success has no effect. token_read_claims must not be called after `own` was taken
 * over. Both return UNAUTHENTICATED with the reason of jws_parse or jwt_claims. */
MUST_USE agentos_status token_parse(struct token *token, agentos_error *err);
MUST_USE agentos_status token_read_claims(struct token *token, agentos_error *err);

#endif
