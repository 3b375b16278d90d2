/* The inside of an authority, shared by its making (authority_make.c) and its use (authority.c);
 * for no other file. */
#ifndef AUTH_AUTHORITY_INTERNAL_H
#define AUTH_AUTHORITY_INTERNAL_H

#include "auth/authority.h"
#include "auth/issuer/issuer.h"
#include "auth/keys/shared_secret.h"
#include "auth/token/verify.h"
#include "http/cors.h"
#include "http/network.h"

struct authority {
    enum auth_mode mode;
    bool isolates;
    struct credential_rules credentials;
    struct cors origins; /* for cookies */
    struct verifier verifier;
    struct issuers *issuers; /* NULL: none */
    bool plain_fallback;
    struct key_pool *pool, *own_pool; /* own: where the options name none */
    bool accepts_unverified;
    const struct network *proxies;
    size_t proxy_count;
    struct shared_secret security_key, internal_token;
    struct principal internal; /* who has the latter: the server's own scheduler */
    struct accounts *accounts;
    uint64_t generation; /* no two authorities of a process share one */
    arena *arena;        /* for the options' texts */
};

/* Everything but the generation, from options. */
MUST_USE agentos_status authority_compile(struct authority *self,
                                          const struct authority_options *options,
                                          agentos_error *err);

#endif
