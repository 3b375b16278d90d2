/* From the options of one issuer to the verifier of its tokens. The plain `authorization:` block is
 * compiled by the same two steps as each entry of `authorization.issuers`. */
#ifndef AUTH_ISSUER_ISSUER_MAKE_H
#define AUTH_ISSUER_ISSUER_MAKE_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/scope/ceiling.h"
#include "auth/token/verify.h"

/* An issuer ready for use; immutable, so any thread may read it. Zeroed: no key, so no token is
 * accepted. The verifier points to demands and ceiling: an issuer that was made stays where it is.
 */
struct issuer {
    const char *name; /* in sentences */
    struct verifier verifier;
    struct demands demands;
    struct ceiling ceiling;
};

/* What one issuer is made from; all borrowed. */
struct issuer_making {
    const struct issuer_options *from; /* expanded by preset_expand */
    const char *admin_scope;           /* in the arena already: it is not copied */
    arena *arena;                      /* everything that is not counted */
    struct key_pool *pool;             /* where remote keys are shared; outlives the issuer */
};

/* Fill in a zeroed issuer in two steps, which must be called in this order: first its algorithms
 * and keys, then its checks, claims, demands and ceiling. Both return INVALID with "NAME.KEY: why".
 * The caller must call issuer_clear even if one fails. Nothing is fetched, and nothing blocks. */
MUST_USE agentos_status issuer_read_keys(const struct issuer_making *making, struct issuer *out,
                                         agentos_error *err);
MUST_USE agentos_status issuer_read_rules(const struct issuer_making *making, struct issuer *out,
                                          agentos_error *err);
/* Releases the issuer's references to keys. Everything else belongs to the arena. */
void issuer_clear(struct issuer *issuer);

/* Returns INVALID, with the issuer's name, if one of its keys is also in the other keyring, even if
 * it is bound to another algorithm there. With a shared key either issuer could sign the other's
 * tokens. */
MUST_USE agentos_status issuer_refuse_shared_key(const struct issuer *issuer,
                                                 const struct keyring *other, agentos_error *err);

#endif
