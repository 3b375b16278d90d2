/* The event loop and the HTTP client of a command. */
#include "cli/net.h"

#include "auth/keys/key_fetch.h"
#include "auth/keys/remote_url.h"

/* Creates the loop and the client, which the caller frees with net_close. */
agentos_status net_open(struct net *net, agentos_error *err)
{
    *net = (struct net){ .loop = NULL };
    TRY(loop_new(&net->loop, err));
    net->client = client_new(net->loop);
    return AGENTOS_OK;
}

/* Frees the client before its loop. Both may be NULL. */
void net_close(struct net *net)
{
    client_free(net->client);
    loop_free(net->loop);
}

struct key_set_fetch {
    struct net net;
    buf *out;
    agentos_error why; /* .status is the result */
};

/* Stores the key set, or why the fetch failed, and stops the loop. */
static void on_answer(void *user, const struct key_answer *answer)
{
    struct key_set_fetch *fetch = user;

    fetch->why.status = AGENTOS_OK;
    if (answer->why != NULL)
        (void)fail(&fetch->why, AGENTOS_UPSTREAM, "%s", answer->why);
    else
        buf_append(fetch->out, answer->text);
    loop_stop(fetch->net.loop);
}

/* Fetches a key set and appends it to out. Blocks. */
agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err)
{
    const struct key_place place = { .url = url };
    struct key_set_fetch fetch = { .out = out };
    enum egress egress;

    TRY(remote_url_check("--jwks-url", str_of(url), false, &egress, err));
    TRY(net_open(&fetch.net, err));
    (void)key_fetch_new(fetch.net.client, &place, on_answer, &fetch); /* frees itself at the end */
    loop_run(fetch.net.loop);
    net_close(&fetch.net);
    if (fetch.why.status != AGENTOS_OK)
        return fail(err, fetch.why.status, "%s", fetch.why.message);
    return AGENTOS_OK;
}
