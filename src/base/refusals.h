/* Every reason for which a request is refused because of what its caller sends or may not do. Each
 * has a row with its status and its sentence. What is counted of a refusal, and what is advised to
 * its caller, is in auth/explain/refusal_notes.c, under the same names. */
#ifndef BASE_REFUSALS_H
#define BASE_REFUSALS_H

#include "base/error.h"

/* X(name, status, sentence). The sentence is a format of printf. Clients read it, so it is part of
 * the contract and must not change. The name in lower case is the `reason` of the access log, so it
 * must not change either. Sentences about the form of a token are sent with "Invalid token: "
 * before them. */
// clang-format off
#define REFUSAL_LIST(X)                                                                             \
    /* the request itself */                                                                        \
    X(PATH_AMBIGUOUS, INVALID,                                                                      \
      "The path holds an encoded slash, a backslash, NUL or a dot segment")                         \
    X(HOST_REFUSED, INVALID, "Invalid host header")                                                 \
    X(ORIGIN_REFUSED, FORBIDDEN, "Requests from this page's origin are not accepted")               \
    X(RUNS_EXCEEDED, TOO_MANY,                                                                      \
      "You have as many runs under way as one caller may have here: %zu")                           \
    X(HELD_BYTES_EXCEEDED, TOO_MANY,                                                                \
      "Your requests under way hold as much as one caller's may hold here: %zu bytes")              \
    /* no credential, or not where it is looked for */                                              \
    X(HEADER_MISSING, UNAUTHENTICATED, "%s header missing")                                         \
    X(COOKIE_MISSING, UNAUTHENTICATED, "JWT cookie '%s' missing")                                   \
    X(TOKEN_MISSING, UNAUTHENTICATED, "JWT token missing from both %s header and '%s' cookie")      \
    X(SECURITY_KEY_MISSING, UNAUTHENTICATED, "Authorization header required")                       \
    X(SCHEME_MISSING, UNAUTHENTICATED, "%s header without a scheme: send %s: Bearer TOKEN")         \
    X(SCHEME_OTHER, UNAUTHENTICATED, "%s header with the scheme %.*s: send %s: Bearer TOKEN")        \
    X(BEARER_EMPTY, UNAUTHENTICATED, "%s header without a token: send %s: Bearer TOKEN")            \
    X(HEADER_REPEATED, INVALID, "More than one %s header")                                          \
    X(COOKIE_REPEATED, INVALID, "More than one %s cookie")                                          \
    X(COOKIE_SCHEME, UNAUTHENTICATED, "JWT cookie '%s' begins with Bearer: send the token alone")   \
    X(TOKEN_IN_QUERY, INVALID, "access_token in the query string is not accepted: send an "         \
                               "Authorization header")                                              \
    X(CROSS_SITE_COOKIE, FORBIDDEN, "A cookie does not count here: the request comes from %s")      \
    /* other credentials than tokens */                                                             \
    X(SECURITY_KEY_WRONG, UNAUTHENTICATED, "Invalid authentication token")                          \
    X(ACCOUNT_UNKNOWN, UNAUTHENTICATED, "Invalid or expired service account token")                 \
    X(ACCOUNTS_OFF, UNAUTHENTICATED, "Service accounts are not enabled on this AgentOS instance")   \
    X(THROTTLED, TOO_MANY, "Too many failed authentication attempts")                               \
    /* a token's form */                                                                            \
    X(TOKEN_TOO_LARGE, UNAUTHENTICATED, "The token is larger than %d KiB")                          \
    X(TOO_FEW_SEGMENTS, UNAUTHENTICATED, "Not enough segments")                                     \
    X(TOO_MANY_SEGMENTS, UNAUTHENTICATED, "Too many segments")                                      \
    X(TOKEN_OPAQUE, UNAUTHENTICATED, "Invalid token: %s. An opaque token cannot be checked here: "  \
                                     "ask the provider for a JWT, usually by naming the audience")  \
    X(TOKEN_ENCRYPTED, UNAUTHENTICATED, "Encrypted tokens (JWE) are not accepted")                  \
    X(HEADER_NOT_BASE64, UNAUTHENTICATED, "Invalid header padding")                                 \
    X(HEADER_NOT_JSON, UNAUTHENTICATED, "Invalid header string: %s")                                \
    X(HEADER_NOT_OBJECT, UNAUTHENTICATED, "Invalid header string: must be a json object")           \
    X(PAYLOAD_NOT_BASE64, UNAUTHENTICATED, "Invalid payload padding")                               \
    X(PAYLOAD_NOT_JSON, UNAUTHENTICATED, "Invalid payload string: %s")                              \
    X(PAYLOAD_NOT_OBJECT, UNAUTHENTICATED, "Invalid payload string: must be a json object")         \
    X(SIGNATURE_NOT_BASE64, UNAUTHENTICATED, "Invalid crypto padding")                              \
    X(KID_NOT_TEXT, UNAUTHENTICATED, "Key ID header parameter must be a string")                    \
    X(KID_TOO_LONG, UNAUTHENTICATED, "Key ID header parameter is too long")                         \
    X(TYP_NOT_TEXT, UNAUTHENTICATED, "Type header parameter must be a string")                      \
    X(CRIT_PRESENT, UNAUTHENTICATED, "Unsupported critical extension")                              \
    X(TOKEN_COMPRESSED, UNAUTHENTICATED, "Compressed tokens (zip) are not accepted")                \
    X(PAYLOAD_UNENCODED, UNAUTHENTICATED, "Unencoded payloads (b64) are not accepted")              \
    X(TOKEN_NESTED, UNAUTHENTICATED, "Nested tokens (cty) are not accepted")                        \
    /* algorithm and signature */                                                                   \
    X(ALG_MISSING, UNAUTHENTICATED, "Algorithm not specified")                                      \
    X(ALG_NOT_ALLOWED, UNAUTHENTICATED, "The specified alg value is not allowed")                   \
    X(SIGNATURE_WRONG, UNAUTHENTICATED, "Signature verification failed")                            \
    X(KEY_UNKNOWN, UNAUTHENTICATED, "No verification keys configured")                              \
    X(KEYS_UNAVAILABLE, UNAUTHENTICATED, "The issuer's keys cannot be had at present")              \
    /* claims */                                                                                    \
    X(NOT_AN_ACCESS_TOKEN, UNAUTHENTICATED, "Not an access token")                                  \
    X(SECURITY_EVENT, UNAUTHENTICATED, "Invalid token: Security event tokens are not accepted")     \
    X(KEY_BOUND, UNAUTHENTICATED, "Invalid token: A token bound to a key (cnf) is not accepted as " \
                                  "a bearer token")                                                 \
    X(EXP_MISSING, UNAUTHENTICATED, "Invalid token: Token is missing the \"exp\" claim")            \
    X(EXP_NOT_DATE, UNAUTHENTICATED,                                                                \
      "Invalid token: Expiration Time claim (exp) must be an integer.")                             \
    X(NBF_NOT_DATE, UNAUTHENTICATED, "Invalid token: Not Before claim (nbf) must be an integer.")   \
    X(IAT_NOT_DATE, UNAUTHENTICATED, "Invalid token: Issued At claim (iat) must be an integer.")    \
    X(EXPIRED, UNAUTHENTICATED, "Token has expired")                                                \
    X(NOT_YET_VALID, UNAUTHENTICATED, "Invalid token: The token is not yet valid (nbf)")            \
    X(ISSUED_IN_FUTURE, UNAUTHENTICATED, "Invalid token: The token is not yet valid (iat)")         \
    X(SUB_NOT_TEXT, UNAUTHENTICATED, "Invalid token: Subject must be a string")                     \
    X(JTI_NOT_TEXT, UNAUTHENTICATED, "Invalid token: JWT ID must be a string")                      \
    X(AUDIENCE_MISSING, UNAUTHENTICATED,                                                            \
      "Invalid token: Token is missing the \"%s\" claim. Audience verification requires this "      \
      "claim to be present in the token.")                                                          \
    X(AUDIENCE_WRONG, UNAUTHENTICATED,                                                              \
      "Invalid token audience - token not valid for this AgentOS instance")                         \
    X(ISSUER_MISSING, UNAUTHENTICATED,                                                              \
      "Invalid token: Token is missing the \"iss\" claim. Issuer verification requires this "       \
      "claim to be present in the token.")                                                          \
    X(ISSUER_NOT_TEXT, UNAUTHENTICATED, "Invalid token: Payload Issuer (iss) must be a string")     \
    X(ISSUER_WRONG, UNAUTHENTICATED, "Invalid token: Invalid issuer. Expected: %s, got: %.*s")      \
    X(ISSUER_NOT_NAMED, UNAUTHENTICATED, "Invalid token: Token is missing the \"iss\" claim")       \
    X(ISSUER_NOT_LISTED, UNAUTHENTICATED, "Invalid token: Invalid issuer")                          \
    X(TYP_WRONG, UNAUTHENTICATED, "Tokens of this issuer are not of the type " QUOTED)              \
    X(LIFETIME_TOO_LONG, UNAUTHENTICATED, "It lives longer than the %lld seconds allowed")          \
    X(CLAIM_MISSING, UNAUTHENTICATED, "Token is missing the \"%s\" claim")                          \
    X(CLAIM_WRONG, UNAUTHENTICATED,                                                                 \
      "The \"%s\" claim is not what this issuer's access tokens carry")                             \
    X(SUBJECT_INVALID, UNAUTHENTICATED, "Invalid token subject")                                    \
    X(SESSION_INVALID, UNAUTHENTICATED, "Invalid token session")                                    \
    X(SCOPES_TOO_MANY, UNAUTHENTICATED, "Invalid token: It has more than %d scopes or roles")      \
    X(USER_MISSING, FORBIDDEN, "Authenticated request is missing a user identity")                  \
    /* known, and may not */                                                                        \
    X(SCOPE_MISSING, FORBIDDEN, "Insufficient permissions. Required scope(s): %s")                  \
    X(RESOURCE_DENIED, FORBIDDEN, "Access denied to %.*s this %.*s")                                \
    X(CREDENTIAL_NEEDED, FORBIDDEN, "Insufficient permissions")                                     \
    X(ADMIN_NEEDED, FORBIDDEN, "Admin privileges required")                                         \
    X(PERSON_NEEDED, FORBIDDEN, "Service accounts cannot change authorization")                     \
    X(GRANT_UNREADABLE, INVALID, "Invalid scope(s): %s")                                            \
    X(GRANT_PRIVILEGED, INVALID,                                                                    \
      "Privileged scope(s) require allow_privileged_scopes=true: %s. Privileged tokens must be "    \
      "deliberate, never accidental.")                                                              \
    X(GRANTER_UNKNOWN, UNAUTHENTICATED,                                                             \
      "JWT authentication is required to mint a service account.")                                  \
    X(GRANT_NOT_HELD, FORBIDDEN, "Cannot grant scope(s) you do not hold: %s")                       \
    X(ACCOUNT_SHARED, FORBIDDEN, "Cannot revoke a workspace-level service account")
