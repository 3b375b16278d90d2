/* The map beside a model too simple to be wrong: an array with a slot for each possible key. */
#include "base/map.h"

#include <stdio.h>

#include "unit.h"

static void what_was_put_is_found_and_nothing_else(void **state)
{
    struct map m = { 0 };
    int one = 1, two = 2;

    (void)state;
    assert_null(map_get(&m, STR("a")));
    assert_null(map_remove(&m, STR("a")));
    assert_null(map_put(&m, STR("a"), &one));
    assert_ptr_equal(map_get(&m, STR("a")), &one);
    assert_null(map_get(&m, STR("A")));
    assert_null(map_get(&m, STR("aa")));
    assert_null(map_get(&m, STR("")));
    assert_ptr_equal(map_put(&m, STR("a"), &two), &one);
    assert_int_equal(m.count, 1);
    assert_ptr_equal(map_remove(&m, STR("a")), &two);
    assert_null(map_get(&m, STR("a")));
    assert_int_equal(m.count, 0);
    map_clear(&m);
}

static void keys_are_copied_and_may_hold_any_byte(void **state)
{
    struct map m = { 0 };
    char key[] = "k\0x";
    int value = 0;

    (void)state;
    (void)map_put(&m, (str){ key, 3 }, &value);
    (void)map_put(&m, (str){ NULL, 0 }, &value);
    key[0] = 'j';
    assert_ptr_equal(map_get(&m, STR("k\0x")), &value);
    assert_null(map_get(&m, STR("k\0y")));
    assert_null(map_get(&m, STR("k")));
    assert_ptr_equal(map_get(&m, STR("")), &value);
    map_clear(&m);
    assert_int_equal(m.count, 0);
    assert_null(map_get(&m, STR("")));
}

enum { KEYS = 200 };

static str key_of(size_t i, char text[16])
{
    (void)snprintf(text, 16, "key-%zu", i);
    return str_of(text);
}

static void check_against(const struct map *m, void *const model[KEYS])
{
    char text[16];
    size_t count = 0, visited = 0, position = 0;
    str key;
    void *value = NULL;

    for (size_t i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(m, key_of(i, text)), model[i]);
        count += model[i] != NULL;
    }
    assert_int_equal(m->count, count);
    while (map_next(m, &position, &key, &value)) {
        assert_ptr_equal(map_get(m, key), value);
        visited++;
    }
    assert_int_equal(visited, count);
}

/* Deletion shifts later entries back: any order of puts and removals must leave the same map. */
static void any_order_of_changes_agrees_with_the_model(void **state)
{
    static char values[KEYS];
    uint64_t seed = 20261121;

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct map m = { 0 };
        void *model[KEYS] = { NULL };
        char text[16];

        for (int step = 0; step < 2000; step++) {
            size_t i = next_number(&seed) % KEYS;
            bool removes = next_number(&seed) % 100 < (step / 500 % 2 == 0 ? 30U : 70U);
            void *value = removes ? NULL : &values[next_number(&seed) % KEYS];
            void *before =
                removes ? map_remove(&m, key_of(i, text)) : map_put(&m, key_of(i, text), value);

            assert_ptr_equal(before, model[i]);
            model[i] = value;
            if (step % 100 == 0)
                check_against(&m, model);
        }
        check_against(&m, model);
        map_clear(&m);
    }
}

static void the_hash_depends_on_every_byte_and_the_length(void **state)
{
    char text[33] = { 0 };

    (void)state;
    for (size_t len = 0; len < 32; len++) {
        assert_int_not_equal(map_hash((str){ text, len }), map_hash((str){ text, len + 1 }));
        assert_int_equal(map_hash((str){ text, len }), map_hash((str){ text, len }));
    }
    uint64_t zeros = map_hash((str){ text, 32 });
    for (size_t at = 0; at < 32; at++) {
        text[at] = 1;
        assert_int_not_equal(map_hash((str){ text, 32 }), zeros);
        text[at] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(keys_are_copied_and_may_hold_any_byte),
        cmocka_unit_test(any_order_of_changes_agrees_with_the_model),
        cmocka_unit_test(the_hash_depends_on_every_byte_and_the_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
