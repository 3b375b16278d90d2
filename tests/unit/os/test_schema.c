/* The schema against the table it is made from. */
#include "os/options.h"
#include "os/options_table.h"
#include "unit.h"
#include "json/parse.h"

static const json_t *schema(arena *a)
{
    AUTO_BUF text = buf_with_limit(256 * 1024);
    const json_t *root = NULL;
    agentos_error err;

    options_schema(&text);
    assert_true(buf_ok(&text));
    if (json_parse(a, buf_view(&text), &root, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return root;
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        fail_msg("no %s", name);
    return value;
}

/* Where else the same can be said stands behind the sentence, and only there. */
static void check_elsewhere(const char *description, const struct option_row *row)
{
    str rest = str_of(row->variables);

    assert_int_equal(strstr(description, "Environment: ") != NULL, row->variables != NULL);
    assert_int_equal(strstr(description, "Flags: ") != NULL, row->flags != NULL);
    while (rest.len > 0)
        assert_true(str_contains(str_of(description), str_split(&rest, ' ')));
}

/* Every key is a property with a sentence, and nothing else is allowed beside them. */
static void check_section(const json_t *object, const struct option_section *section)
{
    const json_t *properties = member(object, "properties");

    assert_true(json_is_false(member(object, "additionalProperties")));
    assert_int_equal(json_object_size(properties), section->count);
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];
        const json_t *property = member(properties, row->key);

        assert_true(strlen(json_text(property, "description")) > 0);
        assert_true(str_ends(str_of(row->doc), STR(".")));
        check_elsewhere(json_text(property, "description"), row);
        if (row->fallback != NULL)
            assert_non_null(member(property, "default"));
        if (row->kind == OPTION_UNSUPPORTED)
            assert_non_null(member(property, "const"));
        if (row->kind == OPTION_SECTION)
            check_section(property, row->section);
    }
}

static void the_schema_lists_every_key(void **state)
{
    AUTO(arena) *a = arena_new();
    const json_t *root = schema(a);

    (void)state;
    assert_string_equal(json_text(root, "$schema"), "https://json-schema.org/draft/2020-12/schema");
    check_section(root, &option_root);
    check_section(member(member(root, "$defs"), "model"), &option_model);
    check_section(member(member(member(root, "properties"), "agents"), "items"), &option_agent);
    check_section(
        member(member(member(member(member(root, "properties"), "authorization"), "properties"),
                      "issuers"),
               "items"),
        &option_issuer);
}

static void the_schema_says_what_each_kind_may_be(void **state)
{
    AUTO(arena) *a = arena_new();
    const json_t *properties = member(schema(a), "properties");
    const json_t *authorization = member(properties, "authorization");
    const json_t *keys = member(authorization, "properties");

    (void)state;
    assert_int_equal(json_array_size(member(authorization, "type")), 2);
    assert_string_equal(json_text(member(properties, "name"), "$ref"), "#/$defs/text");
    assert_int_equal(json_array_size(member(member(properties, "cors_origins"), "default")), 8);
    assert_string_equal(json_text(member(keys, "enabled"), "type"), "boolean");
    assert_true(json_is_false(member(member(keys, "enabled"), "default")));
    assert_string_equal(json_text(member(keys, "algorithm"), "default"), "RS256");
    assert_int_equal(json_array_size(member(member(keys, "bare_token"), "enum")), 2);
    assert_true(json_is_true(member(member(keys, "validate"), "default")));
    assert_string_equal(json_text(member(keys, "validate"), "type"), "boolean");
    assert_string_equal(json_text(member(keys, "roles"), "$ref"), "#/$defs/scopes");
    assert_string_equal(json_text(member(keys, "jwks_file"), "$ref"), "#/$defs/text");
    assert_string_equal(json_text(member(keys, "jwks_url"), "$ref"), "#/$defs/text");
    assert_string_equal(json_text(member(keys, "issuers"), "type"), "array");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_lists_every_key),
        cmocka_unit_test(the_schema_says_what_each_kind_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
