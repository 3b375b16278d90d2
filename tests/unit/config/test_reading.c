/* Values of the kinds that every server has, read by rows of this test's own. */
#include "base/limits.h"
#include "config/option_rows.h"
#include "config/reading.h"
#include "unit.h"

struct inner {
    const char *name;
    struct place name_place;
};

struct outer {
    const char *first; /* at 0, which a column takes for "none" */
    size_t size;
    int64_t duration;
    bool is_on, has_is_on;
    enum choice tristate;
    double number;
    const char *const *list;
    size_t list_count;
    const char *lines;
    struct inner inner;
    struct place size_place, inner_place;
    int own;
};

/* "one" to "three" as 1 to 3. */
static void read_count(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    static const str words[] = { STR_INIT("one"), STR_INIT("two"), STR_INIT("three") };

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal(at.node->text, words[i]))
            *(int *)row_member(target, row->at) = (int)i + 1;
    if (*(int *)row_member(target, row->at) == 0)
        fault_at(r, at, "must be one, two or three");
}

static const struct option_row inner_rows[] = {
    { "name", TEXT(struct inner, name), PLACE(struct inner, name_place) },
};
static const struct option_section inner_section = SECTION_OF(inner_rows);

static const struct option_row rows[] = {
    { "size", SIZE(struct outer, size), PLACE(struct outer, size_place), .least = KiB,
      .most = (int64_t)4 * 1024 * MiB, .fallback = "2KiB" },
    { "duration", DURATION(struct outer, duration), .least = 1, .most = 7 * 86400 },
    { "is_on", BOOL(struct outer, is_on), GIVEN(struct outer, has_is_on), .fallback = "true" },
    { "tristate", TRISTATE(struct outer, tristate) },
    { "number", NUMBER(struct outer, number), .least = 0, .most = 2 },
    { "list", LIST(OPTION_TEXTS, struct outer, list, list_count), .fallback = "a b" },
    { "lines", LINES(struct outer, lines) },
    { "inner", .kind = OPTION_SECTION, .at = offsetof(struct outer, inner),
      .section = &inner_section, PLACE(struct outer, inner_place) },
    { "own", OWN(read_count, "text", "a count"), .at = AT(struct outer, own, int) },
    { "later", .harmless = "[]" },
};
static const struct option_section section = SECTION_OF(rows);

struct stage {
    arena *a;
    struct config_faults faults;
    struct outer out;
    agentos_error err;
};

static int open_stage(void **state)
{
    struct stage *stage = test_calloc(1, sizeof(*stage));

    stage->a = arena_new();
    *state = stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;

    arena_free(stage->a);
    test_free(stage);
    return 0;
}

static agentos_status read_all(struct stage *stage, const char *text)
{
    struct config_reading r = { .a = stage->a,
                                .faults = { .a = stage->a, .out = &stage->faults },
                                .rows = &section };

    stage->out = (struct outer){ 0 };
    stage->faults = (struct config_faults){ 0 };
    reading_open(&r, &(struct config_source){ .usual = "nowhere.yaml", .text = text });
    (void)reading_fill(&r, &stage->out); /* false is a fault, which reading_close returns */
    return reading_close(&r, &stage->err);
}

static void accept(struct stage *stage, const char *text)
{
    if (read_all(stage, text) != AGENTOS_OK)
        fail_msg("%s: %s", text, stage->faults.all[0].sentence);
    assert_int_equal(stage->faults.count, 0);
}

static void refuse(struct stage *stage, const char *text, const char *key, const char *sentence)
{
    assert_int_equal(read_all(stage, text), AGENTOS_INVALID);
    assert_int_equal(stage->faults.count, 1);
    assert_string_equal(stage->faults.all[0].key, key);
    assert_string_equal(stage->faults.all[0].sentence, sentence);
}

/* ---- amounts ---- */

static void a_size_is_a_number_and_one_unit(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
    } cases[] = { { "size: 1024", 1024 },
                  { "size: 1KiB", 1024 },
                  { "size: 3MiB", 3 * MiB },
                  { "size: '2 GiB'", (size_t)2 * 1024 * MiB },
                  { "size: 1024 KiB", 1 * MiB } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        accept(*state, cases[i].text);
        assert_int_equal(((struct stage *)*state)->out.size, cases[i].bytes);
    }
}

