/* The steps from a token's text to a principal: take apart, signature, claims, subject. */
#include "auth/verify.h"

#include "auth/user_id.h"
#include "base/clock.h"

/* jose gives the bare reason; the contract's text has more before it. */
static agentos_status refuse(const struct attempt *attempt, const char *step,
                             const agentos_error *reason, agentos_error *err)
{
    explain(attempt->why, step, false, "%s", reason->message);
    return fail(err, AGENTOS_UNAUTHENTICATED, "Invalid token: %s", reason->message);
}

static agentos_status take_apart(const struct attempt *attempt, str token, struct jws *jws,
                                 agentos_error *err)
{
    agentos_error reason;

    if (jws_parse(attempt->arena, token, jws, &reason) != AGENTOS_OK)
        return refuse(attempt, "format", &reason, err);
    explain(attempt->why, "format", true, "a JWT; its header says alg " QUOTED ", kid " QUOTED,
            QUOTE(jws->alg), QUOTE(jws->kid));
    return AGENTOS_OK;
}

/* Every key has the one algorithm that is configured, so the token chooses neither (RFC 8725 §3.1).
 */
static agentos_status check_signature(const struct keyring *keys, const struct attempt *attempt,
                                      const struct jws *jws, agentos_error *err)
{
    agentos_error reason = { .message = "Signature verification failed" };
    size_t position = 0;

    for (const struct keyring_entry *entry; (entry = keyring_next(keys, &position)) != NULL;) {
        bool passed = jws_verify(jws, entry->key, &reason) == AGENTOS_OK;

        explain(attempt->why, "key", passed, "%s (%s): %s", entry->name, key_alg(entry->key)->name,
                passed ? "signature verified" : reason.message);
        if (passed)
            return AGENTOS_OK;
    }
    return refuse(attempt, "signature", &reason, err);
}

/* RFC 8725 §3.11: what the same key signed for another purpose. */
static agentos_status check_type(const struct attempt *attempt, str typ, agentos_error *err)
{
    static const agentos_error reason = { .message = "Not an access token" };

    return jwt_type_is_refused(typ) ? refuse(attempt, "type", &reason, err) : AGENTOS_OK;
}

static agentos_status check_claims(const struct verifier *verifier, const struct attempt *attempt,
                                   const json_t *claims, agentos_error *err)
{
    agentos_error refusal;

    if (jwt_check(claims, &verifier->checks, attempt->now_s, &refusal) == AGENTOS_OK) {
        explain(attempt->why, "claims", true, "times%s%s are right",
                verifier->checks.audience_count > 0 ? ", audience" : "",
                verifier->checks.issuer != NULL ? ", issuer" : "");
        return AGENTOS_OK;
    }
    explain(attempt->why, "claims", false, "%s", refusal.message);
    return fail(err, AGENTOS_UNAUTHENTICATED, "%s", refusal.message);
}

/* Absent and empty are no subject at all, which plain tokens may do. */
static agentos_status check_subject(const struct attempt *attempt, const json_t *claims,
                                    agentos_error *err)
{
    const char *subject = json_text(claims, "sub");

    if (subject == NULL || subject[0] == '\0') {
        explain(attempt->why, "subject", true, "none");
        return AGENTOS_OK;
    }
    if (user_id_is_valid(str_of(subject))) {
        explain(attempt->why, "subject", true, "the user is '%s'", subject);
        return AGENTOS_OK;
    }
    explain(attempt->why, "subject", false, "reserved, too long, or with control characters");
    return fail(err, AGENTOS_UNAUTHENTICATED, "Invalid token subject");
}

static void explain_expiry(struct explanation *why, const struct principal *principal)
{
    char text[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0)
        explain(why, "expiry", true, "none: the token is good for ever");
    else
        explain(why, "expiry", true, "%s", clock_iso8601(principal->expires_at, text));
}

static void explain_scopes(struct explanation *why, const struct principal *principal)
{
    if (principal->unscoped)
        explain(why, "scopes", true, "not asked: authorization is off");
    else if (principal->is_admin)
        explain(why, "scopes", true, "the admin scope is among them");
    else
        explain(why, "scopes", principal->scope_count > 0, "%zu in the token",
                principal->scope_count);
    for (size_t i = 0; i < principal->scope_count; i++)
        explain(why, "held", true, QUOTED, QUOTE(principal->scopes[i]));
}

agentos_status verify_token(const struct verifier *verifier, const struct attempt *attempt,
                            str token, struct verified **out, agentos_error *err)
{
    AUTO(arena) *own = arena_new();
    agentos_error reason;
    const json_t *claims;
    struct jws jws;

    TRY(take_apart(attempt, token, &jws, err));
    TRY(check_signature(&verifier->keys, attempt, &jws, err));
    TRY(check_type(attempt, jws.typ, err));
    if (jwt_claims(own, &jws, &claims, &reason) != AGENTOS_OK)
        return refuse(attempt, "claims", &reason, err);
    TRY(check_claims(verifier, attempt, claims, err));
    TRY(check_subject(attempt, claims, err));
    *out = verified_new_take(TAKE(own), claims, &verifier->rules);
    if (attempt->why != NULL) {
        explain_expiry(attempt->why, verified_principal(*out));
        explain_scopes(attempt->why, verified_principal(*out));
    }
    return AGENTOS_OK;
}
