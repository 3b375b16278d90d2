/* Texts into trees, with line and column; what is not read of YAML. */
#include "base/limits.h"
#include "config/yaml.h"
#include "unit.h"

struct reported {
    int count, line, column;
    char sentence[256];
};

static void keep(void *user, int line, int column, const char *sentence)
{
    struct reported *reported = user;

    reported->count++;
    reported->line = line;
    reported->column = column;
    (void)snprintf(reported->sentence, sizeof(reported->sentence), "%s", sentence);
}

static const struct yaml_node *parse(str text, arena *a, struct reported *reported)
{
    const struct yaml_reports reports = { keep, reported };

    *reported = (struct reported){ 0 };
    return yaml_parse(text, a, &reports);
}

static void nodes_know_their_line_and_column(void **state)
{
    AUTO(arena) *a = arena_new();
    struct reported reported;
    const struct yaml_node *root = parse(
        STR("name: \"x\"\nlist:\n  - one\n  - {b: 2}\nempty:\nblock: |\n  a\n  b\n"), a, &reported);

    (void)state;
    assert_non_null(root);
    assert_int_equal(reported.count, 0);
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 4);
    const struct yaml_node *name = yaml_get(root, "name"), *list = yaml_get(root, "list");
    assert_text(name->text, STR("x"));
    assert_false(name->is_plain);
    assert_int_equal(name->line, 1);
    assert_int_equal(name->column, 7);
    assert_int_equal(name->key_column, 1);
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->first->line, 3);
    assert_int_equal(list->first->column, 5);
    assert_true(list->first->is_plain);
    assert_text(yaml_get(list->first->next, "b")->text, STR("2"));
    assert_int_equal(yaml_get(root, "empty")->kind, YAML_NULL);
    assert_text(yaml_get(root, "block")->text, STR("a\nb\n"));
    assert_null(yaml_get(root, "absent"));
}

static void json_is_read_too(void **state)
{
    AUTO(arena) *a = arena_new();
    struct reported reported;
    const struct yaml_node *root =
        parse(STR("{\n\t\"a\": [1, true, null, \"x\\u00e9\\n\"],\n\t\"b\": {\"c\": {}}\n}\n"), a,
              &reported);

    (void)state;
    assert_non_null(root);
    assert_int_equal(yaml_get(root, "a")->count, 4);
    assert_int_equal(yaml_get(root, "a")->first->next->next->kind, YAML_NULL);
    assert_text(yaml_get(root, "a")->first->next->next->next->text, STR("x\xC3\xA9\n"));
    assert_int_equal(yaml_get(yaml_get(root, "b"), "c")->kind, YAML_MAP);
}

static void an_empty_document_is_null(void **state)
{
    static const char *const texts[] = { "", "\n", "# only a comment\n", "---\n", "~\n" };
    AUTO(arena) *a = arena_new();
    struct reported reported;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct yaml_node *root = parse(str_of(texts[i]), a, &reported);
        assert_non_null(root);
        assert_int_equal(root->kind, YAML_NULL);
    }
}

static void what_is_refused_is_refused_at_its_place(void **state)
{
    static const struct {
        const char *text, *sentence; /* NULL: whatever the library says */
        int line, column;
    } cases[] = {
        { "a: &x 1\n", "anchors (&), aliases (*) and tags (!) are not supported", 1, 5 },
        { "a: 1\nb: *x\n", "anchors (&), aliases (*) and tags (!) are not supported", 2, 5 },
        { "a: !!str 1\n", "anchors (&), aliases (*) and tags (!) are not supported", 1, 4 },
        { "a: !s3cret\n", "anchors (&), aliases (*) and tags (!) are not supported", 1, 4 },
        { "a: !s3cret!x y\n", "tags (!name) are not supported", 1, 4 },
        { "[a]: 1\n", "a key must be a scalar", 1, 1 },
        { "a: 1\n---\nb: 2\n", "only one document is supported", 2, 1 },
        { "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "nested too deeply", 1, 17 },
        { "a: [1, 2\nb: 3\n", NULL, 3, 1 },
        { "a: b: c\n", NULL, 1, 5 },
        { "a: \"x\n", NULL, 1, 5 },
        { "\t- a\n", NULL, 1, 2 },
        { "a: \"\\q\"\n", NULL, 1, 5 },
    };
    AUTO(arena) *a = arena_new();
    struct reported reported;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(parse(str_of(cases[i].text), a, &reported));
        assert_int_equal(reported.count, 1);
        if (cases[i].sentence != NULL)
            assert_string_equal(reported.sentence, cases[i].sentence);
        if (reported.line != cases[i].line || reported.column != cases[i].column)
            fail_msg("%s: %d:%d %s", cases[i].text, reported.line, reported.column,
                     reported.sentence);
    }
}

static void duplicate_keys_are_reported_and_reading_goes_on(void **state)
{
    AUTO(arena) *a = arena_new();
    struct reported reported;

    (void)state;
    assert_non_null(parse(STR("a: 1\nb: 2\nb: 3\nc: {d: 1}\ne: {d: 1}\n"), a, &reported));
    assert_int_equal(reported.count, 1);
    assert_int_equal(reported.line, 3);
    assert_int_equal(reported.column, 1);
    assert_string_equal(reported.sentence, "duplicate key 'b'");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct reported reported;
    char *large = arena_alloc(a, CONFIG_MAX_BYTES + 1);

    (void)state;
    memset(large, '\n', CONFIG_MAX_BYTES + 1);
    assert_non_null(parse((str){ large, CONFIG_MAX_BYTES }, a, &reported));
    assert_null(parse((str){ large, CONFIG_MAX_BYTES + 1 }, a, &reported));
    assert_string_equal(reported.sentence, "larger than 1 MiB");
    assert_null(parse(STR("a: \xFF\n"), a, &reported));
    assert_string_equal(reported.sentence, "not UTF-8");
    assert_null(parse(STR("a: \0b\n"), a, &reported));
    assert_string_equal(reported.sentence, "contains a NUL byte");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_line_and_column),
        cmocka_unit_test(json_is_read_too),
        cmocka_unit_test(an_empty_document_is_null),
        cmocka_unit_test(what_is_refused_is_refused_at_its_place),
        cmocka_unit_test(duplicate_keys_are_reported_and_reading_goes_on),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
