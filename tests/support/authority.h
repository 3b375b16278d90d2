/* Authorities made of two secrets, and questions to them. */
#ifndef SUPPORT_AUTHORITY_H
#define SUPPORT_AUTHORITY_H

#include "token.h"

#define SECOND_SECRET "second-secret-9876543210-9876543210-ab"
#define USER_CLAIMS \
    "{\"sub\":\"user-1\",\"session_id\":\"s-1\",\"scopes\":[\"agents:read\"],\"exp\":1795292166}"

static inline struct authority_options options_for(const char *algorithm, const char *const *keys,
                                                   size_t count)
{
    static const char *const names[] = { "authorization.verification_keys[0]",
                                         "authorization.verification_keys[1]",
                                         "JWT_VERIFICATION_KEY" };

    return (struct authority_options){
        .authorization = true,
        .keys = keys,
        .key_names = names,
        .key_count = count,
        .algorithm = algorithm,
        .os_id = "inv-os",
    };
}

static inline struct authority_options plain_options(void)
{
    static const char *const keys[] = { TOKEN_SECRET, SECOND_SECRET };

    return options_for("HS256", keys, 2);
}

static inline struct authority *make(const struct authority_options *options)
{
    struct authority *authority = NULL;
    agentos_error err = { 0 };

    if (authority_new(options, &authority, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return authority;
}

static inline agentos_status ask(const struct authority *authority, struct token_cache *cache,
                                 arena *a, const char *token, const struct principal **out,
                                 agentos_error *err)
{
    const char *header = token != NULL ? arena_printf(a, "Bearer %s", token) : NULL;
    const struct auth_request how = {
        .cache = cache, .request = request_with(a, header), .now_s = TOKEN_NOW, .arena = a
    };

    return authenticate(authority, &how, out, err);
}

static inline void assert_refused(const struct authority *authority, const char *token,
                                  const char *detail)
{
    AUTO(arena) *a = arena_new();
    const struct principal *principal = NULL;
    agentos_error err = { 0 };

    assert_int_equal(ask(authority, NULL, a, token, &principal, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, detail);
    assert_null(principal);
}

/* The user of an accepted token; the text is good for the arena. */
static inline const struct principal *accepted(const struct authority *authority, arena *a,
                                               const char *token)
{
    const struct principal *principal = NULL;
    agentos_error err = { 0 };

    if (ask(authority, NULL, a, token, &principal, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return principal;
}

#endif
