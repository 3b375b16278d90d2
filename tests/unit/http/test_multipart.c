/* multipart/form-data (RFC 7578). */
#include "base/limits.h"
#include "http/multipart.h"
#include "unit.h"

#define DISPOSITION "Content-Disposition: form-data; "
#define OPEN        "--b\r\n"
#define CLOSE       "\r\n--b--\r\n"

/* Reads all parts; `last` is the last of them. */
static agentos_status read_all(arena *a, str boundary, str body, size_t *count,
                               struct form_field *last, agentos_error *err)
{
    struct multipart m;
    bool more = true;

    *count = 0;
    TRY(multipart_open(a, boundary, body, &m, err));
    for (;;) {
        TRY(multipart_next(&m, a, last, &more, err));
        if (!more)
            return AGENTOS_OK;
        ++*count;
    }
}

static void parts_become_fields(void **state)
{
    static const struct {
        str body;
        size_t count;
        struct form_field last;
    } cases[] = {
        { STR_INIT("--b--\r\n"), 0, { .is_file = false } },
        { STR_INIT(OPEN DISPOSITION "name=\"a\"\r\n\r\n1" CLOSE),
          1,
          { .name = STR_INIT("a"), .value = STR_INIT("1") } },
        { STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n\r\n--b--"), 1, { .name = STR_INIT("a") } },
        { STR_INIT(OPEN DISPOSITION
                   "name=\"a\"\r\n\r\n1\r\n--b\r\n"
                   "content-disposition:form-data;name=\"c d\"\r\n\r\nline\r\n-- b\nline" CLOSE),
          2,
          { .name = STR_INIT("c d"), .value = STR_INIT("line\r\n-- b\nline") } },
        { STR_INIT(OPEN "X-Other: 1\r\n" DISPOSITION "name=\"f\"; filename=\"a.txt\"\r\n"
                        "Content-Type: text/plain\r\n\r\nte\0xt\xFF" CLOSE),
          1,
          { .name = STR_INIT("f"),
            .value = STR_INIT("te\0xt\xFF"),
            .is_file = true,
            .filename = STR_INIT("a.txt"),
            .content_type = STR_INIT("text/plain") } },
        { STR_INIT(OPEN DISPOSITION "name=\"f\"; filename=\"\"\r\n\r\n" CLOSE),
          1,
          { .name = STR_INIT("f"), .is_file = true } },
        { STR_INIT(OPEN DISPOSITION "name=\"f\"; filename*=utf-8''%C3%A9.txt\r\n\r\n" CLOSE),
          1,
          { .name = STR_INIT("f"), .is_file = true, .filename = STR_INIT("\xC3\xA9.txt") } },
        { STR_INIT(OPEN DISPOSITION "name=\"a\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n1" CLOSE),
          1,
          { .name = STR_INIT("a"), .value = STR_INIT("1") } },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form_field last = { 0 };
        agentos_error err = { 0 };
        size_t count;

        if (read_all(a, STR("b"), cases[i].body, &count, &last, &err) != AGENTOS_OK)
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(count, cases[i].count);
        assert_text(last.name, cases[i].last.name);
        assert_text(last.value, cases[i].last.value);
        assert_text(last.filename, cases[i].last.filename);
        assert_text(last.content_type, cases[i].last.content_type);
        assert_int_equal(last.is_file, cases[i].last.is_file);
    }
}

/* RFC 2046 §5.1.1. */
static void what_surrounds_the_parts_is_ignored(void **state)
{
    static const struct {
        str body;
        size_t count;
    } cases[] = {
        { STR_INIT("preamble\r\n--b--\r\n"), 0 },
        { STR_INIT("--b--\r\nepilogue"), 0 },
        { STR_INIT("\r\n" OPEN DISPOSITION "name=a\r\n\r\n1" CLOSE), 1 },
        { STR_INIT("This is a form.\r\n--\r\nb --b\r\n" OPEN DISPOSITION "name=a\r\n\r\n1" CLOSE),
          1 },
        { STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n1" CLOSE "\r\n" OPEN DISPOSITION
                                    "name=c\r\n\r\n2" CLOSE), /* the epilogue has no parts */
          1 },
        { STR_INIT("\0\xFF\r\n" OPEN DISPOSITION "name=a\r\n\r\n1" CLOSE "\0\xFF"), 1 },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (EACH(cases, c)) {
        struct form_field last = { 0 };
        size_t count;

        assert_int_equal(read_all(a, STR("b"), c->body, &count, &last, NULL), AGENTOS_OK);
        assert_int_equal(count, c->count);
        if (count > 0)
            assert_text(last.value, STR("1"));
    }
}

static void malformed_bodies_are_refused(void **state)
{
    static const str cases[] = {
        STR_INIT(""),
        STR_INIT("--b"),
        STR_INIT("--b\r\n"),
        STR_INIT("--b-"),
        STR_INIT("preamble"),
        STR_INIT("preamble --b--\r\n"),
        STR_INIT("preamble\n--b--\r\n"),
        STR_INIT("preamble\r\n --b--\r\n"),
        STR_INIT("\r\n--bc\r\n--b--"),
        STR_INIT("--b--epilogue"),
        STR_INIT("--b--\nepilogue"),
        STR_INIT("--b-- \r\n"),
        STR_INIT("--b \r\n" DISPOSITION "name=a\r\n\r\n1" CLOSE),
        STR_INIT("--b\n" DISPOSITION "name=a\n\n1\n--b--\n"),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n1"),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n1\r\n--b"),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n1\r\n--bc\r\n--b--"),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n1\n--b--"),
        STR_INIT(OPEN DISPOSITION "name=a\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\n\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\r\n folded: 1\r\n\r\n1" CLOSE),
        STR_INIT(OPEN "\r\n1" CLOSE),
        STR_INIT(OPEN "Content-Disposition: form-data\r\n\r\n1" CLOSE),
        STR_INIT(OPEN "Content-Disposition: attachment; name=a\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a; name=b\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\r\n" DISPOSITION "name=a\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n\xFF" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a\r\n\r\n\0" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=\"\xFF\"\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a; filename=\"\xFF\"\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a; filename*=latin1''x\r\n\r\n1" CLOSE),
        STR_INIT(OPEN DISPOSITION "name=a; filename*=utf-8''%zz\r\n\r\n1" CLOSE),
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form_field last;
        agentos_error err = { 0 };
        size_t count;

        if (read_all(a, STR("b"), cases[i], &count, &last, &err) != AGENTOS_INVALID)
            fail_msg("case %zu was accepted", i);
        assert_true(err.message[0] != '\0');
    }
}

