/* Scopes: "resource:action", "resource:ID:action", "resource:*:action" (docs/design/contract.md
 * §2). Nothing else is one: not two parts with an empty one, not four, and matching is literal and
 * case-sensitive. */
#ifndef AUTH_SCOPE_SCOPE_H
#define AUTH_SCOPE_SCOPE_H

#include "base/str.h"

struct scope {
    str resource, id, action; /* id is empty in "resource:action" */
};

/* false: not a scope, so it grants nothing. "system" is read as "config". Views into text. */
bool scope_parse(str text, struct scope *out);

/* May a scope of this kind name one resource? What covers what is scope_set.h's. */
bool scope_kind_has_ids(str resource);

/* [A-Za-z0-9._~-]{1,128} but "." and "..", which no URL reaches: what may name an agent. The middle
 * of a scope is not held to it: one that names nothing grants nothing. */
bool scope_id_is_valid(str id);

#endif
