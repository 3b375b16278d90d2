/* The input of a row, read for its handler: what is told of each fault, and in which order. The
 * exchange and the database are stood in for. */
#include "web/call_input.h"

#include "base/limits.h"
#include "base/list.h"
#include "dispatch_stage.h"

/* ---- rows that take something ---- */

static unsigned handled;

struct more {
    int64_t size;
};

struct wish {
    struct task task;
    int64_t count;
    const char *name;
    struct more more; /* a body with a struct of its own */
};

// clang-format off
static const struct param wish_query[] = { PARAM(struct wish, count, .has_min = true, .min = 1, .fallback = "7"), PARAMS_END };
static const struct param wish_form[] = { PARAM(struct wish, name, .required = true), PARAMS_END };
static const struct field wish_fields[] = { FIELD(struct wish, name, REQUIRED), FIELDS_END };
static const struct field more_fields[] = { FIELD(struct more, size, OPTIONAL), FIELDS_END };
// clang-format on

/* A count of 13 is refused by err, one of 14 by a problem; both before the body is read. */
static bool complete_wish(struct call *call, struct task *record, struct problems *problems,
                          agentos_error *err)
{
    struct wish *wish = LIST_OWNER(record, struct wish, task);

    assert_ptr_equal(call->task, record);
    if (wish->count == 14)
        problems_add_missing(problems, "query", "luck");
    if (wish->count == 13)
        *err = (agentos_error){ .status = AGENTOS_NOT_FOUND, .message = "There is no thirteenth" };
    return wish->count < 13;
}

static bool is_available;

static agentos_status tell_availability(const struct call *call, agentos_error *err)
{
    assert_null(call->task);
    if (!is_available)
        *err = (agentos_error){ .status = AGENTOS_UNAVAILABLE, .message = "Not set up" };
    return err->status;
}

static const struct input queried = { .record = sizeof(struct wish), .query = wish_query },
                          posted = { .record = sizeof(struct wish),
                                     .query = wish_query,
                                     .json = wish_fields },
                          filled = { .record = sizeof(struct wish), .form = wish_form },
                          optional = { .record = sizeof(struct wish),
                                       .query = wish_query,
                                       .complete = complete_wish,
                                       .json = more_fields,
                                       .json_need = BODY_OPTIONAL,
                                       .json_at = offsetof(struct wish, more) },
                          member = { .record = sizeof(struct wish),
                                     .json = wish_fields,
                                     .json_need = BODY_MEMBER_REQUIRED };

static bool has_target;
static struct wish read_wish;
static char read_name[16];

static agentos_status find_target(struct call *call, agentos_error *err)
{
    call->target = has_target ? &has_target : NULL;
    if (!has_target)
        *err = (agentos_error){ .status = AGENTOS_NOT_FOUND, .message = "There is none" };
    return err->status;
}

static void answer_wish(struct call *call)
{
    struct wish *wish = call_input(call);

    handled++;
    read_wish = *wish;
    (void)snprintf(read_name, sizeof(read_name), "%s", wish->name != NULL ? wish->name : "");
    call_drop(call, &wish->task);
    call_empty(call, 204);
}

static void answer_target(struct call *call)
{
    assert_ptr_equal(call->target, &has_target);
    answer_wish(call);
}

/* ---- a row that is read and written on a database thread ---- */

static struct rendering_stage {
    agentos_status read_status;
    size_t write_bytes; /* 0: ["one"] */
    unsigned reads, writes;
} rendering_stage;

static agentos_status read_numbers(struct db_conn *conn, struct task *task, agentos_error *err)
{
    assert_non_null(conn);
    assert_non_null(arena_alloc(task->scratch, 100));
    rendering_stage.reads++;
    if (rendering_stage.read_status == AGENTOS_OK)
        return AGENTOS_OK;
    *err = (agentos_error){ .status = rendering_stage.read_status, .message = "There is none" };
    return err->status;
}

static void write_numbers(struct task *task, writer *w)
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES + 1);

    assert_non_null(task->scratch);
    rendering_stage.writes++;
    write_array(w);
    while (text.len < rendering_stage.write_bytes)
        buf_append(&text, STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    if (text.len > 0)
        write_str(w, buf_view(&text));
    else
        write_str(w, STR("one"));
    write_end(w);
}

static agentos_status refuse_many(agentos_error *err)
{
    *err = (agentos_error){ .status = AGENTOS_TOO_LARGE, .message = "These are too many" };
    return err->status;
}

static void answer_rendered_numbers(struct call *call)
{
    static const struct rendering rendering = { read_numbers, write_numbers, refuse_many };

    call_render(call_input(call), DB_READ_SEARCH, &rendering);
}

