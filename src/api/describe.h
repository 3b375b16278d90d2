/* /openapi.json, written from the route and parameter tables. */
#ifndef API_DESCRIBE_H
#define API_DESCRIBE_H

#include "api/context.h"
#include "json/writer.h"

void openapi_write(const struct catalogue *catalogue, writer *w);

#endif
