/* Tokens, keys and requests for tests of authentication: minted here, under a clock that stands
 * still. */
#ifndef SUPPORT_TOKEN_H
#define SUPPORT_TOKEN_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/authority.h"
#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/jws.h"
#include "unit.h"

#define TOKEN_SECRET "inventory-secret-0123456789-0123456789"
enum { TOKEN_NOW = 1795288566 };

/* A compact JWS over claims, signed by the secret. */
static inline const char *mint(arena *a, const char *alg, const char *secret, const char *claims)
{
    struct key *key = NULL;
    AUTO_BUF out = buf_with_limit(64 * KiB);

    assert_int_equal(
        key_read_signing(str_of(secret), alg_find(str_of(alg)), KEY_WEAK_ALLOWED, &key, NULL),
        AGENTOS_OK);
    assert_int_equal(jws_sign(key, NULL, str_of(claims), &out, NULL), AGENTOS_OK);
    key_free(key);
    return arena_copy(a, buf_view(&out));
}

/* What an attacker writes: any header, any signature. */
static inline const char *forge(arena *a, const char *header, const char *claims,
                                const char *signature)
{
    AUTO_BUF out = buf_with_limit(64 * KiB);

    base64url_append(&out, str_of(header));
    buf_append_char(&out, '.');
    base64url_append(&out, str_of(claims));
    buf_append_char(&out, '.');
    buf_append(&out, str_of(signature));
    return arena_copy(a, buf_view(&out));
}

/* HS256 with a right signature under a header of one's own. */
static inline const char *mint_with_header(arena *a, const char *header, const char *secret,
                                           const char *claims)
{
    const char *unsigned_token = forge(a, header, claims, "");
    AUTO_BUF out = buf_with_limit(64 * KiB);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;

    assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
                         (const unsigned char *)unsigned_token, strlen(unsigned_token) - 1, mac,
                         &mac_len));
    buf_append(&out, str_of(unsigned_token));
    base64url_append(&out, (str){ (const char *)mac, mac_len });
    return arena_copy(a, buf_view(&out));
}

/* GET /agents with this Authorization value; NULL: none. */
static inline struct request *request_with(arena *a, const char *authorization)
{
    struct request *request = arena_alloc(a, sizeof(*request));
    struct header *headers = arena_alloc(a, 3 * sizeof(*headers));

    headers[0] = (struct header){ STR("host"), STR("localhost:7777") };
    headers[1] = (struct header){ STR("accept"), STR("*/*") };
    headers[2] = (struct header){ STR("authorization"), str_of(authorization) };
    request->method = GET;
    request->path = STR("/agents");
    request->query = STR("");
    request->headers = (struct headers){ headers, authorization != NULL ? 3 : 2 };
    return request;
}

#endif
