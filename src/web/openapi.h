/* The OpenAPI 3.1 document of a surface, written from its route and parameter tables. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/surface.h"
#include "json/writer.h"

/* Needs the surface's rows, title and version; an authority of NULL has the usual header. */
void openapi_write(const struct surface *surface, writer *w);

#endif
