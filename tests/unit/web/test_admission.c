/* The questions that a head is asked: each passes and refuses, in their order, and only some are
 * asked again after the body. The caller is whoever the test says, so nothing is signed here. */
#include "web/admission.h"

#include "unit.h"
#include "web/policy.h"

static void answer_nothing(struct call *call)
{
    (void)call;
}

// clang-format off
static const struct route rows[] = {
    { .method = GET,  .pattern = "/open",        .access = PUBLIC,               .answer = answer_nothing },
    { .method = GET,  .pattern = "/agents/{agent_id}", .access = NEEDS("agents:read"), .answer = answer_nothing },
    { .method = POST, .pattern = "/agents/{agent_id}", .access = GATED("agents:run", "agents:run"), .answer = answer_nothing, .body = BODY_JSON },
    { .method = GET,  .pattern = "/planned",     .access = NEEDS("config:read"), .answer = NULL },
};
// clang-format on

/* Whom the credential shows; NULL: it is refused with `refusal`. */
static struct principal *caller;
static agentos_status refusal;
static bool waits;
static unsigned times_asked;

static agentos_status who_calls(const struct surface *surface, const struct auth_request *how,
                                const struct principal **out, agentos_error *err)
{
    times_asked++;
    assert_non_null(surface->authority);
    if (waits && how->missing_key != NULL)
        how->missing_key->keys = (struct remote_keys *)1; /* looked at by nobody here */
    if (caller == NULL) {
        *err = (agentos_error){ .status = refusal, .message = "refused" };
        return refusal;
    }
    *out = caller;
    return AGENTOS_OK;
}

struct stage {
    arena *arena;
    struct surface surface;
    struct request request;
    struct header headers[4];
    struct principal caller;
    struct admission admission;
    agentos_error err;
    enum question asked[QUESTIONS];
    size_t asked_count;
};

static struct stage *listening;

static void remember(const struct admission *admission, enum question asked, enum admitted result,
                     const agentos_error *err)
{
    (void)admission;
    (void)result;
    (void)err;
    listening->asked[listening->asked_count++] = asked;
}

static struct authority *authority_with(const char *key, bool isolates)
{
    struct authority *authority = NULL;
    const char *name = "key";
    struct authority_options options = { .authorization = key != NULL,
                                         .keys = &key,
                                         .key_names = &name,
                                         .key_count = key != NULL,
                                         .algorithm = key != NULL ? "HS256" : NULL,
                                         .user_isolation = isolates,
                                         .os_id = "os" };
    agentos_error err;

    if (authority_new(&options, &authority, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return authority;
}

/* GET or POST of a path by an admin, on a server that keeps nobody apart. */
static void set_stage(struct stage *s, enum method method, const char *path)
{
    *s = (struct stage){
        .arena = arena_new(),
        .surface = { .name = "test", .rows = rows, .count = COUNT(rows), .who = who_calls },
        .request = { .method = method, .path = str_of(path), .is_plain_path = true },
        .caller = { .kind = PRINCIPAL_TOKEN, .issuer = "", .user_id = "u", .is_admin = true },
    };
    s->surface.authority = authority_with("0123456789abcdef0123456789abcdef", false);
    s->request.headers.all = s->headers;
    caller = &s->caller;
    refusal = AGENTOS_UNAUTHENTICATED;
    waits = false;
    times_asked = 0;
}

static void clear_stage(struct stage *s)
{
    authority_free(s->surface.authority);
    arena_free(s->arena);
}

static void add_header(struct stage *s, str name, str value)
{
    s->headers[s->request.headers.count++] = (struct header){ name, value };
}

static enum admitted judge(struct stage *s)
{
    listening = s;
    s->asked_count = 0;
    s->admission.surface = &s->surface;
    s->admission.request = &s->request;
    s->admission.arena = s->arena;
    s->admission.listen = remember;
    return admission_judge(&s->admission, &s->err);
}

static enum question last_asked(const struct stage *s)
{
    return s->asked[s->asked_count - 1];
}

static void assert_refused(struct stage *s, enum question by, int status, enum answer_kind kind)
{
    assert_int_equal(judge(s), REFUSED);
    assert_int_equal(last_asked(s), by);
    assert_int_equal(s->admission.status, status);
    assert_int_equal(s->admission.answer_as, kind);
}

static void be_open(struct stage *s)
{
    authority_free(s->surface.authority);
    s->surface.authority = authority_with(NULL, false);
}

/* ---- the order ---- */

static void all_questions_are_asked_in_order_and_each_has_a_name(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/agents/a");
    assert_int_equal(judge(&s), ADMITTED);
    assert_int_equal(s.asked_count, QUESTIONS);
    for (enum question i = 0; i < QUESTIONS; i++) {
        assert_int_equal(s.asked[i], i);
        assert_non_null(question_name(i));
    }
    assert_ptr_equal(s.admission.route, &rows[1]);
    assert_ptr_equal(s.admission.principal, &s.caller);
    clear_stage(&s);
}

static void a_zeroed_result_is_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(REFUSED, 0);
}

/* ---- before the row ---- */

static void a_target_that_hides_something_is_refused_first(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/agents/a");
    be_open(&s);
    s.request.is_plain_path = false;
    add_header(&s, STR("host"), STR("evil.example"));
    assert_refused(&s, QUESTION_TARGET, 400, ANSWER_PLAIN);
    assert_int_equal(times_asked, 0);
    clear_stage(&s);
}

static void an_open_server_refuses_another_host_before_another_origin(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, POST, "/agents/a");
    be_open(&s);
    add_header(&s, STR("host"), STR("evil.example"));
    add_header(&s, STR("origin"), STR("https://evil.example"));
    assert_refused(&s, QUESTION_HOST, 400, ANSWER_PLAIN);
    s.headers[0].value = STR("localhost");
    assert_refused(&s, QUESTION_ORIGIN, 403, ANSWER_PLAIN);
    s.headers[1].value = STR("http://localhost");
    assert_int_equal(judge(&s), ADMITTED);
    clear_stage(&s);
}

