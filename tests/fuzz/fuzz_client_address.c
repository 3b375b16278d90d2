/* client_address: two headers, parted by a line's end; what it names stands in one of them, or is
 * the peer. */
#include <assert.h>

#include "auth/client_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str second = { (const char *)data, size }, first = str_split(&second, '\n');
    const struct header headers[] = { { STR("x-forwarded-for"), first },
                                      { STR("X-Forwarded-For"), second } };
    const struct request request = { .peer = "127.0.0.1", .headers = { headers, 2 } };
    struct network proxies[2];

    assert(network_parse(STR("127.0.0.0/8"), &proxies[0]));
    assert(network_parse(STR("10.0.0.0/8"), &proxies[1]));
    const char *client = client_address(&request, proxies, 2, a);
    assert(strcmp(client, request.peer) == 0 || strlen(client) <= size);
    assert(strcmp(client_address(&request, NULL, 0, a), request.peer) == 0);
    return 0;
}
