/* Builds the URLs of an issuer's discovery document (RFC 8414) and reads the document. Only
 * `issuer` and `jwks_uri` are read; all other members are ignored. This file does no I/O. */
#include "auth/keys/discovery.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "json/parse.h"

/* Returns the text without its last character if that is a slash. */
static str without_last_slash(str text)
{
    if (str_ends(text, STR("/")))
        text.len--;
    return text;
}

/* Returns the URL of the issuer's OpenID configuration, allocated in the arena. The well-known path
 * is appended to the issuer (OpenID Connect Discovery §4). */
static const char *openid_url(arena *a, str issuer)
{
    str base = without_last_slash(issuer);

    return arena_printf(a, "%.*s/.well-known/openid-configuration", (int)base.len, base.ptr);
}

/* Returns the URL of the issuer's OAuth metadata, allocated in the arena. The well-known path is
 * inserted between the host and the path of the issuer (RFC 8414 §3.1). */
static const char *oauth_url(arena *a, str issuer)
{
    str base = without_last_slash(issuer);
    str path = base;

    (void)str_split(&path, '/'); /* removes the scheme */
    (void)str_split(&path, '/'); /* removes the empty text between the two slashes */
    (void)str_split(&path, '/'); /* removes the host; `path` has no leading slash now */
    if (path.len == 0)
        return arena_printf(a, "%.*s/.well-known/oauth-authorization-server", (int)base.len,
                            base.ptr);
    ensure(path.len < base.len);                 /* three slashes were removed */
    size_t origin_len = base.len - path.len - 1; /* the scheme and the host */
    return arena_printf(a, "%.*s/.well-known/oauth-authorization-server/%.*s", (int)origin_len,
                        base.ptr, (int)path.len, path.ptr);
}

/* Fills `urls` with the URLs at which the discovery document may be found, in the order in which
 * they are to be requested. The URLs are allocated in the arena. */
void discovery_urls(arena *a, str issuer, const char *urls[DISCOVERY_URLS])
{
    ensure(issuer.len > 0);
    urls[0] = openid_url(a, issuer);
    urls[1] = oauth_url(a, issuer);
}

/* Returns true if keys may be fetched from this jwks_uri. It must satisfy the same rules as a
 * configured URL, and its host must be of the same kind (public or loopback) as the configured one.
 */
static bool may_fetch_from(const char *jwks_uri, const struct discovery_rules *rules)
{
    enum egress egress;

    if (remote_url_check("jwks_uri", str_of(jwks_uri), rules->allow_http, &egress, NULL) !=
        AGENTOS_OK)
        return false;
    return egress == rules->egress;
}

/* Says in which small way two issuers differ, for the end of a sentence. Returns "" if they differ
 * in more than that. */
static const char *describe_difference(str theirs, str ours)
{
    str a = without_last_slash(theirs), b = without_last_slash(ours);

    if (str_equal(a, b))
        return "; they differ in the slash at the end";
    if (str_equal_nocase(a, b))
        return "; they differ in capital letters";
    (void)str_split(&a, ':'); /* removes the scheme */
    (void)str_split(&b, ':');
    return a.len > 0 && str_equal(a, b) ? "; they differ in the scheme" : "";
}

/* Returns INVALID unless the document names exactly the expected issuer. issuer is NULL if the
 * document names none. */
static agentos_status check_issuer(const char *issuer, const char *expected, agentos_error *err)
{
    ensure(expected != NULL);
    if (issuer != NULL && strcmp(issuer, expected) == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "is of the issuer " QUOTED ", not " QUOTED "%s",
                QUOTE(str_of(issuer)), QUOTE(str_of(expected)),
                describe_difference(str_of(issuer), str_of(expected)));
}

/* Reads the jwks_uri from a discovery document and stores it in *out, allocated in the arena. The
 * document must be of exactly the expected issuer, because another issuer could otherwise provide
 * its keys (OpenID Connect Discovery §4.3, RFC 8414 §3.3). *out is set only on success. */
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
