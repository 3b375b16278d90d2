/* Finds cookies by name in the Cookie headers (RFC 6265 §5.4). */
#include "base/ensure.h"
#include "base/limits.h"
#include "http/form.h"

/* Removes the double quotes around a value (RFC 6265 §4.1.1). */
static str unquote(str value)
{
    bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';

    return is_quoted ? (str){ value.ptr + 1, value.len - 2 } : value;
}

/* Finds a cookie in one header. *budget is the number of cookies that may still be examined. */
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

/* Finds the first cookie of this name among the first COOKIES_MAX cookies. */
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

/* Counts the cookies of this name in one header. */
static size_t count_in_header(str cookies, str name)
{
    size_t count = 0;

    while (cookies.len > 0) {
        str cookie = str_split(&cookies, ';');

        count += str_equal(str_trim(str_split(&cookie, '=')), name);
    }
    return count;
}

size_t cookie_count(const struct headers *headers, str name)
{
    size_t count = 0;

    ensure(name.len > 0);
    for (size_t i = 0; i < headers->count; i++)
        if (str_equal_nocase(headers->all[i].name, STR("cookie")))
            count += count_in_header(headers->all[i].value, name);
    return count;
}