static void a_preflight_is_answered_after_host_and_origin_and_before_a_credential(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, OPTIONS, "/agents/a");
    caller = NULL;
    add_header(&s, STR("origin"), STR("https://page.example"));
    add_header(&s, STR("access-control-request-method"), STR("POST"));
    assert_int_equal(judge(&s), IS_PREFLIGHT);
    assert_int_equal(last_asked(&s), QUESTION_PREFLIGHT);
    assert_int_equal(times_asked, 0);
    be_open(&s);
    add_header(&s, STR("host"), STR("evil.example"));
    assert_refused(&s, QUESTION_HOST, 400, ANSWER_PLAIN);
    clear_stage(&s);
}

/* ---- the credential ---- */

static void a_missing_path_is_told_to_holders_of_a_credential_only(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/nothing");
    caller = NULL;
    assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
    assert_null(s.admission.route);
    caller = &s.caller;
    assert_refused(&s, QUESTION_FOUND, 404, ANSWER_PLAIN);
    assert_string_equal(s.err.message, "Not Found");
    s.request.path = STR("/planned");
    s.request.method = POST;
    assert_refused(&s, QUESTION_FOUND, 405, ANSWER_PLAIN);
    assert_null(s.admission.route);
    assert_ptr_equal(s.admission.row, &rows[3]);
    clear_stage(&s);
}

static void options_asks_for_a_credential_like_any_other_method(void **state)
{
    static const char *const paths[] = { "/nothing", "/agents/a", "/planned" };

    (void)state;
    for (EACH(paths, path)) {
        struct stage s;

        set_stage(&s, OPTIONS, *path);
        caller = NULL;
        assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
        add_header(&s, STR("origin"), STR("https://page.example")); /* half a preflight */
        assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
        caller = &s.caller;
        assert_refused(&s, QUESTION_FOUND, path == paths ? 404 : 405, ANSWER_PLAIN);
        clear_stage(&s);
    }
}

static void each_refusal_of_a_credential_is_answered_as_it_must_be(void **state)
{
    static const struct {
        agentos_status status;
        int http;
        enum answer_kind kind;
    } cases[] = { { AGENTOS_UNAUTHENTICATED, 401, ANSWER_DENIAL },
                  { AGENTOS_TOO_MANY, 429, ANSWER_DENIAL },
                  { AGENTOS_FORBIDDEN, 403, ANSWER_CREDENTIAL },
                  { AGENTOS_INVALID, 400, ANSWER_CREDENTIAL } };
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/agents/a");
    caller = NULL;
    for (size_t i = 0; i < COUNT(cases); i++) {
        refusal = cases[i].status;
        assert_refused(&s, QUESTION_CREDENTIAL, cases[i].http, cases[i].kind);
    }
    clear_stage(&s);
}

