/* The writer's text, character by character; and that what it escapes reads back the same. */
#include "json/writer.h"

#include <float.h>
#include <math.h>

#include "json/parse.h"

#include "unit.h"

static void commas_and_colons_stand_where_they_belong(void **state)
{
    AUTO_BUF out = buf_with_limit(1024);
    writer w = { .out = &out };

    (void)state;
    write_object(&w);
    write_member(&w, "a", "x");
    write_member(&w, "b", NULL);
    write_member_if(&w, "c", NULL);
    write_member_if(&w, "d", "y");
    write_key(&w, "list");
    write_array(&w);
    write_integer(&w, 1);
    write_object(&w);
    write_end(&w);
    write_array(&w);
    write_end(&w);
    write_bool(&w, true);
    write_raw(&w, STR("{\"raw\":0}"));
    write_null(&w);
    write_end(&w);
    write_member_int(&w, "n", INT64_MIN);
    write_member_bool(&w, "f", false);
    write_member_real(&w, "r", 0);
    write_key_str(&w, STR("j"));
    write_json(&w, NULL);
    write_end(&w);
    assert_text(buf_view(&out),
                STR("{\"a\":\"x\",\"b\":null,\"d\":\"y\",\"list\":[1,{},[],true,{\"raw\":0},null],"
                    "\"n\":-9223372036854775808,\"f\":false,\"r\":0.0,\"j\":null}"));
    assert_int_equal(w.depth, 0);
}

static void texts_are_escaped_so_that_none_ends_early(void **state)
{
    static const struct {
        str text, json;
    } cases[] = {
        { STR_INIT(""), STR_INIT("\"\"") },
        { STR_INIT("\",\"admin\":true,\""), STR_INIT("\"\\\",\\\"admin\\\":true,\\\"\"") },
        { STR_INIT("\\"), STR_INIT("\"\\\\\"") },
        { STR_INIT("a\b\t\n\f\rz"), STR_INIT("\"a\\b\\t\\n\\f\\rz\"") },
        { STR_INIT("\0\x01\x1F"), STR_INIT("\"\\u0000\\u0001\\u001f\"") },
        { STR_INIT("\x7F/<"), STR_INIT("\"\x7F/<\"") },
        { STR_INIT("caf\xC3\xA9 \xF0\x9F\x98\x80"), STR_INIT("\"caf\xC3\xA9 \xF0\x9F\x98\x80\"") },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF out = buf_with_limit(1024);

        write_str(&(writer){ .out = &out }, c->text);
        assert_text(buf_view(&out), c->json);
    }
}

static void keys_are_escaped_like_texts(void **state)
{
    AUTO_BUF out = buf_with_limit(1024);
    writer w = { .out = &out };

    (void)state;
    write_object(&w);
    write_key_str(&w, STR("a\":1,\"b\n"));
    write_integer(&w, 2);
    write_end(&w);
    assert_text(buf_view(&out), STR("{\"a\\\":1,\\\"b\\n\":2}"));
}

static void every_byte_reads_back_the_same(void **state)
{
    char all[127];

    (void)state;
    for (int i = 0; i < 127; i++)
        all[i] = (char)(i + 1);
    AUTO_BUF out = buf_with_limit(4096);
    writer w = { .out = &out };
    write_array(&w);
    write_str(&w, (str){ all, sizeof(all) });
    write_end(&w);
    AUTO(json_t) *json = NULL;
    assert_int_equal(json_parse_owned(buf_view(&out), PARSE_STRICT, &json, NULL), AGENTOS_OK);
    const json_t *text = json_array_get(json, 0);
    str read = { json_string_value(text), json_string_length(text) };
    str written = { all, sizeof(all) };
    assert_text(read, written);
}

