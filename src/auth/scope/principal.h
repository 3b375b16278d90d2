/* The authenticated caller of a request. Immutable; verified.h counts references to cached ones. A
 * zeroed principal has no identity and no scopes, and is denied everything but public routes. */
#ifndef AUTH_SCOPE_PRINCIPAL_H
#define AUTH_SCOPE_PRINCIPAL_H

#include "auth/scope/scope_set.h"
#include "json/parse.h"

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_ANONYMOUS,       /* no credential, on a public route */
    PRINCIPAL_OPEN,            /* the server has no authentication */
    PRINCIPAL_TOKEN,           /* a JWT was verified, or accepted from a trusted proxy */
    PRINCIPAL_SERVICE_ACCOUNT, /* the user_id is "sa:NAME" */
    PRINCIPAL_KEY,             /* the security key: all rights, no user */
    PRINCIPAL_INTERNAL,        /* the internal service token of the server's own scheduler */
    PRINCIPAL_KINDS,
};

struct principal {
    enum principal_kind kind;
    /* NULL only in a zeroed principal; empty for callers of no listed issuer */
    const char *issuer;
    const char *user_id;    /* the subject of the token; may be NULL */
    const char *session_id; /* the session in the token; may be NULL */
    const char *tenant;     /* the user's organization; may be NULL */
    /* the scopes of the token and, after role_table_apply, of its roles */
    const str *scopes;
    size_t scope_count;
    const struct scope_set *held; /* the same scopes, prepared for lookups; may be NULL */
    const str *roles;             /* the names of the roles, as in the token */
    size_t role_count;
    bool is_cut; /* the token exceeds SCOPES_MAX or ROLES_MAX and is rejected */
    bool is_admin;
    /* accepted from a trusted proxy without a check (`validate: false`); never an administrator */
    bool is_unverified;
    /* scopes are not checked: the server is open, the caller has the security key, authorization is
     * off, or the route was made public */
    bool unscoped;
    int64_t expires_at;   /* in seconds since 1970; 0 for never */
    const json_t *claims; /* borrowed; may be NULL */
    /* claims for the session's state and for tools; each is an object or NULL */
    const json_t *session_state, *dependencies;
};

/* Replaces the principal's scopes. Borrows the texts and allocates the set from the arena. */
void principal_set_scopes(struct principal *principal, arena *a, const str *scopes, size_t count);

/* Returns whether this text is one of the scopes, byte for byte. */
bool principal_holds_text(const struct principal *principal, str scope);

/* ---- ids, from tokens and from forms ---- */

/* Returns whether the id can be stored and shown: 1 to ID_MAX_BYTES bytes without control
 * characters. */
bool id_is_acceptable(str id);

/* Returns whether the id is acceptable and can be one segment of a path: it contains no "/" and no
 * "\\", and is neither "." nor "..", which target.h refuses. For the ids of sessions. */
bool id_is_reachable(str id);
#define ID_UNREACHABLE \
    "cannot be in a path: it holds '/' or '\\', or is '.' or '..'" /* the end of a sentence */

/* Returns whether the id can name a user: 1 to USER_ID_MAX_BYTES bytes without control characters.
 * Only the server assigns ids such as "sa:...", "__oauth__:..." and "__scheduler__". */
bool user_id_is_valid(str id);

#endif