// clang-format off
static const struct route rows[] = {
    { .method = GET,  .pattern = "/wish",  .access = ANY_TOKEN, .answer = answer_target, .input = &queried, .target = find_target },
    { .method = POST, .pattern = "/wish",  .access = ANY_TOKEN, .answer = answer_wish, .body = BODY_JSON, .input = &posted },
    { .method = PUT,  .pattern = "/wish",  .access = ANY_TOKEN, .answer = answer_wish, .body = BODY_FORM, .input = &filled },
    { .method = PATCH, .pattern = "/wish", .access = ANY_TOKEN, .answer = answer_wish, .body = BODY_JSON, .input = &optional },
    { .method = DELETE, .pattern = "/wish", .access = ANY_TOKEN, .answer = answer_wish, .body = BODY_JSON, .input = &member },
    { .method = GET,  .pattern = "/render", .access = ANY_TOKEN, .answer = answer_rendered_numbers, .input = &queried },
    { .method = GET,  .pattern = "/set-up", .access = ANY_TOKEN, .answer = answer_wish, .input = &queried, .available = tell_availability },
};
// clang-format on

static agentos_status who_calls(const struct surface *asked, const struct auth_request *how,
                                const struct principal **out, agentos_error *err)
{
    static const struct principal user = { .kind = PRINCIPAL_TOKEN, .issuer = "", .user_id = "u" };

    (void)how, (void)err;
    assert_non_null(asked);
    *out = &user;
    return AGENTOS_OK;
}

static int set_stage(void **state)
{
    (void)state;
    handled = 0;
    open_dispatch_stage(rows, COUNT(rows));
    surface.who = who_calls;
    return 0;
}

static int clear_stage(void **state)
{
    (void)state;
    close_dispatch_stage();
    return 0;
}

/* ---- cases ---- */

static void
the_input_of_a_row_is_laid_out_before_its_handler_and_then_its_target_found(void **state)
{
    (void)state;
    has_target = true;
    stage.request.query = STR("count=3");
    (void)send(GET, "/wish");
    assert_int_equal(stage.status, 204);
    assert_int_equal(read_wish.count, 3);
    stage.request.query = STR("");
    (void)send(GET, "/wish");
    assert_int_equal(read_wish.count, 7);
    assert_int_equal(handled, 2);
}

static void a_faulty_input_is_told_before_a_missing_target(void **state)
{
    (void)state;
    has_target = false;
    stage.request.query = STR("count=0");
    (void)send(GET, "/wish");
    assert_int_equal(stage.status, 422);
    assert_non_null(strstr(stage.body, "[\"query\",\"count\"]"));
    stage.request.query = STR("count=1");
    (void)send(GET, "/wish");
    assert_int_equal(stage.status, 404);
    assert_string_equal(stage.body, "{\"detail\":\"There is none\"}");
    assert_int_equal(handled, 0);
}

static void post(enum method method, const char *type, const char *body)
{
    stage.headers[0] = (struct header){ STR("content-type"), str_of(type) };
    stage.request.headers.count = 1;
    (void)send(method, "/wish");
    stage.request.body = str_of(body);
    stage.then(NULL, stage.user);
}

static void a_body_is_laid_out_beside_the_query(void **state)
{
    (void)state;
    stage.request.query = STR("count=5");
    post(POST, "application/json", "{\"name\":\"x\"}");
    assert_int_equal(stage.status, 204);
    assert_int_equal(read_wish.count, 5);
    assert_string_equal(read_name, "x");
    post(POST, "application/json", "{\"name\":5}");
    assert_int_equal(stage.status, 422);
    post(POST, "application/json", "");
    assert_int_equal(stage.status, 422);
    post(PUT, "application/x-www-form-urlencoded", "name=y");
    assert_int_equal(stage.status, 204);
    assert_string_equal(read_name, "y");
    post(PUT, "application/x-www-form-urlencoded", "other=y");
    assert_int_equal(stage.status, 422);
    assert_int_equal(handled, 2);
}

static void an_optional_body_may_be_absent_or_null_but_not_faulty(void **state)
{
    (void)state;
    post(PATCH, "application/json", "");
    assert_int_equal(stage.status, 204);
    assert_int_equal(read_wish.more.size, 0);
    post(PATCH, "application/json", "null");
    assert_int_equal(stage.status, 204);
    post(PATCH, "application/json", "{\"size\":6}");
    assert_int_equal(stage.status, 204);
    assert_int_equal(read_wish.more.size, 6);
    assert_int_equal(read_wish.count, 7);
    assert_int_equal(handled, 3);
    post(PATCH, "application/json", "{\"size\":\"6\"}");
    assert_int_equal(stage.status, 422);
    post(PATCH, "application/json", "{");
    assert_int_equal(stage.status, 422);
    post(PATCH, "application/json", "[]");
    assert_int_equal(stage.status, 422);
    assert_int_equal(handled, 3);
}

