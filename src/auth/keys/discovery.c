/* Builds the URLs of an issuer's discovery document and parses the document (RFC 8414). */
#include "auth/keys/discovery.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "json/parse.h"

/* Returns the text without a final slash. */
static str without_last_slash(str text)
{
    if (str_ends(text, STR("/")))
        text.len--;
    return text;
}

/* Appends the well-known path to the issuer (OpenID Connect Discovery §4). */
static const char *openid_url(arena *a, str issuer)
{
    str base = without_last_slash(issuer);

    return arena_printf(a, "%.*s/.well-known/openid-configuration", (int)base.len, base.ptr);
}

/* Inserts the well-known path between the issuer's host and path (RFC 8414 §3.1). */
static const char *oauth_url(arena *a, str issuer)
{
    str base = without_last_slash(issuer);
    str path = base;

    (void)str_split(&path, '/'); /* the scheme */
    (void)str_split(&path, '/'); /* the empty text between the two slashes */
    (void)str_split(&path, '/'); /* the host; leaves `path` without its leading slash */
    if (path.len == 0)
        return arena_printf(a, "%.*s/.well-known/oauth-authorization-server", (int)base.len,
                            base.ptr);
    ensure(path.len < base.len);                 /* three slashes were removed */
    size_t origin_len = base.len - path.len - 1; /* the scheme and the host */
    return arena_printf(a, "%.*s/.well-known/oauth-authorization-server/%.*s", (int)origin_len,
                        base.ptr, (int)path.len, path.ptr);
}

/* Sets `urls` to the candidate URLs, in the order in which to request them. */
void discovery_urls(arena *a, str issuer, const char *urls[DISCOVERY_URLS])
{
    ensure(issuer.len > 0);
    urls[0] = openid_url(a, issuer);
    urls[1] = oauth_url(a, issuer);
}

/* Returns whether the jwks_uri is valid and, like the configured URL, public or loopback. */
static bool may_fetch_from(const char *jwks_uri, const struct discovery_rules *rules)
{
    enum egress egress;

    if (remote_url_check("jwks_uri", str_of(jwks_uri), rules->allow_http, &egress, NULL) !=
        AGENTOS_OK)
        return false;
    return egress == rules->egress;
}

/* Describes a small difference between two issuers, or returns "". */
static const char *describe_difference(str theirs, str ours)
{
    str a = without_last_slash(theirs), b = without_last_slash(ours);

    if (str_equal(a, b))
        return "; they differ in the slash at the end";
    if (str_equal_nocase(a, b))
        return "; they differ in capital letters";
    (void)str_split(&a, ':'); /* the scheme */
    (void)str_split(&b, ':');
    return a.len > 0 && str_equal(a, b) ? "; they differ in the scheme" : "";
}

/* Returns INVALID unless the document names the expected issuer. */
static agentos_status check_issuer(const char *issuer, const char *expected, agentos_error *err)
{
    ensure(expected != NULL);
    if (issuer != NULL && strcmp(issuer, expected) == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "is of the issuer " QUOTED ", not " QUOTED "%s",
                QUOTE(str_of(issuer)), QUOTE(str_of(expected)),
                describe_difference(str_of(issuer), str_of(expected)));
}

/* Reads the jwks_uri. The issuer must match (OpenID Connect Discovery §4.3, RFC 8414 §3.3). */
agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                              const char **out, agentos_error *err)
{
    const json_t *json = NULL;
    agentos_error reason;

    ensure(rules->issuer != NULL);
    if (json_parse(a, document, &json, &reason) != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "is not JSON: %s", reason.message);
    TRY(check_issuer(json_text(json, "issuer"), rules->issuer, err));
    const char *jwks_uri = json_text(json, "jwks_uri");
    if (jwks_uri == NULL)
        return fail(err, AGENTOS_INVALID, "has no jwks_uri");
    if (!may_fetch_from(jwks_uri, rules))
        return fail(err, AGENTOS_INVALID, "leads to a jwks_uri that is not https on a public host");
    *out = jwks_uri;
    return AGENTOS_OK;
}
