/* Sends requests to a running server, whose answers are untrusted. */
#include "cli/remote.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/exchange.h"
#include "cli/input.h"

/* Stores the value of one option. Returns false if it is not one of REMOTE_OPTIONS. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags)
{
    switch (option) {
    case 'u': flags->url = value; return true;
    case 't': flags->token = value; return true;
    case 'p': flags->allow_http = true; return true;
    default: return false;
    }
}

/* ---- the server and the token ---- */

/* Returns the value of AGENTOS_URL, or NULL if it is not set or empty. */
const char *remote_url_of_environment(void)
{
    const char *url = getenv("AGENTOS_URL");

    return url != NULL && url[0] != '\0' ? url : NULL;
}

/* Returns --url, AGENTOS_URL, or the default URL, and its name for errors. */
static str choose_url(const struct remote_flags *flags, const char **name)
{
    const char *variable = remote_url_of_environment();

    *name = flags->url == NULL && variable != NULL ? "AGENTOS_URL" : "--url";
    if (flags->url != NULL)
        return str_of(flags->url);
    return str_of(variable != NULL ? variable : REMOTE_DEFAULT_URL);
}

/* Parses the server's URL. Rejects plain HTTP to another machine without --allow-http. */
static agentos_status read_url(arena *a, const struct remote_flags *flags, struct remote *out,
                               agentos_error *err)
{
    const char *name;
    str url = choose_url(flags, &name);
    struct remote_url read = { .is_https = false };

    TRY(remote_url_read(name, url, &read, err));
    if (str_has(url, '?'))
        return fail(err, AGENTOS_INVALID, "%s: " QUOTED " has a query", name, QUOTE(url));
    if (!read.is_https && !read.is_loopback && !flags->allow_http)
        return fail(err, AGENTOS_INVALID,
                    "%s: " QUOTED " would send the token unencrypted to another machine; use "
                    "https, or give --allow-http",
                    name, QUOTE(url));
    while (str_ends(url, STR("/")))
        url.len--;
    out->url = arena_copy(a, url);
    out->egress = read.is_loopback ? EGRESS_LOOPBACK : EGRESS_ANYWHERE;
    return AGENTOS_OK;
}

static void wipe_text(void *text)
{
    OPENSSL_cleanse(text, strlen(text));
}

const char *remote_given_token(const struct remote_flags *flags)
{
    return flags->token != NULL ? flags->token : getenv("AGENTOS_TOKEN");
}

/* Sets the Authorization header, which is wiped with the arena. */
void remote_use_token(struct remote *remote, arena *a, str token)
{
    char *header = arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr);

    arena_defer(a, wipe_text, header);
    remote->authorization = header;
}

/* Uses the token of --token or AGENTOS_TOKEN. */
static agentos_status read_token(arena *a, const struct remote_flags *flags, struct remote *out,
                                 agentos_error *err)
{
    const char *given = remote_given_token(flags);
    str token = { "", 0 };

    if (given == NULL)
        return fail(err, AGENTOS_INVALID,
                    "no token: set AGENTOS_TOKEN, or give --token - and the token on standard "
                    "input");
    TRY(input_token(a, given, &token, err));
    if (token.len == 0 || !str_is_visible(token))
        return fail(err, AGENTOS_INVALID, "the token is empty or contains invalid characters");
    remote_use_token(out, a, token);
    return AGENTOS_OK;
}

/* Prepares for requests to a server. The caller must call remote_close, on failure too. */
agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                           agentos_error *err)
{
    *out = (struct remote){ .url = NULL };
    TRY(read_url(a, flags, out, err));
    if (!flags->is_public)
        TRY(read_token(a, flags, out, err));
    return net_open(&out->net, err);
}

void remote_close(struct remote *remote)
{
    net_close(&remote->net);
}

/* ---- a call ---- */

static void stop_loop(struct exchange *exchange)
{
    loop_stop(exchange->remote->net.loop);
}

/* Parses the body of a response into *answer, which is NULL if the body is empty. */
static agentos_status read_answer(const struct exchange *exchange, arena *a, const json_t **answer,
                                  agentos_error *err)
{
    str body = buf_view(&exchange->body);

    *answer = NULL;
    TRY(exchange_check(exchange, a, err));
    if (body.len > 0 && json_parse(a, body, answer, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_UPSTREAM, "%s answered %d, but not with JSON; is it an AgentOS?",
                    exchange->remote->url, exchange->status);
    return AGENTOS_OK;
}

/* Sends a request and waits for its answer. */
agentos_status remote_call(struct remote *remote, arena *a, const struct remote_request *request,
                           const json_t **answer, agentos_error *err)
{
    ensure(remote->net.loop != NULL && remote->url != NULL); /* remote_open has succeeded */
    struct exchange exchange = { .remote = remote, .request = request, .on_end = stop_loop };

    exchange_start(&exchange, a);
    loop_run(remote->net.loop);
    agentos_status status = read_answer(&exchange, a, answer, err);
    exchange_clear(&exchange);
    return status;
}
