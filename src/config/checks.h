/* Checks of single texts, for the rows of any server. Each returns NULL, or the sentence that
 * follows the key. */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

#include "base/str.h"

const char *check_host(str text);   /* a name or an address, perhaps with a port */
const char *check_origin(str text); /* scheme://host[:port] */
const char *check_token(str text);  /* a header's or cookie's name (RFC 9110 §5.6.2) */
const char *check_secret(str text); /* not a placeholder (base/placeholder.h) */
const char *check_url(str text);    /* http or https */

#endif
