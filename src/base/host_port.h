/* Checks HOST[:PORT], a part of URLs and Host headers (RFC 3986 §3.2). */
#ifndef BASE_HOST_PORT_H
#define BASE_HOST_PORT_H

#include "base/str.h"

/* Returns whether the text is HOST or HOST:PORT. HOST must not be empty; an IPv6 address must be in
 * brackets, which are not allowed elsewhere. PORT must be a number up to 65535, or empty. */
bool host_port_is_valid(str text);

#endif
