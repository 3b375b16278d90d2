/* PEM as it arrives through shells, .env files, YAML and clipboards: repaired where the repair has
 * one meaning, refused with a sentence where it has not. */
#include "base/mem.h"
#include "jose/pem.h"
#include "tokens.h"

/* A P-256 public key; its base64 in two pieces, as on two lines. */
#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END   "-----END PUBLIC KEY-----"
#define ONE   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7"
#define TWO   "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ=="

static const str readable[] = {
    STR_INIT(BEGIN "\n" ONE "\n" TWO "\n" END "\n"),
    STR_INIT(BEGIN "\r\n" ONE "\r\n" TWO "\r\n" END "\r\n"),
    STR_INIT(BEGIN "\r" ONE "\r" TWO "\r" END),
    STR_INIT(BEGIN "\\n" ONE "\\n" TWO "\\n" END "\\n"),
    STR_INIT(BEGIN "\\r\\n" ONE "\\r\\n" TWO "\\r\\n" END),
    STR_INIT(BEGIN " " ONE " " TWO " " END),
    STR_INIT(BEGIN ONE TWO END),
    STR_INIT("  \n\t" BEGIN "\n  " ONE "\n  " TWO "\n  " END "\n\n  "),
    STR_INIT("\"" BEGIN "\\n" ONE "\\n" TWO "\\n" END "\\n\""),
    STR_INIT("'" BEGIN "\n" ONE "\n" TWO "\n" END "'\n"),
    STR_INIT("\xEF\xBB\xBF" BEGIN "\n" ONE "\n" TWO "\n" END "\n"),
};

static void what_lost_its_line_breaks_is_repaired(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(readable); i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };

        agentos_status status =
            key_read_verification(readable[i], alg_find(STR("ES256")), KEY_STRONG, &key, &err);
        assert_string_equal(err.message, "");
        assert_int_equal(status, AGENTOS_OK);
        assert_non_null(key);
        key_free(key);
    }
}

static const struct {
    str text;
    const char *part; /* of the sentence */
} unreadable[] = {
    { STR_INIT(""), "not PEM" },
    { STR_INIT("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"), "not PEM" },
    { STR_INIT("-----BEGIN PUBLIC KEY"), "not PEM" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n"), "cut off" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n-----END PUBLIC KEY"), "cut off" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n-----END CERTIFICATE-----"), "cut off" },
    { STR_INIT(BEGIN "\n" ONE "\n" END), "is not a valid" },
    { STR_INIT(BEGIN "\n" END), "is not a valid" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "AAAA\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\n" ONE "AAAA\n" TWO "\n" END), "is not a valid" },
    { STR_INIT(BEGIN "\n" ONE "\n...\n" TWO "\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\nM-_k\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\nMFk\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\nMF==kw\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\nMFk===\n" END), "not valid base64" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n" END "\n" BEGIN "\n" ONE "\n" TWO "\n" END),
      "more than one" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n" END " and more"), "more than one" },
    { STR_INIT(BEGIN "\n" ONE "\n" TWO "\n" END "\0"), "more than one" },
    { STR_INIT("key: " BEGIN "\n" ONE "\n" TWO "\n" END), "before the PEM block" },
    { STR_INIT(BEGIN "\nProc-Type: 4,ENCRYPTED\n\n" ONE "\n" TWO "\n" END), "encrypted" },
    { STR_INIT("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"),
      "not a key" },
    { STR_INIT("-----BEGIN A VERY LONG LABEL THAT NOBODY USES-----\nAAAA\n"
               "-----END A VERY LONG LABEL THAT NOBODY USES-----"),
      "unknown label" },
    { STR_INIT("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"),
      "private key" },
};

static void what_cannot_be_repaired_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };

        agentos_status status =
            key_read_verification(unreadable[i].text, NULL, KEY_STRONG, &key, &err);
        assert_int_equal(status, AGENTOS_INVALID);
        if (strstr(err.message, unreadable[i].part) == NULL)
            fail_msg("case %zu: %s", i, err.message);
        assert_null(strstr(err.message, "MFkw")); /* no material in a sentence */
    }
}

static void a_file_that_is_no_key_by_its_size_is_not_looked_at(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    size_t len = KEY_FILE_MAX_BYTES + 1;
    char *text = arena_alloc(a, len);
    AUTO_PEM pem = { .der = NULL };

    memset(text, 'A', len);
    assert_int_equal(pem_read((str){ text, len }, &pem, NULL), AGENTOS_INVALID);
    assert_null(pem.der);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    str whole = readable[0];

    for (size_t len = 0; len < whole.len - 1; len++) {
        AUTO_PEM pem = { .der = NULL };
        assert_int_equal(pem_read((str){ whole.ptr, len }, &pem, NULL), AGENTOS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lost_its_line_breaks_is_repaired),
        cmocka_unit_test(what_cannot_be_repaired_is_refused_with_a_reason),
        cmocka_unit_test(a_file_that_is_no_key_by_its_size_is_not_looked_at),
        cmocka_unit_test(every_truncation_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
