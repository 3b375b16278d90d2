/* Paths to claims, such as `scopes`, `realm_access.roles`, `resource_access."my.client".roles` or
 * `"https://example.com/roles"`. A path is looked up as one name first, then name by name. */
#ifndef JOSE_CLAIM_PATH_H
#define JOSE_CLAIM_PATH_H

#include "base/arena.h"
#include "json/parse.h"

enum { CLAIM_PATH_MAX = 8 };

struct claim_path {
    const char *text; /* the path as it was written */
    const char *names[CLAIM_PATH_MAX];
    size_t count;
};

/* Parses a path and copies everything into the arena. Returns INVALID, and leaves *out unchanged,
 * if a name is empty, a quote is not closed or inside a name, the text has a control
 * character, or there are more than CLAIM_PATH_MAX names. */
MUST_USE agentos_status claim_path_parse(arena *a, str text, struct claim_path *out,
                                         agentos_error *err);

/* Returns the claim that the path names, borrowed from the claims, or NULL if it is absent or the
 * path is zeroed. */
const json_t *claim_path_find(const struct claim_path *path, const json_t *claims);

#endif
