/* Parameters as the contract's recorded faults have them: what converts, and each problem's text.
 */
#include "web/params.h"

#include "unit.h"

struct record {
    const char *message, *type;
    bool stream;
    int64_t limit, version;
    enum choice history;
    struct texts status;
};

static const char *const types[] = { "agent", "team", "workflow", NULL };
static const char *const orders[] = { "asc", "desc", NULL };

struct ordered {
    const char *sort_order;
    int64_t page;
};

// clang-format off
static const struct param record_params[] = {
    PARAM(struct record, message, .required = true),
    PARAM(struct record, type, .choices = types, .fallback = "agent"),
    PARAM(struct record, stream, .fallback = "true"),
    PARAM(struct record, limit, .has_min = true, .min = 1, .fallback = "20"),
    PARAM(struct record, version),
    PARAM(struct record, history),
    PARAM(struct record, status),
    PARAMS_END,
};

static const struct param ordered_params[] = {
    PARAM(struct ordered, sort_order, .choices = orders),
    PARAM(struct ordered, page, .has_min = true, .min = 0, .has_max = true, .max = 1000),
    PARAMS_END,
};
// clang-format on

/* Reads `a=1&b=2` into *record by table; the problems' text, or NULL when there was none. */
static const char *read_from(const char *where, arena *a, const struct param *table,
                             const char *query, void *record)
{
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF text = buf_with_limit(4096);
    struct form form = { 0 };

    assert_int_equal(form_parse_query(a, str_of(query), 64, &form, NULL), AGENTOS_OK);
    bool good = params_read(table, &form, where, a, record, &problems);
    assert_int_equal(good, problems.count == 0);
    if (good)
        return NULL;
    problems_write(&problems, &(writer){ .out = &text });
    return arena_copy(a, buf_view(&text));
}

static const char *read_params(arena *a, const struct param *table, const char *query, void *record)
{
    return read_from("query", a, table, query, record);
}

static void the_words_for_yes_and_no_are_the_contracts(void **state)
{
    static const struct {
        const char *word;
        int value; /* -1: refused */
    } cases[] = {
        { "true", 1 },   { "TRUE", 1 }, { "True", 1 },   { "1", 1 },        { "yes", 1 },
        { "on", 1 },     { "t", 1 },    { "y", 1 },      { "false", 0 },    { "0", 0 },
        { "no", 0 },     { "off", 0 },  { "f", 0 },      { "n", 0 },        { "OFF", 0 },
        { "maybe", -1 }, { "2", -1 },   { "truee", -1 }, { "%20true", -1 }, { "-1", -1 },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        struct record record = { .stream = c->value == 0 };
        const char *problem =
            read_params(a, record_params, arena_printf(a, "message=x&stream=%s", c->word), &record);

        assert_int_equal(problem == NULL, c->value >= 0);
        if (c->value >= 0)
            assert_int_equal(record.stream, c->value);
        else
            assert_non_null(strstr(problem, "\"bool_parsing\""));
        arena_free(a);
    }
}

static void integers_are_read_with_blanks_around_them(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        { "5", 5 }, { "%205+", 5 }, { "007", 7 }, { "9223372036854775807", INT64_MAX }, { "1", 1 },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        struct record record = { .limit = 20 };

        assert_null(
            read_params(a, record_params, arena_printf(a, "message=x&limit=%s", c->text), &record));
        assert_int_equal(record.limit, c->value);
        arena_free(a);
    }
}

#define PROBLEM(type, name, message, input)                                             \
    "[{\"type\":\"" type "\",\"loc\":[\"query\",\"" name "\"],\"msg\":\"" message "\"," \
    "\"input\":" input

