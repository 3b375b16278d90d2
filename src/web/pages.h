/* Handlers that any server can add to its route table. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/route.h"

handler openapi_get, docs_get, redoc_get, oauth2_redirect_get, metrics_get;

#endif
