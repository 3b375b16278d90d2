/* The compiled `authorization:` block. */
#include <stdatomic.h>

#include "auth/authority_internal.h"
#include "base/ensure.h"
#include "base/mem.h"

/* The scopes of the internal service token, fixed by the contract and always enforced. */
static const str internal_scopes[] = {
    STR_INIT("agents:read"),    STR_INIT("agents:run"),     STR_INIT("teams:read"),
    STR_INIT("teams:run"),      STR_INIT("workflows:read"), STR_INIT("workflows:run"),
    STR_INIT("schedules:read"),
};

/* Compiles the options. On success the caller owns *out. */
agentos_status authority_new(const struct authority_options *options, struct authority **out,
                             agentos_error *err)
{
    static atomic_uint_fast64_t generations; /* the number of authorities created */
    struct authority *self = mem_zeroed(sizeof(*self));
    self->arena = arena_new();
    self->generation = atomic_fetch_add(&generations, 1) + 1; /* never 0 */
    self->internal = (struct principal){
        .kind = PRINCIPAL_INTERNAL,
        .issuer = "",
        .user_id = "__scheduler__",
    };
    principal_set_scopes(&self->internal, self->arena, internal_scopes, COUNT(internal_scopes));

    agentos_status status = authority_compile(self, options, err);
    ensure(status != AGENTOS_OK || self->credentials.header != NULL);
    if (status == AGENTOS_OK)
        *out = self;
    else
        authority_free(self);
    return status;
}

/* Frees the authority and everything that it owns. NULL is allowed. */
void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    issuer_clear(&authority->plain);
    issuers_free(authority->issuers);
    key_pool_free(authority->own_pool);
    arena_free(authority->arena);
    free(authority);
}

enum auth_mode authority_mode(const struct authority *authority)
{
    return authority->mode;
}

bool authority_isolates(const struct authority *authority)
{
    return authority->isolates;
}

const char *authority_admin_scope(const struct authority *authority)
{
    ensure(authority->plain.verifier.rules.admin_scope != NULL);
    return authority->plain.verifier.rules.admin_scope;
}

struct claim_names authority_state_claims(const struct authority *authority)
{
    return authority->state_claims;
}

/* Returns the name of the mode: "none", "security_key" or "jwt". */
const char *auth_mode_name(enum auth_mode mode)
{
    static const char *const names[] = {
        [AUTH_NONE] = "none",
        [AUTH_SECURITY_KEY] = "security_key",
        [AUTH_JWT] = "jwt",
    };

    ensure((size_t)mode < COUNT(names));
    return names[mode];
}

const struct credential_rules *authority_credentials(const struct authority *authority)
{
    return &authority->credentials;
}
