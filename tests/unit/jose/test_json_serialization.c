/* Tokens in JSON. RFC 7515 §7.2 lets a token be an object with several signatures and with headers
 * that nobody signed: python-jwt verified one reading of a text and used the other
 * (CVE-2022-39227), go-jose took whichever signature fitted (CVE-2016-9122), web-token the alg of
 * the unprotected header (GHSA-jc38-x7x8-2xc8), jwx dereferenced what was not there
 * (CVE-2024-21664). jws_parse() knows the compact form alone. */
#include "base/mem.h"

#include "tokens.h"

/* %1$s header, %2$s payload, %3$s signature, each of a good token. */
static const char *const objects[] = {
    "{\"payload\":\"%2$s\",\"protected\":\"%1$s\",\"signature\":\"%3$s\"}",
    "{\"payload\":\"%2$s\",\"signatures\":[{\"protected\":\"%1$s\",\"signature\":\"%3$s\"}]}",
    "{\"payload\":\"%2$s\",\"signatures\":[{\"protected\":\"%1$s\",\"signature\":\"AAAA\"},"
    "{\"protected\":\"%1$s\",\"signature\":\"%3$s\"}]}",
    "{\"payload\":\"%2$s\",\"header\":{\"alg\":\"HS256\"},\"signature\":\"%3$s\"}",
    "{\"payload\":\"%2$s\",\"header\":{\"alg\":\"none\"},\"protected\":\"%1$s\","
    "\"signature\":\"%3$s\"}",
    "{\"payload\":\"%2$s\",\"signatures\":null}",
    "{\"payload\":\"%2$s\",\"signatures\":[null]}",
    "{\"signatures\":[{}]}",
    "{\"payload\":null,\"protected\":\"%1$s\",\"signature\":\"%3$s\"}",
    "{}",
    "[\"%1$s\",\"%2$s\",\"%3$s\"]",
    "\"%1$s\"",
};

static void good_parts(arena *a, char *parts[3])
{
    str rest = test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", "{\"sub\":\"u\"}");

    for (size_t i = 0; i < 3; i++)
        parts[i] = arena_copy(a, str_split(&rest, '.'));
}

static void no_object_is_a_token(void **state)
{
    AUTO(arena) *a = arena_new();
    char *parts[3];

    (void)state;
    good_parts(a, parts);
    assert_accepted(str_of(arena_printf(a, "%s.%s.%s", parts[0], parts[1], parts[2])),
                    test_key("HS256"));
    for (size_t i = 0; i < COUNT(objects); i++) {
        AUTO_BUF text = buf_with_limit(4 * KiB);
        str rest = str_of(objects[i]);

        while (rest.len > 0) { /* "%N$s" is part N */
            buf_append(&text, str_split(&rest, '%'));
            if (rest.len < 4)
                break;
            buf_append(&text, str_of(parts[rest.ptr[0] - '1']));
            rest = str_from(rest, 3);
        }
        assert_refused(buf_view(&text), test_key("HS256"), "Not enough segments");
    }
}

/* A text that is an object to one reader and three parts to another: here it is neither. */
static void a_polyglot_of_json_and_compact_is_refused(void **state)
{
    static const struct {
        const char *pattern, *reason;
    } cases[] = {
        { "{\"%s.eyJzdWIiOiJhZG1pbiJ9.\":\"\",\"protected\":\"%s\"}", "Invalid header padding" },
        { " %s.eyJzdWIiOiJhZG1pbiJ9.%s", "Invalid header padding" },
        { "%s.eyJzdWIiOiJhZG1pbiJ9.{\"protected\":\"%s\"}", "Invalid crypto padding" },
        { "%s.{\"payload\":\"%s\"}.AAAA", "Invalid payload padding" },
    };
    AUTO(arena) *a = arena_new();
    char *parts[3];

    (void)state;
    good_parts(a, parts);
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF text = buf_with_limit(4 * KiB);
        str rest = str_of(cases[i].pattern);

        buf_append(&text, str_split(&rest, '%'));
        buf_append(&text, str_of(parts[0]));
        rest = str_from(rest, 1);
        buf_append(&text, str_split(&rest, '%'));
        buf_append(&text, str_of(parts[2]));
        buf_append(&text, str_from(rest, 1));
        assert_refused(buf_view(&text), test_key("HS256"), cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_object_is_a_token),
        cmocka_unit_test(a_polyglot_of_json_and_compact_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
