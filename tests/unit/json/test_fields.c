/* Objects to structs and back by one table: every kind with what it takes and what it refuses. */
#include "json/fields.h"

#include "unit.h"

struct record {
    const char *text;
    bool flag;
    int64_t count;
    double ratio;
    const json_t *any;
};

// clang-format off
static const struct field record_fields[] = {
    FIELD(struct record, text,  REQUIRED),
    FIELD(struct record, flag,  OPTIONAL),
    FIELD(struct record, count, OPTIONAL),
    FIELD(struct record, ratio, OPTIONAL),
    FIELD(struct record, any,   OPTIONAL),
    FIELDS_END,
};
// clang-format on

static const struct record defaults = { .text = "t", .flag = true, .count = 7, .ratio = 0.5 };

/* Reads json into *out; the problems' text, or NULL when there was none. */
static const char *read_record(arena *a, const char *json, struct record *out)
{
    const json_t *object = NULL;
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF text = buf_with_limit(4096);

    assert_int_equal(json_parse(a, str_of(json), &object, NULL), AGENTOS_OK);
    *out = defaults;
    bool good = fields_read(record_fields, object, out, "body", &problems);
    assert_int_equal(good, problems.count == 0);
    if (good)
        return NULL;
    problems_write(&problems, &(writer){ .out = &text });
    return arena_copy(a, buf_view(&text));
}

static void every_kind_is_read(void **state)
{
    arena *a = arena_new();
    struct record record;

    (void)state;
    assert_null(read_record(a,
                            "{\"text\":\"x\",\"flag\":false,\"count\":-3,\"ratio\":2.5,"
                            "\"any\":[1],\"unknown\":{}}",
                            &record));
    assert_string_equal(record.text, "x");
    assert_false(record.flag);
    assert_int_equal(record.count, -3);
    assert_true(record.ratio == 2.5);
    assert_int_equal(json_array_size(record.any), 1);
    assert_null(
        read_record(a, "{\"text\":\"\",\"ratio\":2}", &record)); /* an integer is a number */
    assert_true(record.ratio == 2.0);
    arena_free(a);
}

static void absent_and_null_members_keep_their_defaults(void **state)
{
    static const char *const cases[] = {
        "{\"text\":\"x\"}",
        "{\"text\":\"x\",\"flag\":null,\"count\":null,\"ratio\":null,\"any\":null}",
    };

    (void)state;
    for (EACH(cases, json)) {
        arena *a = arena_new();
        struct record record;

        assert_null(read_record(a, *json, &record));
        assert_true(record.flag);
        assert_int_equal(record.count, 7);
        assert_true(record.ratio == 0.5);
        assert_null(record.any);
        arena_free(a);
    }
}

#define TYPED(type, name, message, input)                                              \
    "[{\"type\":\"" type "\",\"loc\":[\"body\",\"" name "\"],\"msg\":\"" message "\"," \
    "\"input\":" input "}]"

static void each_kind_refuses_the_others(void **state)
{
    static const struct {
        const char *json, *problem;
    } cases[] = {
        { "{\"text\":5}", TYPED("string_type", "text", "Input should be a valid string", "5") },
        { "{\"text\":[\"x\"]}",
          TYPED("string_type", "text", "Input should be a valid string", "[\"x\"]") },
        { "{\"text\":\"x\",\"flag\":1}",
          TYPED("bool_type", "flag", "Input should be a valid boolean", "1") },
        { "{\"text\":\"x\",\"flag\":\"true\"}",
          TYPED("bool_type", "flag", "Input should be a valid boolean", "\"true\"") },
        { "{\"text\":\"x\",\"count\":1.5}",
          TYPED("int_type", "count", "Input should be a valid integer", "1.5") },
        { "{\"text\":\"x\",\"count\":true}",
          TYPED("int_type", "count", "Input should be a valid integer", "true") },
        { "{\"text\":\"x\",\"ratio\":\"1\"}",
          TYPED("float_type", "ratio", "Input should be a valid number", "\"1\"") },
        { "{\"flag\":true}", TYPED("missing", "text", "Field required", "{\"flag\":true}") },
        { "{\"text\":null}", TYPED("missing", "text", "Field required", "{\"text\":null}") },
        { "[]", "[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be "
                "a valid dictionary or object to extract fields from\",\"input\":[]}]" },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        struct record record;
        const char *problem = read_record(a, c->json, &record);

        assert_non_null(problem);
        assert_string_equal(problem, c->problem);
        arena_free(a);
    }
}

