/* A good token changed in every place that one change can have, through the whole of
 * authentication, as jwt_tool does it: by who has no key, each byte of the signature, each header
 * field and each claim; and by an issuer that signs it all the same, each header field and each
 * claim to every kind of value. What is refused of jose alone is ../jose/test_mutation.c's. */
#include "auth/authority.h"
#include "issuers.h"

#define ISSUER "https://id.example.com"

/* ---- a good token, in pieces ---- */

struct member {
    const char *name, *good; /* JSON */
};

static const struct member claims[] = {
    { "iss", "\"" ISSUER "\"" }, { "aud", "[\"other\",\"api\"]" },
    { "sub", "\"ada\"" },        { "exp", "1795290060" },
    { "iat", "1795290000" },     { "nbf", "1795290000" },
    { "azp", "\"app-1\"" },      { "token_use", "\"access\"" },
    { "org_id", "\"o1\"" },      { "scope", "\"agents:read agents:run\"" },
    { "jti", "\"j\"" },
};

/* The object with one member (NULL: none) as `value`, or left out where that is NULL. */
static const char *object_with(arena *a, const struct member *members, size_t count,
                               const char *changed, const char *value)
{
    AUTO_BUF text = buf_with_limit(4 * KiB);
    const char *comma = "{";

    for (size_t i = 0; i < count; i++) {
        bool is_changed = changed != NULL && strcmp(changed, members[i].name) == 0;
        const char *text_of_it = is_changed ? value : members[i].good;

        if (text_of_it == NULL)
            continue;
        buf_printf(&text, "%s\"%s\":%s", comma, members[i].name, text_of_it);
        comma = ",";
    }
    buf_printf(&text, "}");
    return arena_copy(a, buf_view(&text));
}

static const char *claims_with(arena *a, const char *changed, const char *value)
{
    return object_with(a, claims, COUNT(claims), changed, value);
}

static const char *header_with(arena *a, const char *alg, const char *changed, const char *value)
{
    const struct member header[] = { { "alg", arena_printf(a, "\"%s\"", alg) },
                                     { "typ", "\"at+jwt\"" },
                                     { "kid", "\"k\"" } };

    return object_with(a, header, COUNT(header), changed, value);
}

/* ---- who judges it ---- */

static struct authority *authority_of(arena *a, const char *alg)
{
    static const char *const audience[] = { "api" }, *const types[] = { "at+jwt", "JWT" },
                             *const apps[] = { "app-1", "app-2" }, *const use[] = { "access" },
                             *const required[] = { "org_id", "jti" };
    static const struct claim_demand equal[] = { { "azp", apps, 2 }, { "token_use", use, 1 } };
    struct issuer_options issuer = issuer_options_for(NULL, ISSUER, audience);
    struct authority *authority = NULL;
    agentos_error err;

    issuer.jwks = test_key_set(a, alg, "k");
    issuer.jwks_name = "keys.json";
    issuer.algorithms = &alg;
    issuer.algorithm_count = 1;
    issuer.types = types;
    issuer.type_count = COUNT(types);
    issuer.required_claims = required;
    issuer.required_claim_count = COUNT(required);
    issuer.equal_claims = equal;
    issuer.equal_claim_count = COUNT(equal);
    const struct authority_options options = { .authorization = true,
                                               .issuers = &issuer,
                                               .issuer_count = 1 };
    if (authority_new(&options, &authority, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return authority;
}

static bool is_accepted(const struct authority *authority, str token)
{
    AUTO(arena) *a = arena_new();
    const struct header header = {
        STR("authorization"), str_of(arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr))
    };
    const struct request request = { .path = STR("/agents"), .headers = { &header, 1 } };
    const struct principal *who = NULL;
    agentos_error err;
    const struct auth_request how = { .request = &request, .now_s = TEST_NOW_S, .arena = a };
    agentos_status status = authenticate(authority, &how, &who, &err);

    if (status != AGENTOS_OK)
        assert_true(status == AGENTOS_UNAUTHENTICATED || status == AGENTOS_FORBIDDEN);
    assert_int_equal(status == AGENTOS_OK, who != NULL);
    return status == AGENTOS_OK;
}

static str good_token(arena *a, const char *alg)
{
    return test_token(a, test_key(alg), header_with(a, alg, NULL, NULL),
                      claims_with(a, NULL, NULL));
}

/* A key set is public, so the algorithms of public keys. */
static const char *const algs[] = { "RS256", "RS384", "RS512", "PS256", "PS384",
                                    "PS512", "ES256", "ES384", "ES512", "EdDSA" };

/* ---- by who has no key ---- */

static void every_changed_character_is_noticed(void **state)
{
    (void)state;
    for (EACH(algs, alg)) {
        AUTO(arena) *a = arena_new();
        struct authority *authority = authority_of(a, *alg);
        str good = good_token(a, *alg);
        char *text = arena_copy(a, good);

        assert_true(is_accepted(authority, good));
        for (size_t at = 0; at < good.len; at++) {
            char kept = text[at];
            text[at] = kept == 'A' ? 'B' : 'A';
            if (is_accepted(authority, (str){ text, good.len }))
                fail_msg("%s: a change at %zu was accepted", *alg, at);
            text[at] = kept;
        }
        authority_free(authority);
    }
}

static void every_flipped_bit_and_other_length_of_a_signature_is_noticed(void **state)
{
    (void)state;
    for (EACH(algs, alg)) {
        AUTO(arena) *a = arena_new();
        struct authority *authority = authority_of(a, *alg);
        str good = good_token(a, *alg), rest = good, bytes;

        (void)str_split(&rest, '.');
        (void)str_split(&rest, '.');
        assert_true(base64url_decode(a, rest, &bytes));
        for (size_t at = 0; at <= bytes.len; at++) {
            AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);
            char *changed = arena_copy(a, bytes);
            str signature = { changed, bytes.len };

            if (at < bytes.len)
                changed[at] = (char)(changed[at] ^ (1 << at % 8));
            else
                signature.len--;
            buf_append(&token, (str){ good.ptr, (size_t)(rest.ptr - good.ptr) });
            base64url_append(&token, signature);
            assert_false(is_accepted(authority, buf_view(&token)));
        }
        authority_free(authority);
    }
}

