/* Reading the Cookie header (RFC 6265 §5.4). */
#include "base/ensure.h"
#include "base/limits.h"
#include "http/form.h"

/* RFC 6265 §4.1.1: a value may stand in double quotes, which do not belong to it. */
static str unquote(str value)
{
    bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';

    return is_quoted ? (str){ value.ptr + 1, value.len - 2 } : value;
}

/* Finds a cookie in one header. *budget: how many cookies may still be looked at, in this header
 * and those after it. */
static bool find_in_header(str cookies, str name, str *value, size_t *budget)
{
    while (cookies.len > 0 && *budget > 0) {
        str found = str_split(&cookies, ';');
        str key = str_trim(str_split(&found, '='));

        --*budget;
        if (str_equal(key, name)) {
            *value = unquote(str_trim(found));
            return true;
        }
    }
    return false;
}

/* Finds the first cookie of this name. Of the cookies, only the first COOKIES_MAX are looked at. */
bool cookie_find(const struct headers *headers, str name, str *value)
{
    size_t budget = COOKIES_MAX;

    ensure(value != NULL);
    for (size_t i = 0; i < headers->count; i++)
        if (str_equal_nocase(headers->all[i].name, STR("cookie")) &&
            find_in_header(headers->all[i].value, name, value, &budget))
            return true;
    return false;
}
