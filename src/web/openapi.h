/* Writes the OpenAPI 3.1 document of a surface. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/surface.h"
#include "json/writer.h"

/* Writes the document. The surface needs only its routes, title and version; without an authority,
 * the default header is described. */
void openapi_write(const struct surface *surface, writer *w);

/* Creates the document of GET /openapi.json for surface.openapi. It is rendered when a client first
 * asks for it, and is freed with the arena. */
struct openapi_document *openapi_document_new(arena *a);

#endif
