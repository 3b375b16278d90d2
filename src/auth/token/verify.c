/* Verifies a JWT step by step: parses it, checks its signature, its claims and its subject, and
 * creates the principal (the caller's identity and scopes). read_unverified skips the signature,
 * for tokens that a trusted proxy passes on. */
#include "auth/token/verify.h"

#include "auth/explain/refusal_notes.h"
#include "auth/token/mismatch.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

/* Refuses the token with "Invalid token: REASON", as the contract words it. */
static agentos_status refuse_bare(const agentos_error *reason, agentos_error *err)
{
    ensure(reason->status != AGENTOS_OK);
    return fail_because(err, reason, "Invalid token: %s", reason->message);
}

/* Explains that this step failed, and refuses the token for this reason. */
static agentos_status refuse_step(const struct verify_call *call, const char *step,
                                  const agentos_error *reason, agentos_error *err)
{
    explain(call->why, step, false, "%s", reason->message);
    return refuse_bare(reason, err);
}

/* Explains a failed step by comparing the token with what was expected. */
static void explain_difference(const struct verifier *verifier, const struct verify_call *call,
                               const struct token *token, const char *step,
                               const agentos_error *reason)
{
    ensure(reason->status != AGENTOS_OK);
    const struct mismatch mismatch = {
        .jws = &token->jws,
        .claims = token->claims,
        .algs = verifier->keys.algs,
        .alg_count = verifier->keys.alg_count,
        .checks = &verifier->checks,
        .demands = verifier->demands,
        .now_s = call->now_s,
    };

    if (call->why != NULL)
        explain(call->why, step, false, "%s", mismatch_text(&mismatch, reason, call->why->arena));
}

/* The step "format". Parses the token into token->jws. */
static agentos_status take_apart(const struct verify_call *call, struct token *token,
                                 agentos_error *err)
{
    agentos_error reason;

    if (token_take_apart(token, &reason) != AGENTOS_OK)
        return refuse_step(call, "format", &reason, err);
    explain(call->why, "format", true, "a JWT; its header says alg " QUOTED ", kid " QUOTED,
            QUOTE(token->jws.alg), QUOTE(token->jws.kid));
    return AGENTOS_OK;
}

/* Parses the claims into token->claims. A failure is explained as the step "claims". */
static agentos_status read_claims(const struct verify_call *call, struct token *token,
                                  agentos_error *err)
{
    agentos_error reason;

    if (token_read_claims(token, &reason) == AGENTOS_OK)
        return AGENTOS_OK;
    return refuse_step(call, "claims", &reason, err);
}

/* Refuses a token whose alg is not one of the configured algorithms. Each key is bound to one of
 * these, so the token cannot choose how it is verified (RFC 8725 §3.1). */
static agentos_status check_algorithm(const struct verifier *verifier,
                                      const struct verify_call *call, const struct token *token,
                                      agentos_error *err)
{
    ensure(token->jws.header != NULL);
    if (keyring_allows(&verifier->keys, token->jws.alg))
        return AGENTOS_OK;

    const agentos_error reason = refusal_make(REFUSAL_ALG_NOT_ALLOWED);
    explain_difference(verifier, call, token, "algorithm", &reason);
    return refuse_bare(&reason, err);
}

/* The step "key". Returns whether this key verifies the signature. If it does not, *reason says
 * why.
 */
static bool is_signed_by(const struct candidate *candidate, const struct verify_call *call,
                         const struct jws *jws, agentos_error *reason)
{
    ensure(candidate->key != NULL && candidate->name != NULL);
    bool passed = jws_verify(jws, candidate->key, reason) == AGENTOS_OK;

    explain(call->why, "key", passed, "%s (%s): %s", candidate->name, key_alg(candidate->key)->name,
            passed ? "signature verified" : reason->message);
    return passed;
}

/* Returns whether the key that signed the token may be missing from the set: there is no set, the
 * set does not have the token's kid, or the token has no kid and the set has no key at all. */
static bool may_lack_key(const struct jwks *set, str kid)
{
    if (set == NULL)
        return true;
    return kid.len > 0 ? !jwks_has_kid(set, kid) : jwks_usable(set) == 0;
}

/* If another fetch of the remote keys may bring the key of this token, writes them to *call->wanted
 * (unless call->wanted is NULL), so that the caller waits for the fetch. The issuer may have
 * published the key after the last fetch. `set` is NULL if no fetch has succeeded yet. */
