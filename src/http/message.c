/* Methods, status codes and headers of HTTP messages. */
#include "http/message.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_OTHER] = "OTHER", [GET] = "GET",         [HEAD] = "HEAD",
    [POST] = "POST",          [PUT] = "PUT",         [PATCH] = "PATCH",
    [DELETE] = "DELETE",      [OPTIONS] = "OPTIONS",
};

/* Returns the name of the method. */
const char *method_name(enum method method)
{
    ensure(method < METHOD_COUNT);
    return method_names[method];
}

/* Returns the method of this name, or METHOD_OTHER. Names are case-sensitive (RFC 9110 §9.1). */
enum method method_find(str name)
{
    for (enum method m = GET; m < METHOD_COUNT; m++)
        if (str_equal(name, str_of(method_names[m])))
            return m;
    return METHOD_OTHER;
}

/* Finds the first header of this name, ignoring case. `value` may be NULL. */
bool headers_find(const struct headers *headers, str name, str *value)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (!str_equal_nocase(headers->all[i].name, name))
            continue;
        if (value != NULL)
            *value = headers->all[i].value;
        return true;
    }
    return false;
}

/* Returns the number of headers of this name, ignoring case. */
size_t headers_count(const struct headers *headers, str name)
{
    size_t count = 0;

    for (size_t i = 0; i < headers->count; i++)
        count += str_equal_nocase(headers->all[i].name, name);
    return count;
}

// clang-format off
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
};
// clang-format on

/* Returns the reason phrase of a status, such as "Not Found". */
const char *status_reason(int status)
{
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}
