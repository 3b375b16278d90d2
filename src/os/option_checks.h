/* Checks of single texts. Each returns NULL or the rest of a sentence that begins with the key. */
#ifndef OS_OPTION_CHECKS_H
#define OS_OPTION_CHECKS_H

#include "base/arena.h"
#include "base/str.h"

const char *check_agent_id(str text);
const char *check_network(str text); /* such as 10.0.0.0/8 or ::1 */

/* Returns the origin as browsers write it (RFC 6454 §6.1): in lower case and without the default
 * port of its scheme. Allocated in the arena. */
const char *origin_normalize(arena *a, str origin);

#endif
