/* Who calls: the outcome of authentication, never changed once it is known. Principals that are
 * remembered with their token are counted references (verified.h). A zeroed principal has no
 * identity and no scope, and is denied everything. */
#ifndef AUTH_SCOPE_PRINCIPAL_H
#define AUTH_SCOPE_PRINCIPAL_H

#include "auth/scope/scope_set.h"
#include "json/parse.h"

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_ANONYMOUS,       /* a public route, no credential asked */
    PRINCIPAL_OPEN,            /* a server without authentication */
    PRINCIPAL_TOKEN,           /* a verified JWT */
    PRINCIPAL_SERVICE_ACCOUNT, /* user_id "sa:NAME" */
    PRINCIPAL_KEY,             /* the security key: holds everything, and names no user */
    PRINCIPAL_INTERNAL,        /* the internal service token: the server's own scheduler */
    PRINCIPAL_KINDS,
};

struct principal {
    enum principal_kind kind;
    const char *issuer;     /* never NULL; "" for plain tokens */
    const char *user_id;    /* the token's sub; NULL: none */
    const char *session_id; /* the token's; NULL: none */
    const char *tenant;     /* whom the user belongs to, as the issuer says; NULL: none */
    const str *scopes;      /* the token's, and after role_table_apply those of its roles too */
    size_t scope_count;
    const struct scope_set *held; /* the same, prepared for questions; NULL: none */
    const str *roles;             /* names, as the token has them */
    size_t role_count;
    bool is_admin;
    bool is_unverified; /* taken from a trusted proxy without a check (`validate: false`): never an
                           admin */
    bool unscoped; /* scopes are not asked: open mode, or authentication without authorization */
    int64_t expires_at;   /* seconds; 0: never */
    const json_t *claims; /* borrowed; NULL: none */
    /* Claims handed on, each an object or NULL: over the session's state, and for tools. */
    const json_t *session_state, *dependencies;
};

/* Sets the scopes that the principal holds. The texts are borrowed for its life; the set is from
 * the arena. */
void principal_give(struct principal *principal, arena *a, const str *scopes, size_t count);

/* Is this text among the scopes? */
bool principal_holds_text(const struct principal *principal, str scope);

/* ---- ids, from tokens and forms alike ---- */

/* An id that we can store and show: 1 to ID_MAX_BYTES bytes, no control characters. */
bool id_is_acceptable(str id);

/* An acceptable id that may name a user: not "sa:...", "__oauth__:...", "__scheduler__", which only
 * the server gives. */
bool user_id_is_valid(str id);

#endif
