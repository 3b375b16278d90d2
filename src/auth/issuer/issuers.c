/* The listed issuers, found by a token's `iss`. */
#include "auth/issuer/issuer.h"

#include "auth/issuer/issuer_make.h"
#include "auth/issuer/preset.h"
#include "auth/token/mismatch.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/refusals.h"

struct issuers {
    arena *arena;       /* owns everything except the keys */
    struct issuer *all; /* never moved: verifiers and the map point to them */
    size_t count;       /* including partly filled ones */
    struct map by_iss;  /* from the `iss` to the struct issuer */
};

/* ---- creation ---- */

/* Rejects an issuer with the `iss` or a key of an earlier one. */
static agentos_status refuse_duplicate(const struct issuers *self, const struct issuer *issuer,
                                       agentos_error *err)
{
    ensure(issuer >= self->all && issuer < self->all + self->count);
    str iss = str_of(issuer->verifier.checks.issuer);

    ensure(iss.len > 0); /* required by preset_expand */
    if (map_get(&self->by_iss, iss) != NULL)
        return fail_about(err, AGENTOS_INVALID, "%s.issuer", "duplicate issuer " QUOTED,
                          issuer->name, QUOTE(iss));
    for (const struct issuer *other = self->all; other < issuer; other++)
        TRY(issuer_refuse_shared_key(issuer, &other->verifier.keys, err));
    return AGENTOS_OK;
}

/* Compiles the next issuer. Counts it first, so that issuers_free releases its keys on failure. */
static agentos_status add_issuer(struct issuers *self, const struct issuers_options *options,
                                 const char *admin_scope, agentos_error *err)
{
    ensure(self->count < options->count);
    const struct issuer_options *given = &options->all[self->count];
    struct issuer *issuer = &self->all[self->count];
    struct issuer_options expanded; /* copied before this returns */
    const struct issuer_build build = {
        .from = &expanded,
        .admin_scope = admin_scope,
        .arena = self->arena,
        .pool = options->pool,
    };

    TRY(preset_expand(given, self->arena, &expanded, err));
    self->count++;
    TRY(issuer_read_keys(&build, issuer, err));
    TRY(issuer_read_rules(&build, issuer, err));
    TRY(refuse_duplicate(self, issuer, err));
    /* The iss is unique. */
    (void)map_put(&self->by_iss, str_of(issuer->verifier.checks.issuer), issuer);
    return AGENTOS_OK;
}

/* Compiles all issuers in the order of the options. */
static agentos_status add_issuers(struct issuers *self, const struct issuers_options *options,
                                  agentos_error *err)
{
    ensure(self->all == NULL && self->count == 0);
    ensure(options->count == 0 || options->all != NULL);
    if (options->count > ISSUERS_MAX)
        return fail_about(err, AGENTOS_INVALID, "authorization.issuers", "more than %d",
                          ISSUERS_MAX);
    const char *admin_scope = arena_copy_text(self->arena, options->admin_scope);
    self->all = arena_array(self->arena, options->count, sizeof(*self->all));
    for (size_t i = 0; i < options->count; i++)
        TRY(add_issuer(self, options, admin_scope, err));
    ensure(self->count == options->count);
    return AGENTOS_OK;
}

/* Compiles the listed issuers and stores them in *out, to be freed with issuers_free. */
agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                           agentos_error *err)
{
    ensure(options->admin_scope != NULL && options->pool != NULL);
    struct issuers *self = mem_zeroed(sizeof(*self));

    self->arena = arena_new();
    agentos_status status = add_issuers(self, options, err);
    if (status != AGENTOS_OK) {
        issuers_free(self);
        return status;
    }
    *out = self;
    return AGENTOS_OK;
}

/* Frees the issuers and releases their keys. NULL is allowed. */
void issuers_free(struct issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->count; i++)
        issuer_clear(&issuers->all[i]);
    map_clear(&issuers->by_iss);
    arena_free(issuers->arena);
    free(issuers);
}

/* Returns INVALID if an issuer shares a key with the top-level keyring. */
agentos_status issuers_refuse_keys(const struct issuers *issuers, const struct keyring *plain,
                                   agentos_error *err)
{
    for (size_t i = 0; i < issuers->count; i++)
        TRY(issuer_refuse_shared_key(&issuers->all[i], plain, err));
    return AGENTOS_OK;
}

/* ---- using ---- */

/* Returns the verifier for tokens with this `iss`, or NULL. It lives as long as the issuers. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss)
{
    const struct issuer *issuer = map_get(&issuers->by_iss, iss);

    if (issuer == NULL)
        return NULL;
    return &issuer->verifier;
}

/* Lists the issuers and those that differ from the `iss` only by a trailing slash. */
const char *issuers_text(const struct issuers *issuers, str iss, arena *a)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);

    ensure(issuers->count <= ISSUERS_MAX);
    const char **names = arena_array(a, issuers->count, sizeof(*names));
    for (size_t i = 0; i < issuers->count; i++)
        names[i] = issuers->all[i].verifier.checks.issuer;
    mismatch_list(&text, names, issuers->count);
    for (size_t i = 0; i < issuers->count; i++)
        if (differs_by_slash(iss, str_of(names[i])))
            buf_printf(&text, "; '%s' differs by a slash", names[i]);
    return arena_copy(a, buf_view(&text));
}

/* Rejects a token that is not a JWT. A token without a dot is opaque, not damaged. */
static agentos_status refuse_format(const struct verify_call *call, const struct token *token,
                                    const agentos_error *reason, agentos_error *err)
{
    explain(call->why, "format", false, "%s", reason->message);
    if (!str_has(token->text, '.'))
        return refuse_with(err, REFUSAL_TOKEN_OPAQUE, reason->message);
    return fail_because(err, reason, "Invalid token: %s", reason->message);
}

/* Decodes the token and stores its `iss` in *out. An array counts as absent (CVE-2025-30144). */
agentos_status token_issuer(const struct verify_call *call, struct token *token, str *out,
                            agentos_error *err)
{
    agentos_error reason;

    if (token_parse(token, &reason) != AGENTOS_OK)
        return refuse_format(call, token, &reason, err);
    if (token_read_claims(token, &reason) != AGENTOS_OK)
        return refuse_format(call, token, &reason, err);
    *out = str_of(json_text(token->claims, "iss"));
    return AGENTOS_OK;
}

/* Adds the scopes of the principal's roles, limited by the ceiling, or returns `who`. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    static const struct principal nobody = { .kind = PRINCIPAL_NONE, .issuer = "" };

    ensure(who->issuer != NULL && who->issuer[0] != '\0');
    const struct issuer *issuer = map_get(&issuers->by_iss, str_of(who->issuer));
    if (issuer == NULL) /* cannot happen: a listed issuer has verified the token */
        return &nobody;
    const struct principal *extended = role_table_apply(&issuer->verifier.roles, who, a, why);
    if (extended == who)
        return who;
    return ceiling_apply(&issuer->ceiling, extended, a, why);
}
