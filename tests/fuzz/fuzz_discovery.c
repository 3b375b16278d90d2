/* The first line is an issuer, the rest a discovery document. What is taken of it stays within what
 * the issuer's own URL allows, and the places it is looked for at are the issuer's. */
#include <stdint.h>
#include <string.h>

#include "auth/keys/discovery.h"
#include "auth/keys/remote_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(arena *a, str issuer, enum egress egress)
{
    const char *places[DISCOVERY_URLS];

    discovery_urls(a, issuer, places);
    for (size_t i = 0; i < DISCOVERY_URLS; i++) {
        enum egress found;

        if (remote_url_check("place", str_of(places[i]), false, &found, NULL) != AGENTOS_OK ||
            found != egress || strstr(places[i], "/.well-known/") == NULL)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str document = { (const char *)data, size };
    str issuer = str_split(&document, '\n');
    struct discovery_rules rules = { arena_copy(a, issuer), EGRESS_GUARDED };
    const char *keys = NULL;
    enum egress egress;
    agentos_error err = { .message = "" };

    if (issuer.len > 1024 ||
        remote_url_check("issuer", issuer, false, &rules.egress, NULL) != AGENTOS_OK)
        return 0;
    check_places(a, issuer, rules.egress);
    if (discovery_read(a, document, &rules, &keys, &err) != AGENTOS_OK) {
        if (!str_is_utf8(str_of(err.message)) || keys != NULL)
            abort();
        return 0;
    }
    if (remote_url_check("keys", str_of(keys), false, &egress, NULL) != AGENTOS_OK ||
        egress != rules.egress)
        abort();
    return 0;
}
