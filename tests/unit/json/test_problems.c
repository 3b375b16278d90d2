/* The contract's 422 list, member by member. */
#include "json/problems.h"

#include "json/parse.h"

#include "unit.h"

static str rendered(const struct problems *problems, buf *out)
{
    buf_empty(out);
    problems_write(problems, &(writer){ .out = out });
    return buf_view(out);
}

static void no_problem_is_an_empty_list(void **state)
{
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF out = buf_with_limit(1024);

    (void)state;
    assert_text(rendered(&problems, &out), STR("[]"));
}

static void problems_stand_in_the_contracts_form(void **state)
{
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF out = buf_with_limit(4096);
    AUTO(json_t) *input = json_integer(5);

    (void)state;
    problems_add_missing(&problems, "body", "message");
    problems_add(&problems, &(struct problem){ .type = "enum",
                                               .where = "query",
                                               .name = "type",
                                               .message = "Input should be 'a' or 'b'",
                                               .input = "ro\"bot",
                                               .ctx = "{\"expected\":\"'a' or 'b'\"}" });
    problems_add(&problems, &(struct problem){ .type = "model_attributes_type",
                                               .where = "body",
                                               .message = "m",
                                               .input_json = input });
    assert_int_equal(problems.count, 3);
    assert_text(rendered(&problems, &out),
                STR("[{\"type\":\"missing\",\"loc\":[\"body\",\"message\"],"
                    "\"msg\":\"Field required\",\"input\":null},"
                    "{\"type\":\"enum\",\"loc\":[\"query\",\"type\"],"
                    "\"msg\":\"Input should be 'a' or 'b'\",\"input\":\"ro\\\"bot\","
                    "\"ctx\":{\"expected\":\"'a' or 'b'\"}},"
                    "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"m\","
                    "\"input\":5}]"));
}

static void a_loc_may_name_an_item_and_a_member_of_it(void **state)
{
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF out = buf_with_limit(1024);

    (void)state;
    problems_add(
        &problems,
        &(struct problem){ .type = "t", .where = "body", .has_position = true, .message = "m" });
    problems_add(&problems, &(struct problem){ .type = "t",
                                               .where = "body",
                                               .name = "ids",
                                               .has_position = true,
                                               .position = 7,
                                               .message = "m" });
    problems_add(&problems, &(struct problem){ .type = "t",
                                               .where = "body",
                                               .name = "scopes",
                                               .has_position = true,
                                               .position = 2,
                                               .member = "effect",
                                               .message = "m" });
    assert_text(rendered(&problems, &out),
                STR("[{\"type\":\"t\",\"loc\":[\"body\",0],\"msg\":\"m\",\"input\":null},"
                    "{\"type\":\"t\",\"loc\":[\"body\",\"ids\",7],\"msg\":\"m\",\"input\":null},"
                    "{\"type\":\"t\",\"loc\":[\"body\",\"scopes\",2,\"effect\"],\"msg\":\"m\","
                    "\"input\":null}]"));
}

static void an_input_too_long_to_echo_is_left_out(void **state)
{
    static char long_text[100 * 1024];
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF out = buf_with_limit(4096);

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    problems_add(&problems, &(struct problem){ .type = "int_parsing",
                                               .where = "query",
                                               .name = "limit",
                                               .message = "m",
                                               .input = long_text });
    assert_text(rendered(&problems, &out),
                STR("[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"limit\"],\"msg\":\"m\","
                    "\"input\":null}]"));
}

static void the_list_is_bounded_and_stays_well_formed(void **state)
{
    AUTO_PROBLEMS problems = problems_none();
    AUTO_BUF out = buf_with_limit(128 * 1024);
    AUTO(json_t) *json = NULL;

    (void)state;
    for (int i = 0; i < 5000; i++)
        problems_add_missing(&problems, "body", "message");
    assert_int_equal(problems.count, 5000);
    assert_int_equal(json_parse_owned(rendered(&problems, &out), PARSE_STRICT, &json, NULL),
                     AGENTOS_OK);
    assert_in_range(json_array_size(json), 100, 5000);
    assert_true(out.len <= 64 * 1024 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_problem_is_an_empty_list),
        cmocka_unit_test(problems_stand_in_the_contracts_form),
        cmocka_unit_test(a_loc_may_name_an_item_and_a_member_of_it),
        cmocka_unit_test(an_input_too_long_to_echo_is_left_out),
        cmocka_unit_test(the_list_is_bounded_and_stays_well_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
