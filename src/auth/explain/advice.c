/* The contract's refusals and their remedies, as a table. Scopes that are missing are not here: who
 * explains knows which. */
#include "auth/explain/advice.h"
#include "base/mem.h"

// clang-format off
static const struct {
    const char *refusal; /* how the sentence begins; the first row that fits counts */
    const char *advice;
} remedies[] = {
    { "Authorization header missing",
      "send the header `Authorization: Bearer TOKEN`" },
    { "Authorization header required",
      "send the server's security_key: `Authorization: Bearer KEY`" },
    { "Authorization header without a scheme",
      "put `Bearer ` before the token, or set authorization.bare_token to accept" },
    { "JWT cookie",
      "send the token in the cookie that authorization.cookie_name names" },
    { "JWT token missing",
      "send the token in the header or in the cookie that authorization names" },
    { "access_token in the query",
      "send the token in its header" },
    { "A cookie does not count here",
      "list the page's origin in cors_origins, serve it from the same site, or send the token in its header" },
    { "Invalid authentication token",
      "send the server's security_key; where tokens are meant, give it a key to check them with" },
    { "Token has expired",
      "get a new token; if this one is new, compare the clocks of the issuer and of this machine" },
    { "Invalid token: The token is not yet valid",
      "compare the clocks of the issuer and of this machine" },
    { "Invalid token: Signature verification failed",
      "add the public half of the key that signed it to the keys that the steps name" },
    { "Invalid token: No verification keys configured",
      "publish the public half of the key that signed it in authorization.jwks_file or "
      "verification_keys, or sign with one that is there" },
    { "Invalid token: The specified alg value is not allowed",
      "sign with the algorithm in authorization.algorithm (an issuer's algorithms), or change that to "
      "the token's" },
    { "Invalid token: Algorithm not specified",
      "sign it; its header must name the algorithm" },
    { "Invalid token: The issuer's keys cannot be had",
      "see the step `key set` for why; the server's log says when it changes" },
    { "Invalid token: Tokens of this issuer are not of the type",
      "send an access token, or list its type in the issuer's typ" },
    { "Invalid token: Not an access token",
      "send an access token, not an ID or a logout token" },
    { "Invalid token: Security event tokens",
      "send an access token, not an ID or a logout token" },
    { "Invalid token: The \"",
      "send an access token of this issuer, or correct the issuer's equal_claims" },
    { "Invalid token: It lives longer",
      "let the provider issue shorter tokens, or raise the issuer's max_lifetime" },
    { "Authenticated request is missing a user identity",
      "let the issuer put sub into its tokens, or set the issuer's user_id_claim" },
    { "Invalid token: Not enough segments",
      "send a JWT: three parts with dots between them" },
    { "Invalid token: Payload Issuer",
      "let the issuer write its name as one text" },
    { "Invalid token: Invalid issuer",
      "the token's iss and authorization.issuer, or one of authorization.issuers, must be equal to the letter" },
    { "Invalid token: Token is missing the",
      "let the issuer put this claim into its tokens" },
    { "Invalid token audience",
      "the token's aud (audience_claim) must hold the issuer's audience; without listed issuers "
      "authorization.audience or, where that is not set, the server's id" },
    { "Invalid or expired service account token",
      "create the account again with POST /service-accounts; its token is told only once" },
    { "Service accounts are not enabled",
      "ask the running server (POST /authz/explain), or give it a database that is kept" },
    { "Invalid token: Subject must be a string",
      "let the issuer write the user's id as a text" },
    { "Invalid token subject",
      "the token's sub must have 1 to 128 bytes, no control characters, and be none of the server's own names" },
    { "Invalid token session",
      "the token's session_id must be a text of at most 128 bytes without control characters" },
    { "Invalid token: A token bound to a key",
      "let the provider issue bearer tokens; this server takes no proof of possession (DPoP, mTLS)" },
    { "Service accounts cannot change authorization",
      "let a person do it, with a token of his own" },
    { "Invalid token: ", /* damaged, or asking for what is not done here */
      "let the issuer make a plain signed JWT, and compare what arrives with it: line ends, quotes, padding" },
};
// clang-format on

/* By authorization.token_header a header may have any name. */
static bool is_missing_header(str refusal)
{
    return str_ends(refusal, STR(" header missing"));
}

void advise(struct explanation *why, const char *refusal)
{
    for (size_t i = 0; i < COUNT(remedies); i++)
        if (str_starts(str_of(refusal), str_of(remedies[i].refusal))) {
            explain_advice(why, "%s", remedies[i].advice);
            return;
        }
    if (is_missing_header(str_of(refusal)))
        explain_advice(why, "send the token in the header that authorization.token_header names");
}
