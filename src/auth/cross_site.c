/* Refuses a cookie credential on a request that comes from another site (cross-site request
 * forgery). Checks Sec-Fetch-Site (W3C Fetch Metadata) and then Origin (RFC 6454 §7), because older
 * browsers send only Origin. A web page cannot set either header. */
#include "auth/cross_site.h"

#include "base/ensure.h"

#include "base/refusals.h"

/* Returns whether the request cannot change anything. A WebSocket begins as a GET, but no CORS
 * protects what follows, so it counts as a change. */
static bool changes_nothing(const struct request *request)
{
    if (headers_find(&request->headers, STR("upgrade"), NULL))
        return false;
    return request->method == GET || request->method == HEAD || request->method == OPTIONS;
}

/* Returns whether the origin, such as "https://HOST:PORT", is the host that the request was sent
 * to. The scheme is not compared: a proxy may have changed it. */
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

/* Refuses the cookie. `why` says where the request came from. */
static agentos_status refuse_cookie(const char *why, agentos_error *err)
{
    return refuse_with(err, REFUSAL_CROSS_SITE_COOKIE, why);
}

/* Returns whether the browser says that another origin made it send the request. The rules that
 * guard reads trust this server's own pages and what the user types alone: another host of the same
 * site sends no Origin with a GET. */
static bool is_from_elsewhere(const struct cross_site_rules *rules, str site)
{
    if (site.len == 0)
        return false; /* no browser, or an old one: Origin decides */
    if (!rules->guards_reads)
        return str_equal_nocase(site, STR("cross-site"));
    return !str_equal_nocase(site, STR("same-origin")) && !str_equal_nocase(site, STR("none"));
}

/* Refuses a request that changes something, or any request if the rules guard reads, if another
 * site made the browser send it. A request with neither Sec-Fetch-Site nor Origin does not come
 * from a browser, and passes. */
agentos_status cross_site_check(const struct request *request, const struct cross_site_rules *rules,
                                agentos_error *err)
{
    const struct headers *headers = &request->headers;
    str site = STR("");
    str origin = STR("");

    ensure(rules->origins != NULL);
    if (!rules->guards_reads && changes_nothing(request))
        return AGENTOS_OK;
    (void)headers_find(headers, STR("sec-fetch-site"), &site); /* else still empty */
    if (is_from_elsewhere(rules, site))
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
