/* The `authorization:` block compiled, and the way from a request to a principal. What a token must
 * satisfy is verify.c's, what a route demands access.c's. */
#include "auth/authority.h"

#include <stdatomic.h>

#include "auth/advice.h"
#include "auth/credential.h"
#include "auth/token_cache.h"
#include "auth/verify.h"

enum { CLOCK_LEEWAY_S = 10 }; /* the contract's, on exp, nbf and iat */

struct authority {
    enum auth_mode mode;
    enum bare_tokens bare;
    bool isolates;
    struct verifier verifier;
    uint64_t generation; /* no two authorities of a process share one */
    arena *arena;        /* for the options' texts */
};

static const struct principal open_principal = {
    .kind = PRINCIPAL_OPEN,
    .issuer = "",
    .unscoped = true,
};

static const char *copy(arena *a, const char *text)
{
    return text != NULL ? arena_copy(a, str_of(text)) : NULL;
}

static const struct alg *find_alg(const char *name, agentos_error *err)
{
    const struct alg *alg = alg_find(str_of(name));

    if (alg == NULL)
        (void)fail(err, AGENTOS_INVALID, /* NULL tells the caller */
                   "authorization.algorithm: " QUOTED
                   " is not a signature algorithm; RS256 is the usual one",
                   QUOTE(str_of(name)));
    return alg;
}

static agentos_status read_keys(struct authority *self, const struct authority_options *options,
                                agentos_error *err)
{
    const struct alg *alg =
        find_alg(options->algorithm != NULL ? options->algorithm : "RS256", err);
    enum key_strength strength = options->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    if (alg == NULL)
        return AGENTOS_INVALID;
    for (size_t i = 0; i < options->key_count; i++)
        TRY(keyring_add(&self->verifier.keys, copy(self->arena, options->key_names[i]),
                        str_of(options->keys[i]), alg, strength, err));
    return AGENTOS_OK;
}

static void expect_audiences(struct authority *self, const char *const *audiences, size_t count)
{
    const char **copies = arena_alloc(self->arena, count * sizeof(*copies));

    for (size_t i = 0; i < count; i++)
        copies[i] = copy(self->arena, audiences[i]);
    self->verifier.checks.audiences = copies;
    self->verifier.checks.audience_count = count;
}

static agentos_status read_checks(struct authority *self, const struct authority_options *options,
                                  agentos_error *err)
{
    struct verifier *verifier = &self->verifier;
    bool is_wanted = options->verify_audience == 1 ||
                     (options->verify_audience < 0 && options->audience_count > 0);

    verifier->checks.issuer = copy(self->arena, options->issuer);
    verifier->checks.leeway_s = CLOCK_LEEWAY_S;
    if (is_wanted && options->audience_count > 0)
        expect_audiences(self, options->audiences, options->audience_count);
    else if (is_wanted && options->os_id != NULL)
        expect_audiences(self, &options->os_id, 1);
    else if (is_wanted)
        return fail(
            err, AGENTOS_INVALID,
            "authorization.verify_audience: set authorization.audience, or the server's id");
    return AGENTOS_OK;
}

static agentos_status read_rules(struct authority *self, const struct authority_options *options,
                                 agentos_error *err)
{
    const char *admin = options->admin_scope != NULL ? options->admin_scope : "agent_os:admin";

    if (admin[0] == '\0')
        return fail(err, AGENTOS_INVALID, "authorization.admin_scope: may not be empty");
    self->verifier.rules = (struct principal_rules){
        .admin_scope = copy(self->arena, admin),
        .unscoped = !options->authorization,
        .leeway_s = CLOCK_LEEWAY_S,
    };
    return AGENTOS_OK;
}

static agentos_status compile(struct authority *self, const struct authority_options *options,
                              agentos_error *err)
{
    if (options->key_count == 0 && options->authorization)
        return fail(err, AGENTOS_INVALID,
                    "authorization is on, but there is no key to check tokens with: "
                    "set authorization.verification_keys or JWT_VERIFICATION_KEY");
    if (options->key_count == 0 && options->user_isolation)
        return fail(err, AGENTOS_INVALID,
                    "authorization.user_isolation: without a key to check tokens with there are no "
                    "users to tell apart: set authorization.verification_keys or "
                    "JWT_VERIFICATION_KEY");
    TRY(read_keys(self, options, err));
    TRY(read_checks(self, options, err));
    TRY(read_rules(self, options, err));
    self->isolates = options->user_isolation;
    self->mode = options->key_count > 0 ? AUTH_JWT : AUTH_NONE;
    self->bare = options->refuse_bare_tokens ? BARE_REFUSED : BARE_ACCEPTED;
    return AGENTOS_OK;
}

