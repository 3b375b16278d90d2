/* Declarations that only the files that write /openapi.json share. */
#ifndef WEB_OPENAPI_INTERNAL_H
#define WEB_OPENAPI_INTERNAL_H

#include "web/surface.h"

/* The data from which every part of the document is written. */
struct description {
    const struct surface *surface;
    const struct credential_rules *credentials; /* NULL if there is no authority, as in tests */
    bool is_open;                               /* the server asks for no credentials */
};

/* Writes the member `responses` of an operation: every status that the row may answer with, and the
 * content of each answer. */
void openapi_write_responses(const struct description *d, const struct route *row, writer *w);

/* Writes the member `schemas` of the components: each named shape in the answers of the surface. */
void openapi_write_schemas(const struct surface *surface, writer *w);

#endif
