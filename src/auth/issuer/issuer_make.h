/* Compiles the options of an issuer to the verifier of its tokens. The top-level options of
 * `authorization:` are compiled the same way. */
#ifndef AUTH_ISSUER_ISSUER_MAKE_H
#define AUTH_ISSUER_ISSUER_MAKE_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/scope/ceiling.h"
#include "auth/token/verify.h"

/* A compiled issuer, immutable and thread-safe. A zeroed issuer accepts no token. Must not be
 * moved, because the verifier points to the demands and the ceiling. */
struct issuer {
    const char *name; /* the name in messages */
    struct verifier verifier;
    struct demands demands;
    struct ceiling ceiling;
};

/* The borrowed arguments for compiling one issuer. */
struct issuer_build {
    /* the options, expanded by preset_expand or preset_expand_plain */
    const struct issuer_options *from;
    const char *admin_scope; /* not copied; must live as long as the arena */
    arena *arena;            /* owns everything except the keys */
    struct key_pool *pool;   /* shares the remote keys; must outlive the issuer */
};

/* Fill in a zeroed issuer, first its algorithms and keys, then its checks, claims, demands and
 * ceiling. Both return INVALID with "NAME.KEY: REASON". The caller must call issuer_clear even on
 * failure. Neither fetches anything or blocks. */
MUST_USE agentos_status issuer_read_keys(const struct issuer_build *build, struct issuer *out,
                                         agentos_error *err);
MUST_USE agentos_status issuer_read_rules(const struct issuer_build *build, struct issuer *out,
                                          agentos_error *err);
/* Returns the URL of the issuer's remote keys or discovery document, or NULL if there is none. The
 * options must be expanded. */
const char *issuer_key_url(const struct issuer_options *from);
/* Returns whether the URL is plain http to another machine, which needs `allow_http`. */
bool issuer_url_is_exposed(const char *url);
/* Releases the issuer's references to keys. The arena owns everything else. */
void issuer_clear(struct issuer *issuer);

/* Returns INVALID with the issuer's name if one of its keys is also in the other keyring,
 * regardless of algorithm. With a shared key, either issuer could sign the other's tokens. */
MUST_USE agentos_status issuer_refuse_shared_key(const struct issuer *issuer,
                                                 const struct keyring *other, agentos_error *err);

#endif
