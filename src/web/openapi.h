/* /openapi.json, written from the route and parameter tables. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/surface.h"
#include "json/writer.h"

void openapi_write(const struct surface *surface, writer *w);

#endif