static void want_remote_keys(const struct verifier *verifier, const struct verify_call *call,
                             const struct jws *jws, const struct jwks *set)
{
    const char *lack = "the kid is not among its keys";

    ensure(verifier->remote != NULL);
    if (!may_lack_key(set, jws->kid))
        return;
    if (set == NULL)
        lack = remote_keys_lack(verifier->remote, call->arena);
    explain(call->why, "key set", false, "%s", lack);
    if (call->wanted != NULL && remote_keys_may_bring(verifier->remote, jws->kid, call->now_s))
        *call->wanted = (struct keys_wanted){ verifier->remote, jws->kid };
}

/* Returns whether a key of the remote set verifies the signature. If none does, *reason says why
 * the last key did not. *reason is unchanged if no key fits the token's kid and alg. */
static bool is_signed_by_set(const struct verifier *verifier, const struct verify_call *call,
                             const struct jws *jws, const struct jwks *set, agentos_error *reason)
{
    ensure(set != NULL);
    const struct key *found[JWKS_CANDIDATES_MAX];
    size_t count = jwks_find(set, jws->kid, jws->alg, found);

    ensure(count <= JWKS_CANDIDATES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct candidate candidate = {
            .key = found[i],
            .name = remote_keys_name(verifier->remote),
        };

        if (is_signed_by(&candidate, call, jws, reason))
            return true;
    }
    return false;
}

/* Returns whether a remote key verifies the signature. If none does, *reason says why, and
 * *call->wanted names the keys to wait for if another fetch may bring the right one. */
static bool is_signed_by_remote(const struct verifier *verifier, const struct verify_call *call,
                                const struct jws *jws, agentos_error *reason)
{
    ensure(verifier->remote != NULL);
    struct jwks *set = remote_keys_take(verifier->remote, call->now_s);

    if (set == NULL) {
        *reason = refusal_make(REFUSAL_KEYS_UNAVAILABLE);
        want_remote_keys(verifier, call, jws, NULL);
        return false;
    }
    if (jwks_is_ambiguous(set, jws->kid, jws->alg))
        explain(call->why, "key set", false,
                "its kid names several keys of the set, none of which is used");
    *reason = refusal_make(REFUSAL_SIGNATURE_WRONG);
    bool passed = is_signed_by_set(verifier, call, jws, set, reason);
    if (!passed)
        want_remote_keys(verifier, call, jws, set);
    jwks_unref(set);
    return passed;
}

/* Returns whether one of the configured keys verifies the signature, and writes the name of that
 * key to *key_name. If none does, *reason says why the last key did not. *reason is unchanged if no
 * key fits the token's kid and alg. */
static bool is_signed_by_local(const struct verifier *verifier, const struct verify_call *call,
                               const struct jws *jws, const char **key_name, agentos_error *reason)
{
    struct candidate candidates[KEY_CANDIDATES_MAX];
    size_t count = keyring_candidates(&verifier->keys, jws->kid, jws->alg, candidates);

    ensure(count <= KEY_CANDIDATES_MAX);
    if (count == 0 && verifier->remote == NULL)
        explain(call->why, "key", false, "none has the token's kid and algorithm");
    for (size_t i = 0; i < count; i++) {
        *key_name = candidates[i].name;
        if (is_signed_by(&candidates[i], call, jws, reason))
            return true;
    }
    return false;
}

/* Refuses the token unless a local or a remote key verifies its signature. Writes the name of the
 * local key or of the remote set to *key_name. */
static agentos_status check_signature(const struct verifier *verifier,
                                      const struct verify_call *call, const struct jws *jws,
                                      const char **key_name, agentos_error *err)
{
    ensure(keyring_allows(&verifier->keys, jws->alg)); /* check_algorithm has passed */

    /* The contract has a text for an unknown key. A listed issuer does not use it, because it would
     * reveal which keys the issuer has (docs/design/security.md 24). */
    bool is_listed = verifier->demands != NULL;
    agentos_error reason = refusal_make(is_listed ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEY_UNKNOWN);

    if (is_signed_by_local(verifier, call, jws, key_name, &reason))
        return AGENTOS_OK;
    if (verifier->remote != NULL) {
        *key_name = remote_keys_name(verifier->remote);
        if (is_signed_by_remote(verifier, call, jws, &reason))
            return AGENTOS_OK;
    }
    return refuse_step(call, "signature", &reason, err);
}

/* Refuses tokens that are not access tokens by their typ, since the same key may sign other kinds
 * of token, such as logout tokens (RFC 8725 §3.11). */
static agentos_status check_type(const struct verify_call *call, str typ, agentos_error *err)
{
    if (!jwt_type_is_refused(typ))
        return AGENTOS_OK;
    const agentos_error reason = refusal_make(REFUSAL_NOT_AN_ACCESS_TOKEN);
    return refuse_step(call, "type", &reason, err);
}