/* Values of every kind, beside those that only one member makes sense of. */
static const char *const values[] = {
    NULL,
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e999",
    "9007199254740993",
    "\"\"",
    "\" \"",
    "\"x\"",
    "[]",
    "[null]",
    "[[]]",
    "{}",
    "\"none\"",
    "\"1795290060\"",
    "\"" ISSUER "/\"",
    "[\"" ISSUER "\"]",
    "\"API\"",
    "[\"api\",7]",
    "\"app-3\"",
    "[\"app-1\"]",
    "\"ACCESS\"",
    "\"id\"",
    "\"logout+jwt\"",
    "\"at+jwt\\u0000\"",
};

static void a_changed_header_or_claim_breaks_the_signature(void **state)
{
    static const char *const header[] = { "alg", "typ", "kid" };
    (void)state;
    for (EACH(algs, alg)) {
        AUTO(arena) *a = arena_new();
        struct authority *authority = authority_of(a, *alg);
        str rest = good_token(a, *alg);

        (void)str_split(&rest, '.');
        (void)str_split(&rest, '.');
        const char *signature = arena_copy(a, rest),
                   *good_header = header_with(a, *alg, NULL, NULL),
                   *good_claims = claims_with(a, NULL, NULL);
        assert_true(is_accepted(authority, test_forgery(a, good_header, good_claims, signature)));
        for (EACH(values, value)) {
            for (EACH(header, name))
                assert_false(
                    is_accepted(authority, test_forgery(a, header_with(a, *alg, *name, *value),
                                                        good_claims, signature)));
            for (EACH(claims, claim))
                assert_false(is_accepted(
                    authority,
                    test_forgery(a, good_header, claims_with(a, claim->name, *value), signature)));
        }
        authority_free(authority);
    }
}

/* ---- signed all the same ---- */

/* Which values of a claim leave a token good; all others refuse it. */
static const struct {
    const char *name;
    const char *fine[6]; /* "absent": without it */
} tolerated[] = {
    { "iat", { "absent" } }, /* at 0, it would have lived too long */
    { "nbf", { "absent", "0" } },
    { "sub", { "\" \"", "\"x\"", "\"none\"", "\"1795290060\"" } }, /* others by name, below */
    { "scope", { "*" } },  /* whatever it is, it grants what it names */
    { "org_id", { "*" } }, /* anything but nothing */
    { "jti", { "\" \"" } },
};

static bool is_tolerated(const char *name, const char *value)
{
    const char *text = value != NULL ? value : "absent";

    for (EACH(tolerated, row))
        for (size_t i = 0; strcmp(row->name, name) == 0 && i < 6 && row->fine[i] != NULL; i++)
            if (strcmp(row->fine[i], "*") == 0 || strcmp(row->fine[i], text) == 0)
                return true;
    return false;
}

