/* A token on its way to being believed: taken apart when that is first asked and only once, so that
 * who chooses the issuer and who checks the signature look at the same parts. What is in it is
 * nobody's word yet. */
#ifndef AUTH_TOKEN_TOKEN_H
#define AUTH_TOKEN_TOKEN_H

#include "jose/jwt.h"

struct token {
    str text;             /* borrowed */
    arena *work;          /* borrowed; for what need not outlive the request */
    arena *own;           /* for the claims, which a principal may take with it */
    struct jws jws;       /* after token_take_apart */
    const json_t *claims; /* after token_read_claims; NULL before */
};

#define AUTO_TOKEN __attribute__((cleanup(token_clear))) struct token

struct token token_of(str text, arena *work);
void token_clear(struct token *token); /* fine, too, when another has taken `own` */

/* UNAUTHENTICATED with the bare reason of jws_parse and jwt_claims. */
MUST_USE agentos_status token_take_apart(struct token *token, agentos_error *err);
MUST_USE agentos_status token_read_claims(struct token *token, agentos_error *err);

#endif
