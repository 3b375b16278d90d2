/* Identifiers: their form (RFC 9562 §5.4), and that none comes twice. */
#include "base/random.h"

#include "base/map.h"

#include "unit.h"

static bool is_uuid_v4(const char *text)
{
    static const char form[] = "hhhhhhhh-hhhh-4hhh-vhhh-hhhhhhhhhhhh";

    if (strlen(text) != sizeof(form) - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        const char *allowed = form[i] == 'h'   ? "0123456789abcdef"
                              : form[i] == 'v' ? "89ab"
                              : form[i] == '4' ? "4"
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
        assert_true(is_uuid_v4(random_uuid(text)));
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
        cmocka_unit_test(no_uuid_comes_twice),
        cmocka_unit_test(draws_of_any_size_fill_their_place_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
