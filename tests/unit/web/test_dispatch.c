/* A request on its way to its handler, without a socket: judged, made to read its body, judged
 * again, answered, followed, left. The exchange and the database are stood in for. */
#include "web/dispatch.h"

#include "dispatch_stage.h"
#include "web/call.h"
#include "web/policy.h"

/* ---- a server of a few rows ---- */

static unsigned handled, otherwise_handled;

static void answer_at_once(struct call *call)
{
    handled++;
    call_json(call, 200, STR("{}"));
}

static void answer_later(struct call *call)
{
    (void)call;
    handled++;
}

static void answer_elsewhere(struct call *call)
{
    otherwise_handled++;
    call_empty(call, 204);
}

// clang-format off
static const struct route rows[] = {
    { .method = GET,  .pattern = "/open",  .access = PUBLIC,    .answer = answer_at_once },
    { .method = POST, .pattern = "/own",   .access = ANY_TOKEN, .answer = answer_at_once, .body = BODY_JSON, .body_limit = 512 },
    { .method = POST, .pattern = "/usual", .access = ANY_TOKEN, .answer = answer_at_once, .body = BODY_FORM },
    { .method = GET,  .pattern = "/later", .access = ANY_TOKEN, .answer = answer_later },
};
// clang-format on

static bool is_revoked;

static agentos_status who_calls(const struct surface *asked, const struct auth_request *how,
                                const struct principal **out, agentos_error *err)
{
    static const struct principal user = { .kind = PRINCIPAL_TOKEN, .issuer = "", .user_id = "u" };

    (void)how;
    assert_non_null(asked);
    if (is_revoked) {
        *err = (agentos_error){ .status = AGENTOS_UNAUTHENTICATED, .message = "revoked" };
        return AGENTOS_UNAUTHENTICATED;
    }
    *out = &user;
    return AGENTOS_OK;
}

static unsigned surfaces_released;

static void count_release(struct surface *released)
{
    (void)released;
    surfaces_released++;
}

static int set_stage(void **state)
{
    (void)state;
    handled = otherwise_handled = surfaces_released = 0;
    is_revoked = false;
    open_dispatch_stage(rows, COUNT(rows));
    surface.who = who_calls;
    surface.release = count_release;
    station.denials =
        denials_new(&(struct denials_options){ .loop = station.loop, .busy = &station.busy });
    return 0;
}

static int clear_stage(void **state)
{
    (void)state;
    close_dispatch_stage();
    assert_int_equal(surfaces_released, 0);
    return 0;
}

/* Not in the millisecond in which its head was judged. */
static void body_comes_later(void)
{
    ((struct call *)stage.user)->admitted_ms--;
    stage.then(NULL, stage.user);
}

static uint64_t count_of(enum metric metric)
{
    struct metric_sums *sums = metric_sums_new(COUNT(rows));
    uint64_t count;

    metrics_sum(station.metrics, sums);
    count = sums->all[metric];
    metric_sums_free(sums);
    return count;
}

/* ---- cases ---- */

static void an_admitted_request_reaches_its_handler_and_nothing_else_does(void **state)
{
    (void)state;
    (void)send(GET, "/open");
    assert_int_equal(handled, 1);
    assert_int_equal(stage.status, 200);
    is_revoked = true;
    (void)send(GET, "/later");
    assert_int_equal(handled, 1);
    assert_int_equal(stage.status, 401);
    assert_string_equal(stage.body, "{\"detail\":\"revoked\"}");
    assert_non_null(strstr(stage.headers_sent, "www-authenticate: Bearer"));
    assert_int_equal(stage.replies, 2);
    assert_int_equal(count_of(METRIC_OPEN_REQUESTS), 0);
}

static void another_method_is_told_the_first_rows_method(void **state)
{
    (void)state;
    (void)send(DELETE, "/usual");
    assert_int_equal(stage.status, 405);
    assert_non_null(strstr(stage.headers_sent, "allow: POST\n"));
    (void)send(GET, "/nowhere");
    assert_int_equal(stage.status, 404);
    assert_string_equal(stage.body, "{\"detail\":\"Not Found\"}");
}

static void where_no_row_fits_a_surface_may_answer(void **state)
{
    (void)state;
    surface.otherwise = answer_elsewhere;
    (void)send(GET, "/nowhere");
    assert_int_equal(otherwise_handled, 1);
    assert_int_equal(stage.status, 204);
    is_revoked = true;
    (void)send(GET, "/nowhere");
    assert_int_equal(otherwise_handled, 1);
    assert_int_equal(stage.status, 401);
}

static void a_body_has_the_limit_of_its_row_or_else_the_configurations(void **state)
{
    (void)state;
    (void)send(POST, "/own");
    assert_int_equal(stage.limit, 512);
    stage.on_gone(NULL, stage.user);
    (void)send(POST, "/usual");
    assert_int_equal(stage.limit, 4096);
    stage.on_gone(NULL, stage.user);
    assert_int_equal(handled, 0);
}

static void who_is_revoked_while_the_body_comes_does_not_reach_the_handler(void **state)
{
    (void)state;
    (void)send(POST, "/own");
    is_revoked = true;
    body_comes_later();
    assert_int_equal(handled, 0);
    assert_int_equal(stage.status, 401);
    is_revoked = false;
    (void)send(POST, "/own");
    body_comes_later();
    assert_int_equal(handled, 1);
    assert_int_equal(stage.status, 200);
}

