/* Scopes of the forms "resource:action", "resource:ID:action" and "resource:*:action"
 * (docs/design/contract.md §2). No part may be empty, and matching is literal and
 * case-sensitive. */
#ifndef AUTH_SCOPE_SCOPE_H
#define AUTH_SCOPE_SCOPE_H

#include "base/str.h"

struct scope {
    str resource, id, action; /* id is empty for "resource:action" */
};

/* Parses a scope into *out, as views of the text. Returns false, and leaves *out unchanged, if the
 * text is not a scope and therefore grants nothing. The resource "system" is read as "config". */
bool scope_parse(str text, struct scope *out);

/* Returns true if a scope of this kind may name a single resource. */
bool scope_kind_has_ids(str resource);

/* Returns true if this id may name an agent: it matches [A-Za-z0-9._~-]{1,128} and is neither "."
 * nor "..", which a URL cannot contain as a path segment. scope_parse does not check the id of a
 * scope, because an id that names nothing grants nothing. */
bool scope_id_is_valid(str id);

#endif
