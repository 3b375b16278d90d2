/* The quick way into JSON. That it never says more than jansson is the fuzz target's to show; here
 * is what it must not leave to it, since that is what it is for. */
#include "json/plain.h"

#include "base/buf.h"
#include "base/limits.h"
#include "json/parse.h"

#include "unit.h"

static void plain_documents_are_read_as_jansson_reads_them(void **state)
{
    static const char *const cases[] = {
        "{}",
        "[]",
        " { } ",
        "[[],{},[[]],\"\",0,-0,-7,true,false,null]",
        "{\"\":\"\",\"a\":{\"a\":{\"a\":[1,2,3]}},\"b\":[{\"c\":1},{\"c\":2}]}",
        "\t{\r\n\"iss\" : \"https://id.example.com/\" ,\"aud\": [ \"a\" , \"b\" ] }\n",
        "{\"name\":\"Zo\xC3\xAB \xF0\x9F\x98\x80\",\"caf\xC3\xA9\":1,\"del\":\"\x7f\"}",
        "[999999999999999999,-999999999999999999]",
    };

    (void)state;
    for (EACH(cases, text)) {
        AUTO(json_t) *plain = json_read_plain(str_of(*text));
        AUTO(json_t) *full = json_loads(*text, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(plain);
        assert_int_equal(json_equal(plain, full), 1);
    }
}

static void everything_else_is_left_to_jansson(void **state)
{
    static const str cases[] = {
        STR_INIT(""),
        STR_INIT(" "),
        STR_INIT("5"),
        STR_INIT("\"a\""),
        STR_INIT("null"),
        STR_INIT("{"),
        STR_INIT("["),
        STR_INIT("[}"),
        STR_INIT("{]"),
        STR_INIT("{} {}"),
        STR_INIT("[]x"),
        STR_INIT("[1,]"),
        STR_INIT("[,1]"),
        STR_INIT("[1 2]"),
        STR_INIT("{\"a\":1,}"),
        STR_INIT("{\"a\"}"),
        STR_INIT("{\"a\":}"),
        STR_INIT("{\"a\" 1}"),
        STR_INIT("{a:1}"),
        STR_INIT("{1:1}"),
        STR_INIT("{\"a\":1,\"a\":1}"),
        STR_INIT("[{\"a\":1,\"b\":2,\"a\":3}]"),
        STR_INIT("[\"\\n\"]"),
        STR_INIT("{\"\\u0061\":1}"),
        STR_INIT("[\"a\nb\"]"),
        STR_INIT("[\"a\0b\"]"),
        STR_INIT("[\"\xFF\"]"),
        STR_INIT("[\"\xED\xA0\x80\"]"),
        STR_INIT("[\"a]"),
        STR_INIT("[1.5]"),
        STR_INIT("[1e5]"),
        STR_INIT("[01]"),
        STR_INIT("[-]"),
        STR_INIT("[+1]"),
        STR_INIT("[1234567890123456789]"),
        STR_INIT("[tru]"),
        STR_INIT("[truer]"),
        STR_INIT("[NaN]"),
        STR_INIT("[]\0"),
        STR_INIT("\xEF\xBB\xBF[]"),
    };

    (void)state;
    for (EACH(cases, text))
        if (json_read_plain(*text) != NULL)
            fail_msg("%.*s", (int)text->len, text->ptr);
}

static void it_goes_as_deep_as_is_allowed(void **state)
{
    AUTO_BUF text = buf_with_limit(4 * KiB);

    (void)state;
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        buf_append_char(&text, '[');
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        buf_append_char(&text, ']');
    AUTO(json_t) *deepest = json_read_plain(buf_view(&text));
    assert_non_null(deepest);

    AUTO_BUF deeper = buf_with_limit(4 * KiB);
    buf_append_char(&deeper, '[');
    buf_append(&deeper, buf_view(&text));
    buf_append_char(&deeper, ']');
    assert_null(json_read_plain(buf_view(&deeper)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_documents_are_read_as_jansson_reads_them),
        cmocka_unit_test(everything_else_is_left_to_jansson),
        cmocka_unit_test(it_goes_as_deep_as_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
