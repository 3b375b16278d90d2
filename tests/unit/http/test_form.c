/* Forms by their Content-Type: queries, urlencoded bodies, and the way into multipart. */
#include "base/limits.h"
#include "http/form.h"
#include "unit.h"

static agentos_status parse(arena *a, const char *type, str body, struct form *out,
                            agentos_error *err)
{
    struct header header = { STR("Content-Type"), str_of(type) };
    struct headers headers = { &header, type != NULL ? 1 : 0 };

    return form_parse_body(a, &headers, body, out, err);
}

static void queries_are_split_and_decoded(void **state)
{
    static const struct {
        str query;
        size_t count;
        str name, value; /* of the last field */
    } cases[] = {
        { STR_INIT(""), 0, STR_INIT(""), STR_INIT("") },
        { STR_INIT("a=1"), 1, STR_INIT("a"), STR_INIT("1") },
        { STR_INIT("a=1&b=2+3"), 2, STR_INIT("b"), STR_INIT("2 3") },
        { STR_INIT("a=1&&b="), 2, STR_INIT("b"), STR_INIT("") },
        { STR_INIT("&a"), 1, STR_INIT("a"), STR_INIT("") },
        { STR_INIT("a=b=c"), 1, STR_INIT("a"), STR_INIT("b=c") },
        { STR_INIT("%61=%62"), 1, STR_INIT("a"), STR_INIT("b") },
        { STR_INIT("session_state=%7B%22k%22%3A+1%7D"), 1, STR_INIT("session_state"),
          STR_INIT("{\"k\": 1}") },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form form;

        assert_int_equal(form_parse_query(a, cases[i].query, 64, &form, NULL), AGENTOS_OK);
        assert_int_equal(form.count, cases[i].count);
        if (form.count > 0) {
            assert_text(form.fields[form.count - 1].name, cases[i].name);
            assert_text(form.fields[form.count - 1].value, cases[i].value);
        }
    }
}

static void malformed_queries_are_refused(void **state)
{
    static const str cases[] = { STR_INIT("a=%"), STR_INIT("%zz=1"), STR_INIT("a=%00"),
                                 STR_INIT("a=1&b=2&c=3") };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form form;
        agentos_error err = { 0 };

        assert_int_equal(form_parse_query(a, cases[i], 2, &form, &err), AGENTOS_INVALID);
        assert_true(err.message[0] != '\0');
    }
}

static void many_fields_keep_their_order(void **state)
{
    AUTO(arena) *a = arena_new();
    char query[4 * FORM_FIELDS_MAX + 1] = "";
    struct form form;

    (void)state;
    for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
        (void)snprintf(query + 4 * i, 5, "%02zu=&", i);
    assert_int_equal(form_parse_query(a, str_of(query), FORM_FIELDS_MAX, &form, NULL), AGENTOS_OK);
    assert_int_equal(form.count, FORM_FIELDS_MAX);
    assert_text(form.fields[0].name, STR("00"));
    assert_text(form.fields[FORM_FIELDS_MAX - 1].name, STR("63"));
}

static void the_content_type_decides(void **state)
{
    static const char multipart[] =
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
    static const struct {
        const char *type, *body;
        agentos_status status;
        size_t count;
    } cases[] = {
        { "application/x-www-form-urlencoded", "a=1", AGENTOS_OK, 1 },
        { "Application/X-WWW-Form-URLEncoded; charset=utf-8", "a=1", AGENTOS_OK, 1 },
        { "application/x-www-form-urlencoded", "a=%", AGENTOS_INVALID, 0 },
        { "multipart/form-data; boundary=b", multipart, AGENTOS_OK, 1 },
        { "multipart/form-data; boundary=\"b\"", multipart, AGENTOS_OK, 1 },
        { "multipart/form-data", multipart, AGENTOS_INVALID, 0 },
        { "multipart/form-data; boundary=", multipart, AGENTOS_INVALID, 0 },
        { "multipart/form-data; boundary=c", multipart, AGENTOS_INVALID, 0 },
        { "application/json", "{\"a\":1}", AGENTOS_OK, 0 },
        { NULL, "a=1", AGENTOS_OK, 0 },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form form;

        if (parse(a, cases[i].type, str_of(cases[i].body), &form, NULL) != cases[i].status)
            fail_msg("%s", cases[i].type);
        assert_int_equal(form.count, cases[i].count);
    }
}

static void two_content_types_are_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct header all[] = { { STR("content-type"), STR("application/x-www-form-urlencoded") },
                            { STR("content-type"), STR("application/json") } };
    struct headers headers = { all, COUNT(all) };
    struct form form;

    (void)state;
    assert_int_equal(form_parse_body(a, &headers, STR("a=1"), &form, NULL), AGENTOS_INVALID);
}

static void the_last_field_that_is_no_file_is_found(void **state)
{
    static const struct form_field fields[] = {
        { .name = STR_INIT("a"), .value = STR_INIT("1") },
        { .name = STR_INIT("a"), .value = STR_INIT("2") },
        { .name = STR_INIT("a"), .value = STR_INIT("file"), .is_file = true },
    };
    struct form form = { fields, COUNT(fields) };

    (void)state;
    assert_text(*form_find(&form, STR("a")), STR("2"));
    assert_null(form_find(&form, STR("A")));
    assert_null(form_find(&(struct form){ 0 }, STR("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_are_split_and_decoded),
        cmocka_unit_test(malformed_queries_are_refused),
        cmocka_unit_test(many_fields_keep_their_order),
        cmocka_unit_test(the_content_type_decides),
        cmocka_unit_test(two_content_types_are_refused),
        cmocka_unit_test(the_last_field_that_is_no_file_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
