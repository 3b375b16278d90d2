/* Verifies JWTs: the format, the signature, the claims and the subject. */
#include "auth/token/verify.h"

#include "auth/explain/refusal_notes.h"
#include "auth/token/mismatch.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/refusals.h"

/* Rejects the token with the contract's "Invalid token: REASON". */
static agentos_status refuse_bare(const agentos_error *reason, agentos_error *err)
{
    ensure(reason->status != AGENTOS_OK);
    return fail_because(err, reason, "Invalid token: %s", reason->message);
}

/* Explains the failed step and rejects the token. */
static agentos_status refuse_step(const struct verify_call *call, const char *step,
                                  const agentos_error *reason, agentos_error *err)
{
    explain(call->why, step, false, "%s", reason->message);
    return refuse_bare(reason, err);
}

/* Explains a failed step by comparing the token with the expected values. */
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

/* Parses the token into token->jws. */
static agentos_status parse_token(const struct verify_call *call, struct token *token,
                                  agentos_error *err)
{
    agentos_error reason;

    if (token_parse(token, &reason) != AGENTOS_OK)
        return refuse_step(call, "format", &reason, err);
    explain(call->why, "format", true, "a JWT; its header says alg " QUOTED ", kid " QUOTED,
            QUOTE(token->jws.alg), QUOTE(token->jws.kid));
    return AGENTOS_OK;
}

/* Parses the claims into token->claims. */
static agentos_status read_claims(const struct verify_call *call, struct token *token,
                                  agentos_error *err)
{
    agentos_error reason;

    if (token_read_claims(token, &reason) == AGENTOS_OK)
        return AGENTOS_OK;
    return refuse_step(call, "claims", &reason, err);
}

/* Rejects an alg that is not configured. Every key is bound to one alg (RFC 8725 §3.1). */
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

/* Returns whether this key verifies the signature. Sets *reason if not. */
static bool is_signed_by(const struct candidate *candidate, const struct verify_call *call,
                         const struct jws *jws, agentos_error *reason)
{
    ensure(candidate->key != NULL && candidate->name != NULL);
    bool passed = jws_verify(jws, candidate->key, reason) == AGENTOS_OK;

    explain(call->why, "key", passed, "%s (%s): %s", candidate->name, key_alg(candidate->key)->name,
            passed ? "signature verified" : reason->message);
    return passed;
}

/* Returns whether the set may lack the token's key. */
static bool may_lack_key(const struct jwks *set, str kid)
{
    if (set == NULL)
        return true;
    return kid.len > 0 ? !jwks_has_kid(set, kid) : jwks_usable(set) == 0;
}

/* Sets *call->missing_key if another fetch may bring the key. `set` is NULL before the first. */
static void want_remote_keys(const struct verifier *verifier, const struct verify_call *call,
                             const struct jws *jws, const struct jwks *set)
{
    const char *reason = "the kid is not among its keys";

    ensure(verifier->remote != NULL);
    if (!may_lack_key(set, jws->kid))
        return;
    if (set == NULL)
        reason = remote_keys_error(verifier->remote, call->arena);
    explain(call->why, "key set", false, "%s", reason);
    if (call->missing_key != NULL && remote_keys_may_bring(verifier->remote, jws->kid, call->now_s))
        *call->missing_key = (struct missing_key){ verifier->remote, jws->kid };
}

/* Tries the matching keys of the remote set. Sets *reason when a key fails. */
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

/* Tries the remote keys. On failure sets *reason, and missing_key if another fetch may help. */
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
                "several keys of the set have its kid, so none of them is used");
    *reason = refusal_make(REFUSAL_SIGNATURE_WRONG);
    bool passed = is_signed_by_set(verifier, call, jws, set, reason);
    if (!passed)
        want_remote_keys(verifier, call, jws, set);
    jwks_unref(set);
    return passed;
}

