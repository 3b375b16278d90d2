/* Checks the syntax of configuration values. */
#include "config/checks.h"

#include <ctype.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/host_port.h"
#include "base/limits.h"
#include "base/placeholder.h"

/* Returns whether the text consists of ASCII letters, digits and the given other characters. */
static bool has_only(str text, const char *others)
{
    ensure(others != NULL);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_alnum = isascii(c) && isalnum((unsigned char)c);
        bool is_other = c != '\0' && strchr(others, c) != NULL;

        if (!is_alnum && !is_other)
            return false;
    }
    return text.len > 0;
}

const char *check_host(str text)
{
    return has_only(text, ".:[]%_-") ? NULL : "must be a host name or an address";
}

/* Accepts an origin, SCHEME://HOST or SCHEME://HOST:PORT (RFC 6454). */
const char *check_origin(str text)
{
    static const char error[] =
        "must be an origin such as https://app.example.com: no path, no '*'";
    str rest = text;
    str scheme = str_split(&rest, ':');

    if (!has_only(scheme, "+.-") || !str_starts(rest, STR("//")))
        return error;
    str authority = str_from(rest, strlen("//"));
    return has_only(authority, ".:[]_-") ? NULL : error;
}

/* Returns the URL without "http://" or "https://", or "" if it has another scheme. */
static str after_scheme(str url)
{
    static const str http = STR_INIT("http://"), https = STR_INIT("https://");

    if (str_starts(url, http))
        return str_from(url, http.len);
    if (str_starts(url, https))
        return str_from(url, https.len);
    return STR("");
}

/* Returns HOST[:PORT] of a URL without its scheme, dropping user information, path and query. */
static str host_port_of(str rest)
{
    size_t len = 0;

    while (len < rest.len && !str_has(STR("/?#"), rest.ptr[len]))
        len++;
    str authority = { rest.ptr, len };
    while (str_has(authority, '@'))
        (void)str_split(&authority, '@');
    return authority;
}

/* Rejects placeholders. The message does not quote the secret. */
const char *check_secret(str text)
{
    return placeholder_describe(text);
}

/* Accepts an HTTP or HTTPS URL with a host. */
const char *check_url(str text)
{
    str rest = after_scheme(text);

    if (rest.len == 0 || rest.ptr[0] == '/')
        return "must begin with http:// or https://";
    for (size_t i = 0; i < rest.len; i++)
        if ((unsigned char)rest.ptr[i] <= ' ' || rest.ptr[i] == 0x7F) /* 0x7F is DEL */
            return "must not hold blanks or control characters";
    if (!host_port_is_valid(host_port_of(rest)))
        return "must name a host, such as example.com, 10.0.0.1:8080 or [::1]:8080";
    return NULL;
}

const char *check_token(str text)
{
    return str_is_token(text) && text.len <= ID_MAX_BYTES
               ? NULL
               : "must be a name of letters, digits and dashes";
}
