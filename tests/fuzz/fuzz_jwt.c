/* A whole token: taken apart, verified, its claims checked. The first byte chooses what is expected
 * of it. */
#include <stdint.h>

#include "jose/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The secret of RFC 7515 A.1, so that a seed verifies. */
static const unsigned char secret[] = {
    3,   35,  53, 75,  43,  15, 165, 188, 131, 126, 6,   101, 119, 123, 166, 143,
    90,  179, 40, 230, 240, 84, 201, 40,  169, 15,  132, 178, 210, 80,  46,  191,
    211, 251, 90, 146, 210, 6,  71,  239, 150, 138, 180, 195, 119, 98,  61,  34,
    61,  46,  33, 114, 5,   46, 79,  8,   192, 205, 154, 245, 103, 208, 128, 163,
};

static const struct key *shared_key(void)
{
    static struct key *key;

    if (key == NULL &&
        key_read_verification((str){ (const char *)secret, sizeof(secret) }, alg_find(STR("HS256")),
                              KEY_STRONG, &key, NULL) != AGENTOS_OK)
        abort();
    return key;
}

static void check(const json_t *claims, uint8_t choice)
{
    static const char *const audiences[] = { "inv-os", "x" };
    static const struct claim_path aud = { .count = 0 }, other = { "a.b", { "a", "b" }, 2 };
    const struct jwt_checks checks = {
        .issuer = choice & 1 ? "joe" : NULL,
        .audiences = audiences,
        .audience_count = choice & 2 ? 2 : 0,
        .audience_claim = choice & 4 ? other : aud,
        .require_exp = (choice & 8) != 0,
        .leeway_s = 10,
    };
    agentos_error err;

    if (jwt_check(claims, &checks, 1300819370, &err) != AGENTOS_OK &&
        !str_is_utf8(str_of(err.message)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    const json_t *claims = NULL;
    agentos_error err;
    struct jws jws;

    if (size == 0)
        return 0;
    if (jws_parse(a, (str){ (const char *)data + 1, size - 1 }, &jws, &err) != AGENTOS_OK) {
        if (!str_is_utf8(str_of(err.message)))
            abort();
        return 0;
    }
    (void)jwt_type_is_refused(jws.typ);
    bool is_ours = jws_verify(&jws, shared_key(), &err) == AGENTOS_OK;
    if (is_ours && !str_equal(jws.alg, STR("HS256")))
        abort();
    if (jwt_claims(a, &jws, &claims, &err) == AGENTOS_OK)
        check(claims, data[0]);
    return 0;
}