static void after_the_body_the_edition_of_then_decides(void **state)
{
    static const struct access closed[COUNT(rows)] = { { .kind = ACCESS_ADMIN },
                                                       { .kind = ACCESS_ADMIN },
                                                       { .kind = ACCESS_ADMIN },
                                                       { .kind = ACCESS_ADMIN } };
    const struct policy policy = { .table = rows, .count = COUNT(rows), .rows = closed };
    static struct surface next; /* the call refers to it until its arena goes */

    (void)state;
    next = surface;
    next.policy = &policy;
    next.references = 1;
    (void)send(POST, "/own");
    station.surface = &next;
    body_comes_later();
    assert_int_equal(handled, 0);
    assert_int_equal(stage.status, 403);
    assert_int_equal(next.references, 2); /* until the call's arena goes */
    station.surface = &surface;
}

/* ---- followers ---- */

static unsigned times_left, times_drained;

static void left(void *user)
{
    assert_ptr_equal(user, &times_left);
    times_left++;
}

static void drained(void *user)
{
    assert_ptr_equal(user, &times_left);
    times_drained++;
}

static void a_follower_is_told_until_it_withdraws(void **state)
{
    static const struct follower follower = { left, drained };

    (void)state;
    times_left = times_drained = 0;
    struct call *call = send(GET, "/later");
    stage.on_drained(NULL, call); /* nobody follows yet */
    call_follow(call, &follower, &times_left);
    stage.on_drained(NULL, call);
    assert_int_equal(times_drained, 1);
    call_follow(call, NULL, NULL);
    stage.on_drained(NULL, call);
    assert_int_equal(times_drained, 1);
    call_follow(call, &follower, &times_left);
    stage.on_gone(NULL, call);
    assert_int_equal(times_left, 1);
    assert_int_equal(count_of(METRIC_CLIENTS_LEFT), 1);
    assert_int_equal(count_of(METRIC_OPEN_REQUESTS), 0);
}

static void a_stream_is_counted_until_it_ends(void **state)
{
    (void)state;
    struct call *call = send(GET, "/later");
    call_stream(call);
    assert_true(stage.is_begun);
    assert_int_equal(count_of(METRIC_OPEN_STREAMS), 1);
    assert_non_null(strstr(stage.headers_sent, "cache-control: no-cache\n"));
    call_end(call);
    assert_true(stage.is_ended);
    assert_int_equal(count_of(METRIC_OPEN_STREAMS), 0);
    assert_int_equal(count_of(METRIC_OPEN_REQUESTS), 0);
}

/* ---- database work ---- */

static agentos_status read_nothing(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)conn;
    (void)task;
    (void)err;
    return AGENTOS_OK;
}

static unsigned answered;

static void answer_read(struct call *call, struct task *task)
{
    assert_ptr_equal(call->task, NULL);
    assert_non_null(task->arena);
    answered++;
    call_json(call, 200, STR("[]"));
}

static void finish_job(agentos_status status, const char *message)
{
    struct db_job *job = TAKE(stage.job);

    job->status = status;
    job->err = (agentos_error){ .status = status };
    (void)snprintf(job->err.message, sizeof(job->err.message), "%s", message);
    job->done(job);
}

static void read_by_task(struct call *call)
{
    call_read(call_task(call, sizeof(struct task)), read_nothing, answer_read);
}

static void a_task_is_answered_once_it_is_done_or_failed(void **state)
{
    (void)state;
    answered = 0;
    read_by_task(send(GET, "/later"));
    finish_job(AGENTOS_OK, "");
    assert_int_equal(answered, 1);
    read_by_task(send(GET, "/later"));
    finish_job(AGENTOS_NOT_FOUND, "gone");
    assert_int_equal(answered, 1);
    assert_int_equal(stage.status, 404);
    read_by_task(send(GET, "/later"));
    finish_job(AGENTOS_INTERNAL, "the disk said so");
    assert_int_equal(stage.status, 500);
    assert_null(strstr(stage.body, "disk"));
}

static void a_task_outlives_a_client_that_leaves_and_keeps_the_surface(void **state)
{
    (void)state;
    answered = 0;
    struct call *call = send(GET, "/later");
    read_by_task(call);
    stage.on_gone(NULL, call);
    arena_free(stage.arena);
    stage.arena = arena_new();
    assert_int_equal(surface.references, 2);
    finish_job(AGENTOS_OK, "");
    assert_int_equal(answered, 0);
    assert_int_equal(stage.replies, 0);
    assert_int_equal(surface.references, 1);
}

static void bodies_on_their_way_count_against_their_caller(void **state)
{
    (void)state;
    stage.declared = 4000;
    (void)send(POST, "/usual");
    assert_non_null(stage.then); /* it is being read */
    stage.declared = 97;
    (void)send(POST, "/usual");
    assert_int_equal(stage.status, 429);
    assert_int_equal(handled, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_stage, clear_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_admitted_request_reaches_its_handler_and_nothing_else_does),
        CASE(another_method_is_told_the_first_rows_method),
        CASE(where_no_row_fits_a_surface_may_answer),
        CASE(a_body_has_the_limit_of_its_row_or_else_the_configurations),
        CASE(who_is_revoked_while_the_body_comes_does_not_reach_the_handler),
        CASE(after_the_body_the_edition_of_then_decides),
        CASE(bodies_on_their_way_count_against_their_caller),
        CASE(a_follower_is_told_until_it_withdraws),
        CASE(a_stream_is_counted_until_it_ends),
        CASE(a_task_is_answered_once_it_is_done_or_failed),
        CASE(a_task_outlives_a_client_that_leaves_and_keeps_the_surface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
