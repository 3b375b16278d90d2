/* Verifies a JWT step by step: parses it, checks its signature, its claims and its subject, and
 * creates the principal (the caller's identity and scopes). read_unverified skips the signature,
 * for tokens that a trusted proxy passes on. */
#include "auth/token/verify.h"

#include "auth/explain/refusal_notes.h"
#include "auth/token/mismatch.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

/* Refuses with a bare reason, behind the words that the contract puts before it. */
static agentos_status refuse_bare(const agentos_error *reason, agentos_error *err)
{
    ensure(reason->status != AGENTOS_OK);
    return fail_because(err, reason, "Invalid token: %s", reason->message);
}

/* Explains that this step has failed, and refuses with the bare reason. */
static agentos_status refuse_step(const struct verify_call *call, const char *step,
                                  const agentos_error *reason, agentos_error *err)
{
    explain(call->why, step, false, "%s", reason->message);
    return refuse_bare(reason, err);
}

/* Explains a failed step by what the token says and what was expected. */
static void explain_difference(const struct verifier *verifier, const struct verify_call *call,
                               const struct token *token, const char *step,
                               const agentos_error *reason)
{
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

/* The step "format": fills in token->jws. */
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

/* Fills in token->claims; explained only on failure, as the step "claims". */
static agentos_status read_claims(const struct verify_call *call, struct token *token,
                                  agentos_error *err)
{
    agentos_error reason;

    if (token_read_claims(token, &reason) == AGENTOS_OK)
        return AGENTOS_OK;
    return refuse_step(call, "claims", &reason, err);
}

/* The token's alg must be one of the configured algorithms. Each key is bound to one of these, so
 * the token cannot choose how it is verified (RFC 8725 §3.1). */
static agentos_status check_algorithm(const struct verifier *verifier,
                                      const struct verify_call *call, const struct token *token,
                                      agentos_error *err)
{
    if (keyring_allows(&verifier->keys, token->jws.alg))
        return AGENTOS_OK;
    const agentos_error reason = refusal_make(REFUSAL_ALG_NOT_ALLOWED);
    explain_difference(verifier, call, token, "algorithm", &reason);
    return refuse_bare(&reason, err);
}

/* The step "key": does this key verify the signature? false: *reason says why not. */
static bool is_signed_by(const struct candidate *candidate, const struct verify_call *call,
                         const struct jws *jws, agentos_error *reason)
{
    ensure(candidate->key != NULL && candidate->name != NULL);
    bool passed = jws_verify(jws, candidate->key, reason) == AGENTOS_OK;

    explain(call->why, "key", passed, "%s (%s): %s", candidate->name, key_alg(candidate->key)->name,
            passed ? "signature verified" : reason->message);
    return passed;
}

/* Could the set, NULL if there is none, lack the key that signed this token? */
static bool may_lack_key(const struct jwks *set, str kid)
{
    if (set == NULL)
        return true;
    return kid.len > 0 ? !jwks_has_kid(set, kid) : jwks_count(set) == 0;
}

/* Notes in call->wanted that a new fetch of the remote keys may bring the key of this token, if
 * that is so: an issuer may have published the key since the last fetch. */
static void want_remote_keys(const struct verifier *verifier, const struct verify_call *call,
                             const struct jws *jws, const struct jwks *set)
{
    if (!may_lack_key(set, jws->kid))
        return;
    explain(call->why, "key set", false, "%s",
            set == NULL ? remote_keys_lack(verifier->remote, call->arena)
                        : "the kid is not among its keys");
    if (call->wanted != NULL && remote_keys_may_bring(verifier->remote, jws->kid, call->now_s))
        *call->wanted = (struct keys_wanted){ verifier->remote, jws->kid };
}

/* Does a key of the present remote set verify the signature? false: *reason says why not, and
 * call->wanted whether a fetch may bring the key. */
static bool is_signed_by_remote(const struct verifier *verifier, const struct verify_call *call,
                                const struct jws *jws, agentos_error *reason)
{
    struct jwks *set = remote_keys_take(verifier->remote, call->now_s);
    const struct key *found[JWKS_CANDIDATES_MAX];
    size_t count = set != NULL ? jwks_find(set, jws->kid, jws->alg, found) : 0;
    bool passed = false;

    ensure(count <= JWKS_CANDIDATES_MAX);
    *reason = /* unless a key that is tried gives another */
        refusal_make(set != NULL ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEYS_UNAVAILABLE);
    for (size_t i = 0; i < count && !passed; i++) {
        const struct candidate candidate = { found[i], remote_keys_name(verifier->remote) };

        passed = is_signed_by(&candidate, call, jws, reason);
    }
    if (!passed)
        want_remote_keys(verifier, call, jws, set);
    jwks_unref(set);
    return passed;
}

/* Does one of the configured keys verify the signature? Sets *key_name to that key's name. false:
 * *reason says why not; no key fitting the token leaves it as it is. */
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

/* A local key, or else a remote one, must verify the signature. *key_name: the name of that key, or
 * of the remote set. */
static agentos_status check_signature(const struct verifier *verifier,
                                      const struct verify_call *call, const struct jws *jws,
                                      const char **key_name, agentos_error *err)
{
    /* Where no key fits: the plain block says so, as the contract does. A listed issuer does not
     * reveal which keys it has (docs/design/security.md 24). */
    agentos_error reason =
        refusal_make(verifier->demands != NULL ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEY_UNKNOWN);

    if (is_signed_by_local(verifier, call, jws, key_name, &reason))
        return AGENTOS_OK;
    if (verifier->remote != NULL) {
        *key_name = remote_keys_name(verifier->remote);
        if (is_signed_by_remote(verifier, call, jws, &reason))
            return AGENTOS_OK;
    }
    return refuse_step(call, "signature", &reason, err);
}

/* The same key may sign tokens for other purposes, such as a logout: these are refused by their typ
 * (RFC 8725 §3.11). */
static agentos_status check_type(const struct verify_call *call, str typ, agentos_error *err)
{
    if (!jwt_type_is_refused(typ))
        return AGENTOS_OK;
    const agentos_error reason = refusal_make(REFUSAL_NOT_AN_ACCESS_TOKEN);
    return refuse_step(call, "type", &reason, err);
}

/* The step "claims": the checks of every token, on its times, audience and issuer. */
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

/* The step "issuer's demands": those of a listed issuer, beyond the checks of every token. */
static agentos_status check_demands(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    agentos_error reason;

    if (verifier->demands == NULL)
        return AGENTOS_OK;
    if (demands_check(verifier->demands, token->jws.typ, token->claims, call->now_s, &reason) !=
        AGENTOS_OK) {
        explain_difference(verifier, call, token, "issuer's demands", &reason);
        return refuse_bare(&reason, err);
    }
    explain(call->why, "issuer's demands", true, "type, lifetime and claims are right");
    return AGENTOS_OK;
}

/* A token without a subject, or with an empty one, passes here; an issuer's token without a user is
 * refused later (authenticate.c). A subject of another type does not count as absent
 * (CVE-2026-25537). */
static agentos_status check_subject(const struct verifier *verifier, const struct verify_call *call,
                                    const json_t *claims, agentos_error *err)
{
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

/* The session_id in a token restricts the caller to that session. A malformed one is refused: if it
 * counted as absent, the caller could use any session. */
static agentos_status check_session(const struct verifier *verifier, const struct verify_call *call,
                                    const json_t *claims, agentos_error *err)
{
    const json_t *session = claims_first(&verifier->rules.session_id, claims);
    const char *text = json_string_value(session);

    if (session == NULL || (text != NULL && (text[0] == '\0' || id_is_acceptable(str_of(text)))))
        return AGENTOS_OK;
    explain(call->why, "session", false, "not a text, too long, or with control characters");
    return refuse(err, REFUSAL_SESSION_INVALID);
}

/* The step "expiry": until when the token is valid. */
static void explain_expiry(struct explanation *why, const struct principal *principal)
{
    char text[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0)
        explain(why, "expiry", true, "none: the token never expires");
    else
        explain(why, "expiry", true, "%s", clock_iso8601(principal->expires_at, text));
}

/* The step "scopes": how many the token confers, and each of them. */
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

/* The step "shape": which of the token's scopes count, where the provider writes them in its own
 * form. */
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

/* The state of the verifier's remote keys. Taken before the keys are tried, so a change in between
 * is noticed at the next use of the principal. */
static struct key_stamp take_key_stamp(const struct verifier *verifier)
{
    static const struct key_stamp never_changes = { NULL, 0 };

    return verifier->remote != NULL ? remote_keys_stamp(verifier->remote) : never_changes;
}

/* Everything but the form and the signature. */
static agentos_status check_content(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    TRY(check_type(call, token->jws.typ, err));
    TRY(check_claims(verifier, call, token, err));
    TRY(check_demands(verifier, call, token, err));
    TRY(check_subject(verifier, call, token->claims, err));
    return check_session(verifier, call, token->claims, err);
}

/* The principal of a checked token, a new reference. Takes the token's claims, and explains what
 * they confer. */
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

/* Everything that a token must satisfy. OK: token->claims is set, and *key_name names the key that
 * verified it. */
static agentos_status check_token(const struct verifier *verifier, const struct verify_call *call,
                                  struct token *token, const char **key_name, agentos_error *err)
{
    TRY(take_apart(call, token, err));
    TRY(check_algorithm(verifier, call, token, err));
    TRY(check_signature(verifier, call, &token->jws, key_name, err));
    TRY(read_claims(call, token, err));
    return check_content(verifier, call, token, err);
}

agentos_status verify_token(const struct verifier *verifier, const struct verify_call *call,
                            struct token *token, struct verified **out, agentos_error *err)
{
    const struct key_stamp stamp = take_key_stamp(verifier);
    const char *key_name = NULL;
    agentos_error refusal;

    ensure(call->arena != NULL && call->now_s > 0);
    if (check_token(verifier, call, token, &key_name, &refusal) != AGENTOS_OK) {
        advise(call->why, verifier->preset, (enum refusal_code)refusal.code);
        return fail_again(err, &refusal);
    }
    ensure(key_name != NULL && token->claims != NULL);
    if (call->why == NULL && json_object_get(token->claims, "exp") == NULL)
        no_expiry_report(verifier->no_expiry, key_name);
    *out = make_verified(call, token, &verifier->rules, stamp);
    if (verifier->ceiling != NULL)
        verified_limit(*out, verifier->ceiling, call->why);
    return AGENTOS_OK;
}

agentos_status read_unverified_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err)
{
    struct principal_rules rules = verifier->rules;

    ensure(verifier->demands == NULL && verifier->ceiling == NULL); /* the plain block's */
    rules.is_unverified = true;
    explain(call->why, "signature", true,
            "not checked: authorization.validate is false, and the peer is a trusted proxy");
    if (token_take_apart(token, NULL) != AGENTOS_OK || token_read_claims(token, NULL) != AGENTOS_OK)
        explain(call->why, "format", false, "not a JWT, so the caller has no user and no scopes");
    else
        TRY(check_content(verifier, call, token, err));
    *out = make_verified(call, token, &rules, take_key_stamp(verifier));
    ensure(!verified_principal(*out)->is_admin);
    return AGENTOS_OK;
}

void verifier_clear(struct verifier *verifier)
{
    keyring_clear(&verifier->keys);
    role_table_clear(&verifier->roles);
}
