/* The members of an authority, shared by authority.c, authority_make.c and authenticate.c. */
#ifndef AUTH_AUTHORITY_INTERNAL_H
#define AUTH_AUTHORITY_INTERNAL_H

#include "auth/authority.h"
#include "auth/issuer/issuer.h"
#include "auth/issuer/issuer_make.h"
#include "auth/keys/shared_secret.h"
#include "http/cors.h"
#include "http/network.h"

struct authority {
    enum auth_mode mode;
    bool isolates;
    struct credential_rules credentials;
    struct claim_names state_claims; /* members of a session's state that belong to tokens */
    struct cors origins;             /* the origins whose pages may use a cookie */
    bool same_origin_cookies_only;   /* even for reading */
    /* compiled from the top-level options; verifies tokens of unlisted issuers */
    struct issuer plain;
    struct issuers *issuers;          /* NULL if no issuer is listed */
    bool plain_fallback;              /* the top-level options verify tokens of unlisted issuers */
    struct key_pool *pool, *own_pool; /* own_pool is NULL unless the options name no pool */
    bool accepts_unverified;
    const struct network *proxies;
    size_t proxy_count;
    struct shared_secret security_key, internal_token;
    /* the principal of the server's own scheduler, which uses internal_token */
    struct principal internal;
    struct accounts *accounts;
    uint64_t generation; /* unique in this process, and never 0 */
    arena *arena;        /* owns the texts copied from the options */
};

/* Compiles the options into *self, which must be zeroed except for its arena, its generation and
 * its internal principal. Returns INVALID for the same reasons as authority_new. The caller must
 * call authority_free in either case. */
MUST_USE agentos_status authority_compile(struct authority *self,
                                          const struct authority_options *options,
                                          agentos_error *err);

#endif
