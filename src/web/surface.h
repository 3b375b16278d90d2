/* What one server shows over HTTP, in one edition of its configuration: its routes, what they
 * demand, and who may speak to it. AgentOS has one; a control plane or a gateway has another.
 * Immutable and counted: a change builds a new one, and whoever goes on working with the old one
 * keeps it alive. */
#ifndef WEB_SURFACE_H
#define WEB_SURFACE_H

#include <stdatomic.h>

#include "auth/authority.h"
#include "base/quota.h"
#include "http/cors.h"
#include "web/route.h"

struct policy;

/* A feature of the contract that has no row in the table, because its paths depend on a
 * configuration, and that this version does not have. */
struct absent_feature {
    const char *name, *what; /* what: one phrase */
};

struct surface {
    atomic_size_t references;
    void (*release)(struct surface *surface); /* at the last unref */
    const char *name;         /* tells it from the other surfaces of a program: "agentos" */
    const struct route *rows; /* the same in every edition */
    size_t count;
    const struct absent_feature *absent; /* beside the rows without a handler; may be NULL */
    size_t absent_count;
    const struct policy *policy; /* NULL: the rows as they stand */
    handler *otherwise;          /* where no row fits: any credential will do; NULL: 404 */
    struct authority *authority;
    /* Finds the caller, with the results of authenticate; NULL: authenticate, by the authority. */
    agentos_status (*who)(const struct surface *surface, const struct auth_request *how,
                          const struct principal **out, agentos_error *err);
    const char *title, *description, *version; /* for its pages; description may be NULL */
    int64_t started_at_us;
    struct cors cors;
    size_t body_limit_bytes;          /* of rows that state none */
    struct quota_amount caller_quota; /* what one caller may hold at once */
    const char *const *allowed_hosts; /* that an open server answers to, beside loopback */
    size_t allowed_host_count;
    str openapi_json; /* rendered once, by openapi_write */
};

/* Any thread. */
void surface_ref(struct surface *surface);
void surface_unref(void *object); /* NULL is fine; fits arena_defer and run_request.release */

#endif