/* The step "claims". Checks the times, the audience and the issuer, as for every token. */
static agentos_status check_claims(const struct verifier *verifier, const struct verify_call *call,
                                   const struct token *token, agentos_error *err)
{
    agentos_error refusal;

    ensure(token->claims != NULL);
    if (jwt_check(token->claims, &verifier->checks, call->now_s, &refusal) == AGENTOS_OK) {
        explain(call->why, "claims", true, "times%s%s are right",
                verifier->checks.audience_count > 0 ? ", audience" : "",
                verifier->checks.issuer != NULL ? ", issuer" : "");
        return AGENTOS_OK;
    }
    explain_difference(verifier, call, token, "claims", &refusal);
    return fail_again(err, &refusal);
}

/* The step "issuer's demands". Checks what a listed issuer demands beyond check_claims. The plain
 * block has no such demands. */
static agentos_status check_demands(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    const struct demands *demands = verifier->demands;
    agentos_error reason;

    ensure(token->claims != NULL);
    if (demands == NULL)
        return AGENTOS_OK;
    if (demands_check(demands, token->jws.typ, token->claims, call->now_s, &reason) != AGENTOS_OK) {
        explain_difference(verifier, call, token, "issuer's demands", &reason);
        return refuse_bare(&reason, err);
    }
    explain(call->why, "issuer's demands", true, "type, lifetime and claims are right");
    return AGENTOS_OK;
}

/* Refuses a malformed subject. A subject that is absent or empty passes here: authenticate.c
 * refuses a listed issuer's token without a user. A subject that is not a string must not count as
 * absent (CVE-2026-25537). */
static agentos_status check_subject(const struct verifier *verifier, const struct verify_call *call,
                                    const json_t *claims, agentos_error *err)
{
    ensure(claims != NULL);
    const json_t *subject = claims_first(&verifier->rules.user_id, claims);
    const char *text = json_string_value(subject);

    if (subject == NULL || (text != NULL && text[0] == '\0')) {
        explain(call->why, "subject", true, "none");
        return AGENTOS_OK;
    }
    if (text != NULL && user_id_is_valid(str_of(text))) {
        explain(call->why, "subject", true, "the user is '%s'", text);
        return AGENTOS_OK;
    }
    explain(call->why, "subject", false,
            "not a text, reserved, too long, or with control characters");
    return refuse(err, REFUSAL_SUBJECT_INVALID);
}

/* Refuses a malformed session_id. A session_id restricts the caller to that session, so a malformed
 * one must not count as absent: the caller could then use any session. */
static agentos_status check_session(const struct verifier *verifier, const struct verify_call *call,
                                    const json_t *claims, agentos_error *err)
{
    ensure(claims != NULL);
    const json_t *session = claims_first(&verifier->rules.session_id, claims);
    const char *text = json_string_value(session);

    if (session == NULL || (text != NULL && text[0] == '\0'))
        return AGENTOS_OK;
    if (text != NULL && id_is_reachable(str_of(text)))
        return AGENTOS_OK;
    explain(call->why, "session", false,
            "not a text, too long, or with characters that no path can hold");
    return refuse(err, REFUSAL_SESSION_INVALID);
}

/* The step "expiry". Says until when the token is valid. */
static void explain_expiry(struct explanation *why, const struct principal *principal)
{
    char text[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0)
        explain(why, "expiry", true, "none: the token never expires");
    else
        explain(why, "expiry", true, "%s", clock_iso8601(principal->expires_at, text));
}

/* The step "scopes". Says how many scopes the token has, and lists them. */
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
        explain_each(why, "held", true, QUOTED " from the token", QUOTE(principal->scopes[i]));
}

/* The step "shape". Says how the provider's scopes were converted, if they were. */
static void explain_shape(struct explanation *why, const struct scope_shape *shape,
                          const json_t *claims)
{
    if (shape->prefix != NULL)
        explain(why, "shape", true, "only scopes that begin with " QUOTED " count, without it",
                QUOTE(str_of(shape->prefix)));
    if (claims_first(&shape->narrowing, claims) == NULL)
        return;
    ensure(shape->narrowing.count > 0);
    explain(why, "shape", true,
            "where the claim " QUOTED " names scopes of this server, only these count",
            QUOTE(str_of(shape->narrowing.paths[0].text)));
}

/* Returns the present state of the remote keys. It must be taken before the keys are tried: if the
 * keys change in between, the principal is verified again when it is next used. */
static struct key_stamp take_key_stamp(const struct verifier *verifier)
{
    static const struct key_stamp never_changes = { NULL, 0 };

    return verifier->remote != NULL ? remote_keys_stamp(verifier->remote) : never_changes;
}

/* Checks everything but the form and the signature of a token. Its claims have been read. */
static agentos_status check_content(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    TRY(check_type(call, token->jws.typ, err));
    TRY(check_claims(verifier, call, token, err));
    TRY(check_demands(verifier, call, token, err));
    TRY(check_subject(verifier, call, token->claims, err));
    return check_session(verifier, call, token->claims, err);
}