agentos_status authority_new(const struct authority_options *options, struct authority **out,
                             agentos_error *err)
{
    static atomic_uint_fast64_t generations;
    struct authority *self = calloc(1, sizeof(*self));

    if (self == NULL)
        abort();
    self->arena = arena_new();
    self->generation = atomic_fetch_add(&generations, 1) + 1;

    agentos_status status = compile(self, options, err);
    if (status == AGENTOS_OK)
        *out = self;
    else
        authority_free(self);
    return status;
}

void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    keyring_clear(&authority->verifier.keys);
    arena_free(authority->arena);
    free(authority);
}

enum auth_mode authority_mode(const struct authority *authority)
{
    return authority->mode;
}

bool authority_isolates(const struct authority *authority)
{
    return authority->isolates;
}

const char *auth_mode_name(enum auth_mode mode)
{
    static const char *const names[] = {
        [AUTH_NONE] = "none",
        [AUTH_SECURITY_KEY] = "security_key",
        [AUTH_JWT] = "jwt",
    };

    return names[mode];
}

/* What authenticate() was given. */
struct authentication {
    const struct authority *authority;
    struct token_cache *cache; /* NULL: nothing is remembered */
    struct attempt attempt;
};

typedef agentos_status acceptor(const struct authentication *self, str text,
                                const struct principal **out, agentos_error *err);

static agentos_status accept_jwt(const struct authentication *self, str token,
                                 const struct principal **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    struct verified *verified = NULL;

    if (self->cache != NULL)
        verified = token_cache_find(self->cache, authority->generation, token, self->attempt.now_s);
    if (verified == NULL) {
        TRY(verify_token(&authority->verifier, &self->attempt, token, &verified, err));
        if (self->cache != NULL)
            token_cache_put(self->cache, token, verified);
    }
    arena_defer(self->attempt.arena, verified_release, verified);
    *out = verified_principal(verified);
    return AGENTOS_OK;
}

/* This version issues none, so none is valid. */
static agentos_status accept_service_account(const struct authentication *self, str token,
                                             const struct principal **out, agentos_error *err)
{
    (void)token;
    (void)out;
    explain(self->attempt.why, "service account", false, "no service accounts in this version");
    return fail(err, AGENTOS_UNAUTHENTICATED, "Invalid or expired service account token");
}

static acceptor *const acceptors[] = {
    [CREDENTIAL_JWT] = accept_jwt,
    [CREDENTIAL_SERVICE_ACCOUNT] = accept_service_account,
};

static agentos_status accept_credential(const struct authentication *self,
                                        const struct request *request, const struct principal **out,
                                        agentos_error *err)
{
    struct credential credential;
    struct explanation *why = self->attempt.why;

    agentos_status status = credential_find(request, self->authority->bare, &credential, err);
    explain(why, "token", status == AGENTOS_OK, "%s",
            status == AGENTOS_OK ? "found in the Authorization header" : err->message);
    return status == AGENTOS_OK ? acceptors[credential.kind](self, credential.text, out, err)
                                : status;
}

agentos_status authenticate(const struct authority *authority, struct token_cache *cache,
                            const struct request *request, int64_t now_s, arena *a,
                            struct explanation *why, const struct principal **out,
                            agentos_error *err)
{
    const struct authentication self = {
        .authority = authority,
        .cache = why == NULL ? cache : NULL, /* an explanation wants the steps, not their memory */
        .attempt = { .now_s = now_s, .arena = a, .why = why },
    };
    agentos_error refusal;

    explain(why, "mode", true, "%s%s", auth_mode_name(authority->mode),
            authority->mode == AUTH_NONE ? ": everybody may do everything" : "");
    if (authority->mode == AUTH_NONE) {
        *out = &open_principal;
        return AGENTOS_OK;
    }
    agentos_status status = accept_credential(&self, request, out, &refusal);
    if (status == AGENTOS_OK)
        return AGENTOS_OK;
    advise(why, refusal.message);
    return fail(err, status, "%s", refusal.message);
}
