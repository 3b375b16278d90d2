/* Checks the token of a service account: the account must be known and not expired. A valid token
 * yields a principal (the caller's identity and scopes), and an invalid one counts against the
 * client's address. */
#include "auth/account/account_check.h"

#include "auth/account/account_token.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

/* Returns true if the account has an expiry time and that time has come. An expires_at of 0 means
 * that the account never expires. */
static bool is_expired(const struct principal *principal, int64_t now_s)
{
    return principal->expires_at > 0 && now_s >= principal->expires_at;
}

/* Adds a step to the explanation that tells when the account expires. The step fails if the account
 * has already expired. */
static void explain_expiry(const struct account_check *check, const struct principal *principal)
{
    char time[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0) {
        explain(check->why, "exp", true, "it never expires");
        return;
    }
    (void)clock_iso8601(principal->expires_at, time); /* returns time */
    if (is_expired(principal, check->now_s))
        explain(check->why, "exp", false, "it has expired at %s", time);
    else
        explain(check->why, "exp", true, "it expires at %s", time);
}

/* Adds steps to the explanation that name the account, tell when it expires, and list the scopes
 * that it holds. */
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

/* Adds a failed step to the explanation: no active account has this token. */
static void explain_unknown(const struct account_check *check, str token)
{
    explain(check->why, "service account", false, "%s",
            account_token_is_well_formed(token)
                ? "no active account has this token: it was revoked, or never given"
                : "no token of a service account looks like this");
}

/* Sets the account's time of last use to now, unless a later time is already recorded. Explaining a
 * token does not count as using it. Another thread may store its own time in between, which is
 * harmless: both times are at most a moment old. */
static void record_use(const struct account_check *check, struct account *account)
{
    if (check->why != NULL)
        return;
    if (atomic_load_explicit(&account->used_at, memory_order_relaxed) < check->now_s)
        atomic_store_explicit(&account->used_at, check->now_s, memory_order_relaxed);
}

/* Returns the account with this token, or NULL if the token is unknown or has expired. Both results
 * are explained. The account lives as long as the arena. */
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

/* Returns a copy of the account's principal, allocated in the arena. The copy is an administrator
 * if one of the account's scopes is the admin scope of the configuration. */
static const struct principal *copy_principal(const struct account_check *check,
                                              const struct account *account)
{
    ensure(check->admin_scope != NULL && check->admin_scope[0] != '\0');
    ensure(!account->principal.is_admin); /* the shared account does not know the admin scope */
    struct principal *copy = arena_alloc(check->arena, sizeof(*copy));

    *copy = account->principal;
    copy->is_admin = principal_holds_text(copy, str_of(check->admin_scope));
    return copy;
}

/* Returns the principal of the account with this token and records that the account was used.
 * Returns NULL if the token is unknown or has expired. */
static const struct principal *authenticate_account(const struct account_check *check, str token)
{
    struct account *account = find_active_account(check, token);

    if (account == NULL)
        return NULL;
    record_use(check, account);
    return copy_principal(check, account);
}

/* Counts a failure against the client's address and refuses the token. Never returns OK. Nothing is
 * counted if the token is only being explained. */
static agentos_status refuse_token(const struct account_check *check, agentos_error *err)
{
    ensure(check->accounts != NULL);
    if (check->why != NULL)
        return refuse(err, REFUSAL_ACCOUNT_UNKNOWN);
    if (failures_count(accounts_failures(check->accounts), check->client, check->now_s))
        return refuse(err, REFUSAL_THROTTLED);
    return refuse(err, REFUSAL_ACCOUNT_UNKNOWN);
}

/* Stores the principal of the account with this token in *out. If the token is invalid, the failure
 * is counted against the client's address and *out is not changed. */
agentos_status account_check(const struct account_check *check, str token,
                             const struct principal **out, agentos_error *err)
{
    ensure(check->arena != NULL && out != NULL);
    if (check->accounts == NULL) {
        explain(check->why, "service account", false,
                "only a running server that keeps a database knows them");
        return refuse(err, REFUSAL_ACCOUNTS_OFF);
    }
    const struct principal *principal = authenticate_account(check, token);
    if (principal == NULL)
        return refuse_token(check, err);
    *out = principal;
    return AGENTOS_OK;
}

/* Returns the principal of the account with this token, or NULL if the token is invalid or this
 * server has no accounts. No failure is counted, because an open server requires no credential. */
const struct principal *account_check_open(const struct account_check *check, str token)
{
    if (check->accounts == NULL)
        return NULL;
    return authenticate_account(check, token);
}