static void problems_have_the_contracts_words(void **state)
{
    static const struct {
        const struct param *table;
        const char *query, *problem;
    } cases[] = {
        { record_params, "", PROBLEM("missing", "message", "Field required", "null}]") },
        { record_params, "message=x&limit=%20",
          PROBLEM("int_parsing", "limit",
                  "Input should be a valid integer, unable to parse string as an integer",
                  "\" \"}]") },
        { ordered_params, "page=1001",
          PROBLEM("less_than_equal", "page", "Input should be less than or equal to 1000",
                  "\"1001\",\"ctx\":{\"le\":1000}}]") },
        { record_params, "message=x&stream=maybe",
          PROBLEM("bool_parsing", "stream",
                  "Input should be a valid boolean, unable to interpret input", "\"maybe\"}]") },
        { record_params, "message=x&version=abc",
          PROBLEM("int_parsing", "version",
                  "Input should be a valid integer, unable to parse string as an integer",
                  "\"abc\"}]") },
        { record_params, "message=x&limit=99999999999999999999",
          PROBLEM("int_parsing", "limit",
                  "Input should be a valid integer, unable to parse string as an integer",
                  "\"99999999999999999999\"}]") },
        { record_params, "message=x&limit=0",
          PROBLEM("greater_than_equal", "limit", "Input should be greater than or equal to 1",
                  "\"0\",\"ctx\":{\"ge\":1}}]") },
        { record_params, "message=x&limit=-1",
          PROBLEM("greater_than_equal", "limit", "Input should be greater than or equal to 1",
                  "\"-1\",\"ctx\":{\"ge\":1}}]") },
        { ordered_params, "page=-1",
          PROBLEM("greater_than_equal", "page", "Input should be greater than or equal to 0",
                  "\"-1\",\"ctx\":{\"ge\":0}}]") },
        { record_params, "message=x&type=robot",
          PROBLEM("enum", "type", "Input should be 'agent', 'team' or 'workflow'",
                  "\"robot\",\"ctx\":{\"expected\":\"'agent', 'team' or 'workflow'\"}}]") },
        { ordered_params, "sort_order=up",
          PROBLEM("enum", "sort_order", "Input should be 'asc' or 'desc'",
                  "\"up\",\"ctx\":{\"expected\":\"'asc' or 'desc'\"}}]") },
        { record_params, "message=x&type=a%22b",
          PROBLEM("enum", "type", "Input should be 'agent', 'team' or 'workflow'",
                  "\"a\\\"b\",\"ctx\":{\"expected\":\"'agent', 'team' or 'workflow'\"}}]") },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        union {
            struct record record;
            struct ordered ordered;
        } record = { .record = { .limit = 1 } };
        const char *problem = read_params(a, c->table, c->query, &record);

        assert_non_null(problem);
        assert_string_equal(problem, c->problem);
        arena_free(a);
    }
}

static void every_fault_is_reported(void **state)
{
    arena *a = arena_new();
    struct record record = { 0 };
    const char *problems = read_params(a, record_params, "stream=x&limit=0&type=y", &record);

    (void)state;
    assert_non_null(problems);
    assert_non_null(strstr(problems, "missing"));
    assert_non_null(strstr(problems, "bool_parsing"));
    assert_non_null(strstr(problems, "greater_than_equal"));
    assert_non_null(strstr(problems, "enum"));
    arena_free(a);
}

/* Clients that always send their optional parameters send empty ones. */
static void what_is_absent_or_empty_is_its_fallback(void **state)
{
    static const struct {
        const char *where, *text;
    } cases[] = {
        { "body", "message=x" },
        { "body", "message=x&type=&stream=&limit=&version=&status=&history=" },
        { "query", "message=x" },
        { "query", "message=x&type=&stream=&limit=&version=&status=&history=" },
        { "query", "message=x&type=team&type=&limit=3&limit=&status=&status=" },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        struct record record = { .version = -1 };

        assert_null(read_from(c->where, a, record_params, c->text, &record));
        assert_int_equal(record.history, CHOICE_UNSET);
        assert_string_equal(record.type, "agent");
        assert_true(record.stream);
        assert_int_equal(record.limit, 20);
        assert_int_equal(record.version, -1);
        assert_int_equal(record.status.count, 0);
        arena_free(a);
    }
}

