/* Checks the tokens of service accounts. */
#include "auth/account/account_check.h"

#include "auth/account/account_token.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

/* Returns whether the account has expired. An expires_at of 0 means never. */
static bool is_expired(const struct principal *principal, int64_t now_s)
{
    return principal->expires_at > 0 && now_s >= principal->expires_at;
}

/* Explains when the account expires or has expired. */
static void explain_expiry(const struct account_check *check, const struct principal *principal)
{
    char time[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0) {
        explain(check->why, "exp", true, "never expires");
        return;
    }
    (void)clock_iso8601(principal->expires_at, time); /* returns time */
    if (is_expired(principal, check->now_s))
        explain(check->why, "exp", false, "expired at %s", time);
    else
        explain(check->why, "exp", true, "expires at %s", time);
}

/* Explains the name, the expiry and the scopes of the account. */
static void explain_account(const struct account_check *check, const struct principal *principal)
{
    ensure(principal->user_id != NULL);
    ensure(principal->scope_count == 0 || principal->scopes != NULL);
    explain(check->why, "service account", true, "the token of " QUOTED,
            QUOTE(str_of(principal->user_id)));
    explain_expiry(check, principal);
    for (size_t i = 0; i < principal->scope_count; i++)
        explain_each(check->why, "held", true, QUOTED " from the service account",
                     QUOTE(principal->scopes[i]));
}

/* Explains that no active account has this token. */
static void explain_unknown(const struct account_check *check, str token)
{
    explain(check->why, "service account", false, "%s",
            account_token_is_well_formed(token)
                ? "no active account has this token; it was revoked or never issued"
                : "malformed service account token");
}

/* Records that the account was used now, unless its token is only being explained. */
static void record_use(const struct account_check *check, struct account *account)
{
    if (check->why != NULL)
        return;
    if (atomic_load_explicit(&account->used_at, memory_order_relaxed) < check->now_s)
        atomic_store_explicit(&account->used_at, check->now_s, memory_order_relaxed);
}

/* Returns the active account with this token, or NULL. It lives as long as the arena. */
static struct account *find_active_account(const struct account_check *check, str token)
{
    ensure(check->accounts != NULL);
    struct account *account = accounts_find(check->accounts, token, check->arena);

    if (account == NULL) {
        explain_unknown(check, token);
        return NULL;
    }
    ensure(account->principal.kind == PRINCIPAL_SERVICE_ACCOUNT);
    explain_account(check, &account->principal);
    if (is_expired(&account->principal, check->now_s))
        return NULL;
    return account;
}

/* Copies the principal to the arena and sets is_admin by the configured admin scope. */
static const struct principal *copy_principal(const struct account_check *check,
                                              const struct account *account)
{
    ensure(check->admin_scope != NULL && check->admin_scope[0] != '\0');
    ensure(!account->principal.is_admin); /* the configuration decides it */
    struct principal *copy = arena_alloc(check->arena, sizeof(*copy));

    *copy = account->principal;
    copy->is_admin = principal_holds_text(copy, str_of(check->admin_scope));
    return copy;
}

/* Returns the principal of the active account with this token, or NULL. Records the use. */
static const struct principal *authenticate_account(const struct account_check *check, str token)
{
    struct account *account = find_active_account(check, token);

    if (account == NULL)
        return NULL;
    record_use(check, account);
    return copy_principal(check, account);
}

/* Counts a failure for the client's address, unless explaining, and returns an error. */
static agentos_status refuse_token(const struct account_check *check, agentos_error *err)
{
    ensure(check->accounts != NULL);
    if (check->why != NULL)
        return refuse(err, REFUSAL_ACCOUNT_UNKNOWN);
    if (failures_count(accounts_failures(check->accounts), check->client, check->now_s))
        return refuse(err, REFUSAL_THROTTLED);
    return refuse(err, REFUSAL_ACCOUNT_UNKNOWN);
}

/* Stores the account's principal in *out, or counts a failure for the client's address. */
agentos_status account_check(const struct account_check *check, str token,
                             const struct principal **out, agentos_error *err)
{
    ensure(check->arena != NULL && out != NULL);
    if (check->accounts == NULL) {
        explain(check->why, "service account", false,
                "only a running server with a database can check it");
        return refuse(err, REFUSAL_ACCOUNTS_OFF);
    }
    const struct principal *principal = authenticate_account(check, token);
    if (principal == NULL)
        return refuse_token(check, err);
    *out = principal;
    return AGENTOS_OK;
}

/* Returns the account's principal, or NULL. Counts no failure. */
const struct principal *account_check_open(const struct account_check *check, str token)
{
    if (check->accounts == NULL)
        return NULL;
    return authenticate_account(check, token);
}
