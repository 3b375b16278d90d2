/* A token is taken apart once, whoever asks, and what it holds can be handed on. */
#include "auth/token/token.h"

#include "tokens.h"

static void a_token_is_taken_apart_once(void **state)
{
    AUTO(arena) *a = arena_new();
    AUTO_TOKEN token = token_of(
        test_forgery(a, "{\"alg\":\"RS256\",\"kid\":\"k\"}", "{\"iss\":\"x\"}", "c2ln"), a);

    (void)state;
    assert_int_equal(token_parse(&token, NULL), AGENTOS_OK);
    assert_int_equal(token_read_claims(&token, NULL), AGENTOS_OK);
    const json_t *header = token.jws.header, *claims = token.claims;
    assert_string_equal(json_text(claims, "iss"), "x");

    assert_int_equal(token_parse(&token, NULL), AGENTOS_OK);
    assert_int_equal(token_read_claims(&token, NULL), AGENTOS_OK);
    assert_ptr_equal(token.jws.header, header);
    assert_ptr_equal(token.claims, claims);
}

static void what_is_no_token_stays_none(void **state)
{
    AUTO(arena) *a = arena_new();
    AUTO_TOKEN token = token_of(STR("opaque"), a);
    agentos_error err;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(token_parse(&token, &err), AGENTOS_UNAUTHENTICATED);
        assert_string_equal(err.message, "Not enough segments");
        assert_null(token.jws.header);
    }
}

static void claims_that_are_no_object_are_refused_each_time(void **state)
{
    AUTO(arena) *a = arena_new();
    AUTO_TOKEN token = token_of(test_forgery(a, "{\"alg\":\"RS256\"}", "[]", "c2ln"), a);
    agentos_error err;

    (void)state;
    assert_int_equal(token_parse(&token, NULL), AGENTOS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(token_read_claims(&token, &err), AGENTOS_UNAUTHENTICATED);
        assert_string_equal(err.message, "Invalid payload string: must be a json object");
        assert_null(token.claims);
    }
}

static void the_claims_outlive_the_token_that_gave_them_away(void **state)
{
    AUTO(arena) *work = arena_new();
    AUTO(arena) *own = NULL;
    const json_t *claims;

    (void)state;
    {
        AUTO_TOKEN token =
            token_of(test_forgery(work, "{\"alg\":\"RS256\"}", "{\"sub\":\"ann\"}", "c2ln"), work);

        assert_int_equal(token_parse(&token, NULL), AGENTOS_OK);
        assert_int_equal(token_read_claims(&token, NULL), AGENTOS_OK);
        claims = token.claims;
        own = TAKE(token.own);
    }
    assert_string_equal(json_text(claims, "sub"), "ann");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_taken_apart_once),
        cmocka_unit_test(what_is_no_token_stays_none),
        cmocka_unit_test(claims_that_are_no_object_are_refused_each_time),
        cmocka_unit_test(the_claims_outlive_the_token_that_gave_them_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
