/* Keys and tokens for tests: whole, and with any header an attacker would write. */
#ifndef SUPPORT_TOKENS_H
#define SUPPORT_TOKENS_H

#include "base/mem.h"
#include "jose/base64url.h"
#include "jose/jwt.h"
#include "jose/signature.h"

/* After ours: it makes a macro of fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TEST_NOW_S = 1795290000 };

static const char *const test_algs[] = { "HS256", "HS384", "HS512", "RS256",  "RS384",
                                         "RS512", "PS256", "PS384", "PS512",  "ES256",
                                         "ES384", "ES512", "EdDSA", "Ed25519" };
enum { TEST_ALG_COUNT = COUNT(test_algs) };

/* The same RSA pair for another algorithm: making pairs is slow. */
static inline struct key *test_sibling(const struct key *key, const char *alg)
{
    struct key *sibling = NULL;
    char *pem = NULL;

    assert_int_equal(key_private_pem(key, &pem, NULL), AGENTOS_OK);
    assert_int_equal(
        key_read_signing(str_of(pem), alg_find(str_of(alg)), KEY_STRONG, &sibling, NULL),
        AGENTOS_OK);
    free(pem);
    return sibling;
}

/* One key for each algorithm, made when it is first asked for, never freed. One pair serves all of
 * RSA. */
static inline struct key *test_key(const char *alg)
{
    static struct key *keys[TEST_ALG_COUNT];
    enum { RS256 = 3 };
    size_t i = 0;

    while (i < TEST_ALG_COUNT && strcmp(test_algs[i], alg) != 0)
        i++;
    assert_int_not_equal(i, TEST_ALG_COUNT);
    bool is_rsa = alg_find(str_of(alg))->key_type == KEY_RSA;
    if (is_rsa && keys[RS256] == NULL)
        assert_int_equal(key_generate(alg_find(STR("RS256")), &keys[RS256], NULL), AGENTOS_OK);
    if (is_rsa && keys[i] == NULL)
        keys[i] = test_sibling(keys[RS256], alg);
    if (keys[i] == NULL)
        assert_int_equal(key_generate(alg_find(str_of(alg)), &keys[i], NULL), AGENTOS_OK);
    return keys[i];
}

/* Header and payload exactly as given, signed with whatever the key is. */
static inline str test_token(arena *a, const struct key *key, const char *header,
                             const char *payload)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);
    struct signature signature;

    base64url_append(&text, str_of(header));
    buf_append_char(&text, '.');
    base64url_append(&text, str_of(payload));
    assert_int_equal(signature_make(key, buf_view(&text), &signature, NULL), AGENTOS_OK);
    buf_append_char(&text, '.');
    base64url_append(&text, (str){ (const char *)signature.bytes, signature.len });
    assert_true(buf_ok(&text));
    return (str){ arena_copy(a, buf_view(&text)), text.len };
}

/* Header and payload exactly as given, and a signature of one's own, as text. */
static inline str test_forgery(arena *a, const char *header, const char *payload,
                               const char *signature)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);

    base64url_append(&text, str_of(header));
    buf_append_char(&text, '.');
    base64url_append(&text, str_of(payload));
    buf_append_char(&text, '.');
    buf_append(&text, str_of(signature));
    return (str){ arena_copy(a, buf_view(&text)), text.len };
}

/* All that stands between a token and its claims. */
static inline agentos_status test_check(str token, const struct key *key,
                                        const struct jwt_checks *checks, int64_t now_s,
                                        agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const json_t *claims = NULL;
    struct jws jws;

    TRY(jws_parse(a, token, &jws, err));
    TRY(jws_verify(&jws, key, err));
    TRY(jwt_claims(a, &jws, &claims, err));
    return jwt_check(claims, checks, now_s, err);
}

static inline void assert_accepted(str token, const struct key *key)
{
    const struct jwt_checks checks = { .leeway_s = 10 };
    agentos_error err = { .message = "" };

    agentos_status status = test_check(token, key, &checks, TEST_NOW_S, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, AGENTOS_OK);
}

static inline void assert_refused(str token, const struct key *key, const char *reason)
{
    const struct jwt_checks checks = { .leeway_s = 10 };
    agentos_error err = { .message = "it was accepted" };

    agentos_status status = test_check(token, key, &checks, TEST_NOW_S, &err);
    assert_string_equal(err.message, reason);
    assert_int_equal(status, AGENTOS_UNAUTHENTICATED);
}

/* A good HS256 token with one more member in its header. reason NULL: accepted all the same. */
static inline void assert_header_judged(const char *member, const char *reason)
{
    AUTO(arena) *a = arena_new();
    const char *header = arena_printf(a, "{\"alg\":\"HS256\",%s}", member);
    str token = test_token(a, test_key("HS256"), header, "{\"sub\":\"u\"}");

    if (reason == NULL)
        assert_accepted(token, test_key("HS256"));
    else
        assert_refused(token, test_key("HS256"), reason);
}

/* jwt_check alone, over claims given as JSON; the message, or "" when they pass. */
static inline const char *test_claims(arena *a, const char *json, const struct jwt_checks *checks,
                                      int64_t now_s)
{
    agentos_error *err = arena_alloc(a, sizeof(*err));
    const json_t *claims = NULL;

    assert_int_equal(json_parse(a, str_of(json), &claims, err), AGENTOS_OK);
    return jwt_check(claims, checks, now_s, err) == AGENTOS_OK ? "" : err->message;
}

#endif
