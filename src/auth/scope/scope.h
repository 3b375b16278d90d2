/* Scopes: "resource:action", "resource:ID:action", "resource:*:action" (docs/design/contract.md
 * §2). No part may be empty; matching is literal and case-sensitive. */
#ifndef AUTH_SCOPE_SCOPE_H
#define AUTH_SCOPE_SCOPE_H

#include "base/str.h"

struct scope {
    str resource, id, action; /* id is empty in "resource:action" */
};

/* false: not a scope, so it grants nothing. "system" is read as "config". Views into text. */
bool scope_parse(str text, struct scope *out);

/* May a scope of this kind name a single resource? */
bool scope_kind_has_ids(str resource);

/* Is this an id that may name an agent: [A-Za-z0-9._~-]{1,128}, but not "." and "..", which no URL
 * reaches? scope_parse does not ask this of a scope's id: an id that names nothing grants nothing.
 */
bool scope_id_is_valid(str id);

#endif