static void empty_is_missing_in_a_form_and_a_text_where_a_query_needs_it(void **state)
{
    arena *a = arena_new();
    struct record record = { .limit = 1 };

    (void)state;
    assert_non_null(strstr(read_from("body", a, record_params, "message=", &record), "missing"));
    assert_null(read_from("query", a, record_params, "message=", &record));
    assert_string_equal(record.message, "");
    arena_free(a);
}

static void a_boolean_may_be_left_open(void **state)
{
    static const struct {
        const char *text;
        enum choice value;
    } cases[] = {
        { "true", CHOICE_YES }, { "True", CHOICE_YES },   { "1", CHOICE_YES },
        { "false", CHOICE_NO }, { "off", CHOICE_NO },     { "null", CHOICE_UNSET },
        { "", CHOICE_UNSET },   { "None", CHOICE_UNSET },
    };
    arena *a = arena_new();
    struct record record;

    (void)state;
    for (EACH(cases, c)) {
        const char *form = arena_printf(a, "message=x&history=%s", c->text);

        record.history = CHOICE_UNSET;
        assert_null(read_from("body", a, record_params, form, &record));
        assert_int_equal(record.history, c->value);
    }
    assert_non_null(strstr(read_from("body", a, record_params, "message=x&history=maybe", &record),
                           "Input should be a valid boolean, unable to interpret input"));
    arena_free(a);
}

static void the_last_value_counts_and_a_list_takes_all(void **state)
{
    arena *a = arena_new();
    struct record record = { 0 };

    (void)state;
    assert_null(read_params(a, record_params,
                            "message=first&status=a&message=last+one&limit=3&status=b&other=z",
                            &record));
    assert_string_equal(record.message, "last one");
    assert_int_equal(record.status.count, 2);
    assert_string_equal(record.status.all[0], "a");
    assert_string_equal(record.status.all[1], "b");
    arena_free(a);
}

static void the_same_rows_describe_themselves(void **state)
{
    AUTO_BUF out = buf_with_limit(4096);
    writer w = { .out = &out };

    (void)state;
    params_describe_form(record_params, &w);
    assert_text(buf_view(&out),
                STR("{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"},"
                    "\"type\":{\"type\":\"string\",\"enum\":[\"agent\",\"team\",\"workflow\"],"
                    "\"default\":\"agent\"},\"stream\":{\"type\":\"boolean\",\"default\":true},"
                    "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"default\":20},"
                    "\"version\":{\"type\":\"integer\"},"
                    "\"history\":{\"type\":\"boolean\"},\"status\":{\"type\":\"array\",\"items\":"
                    "{\"type\":\"string\"}}},\"required\":[\"message\"]}"));
    buf_empty(&out);
    w = (writer){ .out = &out };
    write_array(&w);
    params_describe_query(ordered_params, &w);
    write_end(&w);
    assert_text(buf_view(&out),
                STR("[{\"name\":\"sort_order\",\"in\":\"query\",\"required\":false,\"schema\":"
                    "{\"type\":\"string\",\"enum\":[\"asc\",\"desc\"]}},{\"name\":\"page\","
                    "\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"integer\","
                    "\"minimum\":0,\"maximum\":1000}}]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_for_yes_and_no_are_the_contracts),
        cmocka_unit_test(integers_are_read_with_blanks_around_them),
        cmocka_unit_test(problems_have_the_contracts_words),
        cmocka_unit_test(every_fault_is_reported),
        cmocka_unit_test(what_is_absent_or_empty_is_its_fallback),
        cmocka_unit_test(empty_is_missing_in_a_form_and_a_text_where_a_query_needs_it),
        cmocka_unit_test(a_boolean_may_be_left_open),
        cmocka_unit_test(the_last_value_counts_and_a_list_takes_all),
        cmocka_unit_test(the_same_rows_describe_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
