/* An edition of a server in this process, as large as is asked for, and a caller of it. Nothing
 * listens: what is measured is what a request pays inside. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "api/routes.h"

enum world_token {
    TOKEN_BY_KID,
    TOKEN_WITHOUT_KID,
    TOKEN_OF_STRANGER, /* without kid, signed by a key that the world does not have */
};

/* Zero: none of it. The caller's token is of the last issuer and of the last key. */
struct world_options {
    const char *alg;    /* of every key */
    size_t issuers;     /* listed, with one key each; else the keys are plain ones */
    size_t set_keys;    /* in a JWKS */
    size_t static_keys; /* beside it */
    size_t mappings;    /* the last is of the route that is called */
    size_t agents;      /* the last is called */
    size_t scopes;      /* in the token: the last one grants */
    bool is_single;     /* ... each of them for one agent */
    enum world_token token;
};

struct world;

struct world *world_new(const struct world_options *options);
void world_free(struct world *world);

/* GET /agents/LAST up to its handler, as api/dispatch.c does it: the row, the principal, the
 * decision, whose rows he reaches, which agent. tokens NULL: nothing is remembered. */
MUST_USE agentos_status world_admit(const struct world *world, struct token_cache *tokens,
                                    const struct request *request, agentos_error *err);

/* The caller's request; and that of another user, whose token is made by each call and lives in the
 * arena. */
const struct request *world_request(const struct world *world);
const struct request *world_request_of(const struct world *world, size_t user, arena *a);

#endif
