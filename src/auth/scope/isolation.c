/* Decides which rows a caller reaches (docs/design/contract.md §5, docs/design/security.md 6). */
#include "auth/scope/isolation.h"

#include "base/ensure.h"

/* The rule for principals of one kind that are not admins. A missing rule refuses. */
struct rule {
    enum isolation isolated; /* if the option user_isolation is on */
    enum isolation shared;   /* if it is off */
};

// clang-format off
static const struct rule rules[PRINCIPAL_KINDS] = {
    [PRINCIPAL_NONE]            = { ISOLATION_REFUSED, ISOLATION_REFUSED },
    [PRINCIPAL_ANONYMOUS]       = { ISOLATION_REFUSED, ISOLATION_LIFTED }, /* a route made public */
    [PRINCIPAL_OPEN]            = { ISOLATION_LIFTED,  ISOLATION_LIFTED }, /* callers are indistinguishable */
    [PRINCIPAL_TOKEN]           = { ISOLATION_PINNED,  ISOLATION_LIFTED },
    [PRINCIPAL_SERVICE_ACCOUNT] = { ISOLATION_PINNED,  ISOLATION_PINNED }, /* always limited to its own rows */
    [PRINCIPAL_KEY]             = { ISOLATION_LIFTED,  ISOLATION_LIFTED }, /* one key, no users */
    [PRINCIPAL_INTERNAL]        = { ISOLATION_PINNED,  ISOLATION_LIFTED },
};
// clang-format on

static bool has_identity(const struct principal *principal)
{
    return principal->user_id != NULL && principal->user_id[0] != '\0';
}

/* Returns whether the principal must have a user id. Tokens of listed issuers always must. */
static bool requires_identity(const struct principal *principal, enum isolation isolation)
{
    if (isolation == ISOLATION_PINNED)
        return true;
    return principal->kind == PRINCIPAL_TOKEN && principal->issuer[0] != '\0';
}

/* Returns which rows the principal reaches. */
enum isolation isolation_of(const struct principal *principal, bool is_on)
{
    ensure((unsigned)principal->kind < PRINCIPAL_KINDS);
    const struct rule *rule = &rules[principal->kind];
    enum isolation isolation = is_on ? rule->isolated : rule->shared;

    if (principal->kind != PRINCIPAL_NONE && principal->is_admin)
        return ISOLATION_LIFTED;
    if (requires_identity(principal, isolation) && !has_identity(principal))
        return ISOLATION_REFUSED;
    return isolation;
}
