/* Builds the URLs of an issuer's discovery document (RFC 8414) and reads the document. Only
 * `issuer` and `jwks_uri` are read; all other members are ignored. This file does no I/O. */
#include "auth/keys/discovery.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "json/parse.h"

/* OpenID Connect Discovery §4: appended to the issuer without its last slash. */
static const char *openid_place(arena *a, str issuer)
{
    if (str_ends(issuer, STR("/")))
        issuer.len--;
    return arena_printf(a, "%.*s/.well-known/openid-configuration", (int)issuer.len, issuer.ptr);
}

/* RFC 8414 §3.1: inserted between the host and the path, which loses its last slash. */
static const char *oauth_place(arena *a, str issuer)
{
    str rest = issuer;

    ensure(issuer.len > 0);
    if (str_ends(issuer, STR("/")))
        rest.len--;
    (void)str_split(&rest, '/'); /* the scheme */
    (void)str_split(&rest, '/');
    (void)str_split(&rest, '/'); /* the host; the path is left */
    size_t head = rest.len > 0 ? (size_t)(rest.ptr - issuer.ptr) - 1 : issuer.len;
    if (rest.len == 0 && str_ends(issuer, STR("/")))
        head--;
    return arena_printf(a, "%.*s/.well-known/oauth-authorization-server%s%.*s", (int)head,
                        issuer.ptr, rest.len > 0 ? "/" : "", (int)rest.len, rest.ptr);
}

void discovery_places(arena *a, str issuer, const char *places[DISCOVERY_PLACES])
{
    places[0] = openid_place(a, issuer);
    places[1] = oauth_place(a, issuer);
}

agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                              const char **out, agentos_error *err)
{
    const json_t *json = NULL;
    agentos_error why;
    enum egress egress;

    ensure(rules->issuer != NULL);
    if (json_parse(a, document, &json, &why) != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "is not JSON: %s", why.message);
    const char *issuer = json_text(json, "issuer"), *keys = json_text(json, "jwks_uri");

    /* OpenID Connect Discovery §4.3, RFC 8414 §3.3: identical, or another issuer could speak here.
     */
    if (issuer == NULL || strcmp(issuer, rules->issuer) != 0)
        return fail(err, AGENTOS_INVALID, "is of the issuer " QUOTED ", not " QUOTED,
                    QUOTE(str_of(issuer)), QUOTE(str_of(rules->issuer)));
    if (remote_url_check("jwks_uri", str_of(keys), &egress, NULL) != AGENTOS_OK ||
        egress != rules->egress)
        return fail(err, AGENTOS_INVALID, "leads to a jwks_uri that is not https on a public host");
    *out = keys;
    return AGENTOS_OK;
}
