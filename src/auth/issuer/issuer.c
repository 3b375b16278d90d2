/* Selecting an issuer, and what its roles and its ceiling make of a principal. How options became
 * an issuer is issuer_make.c's; what its tokens must satisfy, verify.c's. */
#include "auth/issuer/issuer_internal.h"

void issuers_free(struct issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->count; i++) {
        remote_keys_unref(issuers->all[i].verifier.remote);
        verifier_clear(&issuers->all[i].verifier);
    }
    map_clear(&issuers->by_iss);
    arena_free(issuers->arena);
    free(issuers);
}

const struct verifier *issuers_find(const struct issuers *issuers, str iss)
{
    const struct issuer *issuer = map_get(&issuers->by_iss, iss);

    return issuer != NULL ? &issuer->verifier : NULL;
}

/* A list of issuers is none (CVE-2025-30144), and a text with NUL is not what it seems. */
agentos_status token_issuer(const struct attempt *attempt, struct token *token, str *out,
                            agentos_error *err)
{
    agentos_error reason;

    if (token_take_apart(token, &reason) != AGENTOS_OK ||
        token_read_claims(token, &reason) != AGENTOS_OK) {
        explain(attempt->why, "format", false, "%s", reason.message);
        return fail(err, AGENTOS_UNAUTHENTICATED, "Invalid token: %s%s", reason.message,
                    str_has(token->text, '.')
                        ? ""
                        : ". An opaque token cannot be checked here: ask the provider for a JWT, "
                          "usually by naming the audience");
    }
    *out = str_of(json_text(token->claims, "iss"));
    return AGENTOS_OK;
}

const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    static const struct principal nobody = { .kind = PRINCIPAL_NONE, .issuer = "" };
    const struct issuer *issuer = map_get(&issuers->by_iss, str_of(who->issuer));

    if (issuer == NULL) /* cannot be: one of them has verified it */
        return &nobody;
    const struct principal *wider = role_table_apply(&issuer->verifier.roles, who, a, why);
    return wider != who ? ceiling_apply(&issuer->ceiling, wider, a, why) : who;
}
