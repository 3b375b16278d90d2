/* Refuses a cookie credential on a request that comes from another site (cross-site request
 * forgery). Checks Sec-Fetch-Site (W3C Fetch Metadata) and then Origin (RFC 6454 §7), because older
 * browsers send only Origin. A web page cannot set either header. */
#include "auth/cross_site.h"

#include "base/refusals.h"

static bool changes_nothing(const struct request *request)
{
    bool is_safe = request->method == GET || request->method == HEAD || request->method == OPTIONS;

    /* A WebSocket begins as a GET, and no CORS protects what follows. */
    return is_safe && !headers_find(&request->headers, STR("upgrade"), NULL);
}

/* "https://HOST:PORT" names the host that the request was sent to, as its Host header does. The
 * scheme is the proxy's affair: it is not known here. */
static bool is_own(const struct headers *headers, str origin)
{
    str host, rest = origin;

    (void)str_split(&rest, ':'); /* the scheme */
    return str_starts(rest, STR("//")) && headers_find(headers, STR("host"), &host) &&
           host.len > 0 && str_equal_nocase(str_from(rest, 2), host);
}

static agentos_status refuse_cookie(const char *why, agentos_error *err)
{
    return refuse_with(err, REFUSAL_CROSS_SITE_COOKIE, why);
}

agentos_status cross_site_check(const struct request *request, const struct cors *origins,
                                agentos_error *err)
{
    const struct headers *headers = &request->headers;
    str site = STR(""), origin;

    if (changes_nothing(request))
        return AGENTOS_OK;
    (void)headers_find(headers, STR("sec-fetch-site"), &site); /* absent is as empty */
    if (str_equal_nocase(site, STR("cross-site")))
        return refuse_cookie("another site", err);
    if (headers_count(headers, STR("origin")) > 1)
        return refuse_cookie("two origins", err);
    if (headers_find(headers, STR("origin"), &origin) && !is_own(headers, origin) &&
        !cors_allows(origins, origin))
        return refuse_cookie("an origin that is not in cors_origins", err);
    return AGENTOS_OK;
}