/* Any text is a user or the id of a token, unless it cannot be one. */
static bool is_free_text(const char *name, const char *value)
{
    return (strcmp(name, "sub") == 0 || strcmp(name, "jti") == 0) && value != NULL &&
           value[0] == '"' && strcmp(value, "\"\"") != 0 && strstr(value, "\\u0000") == NULL;
}

static bool is_nothing(const char *value)
{
    static const char *const nothing[] = { "null", "\"\"", "[]" };

    for (EACH(nothing, text))
        if (value != NULL && strcmp(value, *text) == 0)
            return true;
    return value == NULL;
}

/* What no JSON parser of ours takes, wherever it stands. */
static bool is_no_json(const char *value)
{
    return value != NULL && (strcmp(value, "1e999") == 0 || strstr(value, "\\u0000") != NULL);
}

static bool is_still_good(const char *name, const char *value)
{
    if (is_no_json(value))
        return false;
    if (strcmp(name, "org_id") == 0)
        return !is_nothing(value);
    return is_tolerated(name, value) || is_free_text(name, value);
}

static void a_signed_claim_of_another_value_is_refused(void **state)
{
    size_t accepted = 0, refused = 0;
    AUTO(arena) *a = arena_new();
    struct authority *authority = authority_of(a, "ES256");

    (void)state;
    for (EACH(claims, claim)) {
        for (EACH(values, value)) {
            bool expected = is_still_good(claim->name, *value);
            str token = test_token(a, test_key("ES256"), header_with(a, "ES256", NULL, NULL),
                                   claims_with(a, claim->name, *value));

            if (is_accepted(authority, token) != expected)
                fail_msg("%s: %s is not %s", claim->name, *value != NULL ? *value : "absent",
                         expected ? "accepted" : "refused");
            accepted += expected;
            refused += !expected;
        }
    }
    assert_true(accepted > 50 && refused > 150); /* neither side is empty */
    authority_free(authority);
}

static void a_signed_header_of_another_value_is_refused(void **state)
{
    static const struct {
        const char *name, *value;
        bool accepted;
    } cases[] = {
        { "typ", "\"at+jwt\"", true },
        { "typ", "\"AT+JWT\"", true },
        { "typ", "\"application/at+jwt\"", true },
        { "typ", "\"JWT\"", true },
        { "typ", NULL, false },
        { "typ", "\"\"", false },
        { "typ", "null", false },
        { "typ", "5", false },
        { "typ", "[\"at+jwt\"]", false },
        { "typ", "\"logout+jwt\"", false },
        { "typ", "\"dpop+jwt\"", false },
        { "typ", "\"id+jwt\"", false },
        { "typ", "\"at+jwt \"", false },
        { "kid", "\"k\"", true },
        { "kid", NULL, true }, /* the set has one key of the algorithm */
        { "kid", "\"\"", true },
        { "kid", "\"K\"", false },
        { "kid", "\"k/../k\"", false },
        { "kid", "null", false },
        { "kid", "7", false },
        { "kid", "[\"k\"]", false },
        { "alg", "\"es256\"", false },
        { "alg", "\"ES384\"", false },
        { "alg", "\"HS256\"", false },
        { "alg", "\"none\"", false },
        { "alg", "\"None\"", false },
        { "alg", "[\"ES256\"]", false },
        { "alg", "null", false },
        { "alg", NULL, false },
        { "alg", "\"ES256\",\"crit\":[\"exp\"]", false },
        { "alg", "\"ES256\",\"zip\":\"DEF\"", false },
        { "alg", "\"ES256\",\"b64\":false", false },
        { "alg", "\"ES256\",\"cty\":\"JWT\"", false },
        { "alg", "\"ES256\",\"alg\":\"ES256\"", false },
        { "alg", "\"ES256\",\"jku\":\"https://evil/k\"", true }, /* not looked at */
    };
    AUTO(arena) *a = arena_new();
    struct authority *authority = authority_of(a, "ES256");

    (void)state;
    for (EACH(cases, c)) {
        str token = test_token(a, test_key("ES256"), header_with(a, "ES256", c->name, c->value),
                               claims_with(a, NULL, NULL));

        if (is_accepted(authority, token) != c->accepted)
            fail_msg("%s: %s is not %s", c->name, c->value != NULL ? c->value : "absent",
                     c->accepted ? "accepted" : "refused");
    }
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_character_is_noticed),
        cmocka_unit_test(every_flipped_bit_and_other_length_of_a_signature_is_noticed),
        cmocka_unit_test(a_changed_header_or_claim_breaks_the_signature),
        cmocka_unit_test(a_signed_claim_of_another_value_is_refused),
        cmocka_unit_test(a_signed_header_of_another_value_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
