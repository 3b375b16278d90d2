/* Finds the client's address behind trusted proxies by reading X-Forwarded-For from the end. The
 * address is used only to count failed attempts, and never to admit anybody. */
#include "auth/client_address.h"

/* What stands behind the last comma, which is cut off with it. */
static str take_last(str *list)
{
    size_t at = list->len;

    while (at > 0 && list->ptr[at - 1] != ',')
        at--;
    str last = str_from(*list, at);
    list->len = at > 0 ? at - 1 : 0;
    return str_trim(last);
}

const char *client_address(const struct request *request, const struct network *proxies,
                           size_t count, arena *a)
{
    const char *client = request->peer;

    for (size_t i = request->headers.count; i > 0; i--) {
        const struct header *header = &request->headers.all[i - 1];
        str list = header->value;

        if (!str_equal_nocase(header->name, STR("x-forwarded-for")))
            continue;
        while (list.len > 0 && network_has(proxies, count, client))
            client = arena_copy(a, take_last(&list));
    }
    return client;
}
