/* Log lines as they leave the process: standard error is a pipe here. A value may hold anything and
 * still is one value on one line. */
#include "base/log.h"

#include <jansson.h>
#include <unistd.h>

#include "unit.h"

static int saved_stderr, pipe_ends[2];

static void capture_begin(void)
{
    assert_int_equal(pipe(pipe_ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0);
    assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
    (void)close(pipe_ends[1]);
}

/* Everything that was written since, NUL-terminated; "" for nothing. */
static const char *capture_end(void)
{
    static char text[64 * 1024];
    size_t len = 0;
    ssize_t got;

    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    (void)close(saved_stderr);
    while ((got = read(pipe_ends[0], text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)got;
    (void)close(pipe_ends[0]);
    text[len] = '\0';
    return text;
}

static const char *line_of(enum log_format format, const struct log_field *fields)
{
    log_setup(LOG_INFO, format);
    capture_begin();
    log_write(LOG_INFO, "request", fields);
    return capture_end();
}

/* What follows the time. */
static const char *text_line(str value)
{
    const char *line =
        line_of(LOG_TEXT, (struct log_field[]){ log_str("path", value), { .name = NULL } });

    assert_true(strlen(line) > strlen("2026-11-21T19:16:08.607744Z "));
    return line + strlen("2026-11-21T19:16:08.607744Z ");
}

static void text_values_are_quoted_where_they_must_be(void **state)
{
    static const struct {
        str value;
        const char *line;
    } cases[] = {
        { STR_INIT("/agents"), "info request path=/agents\n" },
        { STR_INIT(""), "info request path=\"\"\n" },
        { STR_INIT("a b"), "info request path=\"a b\"\n" },
        { STR_INIT("a=b"), "info request path=\"a=b\"\n" },
        { STR_INIT("say \"hi\"\\"), "info request path=\"say \\\"hi\\\"\\\\\"\n" },
        { STR_INIT("caf\xC3\xA9"), "info request path=caf\xC3\xA9\n" },
    };

    (void)state;
    for (EACH(cases, c))
        assert_string_equal(text_line(c->value), c->line);
}

static void a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    assert_string_equal(text_line(STR("x\n2026-01-01T00:00:00.000000Z info request user=root")),
                        "info request path=\"x\\u000a2026-01-01T00:00:00.000000Z info request "
                        "user=root\"\n");
    assert_string_equal(text_line(STR("a\r\x1B[2Jb\x7F")),
                        "info request path=\"a\\u000d\\u001b[2Jb\\u007f\"\n");
    assert_string_equal(text_line(STR("x\0y")), "info request path=\"x\\u0000y\"\n");
}

static void controls_beyond_ascii_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(text_line(STR("a\xC2\x9B"
                                      "2J")),
                        "info request path=a\\u009b2J\n");
    assert_string_equal(text_line(STR("a\xC2\xA0"
                                      "b")),
                        "info request path=a\xC2\xA0"
                        "b\n");
}

static void bytes_that_are_not_utf8_are_shown_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(text_line(STR("a\xFF\x80z")), "info request path=a\\u00ff\\u0080z\n");
}

static json_t *json_line(const struct log_field *fields)
{
    const char *line = line_of(LOG_JSON, fields);
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(json);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    return json;
}

static void json_lines_hold_the_values_unchanged(void **state)
{
    static const char *const values[] = { "/agents",      "",
                                          "a \"b\" \\ c", "x\ny\tz\x01",
                                          "caf\xC3\xA9",  "\",\"user\":\"root" };

    (void)state;
    for (EACH(values, value)) {
        json_t *json = json_line((struct log_field[]){
            log_text("path", *value), log_int("status", -200), { .name = NULL } });

        assert_string_equal(json_string_value(json_object_get(json, "path")), *value);
        assert_int_equal(json_integer_value(json_object_get(json, "status")), -200);
        assert_string_equal(json_string_value(json_object_get(json, "level")), "info");
        assert_string_equal(json_string_value(json_object_get(json, "event")), "request");
        assert_non_null(json_object_get(json, "time"));
        assert_int_equal(json_object_size(json), 5);
        json_decref(json);
    }
}

static void a_json_line_is_utf8_whatever_the_value(void **state)
{
    (void)state;
    json_decref(
        json_line((struct log_field[]){ log_str("path", STR("a\xFFz")), { .name = NULL } }));
}

static void a_long_value_is_cut_between_characters(void **state)
{
    char value[4000];

    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        memset(value, 'x', sizeof(value));
        for (size_t at = shift; at + 3 <= sizeof(value); at += 3)
            memcpy(value + at, "\xE2\x82\xAC", 3);
        str whole = str_cut((str){ value, sizeof(value) }, sizeof(value) - 3);
        json_t *json = json_line((struct log_field[]){ log_str("path", whole), { .name = NULL } });
        size_t len = json_string_length(json_object_get(json, "path"));

        assert_in_range(len, 1024, 1024 + 8);
        json_decref(json);
    }
}

static void no_value_can_suppress_its_line(void **state)
{
    char controls[2000];
    struct log_field fields[9] = { { .name = NULL } };

    (void)state;
    memset(controls, 1, sizeof(controls));
    for (size_t i = 0; i < 8; i++)
        fields[i] = log_str("value", (str){ controls, sizeof(controls) });
    const char *line = line_of(LOG_TEXT, fields);
    assert_non_null(strstr(line, "info request value=\"\\u0001"));
    assert_non_null(strstr(line, "...\"\n"));
}

static void lines_below_the_threshold_are_dropped(void **state)
{
    (void)state;
    log_setup(LOG_WARNING, LOG_TEXT);
    capture_begin();
    LOG(LOG_INFO, "quiet");
    LOG(LOG_WARNING, "heard", log_int("n", 1));
    LOG(LOG_ERROR, "also heard");
    const char *lines = capture_end();
    assert_null(strstr(lines, "quiet"));
    assert_non_null(strstr(lines, "warning heard n=1\n"));
    assert_non_null(strstr(lines, "error also heard\n"));
    assert_false(log_is_on(LOG_INFO));
    assert_true(log_is_on(LOG_WARNING));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_values_are_quoted_where_they_must_be),
        cmocka_unit_test(a_value_cannot_forge_a_line),
        cmocka_unit_test(controls_beyond_ascii_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_shown_one_by_one),
        cmocka_unit_test(json_lines_hold_the_values_unchanged),
        cmocka_unit_test(a_json_line_is_utf8_whatever_the_value),
        cmocka_unit_test(a_long_value_is_cut_between_characters),
        cmocka_unit_test(no_value_can_suppress_its_line),
        cmocka_unit_test(lines_below_the_threshold_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
