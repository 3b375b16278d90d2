/* Discovery documents: where they are looked for, whose they must be, and where they may lead. */
#include "auth/keys/discovery.h"
#include "unit.h"

static void places_are_those_of_the_standards(void **state)
{
    static const struct {
        const char *issuer, *openid, *oauth;
    } cases[] = {
        { "https://id.example", "https://id.example/.well-known/openid-configuration",
          "https://id.example/.well-known/oauth-authorization-server" },
        { "https://id.example/", "https://id.example/.well-known/openid-configuration",
          "https://id.example/.well-known/oauth-authorization-server" },
        { "https://id.example/realms/a/",
          "https://id.example/realms/a/.well-known/openid-configuration",
          "https://id.example/.well-known/oauth-authorization-server/realms/a" },
        { "http://127.0.0.1:8080/t", "http://127.0.0.1:8080/t/.well-known/openid-configuration",
          "http://127.0.0.1:8080/.well-known/oauth-authorization-server/t" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const char *places[DISCOVERY_URLS];

        discovery_urls(a, str_of(c->issuer), places);
        assert_string_equal(places[0], c->openid);
        assert_string_equal(places[1], c->oauth);
    }
}

#define ISSUER "\"issuer\":\"https://id.example\""

static const struct {
    const char *document, *keys, *reason; /* keys NULL: refused, and why it begins so */
} documents[] = {
    { "{" ISSUER ",\"jwks_uri\":\"https://id.example/k\"}", "https://id.example/k", NULL },
    { "{" ISSUER ",\"jwks_uri\":\"https://keys.example/\",\"x\":[]}", "https://keys.example/",
      NULL },
    { "<html>", NULL, "is not JSON: " },
    { "", NULL, "is not JSON: " },
    { "[]", NULL, "is of the issuer '', not 'https://id.example'" },
    { "{\"jwks_uri\":\"https://id.example/k\"}", NULL, "is of the issuer ''" },
    { "{\"issuer\":5,\"jwks_uri\":\"https://id.example/k\"}", NULL, "is of the issuer ''" },
    { "{\"issuer\":\"https://id.example/\",\"jwks_uri\":\"https://id.example/k\"}", NULL,
      "is of the issuer 'https://id.example/'" },
    { "{\"issuer\":\"https://id.example.evil\",\"jwks_uri\":\"https://id.example/k\"}", NULL,
      "is of the issuer 'https://id.example.evil'" },
    { "{" ISSUER ",\"issuer\":\"https://evil\",\"jwks_uri\":\"https://id.example/k\"}", NULL,
      "is not JSON: " },
    { "{" ISSUER "}", NULL, "has no jwks_uri" },
    { "{" ISSUER ",\"jwks_uri\":7}", NULL, "has no jwks_uri" },
    { "{\"issuer\":\"https://id.example/\"}", NULL,
      "is of the issuer 'https://id.example/', not 'https://id.example'; they differ in the slash "
      "at "
      "the end" },
    { "{\"issuer\":\"https://ID.example\"}", NULL,
      "is of the issuer 'https://ID.example', not 'https://id.example'; they differ in capital "
      "letters" },
    { "{\"issuer\":\"http://id.example/\"}", NULL,
      "is of the issuer 'http://id.example/', not 'https://id.example'; they differ in the "
      "scheme" },
    { "{" ISSUER ",\"jwks_uri\":\"/k\"}", NULL, "leads to" },
    { "{" ISSUER ",\"jwks_uri\":\"http://id.example/k\"}", NULL, "leads to" },
    { "{" ISSUER ",\"jwks_uri\":\"file:///etc/keys\"}", NULL, "leads to" },
    { "{" ISSUER ",\"jwks_uri\":\"https://u@id.example/k\"}", NULL, "leads to" },
    { "{" ISSUER ",\"jwks_uri\":\"https://localhost/k\"}", NULL, "leads to" },
    { "{" ISSUER ",\"jwks_uri\":\"http://127.0.0.1/k\"}", NULL, "leads to" },
};

/* docs/design/security.md 21. */
static void a_document_counts_when_it_is_the_issuers_and_stays_outside(void **state)
{
    const struct discovery_rules rules = { "https://id.example", EGRESS_GUARDED, false };

    (void)state;
    for (EACH(documents, d)) {
        AUTO(arena) *a = arena_new();
        const char *keys = NULL;
        agentos_error err = { .message = "" };
        agentos_status status = discovery_read(a, str_of(d->document), &rules, &keys, &err);

        assert_int_equal(status, d->keys != NULL ? AGENTOS_OK : AGENTOS_INVALID);
        if (d->keys != NULL)
            assert_string_equal(keys, d->keys);
        else
            assert_true(str_starts(str_of(err.message), str_of(d->reason)));
    }
}

/* An issuer on this machine, as in development, has its keys there too. */
static void an_issuer_on_loopback_leads_to_loopback_alone(void **state)
{
    const struct discovery_rules rules = { "http://127.0.0.1:9", EGRESS_LOOPBACK, false };
    AUTO(arena) *a = arena_new();
    const char *keys = NULL;

    (void)state;
    assert_int_equal(
        discovery_read(
            a, STR("{\"issuer\":\"http://127.0.0.1:9\",\"jwks_uri\":\"http://127.0.0.1:9/k\"}"),
            &rules, &keys, NULL),
        AGENTOS_OK);
    assert_string_equal(keys, "http://127.0.0.1:9/k");
    assert_int_equal(
        discovery_read(
            a, STR("{\"issuer\":\"http://127.0.0.1:9\",\"jwks_uri\":\"https://id.example/k\"}"),
            &rules, &keys, NULL),
        AGENTOS_INVALID);
}

/* A key set of plain http counts where the document itself came that way, and stays outside. */
static void plain_http_leads_to_plain_http_where_it_is_allowed(void **state)
{
    static const struct {
        const char *keys;
        bool allow_http, is_right;
    } cases[] = {
        { "http://keycloak:8080/k", true, true },    { "https://id.example/k", true, true },
        { "http://keycloak:8080/k", false, false },  { "http://127.0.0.1/k", true, false },
        { "http://user@keycloak/k", true, false },   { "file:///etc/keys", true, false },
        { "https://localhost:8443/k", true, false },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct discovery_rules rules = { "http://keycloak:8080", EGRESS_GUARDED,
                                               c->allow_http };
        const char *document =
            arena_printf(a, "{\"issuer\":\"http://keycloak:8080\",\"jwks_uri\":\"%s\"}", c->keys);
        const char *keys = NULL;

        assert_int_equal(discovery_read(a, str_of(document), &rules, &keys, NULL),
                         c->is_right ? AGENTOS_OK : AGENTOS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_those_of_the_standards),
        cmocka_unit_test(a_document_counts_when_it_is_the_issuers_and_stays_outside),
        cmocka_unit_test(an_issuer_on_loopback_leads_to_loopback_alone),
        cmocka_unit_test(plain_http_leads_to_plain_http_where_it_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
