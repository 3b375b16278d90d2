/* What a provider's driver is to model.c. Nobody outside this room includes it. */
#ifndef MODEL_DRIVER_H
#define MODEL_DRIVER_H

#include "loop/loop.h"
#include "model/model.h"

struct model {
    const struct driver *driver;
    arena *memory;
    struct model_options options; /* its strings are in memory; no api_key: see authorization */
    const char *wire_id;
    const char *url;     /* where requests go; HTTP drivers only */
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

struct driver {
    const char *provider;                  /* in the configuration */
    const char *wire_name, *wire_provider; /* on the wire */
    /* Checks the options and fills in what the driver derives from them. */
    agentos_status (*prepare)(struct model *model, agentos_error *err);
    struct model_call *(*start)(const struct model_call *call, struct client *client,
                                const struct model_request *request);
    void (*cancel)(struct model_call *call); /* all three: never for a call that is over */
    void (*pause)(struct model_call *call);
    void (*resume)(struct model_call *call);
    void (*dispose)(struct model *model); /* of state, if only half made; NULL: nothing to do */
};

extern const struct driver driver_offline, driver_openai_responses, driver_openai_chat,
    driver_callback;

#endif