static void part_headers_are_bounded(void **state)
{
    AUTO(arena) *a = arena_new();
    size_t count;
    struct form_field last;

    (void)state;
    for (int extra = 0; extra <= 1; extra++) {
        str body = str_of(arena_printf(a, OPEN DISPOSITION "name=a\r\nX:%0*d\r\n\r\n1" CLOSE,
                                       PART_HEADERS_MAX_BYTES - 40 + extra, 0));
        assert_int_equal(read_all(a, STR("b"), body, &count, &last, NULL),
                         extra == 0 ? AGENTOS_OK : AGENTOS_INVALID);
    }
}

static void boundaries_are_checked(void **state)
{
    static const struct {
        const char *boundary;
        bool is_fine;
    } cases[] = {
        { "b", true },
        { "----WebKitFormBoundary7MA4YWxkTrZu0gW", true },
        { "a b", true },
        { "", false },
        { "a ", false },
        { "a\"b", false },
        { "a\nb", false },
        { "0123456789012345678901234567890123456789012345678901234567890123456789", true },
        { "01234567890123456789012345678901234567890123456789012345678901234567890", false },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct multipart m;
        str body = str_of(arena_printf(a, "--%s--", cases[i].boundary));

        if ((multipart_open(a, str_of(cases[i].boundary), body, &m, NULL) == AGENTOS_OK) !=
            cases[i].is_fine)
            fail_msg("%s", cases[i].boundary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_become_fields),
        cmocka_unit_test(what_surrounds_the_parts_is_ignored),
        cmocka_unit_test(malformed_bodies_are_refused),
        cmocka_unit_test(part_headers_are_bounded),
        cmocka_unit_test(boundaries_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
