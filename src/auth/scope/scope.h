/* Scopes of the forms "resource:action", "resource:ID:action" and "resource:*:action"
 * (docs/design/contract.md §2). No part may be empty. Matching is literal and case-sensitive. */
#ifndef AUTH_SCOPE_SCOPE_H
#define AUTH_SCOPE_SCOPE_H

#include "base/str.h"

struct scope {
    str resource, id, action; /* id is empty for "resource:action" */
};

/* Parses a scope into *out, as views of the text. Returns false, and leaves *out unchanged, if the
 * text is not a scope. Reads the resource "system" as "config". */
bool scope_parse(str text, struct scope *out);

/* Returns whether scopes of this kind may contain an id. */
bool scope_kind_has_ids(str resource);

/* Returns whether this id can name an agent: it matches [A-Za-z0-9._~-]{1,128} and is neither "."
 * nor "..". scope_parse does not check ids, since an unknown id grants nothing. */
bool scope_id_is_valid(str id);

#endif
