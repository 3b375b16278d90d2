/* Authentication as a whole: options that cannot be meant, keys in order, what a principal holds.
 * What is remembered and said of it: test_remembered.c, test_told.c. */
#include "auth/scope/access.h"
#include "authority.h"

/* --- options --- */

static void options_that_cannot_be_meant_are_refused(void **state)
{
    static const char *const secret[] = { TOKEN_SECRET }, *const garbage[] = { TOKEN_SECRET,
                                                                               "short" };
    const char *many[STATIC_KEYS_MAX + 1], *many_names[STATIC_KEYS_MAX + 1];
    struct authority_options none = { .authorization = true };
    struct authority_options alg = options_for("none", secret, 1);
    struct authority_options key = options_for("HS256", garbage, 2);
    struct authority_options pem = options_for("RS256", secret, 1);
    struct authority_options audience = options_for("HS256", secret, 1);
    struct authority_options admin = options_for("HS256", secret, 1);
    struct authority_options crowd = options_for("HS256", many, STATIC_KEYS_MAX + 1);
    const struct {
        const struct authority_options *options;
        const char *names;
    } cases[] = {
        { &none, "authorization.verification_keys or JWT_VERIFICATION_KEY" },
        { &alg, "authorization.algorithm: 'none'" },
        { &key, "authorization.verification_keys[1]: " },
        { &pem, "authorization.verification_keys[0]: " },
        { &audience, "authorization.verify_audience: " },
        { &admin, "authorization.admin_scope: " },
        { &crowd, "more than 16 verification keys" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = TOKEN_SECRET;
        many_names[i] = "authorization.verification_keys";
    }
    crowd.key_names = many_names;
    audience.verify_audience = CHOICE_YES;
    audience.os_id = NULL;
    admin.admin_scope = "";
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct authority *authority = NULL;
        agentos_error err = { 0 };

        assert_int_equal(authority_new(cases[i].options, &authority, &err), AGENTOS_INVALID);
        assert_null(authority);
        if (strstr(err.message, cases[i].names) == NULL ||
            strstr(err.message, TOKEN_SECRET) != NULL)
            fail_msg("case %zu: %s", i, err.message);
    }
    authority_free(NULL);
}

static void modes_have_the_wires_names(void **state)
{
    (void)state;
    assert_string_equal(auth_mode_name(AUTH_NONE), "none");
    assert_string_equal(auth_mode_name(AUTH_SECURITY_KEY), "security_key");
    assert_string_equal(auth_mode_name(AUTH_JWT), "jwt");
}

static void without_key_and_authorization_everybody_may_come(void **state)
{
    const struct authority_options options = { .keys = NULL };
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const struct access admin_only = NEEDS("config:write");

    (void)state;
    assert_int_equal(authority_mode(authority), AUTH_NONE);
    const struct principal *principal = accepted(authority, a, NULL);
    assert_int_equal(principal->kind, PRINCIPAL_OPEN);
    assert_null(principal->user_id);
    assert_int_equal(authorize(&admin_only, principal, STR(""), NULL), AGENTOS_OK);
    assert_ptr_equal(accepted(authority, a, "not.a.token"), principal);
    authority_free(authority);
}

static void keys_without_authorization_ask_who_but_not_what(void **state)
{
    struct authority_options options = plain_options();
    AUTO(arena) *a = arena_new();
    const struct access write = NEEDS("config:write");

    (void)state;
    options.authorization = false;
    struct authority *authority = make(&options);
    assert_int_equal(authority_mode(authority), AUTH_JWT);
    assert_refused(authority, NULL, "Authorization header missing");
    const struct principal *principal =
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS));
    assert_true(principal->unscoped);
    assert_int_equal(authorize(&write, principal, STR(""), NULL), AGENTOS_OK);
    authority_free(authority);
}

/* --- keys --- */

/* docs/design/security.md 8. */
static void keys_are_tried_in_order_until_one_fits(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_string_equal(
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS))->user_id, "user-1");
    assert_string_equal(
        accepted(authority, a, mint(a, "HS256", SECOND_SECRET, USER_CLAIMS))->user_id, "user-1");
    assert_refused(authority, mint(a, "HS256", "third-secret-0123456789-0123456789", USER_CLAIMS),
                   "Invalid token: Signature verification failed");
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "{\"exp\":1}"), "Token has expired");
    assert_refused(authority, mint(a, "HS256", SECOND_SECRET, "{\"exp\":1}"), "Token has expired");
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "[]"),
                   "Invalid token: Invalid payload string: must be a json object");
    authority_free(authority);
}

