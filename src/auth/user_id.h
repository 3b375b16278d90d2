/* Ids from tokens and forms. */
#ifndef AUTH_USER_ID_H
#define AUTH_USER_ID_H

#include "base/str.h"

/* An id that we can store and show: 1 to ID_MAX_BYTES bytes, no control characters. */
bool id_is_acceptable(str id);

/* And that may name a user: not "sa:...", "__oauth__:...", "__scheduler__", which only the server
 * gives. */
bool user_id_is_valid(str id);

#endif
