/* Finding the token: what counts as one, what is missing, and what is refused for its place. */
#include "auth/credential.h"
#include "unit.h"

static struct request request_with_headers(const struct header *headers, size_t count)
{
    return (
        struct request){ .path = STR("/agents"), .query = STR(""), .headers = { headers, count } };
}

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
          "Authorization header without a scheme: send Authorization: Bearer TOKEN" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct header header = { STR("AUTHORIZATION"), str_of(cases[i].value) };
        const struct request request = request_with_headers(&header, 1);
        struct credential found = { 0 };
        agentos_error err = { 0 };
        agentos_status status = credential_find(&request, cases[i].bare, &found, &err);

        assert_int_equal(status, cases[i].token != NULL ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_int_equal(found.kind, cases[i].token != NULL ? CREDENTIAL_JWT : CREDENTIAL_NONE);
        assert_text(found.text, str_of(cases[i].token));
        assert_string_equal(err.message, cases[i].refusal != NULL ? cases[i].refusal : "");
    }
}

static void no_header_is_a_missing_one(void **state)
{
    const struct header other = { STR("X-Authorization"), STR("Bearer a.b.c") };
    const struct request request = request_with_headers(&other, 1);
    struct credential found;
    agentos_error err;

    (void)state;
    assert_int_equal(credential_find(&request, BARE_ACCEPTED, &found, &err),
                     AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, "Authorization header missing");
}

static void two_headers_are_refused_even_when_they_agree(void **state)
{
    const struct header twice[] = { { STR("authorization"), STR("Bearer a.b.c") },
                                    { STR("Authorization"), STR("Bearer a.b.c") } };
    const struct request request = request_with_headers(twice, COUNT(twice));
    struct credential found;
    agentos_error err;

    (void)state;
    assert_int_equal(credential_find(&request, BARE_ACCEPTED, &found, &err), AGENTOS_INVALID);
    assert_string_equal(err.message, "More than one Authorization header");
}

static void a_token_in_the_query_is_refused_beside_a_good_header(void **state)
{
    static const struct {
        const char *query;
        agentos_status status;
    } cases[] = {
        { "access_token=a.b.c", AGENTOS_INVALID },
        { "limit=2&access_token=", AGENTOS_INVALID },
        { "access_token", AGENTOS_INVALID },
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
        assert_int_equal(credential_find(&request, BARE_ACCEPTED, &found, NULL), cases[i].status);
    }
}

static void a_service_account_token_is_told_by_its_prefix(void **state)
{
    const struct header header = { STR("authorization"), STR("Bearer agno_pat_x.y.z") };
    const struct request request = request_with_headers(&header, 1);
    struct credential found;

    (void)state;
    assert_int_equal(credential_find(&request, BARE_ACCEPTED, &found, NULL), AGENTOS_OK);
    assert_int_equal(found.kind, CREDENTIAL_SERVICE_ACCOUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_read_as_the_contract_reads_it),
        cmocka_unit_test(no_header_is_a_missing_one),
        cmocka_unit_test(two_headers_are_refused_even_when_they_agree),
        cmocka_unit_test(a_token_in_the_query_is_refused_beside_a_good_header),
        cmocka_unit_test(a_service_account_token_is_told_by_its_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
