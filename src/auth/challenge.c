/* Builds the WWW-Authenticate header of a refusal (RFC 6750 §3). */
#include "auth/challenge.h"

#include "base/mem.h"

#define REALM "Bearer realm=\"agentos\""

/* The error codes of RFC 6750 §3.1. */
static const struct {
    agentos_status status;
    const char *code;
} codes[] = {
    { AGENTOS_INVALID, "invalid_request" },
    { AGENTOS_UNAUTHENTICATED, "invalid_token" },
    { AGENTOS_FORBIDDEN, "insufficient_scope" },
};

/* Returns the error code for a status, or NULL. */
static const char *error_code(agentos_status status)
{
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return NULL;
}

/* Replaces the characters that RFC 6750 §3 forbids, including escaped quotes and backslashes. */
static const char *quotable(arena *a, const char *text)
{
    char *copy = arena_copy(a, str_of(text));

    for (char *c = copy; *c != '\0'; c++) {
        if (*c == '"')
            *c = '\'';
        else if (*c < ' ' || *c > '~' || *c == '\\')
            *c = '?';
    }
    return copy;
}

/* Returns the scopes separated by blanks instead of commas (RFC 6750 §3). */
static const char *scope_list(arena *a, const char *scopes)
{
    char *copy = arena_copy(a, str_of(quotable(a, scopes)));
    size_t len = 0;

    for (const char *c = copy; *c != '\0'; c++)
        if (*c != ',')
            copy[len++] = *c;
    copy[len] = '\0';
    return copy;
}

/* Returns the header's value. Without a credential it has only the realm. `scope` may be NULL. */
const char *auth_challenge(arena *a, const agentos_error *err, bool had_credential,
                           const char *scope)
{
    const char *code = error_code(err->status);

    if (!had_credential || code == NULL)
        return REALM;

    const char *description = quotable(a, err->message);
    if (err->status != AGENTOS_FORBIDDEN || scope == NULL)
        return arena_printf(a, REALM ", error=\"%s\", error_description=\"%s\"", code, description);
    return arena_printf(a, REALM ", error=\"%s\", error_description=\"%s\", scope=\"%s\"", code,
                        description, scope_list(a, scope));
}
