/* Parses a token at most once and remembers the result. This file does not verify anything, so the
 * header and the claims must not be trusted yet. */
#include "auth/token/token.h"

struct token token_of(str text, arena *work)
{
    return (struct token){ .text = text, .work = work, .own = arena_new() };
}

void token_clear(struct token *token)
{
    arena_free(TAKE(token->own));
}

agentos_status token_take_apart(struct token *token, agentos_error *err)
{
    return token->jws.header != NULL ? AGENTOS_OK
                                     : jws_parse(token->work, token->text, &token->jws, err);
}

agentos_status token_read_claims(struct token *token, agentos_error *err)
{
    return token->claims != NULL ? AGENTOS_OK
                                 : jwt_claims(token->own, &token->jws, &token->claims, err);
}
