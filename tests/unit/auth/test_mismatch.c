/* What an explanation says of a refused token: what it says, beside what was expected. */
#include "auth/token/mismatch.h"
#include "base/refusals.h"
#include "jose/alg.h"
#include "unit.h"

enum { NOW_S = 1800000000 }; /* 2027-01-15T08:00:00Z */

static const char *const audiences[] = { "agentos", "spare" };
static const char *const types[] = { "-", "JWT", "at+jwt" };
static const char *const access_only[] = { "access" };
static const struct claim_rule rules[] = {
    { { "sid", { "sid" }, 1 }, NULL, 0 },
    { { "token_use", { "token_use" }, 1 }, access_only, 1 },
};
static const struct demands demands = { types, 3, 3600, 10, rules, 2 };

static const json_t *read_json(arena *a, const char *text)
{
    const json_t *json = NULL;

    assert_int_equal(json_parse(a, str_of(text), &json, NULL), AGENTOS_OK);
    return json;
}

/* The refusal comes from the checks themselves, so that both look at the same. */
static const char *text_for(arena *a, const char *claims, const struct jwt_checks *checks)
{
    const struct jws jws = { .alg = STR("RS256"), .typ = STR("JWT") };
    const struct mismatch mismatch = { .jws = &jws,
                                       .claims = read_json(a, claims),
                                       .checks = checks,
                                       .demands = &demands,
                                       .now_s = NOW_S };
    agentos_error reason;

    if (jwt_check(mismatch.claims, checks, NOW_S, &reason) == AGENTOS_OK)
        assert_int_not_equal(demands_check(&demands, jws.typ, mismatch.claims, NOW_S, &reason),
                             AGENTOS_OK);
    return arena_copy(a, str_of(mismatch_text(&mismatch, &reason, a)));
}

static void claims_stand_beside_what_was_expected(void **state)
{
    static const struct {
        const char *claims, *text;
    } cases[] = {
        { "{\"exp\":1799999900}",
          "exp is 2027-01-15T07:58:20Z; it is now 2027-01-15T08:00:00Z, 100 s "
          "later; 10 s are allowed" },
        { "{\"nbf\":1800000060.5}",
          "nbf is 2027-01-15T08:01:00Z; it is now 2027-01-15T08:00:00Z, 60 s "
          "earlier; 10 s are allowed" },
        { "{\"iat\":9007199254740992}", "iat is 9007199254740992; it is now 2027-01-15T08:00:00Z, "
                                        "9007197454740992 s earlier; 10 s are allowed" },
        { "{\"aud\":\"account\"}", "aud is 'account'; expected 'agentos', 'spare'" },
        { "{\"aud\":[\"a\",\"b\"]}", "aud is ['a', 'b']; expected 'agentos', 'spare'" },
        { "{\"aud\":[\"a\",1]}", "aud is ['a', '(not a text)']; expected 'agentos', 'spare'" },
        { "{\"aud\":7}", "aud is not a text; expected 'agentos', 'spare'" },
        { "{}", "the token has no aud; expected 'agentos', 'spare'" },
        { "{\"aud\":\"spare\"}", "the token has no iss; expected 'https://id'" },
        { "{\"aud\":\"spare\",\"iss\":\"https://id/\"}",
          "iss is 'https://id/'; expected 'https://id', which differs by a slash" },
        { "{\"aud\":\"spare\",\"iss\":\"https://other\"}",
          "iss is 'https://other'; expected 'https://id'" },
        { "{\"aud\":\"spare\",\"iss\":\"https://id\",\"exp\":1800000100}",
          "the token has no sid; expected any value" },
        { "{\"aud\":\"spare\",\"iss\":\"https://id\",\"exp\":1800000100,\"sid\":\"x\"}",
          "the token has no token_use; expected 'access'" },
        { "{\"aud\":\"spare\",\"iss\":\"https://"
          "id\",\"exp\":1800000100,\"sid\":\"x\",\"token_use\":\"id\"}",
          "token_use is 'id'; expected 'access'" },
        { "{\"sub\":1}", "Invalid token: Subject must be a string" }, /* nothing to compare */
    };
    const struct jwt_checks checks = {
        .issuer = "https://id", .audiences = audiences, .audience_count = 2, .leeway_s = 10
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (EACH(cases, c))
        assert_string_equal(text_for(a, c->claims, &checks), c->text);
}

static void headers_stand_beside_what_was_expected(void **state)
{
    const struct alg *const algs[] = { alg_find(STR("RS256")), alg_find(STR("ES256")) };
    const struct jws jws = { .alg = STR("HS256"), .typ = STR("id_token") };
    const struct mismatch mismatch = {
        .jws = &jws, .algs = algs, .alg_count = 2, .demands = &demands, .now_s = NOW_S
    };
    const agentos_error algorithm = refusal_make(REFUSAL_ALG_NOT_ALLOWED);
    agentos_error type;
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_string_equal(mismatch_text(&mismatch, &algorithm, a),
                        "alg is 'HS256'; expected 'RS256', 'ES256'");
    (void)refuse_with(&type, REFUSAL_TYP_WRONG, QUOTE(jws.typ));
    assert_string_equal(mismatch_text(&mismatch, &type, a),
                        "typ is 'id_token'; expected 'JWT', 'at+jwt', or none");
}

/* A token's list of any length, with texts of any length, leaves a text that fits. */
static void long_lists_are_cut(void **state)
{
    const struct jwt_checks checks = { .audiences = audiences, .audience_count = 2 };
    AUTO(arena) *a = arena_new();
    AUTO_BUF claims = buf_with_limit(1 << 20);

    (void)state;
    buf_append(&claims, STR("{\"aud\":["));
    for (int i = 0; i < 1000; i++)
        buf_printf(&claims, "%s\"%0200d\"", i > 0 ? "," : "", i);
    buf_append(&claims, STR("]}"));
    const char *text = text_for(a, claims.ptr, &checks);
    assert_in_range(strlen(text), 16 * 128, 16 * 140);
    assert_non_null(strstr(text, ", ...]; expected 'agentos', 'spare'"));
}

static void only_one_slash_at_the_end_is_a_slash(void **state)
{
    static const struct {
        str a, b;
        bool differ;
    } cases[] = {
        { STR_INIT("https://id"), STR_INIT("https://id/"), true },
        { STR_INIT("https://id/"), STR_INIT("https://id"), true },
        { STR_INIT("https://id"), STR_INIT("https://id"), false },
        { STR_INIT("https://id"), STR_INIT("https://id//"), false },
        { STR_INIT("https://id"), STR_INIT("https://idx"), false },
        { STR_INIT("https://ia"), STR_INIT("https://id/"), false },
        { STR_INIT(""), STR_INIT("/"), true },
        { STR_INIT(""), STR_INIT(""), false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_true(differs_by_slash(c->a, c->b) == c->differ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_stand_beside_what_was_expected),
        cmocka_unit_test(headers_stand_beside_what_was_expected),
        cmocka_unit_test(long_lists_are_cut),
        cmocka_unit_test(only_one_slash_at_the_end_is_a_slash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