static void every_fault_is_reported_not_only_the_first(void **state)
{
    arena *a = arena_new();
    struct record record;
    const char *problems = read_record(a, "{\"flag\":1,\"count\":\"x\"}", &record);

    (void)state;
    assert_non_null(problems);
    assert_non_null(strstr(problems, "\"missing\""));
    assert_non_null(strstr(problems, "\"bool_type\""));
    assert_non_null(strstr(problems, "\"int_type\""));
    arena_free(a);
}

struct shaped {
    const json_t *state, *list;
};

// clang-format off
static const struct field shaped_fields[] = {
    FIELD(struct shaped, state, OPTIONAL, .shape = SHAPE_OBJECT),
    FIELD(struct shaped, list,  REQUIRED, .shape = SHAPE_LIST),
    FIELDS_END,
};
// clang-format on

static void a_shape_is_demanded(void **state)
{
    arena *a = arena_new();
    const json_t *good = NULL, *bad = NULL;
    struct shaped record = { 0 };
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF text = buf_with_limit(4096);

    (void)state;
    assert_int_equal(json_parse(a, STR("{\"state\":{},\"list\":[]}"), &good, NULL), AGENTOS_OK);
    assert_true(fields_read(shaped_fields, good, &record, "body", &problems));
    assert_true(json_is_object(record.state));
    assert_true(json_is_array(record.list));
    assert_int_equal(json_parse(a, STR("{\"state\":[],\"list\":\"x\"}"), &bad, NULL), AGENTOS_OK);
    assert_false(fields_read(shaped_fields, bad, &record, "body", &problems));
    problems_write(&problems, &(writer){ .out = &text });
    assert_text(buf_view(&text), STR("[{\"type\":\"dict_type\",\"loc\":[\"body\",\"state\"],"
                                     "\"msg\":\"Input should be a valid dictionary\",\"input\":[]},"
                                     "{\"type\":\"list_type\",\"loc\":[\"body\",\"list\"],"
                                     "\"msg\":\"Input should be a valid list\",\"input\":\"x\"}]"));
    arena_free(a);
}

static void a_table_is_described_as_a_schema(void **state)
{
    AUTO_BUF text = buf_with_limit(4096);

    (void)state;
    fields_describe(shaped_fields, &(writer){ .out = &text });
    assert_text(buf_view(&text),
                STR("{\"type\":\"object\",\"properties\":{\"state\":{\"type\":\"object\","
                    "\"additionalProperties\":true},"
                    "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
                    "\"required\":[\"list\"]}"));
}

/* A client generator needs to know what a list holds. */
static void a_list_is_described_with_its_items(void **state)
{
    static const char *const words[] = { "a", "b", NULL };
    static const struct field item[] = { { .name = "n", .kind = FIELD_STRING, .need = REQUIRED },
                                         FIELDS_END };
    static const struct field fields[] = {
        { .name = "w", .kind = FIELD_JSON, .shape = SHAPE_LIST, .words = words },
        { .name = "o", .kind = FIELD_JSON, .shape = SHAPE_LIST, .items = item },
        { .name = "x", .kind = FIELD_JSON, .shape = SHAPE_ANY },
        FIELDS_END,
    };
    AUTO_BUF text = buf_with_limit(4096);

    (void)state;
    fields_describe(fields, &(writer){ .out = &text });
    assert_text(
        buf_view(&text),
        STR("{\"type\":\"object\",\"properties\":{"
            "\"w\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}},"
            "\"o\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
            "{\"n\":{\"type\":\"string\"}},\"required\":[\"n\"]}},\"x\":{}},\"required\":[]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(absent_and_null_members_keep_their_defaults),
        cmocka_unit_test(each_kind_refuses_the_others),
        cmocka_unit_test(every_fault_is_reported_not_only_the_first),
        cmocka_unit_test(a_shape_is_demanded),
        cmocka_unit_test(a_table_is_described_as_a_schema),
        cmocka_unit_test(a_list_is_described_with_its_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
