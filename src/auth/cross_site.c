/* Rejects cookies in cross-site requests (Fetch Metadata, RFC 6454). */
#include "auth/cross_site.h"

#include "base/ensure.h"

#include "base/refusals.h"

/* Returns whether the request has a safe method and opens no WebSocket. */
static bool is_safe(const struct request *request)
{
    if (headers_find(&request->headers, STR("upgrade"), NULL))
        return false;
    return request->method == GET || request->method == HEAD || request->method == OPTIONS;
}

/* Returns whether the origin's host is the request's. A proxy may have changed the scheme. */
static bool is_own(const struct headers *headers, str origin)
{
    str host = STR("");
    str rest = origin;

    (void)str_split(&rest, ':'); /* the scheme */
    if (!str_starts(rest, STR("//")))
        return false;
    if (!headers_find(headers, STR("host"), &host) || host.len == 0)
        return false;
    return str_equal_nocase(str_from(rest, 2), host);
}

/* Rejects the cookie. `why` describes the origin of the request. */
static agentos_status refuse_cookie(const char *why, agentos_error *err)
{
    return refuse_with(err, REFUSAL_CROSS_SITE_COOKIE, why);
}

/* Returns whether Sec-Fetch-Site names another site, or for guarded reads another origin. */
static bool is_from_other_site(const struct cross_site_rules *rules, str site)
{
    if (site.len == 0)
        return false; /* no browser, or an old one: Origin decides */
    if (!rules->guards_reads)
        return str_equal_nocase(site, STR("cross-site"));
    return !str_equal_nocase(site, STR("same-origin")) && !str_equal_nocase(site, STR("none"));
}

/* Rejects a change, or any guarded request, that another site made the browser send. */
agentos_status cross_site_check(const struct request *request, const struct cross_site_rules *rules,
                                agentos_error *err)
{
    const struct headers *headers = &request->headers;
    str site = STR("");
    str origin = STR("");

    ensure(rules->origins != NULL);
    if (!rules->guards_reads && is_safe(request))
        return AGENTOS_OK;
    (void)headers_find(headers, STR("sec-fetch-site"), &site); /* optional */
    if (is_from_other_site(rules, site))
        return refuse_cookie(str_equal_nocase(site, STR("same-site")) ? "another host of this site"
                                                                      : "another site",
                             err);
    if (headers_count(headers, STR("origin")) > 1)
        return refuse_cookie("two origins", err);
    if (!headers_find(headers, STR("origin"), &origin))
        return AGENTOS_OK;
    if (!is_own(headers, origin) && !cors_allows(rules->origins, origin))
        return refuse_cookie("an origin that is not in cors_origins", err);
    return AGENTOS_OK;
}
