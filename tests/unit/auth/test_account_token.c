/* Tokens of service accounts: their shape, that no two are alike, and their hash. */
#include "auth/account/account_token.h"

#include "base/map.h"
#include "unit.h"

enum { DRAWN = 2000 };

static void drawn_tokens_have_their_shape_and_differ(void **state)
{
    struct map seen = { 0 };
    struct account_token token;
    size_t longest = 0, shortest = SIZE_MAX;

    (void)state;
    for (int i = 0; i < DRAWN; i++) {
        account_token_generate(&token);
        str text = str_of(token.text);

        assert_true(account_token_is_well_formed(text));
        assert_true(text.len < sizeof(token.text));
        assert_null(map_put(&seen, text, &seen));
        longest = text.len > longest ? text.len : longest;
        shortest = text.len < shortest ? text.len : shortest;
    }
    assert_int_equal(longest, strlen("agno_pat_") + 43);
    assert_in_range(shortest, strlen("agno_pat_") + 40, strlen("agno_pat_") + 43);
    map_clear(&seen);
}

/* 256 bits in base 62: each digit of the alphabet is about as frequent as any other. */
static void every_digit_is_drawn(void **state)
{
    size_t counts[128] = { 0 }, all = 0, digits = 0;
    struct account_token token;

    (void)state;
    for (int i = 0; i < DRAWN; i++) {
        account_token_generate(&token);
        for (const char *c = token.text + strlen("agno_pat_"); c[1] != '\0'; c++, all++)
            counts[(size_t)*c]++;
    }
    for (size_t i = 0; i < 128; i++)
        if (counts[i] > 0) {
            digits++;
            assert_in_range(counts[i], all / 62 * 8 / 10, all / 62 * 12 / 10);
        }
    assert_int_equal(digits, 62);
}

static void a_wiped_token_is_gone(void **state)
{
    static const struct account_token none;
    struct account_token token;

    (void)state;
    account_token_generate(&token);
    assert_memory_not_equal(&token, &none, sizeof(token));
    account_token_wipe(&token);
    assert_memory_equal(&token, &none, sizeof(token));
}

static void what_cannot_be_a_token_is_told_by_its_shape(void **state)
{
    static const struct {
        str text;
        bool is_shaped;
    } cases[] = {
        { STR_INIT("agno_pat_EwaPtTYji4DWntlnBSssmRLkJFJFKcVVZ4LNmSMBQax"), true },
        { STR_INIT("agno_pat_x"), true },
        { STR_INIT("agno_pat_"), false },
        { STR_INIT("agno_pat"), false },
        { STR_INIT(""), false },
        { STR_INIT("Agno_pat_x"), false },
        { STR_INIT("agno_pat_x y"), false },
        { STR_INIT("agno_pat_x\0"), false },
        { STR_INIT("agno_pat_x_"), false },
        { STR_INIT("agno_pat_EwaPtTYji4DWntlnBSssmRLkJFJFKcVVZ4LNmSMBQaxx"), false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_int_equal(account_token_is_well_formed(c->text), c->is_shaped);
}

/* FIPS 180-4's example. */
static void the_hash_is_sha_256(void **state)
{
    char hash[TOKEN_HASH_SIZE];

    (void)state;
    assert_string_equal(account_token_hash(STR("abc"), hash),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_tokens_have_their_shape_and_differ),
        cmocka_unit_test(every_digit_is_drawn),
        cmocka_unit_test(a_wiped_token_is_gone),
        cmocka_unit_test(what_cannot_be_a_token_is_told_by_its_shape),
        cmocka_unit_test(the_hash_is_sha_256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
