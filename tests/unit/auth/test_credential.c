/* Finding the token: what counts as one, what is missing, and what is refused for its place. */
#include "auth/credential.h"
#include "unit.h"

static struct credential_rules rules_for(enum bare_tokens bare)
{
    return (struct credential_rules){ .bare = bare,
                                      .header = "Authorization",
                                      .cookie = "access_token" };
}

static struct request request_with_headers(const struct header *headers, size_t count)
{
    return (
        struct request){ .path = STR("/agents"), .query = STR(""), .headers = { headers, count } };
}

static const struct credential_rules plain = { .header = "Authorization",
                                               .cookie = "access_token" };

static void the_header_is_read_as_the_contract_reads_it(void **state)
{
    static const struct {
        const char *value;
        enum bare_tokens bare;
        const char *token, *refusal;
    } cases[] = {
        { "Bearer a.b.c", BARE_ACCEPTED, "a.b.c", NULL },
        { "bearer a.b.c", BARE_REFUSED, "a.b.c", NULL },
        { "BEARER   a.b.c  ", BARE_ACCEPTED, "a.b.c", NULL },
        { "a.b.c", BARE_ACCEPTED, "a.b.c", NULL },
        { "Bearer", BARE_ACCEPTED, "Bearer", NULL },
        { "Bearera.b.c", BARE_ACCEPTED, "Bearera.b.c", NULL },
        { "Basic abc", BARE_ACCEPTED, "Basic abc", NULL },
        { "Bearer ", BARE_ACCEPTED, NULL, "Authorization header missing" },
        { "Bearer  \t", BARE_REFUSED, NULL, "Authorization header missing" },
        { "", BARE_ACCEPTED, NULL, "Authorization header missing" },
        { "  ", BARE_REFUSED, NULL, "Authorization header missing" },
        { "a.b.c", BARE_REFUSED, NULL,
          "Authorization header without a scheme: send Authorization: Bearer TOKEN" },
        { "Bearer", BARE_REFUSED, NULL,
          "Authorization header without a token: send Authorization: Bearer TOKEN" },
        { " bearer", BARE_REFUSED, NULL,
          "Authorization header without a token: send Authorization: Bearer TOKEN" },
        { "Basic YTpi", BARE_REFUSED, NULL,
          "Authorization header with the scheme Basic: send Authorization: Bearer TOKEN" },
        { "basic YTpi", BARE_REFUSED, NULL,
          "Authorization header with the scheme Basic: send Authorization: Bearer TOKEN" },
        { "DPoP a.b.c", BARE_REFUSED, NULL,
          "Authorization header with the scheme DPoP: send Authorization: Bearer TOKEN" },
        { "Basic", BARE_REFUSED, NULL,
          "Authorization header without a scheme: send Authorization: Bearer TOKEN" },
        { "a.b.c d", BARE_REFUSED, NULL,
          "Authorization header without a scheme: send Authorization: Bearer TOKEN" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct header header = { STR("AUTHORIZATION"), str_of(cases[i].value) };
        const struct request request = request_with_headers(&header, 1);
        struct credential found = { 0 };
        agentos_error err = { 0 };
        const struct credential_rules rules = rules_for(cases[i].bare);
        agentos_status status = credential_find(&request, &rules, &found, &err);

        assert_int_equal(status, cases[i].token != NULL ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_int_equal(found.kind, cases[i].token != NULL ? CREDENTIAL_JWT : CREDENTIAL_NONE);
        assert_text(found.text, str_of(cases[i].token));
        assert_string_equal(err.message, cases[i].refusal != NULL ? cases[i].refusal : "");
    }
}

static void a_cookie_holds_the_token_alone(void **state)
{
    static const struct {
        const char *cookies;
        const char *token; /* NULL: refused */
    } cases[] = {
        { "access_token=a.b.c", "a.b.c" },
        { "access_token=\"a.b.c\"", "a.b.c" },
        { "access_token=Bearera.b.c", "Bearera.b.c" },
        { "access_token=Bearer a.b.c", NULL },
        { "access_token=bearer a.b.c", NULL },
        { "x=y; access_token=\"Bearer a.b.c\"", NULL },
    };
    struct credential_rules rules = plain;

    (void)state;
    rules.source = TOKEN_IN_COOKIE;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct header header = { STR("Cookie"), str_of(cases[i].cookies) };
        const struct request request = request_with_headers(&header, 1);
        struct credential found = { 0 };
        agentos_error err = { 0 };
        agentos_status status = credential_find(&request, &rules, &found, &err);

        assert_int_equal(status, cases[i].token != NULL ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_text(found.text, str_of(cases[i].token));
        assert_string_equal(
            err.message,
            cases[i].token != NULL
                ? ""
                : "JWT cookie 'access_token' begins with Bearer: send the token alone");
    }
}

static void no_header_is_a_missing_one(void **state)
{
    const struct header other = { STR("X-Authorization"), STR("Bearer a.b.c") };
    const struct request request = request_with_headers(&other, 1);
    struct credential found;
    agentos_error err;

    (void)state;
    assert_int_equal(credential_find(&request, &plain, &found, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, "Authorization header missing");
}

/* docs/design/security.md 12. */
static void two_headers_are_refused_even_when_they_agree(void **state)
{
    const struct header twice[] = { { STR("authorization"), STR("Bearer a.b.c") },
                                    { STR("Authorization"), STR("Bearer a.b.c") } };
    const struct request request = request_with_headers(twice, COUNT(twice));
    struct credential found;
    agentos_error err;

    (void)state;
    assert_int_equal(credential_find(&request, &plain, &found, &err), AGENTOS_INVALID);
    assert_string_equal(err.message, "More than one Authorization header");
}

/* docs/design/security.md 12. */
static void a_token_in_the_query_is_refused_beside_a_good_header(void **state)
{
    static const struct {
        const char *query;
        agentos_status status;
    } cases[] = {
        { "access_token=a.b.c", AGENTOS_INVALID },
        { "limit=2&access_token=", AGENTOS_INVALID },
        { "access_token", AGENTOS_INVALID },
        { "access%5Ftoken=a.b.c", AGENTOS_INVALID },
        { "limit=2&%61ccess%5ftoken", AGENTOS_INVALID },
        { "%61%63%63%65%73%73%5F%74%6F%6B%65%6E=x", AGENTOS_INVALID },
        { "access%255Ftoken=x", AGENTOS_OK }, /* decoded once, as whoever reads the query does */
        { "access%5Ftokens=1", AGENTOS_OK },
        { "access%5Ftoke%", AGENTOS_OK },
        { "q=access%5Ftoken", AGENTOS_OK },
        { "access_tokens=1", AGENTOS_OK },
        { "q=access_token", AGENTOS_OK },
        { "&&", AGENTOS_OK },
        { "", AGENTOS_OK },
    };
    const struct header header = { STR("authorization"), STR("Bearer a.b.c") };
    struct credential found;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request = request_with_headers(&header, 1);

        request.query = str_of(cases[i].query);
        assert_int_equal(credential_find(&request, &plain, &found, NULL), cases[i].status);
    }
}

static void a_service_account_token_is_told_by_its_prefix(void **state)
{
    const struct header header = { STR("authorization"), STR("Bearer agno_pat_x.y.z") };
    const struct request request = request_with_headers(&header, 1);
    struct credential found;

    (void)state;
    assert_int_equal(credential_find(&request, &plain, &found, NULL), AGENTOS_OK);
    assert_int_equal(found.kind, CREDENTIAL_SERVICE_ACCOUNT);
}

/* "H" the header, "C" the cookie. */
static void each_source_looks_where_it_says(void **state)
{
    static const struct {
        enum token_source source;
        const char *header, *cookie, *token;
    } cases[] = {
        { TOKEN_IN_HEADER, "Bearer H", "C", "H" },   { TOKEN_IN_HEADER, NULL, "C", NULL },
        { TOKEN_IN_COOKIE, "Bearer H", "C", "C" },   { TOKEN_IN_COOKIE, "Bearer H", NULL, NULL },
        { TOKEN_IN_COOKIE, NULL, "Bearer C", NULL }, { TOKEN_IN_COOKIE, NULL, "", NULL },
        { TOKEN_IN_EITHER, "Bearer H", "C", "H" },   { TOKEN_IN_EITHER, NULL, "C", "C" },
        { TOKEN_IN_EITHER, "Bearer ", "C", "C" },    { TOKEN_IN_EITHER, "H", "C", "H" },
        { TOKEN_IN_EITHER, NULL, NULL, NULL },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (EACH(cases, c)) {
        struct credential_rules rules = plain;
        struct header headers[2];
        size_t count = 0;
        struct credential found = { 0 };

        rules.source = c->source;
        if (c->header != NULL)
            headers[count++] = (struct header){ STR("authorization"), str_of(c->header) };
        if (c->cookie != NULL)
            headers[count++] =
                (struct header){ STR("cookie"),
                                 str_of(arena_printf(a, "x=1; access_token=%s; y", c->cookie)) };
        const struct request request = request_with_headers(headers, count);
        agentos_status status = credential_find(&request, &rules, &found, NULL);
        assert_int_equal(status, c->token != NULL ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_text(found.text, str_of(c->token));
        assert_int_equal(found.from_cookie, c->token != NULL && strchr(c->token, 'C') != NULL);
    }
}

static void a_header_of_another_name_takes_the_place(void **state)
{
    const struct credential_rules rules = { .header = "X-Token",
                                            .cookie = "c",
                                            .bare = BARE_REFUSED };
    const struct header headers[] = { { STR("authorization"), STR("Bearer no") },
                                      { STR("x-token"), STR("Bearer yes") },
                                      { STR("x-token"), STR("Bearer twice") } };
    struct request request = request_with_headers(headers, 2);
    struct credential found = { 0 };
    agentos_error err;

    (void)state;
    assert_int_equal(credential_find(&request, &rules, &found, NULL), AGENTOS_OK);
    assert_text(found.text, STR("yes"));
    assert_true(credential_is_present(&request, &rules));
    request.headers.count = 1;
    assert_int_equal(credential_find(&request, &rules, &found, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, "X-Token header missing");
    assert_false(credential_is_present(&request, &rules));
    request.headers.count = 3;
    assert_int_equal(credential_find(&request, &rules, &found, &err), AGENTOS_INVALID);
    assert_string_equal(err.message, "More than one X-Token header");
}

/* RFC 6265 §8.6. */
static void two_cookies_for_tokens_are_refused_wherever_cookies_count(void **state)
{
    static const struct {
        const char *cookie, *second;
        enum token_source source;
        agentos_status status;
    } cases[] = {
        { "access_token=a.b.c", NULL, TOKEN_IN_COOKIE, AGENTOS_OK },
        { "access_token=a.b.c; access_token=d.e.f", NULL, TOKEN_IN_COOKIE, AGENTOS_INVALID },
        { "access_token=a.b.c; access_token=a.b.c", NULL, TOKEN_IN_COOKIE, AGENTOS_INVALID },
        { "access_token=a.b.c;x=y", "access_token=", TOKEN_IN_COOKIE, AGENTOS_INVALID },
        { "access_token=; access_token=a.b.c", NULL, TOKEN_IN_EITHER, AGENTOS_INVALID },
        { "access_token=a.b.c", "access_token", TOKEN_IN_EITHER, AGENTOS_INVALID },
        { "access_token=a.b.c; Access_Token=d; xaccess_token=e", NULL, TOKEN_IN_COOKIE,
          AGENTOS_OK },
        { "access_token=a; access_token=b", NULL, TOKEN_IN_HEADER,
          AGENTOS_OK }, /* no cookie counts */
    };

    (void)state;
    for (EACH(cases, c)) {
        struct credential_rules rules = plain;
        const struct header headers[] = { { STR("cookie"), str_of(c->cookie) },
                                          { STR("Cookie"), str_of(c->second) },
                                          { STR("authorization"), STR("Bearer g.h.i") } };
        size_t count = c->source == TOKEN_IN_COOKIE && c->second == NULL ? 1 : COUNT(headers);
        const struct request request = request_with_headers(headers, count);
        struct credential found;
        agentos_error err = { 0 };

        rules.source = c->source;
        rules.cookie = "access_token";
        assert_int_equal(credential_find(&request, &rules, &found, &err), c->status);
        if (c->status != AGENTOS_OK)
            assert_string_equal(err.message, "More than one access_token cookie");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_read_as_the_contract_reads_it),
        cmocka_unit_test(a_cookie_holds_the_token_alone),
        cmocka_unit_test(no_header_is_a_missing_one),
        cmocka_unit_test(two_headers_are_refused_even_when_they_agree),
        cmocka_unit_test(a_token_in_the_query_is_refused_beside_a_good_header),
        cmocka_unit_test(a_service_account_token_is_told_by_its_prefix),
        cmocka_unit_test(two_cookies_for_tokens_are_refused_wherever_cookies_count),
        cmocka_unit_test(each_source_looks_where_it_says),
        cmocka_unit_test(a_header_of_another_name_takes_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
