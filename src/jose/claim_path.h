/* Where a claim stands: `scopes`, `realm_access.roles`, `resource_access."my.client".roles`,
 * `"https://example.com/roles"`. Compiled once; looked up as a flat name first, then as a path. */
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

/* INVALID: empty parts, an open quote, more than CLAIM_PATH_MAX parts. Copies into the arena. */
MUST_USE agentos_status claim_path_parse(arena *a, str text, struct claim_path *out,
                                         agentos_error *err);

/* NULL: absent. Borrowed from claims. */
const json_t *claim_path_find(const struct claim_path *path, const json_t *claims);

#endif
