/* Checks single values of the configuration, such as host names, origins and URLs, by their
 * characters. Each check returns NULL for a valid value and otherwise a sentence for the user. */
#include "config/checks.h"

#include <ctype.h>

#include "base/banned.h"
#include "base/limits.h"

/* Are there any, and is each a letter, a digit or one of these? */
static bool is_made_of(str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(isascii(c) && isalnum((unsigned char)c)) && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return text.len > 0;
}

const char *check_host(str text)
{
    return is_made_of(text, ".:[]%_-") ? NULL : "must be a host name or an address";
}

const char *check_origin(str text)
{
    str rest = text;
    str scheme = str_split(&rest, ':');

    return is_made_of(scheme, "+.-") && str_starts(rest, STR("//")) &&
                   is_made_of(str_from(rest, 2), ".:[]_-")
               ? NULL
               : "must be an origin such as https://app.example.com: no path, no '*'";
}

const char *check_url(str text)
{
    bool has_scheme = str_starts(text, STR("http://")) || str_starts(text, STR("https://"));
    str rest = str_from(text, str_starts(text, STR("https://")) ? 8 : 7);

    for (size_t i = 0; i < rest.len; i++)
        if ((unsigned char)rest.ptr[i] <= ' ' || rest.ptr[i] == 0x7F)
            return "must not hold blanks or control characters";
    return has_scheme && rest.len > 0 && rest.ptr[0] != '/' ? NULL
                                                            : "must begin with http:// or https://";
}

const char *check_token(str text)
{
    return str_is_token(text) && text.len <= ID_MAX_BYTES
               ? NULL
               : "must be a name of letters, digits and dashes";
}
