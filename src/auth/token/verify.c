/* Verifies a JWT step by step: parses it, checks its signature, its claims and its subject, and
 * creates the principal (the caller's identity and scopes). read_unverified skips the signature,
 * for tokens that a trusted proxy passes on. */
#include "auth/token/verify.h"

#include "auth/explain/refusal_notes.h"
#include "auth/token/mismatch.h"
#include "base/clock.h"
#include "base/refusals.h"

/* A reason about a token's form is told with the contract's words before it. */
static agentos_status refuse_bare(const agentos_error *reason, agentos_error *err)
{
    return fail_because(err, reason, "Invalid token: %s", reason->message);
}

static agentos_status refuse_step(const struct verify_call *call, const char *step,
                                  const agentos_error *reason, agentos_error *err)
{
    explain(call->why, step, false, "%s", reason->message);
    return refuse_bare(reason, err);
}

/* A step that failed: what the token says beside what was expected of it. */
static void explain_difference(const struct verifier *verifier, const struct verify_call *call,
                               const struct token *token, const char *step,
                               const agentos_error *reason)
{
    const struct mismatch mismatch = { &token->jws,         token->claims,
                                       verifier->keys.algs, verifier->keys.alg_count,
                                       &verifier->checks,   verifier->demands,
                                       call->now_s };

    if (call->why != NULL)
        explain(call->why, step, false, "%s", mismatch_text(&mismatch, reason, call->why->arena));
}

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

static agentos_status read_claims(const struct verify_call *call, struct token *token,
                                  agentos_error *err)
{
    agentos_error reason;

    return token_read_claims(token, &reason) == AGENTOS_OK
               ? AGENTOS_OK
               : refuse_step(call, "claims", &reason, err);
}

/* The configuration fixes the algorithm, and a key of a set the one it was read for, so the token
 * chooses neither (RFC 8725 §3.1). */
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

static bool is_signed_by(const struct candidate *candidate, const struct verify_call *call,
                         const struct jws *jws, agentos_error *reason)
{
    bool passed = jws_verify(jws, candidate->key, reason) == AGENTOS_OK;

    explain(call->why, "key", passed, "%s (%s): %s", candidate->name, key_alg(candidate->key)->name,
            passed ? "signature verified" : reason->message);
    return passed;
}

/* A kid that the set lacks may have been published since; which kid is unknown, only the
 * explanation says. */
static void want_keys(const struct verifier *verifier, const struct verify_call *call,
                      const struct jws *jws, const struct jwks *set)
{
    bool is_known = set != NULL && jws->kid.len > 0 && jwks_has_kid(set, jws->kid);

    if (is_known || (set != NULL && jwks_count(set) > 0 && jws->kid.len == 0))
        return;
    explain(call->why, "key set", false, "%s",
            set == NULL ? remote_keys_lack(verifier->remote, call->arena)
                        : "the kid is not among its keys");
    if (call->wanted != NULL && remote_keys_may_bring(verifier->remote, jws->kid, call->now_s))
        *call->wanted = (struct keys_wanted){ verifier->remote, jws->kid };
}

static bool is_signed_remotely(const struct verifier *verifier, const struct verify_call *call,
                               const struct jws *jws, agentos_error *reason)
{
    struct jwks *set = remote_keys_take(verifier->remote, call->now_s);
    bool passed = false;
    const struct key *found[JWKS_CANDIDATES_MAX];
    size_t count = set != NULL ? jwks_find(set, jws->kid, jws->alg, found) : 0;

    (void)refuse(reason, /* what is said when none fits */
                 set != NULL ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEYS_UNAVAILABLE);
    for (size_t i = 0; i < count && !passed; i++)
        passed = is_signed_by(&(struct candidate){ found[i], remote_keys_name(verifier->remote) },
                              call, jws, reason);
    if (!passed)
        want_keys(verifier, call, jws, set);
    jwks_unref(set);
    return passed;
}

/* *key_name: whose signature it is. */
static agentos_status check_signature(const struct verifier *verifier,
                                      const struct verify_call *call, const struct jws *jws,
                                      const char **key_name, agentos_error *err)
{
    struct candidate candidates[KEY_CANDIDATES_MAX];
    size_t count = keyring_candidates(&verifier->keys, jws->kid, jws->alg, candidates);

    /* The plain block says of a kid that it lacks what the contract says; an issuer's keys are not
     * to be told apart (docs/design/security.md 24). */
    agentos_error reason = /* what is said when none fits */
        refusal_make(verifier->demands != NULL ? REFUSAL_SIGNATURE_WRONG : REFUSAL_KEY_UNKNOWN);
    if (count == 0 && verifier->remote == NULL)
        explain(call->why, "key", false, "none has the token's kid and algorithm");
    for (size_t i = 0; i < count; i++) {
        *key_name = candidates[i].name;
        if (is_signed_by(&candidates[i], call, jws, &reason))
            return AGENTOS_OK;
    }
    if (verifier->remote != NULL) {
        *key_name = remote_keys_name(verifier->remote);
        if (is_signed_remotely(verifier, call, jws, &reason))
            return AGENTOS_OK;
    }
    return refuse_step(call, "signature", &reason, err);
}

