/* Paths to claims: `scopes`, `realm_access.roles`, `resource_access."my.client".roles`,
 * `"https://example.com/roles"`. Parsed once. Looked up as the name of one claim first, then step
 * by step. */
#ifndef JOSE_CLAIM_PATH_H
#define JOSE_CLAIM_PATH_H

#include "base/arena.h"
#include "json/parse.h"

enum { CLAIM_PATH_MAX = 8 };

struct claim_path {
    const char *text; /* as written */
    const char *names[CLAIM_PATH_MAX];
    size_t count;
};

/* Everything is copied into the arena. INVALID: an empty name, an open quote, a control character,
 * more than CLAIM_PATH_MAX names. */
MUST_USE agentos_status claim_path_parse(arena *a, str text, struct claim_path *out,
                                         agentos_error *err);

/* The claim, borrowed from claims; NULL: it is absent, or the path is zeroed. */
const json_t *claim_path_find(const struct claim_path *path, const json_t *claims);

#endif
