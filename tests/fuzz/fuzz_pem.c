/* Text as a key, under every kind of algorithm. What is accepted must be able to do its work. */
#include <stdint.h>

#include "base/mem.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct key *key)
{
    const struct jws jws = { .signing_input = STR("a.b"),
                             .signature = STR(""),
                             .alg = str_of(key_alg(key)->name) };
    char thumbprint[KEY_THUMBPRINT_SIZE], *pem = NULL;

    if (jws_verify(&jws, key, NULL) == AGENTOS_OK)
        abort();
    (void)key_thumbprint(key, thumbprint);
    if (key_public_pem(key, &pem, NULL) == AGENTOS_OK)
        free(pem);
    key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str algs[] = { STR_INIT("HS256"), STR_INIT("RS256"), STR_INIT("ES256"),
                                STR_INIT("EdDSA"), STR_INIT("") };
    str text = { (const char *)data, size };

    for (size_t i = 0; i < COUNT(algs); i++) {
        struct key *key = NULL;
        if (key_read_verification(text, alg_find(algs[i]), KEY_WEAK_ALLOWED, &key, NULL) ==
            AGENTOS_OK)
            use(key);
        if (key_read_signing(text, alg_find(algs[i]), KEY_STRONG, &key, NULL) == AGENTOS_OK)
            use(key);
    }
    return 0;
}
