/* Finds the client's address behind trusted proxies by reading X-Forwarded-For from the end. The
 * address is used only to count failed attempts, and never to admit anybody. */
#include "auth/client_address.h"

#include "base/ensure.h"

/* Returns the last item of a list with commas between its items, and cuts it off the list. The list
 * must not be empty. */
static str cut_last(str *list)
{
    ensure(list->len > 0);
    size_t begin = list->len;

    while (begin > 0 && list->ptr[begin - 1] != ',')
        begin--;
    str last = str_from(*list, begin);
    list->len = begin > 0 ? begin - 1 : 0; /* without the comma */
    return str_trim(last);
}

/* Returns the address of the client. Each proxy appends the address of its peer to X-Forwarded-For,
 * so the list is read from its end for as long as the address before it is a trusted proxy's. */
const char *client_address(const struct request *request, const struct network *proxies,
                           size_t count, arena *a)
{
    ensure(proxies != NULL || count == 0);
    const char *client = request->peer;

    for (size_t i = request->headers.count; i > 0; i--) {
        const struct header *header = &request->headers.all[i - 1];
        str list = header->value;

        if (!str_equal_nocase(header->name, STR("x-forwarded-for")))
            continue;
        while (list.len > 0 && network_has(proxies, count, client))
            client = arena_copy(a, cut_last(&list));
    }
    return client;
}
