/* Checks the token of a service account: the account must be known and not expired. A valid token
 * yields a principal (the caller's identity and scopes), and an invalid one counts against the
 * client's address. */
#include "auth/account/account_check.h"

#include "auth/account/account_token.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

static bool is_expired(const struct principal *who, int64_t now_s)
{
    return who->expires_at > 0 && now_s >= who->expires_at;
}

/* Says whose token it is, whether it has expired, and which scopes the account holds. */
static void explain_account(const struct account_check *check, const struct principal *who)
{
    char text[CLOCK_TEXT_SIZE];
    bool is_over = is_expired(who, check->now_s);

    explain(check->why, "service account", true, "the token of " QUOTED,
            QUOTE(str_of(who->user_id)));
    explain(check->why, "exp", !is_over, "%s %s",
            who->expires_at == 0 ? "it never"
            : is_over            ? "it has expired at"
                                 : "it expires at",
            who->expires_at == 0 ? "expires" : clock_iso8601(who->expires_at, text));
    for (size_t i = 0; i < who->scope_count; i++)
        explain_each(check->why, "held", true, QUOTED " from the service account",
                     QUOTE(who->scopes[i]));
}

static void explain_unknown(const struct account_check *check, str token)
{
    explain(check->why, "service account", false, "%s",
            account_token_is_shaped(token)
                ? "no active account has this token: it was revoked, or never given"
                : "no token of a service account looks like this");
}

/* Remembers when the account was last used. An explanation does not count as a use. */
static void record_use(const struct account_check *check, struct account *account)
{
    if (check->why == NULL &&
        atomic_load_explicit(&account->used_at, memory_order_relaxed) < check->now_s)
        atomic_store_explicit(&account->used_at, check->now_s, memory_order_relaxed);
}

/* The principal of the account with this token, in the arena; NULL: the token is unknown or has
 * expired. */
static const struct principal *find_principal(const struct account_check *check, str token)
{
    struct account *account = accounts_find(check->accounts, token, check->arena);

    ensure(check->admin_scope != NULL && check->admin_scope[0] != '\0');
    if (account == NULL) {
        explain_unknown(check, token);
        return NULL;
    }
    ensure(account->principal.kind == PRINCIPAL_SERVICE_ACCOUNT && !account->principal.is_admin);
    explain_account(check, &account->principal);
    if (is_expired(&account->principal, check->now_s))
        return NULL;
    record_use(check, account);
    struct principal *who = arena_alloc(check->arena, sizeof(*who));
    *who = account->principal;
    who->is_admin = principal_holds_text(who, str_of(check->admin_scope));
    return who;
}

/* Counts the failure, unless it is only explained. Never OK. */
static agentos_status refuse_token(const struct account_check *check, agentos_error *err)
{
    ensure(check->accounts != NULL);
    bool is_too_many = check->why == NULL && failures_count(accounts_failures(check->accounts),
                                                            check->client, check->now_s);

    if (is_too_many)
        return refuse(err, REFUSAL_THROTTLED);
    return refuse(err, REFUSAL_ACCOUNT_UNKNOWN);
}

agentos_status account_check(const struct account_check *check, str token,
                             const struct principal **out, agentos_error *err)
{
    if (check->accounts == NULL) {
        explain(check->why, "service account", false,
                "only a running server that keeps a database knows them");
        return refuse(err, REFUSAL_ACCOUNTS_OFF);
    }
    const struct principal *who = find_principal(check, token);
    if (who == NULL)
        return refuse_token(check, err);
    *out = who;
    return AGENTOS_OK;
}

const struct principal *account_check_open(const struct account_check *check, str token)
{
    return check->accounts != NULL ? find_principal(check, token) : NULL;
}
