/* The vocabulary, and replies as bytes. */
#include <setjmp.h>
#include <stdarg.h>

#include "base/error.h"
#include "base/mem.h"
#include "http/reply.h"

#include <cmocka.h>

static void methods_are_found_by_their_exact_name(void **state)
{
    (void)state;
    for (enum method m = GET; m < METHOD_COUNT; m++)
        assert_int_equal(method_find(str_of(method_name(m))), m);
    assert_int_equal(method_find(STR("get")), METHOD_OTHER);
    assert_int_equal(method_find(STR("GETS")), METHOD_OTHER);
    assert_int_equal(method_find(STR("")), METHOD_OTHER);
    assert_string_equal(method_name(METHOD_OTHER), "OTHER");
}

static void headers_are_found_whatever_their_case(void **state)
{
    struct header all[] = { { STR("Host"), STR("x") },
                            { STR("A"), STR("1") },
                            { STR("a"), STR("2") } };
    struct headers headers = { all, 3 };
    str value = STR("untouched");

    (void)state;
    assert_true(headers_find(&headers, STR("hOST"), NULL));
    assert_false(headers_find(&headers, STR("b"), &value));
    assert_true(str_equal(value, STR("untouched")));
    assert_true(headers_find(&headers, STR("a"), &value));
    assert_true(str_equal(value, STR("1")));
    assert_int_equal(headers_count(&headers, STR("A")), 2);
    assert_int_equal(headers_count(&headers, STR("b")), 0);
}

static void a_status_has_its_reason(void **state)
{
    (void)state;
    assert_string_equal(status_reason(200), "OK");
    assert_string_equal(status_reason(431), "Request Header Fields Too Large");
    assert_string_equal(status_reason(299), "Unknown");
}

static void a_head_says_where_the_reply_ends(void **state)
{
    struct reply reply = { .status = 200, .content_type = "text/plain", .body = STR("abc") };
    // clang-format off
    static const struct {
        int status;
        struct reply_form form;
        const char *head;
    } cases[] = {
        { 200, { END_BY_LENGTH, false, "D" }, "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\n" },
        { 404, { END_BY_LENGTH, true, "D" },  "HTTP/1.1 404 Not Found\r\ndate: D\r\ncontent-type: text/plain\r\ncontent-length: 3\r\nconnection: close\r\n\r\n" },
        { 200, { END_BY_CHUNKS, false, "D" }, "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n" },
        { 200, { END_BY_CLOSE, true, "D" },   "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n" },
        { 204, { END_BY_LENGTH, false, "D" }, "HTTP/1.1 204 No Content\r\ndate: D\r\ncontent-type: text/plain\r\n\r\n" },
        { 304, { END_BY_LENGTH, false, "D" }, "HTTP/1.1 304 Not Modified\r\ndate: D\r\ncontent-type: text/plain\r\n\r\n" },
    };
    // clang-format on

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF out = buf_with_limit(1024);

        reply.status = cases[i].status;
        reply_append_head(&out, &reply, &cases[i].form);
        assert_string_equal(out.ptr, cases[i].head);
    }
}

static void a_chunk_gets_its_size_when_it_is_closed(void **state)
{
    AUTO_BUF out = buf_with_limit(1024);
    size_t at;

    (void)state;
    buf_append(&out, STR("head"));
    chunk_open(&out, &at);
    for (int i = 0; i < 26; i++)
        buf_append_char(&out, 'x');
    chunk_close(&out, at);
    chunk_append_last(&out);
    assert_string_equal(out.ptr, "head0000001a\r\nxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n");
}

static void a_chunk_that_overflowed_is_left_alone(void **state)
{
    AUTO_BUF out = buf_with_limit(12);
    size_t at;

    (void)state;
    chunk_open(&out, &at);
    buf_append(&out, STR("too much for it"));
    chunk_close(&out, at);
    assert_false(buf_ok(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_are_found_by_their_exact_name),
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_status_has_its_reason),
        cmocka_unit_test(a_head_says_where_the_reply_ends),
        cmocka_unit_test(a_chunk_gets_its_size_when_it_is_closed),
        cmocka_unit_test(a_chunk_that_overflowed_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
