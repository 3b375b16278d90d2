/* Finds the client's address behind trusted proxies, for counting failures and for the log. */
#include "auth/client_address.h"

#include "auth/authority_internal.h"
#include "base/ensure.h"

/* Removes and returns the last item of a comma-separated list, which must not be empty. */
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

/* Reads X-Forwarded-For backwards while the previous address is that of a trusted proxy. */
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

const char *authority_client(const struct authority *authority, const struct request *request,
                             arena *a)
{
    struct network network;
    const char *client = client_address(request, authority->proxies, authority->proxy_count, a);

    if (client == request->peer || !network_parse(str_of(client), &network) ||
        strchr(client, '/') != NULL)
        return NULL;
    return client;
}
