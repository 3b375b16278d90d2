/* The metrics label of each refusal and advice for the operator. */
#include "auth/explain/refusal_notes.h"

#include "base/ensure.h"
#include "base/mem.h"

#define COMPARE_CLOCKS "compare the clocks of the issuer and of this machine"
#define SEND_ACCESS    "send an access token, not an ID or a logout token"
#define PLAIN_JWT                                                                 \
    "have the issuer make a plain signed JWT, and compare it with what arrives: " \
    "line ends, quotes, padding"

/* One row for each refusal (base/refusals.h): its label, and its advice or NULL if that depends on
 * the request. */
// clang-format off
#define NOTES(X)                                                                                    \
    X(PATH_AMBIGUOUS, OTHER, "send the plain path; ids cannot contain a slash")                     \
    X(HOST_REFUSED, OTHER, "list the name in allowed_hosts")                                        \
    X(ORIGIN_REFUSED, SCOPE, "list the page's origin in cors_origins")                              \
    X(RUNS_EXCEEDED, THROTTLED, "wait until runs end, or raise limits.runs_per_caller")             \
    X(HELD_BYTES_EXCEEDED, THROTTLED,                                                               \
      "wait until requests end, or raise limits.held_bytes_per_caller")                             \
    X(HEADER_MISSING, MISSING,                                                                      \
      "send the header that authorization.token_header names, by default `Authorization: "          \
      "Bearer TOKEN`")                                                                              \
    X(COOKIE_MISSING, MISSING,                                                                      \
      "send the token in the cookie that authorization.cookie_name names")                          \
    X(TOKEN_MISSING, MISSING, "send the token in the header or cookie that authorization names")    \
    X(SECURITY_KEY_MISSING, MISSING,                                                                \
      "send the server's security_key: `Authorization: Bearer KEY`")                                \
    X(SCHEME_MISSING, OTHER,                                                                        \
      "put `Bearer ` before the token, or set authorization.bare_token to accept")                  \
    X(SCHEME_OTHER, OTHER, "send the token with the scheme Bearer")                                 \
    X(BEARER_EMPTY, MISSING, "put the token after `Bearer `; a variable may be empty")              \
    X(HEADER_REPEATED, OTHER, "send the header once; a proxy may have added its own")               \
    X(COOKIE_REPEATED, OTHER,                                                                       \
      "set the cookie for one domain and path only; a page beside this one may have set its "       \
      "own")                                                                                        \
    X(COOKIE_SCHEME, OTHER, "set the cookie to the token alone, without `Bearer `")                 \
    X(TOKEN_IN_QUERY, OTHER, "send the token in its header")                                        \
    X(CROSS_SITE_COOKIE, SCOPE,                                                                     \
      "list the page's origin in cors_origins, serve it from the same site, or send the "           \
      "token in its header")                                                                        \
    X(SECURITY_KEY_WRONG, INVALID,                                                                  \
      "send the server's security_key; to use tokens instead, configure a verification key")        \
    X(ACCOUNT_UNKNOWN, SERVICE_ACCOUNT,                                                             \
      "create the account again with POST /service-accounts; its token is shown only once")         \
    X(ACCOUNTS_OFF, OTHER,                                                                          \
      "ask the running server (POST /authz/explain), or give it a database on disk")                \
    X(THROTTLED, THROTTLED,                                                                         \
      "wait a minute, and find out who is sending invalid service account tokens")                  \
    X(TOKEN_TOO_LARGE, INVALID, PLAIN_JWT)                                                          \
    X(TOO_FEW_SEGMENTS, INVALID, "send a JWT: three parts with dots between them")                  \
    X(TOO_MANY_SEGMENTS, INVALID, PLAIN_JWT)                                                        \
    X(TOKEN_OPAQUE, INVALID, "send a JWT: three parts with dots between them")                      \
    X(TOKEN_ENCRYPTED, INVALID, PLAIN_JWT)                                                          \
    X(HEADER_NOT_BASE64, INVALID, PLAIN_JWT)                                                        \
    X(HEADER_NOT_JSON, INVALID, PLAIN_JWT)                                                          \
    X(HEADER_NOT_OBJECT, INVALID, PLAIN_JWT)                                                        \
    X(PAYLOAD_NOT_BASE64, INVALID, PLAIN_JWT)                                                       \
    X(PAYLOAD_NOT_JSON, INVALID, PLAIN_JWT)                                                         \
    X(PAYLOAD_NOT_OBJECT, INVALID, PLAIN_JWT)                                                       \
    X(SIGNATURE_NOT_BASE64, INVALID, PLAIN_JWT)                                                     \
    X(KID_NOT_TEXT, INVALID, PLAIN_JWT)                                                             \
    X(KID_TOO_LONG, INVALID, PLAIN_JWT)                                                             \
    X(TYP_NOT_TEXT, INVALID, PLAIN_JWT)                                                             \
    X(CRIT_PRESENT, INVALID, PLAIN_JWT)                                                             \
    X(TOKEN_COMPRESSED, INVALID, PLAIN_JWT)                                                         \
    X(PAYLOAD_UNENCODED, INVALID, PLAIN_JWT)                                                        \
    X(TOKEN_NESTED, INVALID, PLAIN_JWT)                                                             \
    X(ALG_MISSING, INVALID, "sign it; its header must name the algorithm")                          \
    X(ALG_NOT_ALLOWED, INVALID,                                                                     \
      "sign with the algorithm in authorization.algorithm (an issuer's algorithms), or "            \
      "change that to the token's")                                                                 \
    X(SIGNATURE_WRONG, SIGNATURE,                                                                   \
      "add the public half of the signing key to the keys named in the steps")                      \
    X(KEY_UNKNOWN, INVALID,                                                                         \
      "publish the public half of the signing key in authorization.jwks_file or "                   \
      "verification_keys, or sign with a published key")                                            \
    X(KEYS_UNAVAILABLE, INVALID,                                                                    \
      "see the step `key set` for the reason; the server's log says when it changes")               \
    X(NOT_AN_ACCESS_TOKEN, INVALID, SEND_ACCESS)                                                    \
    X(SECURITY_EVENT, INVALID, SEND_ACCESS)                                                         \
    X(KEY_BOUND, INVALID,                                                                           \
      "have the provider issue bearer tokens; proof of possession (DPoP, mTLS) is not "             \
      "supported")                                                                                  \
    X(EXP_MISSING, INVALID, "have the issuer add this claim to its tokens")                         \
    X(EXP_NOT_DATE, INVALID, PLAIN_JWT)                                                             \
    X(NBF_NOT_DATE, INVALID, PLAIN_JWT)                                                             \
    X(IAT_NOT_DATE, INVALID, PLAIN_JWT)                                                             \
    X(EXPIRED, EXPIRED, "get a new token; if this one is new, " COMPARE_CLOCKS)                     \
    X(NOT_YET_VALID, INVALID, COMPARE_CLOCKS)                                                       \
    X(ISSUED_IN_FUTURE, INVALID, COMPARE_CLOCKS)                                                    \
    X(SUB_NOT_TEXT, INVALID, "have the issuer send the user's id as a string")                      \
    X(JTI_NOT_TEXT, INVALID, PLAIN_JWT)                                                             \
    X(AUDIENCE_MISSING, INVALID, "have the issuer add this claim to its tokens")                    \
    X(AUDIENCE_WRONG, AUDIENCE,                                                                     \
      "the token's aud (audience_claim) must hold the issuer's audience; without listed "           \
      "issuers authorization.audience or, where that is not set, the server's id")                  \
    X(ISSUER_MISSING, INVALID, "have the issuer add this claim to its tokens")                      \
    X(ISSUER_NOT_TEXT, INVALID, "have the issuer send iss as one string")                           \
    X(ISSUER_WRONG, ISSUER, "the token's iss and authorization.issuer must be identical")           \
    X(ISSUER_NOT_NAMED, INVALID, "have the issuer add this claim to its tokens")                    \
    X(ISSUER_NOT_LISTED, ISSUER,                                                                    \
      "the token's iss and one of authorization.issuers must be identical")                         \
    X(TYP_WRONG, INVALID, "send an access token, or list its type in the issuer's typ")             \
    X(LIFETIME_TOO_LONG, INVALID,                                                                   \
      "have the provider issue shorter-lived tokens, or raise the issuer's max_lifetime")           \
    X(CLAIM_MISSING, INVALID, "have the issuer add this claim to its tokens")                       \
    X(CLAIM_WRONG, INVALID,                                                                         \
      "send an access token of this issuer, or correct the issuer's equal_claims")                  \
    X(SUBJECT_INVALID, INVALID,                                                                     \
      "the token's sub must have 1 to 255 bytes, no control characters, and be none of the "        \
      "server's own names")                                                                         \
    X(SESSION_INVALID, INVALID,                                                                     \
      "the token's session_id must be a text of at most 128 bytes without control "                 \
      "characters, '/' and '\\'")                                                                   \
    X(SCOPES_TOO_MANY, INVALID,                                                                     \
      "have the issuer put only this server's scopes and roles into its tokens")                    \
    X(USER_MISSING, SCOPE,                                                                          \
      "have the issuer add sub to its tokens, or set the issuer's user_id_claim")                   \
    X(SCOPE_MISSING, SCOPE, NULL)                                                                   \
    X(RESOURCE_DENIED, SCOPE, NULL)                                                                 \
    X(CREDENTIAL_NEEDED, SCOPE, NULL)                                                               \
    X(ADMIN_NEEDED, SCOPE, NULL)                                                                    \
    X(PERSON_NEEDED, SCOPE, "have a person do it with their own token")                             \
    X(GRANT_UNREADABLE, OTHER, "a scope is RESOURCE:ACTION or RESOURCE:ID:ACTION")                  \
    X(GRANT_PRIVILEGED, OTHER, "set allow_privileged_scopes if these scopes are intended")          \
    X(GRANTER_UNKNOWN, OTHER, "turn authorization on, or send a token")                             \
    X(GRANT_NOT_HELD, SCOPE,                                                                        \
      "leave out the scopes you do not hold, or ask an administrator to create the account")        \
    X(ACCOUNT_SHARED, SCOPE, "ask an administrator to revoke it")
