/* The contract's refusals and their remedies, as a table. */
#include "auth/advice.h"

// clang-format off
static const struct {
    const char *refusal; /* how the sentence begins; the first row that fits counts */
    const char *advice;
} remedies[] = {
    { "Authorization header missing",
      "send the header `Authorization: Bearer TOKEN`" },
    { "Authorization header without a scheme",
      "put `Bearer ` before the token, or set authorization.bare_token to accept" },
    { "Token has expired",
      "get a new token; if this one is new, compare the clocks of the issuer and of this machine" },
    { "Invalid token: The token is not yet valid",
      "compare the clocks of the issuer and of this machine" },
    { "Invalid token: Signature verification failed",
      "add the public half of the key that signed it to authorization.verification_keys" },
    { "Invalid token: The specified alg value is not allowed",
      "sign with the algorithm in authorization.algorithm, or change that to the token's" },
    { "Invalid token: The issuer's keys cannot be had",
      "see the step `key set` for why; the server's log says when it changes" },
    { "Invalid token: Tokens of this issuer are not of the type",
      "send an access token, or list its type in the issuer's typ" },
    { "Invalid token: It lives longer",
      "let the provider issue shorter tokens, or raise the issuer's max_lifetime" },
    { "Authenticated request is missing a user identity",
      "let the issuer put sub into its tokens, or set the issuer's user_id_claim" },
    { "Invalid token: Not enough segments",
      "send a JWT: three parts with dots between them" },
    { "Invalid token: Invalid issuer",
      "the token's iss and authorization.issuer, or one of authorization.issuers, must be equal to the letter" },
    { "Invalid token: Token is missing the",
      "let the issuer put this claim into its tokens" },
    { "Invalid token audience",
      "the token's aud must hold authorization.audience or, where that is not set, the server's id" },
    { "Invalid or expired service account token",
      "create the account again with POST /service-accounts; its token is told only once" },
    { "Service accounts are not enabled",
      "ask the running server (POST /authz/explain), or give it a database that is kept" },
    { "Invalid token subject",
      "the token's sub must have 1 to 128 bytes, no control characters, and be none of the server's own names" },
    { "Invalid token session",
      "the token's session_id must be a text of at most 128 bytes without control characters" },
    { "Invalid token: A token bound to a key",
      "let the provider issue bearer tokens; this server takes no proof of possession (DPoP, mTLS)" },
};
// clang-format on

void advise(struct explanation *why, const char *refusal)
{
    for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
        if (str_starts(str_of(refusal), str_of(remedies[i].refusal))) {
            explain_advice(why, "%s", remedies[i].advice);
            return;
        }
}
