/* /openapi.json says what the route table says: it is JSON, and each row is in it with its demand.
 */
#include "api/routes.h"
#include "web/openapi.h"

#include "unit.h"

static json_t *description(void)
{
    struct surface surface = agentos_surface;
    AUTO_BUF out = buf_with_limit(1024 * 1024);
    json_t *json = NULL;

    surface.title = "My \"OS\"";
    surface.version = "1.0.0";
    openapi_write(&surface, &(writer){ .out = &out });
    assert_int_equal(json_parse_owned(buf_view(&out), PARSE_STRICT, &json, NULL), AGENTOS_OK);
    return json;
}

static const json_t *operation_of(const json_t *json, const struct route *row)
{
    char method[16] = { 0 };
    const char *name = method_name(row->method);

    for (size_t i = 0; name[i] != '\0'; i++)
        method[i] = (char)(name[i] | 0x20);
    return json_object_get(json_object_get(json_object_get(json, "paths"), row->pattern), method);
}

static bool lists(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
            return true;
    return false;
}

static void every_route_is_described_with_what_it_demands(void **state)
{
    AUTO(json_t) *json = description();

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const struct access *access = &agentos_surface.rows[i].access;
        const json_t *operation = operation_of(json, &agentos_surface.rows[i]);
        const json_t *scopes = json_object_get(operation, "x-required-scopes");

        assert_non_null(operation);
        assert_int_equal(json_object_get(operation, "security") != NULL,
                         access->kind != ACCESS_PUBLIC);
        if (access->scope != NULL)
            assert_true(lists(scopes, access->scope));
        if (access->gate != NULL)
            assert_true(lists(scopes, access->gate));
        const json_t *responses = json_object_get(operation, "responses");
        if (agentos_surface.rows[i].failures == NULL)
            assert_int_equal(json_object_get(responses, "501") != NULL,
                             agentos_surface.rows[i].answer == NULL);
        assert_int_equal(json_object_get(operation, "requestBody") != NULL,
                         agentos_surface.rows[i].body != BODY_NONE);
    }
}

/* In OpenAPI a path's variables and its parameters must be the same. */
static void the_variables_of_a_path_are_its_path_parameters(void **state)
{
    AUTO(json_t) *json = description();

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const json_t *parameters =
            json_object_get(operation_of(json, &agentos_surface.rows[i]), "parameters");
        size_t variables = 0, in_path = 0;

        for (const char *c = agentos_surface.rows[i].pattern; *c != '\0'; c++)
            variables += *c == '{';
        for (size_t p = 0; p < json_array_size(parameters); p++)
            in_path += strcmp(json_text(json_array_get(parameters, p), "in"), "path") == 0;
        assert_int_equal(in_path, variables);
    }
}

static void check_described(const json_t *schema, const char *route)
{
    const char *sentence = json_text(schema, "description");

    if (sentence == NULL || !str_ends(str_of(sentence), STR(".")))
        fail_msg("%s: a parameter without a sentence", route);
}

static const json_t *body_properties(const json_t *operation, const char *type)
{
    const json_t *content = json_object_get(json_object_get(operation, "requestBody"), "content");

    return json_object_get(json_object_get(json_object_get(content, type), "schema"), "properties");
}

static void every_parameter_has_a_sentence(void **state)
{
    AUTO(json_t) *json = description();
    static const char *const types[] = { "application/json", "multipart/form-data" };

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const json_t *operation = operation_of(json, &agentos_surface.rows[i]);
        const json_t *parameters = json_object_get(operation, "parameters");

        for (size_t p = 0; p < json_array_size(parameters); p++)
            if (strcmp(json_text(json_array_get(parameters, p), "in"), "query") == 0)
                check_described(json_object_get(json_array_get(parameters, p), "schema"),
                                agentos_surface.rows[i].pattern);
        for (size_t t = 0; t < COUNT(types); t++) {
            const char *name = NULL;
            json_t *property = NULL;

            json_object_foreach((json_t *)(uintptr_t)body_properties(operation, types[t]), name,
                                property)
                check_described(property, agentos_surface.rows[i].pattern);
        }
    }
}

/* A route that is built says what a success holds, unless that is nothing. */
static void every_success_has_a_schema(void **state)
{
    AUTO(json_t) *json = description();

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const struct route *row = &agentos_surface.rows[i];
        const json_t *responses = json_object_get(operation_of(json, row), "responses");
        const char *status = row->success == 0 ? "200" : row->success == 201 ? "201" : "204";
        const json_t *content = json_object_get(json_object_get(responses, status), "content");

        if (row->answer != NULL && (content != NULL) != (row->success != 204))
            fail_msg("%s %s does not say what it answers", method_name(row->method), row->pattern);
        if (row->answer != NULL)
            assert_non_null(row->id);
    }
}

static void the_title_is_the_operators(void **state)
{
    AUTO(json_t) *json = description();

    (void)state;
    assert_string_equal(json_text(json_object_get(json, "info"), "title"), "My \"OS\"");
    assert_string_equal(json_text(json, "openapi"), "3.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_with_what_it_demands),
        cmocka_unit_test(the_variables_of_a_path_are_its_path_parameters),
        cmocka_unit_test(every_parameter_has_a_sentence),
        cmocka_unit_test(every_success_has_a_schema),
        cmocka_unit_test(the_title_is_the_operators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
