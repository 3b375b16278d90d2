/* Shared by openapi.c and openapi_responses.c. */
#ifndef WEB_OPENAPI_INTERNAL_H
#define WEB_OPENAPI_INTERNAL_H

#include "web/surface.h"

/* What every part of the document is written from. */
struct description {
    const struct surface *surface;
    const struct credential_rules *credentials; /* NULL if there is no authority, as in tests */
    bool is_open;                               /* the server requires no credentials */
};

/* Writes the member `responses` of an operation. */
void openapi_write_responses(const struct description *d, const struct route *row, writer *w);

/* Writes the member `schemas` of the components: each named shape in the responses. */
void openapi_write_schemas(const struct surface *surface, writer *w);

#endif
