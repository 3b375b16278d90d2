/* What authentication says of itself: every step when asked, advice after a refusal, and no secret
 * ever. */
#include "auth/challenge.h"
#include "auth/token/token_cache.h"
#include "authority.h"

static const struct explain_step *step_of(const struct explanation *why, const char *name)
{
    for (size_t i = 0; i < why->count; i++)
        if (strcmp(why->steps[i].name, name) == 0)
            return &why->steps[i];
    fail_msg("no step %s", name);
    return why->steps;
}

static void an_accepted_token_is_explained_step_by_step(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const struct request *request = request_with(a, mint(a, "HS256", SECOND_SECRET, USER_CLAIMS));
    const struct principal *principal;

    (void)state;
    for (int round = 0; round < 2; round++) {
        struct explanation why = { .arena = a };
        const struct auth_request how = {
            .cache = cache, .request = request, .now_s = TOKEN_NOW, .arena = a, .why = &why
        };

        assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_OK);
        static const char *const names[] = { "mode",   "token",   "format", "key",    "key",
                                             "claims", "subject", "expiry", "scopes", "held" };
        assert_int_equal(why.count, COUNT(names));
        for (size_t i = 0; i < COUNT(names); i++) {
            assert_string_equal(why.steps[i].name, names[i]);
            assert_int_equal(why.steps[i].passed, i != 3);
        }
        assert_string_equal(
            why.steps[3].detail,
            "authorization.verification_keys[0] (HS256): Signature verification failed");
        assert_null(why.advice);
    }
    token_cache_free(cache);
    authority_free(authority);
}

static void a_refused_token_is_explained_with_advice(void **state)
{
    static const struct {
        const char *claims, *step;
    } cases[] = {
        { "{\"exp\":1}", "claims" },
        { "[]", "claims" },
        { "{\"sub\":\"sa:x\"}", "subject" },
    };
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        struct explanation why = { .arena = a };
        const struct principal *principal;
        const struct request *request = request_with(
            a, arena_printf(a, "Bearer %s", mint(a, "HS256", TOKEN_SECRET, cases[i].claims)));

        const struct auth_request how = {
            .request = request, .now_s = TOKEN_NOW, .arena = a, .why = &why
        };
        assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_UNAUTHENTICATED);
        assert_false(step_of(&why, cases[i].step)->passed);
        assert_non_null(why.advice);
    }
    authority_free(authority);
}

static void scopes_that_are_not_asked_are_explained_so(void **state)
{
    static const char admin[] = "{\"scopes\":[\"agent_os:admin\"]}";
    struct authority_options options = plain_options();
    AUTO(arena) *a = arena_new();
    const struct request *request = request_with(a, mint(a, "HS256", TOKEN_SECRET, admin));

    (void)state;
    for (int scoped = 0; scoped < 2; scoped++) {
        struct explanation why = { .arena = a };
        const struct principal *principal;
        options.authorization = scoped == 1;
        options.issuer = NULL;
        struct authority *authority = make(&options);
        const struct auth_request how = {
            .request = request, .now_s = TOKEN_NOW, .arena = a, .why = &why
        };

        assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_OK);
        assert_string_equal(step_of(&why, "scopes")->detail,
                            scoped == 1 ? "include the admin scope"
                                        : "not checked: authorization is off");
        authority_free(authority);
    }
}

static void assert_no_secret(const char *text, const char *token)
{
    const char *signature = strrchr(token, '.') != NULL ? strrchr(token, '.') + 1 : token;

    if (text == NULL)
        return;
    assert_null(strstr(text, token));
    assert_true(signature[0] == '\0' || strstr(text, signature) == NULL);
    assert_null(strstr(text, TOKEN_SECRET));
    assert_null(strstr(text, SECOND_SECRET));
}

/* docs/design/security.md 24. */
static void no_secret_shows_in_errors_and_explanations(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const char *const tokens[] = {
        mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS),
        mint(a, "HS256", TOKEN_SECRET, "{\"exp\":1}"),
        mint(a, "HS384", TOKEN_SECRET, USER_CLAIMS),
        mint(a, "HS256", "third-secret-0123456789-0123456789", USER_CLAIMS),
        forge(a, "{\"alg\":\"HS256\"", USER_CLAIMS, "cGxhbnRlZA"),
        forge(a, "{\"alg\":\"HS256\"}", "planted", "cGxhbnRlZA"),
        forge(a, "{\"alg\":\"HS256\",\"crit\":[\"planted\"]}", USER_CLAIMS, "cGxhbnRlZA"),
        "planted-but-not-a-jwt",
        "agno_pat_plantedplantedplanted",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct explanation why = { .arena = a };
        const struct principal *principal;
        agentos_error err = { 0 };
        const struct request *request = request_with(a, arena_printf(a, "Bearer %s", tokens[i]));
        const struct auth_request how = {
            .request = request, .now_s = TOKEN_NOW, .arena = a, .why = &why
        };

        assert_int_equal(authenticate(authority, &how, &principal, &err),
                         i == 0 ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_no_secret(err.message, tokens[i]);
        assert_no_secret(auth_challenge(a, &err, true, NULL), tokens[i]);
        assert_no_secret(why.advice, tokens[i]);
        for (size_t s = 0; s < why.count; s++)
            assert_no_secret(why.steps[s].detail, tokens[i]);
    }
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accepted_token_is_explained_step_by_step),
        cmocka_unit_test(a_refused_token_is_explained_with_advice),
        cmocka_unit_test(scopes_that_are_not_asked_are_explained_so),
        cmocka_unit_test(no_secret_shows_in_errors_and_explanations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
