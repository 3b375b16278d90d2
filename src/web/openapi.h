/* Writes the OpenAPI 3.1 document of a surface. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/surface.h"
#include "json/writer.h"

/* Writes the document. The surface needs only its routes, title and version; without an authority,
 * the default header is described. */
void openapi_write(const struct surface *surface, writer *w);

#endif
