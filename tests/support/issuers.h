/* Issuers made of options and of keys at hand, and tokens that they judge under a clock that stands
 * still. Nothing is fetched. */
#ifndef SUPPORT_ISSUERS_H
#define SUPPORT_ISSUERS_H

#include "auth/issuer/issuer.h"
#include "auth/issuer/preset.h"

/* After ours: it includes cmocka, which makes a macro of fail. */
#include "tokens.h"

#include "unit.h"

/* A key set with the public half of the key for this algorithm. */
static inline const char *test_key_set(arena *a, const char *alg, const char *kid)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);

    buf_append(&text, STR("{\"keys\":["));
    assert_int_equal(jwk_write_public(test_key(alg), kid, &text, NULL), AGENTOS_OK);
    buf_append(&text, STR("]}"));
    return arena_copy(a, buf_view(&text));
}

static inline struct issuer_options issuer_options_for(const char *preset, const char *issuer,
                                                       const char *const *audience)
{
    return (struct issuer_options){
        .name = "authorization.issuers[0]",
        .preset = preset,
        .issuer = issuer,
        .audiences = audience,
        .audience_count = audience != NULL ? 1 : 0,
        .leeway_s = -1,
    };
}

/* Issuers and the pool they stand on. */
struct bench {
    struct key_pool *pool;
    struct issuers *issuers;
};

static inline agentos_status bench_try(struct bench *bench, const struct issuer_options *all,
                                       size_t count, agentos_error *err)
{
    bench->pool = key_pool_new(NULL);
    bench->issuers = NULL;
    return issuers_new(&(struct issuers_options){ all, count, "agent_os:admin", bench->pool },
                       &bench->issuers, err);
}

static inline void bench_clear(struct bench *bench)
{
    issuers_free(bench->issuers);
    key_pool_free(bench->pool);
}

static inline struct bench bench_of(const struct issuer_options *options)
{
    struct bench bench;
    agentos_error err;

    if (bench_try(&bench, options, 1, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return bench;
}

/* The sentence that refuses these options; "" when they are taken. */
static inline const char *bench_refusal(arena *a, const struct issuer_options *all, size_t count)
{
    struct bench bench;
    agentos_error err = { .message = "" };

    (void)bench_try(&bench, all, count, &err); /* its sentence is asked for */
    bench_clear(&bench);
    return arena_copy(a, str_of(err.message));
}

/* The principal of a token, roles and ceiling applied; NULL: refused, and *why says so. */
static inline const struct principal *bench_judge(const struct bench *bench, arena *a, str text,
                                                  const char **why)
{
    AUTO_TOKEN token = token_of(text, a);
    const struct verify_call attempt = { .now_s = TEST_NOW_S, .arena = a };
    struct verified *verified = NULL;
    agentos_error err = { .message = "" };
    str iss;

    agentos_status status = token_issuer(&attempt, &token, &iss, &err);
    const struct verifier *verifier =
        status == AGENTOS_OK ? issuers_find(bench->issuers, iss) : NULL;
    if (status == AGENTOS_OK && verifier != NULL)
        status = verify_token(verifier, &attempt, &token, &verified, &err);
    *why = verifier == NULL && status == AGENTOS_OK ? "not listed"
                                                    : arena_copy(a, str_of(err.message));
    if (verified == NULL)
        return NULL;
    arena_defer(a, verified_release, verified);
    return issuers_apply(bench->issuers, verified_principal(verified), a, NULL);
}

/* The scopes with blanks between, then the admin flag; or why it is refused. */
static inline const char *bench_says(const struct bench *bench, arena *a, str token)
{
    AUTO_BUF text = buf_with_limit(4 * KiB);
    const char *why;
    const struct principal *who = bench_judge(bench, a, token, &why);

    for (size_t i = 0; who != NULL && i < who->scope_count; i++)
        buf_printf(&text, "%s%.*s", i > 0 ? " " : "", (int)who->scopes[i].len, who->scopes[i].ptr);
    return who != NULL ? arena_copy(a, buf_view(&text)) : why;
}

#endif
