/* Tables of members: what is written for each kind of row, with and without a value, and that the
 * schema says the same. */
#include "json/shape.h"

#include "unit.h"

struct inner {
    int64_t count;
};

struct record {
    const char *text;
    str view, json;
    bool flag;
    int64_t number, time;
    double ratio;
    const json_t *any;
    struct inner inner;
};

static const char *text_of(const void *record)
{
    return ((const struct record *)record)->text;
}

static bool has_flag(const void *record)
{
    return ((const struct record *)record)->flag;
}

static void write_list(const void *record, writer *w)
{
    write_array(w);
    write_integer(w, ((const struct record *)record)->number);
    write_end(w);
}

// clang-format off
static const struct member inner_members[] = { SHOW(struct inner, count, ALWAYS_THERE), MEMBERS_END };
static const struct shape inner_shape = { .name = "Inner", .parts = { inner_members } };
static const struct shape nameless_shape = { .parts = { inner_members } };
static const char *const words[] = { "a", "b", NULL };

static const struct {
    struct member row[2]; /* and its end */
    const char *full, *without, *schema; /* without: the record is empty; NULL: the same */
} cases[] = {
    { { SHOW(struct record, text, ALWAYS_THERE) },
      "{\"text\":\"t\"}", "{\"text\":null}", "{\"type\":\"string\"}" },
    { { SHOW(struct record, text, OR_LEFT_OUT) }, "{\"text\":\"t\"}", "{}", "{\"type\":\"string\"}" },
    { { SHOW(struct record, text, OR_NULL) },
      "{\"text\":\"t\"}", "{\"text\":null}", "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}" },
    { { SHOW(struct record, text, OR_EITHER, .words = words) },
      "{\"text\":\"t\"}", "{}", "{\"anyOf\":[{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},{\"type\":\"null\"}]}" },
    { { SHOW(struct record, view, ALWAYS_THERE) }, "{\"view\":\"v\"}", "{\"view\":\"\"}", "{\"type\":\"string\"}" },
    { { SHOW(struct record, flag, ALWAYS_THERE) }, "{\"flag\":true}", "{\"flag\":false}", "{\"type\":\"boolean\"}" },
    { { SHOW(struct record, number, ALWAYS_THERE) }, "{\"number\":7}", "{\"number\":0}", "{\"type\":\"integer\"}" },
    { { SHOW(struct record, number, OR_LEFT_OUT, .is_positive = true) }, "{\"number\":7}", "{}", "{\"type\":\"integer\"}" },
    { { SHOW(struct record, ratio, ALWAYS_THERE) }, "{\"ratio\":0.5}", "{\"ratio\":0.0}", "{\"type\":\"number\"}" },
    { { SHOW_TYPED(VALUE_TIME, "at", struct record, time, ALWAYS_THERE) },
      "{\"at\":\"1970-01-01T00:01:00Z\"}", "{\"at\":\"1970-01-01T00:00:00Z\"}", "{\"type\":\"string\",\"format\":\"date-time\"}" },
    { { SHOW_TYPED(VALUE_FREE, "state", struct record, json, OR_LEFT_OUT) },
      "{\"state\":{\"x\":1}}", "{}", "{\"type\":\"object\",\"additionalProperties\":true}" },
    { { SHOW_TYPED(VALUE_ANY, "any", struct record, any, OR_NULL) }, "{\"any\":null}", NULL, "{}" },
    { { SHOW_TEXT("name", text_of, OR_LEFT_OUT) }, "{\"name\":\"t\"}", "{}", "{\"type\":\"string\"}" },
    { { SHOW_WRITTEN(VALUE_INTEGER, "list", write_list, OR_LEFT_OUT, .is_list = true, .has_value = has_flag) },
      "{\"list\":[7]}", "{}", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}" },
    { { SHOW_WRITTEN(VALUE_KEY, "loc", write_list, ALWAYS_THERE, .is_list = true) },
      "{\"loc\":[7]}", "{\"loc\":[0]}", "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"integer\"]}}" },
    { { SHOW_OBJECT("inner", &inner_shape, ALWAYS_THERE, .offset = offsetof(struct record, inner)) },
      "{\"inner\":{\"count\":9}}", "{\"inner\":{\"count\":0}}", "{\"$ref\":\"#/components/schemas/Inner\"}" },
    { { SHOW_OBJECT("inner", &nameless_shape, ALWAYS_THERE, .offset = offsetof(struct record, inner)) },
      "{\"inner\":{\"count\":9}}", "{\"inner\":{\"count\":0}}",
      "{\"type\":\"object\",\"properties\":{\"count\":{\"type\":\"integer\"}},\"required\":[\"count\"],\"additionalProperties\":false}" },
    { { SHOW_CONSTANT(VALUE_STRING, "kind", "\"k\"") }, "{\"kind\":\"k\"}", NULL, "{\"type\":\"string\"}" },
    { { SHOW_EMPTY_LIST("none") }, "{\"none\":[]}", NULL, "{\"type\":\"array\",\"items\":{},\"maxItems\":0}" },
    { { SHOW_NOTHING("never", OR_EITHER) }, "{}", NULL, "{\"type\":\"null\"}" },
    { { SHOW_NOTHING("never", OR_NULL) }, "{\"never\":null}", NULL, "{\"type\":\"null\"}" },
};
// clang-format on

