/* A token that is not trusted yet. It is decoded on first use and only once, so the choice of the
 * issuer and the check of the signature are made on the same parts. */
#ifndef AUTH_TOKEN_TOKEN_H
#define AUTH_TOKEN_TOKEN_H

#include "jose/jwt.h"

struct token {
    str text;             /* borrowed */
    arena *work;          /* borrowed; for what need not outlive the request */
    arena *own;           /* owned; for the claims, which a principal may take over. NULL: it has */
    struct jws jws;       /* after token_take_apart */
    const json_t *claims; /* after token_read_claims; NULL before */
};

#define AUTO_TOKEN __attribute__((cleanup(token_clear))) struct token

/* A token of this text, for token_clear or as an AUTO_TOKEN. Both are borrowed for its life. */
struct token token_of(str text, arena *work);
void token_clear(struct token *token); /* also when `own` was taken over */

/* Fill in jws, then claims; again does nothing. The claims need the jws first. UNAUTHENTICATED with
 * the bare reason of jws_parse or jwt_claims. */
MUST_USE agentos_status token_take_apart(struct token *token, agentos_error *err);
MUST_USE agentos_status token_read_claims(struct token *token, agentos_error *err);

#endif