/* A generated pair: its public half as PEM, and a token it has signed. */
static char *make_pair(arena *a, const char *algorithm, const char **token)
{
    AUTO_BUF out = buf_with_limit(8 * KiB);
    struct key *key;
    char *pem;

    assert_int_equal(key_generate(alg_find(str_of(algorithm)), &key, NULL), AGENTOS_OK);
    assert_int_equal(key_public_pem(key, &pem, NULL), AGENTOS_OK);
    assert_int_equal(jws_sign(key, "k1", STR(USER_CLAIMS), &out, NULL), AGENTOS_OK);
    key_free(key);
    *token = arena_copy(a, buf_view(&out));
    return pem;
}

static void each_family_of_algorithms_verifies(void **state)
{
    static const char *const algorithms[] = { "RS256", "ES256", "ES384", "ES512", "EdDSA" };

    (void)state;
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        AUTO(arena) *a = arena_new();
        const char *token, *other_token;
        char *other = make_pair(a, algorithms[i], &other_token);
        char *pem = make_pair(a, algorithms[i], &token);
        const char *const keys[] = { other, pem };
        struct authority_options options = options_for(algorithms[i], keys, 2);
        struct authority *authority = make(&options);

        assert_string_equal(accepted(authority, a, token)->user_id, "user-1");
        assert_string_equal(accepted(authority, a, other_token)->user_id, "user-1");
        assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS),
                       "Invalid token: The specified alg value is not allowed");
        authority_free(authority);
        free(other);
        free(pem);
    }
}

static void a_public_key_as_a_secret_signs_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    const char *token;
    char *pem = make_pair(a, "RS256", &token);
    const char *const keys[] = { pem };
    struct authority_options options = options_for(NULL, keys, 1);
    struct authority *authority = make(&options);

    (void)state;
    assert_refused(authority, forge(a, "{\"alg\":\"HS256\"}", USER_CLAIMS, "c2lnbmF0dXJl"),
                   "Invalid token: The specified alg value is not allowed");
    assert_refused(authority, forge(a, "{\"alg\":\"RS256\"}", USER_CLAIMS, "c2lnbmF0dXJl"),
                   "Invalid token: Signature verification failed");
    authority_free(authority);
    free(pem);
}

/* --- claims --- */

static void a_principal_holds_what_the_token_says(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const struct principal *principal =
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS));

    (void)state;
    assert_int_equal(principal->kind, PRINCIPAL_TOKEN);
    assert_string_equal(principal->issuer, "");
    assert_string_equal(principal->user_id, "user-1");
    assert_string_equal(principal->session_id, "s-1");
    assert_int_equal(principal->scope_count, 1);
    assert_text(principal->scopes[0], STR("agents:read"));
    assert_false(principal->is_admin);
    assert_false(principal->unscoped);
    assert_int_equal(principal->expires_at, 1795292166);
    assert_string_equal(json_text(principal->claims, "sub"), "user-1");
    authority_free(authority);
}

static void odd_claims_are_absent_or_refused(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    char long_id[USER_ID_MAX_BYTES + 2];

    (void)state;
    memset(long_id, 'x', sizeof(long_id));
    long_id[USER_ID_MAX_BYTES + 1] = '\0';
    const char *too_long = arena_printf(a, "{\"sub\":\"%s\"}", long_id);
    const char *just_fits = arena_printf(a, "{\"sub\":\"%s\",\"exp\":1795292166.5}", long_id + 1);
    const char *empty =
        "{\"sub\":\"\",\"session_id\":\"\",\"scope\":\"agents:read\",\"scp\":[\"a:b\"]}";
    const char *typed = "{\"session_id\":null,\"scopes\":7}";

    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, too_long), "Invalid token subject");
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "{\"sub\":\"a\\nb\"}"),
                   "Invalid token subject");
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "{\"sub\":\"a\\u007fb\"}"),
                   "Invalid token subject");
    const struct principal *principal =
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, just_fits));
    assert_string_equal(principal->user_id, long_id + 1);
    assert_int_equal(principal->expires_at, 1795292166);
    principal =
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, "{\"sub\":\"__scheduler__2\"}"));
    assert_string_equal(principal->user_id, "__scheduler__2");
    principal = accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, empty));
    assert_null(principal->user_id);
    assert_null(principal->session_id);
    assert_int_equal(principal->scope_count, 0);
    assert_int_equal(principal->expires_at, 0);
    principal = accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, typed));
    assert_null(principal->session_id);
    assert_int_equal(principal->scope_count, 0);
    authority_free(authority);
}