static const struct record full = { .text = "t",
                                    .view = STR_INIT("v"),
                                    .json = STR_INIT("{\"x\":1}"),
                                    .flag = true,
                                    .number = 7,
                                    .time = 60,
                                    .ratio = 0.5,
                                    .inner = { 9 } };
static const struct record empty = { .view = STR_INIT("") };

static void check_written(const struct shape *shape, const struct record *record,
                          enum absent_values absent, const char *expected)
{
    AUTO_BUF text = buf_with_limit(4096);

    shape_write(shape, record, absent, &(writer){ .out = &text });
    assert_text(buf_view(&text), str_of(expected));
}

static void every_row_is_written_with_and_without_a_value(void **state)
{
    (void)state;
    for (EACH(cases, c)) {
        const struct shape shape = { .parts = { c->row } };

        check_written(&shape, &full, ABSENT_LEFT_OUT, c->full);
        check_written(&shape, &empty, ABSENT_LEFT_OUT, c->without != NULL ? c->without : c->full);
    }
}

static void every_row_is_described(void **state)
{
    (void)state;
    for (EACH(cases, c)) {
        const struct shape shape = { .parts = { c->row } };
        bool is_required = c->row->need == ALWAYS_THERE || c->row->need == OR_NULL;
        AUTO_BUF text = buf_with_limit(4096);
        AUTO_BUF expected = buf_with_limit(4096);

        buf_printf(&expected, "{\"type\":\"object\",\"properties\":{\"%s\":%s},\"required\":[",
                   c->row->name, c->schema);
        if (is_required)
            buf_printf(&expected, "\"%s\"", c->row->name);
        buf_append(&expected, STR("],\"additionalProperties\":false}"));
        shape_describe(&shape, &(writer){ .out = &text });
        assert_text(buf_view(&text), buf_view(&expected));
    }
}

/* The same table shows nulls after a change, and leaves them out of a reading. */
static void absent_values_are_null_where_the_caller_asks_for_it(void **state)
{
    static const struct member members[] = {
        SHOW(struct record, text, OR_EITHER),
        SHOW_AS("left_out", struct record, text, OR_LEFT_OUT),
        SHOW_NOTHING("never", OR_EITHER),
        MEMBERS_END,
    };
    static const struct shape shape = { .parts = { members } };

    (void)state;
    check_written(&shape, &empty, ABSENT_LEFT_OUT, "{}");
    check_written(&shape, &empty, ABSENT_NULL, "{\"text\":null,\"never\":null}");
    check_written(&shape, &full, ABSENT_NULL, "{\"text\":\"t\",\"left_out\":\"t\",\"never\":null}");
}

static void count_shape(void *user, const struct shape *shape)
{
    (void)shape;
    ++*(size_t *)user;
}

static void a_union_refers_to_its_shapes_and_is_told_apart_by_a_tag(void **state)
{
    static const struct member members[] = { SHOW_AS("event", struct record, text, ALWAYS_THERE),
                                             MEMBERS_END };
    static const struct shape one = {
        .name = "One", .parts = { members, inner_members }, .tag = "event", .tag_value = "one"
    };
    static const struct shape *const choices[] = { &one, &inner_shape, NULL };
    static const struct shape either = { .name = "Either", .one_of = choices };
    AUTO_BUF text = buf_with_limit(4096);
    AUTO_BUF tagged = buf_with_limit(4096);
    size_t count = 0;

    (void)state;
    shape_describe(&either, &(writer){ .out = &text });
    assert_text(buf_view(&text), STR("{\"oneOf\":[{\"$ref\":\"#/components/schemas/One\"},"
                                     "{\"$ref\":\"#/components/schemas/Inner\"}]}"));
    shape_describe(&one, &(writer){ .out = &tagged });
    assert_text(buf_view(&tagged),
                STR("{\"type\":\"object\",\"properties\":{\"event\":{\"type\":\"string\","
                    "\"const\":\"one\"},\"count\":{\"type\":\"integer\"}},"
                    "\"required\":[\"event\",\"count\"],\"additionalProperties\":false}"));
    shape_each(&either, count_shape, &count);
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_written_with_and_without_a_value),
        cmocka_unit_test(every_row_is_described),
        cmocka_unit_test(absent_values_are_null_where_the_caller_asks_for_it),
        cmocka_unit_test(a_union_refers_to_its_shapes_and_is_told_apart_by_a_tag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