// clang-format on

static const struct {
    enum refusal_label label;
    const char *advice;
} notes[REFUSALS] = {
#define X(name, label, advice) [REFUSAL_##name] = { LABEL_##label, advice },
    NOTES(X)
#undef X
};

/* Checks at compile time that each refusal has exactly one row. */
enum {
#define X(name, label, advice) NOTED_##name,
    NOTES(X)
#undef X
        NOTED_COUNT
};
_Static_assert(NOTED_COUNT == REFUSALS - 1, "each refusal has its row of notes");

// clang-format off
const struct preset_advice preset_advice[] = {
    { "auth0", REFUSAL_AUDIENCE_WRONG,
      "ask Auth0 for the token with `audience` set to the API's identifier, and give that as the issuer's audience" },
    { "auth0", REFUSAL_ALG_NOT_ALLOWED,
      "set the API's signing algorithm in Auth0 to RS256" },
    { "clerk", REFUSAL_AUDIENCE_WRONG,
      "list the page's origin in the issuer's audience: Clerk names it in azp" },
    { "cognito", REFUSAL_AUDIENCE_WRONG,
      "list the app client's id in the issuer's audience: Cognito's access tokens name it in client_id" },
    { "cognito", REFUSAL_AUDIENCE_MISSING,
      "send the access token: an ID token of Cognito has no client_id" },
    { "cognito", REFUSAL_CLAIM_WRONG,
      "send the access token, whose token_use is access, not the ID token" },
    { "firebase", REFUSAL_AUDIENCE_WRONG,
      "send a token of this project: Firebase names the project's id in aud" },
    { "firebase", REFUSAL_CLAIM_MISSING,
      "send the ID token of a signed-in user, not a custom token" },
    { "keycloak", REFUSAL_AUDIENCE_WRONG,
      "give the client an Audience mapper that adds the issuer's audience to access tokens" },
    { "keycloak", REFUSAL_AUDIENCE_MISSING,
      "give the client an Audience mapper that adds the issuer's audience to access tokens" },
    { "keycloak", REFUSAL_CLAIM_WRONG,
      "send the access token, whose typ claim is Bearer, not the ID or the refresh token" },
    { "okta", REFUSAL_AUDIENCE_WRONG,
      "set the issuer's audience to that of the custom authorization server in Okta" },
    { "supabase", REFUSAL_AUDIENCE_WRONG,
      "send the token of a signed-in user: its audience is `authenticated`" },
    { "supabase", REFUSAL_CLAIM_MISSING,
      "send the token of a signed-in user, not the anon or the service_role key, which have no sub" },
    { "workos", REFUSAL_CLAIM_MISSING,
      "send the access token of an AuthKit session, which has a sid" },
    { "workos", REFUSAL_SIGNATURE_WRONG,
      "set the issuer's audience to the client id: WorkOS has a key set for each client" },
};
// clang-format on
const size_t preset_advice_count = COUNT(preset_advice);

