/* The contract's recorded conversations about tokens and scopes, one by one: what was sent, and the
 * status and detail that came back. Where we decided otherwise, the row says so. */
#include "auth/account/accounts.h"
#include "auth/scope/access.h"
#include "auth/token/token_cache.h"
#include "token.h"

#define OTHER_SECRET "another-secret-0123456789-0123456789-x"
#define ISSUED       "\"iat\":1795288566,\"exp\":1795292166"
#define USER         "\"sub\":\"user-1\",\"aud\":\"inv-os\"," ISSUED
#define RECORDED                                                                             \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZG1pbi0xIiwiYXVkIjoiaW52LW9zIiwic2Nvc" \
    "GVzIjpbImFnZW50X29zOmFkbWluIl0sImlhdCI6MTc5NTI4ODU2NSwiZXhwIjoxNzk1MjkyMTY1fQ.p5jpIeKj" \
    "7Sa55WLyuehsbY2MitA1wXChhJXeEZRUFQs"

#define NEED(scope) "Insufficient permissions. Required scope(s): " scope

enum sent { HEADER, CLAIMS, WRONG_KEY, WRONG_ALG, ALG_NONE };

struct exchange {
    const char *name;
    enum sent sent;
    const char *text; /* the header's value, or the claims of a token */
    struct access access;
    const char *id;
    agentos_status status;
    const char *detail;
};

#define LISTING FILTERS("agents:read"), ""