static void a_public_row_asks_for_no_credential(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/open");
    caller = NULL;
    assert_int_equal(judge(&s), ADMITTED);
    assert_int_equal(times_asked, 0);
    assert_int_equal(s.admission.principal->kind, PRINCIPAL_ANONYMOUS);
    clear_stage(&s);
}

static void a_token_waits_for_its_key_only_where_the_asker_may_wait(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/agents/a");
    caller = NULL;
    waits = true;
    s.admission.may_wait = true;
    assert_int_equal(judge(&s), WAITS_FOR_KEYS);
    assert_non_null(s.admission.missing_key.keys);
    assert_int_equal(s.admission.status, 401); /* where waiting turns out to be pointless */
    assert_int_equal(s.admission.answer_as, ANSWER_DENIAL);
    s.admission.may_wait = false;
    assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
    clear_stage(&s);
}

/* ---- scopes, isolation, what is built ---- */

static void a_scope_that_is_missing_is_named_for_the_challenge(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/agents/a");
    s.caller.is_admin = false;
    assert_refused(&s, QUESTION_SCOPE, 403, ANSWER_DENIAL);
    assert_string_equal(s.admission.demand, "agents:read");
    clear_stage(&s);
}

static void where_users_are_kept_apart_a_caller_must_be_one(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/planned");
    authority_free(s.surface.authority);
    s.surface.authority = authority_with("0123456789abcdef0123456789abcdef", true);
    s.caller.is_admin = false;
    s.caller.unscoped = true;
    s.caller.user_id = NULL;
    assert_refused(&s, QUESTION_ISOLATION, 403, ANSWER_DENIAL);
    assert_null(s.admission.demand);
    s.caller.user_id = "u";
    assert_refused(&s, QUESTION_BUILT, 501, ANSWER_PLAIN);
    assert_string_equal(s.err.message, "GET /planned is not supported in this version");
    clear_stage(&s);
}

/* ---- again, and otherwise ---- */

static void after_the_body_only_what_may_have_changed_is_asked_again(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, POST, "/agents/a");
    assert_int_equal(judge(&s), ADMITTED);
    s.admission.has_body = true;
    assert_int_equal(judge(&s), ADMITTED);
    assert_int_equal(s.asked_count, 3);
    assert_int_equal(s.asked[0], QUESTION_CREDENTIAL);
    assert_int_equal(s.asked[1], QUESTION_SCOPE);
    assert_int_equal(s.asked[2], QUESTION_ISOLATION);
    s.caller.is_admin = false;
    assert_refused(&s, QUESTION_SCOPE, 403, ANSWER_DENIAL);
    caller = NULL;
    assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
    clear_stage(&s);
}

static void a_surface_may_answer_where_no_row_fits_but_not_without_a_credential(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, GET, "/elsewhere");
    s.surface.otherwise = answer_nothing;
    s.caller.is_admin = false;
    assert_int_equal(judge(&s), ADMITTED);
    assert_null(s.admission.route);
    caller = NULL;
    assert_refused(&s, QUESTION_CREDENTIAL, 401, ANSWER_DENIAL);
    caller = &s.caller;
    s.request = (struct request){ .method = POST, .path = STR("/open"), .is_plain_path = true };
    assert_refused(&s, QUESTION_FOUND, 405, ANSWER_PLAIN); /* the path is a row's */
    clear_stage(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_questions_are_asked_in_order_and_each_has_a_name),
        cmocka_unit_test(a_zeroed_result_is_a_refusal),
        cmocka_unit_test(a_target_that_hides_something_is_refused_first),
        cmocka_unit_test(an_open_server_refuses_another_host_before_another_origin),
        cmocka_unit_test(a_preflight_is_answered_after_host_and_origin_and_before_a_credential),
        cmocka_unit_test(options_asks_for_a_credential_like_any_other_method),
        cmocka_unit_test(a_missing_path_is_told_to_holders_of_a_credential_only),
        cmocka_unit_test(each_refusal_of_a_credential_is_answered_as_it_must_be),
        cmocka_unit_test(a_public_row_asks_for_no_credential),
        cmocka_unit_test(a_token_waits_for_its_key_only_where_the_asker_may_wait),
        cmocka_unit_test(a_scope_that_is_missing_is_named_for_the_challenge),
        cmocka_unit_test(where_users_are_kept_apart_a_caller_must_be_one),
        cmocka_unit_test(after_the_body_only_what_may_have_changed_is_asked_again),
        cmocka_unit_test(a_surface_may_answer_where_no_row_fits_but_not_without_a_credential),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
