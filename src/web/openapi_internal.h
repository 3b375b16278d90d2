/* What the files that write /openapi.json share. */
#ifndef WEB_OPENAPI_INTERNAL_H
#define WEB_OPENAPI_INTERNAL_H

#include "web/surface.h"

/* What every part of the document is written from. */
struct description {
    const struct surface *surface;
    const struct credential_rules *credentials; /* NULL: no authority, as in tests */
    bool is_open;                               /* the server asks nobody for a credential */
};

/* Writes the member `responses` of an operation: every status that the row may answer with, and
 * what its answer holds. */
void openapi_write_responses(const struct description *d, const struct route *row, writer *w);

/* Writes the member `schemas` of the components: each named shape that an answer of the surface
 * holds. */
void openapi_write_schemas(const struct surface *surface, writer *w);

#endif
