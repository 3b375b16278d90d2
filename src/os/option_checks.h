/* What single texts must look like. Each answers NULL, or the sentence that follows the key. */
#ifndef OS_OPTION_CHECKS_H
#define OS_OPTION_CHECKS_H

#include "base/str.h"

const char *check_agent_id(str text);
const char *check_host(str text);   /* a name or an address, perhaps with a port */
const char *check_origin(str text); /* scheme://host[:port] */
const char *check_url(str text);    /* http or https */

#endif
