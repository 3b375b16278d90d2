/* Response heads, line by line. */
#include "base/limits.h"
#include "http/response_head.h"
#include "unit.h"

static void a_head_is_complete_at_its_empty_line(void **state)
{
    static const char *const lines[] = { "HTTP/1.1 200 OK\r\n", "A: 1\r\n", "b:  2 \r\n",
                                         "Empty:\r\n" };
    struct response_head head = { 0 };
    struct headers headers;
    str value;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(response_head_line(&head, str_of(lines[i])));
        assert_false(response_head_is_new(&head));
    }
    assert_true(response_head_line(&head, STR("\r\n")));
    assert_true(response_head_is_new(&head));
    assert_false(response_head_is_new(&head));
    assert_int_equal(head.status, 200);
    headers = (struct headers){ head.all, head.count };
    assert_int_equal(headers.count, 3);
    assert_true(headers_find(&headers, STR("a"), &value));
    assert_text(value, STR("1"));
    assert_true(headers_find(&headers, STR("B"), &value));
    assert_text(value, STR("2"));
    response_head_clear(&head);
    assert_true(response_head_line(&head, STR("trailer: x\r\n")));
    assert_false(response_head_is_new(&head));
    response_head_clear(&head);
}

static void interim_answers_are_passed_over(void **state)
{
    static const char *const lines[] = {
        "HTTP/1.1 100 Continue\r\n", "x: y\r\n", "\r\n",
        "HTTP/1.1 103\r\n",          "\r\n",     "HTTP/1.1 404 Not Found\r\n"
    };
    struct response_head head = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(response_head_line(&head, str_of(lines[i])));
        assert_false(response_head_is_new(&head));
    }
    assert_true(response_head_line(&head, STR("\r\n")));
    assert_true(response_head_is_new(&head));
    assert_int_equal(head.status, 404);
    assert_int_equal(head.count, 0);
    response_head_clear(&head);
}

static void what_is_no_http_is_refused(void **state)
{
    static const char *const cases[] = { "ICY 200 OK\r\n", "HTTP/1.1\r\n", "HTTP/1.1 20x\r\n",
                                         "HTTP/1.1 99 x\r\n" };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct response_head head = { 0 };

        assert_false(response_head_line(&head, str_of(cases[i])));
        response_head_clear(&head);
    }

    struct response_head head = { 0 };
    assert_true(response_head_line(&head, STR("HTTP/1.1 200 OK\r\n")));
    assert_false(response_head_line(&head, STR("no colon\r\n")));
    response_head_clear(&head);
}

static void heads_are_bounded(void **state)
{
    static char line[RESPONSE_HEADERS_MAX_BYTES];
    struct response_head head = { 0 };

    (void)state;
    assert_true(response_head_line(&head, STR("HTTP/1.1 200 OK\r\n")));
    for (int i = 0; i < RESPONSE_HEADERS_MAX; i++)
        assert_true(response_head_line(&head, STR("a: b\r\n")));
    assert_false(response_head_line(&head, STR("a: b\r\n")));
    response_head_clear(&head);

    head = (struct response_head){ 0 };
    memset(line, ':', sizeof(line));
    assert_true(response_head_line(&head, STR("HTTP/1.1 200 OK\r\n")));
    assert_false(response_head_line(&head, (str){ line, sizeof(line) }));
    response_head_clear(&head);
}

static void trailers_are_bounded_with_the_head(void **state)
{
    struct response_head head = { 0 };
    size_t taken = 0;

    (void)state;
    assert_true(response_head_line(&head, STR("HTTP/1.1 200 OK\r\n")));
    assert_true(response_head_line(&head, STR("\r\n")));
    assert_true(response_head_is_new(&head));
    while (taken <= RESPONSE_HEADERS_MAX_BYTES && response_head_line(&head, STR("a: b\r\n")))
        taken += strlen("a: b\r\n");
    assert_in_range(taken, RESPONSE_HEADERS_MAX_BYTES / 2, RESPONSE_HEADERS_MAX_BYTES);
    response_head_clear(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_complete_at_its_empty_line),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(what_is_no_http_is_refused),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(trailers_are_bounded_with_the_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
