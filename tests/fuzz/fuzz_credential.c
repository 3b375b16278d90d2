/* The value of an Authorization header and, after a newline, a query string, all the way through
 * authentication. Only the seed's own token can be accepted, since nobody else has the key. */
#include <assert.h>

#include "auth/authority.h"
#include "auth/challenge.h"
#include "auth/token/token_cache.h"

enum { NOW = 1795288566 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct authority *make_authority(void)
{
    static const char *const keys[] = { "inventory-secret-0123456789-0123456789" },
                             *const names[] = { "key" };
    const struct authority_options options = {
        .authorization = true,
        .keys = keys,
        .key_names = names,
        .key_count = 1,
        .algorithm = "HS256",
    };
    struct authority *authority = NULL;

    if (authority_new(&options, &authority, NULL) != AGENTOS_OK)
        abort();
    return authority;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct authority *authority;
    static struct token_cache *cache;
    AUTO(arena) *a = arena_new();
    str query = { (const char *)data, size };
    const struct header header = { STR("Authorization"), str_split(&query, '\n') };
    const struct request request = { .path = STR("/agents"),
                                     .query = query,
                                     .headers = { &header, 1 } };
    struct explanation why = { .arena = a };
    const struct principal *principal = NULL;
    agentos_error err = { 0 };

    if (authority == NULL) {
        authority = make_authority();
        cache = token_cache_new(4);
    }
    struct auth_request how = { .cache = cache, .request = &request, .now_s = NOW, .arena = a };
    agentos_status status = authenticate(authority, &how, &principal, &err);
    how.why = &why;
    agentos_status again = authenticate(authority, &how, &principal, NULL);
    assert(status == again);
    if (status == AGENTOS_OK)
        assert(principal->kind == PRINCIPAL_TOKEN && principal->is_admin);
    else
        assert(principal == NULL && err.message[0] != '\0' &&
               auth_challenge(a, &err, true, NULL) != NULL);
    return 0;
}