static void a_record_is_completed_after_the_query_and_before_the_body(void **state)
{
    (void)state;
    stage.request.query = STR("count=0");
    post(PATCH, "application/json", "{");
    assert_int_equal(stage.status, 422);
    assert_non_null(strstr(stage.body, "[\"query\",\"count\"]"));
    stage.request.query = STR("count=13");
    post(PATCH, "application/json", "{");
    assert_int_equal(stage.status, 404);
    assert_string_equal(stage.body, "{\"detail\":\"There is no thirteenth\"}");
    stage.request.query = STR("count=14");
    post(PATCH, "application/json", "{");
    assert_int_equal(stage.status, 422);
    assert_non_null(strstr(stage.body, "[\"query\",\"luck\"]"));
    assert_int_equal(handled, 0);
}

static void a_body_without_the_one_member_it_needs_misses_that_member(void **state)
{
    static const char *const without[] = { "", "null", "[]", "5", "{}", "{\"other\":1}" };

    (void)state;
    for (size_t i = 0; i < COUNT(without); i++) {
        post(DELETE, "application/json", without[i]);
        assert_int_equal(stage.status, 422);
        assert_string_equal(stage.body,
                            "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"name\"],"
                            "\"msg\":\"Field required\",\"input\":null}]}");
    }
    assert_int_equal(handled, 0);
    post(DELETE, "application/json", "{\"name\":\"z\"}");
    assert_int_equal(stage.status, 204);
    assert_string_equal(read_name, "z");
}

static void a_row_that_is_not_available_says_so_before_its_input_is_read(void **state)
{
    (void)state;
    stage.request.query = STR("count=0");
    is_available = false;
    (void)send(GET, "/set-up");
    assert_int_equal(stage.status, 503);
    assert_string_equal(stage.body, "{\"detail\":\"Not set up\"}");
    is_available = true;
    (void)send(GET, "/set-up");
    assert_int_equal(stage.status, 422);
    assert_int_equal(handled, 0);
    stage.request.query = STR("count=4");
    (void)send(GET, "/set-up");
    assert_int_equal(stage.status, 204);
    assert_int_equal(read_wish.count, 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_stage, clear_stage)

/* Sends the request, and does what the database's thread does with its job. */
static struct task *render(agentos_status read_status, size_t write_bytes)
{
    static char conn;

    rendering_stage =
        (struct rendering_stage){ .read_status = read_status, .write_bytes = write_bytes };
    (void)send(GET, "/render");
    assert_non_null(stage.job);
    assert_int_equal(stage.replies, 0);
    stage.job->status = stage.job->run((struct db_conn *)(void *)&conn, stage.job, &stage.job->err);
    struct task *task = (struct task *)(void *)stage.job;
    assert_null(task->scratch); /* what was read is gone before the loop has the task again */
    assert_int_equal(stage.replies, 0);
    return task;
}

/* The loop only sends what the database's thread has written. */
static void a_rendered_answer_is_written_before_the_loop_has_it(void **state)
{
    (void)state;
    struct task *task = render(AGENTOS_OK, 0);
    assert_int_equal(rendering_stage.writes, 1);
    task->job.done(&task->job);
    assert_int_equal(rendering_stage.reads, 1);
    assert_int_equal(rendering_stage.writes, 1);
    assert_int_equal(stage.status, 200);
    assert_string_equal(stage.body, "[\"one\"]");
}

static void a_rendering_that_finds_nothing_writes_nothing(void **state)
{
    (void)state;
    struct task *task = render(AGENTOS_NOT_FOUND, 0);
    task->job.done(&task->job);
    assert_int_equal(rendering_stage.writes, 0);
    assert_int_equal(stage.status, 404);
    assert_string_equal(stage.body, "{\"detail\":\"There is none\"}");
}

static void a_rendering_that_is_too_long_is_refused_in_its_own_words(void **state)
{
    (void)state;
    struct task *task = render(AGENTOS_OK, OUTPUT_MAX_BYTES);
    assert_int_equal(task->job.status, AGENTOS_TOO_LARGE);
    task->job.done(&task->job);
    assert_int_equal(stage.status, 413);
    assert_string_equal(stage.body, "{\"detail\":\"These are too many\"}");
}

static void a_rendering_whose_client_left_is_sent_to_nobody(void **state)
{
    (void)state;
    struct task *task = render(AGENTOS_OK, 0);
    stage.on_gone(NULL, stage.user);
    task->job.done(&task->job);
    assert_int_equal(stage.replies, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_input_of_a_row_is_laid_out_before_its_handler_and_then_its_target_found),
        CASE(a_faulty_input_is_told_before_a_missing_target),
        CASE(a_body_is_laid_out_beside_the_query),
        CASE(an_optional_body_may_be_absent_or_null_but_not_faulty),
        CASE(a_record_is_completed_after_the_query_and_before_the_body),
        CASE(a_body_without_the_one_member_it_needs_misses_that_member),
        CASE(a_row_that_is_not_available_says_so_before_its_input_is_read),
        CASE(a_rendered_answer_is_written_before_the_loop_has_it),
        CASE(a_rendering_that_finds_nothing_writes_nothing),
        CASE(a_rendering_that_is_too_long_is_refused_in_its_own_words),
        CASE(a_rendering_whose_client_left_is_sent_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
