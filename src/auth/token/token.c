/* Parses a token at most once, without verifying it. */
#include "auth/token/token.h"

#include "base/ensure.h"

struct token token_of(str text, arena *work)
{
    ensure(work != NULL);
    return (struct token){ .text = text, .work = work, .own = arena_new() };
}

void token_clear(struct token *token)
{
    arena_free(TAKE(token->own));
}

agentos_status token_parse(struct token *token, agentos_error *err)
{
    if (token->jws.header != NULL)
        return AGENTOS_OK;
    return jws_parse(token->work, token->text, &token->jws, err);
}

agentos_status token_read_claims(struct token *token, agentos_error *err)
{
    ensure(token->own != NULL); /* the claims have not been handed over */
    if (token->claims != NULL)
        return AGENTOS_OK;
    return jwt_claims(token->own, &token->jws, &token->claims, err);
}