static const char *const label_names[] = {
    [LABEL_OTHER] = "other",       [LABEL_MISSING] = "missing",
    [LABEL_EXPIRED] = "expired",   [LABEL_SIGNATURE] = "signature",
    [LABEL_AUDIENCE] = "audience", [LABEL_ISSUER] = "issuer",
    [LABEL_INVALID] = "invalid",   [LABEL_SERVICE_ACCOUNT] = "service_account",
    [LABEL_SCOPE] = "scope",       [LABEL_THROTTLED] = "throttled",
};

/* Returns the label's name in the metrics. */
const char *refusal_label_name(enum refusal_label label)
{
    ensure(label < REFUSAL_LABELS);
    return label_names[label];
}

/* Returns the label that counts this refusal. */
enum refusal_label refusal_label(enum refusal_code code)
{
    ensure(code < REFUSALS);
    return notes[code].label;
}

/* Returns the advice for tokens of this provider, or NULL. */
static const char *special_advice(const char *preset, enum refusal_code code)
{
    for (size_t i = 0; i < preset_advice_count; i++)
        if (preset_advice[i].code == code && strcmp(preset_advice[i].preset, preset) == 0)
            return preset_advice[i].advice;
    return NULL;
}

/* Adds the advice for this refusal, unless there already is some. why and preset may be NULL. */
void advise(struct explanation *why, const char *preset, enum refusal_code code)
{
    ensure(code < REFUSALS);
    const char *advice = NULL;

    if (why == NULL || why->advice != NULL)
        return;
    if (preset != NULL)
        advice = special_advice(preset, code);
    if (advice == NULL)
        advice = notes[code].advice;
    if (advice != NULL)
        explain_advice(why, "%s", advice);
}