/* Returns the principal of a checked token as a new reference. It takes over token->own, where the
 * claims are. */
static struct verified *make_verified(const struct verify_call *call, struct token *token,
                                      const struct principal_rules *rules, struct key_stamp stamp)
{
    ensure(token->own != NULL);
    struct verified *verified = verified_new_take(TAKE(token->own), token->claims, rules, stamp);

    if (call->why != NULL) {
        explain_expiry(call->why, verified_principal(verified));
        explain_shape(call->why, &rules->shape, token->claims);
        explain_scopes(call->why, verified_principal(verified));
    }
    return verified;
}

/* Refuses a token that has more scopes or roles than are read, rather than ignoring some of them:
 * its caller would be refused later without a hint. */
static agentos_status check_scope_count(const struct verify_call *call,
                                        const struct verified *verified, agentos_error *err)
{
    if (!verified_principal(verified)->is_cut)
        return AGENTOS_OK;
    explain(call->why, "scopes", false, "more than %d scopes or roles", SCOPES_MAX);
    return refuse_with(err, REFUSAL_SCOPES_TOO_MANY, SCOPES_MAX);
}

/* Makes the principal of a checked token, and releases it again if the token has too many scopes.
 * *out is set only on success. */
static agentos_status accept_token(const struct verify_call *call, struct token *token,
                                   const struct principal_rules *rules, struct key_stamp stamp,
                                   struct verified **out, agentos_error *err)
{
    struct verified *verified = make_verified(call, token, rules, stamp);
    agentos_status status = check_scope_count(call, verified, err);

    if (status == AGENTOS_OK)
        *out = verified;
    else
        verified_unref(verified);
    return status;
}

/* Checks everything that a token must satisfy. Sets token->jws and token->claims, and writes the
 * name of the key that verified the token to *key_name. */
static agentos_status check_token(const struct verifier *verifier, const struct verify_call *call,
                                  struct token *token, const char **key_name, agentos_error *err)
{
    TRY(take_apart(call, token, err));
    TRY(check_algorithm(verifier, call, token, err));
    TRY(check_signature(verifier, call, &token->jws, key_name, err));
    TRY(read_claims(call, token, err));
    return check_content(verifier, call, token, err);
}

/* Accepts the token only if every check passes. The cache and the roles are the caller's business.
 */
agentos_status verify_token(const struct verifier *verifier, const struct verify_call *call,
                            struct token *token, struct verified **out, agentos_error *err)
{
    ensure(call->arena != NULL && call->now_s > 0);
    const struct key_stamp stamp = take_key_stamp(verifier);
    const char *key_name = NULL;
    agentos_error refusal;

    if (check_token(verifier, call, token, &key_name, &refusal) != AGENTOS_OK) {
        advise(call->why, verifier->preset, refusal_of(&refusal));
        return fail_again(err, &refusal);
    }
    ensure(key_name != NULL && token->claims != NULL);
    if (call->why == NULL && json_object_get(token->claims, "exp") == NULL)
        no_expiry_report(verifier->no_expiry, key_name);
    if (accept_token(call, token, &verifier->rules, stamp, out, &refusal) != AGENTOS_OK) {
        advise(call->why, verifier->preset, (enum refusal_code)refusal.code);
        return fail_again(err, &refusal);
    }
    if (verifier->ceiling != NULL)
        verified_limit(*out, verifier->ceiling, call->why);
    return AGENTOS_OK;
}

/* Checks the claims but not the signature, which a trusted proxy has checked. The principal is
 * marked as unverified and can never be an admin. */
agentos_status read_unverified_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err)
{
    ensure(verifier->demands == NULL && verifier->ceiling == NULL); /* it is the plain block's */
    struct principal_rules rules = verifier->rules;

    rules.is_unverified = true;
    explain(call->why, "signature", true,
            "not checked: authorization.validate is false, and the peer is a trusted proxy");
    bool is_jwt =
        token_take_apart(token, NULL) == AGENTOS_OK && token_read_claims(token, NULL) == AGENTOS_OK;

    if (!is_jwt)
        explain(call->why, "format", false, "not a JWT, so the caller has no user and no scopes");
    else
        TRY(check_content(verifier, call, token, err));
    TRY(accept_token(call, token, &rules, take_key_stamp(verifier), out, err));
    ensure(!verified_principal(*out)->is_admin);
    return AGENTOS_OK;
}

/* Releases the keys and the roles. The remote keys are released by their owner (issuer_clear). */
void verifier_clear(struct verifier *verifier)
{
    keyring_clear(&verifier->keys);
    role_table_clear(&verifier->roles);
}