/* Tries the configured keys. Sets *key_name, and *reason when a key fails. */
static bool is_signed_by_local(const struct verifier *verifier, const struct verify_call *call,
                               const struct jws *jws, const char **key_name, agentos_error *reason)
{
    struct candidate candidates[KEY_CANDIDATES_MAX];
    size_t count = keyring_candidates(&verifier->keys, jws->kid, jws->alg, candidates);

    ensure(count <= KEY_CANDIDATES_MAX);
    if (count == 0 && verifier->remote == NULL)
        explain(call->why, "key", false, "no key matches the token's kid and algorithm");
    for (size_t i = 0; i < count; i++) {
        *key_name = candidates[i].name;
        if (is_signed_by(&candidates[i], call, jws, reason))
            return true;
    }
    return false;
}

/* Checks the signature. Sets *key_name to the local key or the remote set that verified it. */
static agentos_status check_signature(const struct verifier *verifier,
                                      const struct verify_call *call, const struct jws *jws,
                                      const char **key_name, agentos_error *err)
{
    ensure(keyring_allows(&verifier->keys, jws->alg)); /* checked by check_algorithm */

    /* The contract words an unknown key differently, but for a listed issuer that would reveal
     * which keys it has (docs/design/security.md 24). */
    bool is_listed = verifier->demands != NULL;
    agentos_error reason = refusal_make(is_listed ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEY_UNKNOWN);

    if (is_signed_by_local(verifier, call, jws, key_name, &reason))
        return AGENTOS_OK;
    if (verifier->remote != NULL) {
        *key_name = remote_keys_name(verifier->remote);
        if (is_signed_by_remote(verifier, call, jws, &reason))
            return AGENTOS_OK;
    }
    const struct alg *alg = alg_find(jws->alg);
    if (alg != NULL && alg->key_type == KEY_OCT)
        explain_advice(call->why, "the shared secrets differ; the last line break of a file is not "
                                  "part of the secret here");
    return refuse_step(call, "signature", &reason, err);
}

/* Rejects other kinds of tokens, such as logout tokens (RFC 8725 §3.11). */
static agentos_status check_type(const struct verify_call *call, str typ, agentos_error *err)
{
    if (!jwt_type_is_refused(typ))
        return AGENTOS_OK;
    const agentos_error reason = refusal_make(REFUSAL_NOT_AN_ACCESS_TOKEN);
    return refuse_step(call, "type", &reason, err);
}

/* Checks the times, the audience and the issuer. */
static agentos_status check_claims(const struct verifier *verifier, const struct verify_call *call,
                                   const struct token *token, agentos_error *err)
{
    agentos_error refusal;

    ensure(token->claims != NULL);
    if (jwt_check(token->claims, &verifier->checks, call->now_s, &refusal) == AGENTOS_OK) {
        explain(call->why, "claims", true, "times%s%s are valid",
                verifier->checks.audience_count > 0 ? ", audience" : "",
                verifier->checks.issuer != NULL ? ", issuer" : "");
        return AGENTOS_OK;
    }
    explain_difference(verifier, call, token, "claims", &refusal);
    return fail_again(err, &refusal);
}

/* Checks the additional requirements of a listed issuer. */
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
    explain(call->why, "issuer's demands", true, "type, lifetime and claims are valid");
    return AGENTOS_OK;
}

/* Rejects a malformed subject, which must not count as absent (CVE-2026-25537). */
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
            "not a string, reserved, too long, or containing control characters");
    return refuse(err, REFUSAL_SUBJECT_INVALID);
}

/* Rejects a malformed session_id, which would otherwise not restrict the caller. */
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
            "not a string, too long, or containing characters that a path cannot have");
    return refuse(err, REFUSAL_SESSION_INVALID);
}

/* Explains until when the token is valid. */
static void explain_expiry(struct explanation *why, const struct principal *principal)
{
    char text[CLOCK_TEXT_SIZE];

    if (principal->expires_at == 0)
        explain(why, "expiry", true, "none: the token never expires");
    else
        explain(why, "expiry", true, "%s", clock_iso8601(principal->expires_at, text));
}

