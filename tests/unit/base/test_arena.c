/* An arena's promises: zeroed, aligned, released once, destructors last in first out. */
#include "base/arena.h"

#include "unit.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    arena *a = arena_new();

    (void)state;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *memory = arena_alloc(a, size);

        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
            memory[i] = 0xFF;
        }
    }
    arena_free(a);
}

static void pieces_do_not_overlap_whatever_their_sizes(void **state)
{
    enum { PIECES = 200 };
    arena *a = arena_new();
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    uint64_t seed = 42;

    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        sizes[i] = next_number(&seed) % (i % 20 == 0 ? 40000 : 500);
        pieces[i] = arena_alloc(a, sizes[i]);
        memset(pieces[i], (int)i, sizes[i]);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], i & 0xFF);
    arena_free(a);
}

static void a_copy_ends_in_nul(void **state)
{
    arena *a = arena_new();
    str part = { "hello, world", 5 };

    (void)state;
    assert_string_equal(arena_copy(a, part), "hello");
    assert_string_equal(arena_copy(a, (str){ NULL, 0 }), "");
    arena_free(a);
}

static void printf_takes_what_it_needs(void **state)
{
    arena *a = arena_new();
    char long_text[5000];

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(arena_printf(a, "%s", ""), "");
    assert_int_equal(strlen(arena_printf(a, "%s!", long_text)), sizeof(long_text));
    arena_free(a);
}

static char order[8];

static void note(void *object)
{
    size_t len = strlen(order);

    order[len] = *(const char *)object;
    order[len + 1] = '\0';
}

static void what_was_deferred_is_released_last_in_first_out(void **state)
{
    arena *a = arena_new();
    char letters[] = { 'a', 'b', 'c' };

    (void)state;
    order[0] = '\0';
    for (size_t i = 0; i < 3; i++)
        arena_defer(a, note, &letters[i]);
    assert_string_equal(order, "");
    arena_free(a);
    assert_string_equal(order, "cba");
}

static void a_destructor_may_use_the_arenas_memory(void **state)
{
    arena *a = arena_new();

    (void)state;
    order[0] = '\0';
    arena_defer(a, note, arena_copy(a, STR("z")));
    (void)arena_alloc(a, 100000);
    arena_free(a);
    assert_string_equal(order, "z");
}

static void copied_texts_are_others_and_nothing_stays_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    const char *texts[] = { "a", NULL, "" };
    const char *const *copies = arena_copy_texts(a, texts, 3);

    (void)state;
    assert_ptr_not_equal(copies[0], texts[0]);
    assert_string_equal(copies[0], "a");
    assert_null(copies[1]);
    assert_string_equal(copies[2], "");
}

static void a_large_object_shares_the_first_block_with_small_ones(void **state)
{
    const size_t sizes[] = { 1, 1000, 2288, 7000, 100000 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        AUTO(arena) *a = arena_new_for(sizes[i]);
        size_t before = arena_size(a);

        assert_in_range(before, sizes[i] + 1024, sizes[i] + 1024 + 16);
        (void)arena_alloc(a, sizes[i]);
        for (size_t small = 0; small < 8; small++)
            (void)arena_alloc(a, 100);
        assert_int_equal(arena_size(a), before); /* no second block */
    }
}

static void one_large_piece_does_not_make_later_blocks_larger(void **state)
{
    const size_t large[] = { 2100, 5000, 1000000 };

    (void)state;
    for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++) {
        AUTO(arena) *a = arena_new();

        assert_int_equal(arena_size(a), 1024);
        (void)arena_alloc(a, large[i]);
        size_t before = arena_size(a);
        assert_in_range(before - 1024, large[i], large[i] + 48);
        (void)arena_alloc(a, 100);
        assert_int_equal(arena_size(a) - before, 2048);
    }
}

static void blocks_of_small_pieces_double_up_to_eight_kilobytes(void **state)
{
    const size_t blocks[] = { 1024, 2048, 4096, 8192, 8192, 8192 };
    AUTO(arena) *a = arena_new();
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        size += blocks[i];
        while (arena_size(a) < size)
            (void)arena_alloc(a, 64);
        assert_int_equal(arena_size(a), size);
    }
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    arena_free(NULL);
    arena_free(arena_new());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(pieces_do_not_overlap_whatever_their_sizes),
        cmocka_unit_test(a_copy_ends_in_nul),
        cmocka_unit_test(printf_takes_what_it_needs),
        cmocka_unit_test(what_was_deferred_is_released_last_in_first_out),
        cmocka_unit_test(a_destructor_may_use_the_arenas_memory),
        cmocka_unit_test(copied_texts_are_others_and_nothing_stays_nothing),
        cmocka_unit_test(a_large_object_shares_the_first_block_with_small_ones),
        cmocka_unit_test(one_large_piece_does_not_make_later_blocks_larger),
        cmocka_unit_test(blocks_of_small_pieces_double_up_to_eight_kilobytes),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