static void a_size_with_two_units_none_or_out_of_range_is_refused(void **state)
{
    static const char *const texts[] = {
        "size: 1MiBKiB",          "size: 1GiBMiB", "size: 1KiBKiB", "size: KiB",   "size: 2KB",
        "size: 1.5MiB",           "size: 1023",    "size: 5GiB",    "size: -1KiB", "size: []",
        "size: 9999999999999GiB",
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        refuse(*state, texts[i], "size",
               "must be a size such as 512KiB or 2MiB, from 1024 to 4294967296 bytes");
}

static void a_duration_is_a_number_and_one_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = { { "duration: 90", 90 },
                  { "duration: 90s", 90 },
                  { "duration: 15m", 900 },
                  { "duration: 24h", 86400 },
                  { "duration: 7d", 7 * 86400 } };
    static const char *const refused[] = { "duration: 1hm",  "duration: h", "duration: 15 m",
                                           "duration: 1w",   "duration: 0", "duration: 8d",
                                           "duration: 1.5h", "duration: {}" };

    for (size_t i = 0; i < COUNT(cases); i++) {
        accept(*state, cases[i].text);
        assert_int_equal(((struct stage *)*state)->out.duration, cases[i].seconds);
    }
    for (size_t i = 0; i < COUNT(refused); i++)
        refuse(*state, refused[i], "duration",
               "must be a duration such as 90s, 15m or 24h, from 1 to 604800 seconds");
}

/* ---- what is given ---- */

static void defaults_stand_where_the_file_says_nothing(void **state)
{
    struct stage *stage = *state;

    accept(stage, "size:\nis_on: ~\n");
    assert_int_equal(stage->out.size, 2048);
    assert_true(stage->out.is_on);
    assert_int_equal(stage->out.tristate, CHOICE_UNSET);
    assert_true(stage->out.number < 0);
    assert_int_equal(stage->out.list_count, 2);
    assert_string_equal(stage->out.list[1], "b");
    assert_false(stage->out.has_is_on);
    assert_false(place_is_given(stage->out.size_place));
}

static void what_the_file_gives_is_remembered_with_its_place(void **state)
{
    struct stage *stage = *state;

    accept(stage, "size: 2KiB\nis_on: true\ninner: {name: x}\nlist: []\ntristate: false\n");
    assert_true(stage->out.has_is_on);
    assert_true(place_is_given(stage->out.size_place));
    assert_int_equal(stage->out.size_place.node->column, 7);
    assert_string_equal(stage->out.inner_place.path, "inner");
    assert_string_equal(stage->out.inner.name_place.path, "inner.name");
    assert_int_equal(stage->out.inner.name_place.node->line, 3);
    assert_int_equal(stage->out.list_count, 0);
    assert_int_equal(stage->out.tristate, CHOICE_NO);
}

static void a_value_with_a_fault_leaves_the_default(void **state)
{
    struct stage *stage = *state;

    refuse(stage, "is_on: maybe\n", "is_on", "must be true or false");
    assert_true(stage->out.is_on);
    refuse(stage, "tristate: maybe\n", "tristate", "must be true or false");
    assert_int_equal(stage->out.tristate, CHOICE_UNSET);
}

/* ---- maps ---- */

static void a_servers_own_kind_is_read_by_its_row(void **state)
{
    struct stage *stage = *state;

    accept(stage, "own: two\n");
    assert_int_equal(stage->out.own, 2);
    refuse(stage, "own: four\n", "own", "must be one, two or three");
}

static void unknown_and_unbuilt_keys_are_refused_by_name(void **state)
{
    refuse(*state, "sice: 2KiB\n", "sice", "unknown key; did you mean 'size'?");
    refuse(*state, "inner: {nam: x}\n", "inner.nam", "unknown key; did you mean 'name'?");
    refuse(*state, "whatever: 1\n", "whatever", "unknown key");
    refuse(*state, "later: [1]\n", "later", "not supported in this version");
    accept(*state, "later: []\n");
}

static void lines_are_a_text_or_a_list_of_some(void **state)
{
    struct stage *stage = *state;

    accept(stage, "lines: [a, b]\n");
    assert_string_equal(stage->out.lines, "a\nb");
    accept(stage, "lines: a\n");
    assert_string_equal(stage->out.lines, "a");
    refuse(stage, "lines: [a, '']\n", "lines[1]", "must not be empty");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_size_is_a_number_and_one_unit),
        TEST(a_size_with_two_units_none_or_out_of_range_is_refused),
        TEST(a_duration_is_a_number_and_one_unit),
        TEST(defaults_stand_where_the_file_says_nothing),
        TEST(what_the_file_gives_is_remembered_with_its_place),
        TEST(a_value_with_a_fault_leaves_the_default),
        TEST(a_servers_own_kind_is_read_by_its_row),
        TEST(unknown_and_unbuilt_keys_are_refused_by_name),
        TEST(lines_are_a_text_or_a_list_of_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
