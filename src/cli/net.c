/* A loop, its client, and the one errand that needs no more. */
#include "cli/net.h"

#include "auth/keys/key_fetch.h"
#include "auth/keys/remote_url.h"

agentos_status net_open(struct net *net, agentos_error *err)
{
    *net = (struct net){ .loop = NULL };
    TRY(loop_new(&net->loop, err));
    net->client = client_new(net->loop);
    return AGENTOS_OK;
}

void net_close(struct net *net)
{
    client_free(net->client);
    loop_free(net->loop);
}

struct keys_errand {
    struct net net;
    buf *out;
    agentos_error why; /* .status: how it ended */
};

static void keys_came(void *user, const struct key_answer *answer)
{
    struct keys_errand *errand = user;

    errand->why.status = AGENTOS_OK;
    if (answer->why != NULL)
        (void)fail(&errand->why, AGENTOS_UPSTREAM, "%s", answer->why); /* kept for the caller */
    else
        buf_append(errand->out, answer->text);
    loop_stop(errand->net.loop);
}

agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err)
{
    const struct key_place place = { .url = url };
    struct keys_errand errand = { .out = out };
    enum egress egress;

    TRY(remote_url_check("--jwks-url", str_of(url), &egress, err));
    TRY(net_open(&errand.net, err));
    (void)key_fetch_new(errand.net.client, &place, keys_came, &errand); /* gone once it has ended */
    loop_run(errand.net.loop);
    net_close(&errand.net);
    return errand.why.status == AGENTOS_OK ? AGENTOS_OK
                                           : fail(err, errand.why.status, "%s", errand.why.message);
}
