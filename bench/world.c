/* Options are filled in as a configuration would, and os/edition.c makes of them what it makes of
 * one. Failures end the program: a benchmark has no caller to tell. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/issuer/issuer.h"
#include "base/clock.h"
#include "base/mem.h"
#include "jose/jws.h"
#include "os/edition.h"
#include "web/admission.h"
#include "json/writer.h"

enum { TEXT_MAX_BYTES = 256 * 1024 };

struct world {
    struct world_options options;
    arena *arena;
    struct surface *surface;
    struct key *signer;
    const char *kid; /* NULL: the token has none */
    struct request *request;
};

static void check(agentos_status status, const agentos_error *err)
{
    if (status == AGENTOS_OK)
        return;
    (void)fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

/* ---- keys ---- */

static struct key *new_key(const struct world *w)
{
    struct key *key = NULL;
    agentos_error err;

    check(key_generate(alg_find(str_of(w->options.alg)), &key, &err), &err);
    return key;
}

/* The last key made so far is the caller's. */
static void use(struct world *w, struct key *key, const char *kid)
{
    key_free(w->signer);
    w->signer = key;
    w->kid = w->options.token == TOKEN_BY_KID ? kid : NULL;
}

static const char *public_pem(const struct world *w, const struct key *key)
{
    agentos_error err;
    char *pem = NULL;

    check(key_public_pem(key, &pem, &err), &err);
    const char *copy = arena_copy(w->arena, str_of(pem));
    free(pem);
    return copy;
}

static const char *make_set(struct world *w)
{
    AUTO_BUF set = buf_with_limit(1024 * 1024);
    agentos_error err;

    buf_append(&set, STR("{\"keys\":["));
    for (size_t i = 0; i < w->options.set_keys; i++) {
        const char *kid = arena_printf(w->arena, "key-%zu", i);
        struct key *key = new_key(w);

        buf_append(&set, i > 0 ? STR(",") : STR(""));
        check(jwk_write_public(key, kid, &set, &err), &err);
        use(w, key, kid);
    }
    buf_append(&set, STR("]}"));
    return w->options.set_keys > 0 ? arena_copy(w->arena, buf_view(&set)) : NULL;
}

/* A secret has no public half: it is what the configuration says. */
static struct key *new_secret(const struct world *w, const char **text)
{
    struct key *key = NULL;
    agentos_error err;

    *text = "a-secret-of-a-benchmark-and-of-nothing-else";
    check(key_read_signing(str_of(*text), alg_find(str_of(w->options.alg)), KEY_STRONG, &key, &err),
          &err);
    return key;
}

static struct key *new_pair(const struct world *w, const char **public)
{
    struct key *key = new_key(w);

    *public = public_pem(w, key);
    return key;
}

static const char *const *make_static_keys(struct world *w, size_t count)
{
    const char **pems = arena_alloc(w->arena, (count + 1) * sizeof(*pems));

    for (size_t i = 0; i < count; i++)
        use(w, w->options.alg[0] == 'H' ? new_secret(w, &pems[i]) : new_pair(w, &pems[i]), NULL);
    return pems;
}

/* ---- the configuration ---- */

static const char *issuer_url(arena *a, size_t number)
{
    return arena_printf(a, "https://issuer-%zu.example.com/", number);
}

static const struct issuer_options *make_issuers(struct world *w)
{
    static const char *const names[] = { "key" }, *const audiences[] = { "bench" };
    struct issuer_options *all = arena_alloc(w->arena, (w->options.issuers + 1) * sizeof(*all));

    for (size_t i = 0; i < w->options.issuers; i++)
        all[i] = (struct issuer_options){ .name = "issuer",
                                          .issuer = issuer_url(w->arena, i),
                                          .audiences = audiences,
                                          .audience_count = 1,
                                          .algorithms = &w->options.alg,
                                          .algorithm_count = 1,
                                          .leeway_s = -1,
                                          .keys = make_static_keys(w, 1),
                                          .key_names = names,
                                          .key_count = 1 };
    return all;
}

static const struct named_scopes *make_mappings(struct world *w)
{
    static const char *const scopes[] = { "agents:read" };
    size_t count = w->options.mappings;
    struct named_scopes *all = arena_alloc(w->arena, (count + 1) * sizeof(*all));

    for (size_t i = 0; i < count; i++)
        all[i] = (struct named_scopes){ i + 1 < count
                                            ? arena_printf(w->arena, "GET /elsewhere-%zu/{id}", i)
                                            : "GET /agents/{agent_id}",
                                        scopes, 1 };
    return all;
}

static const char *agent_id(arena *a, size_t number)
{
    return arena_printf(a, "agent-%04zu", number);
}

static struct agent_options *make_agents(struct world *w)
{
    struct agent_options *all = arena_alloc(w->arena, w->options.agents * sizeof(*all));

    for (size_t i = 0; i < w->options.agents; i++)
        all[i] = (struct agent_options){ .id = agent_id(w->arena, i),
                                         .name = "An agent",
                                         .model = { .provider = "offline", .id = "echo" },
                                         .num_history_runs = 3 };
    return all;
}

static const char *const *repeat(arena *a, const char *text, size_t count)
{
    const char **all = arena_alloc(a, (count + 1) * sizeof(*all));

    for (size_t i = 0; i < count; i++)
        all[i] = text;
    return all;
}

static void make_edition(struct world *w)
{
    const struct world_options *from = &w->options;
    struct options options = {
        .agents = make_agents(w),
        .agent_count = from->agents,
        .authorization = { .authorization = true,
                           .algorithm = from->alg,
                           .user_isolation = true,
                           .jwks = make_set(w),
                           .keys = make_static_keys(w, from->static_keys),
                           .key_names = repeat(w->arena, "key", from->static_keys),
                           .key_count = from->static_keys,
                           .issuers = make_issuers(w),
                           .issuer_count = from->issuers },
        .policy = { .mappings = make_mappings(w), .mapping_count = from->mappings },
        .body_limit_bytes = BODY_MAX_BYTES,
        .runs_per_caller = 1,
    };
    agentos_error err;

    check(edition_new(&(struct edition_options){ .options = &options, .os_id = "bench" },
                      &w->surface, &err),
          &err);
}

/* ---- the caller ---- */

static void write_scopes(const struct world *w, writer *out, arena *a)
{
    size_t count = w->options.scopes;

    write_key(out, "scopes");
    write_array(out);
    for (size_t i = 0; i < count; i++) {
        bool grants = i + 1 == count;

        if (w->options.is_single) /* others' agents are beyond the ones that there are */
            write_string(out,
                         arena_printf(a, "agents:%s:read",
                                      agent_id(a, w->options.agents + i - (grants ? count : 0))));
        else
            write_string(out, grants ? "agents:read" : arena_printf(a, "kind%02zu:read", i));
    }
    write_end(out);
}

static str make_token(const struct world *w, size_t user, arena *a)
{
    AUTO_BUF claims = buf_with_limit(TEXT_MAX_BYTES);
    AUTO_BUF token = buf_with_limit(TEXT_MAX_BYTES);
    writer out = { .out = &claims };
    int64_t now_s = clock_now_s();
    agentos_error err;

    write_object(&out);
    write_member(&out, "sub", arena_printf(a, "user-%zu", user));
    write_member(&out, "aud", "bench");
    if (w->options.issuers > 0)
        write_member(&out, "iss", issuer_url(a, w->options.issuers - 1));
    write_member_int(&out, "iat", now_s);
    write_member_int(&out, "exp", now_s + 7200);
    write_scopes(w, &out, a);
    write_end(&out);
    check(jws_sign(w->signer, w->kid, buf_view(&claims), &token, &err), &err);
    return (str){ arena_copy(a, buf_view(&token)), token.len };
}

static struct request *make_request(const struct world *w, size_t user, arena *a)
{
    struct request *request = arena_alloc(a, sizeof(*request));
    struct header *headers = arena_alloc(a, 3 * sizeof(*headers));
    str token = make_token(w, user, a);

    headers[0] = (struct header){ STR("Host"), STR("localhost:7777") };
    headers[1] = (struct header){ STR("Accept"), STR("*/*") };
    headers[2] =
        (struct header){ STR("Authorization"),
                         str_of(arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr)) };
    *request = (struct request){ .method = GET,
                                 .path = str_of(arena_printf(a, "/agents/%s",
                                                             agent_id(a, w->options.agents - 1))),
                                 .query = STR(""),
                                 .headers = { headers, 3 },
                                 .peer = "127.0.0.1",
                                 .is_plain_path = true };
    return request;
}

