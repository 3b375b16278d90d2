/* The inside of an authority, shared by authority_make.c, which makes it, and authority.c, which
 * uses it; for no other file. */
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
    struct cors origins;              /* for cookies */
    struct issuer plain;              /* by the plain block: whose tokens are of no listed issuer */
    struct issuers *issuers;          /* the listed ones; NULL: none */
    bool plain_fallback;              /* whether plain tokens are accepted beside listed issuers */
    struct key_pool *pool, *own_pool; /* own_pool: made here, where the options name no pool */
    bool accepts_unverified;
    const struct network *proxies;
    size_t proxy_count;
    struct shared_secret security_key, internal_token;
    struct principal internal; /* who holds internal_token: the server's own scheduler */
    struct accounts *accounts;
    uint64_t generation; /* no two authorities of a process share one */
    arena *arena;        /* for the options' texts */
};

/* Fills in a zeroed authority whose arena is set: all but the generation and the internal
 * principal. INVALID as authority_new; authority_free either way. */
MUST_USE agentos_status authority_compile(struct authority *self,
                                          const struct authority_options *options,
                                          agentos_error *err);

#endif