/* Explains the number of scopes and lists them. */
static void explain_scopes(struct explanation *why, const struct principal *principal)
{
    if (principal->unscoped)
        explain(why, "scopes", true, "not checked: authorization is off");
    else if (principal->is_admin)
        explain(why, "scopes", true, "include the admin scope");
    else
        explain(why, "scopes", principal->scope_count > 0, "%zu in the token",
                principal->scope_count);
    for (size_t i = 0; i < principal->scope_count; i++)
        explain_each(why, "held", true, QUOTED " from the token", QUOTE(principal->scopes[i]));
}

/* Explains the conversion of the provider's scopes, if there was one. */
static void explain_shape(struct explanation *why, const struct scope_shape *shape,
                          const json_t *claims)
{
    if (shape->prefix != NULL)
        explain(why, "shape", true,
                "only scopes with the prefix " QUOTED " count; the prefix is removed",
                QUOTE(str_of(shape->prefix)));
    if (claims_first(&shape->narrowing, claims) == NULL)
        return;
    ensure(shape->narrowing.count > 0);
    explain(why, "shape", true,
            "if the claim " QUOTED " has scopes of this server, only these count",
            QUOTE(str_of(shape->narrowing.paths[0].text)));
}

/* Returns the stamp of the remote keys. Must be called before the keys are tried. */
static struct key_stamp take_key_stamp(const struct verifier *verifier)
{
    static const struct key_stamp never_changes = { NULL, 0 };

    return verifier->remote != NULL ? remote_keys_stamp(verifier->remote) : never_changes;
}

/* Checks the type, the claims, the subject and the session of a parsed token. */
static agentos_status check_content(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    TRY(check_type(call, token->jws.typ, err));
    TRY(check_claims(verifier, call, token, err));
    TRY(check_demands(verifier, call, token, err));
    TRY(check_subject(verifier, call, token->claims, err));
    return check_session(verifier, call, token->claims, err);
}

/* Returns the principal of a checked token as a new reference, which takes over token->own. */
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

/* Rejects a token with more scopes or roles than are read, instead of ignoring some. */
static agentos_status check_scope_count(const struct verify_call *call,
                                        const struct verified *verified, agentos_error *err)
{
    if (!verified_principal(verified)->is_cut)
        return AGENTOS_OK;
    explain(call->why, "scopes", false, "more than %d scopes or roles", SCOPES_MAX);
    return refuse_with(err, REFUSAL_SCOPES_TOO_MANY, SCOPES_MAX);
}

/* Sets *out to the principal of a checked token, unless the token has too many scopes. */
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

/* Checks the whole token. Sets token->jws, token->claims and *key_name. */
static agentos_status check_token(const struct verifier *verifier, const struct verify_call *call,
                                  struct token *token, const char **key_name, agentos_error *err)
{
    TRY(parse_token(call, token, err));
    TRY(check_algorithm(verifier, call, token, err));
    TRY(check_signature(verifier, call, &token->jws, key_name, err));
    TRY(read_claims(call, token, err));
    return check_content(verifier, call, token, err);
}

/* Verifies a token and creates its principal, without cache and roles. */
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

/* Accepts a token from a trusted proxy without checking its signature, but never as an admin. A
 * value that is not a JWT gives a caller without a user and without scopes. */
agentos_status read_unverified_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err)
{
    ensure(verifier->demands == NULL && verifier->ceiling == NULL); /* top-level options only */
    struct principal_rules rules = verifier->rules;

    rules.is_unverified = true;
    explain(call->why, "signature", true,
            "not checked: authorization.validate is false, and the peer is a trusted proxy");
    bool is_jwt =
        token_parse(token, NULL) == AGENTOS_OK && token_read_claims(token, NULL) == AGENTOS_OK;

    if (!is_jwt)
        explain(call->why, "format", false, "not a JWT, so the caller has no user and no scopes");
    else
        TRY(check_content(verifier, call, token, err));
    TRY(accept_token(call, token, &rules, take_key_stamp(verifier), out, err));
    ensure(!verified_principal(*out)->is_admin);
    return AGENTOS_OK;
}

/* Releases the keys and the roles. issuer_clear releases the remote keys. */
void verifier_clear(struct verifier *verifier)
{
    keyring_clear(&verifier->keys);
    role_table_clear(&verifier->roles);
}
