/* RFC 4648 §10 and RFC 7515 appendix C, and what a strict decoder refuses. */
#include "base/mem.h"

#include "tokens.h"

static const struct {
    const char *bytes, *text;
} vectors[] = {
    { "", "" },
    { "f", "Zg" },
    { "fo", "Zm8" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg" },
    { "fooba", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy" },
    { "\x03\xec\xff\xe0\xc1", "A-z_4ME" }, /* RFC 7515 appendix C */
};

static void the_vectors_encode_and_decode(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(vectors); i++) {
        AUTO_BUF text = buf_with_limit(64);
        str bytes;

        base64url_append(&text, str_of(vectors[i].bytes));
        assert_true(str_equal(buf_view(&text), str_of(vectors[i].text)));
        assert_true(base64url_decode(a, str_of(vectors[i].text), &bytes));
        assert_true(str_equal(bytes, str_of(vectors[i].bytes)));
    }
}

static void every_byte_survives_at_every_position(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (unsigned value = 0; value < 256; value++) {
        for (size_t at = 0; at < 5; at++) {
            AUTO_BUF text = buf_with_limit(64);
            char bytes[5] = { 1, 2, 3, 4, 5 };
            str back;

            bytes[at] = (char)value;
            base64url_append(&text, (str){ bytes, sizeof(bytes) });
            assert_true(base64url_decode(a, buf_view(&text), &back));
            assert_int_equal(back.len, sizeof(bytes));
            assert_memory_equal(back.ptr, bytes, sizeof(bytes));
        }
    }
}

static void anything_but_the_one_text_is_refused(void **state)
{
    static const str refused[] = {
        STR_INIT("A"),        STR_INIT("Zm9vA"), STR_INIT("Zg=="),      STR_INIT("Zm9v=="),
        STR_INIT("Zm8="),     STR_INIT("Zh"),    STR_INIT("Zm9"),       STR_INIT("AB"),
        STR_INIT("A+z_4ME"),  STR_INIT("A-z/"),  STR_INIT(" Zm9v"),     STR_INIT("Zm9v\n"),
        STR_INIT("Zm9\n"),    STR_INIT("Zm\0v"), STR_INIT("Zm9v.Zm9v"), STR_INIT("Zm\xc3\xa9"),
        STR_INIT("\xff\xff"), STR_INIT("*Zm9"),
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(refused); i++) {
        str bytes;
        if (base64url_decode(a, refused[i], &bytes))
            fail_msg("accepted '%s'", refused[i].ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_encode_and_decode),
        cmocka_unit_test(every_byte_survives_at_every_position),
        cmocka_unit_test(anything_but_the_one_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
