/* What single texts must look like. Each answers NULL, or the sentence that follows the key. */
#ifndef OS_OPTION_CHECKS_H
#define OS_OPTION_CHECKS_H

#include "base/str.h"

const char *check_agent_id(str text);
const char *check_host(str text);    /* a name or an address, perhaps with a port */
const char *check_origin(str text);  /* scheme://host[:port] */
const char *check_token(str text);   /* a header's or cookie's name (RFC 9110 §5.6.2) */
const char *check_network(str text); /* 10.0.0.0/8, ::1 */
const char *check_url(str text);     /* http or https */

#endif