/* Only dates are judged; a number that nobody reads may have any size. */
static void a_number_of_any_size_is_left_alone_where_nobody_reads_it(void **state)
{
    static const struct {
        const char *claims, *told; /* told NULL: accepted */
    } cases[] = {
        { "{\"sub\":\"u\",\"x\":99999999999999999999}", NULL },
        { "{\"sub\":\"u\",\"x\":{\"y\":[-99999999999999999999]},\"exp\":1795292166}", NULL },
        { "{\"sub\":\"u\",\"x\":18446744073709551615,\"events\":null,\"cnf\":null}", NULL },
        { "{\"exp\":99999999999999999999}",
          "Invalid token: Expiration Time claim (exp) must be an integer." },
        { "{\"exp\":-99999999999999999999}",
          "Invalid token: Expiration Time claim (exp) must be an integer." },
        { "{\"nbf\":-99999999999999999999}",
          "Invalid token: Not Before claim (nbf) must be an integer." },
        { "{\"sub\":99999999999999999999}", "Invalid token: Subject must be a string" },
        { "{\"cnf\":99999999999999999999}",
          "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
        { "{\"sub\":\"u\",\"sub\":99999999999999999999}",
          "Invalid token: Invalid payload string: JSON line 1: duplicate object key near "
          "'\"sub\"'" },
    };
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const char *token = mint(a, "HS256", TOKEN_SECRET, c->claims);

        if (c->told != NULL)
            assert_refused(authority, token, c->told);
        else
            assert_string_equal(accepted(authority, a, token)->user_id, "u");
    }
    authority_free(authority);
}

/* Claims with so many scopes of this form in a claim, and then the tail. */
static const char *many_scopes(arena *a, const char *head, const char *separator, size_t count,
                               const char *tail)
{
    AUTO_BUF claims = buf_with_limit(12 * KiB);

    buf_append(&claims, str_of(head));
    for (size_t i = 0; i < count; i++)
        buf_printf(&claims, "%sagents:a%zu:read", i > 0 ? separator : "", i);
    buf_append(&claims, str_of(tail));
    return arena_copy(a, buf_view(&claims));
}

static void a_token_of_more_than_256_scopes_or_roles_is_refused(void **state)
{
    static const struct {
        const char *head, *separator, *tail;
    } forms[] = {
        { "{\"scopes\":[\"", "\",\"", "\"]}" },
        { "{\"scopes\":[7,null,\"", "\",\"", "\",{}]}" }, /* what is no text does not count */
        { "{\"scope\":\"", " ", "\"}" },
        { "{\"scope\":\" ", "  ", "  \"}" },
        { "{\"roles\":[\"", "\",\"", "\"]}" },
    };
    static const char *const scopes_claim[] = { "scopes", "scope" };
    struct authority_options options = plain_options();

    (void)state;
    options.scopes_claim = (struct claim_names){ scopes_claim, COUNT(scopes_claim) };
    options.roles_claim = "roles";
    struct authority *authority = make(&options);
    for (EACH(forms, f)) {
        AUTO(arena) *a = arena_new();
        const char *most = many_scopes(a, f->head, f->separator, SCOPES_MAX, f->tail);
        const char *more = many_scopes(a, f->head, f->separator, SCOPES_MAX + 1, f->tail);
        const struct principal *principal =
            accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, most));

        assert_int_equal(principal->scope_count + principal->role_count, SCOPES_MAX);
        assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, more),
                       "Invalid token: It has more than 256 scopes or roles");
    }
    authority_free(authority);
}

static void a_configured_admin_scope_takes_the_place_of_the_usual_one(void **state)
{
    static const char usual[] = "{\"scopes\":[\"agents:read\",\"agent_os:admin\"]}";
    static const char custom[] = "{\"scopes\":[\"my:root\"]}";
    struct authority_options options = plain_options();
    struct authority *plain = make(&options);
    AUTO(arena) *a = arena_new();

    (void)state;
    options.admin_scope = "my:root";
    struct authority *changed = make(&options);
    assert_true(accepted(plain, a, mint(a, "HS256", TOKEN_SECRET, usual))->is_admin);
    assert_false(accepted(plain, a, mint(a, "HS256", TOKEN_SECRET, custom))->is_admin);
    assert_false(accepted(changed, a, mint(a, "HS256", TOKEN_SECRET, usual))->is_admin);
    assert_true(accepted(changed, a, mint(a, "HS256", TOKEN_SECRET, custom))->is_admin);
    authority_free(plain);
    authority_free(changed);
}