struct world *world_new(const struct world_options *options)
{
    struct world *w = mem_zeroed(sizeof(*w));
    w->options = *options;
    if (w->options.agents == 0)
        w->options.agents = 1;
    w->arena = arena_new();
    make_edition(w);
    if (options->token == TOKEN_OF_STRANGER)
        use(w, new_key(w), NULL);
    w->request = make_request(w, 0, w->arena);
    return w;
}

void world_free(struct world *world)
{
    surface_unref(world->surface);
    key_free(world->signer);
    arena_free(world->arena);
    free(world);
}

const struct request *world_request(const struct world *world)
{
    return world->request;
}

const struct request *world_request_of(const struct world *world, size_t user, arena *a)
{
    return make_request(world, user, a);
}

agentos_status world_admit(const struct world *world, struct token_cache *tokens,
                           const struct request *request, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct admission admission = { .surface = world->surface,
                                   .request = request,
                                   .arena = a,
                                   .tokens = tokens,
                                   .now_s = clock_now_s() };

    if (admission_judge(&admission, err) != ADMITTED)
        return err->status;
    if (isolation_of(admission.principal, authority_isolates(world->surface->authority)) !=
        ISOLATION_PINNED)
        return fail(err, AGENTOS_INTERNAL, "the caller is not kept to himself");
    const struct catalogue *catalogue = LIST_OWNER(world->surface, struct catalogue, surface);
    if (catalogue_agent(catalogue, params_get(&admission.params, "agent_id")) == NULL)
        return fail(err, AGENTOS_NOT_FOUND, "no such agent");
    return AGENTOS_OK;
}
