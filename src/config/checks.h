/* Checks of configuration values. Each returns NULL, or a message that follows the key. */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

#include "base/str.h"

const char *check_host(str text);   /* a name or an address, optionally with a port */
const char *check_origin(str text); /* an origin, SCHEME://HOST or SCHEME://HOST:PORT */
const char *check_token(str text);  /* the name of a header or a cookie (RFC 9110 §5.6.2) */
const char *check_secret(str text); /* not a placeholder (base/placeholder.h) */
const char *check_url(str text);    /* a URL with the scheme http or https and a host */

#endif
