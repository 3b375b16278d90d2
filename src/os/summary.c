/* Describes who may call a server. */
#include "os/summary.h"

#include "base/ensure.h"

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* Appends the number of verification keys, such as "a key set and 2 keys" or "1 key". */
static void append_keys(const struct authority_options *authorization, buf *out)
{
    size_t count = authorization->key_count;

    if (authorization->jwks != NULL)
        buf_printf(out, "a key set%s", count > 0 ? " and " : "");
    if (count > 0 || authorization->jwks == NULL)
        buf_printf(out, "%zu key%s", count, plural(count));
}

static void append_tokens(const struct authority_options *authorization, buf *out)
{
    buf_printf(out, "jwt, %s, ", authorization->algorithm);
    append_keys(authorization, out);
    buf_printf(out, ", scopes %s", authorization->authorization ? "enforced" : "not enforced");
}

static void append_issuers(const struct authority_options *authorization, const char *between,
                           buf *out)
{
    size_t count = authorization->issuer_count;

    if (authorization->jwks_url != NULL)
        buf_printf(out, "jwt, %s, keys from %s", authorization->algorithm, authorization->jwks_url);
    if (authorization->jwks_url != NULL && count > 0)
        buf_append(out, str_of(between));
    if (count > 0)
        buf_printf(out, "jwt of %zu issuer%s, scopes enforced%s", count, plural(count),
                   authorization->plain_fallback ? ", others by the plain keys" : "");
}

void summarize_authorization(const struct options *options, const char *between, buf *out)
{
    const struct authority_options *authorization = &options->authorization;
    bool has_issuers = authorization->issuer_count > 0 || authorization->jwks_url != NULL;
    bool has_tokens = authorization->key_count > 0 || authorization->jwks != NULL ||
                      authorization->accept_unverified;

    ensure(between != NULL);
    append_issuers(authorization, between, out);
    if (has_issuers && has_tokens)
        buf_append(out, str_of(between));
    if (has_tokens)
        append_tokens(authorization, out);
    else if (!has_issuers && authorization->security_key != NULL)
        buf_append(out, STR("one security key for everybody"));
    else if (!has_issuers)
        buf_append(out, STR("none: everybody may do everything"));
}
