/* The HTTP interface of one server, in one edition of its configuration: its routes, their access,
 * and the rules about who may call them. AgentOS has one surface; a control plane or a gateway
 * would have another. A surface is immutable and has a reference count: a change creates a new
 * surface, and calls that still use the old one keep it alive. */
#ifndef WEB_SURFACE_H
#define WEB_SURFACE_H

#include <stdatomic.h>

#include "auth/authority.h"
#include "base/quota.h"
#include "http/cors.h"
#include "web/route.h"

struct policy;

/* A feature of the contract that this version lacks and that has no row in the table, because its
 * paths depend on the configuration. */
struct absent_feature {
    const char *name, *what; /* `what` is one phrase */
};

struct surface {
    atomic_size_t references;
    void (*release)(struct surface *surface); /* called when the last reference is released */
    const char *name;         /* tells the surfaces of a program apart, such as "agentos" */
    const struct route *rows; /* the same in every edition */
    size_t count;
    /* features that are missing besides the rows without a handler; may be NULL */
    const struct absent_feature *absent;
    size_t absent_count;
    const struct policy *policy; /* NULL if the rows keep the access of the table */
    /* called with any valid credential if no row fits the path; NULL to answer 404 */
    handler *otherwise;
    struct authority *authority;
    /* Identifies the caller and returns the same statuses as authenticate. If it is NULL,
     * authenticate is called with the authority. */
    agentos_status (*who)(const struct surface *surface, const struct auth_request *how,
                          const struct principal **out, agentos_error *err);
    const char *title, *description, *version; /* shown on its pages; description may be NULL */
    int64_t started_at_us;
    struct cors cors;
    size_t body_limit_bytes;          /* the limit for rows that have none of their own */
    struct quota_amount caller_quota; /* how much one caller may hold at the same time */
    /* the names that an open server answers to, besides loopback names */
    const char *const *allowed_hosts;
    size_t allowed_host_count;
    str openapi_json; /* written once, by openapi_write */
};

/* Both functions may be called on any thread. surface_ref adds a reference, and the caller must
 * already hold one. */
void surface_ref(struct surface *surface);
/* NULL is allowed; has the type that arena_defer and run_request.release require */
void surface_unref(void *object);

#endif
