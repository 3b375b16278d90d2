/* Compiles the options of one issuer to the verifier of its tokens. The plain `authorization:`
 * block is compiled by the same two steps as each entry of `authorization.issuers`. */
#ifndef AUTH_ISSUER_ISSUER_MAKE_H
#define AUTH_ISSUER_ISSUER_MAKE_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/scope/ceiling.h"
#include "auth/token/verify.h"

/* An issuer that is ready for use. It is immutable, so any thread may read it. A zeroed issuer has
 * no key and accepts no token. The verifier points to the demands and the ceiling, so an issuer
 * must not be moved once it is made. */
struct issuer {
    const char *name; /* the name in messages */
    struct verifier verifier;
    struct demands demands;
    struct ceiling ceiling;
};

/* The arguments for making one issuer, all of which are borrowed. */
struct issuer_making {
    /* the options, expanded by preset_expand or preset_expand_plain */
    const struct issuer_options *from;
    const char *admin_scope; /* must live as long as the arena, because it is not copied */
    arena *arena;            /* owns everything except the keys, which have reference counts */
    struct key_pool *pool;   /* shares the remote keys; must outlive the issuer */
};

/* Fill in a zeroed issuer in two steps, which must be called in this order: first its algorithms
 * and keys, then its checks, claims, demands and ceiling. Both return INVALID with "NAME.KEY: why".
 * The caller must call issuer_clear even if one fails. Nothing is fetched, and nothing blocks. */
MUST_USE agentos_status issuer_read_keys(const struct issuer_making *making, struct issuer *out,
                                         agentos_error *err);
MUST_USE agentos_status issuer_read_rules(const struct issuer_making *making, struct issuer *out,
                                          agentos_error *err);
/* Returns the URL from which the issuer's keys, or its discovery document, are fetched, or NULL if
 * none are. The options must be expanded. */
const char *issuer_key_url(const struct issuer_options *from);
/* Returns whether the URL is plain http beyond this machine, which needs `allow_http`. */
bool issuer_url_is_exposed(const char *url);
/* Releases the issuer's references to keys. Everything else belongs to the arena. */
void issuer_clear(struct issuer *issuer);

/* Returns INVALID, with the issuer's name, if one of its keys is also in the other keyring, even if
 * it is bound to another algorithm there. With a shared key either issuer could sign the other's
 * tokens. */
MUST_USE agentos_status issuer_refuse_shared_key(const struct issuer *issuer,
                                                 const struct keyring *other, agentos_error *err);

#endif
