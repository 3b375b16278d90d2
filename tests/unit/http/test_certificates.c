/* The certificates that servers are verified by: libcurl's file where it exists, else the system's.
 */
#include "http/certificates.h"

#include "certificate.h"
#include "unit.h"

static void the_first_file_that_can_be_read_is_taken(void **state)
{
    static const char *const absent_first[] = { "/nowhere/a.pem", "/proc/self/status",
                                                "/etc/passwd" };
    static const char *const absent[] = { "/nowhere/a.pem", "/nowhere/b.pem" };

    (void)state;
    assert_string_equal(certificates_find_in("/nowhere/own.pem", absent_first, 3),
                        "/proc/self/status");
    assert_string_equal(certificates_find_in(NULL, absent_first, 3), "/proc/self/status");
    assert_null(certificates_find_in("/nowhere/own.pem", absent, 2));
    assert_null(certificates_find_in("/nowhere/own.pem", NULL, 0));
}

static void the_setting_of_libcurl_stays_where_its_file_is_there(void **state)
{
    static const char *const names[] = { "/proc/self/status" };

    (void)state;
    assert_null(certificates_find_in("/etc/passwd", names, 1));
    assert_null(certificates_find("/etc/passwd"));
}

static const char no_pem[] = "has no -----BEGIN CERTIFICATE----- line; if it is DER, convert it: "
                             "openssl x509 -inform der -in FILE -out FILE.pem";

static const struct {
    const char *text;
    const char *why; /* NULL: accepted */
} texts[] = {
    { CERTIFICATE, NULL },
    { CERTIFICATE CERTIFICATE, NULL },
    { "# our authority\n" CERTIFICATE "and text after it", NULL },
    { "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" CERTIFICATE, NULL },
    { "", "is empty" },
    { "not a certificate", no_pem },
    { "0\202\003\377", no_pem },
    { "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", no_pem },
    { CERTIFICATE "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "holds a private key; name the authority's certificate" },
    { "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n" CERTIFICATE,
      "holds a private key; name the authority's certificate" },
    { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "certificate 1 of it is damaged" },
    { CERTIFICATE "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "certificate 2 of it is damaged" },
    { CERTIFICATE "-----BEGIN CERTIFICATE-----\nMIIC", "its PEM is damaged or cut off" },
    { "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
      "its PEM is damaged or cut off" },
};

static void certificates_of_a_configuration_are_read_before_they_count(void **state)
{
    const str with_nul = { CERTIFICATE "\0" CERTIFICATE, sizeof(CERTIFICATE "\0" CERTIFICATE) - 1 };
    agentos_error err;

    (void)state;
    for (EACH(texts, t)) {
        err.message[0] = '\0';
        agentos_status status = certificates_check(str_of(t->text), &err);

        if (strcmp(err.message, t->why != NULL ? t->why : "") != 0)
            fail_msg("%s: %s", t->text, err.message);
        assert_int_equal(status, t->why == NULL ? AGENTOS_OK : AGENTOS_INVALID);
    }
    assert_int_equal(certificates_check(with_nul, &err), AGENTOS_INVALID);
    assert_string_equal(err.message, no_pem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_file_that_can_be_read_is_taken),
        cmocka_unit_test(certificates_of_a_configuration_are_read_before_they_count),
        cmocka_unit_test(the_setting_of_libcurl_stays_where_its_file_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