// clang-format on

enum refusal_code {
    REFUSAL_NONE,
#define X(name, status, sentence) REFUSAL_##name,
    REFUSAL_LIST(X)
#undef X
        REFUSALS
};

/* The sentences by name, so that the compiler checks the arguments of a refusal against them. */
#define X(name, status, sentence) \
    static const char REFUSAL_##name##_SENTENCE[] __attribute__((unused)) = sentence;
REFUSAL_LIST(X)
#undef X

/* Refuses with a sentence that has no arguments: `return refuse(err, REFUSAL_EXPIRED)`. */
agentos_status refuse(agentos_error *err, enum refusal_code code);

/* Returns the same as a value, for a refusal that is answered or kept and not returned. */
agentos_error refusal_make(enum refusal_code code);

/* As refuse, with at least one argument: `refuse_with(err, REFUSAL_SCOPE_MISSING, scope)`. */
#define refuse_with(err, name, ...) refuse_formatted((err), name, name##_SENTENCE, __VA_ARGS__)
agentos_status refuse_formatted(agentos_error *err, enum refusal_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Returns which refusal the error is, or REFUSAL_NONE if it is not a refusal. */
enum refusal_code refusal_of(const agentos_error *err);

/* Returns what the access log calls the refusal, such as "expired" or "signature_wrong", or "other"
 * for REFUSAL_NONE. The result is a literal, or `word` after writing to it. */
enum { REFUSAL_WORD_SIZE = 24 };
const char *refusal_word(enum refusal_code code, char word[REFUSAL_WORD_SIZE]);

#endif
