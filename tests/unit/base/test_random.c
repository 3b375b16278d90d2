/* Identifiers: their form (RFC 9562 §5.4), and that none comes twice. */
#include "base/random.h"

#include "base/clock.h"
#include "base/map.h"

#include "unit.h"

/* form: h any digit, v a digit of the variant, others themselves. */
static bool has_form(const char *text, const char *form)
{
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        const char *allowed = form[i] == 'h'   ? "0123456789abcdef"
                              : form[i] == 'v' ? "89ab"
                              : form[i] == '4' ? "4"
                              : form[i] == '7' ? "7"
                                               : "-";
        if (strchr(allowed, text[i]) == NULL)
            return false;
    }
    return true;
}

static void a_uuid_has_version_four_and_its_variant(void **state)
{
    char text[UUID_SIZE];

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(has_form(random_uuid(text), "hhhhhhhh-hhhh-4hhh-vhhh-hhhhhhhhhhhh"));
}

static void an_ordered_uuid_has_version_seven_and_the_time(void **state)
{
    char text[UUID_SIZE], time[14];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t before_ms = (uint64_t)clock_now_us() / 1000;
        (void)ordered_uuid(text);
        assert_true(has_form(text, "hhhhhhhh-hhhh-7hhh-vhhh-hhhhhhhhhhhh"));
        (void)snprintf(time, sizeof(time), "%.8s%.4s", text, text + 9);
        assert_in_range(strtoull(time, NULL, 16), before_ms, before_ms + 60000);
    }
}

static void ordered_uuids_increase(void **state)
{
    char before[UUID_SIZE], after[UUID_SIZE];

    (void)state;
    (void)ordered_uuid(before);
    for (int i = 0; i < 200000; i++) {
        (void)ordered_uuid(after);
        assert_true(strcmp(before, after) < 0);
        (void)memcpy(before, after, sizeof(before));
    }
}

/* Of 74 bits none is the same in all of them: each millisecond draws afresh. */
static void an_ordered_uuid_has_74_random_bits(void **state)
{
    char text[UUID_SIZE];
    uint64_t ones = 0, zeros = 0, high_ones = 0, high_zeros = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        (void)ordered_uuid(text);
        uint64_t high = strtoull((const char[]){ text[15], text[16], text[17], 0 }, NULL, 16);
        char low[17];
        (void)snprintf(low, sizeof(low), "%.4s%.12s", text + 19, text + 24);
        ones |= strtoull(low, NULL, 16);
        zeros |= ~strtoull(low, NULL, 16);
        high_ones |= high;
        high_zeros |= ~high;
    }
    assert_int_equal(ones & zeros & ((UINT64_C(1) << 62) - 1), (UINT64_C(1) << 62) - 1);
    assert_int_equal(high_ones & high_zeros & 0xFFF, 0xFFF);
}

static void no_uuid_comes_twice(void **state)
{
    struct map seen = { 0 };
    char text[UUID_SIZE];

    (void)state;
    for (int i = 0; i < 20000; i++)
        assert_null(map_put(&seen, str_of(random_uuid(text)), &seen));
    map_clear(&seen);
}

static void draws_of_any_size_fill_their_place_and_no_more(void **state)
{
    unsigned char bytes[1100];
    static const size_t sizes[] = { 0, 1, 16, 511, 512, 513, 1024 };

    (void)state;
    for (EACH(sizes, size)) {
        unsigned char all = 0;

        memset(bytes, 0, sizeof(bytes));
        random_bytes(bytes, *size);
        for (size_t i = 0; i < sizeof(bytes); i++) {
            all |= i < *size ? bytes[i] : 0;
            assert_true(i < *size || bytes[i] == 0);
        }
        assert_true(*size < 16 || all != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uuid_has_version_four_and_its_variant),
        cmocka_unit_test(an_ordered_uuid_has_version_seven_and_the_time),
        cmocka_unit_test(ordered_uuids_increase),
        cmocka_unit_test(an_ordered_uuid_has_74_random_bits),
        cmocka_unit_test(no_uuid_comes_twice),
        cmocka_unit_test(draws_of_any_size_fill_their_place_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
