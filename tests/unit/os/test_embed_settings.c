/* What an embedding program can say of authorization: all that a file can, and the loader takes it.
 */
#include "folder.h"

#include "auth/issuer.h"
#include "os/embed_settings.h"
#include "os/options_table.h"
#include "json/parse.h"

// clang-format off
static const agentos_issuer everything = {
    .issuer = "https://id.example.com", .audience = AGENTOS_LIST("one", "two"), .audience_claim = "aud",
    .algorithms = AGENTOS_LIST("RS256", "ES256"), .typ = AGENTOS_LIST("JWT", "-"),
    .required_claims = AGENTOS_LIST("jti"), .equal_claims = AGENTOS_LIST({ "token_use", "access" }),
    .max_lifetime_s = 900, .leeway_s = 60, .max_stale_s = 3600,
    .jwks_url = "https://id.example.com/jwks",
    .scopes_claim = AGENTOS_LIST("scp"), .user_id_claim = "sub", .session_id_claim = "sid",
    .roles_claim = "roles", .tenant_claim = "org_id", .grants = AGENTOS_LIST("agents:*"),
    .roles = AGENTOS_LIST({ "viewer", AGENTOS_LIST("agents:read") }),
    .scope_prefix = "os/", .scope_strings = "single", .allow_weak_keys = AGENTOS_YES, .preset = "generic",
};
static const agentos_authorization_config config = {
    .verification_keys = AGENTOS_LIST("0123456789abcdef0123456789abcdef-1"), .algorithm = "HS256",
    .issuer = "https://own.example.com", .audience = AGENTOS_LIST("os"), .verify_audience = AGENTOS_YES,
    .audience_claim = "aud", .admin_scope = "os:admin", .user_isolation = AGENTOS_YES, .validate = AGENTOS_YES,
    .allow_weak_keys = AGENTOS_NO, .plain_fallback = AGENTOS_YES, .token_source = "header",
    .token_header = "Authorization", .cookie_name = "access_token", .bare_token = "refuse",
    .scope_strings = "split", .scopes_claim = AGENTOS_LIST("scopes"), .user_id_claim = "sub",
    .session_id_claim = "session_id", .roles_claim = "role", .dependencies_claims = AGENTOS_LIST("email"),
    .session_state_claims = AGENTOS_LIST("org"),
    .scope_mappings = AGENTOS_LIST({ "GET /config", AGENTOS_LIST("app:read") }),
    .roles = AGENTOS_LIST({ "viewer", AGENTOS_LIST("agents:read") }),
    .excluded_routes = AGENTOS_LIST("/health"), .excluded_routes_add = AGENTOS_LIST("/info"),
    .jwks_url = "https://own.example.com/jwks",
};
/* Of one place to get keys from, the others are left out. */
static const char *const other_sources[] = { "jwks_file", "x509_url", "discovery_url", "verification_keys" };
// clang-format on

static const char *text_of_everything(arena *a)
{
    AUTO_BUF text = buf_with_limit(64 * 1024);
    agentos_authorization_config whole = config;
    writer w = { .out = &text };

    whole.issuers[0] = everything;
    write_object(&w);
    write_key(&w, "authorization");
    embed_write_authorization(&whole, true, &w);
    write_end(&w);
    assert_true(buf_ok(&text));
    return arena_copy(a, buf_view(&text));
}

static bool is_other_source(const char *key)
{
    for (size_t i = 0; i < COUNT(other_sources); i++)
        if (strcmp(other_sources[i], key) == 0)
            return true;
    return false;
}

static void check_keys(const json_t *object, const struct option_section *section)
{
    for (size_t i = 0; i < section->count; i++)
        if (json_object_get(object, section->rows[i].key) == NULL &&
            !is_other_source(section->rows[i].key))
            fail_msg("no struct can say '%s'", section->rows[i].key);
}

static void every_key_of_authorization_has_a_member(void **state)
{
    struct folder *folder = *state;
    const json_t *root = NULL;
    agentos_error err;

    if (json_parse(folder->a, str_of(text_of_everything(folder->a)), &root, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    const json_t *authorization = json_object_get(root, "authorization");
    for (size_t i = 0; i < option_root.count; i++)
        if (strcmp(option_root.rows[i].key, "authorization") == 0)
            check_keys(authorization, option_root.rows[i].section);
    check_keys(json_array_get(json_object_get(authorization, "issuers"), 0), &option_issuer);
}

static void what_is_written_is_read_back(void **state)
{
    struct folder *folder = *state;
    const struct option_flags flags = { .port = -1, .text = text_of_everything(folder->a) };

    if (options_load(&flags, folder->a, &folder->options, &folder->faults, &folder->err) !=
        AGENTOS_OK)
        fail_msg("%s: %s", folder->faults.all[0].key, folder->faults.all[0].sentence);
    const struct issuer_options *issuer = &folder->options.authorization.issuers[0];
    assert_int_equal(issuer->leeway_s, 60);
    assert_int_equal(issuer->max_lifetime_s, 900);
    assert_string_equal(issuer->scope_prefix, "os/");
    assert_true(issuer->allow_weak_keys);
    assert_string_equal(folder->options.authorization.admin_scope, "os:admin");
    assert_true(folder->options.authorization.user_isolation);
}

static void what_is_not_said_is_not_written(void **state)
{
    static const agentos_authorization_config nothing = { .algorithm = NULL };
    AUTO_BUF text = buf_with_limit(1024);

    (void)state;
    embed_write_authorization(&nothing, false, &(writer){ .out = &text });
    assert_string_equal(text.ptr, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(every_key_of_authorization_has_a_member),
        TEST_IN_FOLDER(what_is_written_is_read_back),
        TEST_IN_FOLDER(what_is_not_said_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
