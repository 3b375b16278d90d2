/* What stands behind a model: its row in the table of providers, and the driver that row names.
 * For this room only. */
#ifndef MODEL_DRIVER_H
#define MODEL_DRIVER_H

#include "base/ensure.h"
#include "loop/loop.h"
#include "model/model.h"

struct model {
    const struct provider *provider;
    arena *memory;
    struct model_options options; /* its strings are in memory; no api_key: see authorization */
    const char *wire_id;
    const char *url;     /* where requests go; NULL unless the driver is driver_http */
    char *authorization; /* "Bearer KEY", wiped at the end; NULL: none */
    void *state;         /* the driver's own */
};

/* The beginning of every driver's call. */
struct model_call {
    const struct model *model;
    struct loop *loop;
    struct model_events events;
    void *user;
    bool is_paused, is_over; /* over: no event any more */
};

/* How calls are made. prepare checks the model's options and fills in what the driver derives from
 * them; start copies *call to the beginning of a call of its own; cancel, pause and resume are
 * never called for a call that is over. */
struct driver {
    agentos_status (*prepare)(struct model *model, agentos_error *err);
    struct model_call *(*start)(const struct model_call *call, struct client *client,
                                const struct model_request *request);
    void (*cancel)(struct model_call *call);
    void (*pause)(struct model_call *call);
    void (*resume)(struct model_call *call);
    void (*dispose)(struct model *model); /* of state, if only half made; NULL: nothing to do */
};

/* A row of the table in model.c. */
struct provider {
    const char *name;                      /* in the configuration */
    const char *wire_name, *wire_provider; /* on the wire */
    const struct driver *driver;
    const struct dialect *dialect; /* of driver_http; NULL for the others */
};

extern const struct driver driver_http, driver_offline, driver_callback;
extern const struct dialect dialect_responses, dialect_chat;

#endif
