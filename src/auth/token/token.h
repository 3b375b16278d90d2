/* A token that is not trusted yet. It is decoded only once, when it is first needed, so that the
 * choice of the issuer and the check of the signature use the same parts. */
#ifndef AUTH_TOKEN_TOKEN_H
#define AUTH_TOKEN_TOKEN_H

#include "jose/jwt.h"

struct token {
    str text;    /* borrowed */
    arena *work; /* borrowed; for data that need not outlive the request */
    /* Owned; contains the claims. A principal may take it over, after which it is NULL. */
    arena *own;
    struct jws jws;       /* set by token_take_apart */
    const json_t *claims; /* set by token_read_claims; NULL before */
};

#define AUTO_TOKEN __attribute__((cleanup(token_clear))) struct token

/* Returns a token with this text. The text and the arena are borrowed for the token's life. The
 * caller must call token_clear, or declare the token as an AUTO_TOKEN. */
struct token token_of(str text, arena *work);
void token_clear(struct token *token); /* may be called even if `own` was taken over */

/* token_take_apart fills in `jws`, and token_read_claims, which must come second, fills in
 * `claims`. Calling either again after a success does nothing; token_read_claims must not be
 * called once `own` was taken over. Both return UNAUTHENTICATED with the bare reason of jws_parse
 * or jwt_claims. */
MUST_USE agentos_status token_take_apart(struct token *token, agentos_error *err);
MUST_USE agentos_status token_read_claims(struct token *token, agentos_error *err);

#endif
