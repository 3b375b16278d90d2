/* The HTTP interface of a server under one configuration: its routes, their access and its limits.
 * Immutable and reference-counted: a reload creates a new surface, and open calls keep the old one
 * alive. */
#ifndef WEB_SURFACE_H
#define WEB_SURFACE_H

#include <stdatomic.h>

#include "auth/authority.h"
#include "base/quota.h"
#include "http/cors.h"
#include "web/route.h"

struct policy;
struct openapi_document;

/* An unsupported feature of the contract without a route, because its paths depend on the
 * configuration. */
struct absent_feature {
    const char *name, *what; /* `what` is one phrase */
};

struct surface {
    atomic_size_t references;
    void (*release)(struct surface *surface); /* called when the last reference is released */
    const char *name;                         /* such as "agentos" */
    const struct route *rows;                 /* the same in every configuration */
    size_t count;
    /* unsupported features besides the routes without a handler; may be NULL */
    const struct absent_feature *absent;
    size_t absent_count;
    const struct policy *policy; /* NULL for the access in the table */
    /* handles unknown paths, with any valid credential; NULL to answer 404 */
    handler *otherwise;
    struct authority *authority;
    /* Replaces authenticate and returns the same statuses; may be NULL. */
    agentos_status (*who)(const struct surface *surface, const struct auth_request *how,
                          const struct principal **out, agentos_error *err);
    const char *title, *description, *version; /* for its pages; description may be NULL */
    int64_t started_at_us;
    struct cors cors;
    size_t body_limit_bytes;          /* the default body limit */
    struct quota_amount caller_quota; /* the limit per caller */
    /* hosts that an open server accepts, besides loopback names */
    const char *const *allowed_hosts;
    size_t allowed_host_count;
    struct openapi_document *openapi; /* see web/openapi.h; NULL without that route */
};

/* Adds a reference. The caller must hold one. Any thread may call this and surface_unref. */
void surface_ref(struct surface *surface);
/* Drops a reference. NULL is allowed. The type fits arena_defer and run_request.release. */
void surface_unref(void *object);

#endif