static void reals_read_back_the_same_with_few_digits(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0, "0.0" },
        { 1, "1.0" },
        { -2.5, "-2.5" },
        { 0.1, "0.1" },
        { 1e22, "1e+22" },
        { 1732216568.123456, "1732216568.123456" },
        { 0.0011577039995245286, "0.0011577039995245286" },
        { 3.265899977122899e-05, "3.265899977122899e-05" },
        { 1.0 / 3, "0.3333333333333333" },
    };
    uint64_t seed = 7;

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF out = buf_with_limit(64);

        write_real(&(writer){ .out = &out }, c->value);
        assert_string_equal(out.ptr, c->text);
    }
    for (int i = 0; i < 20000; i++) {
        AUTO_BUF out = buf_with_limit(64);
        uint64_t bits = next_number(&seed);
        double value = 0;

        memcpy(&value, &bits, sizeof(value));
        write_real(&(writer){ .out = &out }, value);
        assert_true(isfinite(value) ? strtod(out.ptr, NULL) == value
                                    : strcmp(out.ptr, "null") == 0);
    }
}

static void what_is_no_number_is_null(void **state)
{
    static const double values[] = { (double)NAN, (double)INFINITY, -(double)INFINITY };

    (void)state;
    for (EACH(values, value)) {
        AUTO_BUF out = buf_with_limit(64);

        write_real(&(writer){ .out = &out }, *value);
        assert_string_equal(out.ptr, "null");
    }
}

/* Arrays and objects in turn: closing them needs to know which is which, at every depth. */
static void sixty_three_levels_can_be_written(void **state)
{
    AUTO_BUF out = buf_with_limit(1024), wanted = buf_with_limit(1024);
    writer w = { .out = &out };

    (void)state;
    for (unsigned level = 0; level < 63; level++) {
        buf_append(&wanted, level % 2 == 0 ? STR("[") : STR("{\"k\":"));
        if (level % 2 == 0) {
            write_array(&w);
            continue;
        }
        write_object(&w);
        write_key(&w, "k");
    }
    for (unsigned level = 63; level-- > 0;) {
        buf_append(&wanted, level % 2 == 0 ? STR("]") : STR("}"));
        write_end(&w);
    }
    assert_text(buf_view(&out), buf_view(&wanted));
}

static void stored_values_are_written_as_they_are(void **state)
{
    AUTO(json_t) *json = NULL;
    AUTO_BUF out = buf_with_limit(1024);
    writer w = { .out = &out };

    (void)state;
    assert_int_equal(
        json_parse_owned(STR("{\"z\":1,\"a\":[true,false,null,\"\xC3\xA9\\n\"],\"m\":{},"
                             "\"r\":[0.001229671999681159,3.265899977122899e-05,2.0]}"),
                         PARSE_STRICT, &json, NULL),
        AGENTOS_OK);
    write_array(&w);
    write_json(&w, json);
    write_json(&w, json_object_get(json, "z"));
    write_end(&w);
    assert_text(buf_view(&out), STR("[{\"z\":1,\"a\":[true,false,null,\"\xC3\xA9\\n\"],\"m\":{},"
                                    "\"r\":[0.001229671999681159,3.265899977122899e-05,2.0]},1]"));
}

static void an_overflow_shows_at_the_end(void **state)
{
    AUTO(json_t) *json = json_pack("[s]", "a text that is longer than the buffer");
    AUTO_BUF out = buf_with_limit(8);
    writer w = { .out = &out };

    (void)state;
    write_object(&w);
    write_member(&w, "key", "too long for it");
    write_end(&w);
    assert_false(buf_ok(&out));
    buf_empty(&out);
    write_json(&(writer){ .out = &out }, json);
    assert_false(buf_ok(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_colons_stand_where_they_belong),
        cmocka_unit_test(texts_are_escaped_so_that_none_ends_early),
        cmocka_unit_test(keys_are_escaped_like_texts),
        cmocka_unit_test(every_byte_reads_back_the_same),
        cmocka_unit_test(reals_read_back_the_same_with_few_digits),
        cmocka_unit_test(what_is_no_number_is_null),
        cmocka_unit_test(sixty_three_levels_can_be_written),
        cmocka_unit_test(stored_values_are_written_as_they_are),
        cmocka_unit_test(an_overflow_shows_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
