/* Handlers that any server can put into its table: the description, for programs and for people,
 * and the counters. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/route.h"

handler openapi_get, docs_get, redoc_get, oauth2_redirect_get, metrics_get;

#endif