// clang-format off
static const struct exchange auth_errors[] = {
    { "no token", HEADER, NULL, LISTING, AGENTOS_UNAUTHENTICATED, "Authorization header missing" },
    { "bare word Bearer", HEADER, "Bearer", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Not enough segments" },
    { "raw token without Bearer is accepted", HEADER, RECORDED, LISTING, AGENTOS_OK, "" },
    { "lowercase bearer", HEADER, "bearer " RECORDED, LISTING, AGENTOS_OK, "" },
    { "Basic scheme", HEADER, "Basic abc", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Not enough segments" },
    { "garbage", HEADER, "Bearer not-a-jwt", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Not enough segments" },
    { "garbage 3 parts", HEADER, "Bearer a.b.c", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Invalid header padding" },
    { "wrong key", WRONG_KEY, "{" USER ",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Signature verification failed" },
    { "wrong alg", WRONG_ALG, "{" USER ",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: The specified alg value is not allowed" },
    { "alg none", ALG_NONE, "{\"sub\":\"x\",\"scopes\":[\"agent_os:admin\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: The specified alg value is not allowed" },
    { "expired", CLAIMS, "{\"sub\":\"user-1\",\"scopes\":[\"agents:read\"],\"exp\":1795288506}", LISTING, AGENTOS_UNAUTHENTICATED, "Token has expired" },
    { "expired within 10 s leeway", CLAIMS, "{\"sub\":\"user-1\",\"scopes\":[\"agents:read\"],\"exp\":1795288561}", LISTING, AGENTOS_OK, "" },
    { "expired by exactly the leeway", CLAIMS, "{\"sub\":\"user-1\",\"scopes\":[\"agents:read\"],\"exp\":1795288556}", LISTING, AGENTOS_UNAUTHENTICATED, "Token has expired" },
    { "not yet valid (nbf +1h)", CLAIMS, "{" USER ",\"nbf\":1795292166}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: The token is not yet valid (nbf)" },
    { "iat in the future (+1h)", CLAIMS, "{\"sub\":\"u\",\"iat\":1795292166}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: The token is not yet valid (iat)" },
    { "no exp at all", CLAIMS, "{\"sub\":\"u\",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_OK, "" },
    { "exp not a number (ours: refused)", CLAIMS, "{\"sub\":\"u\",\"scopes\":[\"agents:read\"],\"exp\":\"1795292166\"}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Expiration Time claim (exp) must be an integer." },
    { "sub is an int", CLAIMS, "{\"sub\":5,\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Subject must be a string" },
    { "reserved sub sa:", CLAIMS, "{\"sub\":\"sa:x\",\"scopes\":[\"agent_os:admin\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token subject" },
    { "reserved sub __scheduler__", CLAIMS, "{\"sub\":\"__scheduler__\",\"scopes\":[\"agent_os:admin\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token subject" },
    { "reserved sub __oauth__:", CLAIMS, "{\"sub\":\"__oauth__:x\",\"scopes\":[\"agent_os:admin\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token subject" },
    { "scopes is a string (one scope only)", CLAIMS, "{" USER ",\"scopes\":\"agents:read\"}", LISTING, AGENTOS_OK, "" },
    { "scopes is a space separated string", CLAIMS, "{" USER ",\"scopes\":\"agents:read teams:read\"}", LISTING, AGENTOS_OK, "" },
    { "the same is no agents:read", CLAIMS, "{" USER ",\"scopes\":\"agents:read teams:read\"}", NEEDS("agents:read"), "alpha", AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "scopes is an object", CLAIMS, "{" USER ",\"scopes\":{\"a\":1}}", LISTING, AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "scopes missing", CLAIMS, "{" USER "}", LISTING, AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "a number inside scopes (ours: ignored)", CLAIMS, "{" USER ",\"scopes\":[7,\"agents:read\"]}", LISTING, AGENTOS_OK, "" },
    { "403 no scope for a listing", CLAIMS, "{" USER ",\"scopes\":[\"sessions:read\"]}", LISTING, AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "403 run-only on listing", CLAIMS, "{" USER ",\"scopes\":[\"agents:run\"]}", LISTING, AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "per resource read filters the listing", CLAIMS, "{" USER ",\"scopes\":[\"agents:beta:read\"]}", LISTING, AGENTOS_OK, "" },
    { "per resource read of an unknown id gives an empty list", CLAIMS, "{" USER ",\"scopes\":[\"agents:nope:read\"]}", LISTING, AGENTOS_OK, "" },
    { "wildcard read", CLAIMS, "{" USER ",\"scopes\":[\"agents:*:read\"]}", LISTING, AGENTOS_OK, "" },
    { "403 detail of other agent", CLAIMS, "{" USER ",\"scopes\":[\"agents:beta:read\"]}", NEEDS("agents:read"), "alpha", AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "403 run", CLAIMS, "{" USER ",\"scopes\":[\"agents:read\"]}", GATED("agents:run", "agents:run"), "alpha", AGENTOS_FORBIDDEN, NEED("agents:run") },
    { "403 sessions", CLAIMS, "{" USER ",\"scopes\":[\"agents:read\"]}", NEEDS("sessions:read"), "", AGENTOS_FORBIDDEN, NEED("sessions:read") },
    { "403 multi", CLAIMS, "{" USER ",\"scopes\":[\"agents:read\"]}", NEEDS("sessions:delete"), "", AGENTOS_FORBIDDEN, NEED("sessions:delete") },
    { "unmapped: GET /metrics/refresh/status with zero scopes", CLAIMS, "{" USER ",\"scopes\":[]}", NEEDS("metrics:read"), "", AGENTOS_FORBIDDEN, NEED("metrics:read") },
    { "unmapped: GET /knowledge/content/x/status", CLAIMS, "{" USER ",\"scopes\":[]}", NEEDS("knowledge:read"), "", AGENTOS_FORBIDDEN, NEED("knowledge:read") },
    { "unmapped in middleware, route gate: resume", CLAIMS, "{" USER ",\"scopes\":[]}", GATED(NULL, "agents:run"), "alpha", AGENTOS_FORBIDDEN, "Access denied to run this agent" },
    { "list runs needs read in middleware + run in route (read only)", CLAIMS, "{" USER ",\"scopes\":[\"agents:read\"]}", GATED("agents:read", "agents:run"), "alpha", AGENTOS_FORBIDDEN, "Access denied to run this agent" },
    { "list runs needs read in middleware + run in route (run only)", CLAIMS, "{" USER ",\"scopes\":[\"agents:run\"]}", GATED("agents:read", "agents:run"), "alpha", AGENTOS_FORBIDDEN, NEED("agents:read") },
    { "zero scopes are enough where any token is", CLAIMS, "{" USER ",\"scopes\":[]}", ANY_TOKEN, "", AGENTOS_OK, "" },
    { "pat unknown", HEADER, "Bearer agno_pat_doesnotexist", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid or expired service account token" },
};

static const struct exchange audience[] = {
    { "right aud", CLAIMS, "{" USER ",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_OK, "" },
    { "aud list containing it", CLAIMS, "{\"aud\":[\"x\",\"inv-os\"],\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_OK, "" },
    { "wrong aud", CLAIMS, "{\"aud\":\"other-os\",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token audience - token not valid for this AgentOS instance" },
    { "missing aud", CLAIMS, "{\"sub\":\"user-1\",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Token is missing the \"aud\" claim. Audience verification requires this claim to be present in the token." },
};

static const struct exchange issuer[] = {
    { "right iss+aud", CLAIMS, "{\"aud\":\"aud-x\",\"iss\":\"https://idp.example\",\"scopes\":[\"agents:read\"]}", LISTING, AGENTOS_OK, "" },
    { "wrong iss", CLAIMS, "{\"aud\":\"aud-x\",\"iss\":\"https://evil.example\"}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Invalid issuer. Expected: https://idp.example, got: https://evil.example" },
    { "missing iss", CLAIMS, "{\"aud\":\"aud-x\"}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Token is missing the \"iss\" claim. Issuer verification requires this claim to be present in the token." },
    { "iss with trailing slash", CLAIMS, "{\"aud\":\"aud-x\",\"iss\":\"https://idp.example/\"}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token: Invalid issuer. Expected: https://idp.example, got: https://idp.example/" },
    { "wrong aud, right iss", CLAIMS, "{\"aud\":\"inv-os\",\"iss\":\"https://idp.example\"}", LISTING, AGENTOS_UNAUTHENTICATED, "Invalid token audience - token not valid for this AgentOS instance" },
};
// clang-format on

static const char *header_of(arena *a, const struct exchange *exchange)
{
    switch (exchange->sent) {
    case CLAIMS:
        return arena_printf(a, "Bearer %s", mint(a, "HS256", TOKEN_SECRET, exchange->text));
    case WRONG_KEY:
        return arena_printf(a, "Bearer %s", mint(a, "HS256", OTHER_SECRET, exchange->text));
    case WRONG_ALG:
        return arena_printf(a, "Bearer %s", mint(a, "HS512", TOKEN_SECRET, exchange->text));
    case ALG_NONE:
        return arena_printf(a, "Bearer %s", forge(a, "{\"alg\":\"none\"}", exchange->text, ""));
    case HEADER: break;
    }
    return exchange->text;
}

static agentos_status answer(const struct authority *authority, struct token_cache *cache,
                             const struct exchange *exchange, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const struct request *request = request_with(a, header_of(a, exchange));
    const struct principal *principal;
    const struct auth_request how = {
        .cache = cache, .request = request, .now_s = TOKEN_NOW, .arena = a
    };

    TRY(authenticate(authority, &how, &principal, err));
    return authorize(&exchange->access, principal, str_of(exchange->id), err);
}

/* Twice each: the second time whatever is remembered must give the same answer. */
static void replay(const struct authority_options *options, const struct exchange *all,
                   size_t count)
{
    struct token_cache *cache = token_cache_new(64);
    struct authority_options with_accounts = *options;
    struct authority *authority;

    with_accounts.accounts = accounts_new();
    assert_int_equal(authority_new(&with_accounts, &authority, NULL), AGENTOS_OK);
    for (size_t i = 0; i < 2 * count; i++) {
        const struct exchange *exchange = &all[i % count];
        agentos_error err = { 0 };
        agentos_status status = answer(authority, cache, exchange, &err);

        if (status != exchange->status || strcmp(err.message, exchange->detail) != 0)
            fail_msg("%s: %s \"%s\"", exchange->name, agentos_status_name(status), err.message);
    }
    authority_free(authority);
    accounts_free(with_accounts.accounts);
    token_cache_free(cache);
}

static const char *const keys[] = { TOKEN_SECRET }, *const names[] = {
    "authorization.verification_keys[0]"
};

static struct authority_options plain_options(void)
{
    return (struct authority_options){
        .authorization = true,
        .keys = keys,
        .key_names = names,
        .key_count = 1,
        .algorithm = "HS256",
        .os_id = "inv-os",
    };
}

static void errors_are_answered_as_recorded(void **state)
{
    const struct authority_options options = plain_options();

    (void)state;
    replay(&options, auth_errors, COUNT(auth_errors));
}

static void audiences_are_checked_as_recorded(void **state)
{
    struct authority_options options = plain_options();

    (void)state;
    options.verify_audience = CHOICE_YES;
    replay(&options, audience, COUNT(audience));
}

static void issuers_are_checked_as_recorded(void **state)
{
    static const char *const expected[] = { "aud-x" };
    struct authority_options options = plain_options();

    (void)state;
    options.issuer = "https://idp.example";
    options.audiences = expected;
    options.audience_count = 1;
    replay(&options, issuer, COUNT(issuer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_answered_as_recorded),
        cmocka_unit_test(audiences_are_checked_as_recorded),
        cmocka_unit_test(issuers_are_checked_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
