/* The internals of a model: its provider and driver. */
#ifndef MODEL_DRIVER_H
#define MODEL_DRIVER_H

#include "base/ensure.h"
#include "loop/loop.h"
#include "model/model.h"

struct model {
    const struct provider *provider;
    arena *memory;
    /* the texts are in `memory`; the api_key is only in `authorization` */
    struct model_options options;
    const char *wire_id;
    const char *url;     /* where requests are sent; NULL unless the driver is driver_http */
    char *authorization; /* "Bearer KEY", wiped by model_free; may be NULL */
    void *state;         /* belongs to the driver */
};

/* The first member of every driver's own call. */
struct model_call {
    const struct model *model;
    struct loop *loop;
    struct model_events events;
    void *user;
    size_t answer_max_bytes; /* of text and reasoning */
    bool is_paused, is_over; /* after is_over is set, no event may be reported */
};

/* The functions of a driver, all called on the call's loop, except prepare and dispose. prepare
 * checks the options and sets the members derived from them. start copies *call to the beginning of
 * its own call. cancel, pause and resume are never called for a call that is over. */
struct driver {
    agentos_status (*prepare)(struct model *model, agentos_error *err);
    struct model_call *(*start)(const struct model_call *call, struct client *client,
                                const struct model_request *request);
    void (*cancel)(struct model_call *call);
    void (*pause)(struct model_call *call);
    void (*resume)(struct model_call *call);
    /* frees `state`, even if prepare has failed; NULL if there is nothing to free */
    void (*dispose)(struct model *model);
};

/* A row of the table in model.c. */
struct provider {
    const char *name;                      /* the name in the configuration */
    const char *wire_name, *wire_provider; /* the names in answers */
    const struct driver *driver;
    const struct dialect *dialect; /* for driver_http; otherwise NULL */
};

extern const struct driver driver_http, driver_offline, driver_callback;
extern const struct dialect dialect_responses, dialect_chat;

#endif
