/* Explanations say what dispatch would decide: the same status for the same request, and a failed
 * step for what refused it. The credential is whatever the test says. */
#include "web/explain.h"

#include "auth/authority.h"
#include "unit.h"

static void answer_nothing(struct call *call)
{
    (void)call;
}

// clang-format off
static const struct route rows[] = {
    { .method = GET,  .pattern = "/open",    .access = PUBLIC,               .answer = answer_nothing },
    { .method = GET,  .pattern = "/things/{agent_id}", .access = NEEDS("agents:read"), .answer = answer_nothing },
    { .method = GET,  .pattern = "/planned", .access = NEEDS("agents:read"), .answer = NULL },
};
// clang-format on

static struct principal caller;
static bool is_known;

static agentos_status who_calls(const struct surface *surface, const struct auth_request *how,
                                const struct principal **out, agentos_error *err)
{
    (void)surface;
    explain(how->why, "token", is_known, "as the test says");
    if (!is_known)
        *err = (agentos_error){ .status = AGENTOS_UNAUTHENTICATED, .message = "unknown" };
    else
        *out = &caller;
    return is_known ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED;
}

static struct authority *make_authority(bool is_open, bool isolates)
{
    const char *key = "0123456789abcdef0123456789abcdef", *name = "key";
    struct authority *authority = NULL;
    const struct authority_options options = { .authorization = !is_open,
                                               .keys = &key,
                                               .key_names = &name,
                                               .key_count = !is_open,
                                               .algorithm = is_open ? NULL : "HS256",
                                               .user_isolation = isolates,
                                               .os_id = "os" };

    assert_int_equal(authority_new(&options, &authority, NULL), AGENTOS_OK);
    return authority;
}

static const struct explain_step *last_step(const struct explanation *why)
{
    return &why->steps[why->count - 1];
}

struct question {
    enum method method;
    const char *path, *host;
    bool hides, is_known, is_admin, is_open, isolates, has_user;
    int status;
    const char *step; /* the last one, which fails where there is a status */
};

static void check(const struct question *q)
{
    AUTO(arena) *a = arena_new();
    struct surface surface = { .rows = rows, .count = COUNT(rows), .who = who_calls };
    struct header host = { STR("host"), str_of(q->host) };
    const struct request request = { .method = q->method,
                                     .path = str_of(q->path),
                                     .is_plain_path = !q->hides,
                                     .headers = { &host, q->host != NULL } };
    struct explanation why = { .arena = a };

    surface.authority = make_authority(q->is_open, q->isolates);
    caller = (struct principal){ .kind = PRINCIPAL_TOKEN,
                                 .issuer = "",
                                 .user_id = q->has_user ? "u" : NULL,
                                 .unscoped = !q->is_admin && q->isolates,
                                 .is_admin = q->is_admin };
    is_known = q->is_known;
    struct explain_verdict verdict = explain_decision(&surface, &request, &why);
    assert_int_equal(verdict.status, q->status);
    assert_int_equal(verdict.detail != NULL, q->status != 0);
    assert_string_equal(last_step(&why)->name, q->step);
    assert_int_equal(last_step(&why)->passed, q->status == 0);
    authority_free(surface.authority);
}

static void each_refusal_has_its_step_and_dispatchs_status(void **state)
{
    // clang-format off
    static const struct question questions[] = {
        { GET, "/open",     .step = "access" },
        { GET, "/things/a", .is_known = true, .is_admin = true, .has_user = true, .step = "isolation" },
        { GET, "/things/a", .hides = true, .status = 400, .step = "target" },
        { GET, "/things/a", .is_open = true, .host = "evil.example", .status = 400, .step = "host" },
        { GET, "/things/a", .status = 401, .step = "token" },
        { GET, "/things/a", .is_known = true, .has_user = true, .status = 403, .step = "access" },
        { GET, "/things/a", .is_known = true, .isolates = true, .status = 403, .step = "isolation" },
        { GET, "/planned",  .is_known = true, .is_admin = true, .has_user = true, .status = 501, .step = "built" },
    };
    // clang-format on

    (void)state;
    for (EACH(questions, q))
        check(q);
}

/* The route's step stands before the token's, as the server looks for it, but is told after it. */
static void what_is_not_there_is_refused_after_the_credential(void **state)
{
    AUTO(arena) *a = arena_new();
    struct surface surface = { .rows = rows, .count = COUNT(rows), .who = who_calls };
    struct request request = { .method = PUT, .path = STR("/nothing"), .is_plain_path = true };

    (void)state;
    surface.authority = make_authority(false, false);
    for (int i = 0; i < 2; i++) {
        struct explanation why = { .arena = a };

        is_known = false;
        assert_int_equal(explain_decision(&surface, &request, &why).status, 401);
        is_known = true;
        why = (struct explanation){ .arena = a };
        assert_int_equal(explain_decision(&surface, &request, &why).status, i == 0 ? 404 : 405);
        assert_string_equal(why.steps[0].name, "route");
        assert_false(why.steps[0].passed);
        request.path = STR("/planned");
    }
    authority_free(surface.authority);
}

static void a_question_that_is_no_request_is_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct surface surface = { .rows = rows, .count = COUNT(rows) };
    struct request request;
    agentos_error err;

    (void)state;
    surface.authority = make_authority(false, false);
    assert_int_equal(explain_request(a, &surface,
                                     &(struct explain_question){ "BREW", "/", STR("") }, &request,
                                     &err),
                     AGENTOS_INVALID);
    assert_int_equal(explain_request(a, &surface,
                                     &(struct explain_question){ "GET", "open", STR("") }, &request,
                                     &err),
                     AGENTOS_INVALID);
    assert_int_equal(explain_request(a, &surface,
                                     &(struct explain_question){ "GET", "/open?a=b", STR("t") },
                                     &request, &err),
                     AGENTOS_OK);
    assert_text(request.path, STR("/open"));
    assert_text(request.headers.all[0].value, STR("Bearer t"));
    authority_free(surface.authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_has_its_step_and_dispatchs_status),
        cmocka_unit_test(what_is_not_there_is_refused_after_the_credential),
        cmocka_unit_test(a_question_that_is_no_request_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