/* RFC 8725 §3.11: what the same key signed for another purpose. */
static agentos_status check_type(const struct verify_call *call, str typ, agentos_error *err)
{
    if (!jwt_type_is_refused(typ))
        return AGENTOS_OK;
    const agentos_error reason = refusal_make(REFUSAL_NOT_AN_ACCESS_TOKEN);
    return refuse_step(call, "type", &reason, err);
}

static agentos_status check_claims(const struct verifier *verifier, const struct verify_call *call,
                                   const struct token *token, agentos_error *err)
{
    agentos_error refusal;

    if (jwt_check(token->claims, &verifier->checks, call->now_s, &refusal) == AGENTOS_OK) {
        explain(call->why, "claims", true, "times%s%s are right",
                verifier->checks.audience_count > 0 ? ", audience" : "",
                verifier->checks.issuer != NULL ? ", issuer" : "");
        return AGENTOS_OK;
    }
    explain_difference(verifier, call, token, "claims", &refusal);
    return fail_again(err, &refusal);
}

/* What an issuer's tokens must be beyond what all must. */
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

/* Absent and empty are no subject at all, which plain tokens may do; another type is not taken for
 * absent (CVE-2026-25537). */
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
    explain(call->why, "subject", false, "no text, reserved, too long, or with control characters");
    return refuse(err, REFUSAL_SUBJECT_INVALID);
}

/* A token's session holds its caller to one conversation; taken for absent, a malformed one would
 * leave the caller a choice. */
static agentos_status check_session(const struct verifier *verifier, const struct verify_call *call,
                                    const json_t *claims, agentos_error *err)
{
    const json_t *session = claims_first(&verifier->rules.session_id, claims);
    const char *text = json_string_value(session);

    if (session == NULL || (text != NULL && (text[0] == '\0' || id_is_acceptable(str_of(text)))))
        return AGENTOS_OK;
    explain(call->why, "session", false, "no text, too long, or with control characters");
    return refuse(err, REFUSAL_SESSION_INVALID);
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
        explain_each(why, "held", true, QUOTED " from the token", QUOTE(principal->scopes[i]));
}

/* What a provider's habits have left of its scopes: what is gone is among those held no more. */
static void explain_shape(struct explanation *why, const struct scope_shape *shape,
                          const json_t *claims)
{
    if (shape->prefix != NULL)
        explain(why, "shape", true, "only scopes that begin with " QUOTED " count, without it",
                QUOTE(str_of(shape->prefix)));
    if (claims_first(&shape->narrowing, claims) != NULL)
        explain(why, "shape", true,
                "where the claim " QUOTED " names scopes of this server, only these count",
                QUOTE(str_of(shape->narrowing.paths[0].text)));
}

/* Before the keys are asked: what moves meanwhile is seen at the next look. */
static struct key_stamp stamp_of(const struct verifier *verifier)
{
    static const struct key_stamp at_rest = { NULL, 0 };

    return verifier->remote != NULL ? remote_keys_stamp(verifier->remote) : at_rest;
}

/* What holds of a token whoever has signed it. */
static agentos_status check_content(const struct verifier *verifier, const struct verify_call *call,
                                    const struct token *token, agentos_error *err)
{
    TRY(check_type(call, token->jws.typ, err));
    TRY(check_claims(verifier, call, token, err));
    TRY(check_demands(verifier, call, token, err));
    TRY(check_subject(verifier, call, token->claims, err));
    return check_session(verifier, call, token->claims, err);
}

static struct verified *conclude_take(const struct verify_call *call, struct token *token,
                                      const struct principal_rules *rules, struct key_stamp stamp)
{
    struct verified *verified = verified_new_take(TAKE(token->own), token->claims, rules, stamp);

    if (call->why != NULL) {
        explain_expiry(call->why, verified_principal(verified));
        explain_shape(call->why, &rules->shape, token->claims);
        explain_scopes(call->why, verified_principal(verified));
    }
    return verified;
}

/* Everything that a token must satisfy. *key_name: whose signature it has. */
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
    const struct key_stamp stamp = stamp_of(verifier);
    const char *key_name = NULL;
    agentos_error refusal;

    if (check_token(verifier, call, token, &key_name, &refusal) != AGENTOS_OK) {
        advise(call->why, verifier->preset, (enum refusal_code)refusal.code);
        return fail_again(err, &refusal);
    }
    if (call->why == NULL && json_object_get(token->claims, "exp") == NULL)
        no_expiry_report(verifier->no_expiry, key_name);
    *out = conclude_take(call, token, &verifier->rules, stamp);
    if (verifier->ceiling != NULL)
        verified_limit(*out, verifier->ceiling, call->why);
    return AGENTOS_OK;
}

agentos_status read_unverified(const struct verifier *verifier, const struct verify_call *call,
                               struct token *token, struct verified **out, agentos_error *err)
{
    struct principal_rules rules = verifier->rules;

    rules.is_unverified = true;
    explain(call->why, "signature", true,
            "not checked: authorization.validate is false, and the peer is a trusted proxy");
    if (token_take_apart(token, NULL) != AGENTOS_OK || token_read_claims(token, NULL) != AGENTOS_OK)
        explain(call->why, "format", false, "no JWT: a caller without user and scopes");
    else
        TRY(check_content(verifier, call, token, err));
    *out = conclude_take(call, token, &rules, stamp_of(verifier));
    return AGENTOS_OK;
}

void verifier_clear(struct verifier *verifier)
{
    keyring_clear(&verifier->keys);
    role_table_clear(&verifier->roles);
}