static void tokens_of_another_kind_are_refused(void **state)
{
    static const struct {
        const char *header, *claims, *detail; /* detail NULL: accepted */
    } cases[] = {
        { "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", USER_CLAIMS, NULL },
        { "{\"alg\":\"HS256\"}", USER_CLAIMS, NULL },
        { "{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", USER_CLAIMS,
          "Invalid token: Not an access token" },
        { "{\"alg\":\"HS256\",\"typ\":\"application/DPoP+jwt\"}", USER_CLAIMS,
          "Invalid token: Not an access token" },
        { "{\"alg\":\"HS256\"}", "{\"events\":{}}",
          "Invalid token: Security event tokens are not accepted" },
    };
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        const char *token = mint_with_header(a, cases[i].header, TOKEN_SECRET, cases[i].claims);

        if (cases[i].detail != NULL)
            assert_refused(authority, token, cases[i].detail);
        else
            assert_string_equal(accepted(authority, a, token)->user_id, "user-1");
    }
    authority_free(authority);
}

/* docs/design/security.md 10. */
static void an_unset_audience_check_follows_the_audiences(void **state)
{
    static const char *const mine[] = { "api", "other" };
    static const struct {
        enum choice verify;
        size_t count;
        const char *aud;
        bool passes;
    } cases[] = {
        { CHOICE_UNSET, 0, "x", true },     { CHOICE_UNSET, 2, "x", false },
        { CHOICE_UNSET, 2, "other", true }, { CHOICE_NO, 2, "x", true },
        { CHOICE_YES, 0, "inv-os", true },  { CHOICE_YES, 0, "api", false },
        { CHOICE_YES, 2, "inv-os", false }, { CHOICE_YES, 2, "api", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct authority_options options = plain_options();
        AUTO(arena) *a = arena_new();
        options.verify_audience = cases[i].verify;
        options.audiences = mine;
        options.audience_count = cases[i].count;
        struct authority *authority = make(&options);
        const char *token =
            mint(a, "HS256", TOKEN_SECRET, arena_printf(a, "{\"aud\":\"%s\"}", cases[i].aud));
        const struct principal *principal;

        assert_int_equal(ask(authority, NULL, a, token, &principal, NULL) == AGENTOS_OK,
                         cases[i].passes);
        authority_free(authority);
    }
}

/* docs/design/security.md 12. */
static void bare_tokens_can_be_refused(void **state)
{
    struct authority_options options = plain_options();
    AUTO(arena) *a = arena_new();
    const struct principal *principal;
    agentos_error err;

    (void)state;
    options.refuse_bare_tokens = true;
    struct authority *authority = make(&options);
    const struct request *bare = request_with(a, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS));
    const struct auth_request how = { .request = bare, .now_s = TOKEN_NOW, .arena = a };
    assert_int_equal(authenticate(authority, &how, &principal, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message,
                        "Authorization header without a scheme: send Authorization: Bearer TOKEN");
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_cannot_be_meant_are_refused),
        cmocka_unit_test(modes_have_the_wires_names),
        cmocka_unit_test(without_key_and_authorization_everybody_may_come),
        cmocka_unit_test(keys_without_authorization_ask_who_but_not_what),
        cmocka_unit_test(keys_are_tried_in_order_until_one_fits),
        cmocka_unit_test(each_family_of_algorithms_verifies),
        cmocka_unit_test(a_public_key_as_a_secret_signs_nothing),
        cmocka_unit_test(a_principal_holds_what_the_token_says),
        cmocka_unit_test(odd_claims_are_absent_or_refused),
        cmocka_unit_test(a_number_of_any_size_is_left_alone_where_nobody_reads_it),
        cmocka_unit_test(a_token_of_more_than_256_scopes_or_roles_is_refused),
        cmocka_unit_test(a_configured_admin_scope_takes_the_place_of_the_usual_one),
        cmocka_unit_test(tokens_of_another_kind_are_refused),
        cmocka_unit_test(an_unset_audience_check_follows_the_audiences),
        cmocka_unit_test(bare_tokens_can_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
