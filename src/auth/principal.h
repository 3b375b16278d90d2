/* Who calls: the outcome of authentication. Immutable and reference-counted, because a verified
 * token is remembered. A zeroed principal has no identity and no scope, and is denied everything.
 */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include "base/arena.h"
#include "json/parse.h"

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_ANONYMOUS,       /* a public route, no credential asked */
    PRINCIPAL_OPEN,            /* a server without authentication */
    PRINCIPAL_TOKEN,           /* a verified JWT */
    PRINCIPAL_SERVICE_ACCOUNT, /* user_id "sa:NAME" */
    PRINCIPAL_KINDS,
};

struct principal {
    enum principal_kind kind;
    const char *issuer;     /* never NULL; "" for plain tokens */
    const char *user_id;    /* the token's sub; NULL: none */
    const char *session_id; /* the token's; NULL: none */
    const str *scopes;
    size_t scope_count;
    bool is_admin;
    bool unscoped; /* scopes are not asked: open mode, or authentication without authorization */
    int64_t expires_at;   /* seconds; 0: never */
    const json_t *claims; /* borrowed; NULL: none */
};

#endif
