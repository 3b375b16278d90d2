/* The cross-origin headers of the contract, in its order. */
#include "base/buf.h"
#include "http/cors.h"
#include "unit.h"

#define VARY                                                                        \
    "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers, " \
    "Access-Control-Request-Private-Network\n"
#define ALWAYS                                                                          \
    VARY "access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\n" \
         "access-control-max-age: 600\naccess-control-allow-credentials: true\n"
#define A_ALLOWED "access-control-allow-origin: https://a.example\n"

static const char *const origins[] = { "https://b.example", "https://a.example" };
static const struct cors cors = { origins, COUNT(origins) };

static void append_headers(buf *out, const struct header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%.*s: %.*s\n", (int)headers[i].name.len, headers[i].name.ptr,
                   (int)headers[i].value.len, headers[i].value.ptr);
}

static const struct {
    struct header sent[4];
    size_t count;
    int status;
    const char *body, *headers;
} preflights[] = {
    { { { STR_INIT("origin"), STR_INIT("https://a.example") },
        { STR_INIT("access-control-request-method"), STR_INIT("GET") },
        { STR_INIT("access-control-request-headers"), STR_INIT("authorization") } },
      3,
      200,
      "OK",
      ALWAYS A_ALLOWED "access-control-allow-headers: authorization\n" },
    { { { STR_INIT("Origin"), STR_INIT("https://a.example") },
        { STR_INIT("Access-Control-Request-Method"), STR_INIT("GET") } },
      2,
      200,
      "OK",
      ALWAYS A_ALLOWED },
    { { { STR_INIT("origin"), STR_INIT("https://a.example") },
        { STR_INIT("access-control-request-method"), STR_INIT("GET") },
        { STR_INIT("access-control-request-private-network"), STR_INIT("true") } },
      3,
      200,
      "OK",
      ALWAYS A_ALLOWED "access-control-allow-private-network: true\n" },
    { { { STR_INIT("origin"), STR_INIT("https://evil.example") },
        { STR_INIT("access-control-request-method"), STR_INIT("GET") } },
      2,
      400,
      "Disallowed CORS origin",
      ALWAYS },
    { { { STR_INIT("origin"), STR_INIT("https://a.example.evil") },
        { STR_INIT("access-control-request-method"), STR_INIT("GET") },
        { STR_INIT("access-control-request-headers"), STR_INIT("authorization") },
        { STR_INIT("access-control-request-private-network"), STR_INIT("true") } },
      4,
      400,
      "Disallowed CORS origin",
      ALWAYS "access-control-allow-headers: authorization\n" },
    { { { STR_INIT("origin"), STR_INIT("null") },
        { STR_INIT("access-control-request-method"), STR_INIT("GET") } },
      2,
      400,
      "Disallowed CORS origin",
      ALWAYS },
};

static void preflights_are_answered_as_recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(preflights); i++) {
        AUTO(arena) *a = arena_new();
        AUTO_BUF headers = buf_with_limit(4096);
        struct request request = { .method = OPTIONS,
                                   .headers = { preflights[i].sent, preflights[i].count } };
        struct reply reply;

        assert_true(cors_is_preflight(&request));
        cors_preflight(&cors, &request, a, &reply);
        append_headers(&headers, reply.headers, reply.header_count);
        assert_int_equal(reply.status, preflights[i].status);
        assert_string_equal(reply.content_type, "text/plain; charset=utf-8");
        assert_text(reply.body, str_of(preflights[i].body));
        assert_text(buf_view(&headers), str_of(preflights[i].headers));
    }
}

static void options_without_both_headers_is_no_preflight(void **state)
{
    static const struct header origin = { STR_INIT("origin"), STR_INIT("https://a.example") };
    static const struct header method = { STR_INIT("access-control-request-method"),
                                          STR_INIT("GET") };
    const struct header both[] = { origin, method };
    const struct request cases[] = {
        { .method = OPTIONS },
        { .method = OPTIONS, .headers = { &origin, 1 } },
        { .method = OPTIONS, .headers = { &method, 1 } },
        { .method = GET, .headers = { both, 2 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_false(cors_is_preflight(&cases[i]));
}

static void ordinary_answers_carry_what_was_recorded(void **state)
{
    static const struct {
        const char *origin;
        bool is_auth_error;
        const char *headers;
    } cases[] = {
        { NULL, false, "vary: Origin\n" },
        { NULL, true, "vary: Origin\n" },
        { "https://a.example", false,
          "access-control-allow-credentials: true\naccess-control-expose-headers: *\n" A_ALLOWED
          "vary: Origin\n" },
        { "https://evil.example", false,
          "access-control-allow-credentials: true\naccess-control-expose-headers: *\nvary: "
          "Origin\n" },
        { "https://a.example", true,
          A_ALLOWED
          "access-control-allow-credentials: true\naccess-control-allow-methods: *\n"
          "access-control-allow-headers: *\naccess-control-expose-headers: *\nvary: Origin\n" },
        { "https://evil.example", true,
          "access-control-allow-credentials: true\naccess-control-expose-headers: *\nvary: "
          "Origin\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF headers = buf_with_limit(4096);
        struct header origin = { STR("Origin"), str_of(cases[i].origin) };
        struct request request = { .method = GET, .headers = { &origin, cases[i].origin != NULL } };
        struct cors_headers out;

        cors_answer(&cors, &request, cases[i].is_auth_error, &out);
        append_headers(&headers, out.all, out.count);
        assert_text(buf_view(&headers), str_of(cases[i].headers));
    }
}

static void no_list_allows_nobody(void **state)
{
    (void)state;
    assert_false(cors_allows(&(struct cors){ 0 }, STR("https://a.example")));
    assert_false(cors_allows(&cors, STR("")));
    assert_false(cors_allows(&cors, STR("HTTPS://A.EXAMPLE")));
    assert_true(cors_allows(&cors, STR("https://a.example")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preflights_are_answered_as_recorded),
        cmocka_unit_test(options_without_both_headers_is_no_preflight),
        cmocka_unit_test(ordinary_answers_carry_what_was_recorded),
        cmocka_unit_test(no_list_allows_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
