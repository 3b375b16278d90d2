/* Creates the listed issuers, finds one by a token's `iss`, and applies its roles and its ceiling
 * (the most that its tokens can confer) to a principal (the caller's identity and scopes). */
#include "auth/issuer/issuer.h"

#include "auth/issuer/issuer_make.h"
#include "auth/issuer/preset.h"
#include "auth/token/mismatch.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/refusals.h"

struct issuers {
    arena *arena; /* everything that is not counted */
    struct issuer *all;
    size_t count;
    struct map by_iss; /* -> struct issuer */
};

/* ---- making ---- */

/* An `iss` or a key of an issuer before it is refused: either would speak for both. */
static agentos_status refuse_duplicate(const struct issuers *self, const struct issuer *issuer,
                                       agentos_error *err)
{
    str iss = str_of(issuer->verifier.checks.issuer);

    ensure(iss.len > 0);
    if (map_get(&self->by_iss, iss) != NULL)
        return fail_about(err, AGENTOS_INVALID, "%s.issuer", QUOTED " stands twice", issuer->name,
                          QUOTE(iss));
    for (const struct issuer *other = self->all; other < issuer; other++)
        TRY(issuer_refuse_shared_key(issuer, &other->verifier.keys, err));
    return AGENTOS_OK;
}

/* Makes the next issuer. One that fails half-way is counted too, so that issuers_free clears it. */
static agentos_status add_issuer(struct issuers *self, const struct issuers_options *options,
                                 const char *admin_scope, agentos_error *err)
{
    ensure(self->count < options->count);
    struct issuer *issuer = &self->all[self->count];
    struct issuer_options expanded;
    const struct issuer_making making = { &expanded, admin_scope, self->arena, options->pool };

    TRY(preset_expand(&options->all[self->count], self->arena, &expanded, err));
    self->count++;
    TRY(issuer_read_keys(&making, issuer, err));
    TRY(issuer_read_rules(&making, issuer, err));
    TRY(refuse_duplicate(self, issuer, err));
    (void)map_put(&self->by_iss, str_of(issuer->verifier.checks.issuer), issuer); /* not there */
    return AGENTOS_OK;
}

static agentos_status add_issuers(struct issuers *self, const struct issuers_options *options,
                                  agentos_error *err)
{
    const char *admin_scope = arena_copy_text(self->arena, options->admin_scope);

    if (options->count > ISSUERS_MAX)
        return fail_about(err, AGENTOS_INVALID, "authorization.issuers", "more than %d",
                          ISSUERS_MAX);
    self->all = arena_alloc(self->arena, (options->count + 1) * sizeof(*self->all));
    for (size_t i = 0; i < options->count; i++)
        TRY(add_issuer(self, options, admin_scope, err));
    ensure(self->count == options->count);
    return AGENTOS_OK;
}

agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                           agentos_error *err)
{
    struct issuers *self = mem_zeroed(sizeof(*self));

    ensure(options->admin_scope != NULL && options->pool != NULL);
    self->arena = arena_new();
    agentos_status status = add_issuers(self, options, err);
    if (status == AGENTOS_OK)
        *out = self;
    else
        issuers_free(self);
    return status;
}

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

agentos_status issuers_refuse_keys(const struct issuers *issuers, const struct keyring *plain,
                                   agentos_error *err)
{
    for (size_t i = 0; i < issuers->count; i++)
        TRY(issuer_refuse_shared_key(&issuers->all[i], plain, err));
    return AGENTOS_OK;
}

/* ---- using ---- */

const struct verifier *issuers_find(const struct issuers *issuers, str iss)
{
    const struct issuer *issuer = map_get(&issuers->by_iss, iss);

    return issuer != NULL ? &issuer->verifier : NULL;
}

const char *issuers_text(const struct issuers *issuers, str iss, arena *a)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);
    const char **names = arena_alloc(a, (issuers->count + 1) * sizeof(*names));

    for (size_t i = 0; i < issuers->count; i++)
        names[i] = issuers->all[i].verifier.checks.issuer;
    mismatch_list(&text, names, issuers->count);
    for (size_t i = 0; i < issuers->count; i++)
        if (differs_by_slash(iss, str_of(names[i])))
            buf_printf(&text, "; '%s' differs by a slash", names[i]);
    return arena_copy(a, buf_view(&text));
}

/* A list of issuers counts as none (CVE-2025-30144). A token with a NUL in a text is refused
 * before, as no valid JSON. */
agentos_status token_issuer(const struct verify_call *call, struct token *token, str *out,
                            agentos_error *err)
{
    agentos_error reason;

    if (token_take_apart(token, &reason) != AGENTOS_OK ||
        token_read_claims(token, &reason) != AGENTOS_OK) {
        explain(call->why, "format", false, "%s", reason.message);
        return str_has(token->text, '.')
                   ? fail_because(err, &reason, "Invalid token: %s", reason.message)
                   : refuse_with(err, REFUSAL_TOKEN_OPAQUE, reason.message);
    }
    *out = str_of(json_text(token->claims, "iss"));
    return AGENTOS_OK;
}

const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    static const struct principal nobody = { .kind = PRINCIPAL_NONE, .issuer = "" };
    const struct issuer *issuer = map_get(&issuers->by_iss, str_of(who->issuer));

    ensure(who->issuer[0] != '\0');
    if (issuer == NULL) /* impossible, since one of them has verified it; so nothing is allowed */
        return &nobody;
    const struct principal *wider = role_table_apply(&issuer->verifier.roles, who, a, why);
    return wider != who ? ceiling_apply(&issuer->ceiling, wider, a, why) : who;
}
