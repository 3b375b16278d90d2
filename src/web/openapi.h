/* The OpenAPI 3.1 document of a surface, written from its route and parameter tables. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/surface.h"
#include "json/writer.h"

/* Writes the document. The surface must have its rows, its title and its version. If its authority
 * is NULL, the document describes the default header. */
void openapi_write(const struct surface *surface, writer *w);

#endif
