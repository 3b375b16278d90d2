/* A running server as commands call it: one request at a time, and each is waited for. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/net.h"
#include "json/parse.h"

/* The flags of every command that calls a server. */
struct remote_flags {
    const char *url, *token;
    bool allow_http;
    bool is_public; /* the route is open to everybody: no token is looked for or sent */
};

// clang-format off
/* The rows of getopt_long, and the lines of help, that belong to them. */
#define REMOTE_OPTIONS                                   \
    { "url",        required_argument, NULL, 'u' },      \
    { "token",      required_argument, NULL, 't' },      \
    { "allow-http", no_argument,       NULL, 'p' }

#define REMOTE_HELP                                                                               \
    "  --url U                   where the server is: https, or http on this machine\n"           \
    "  --token T                 the caller's token; - reads standard input. Default: AGENTOS_TOKEN,\n" \
    "                            which unlike an argument does not show in `ps`\n"                    \
    "  --allow-http              allow http beyond this machine, where anybody on the way can\n" \
    "                            read the token\n"
// clang-format on

/* Stores one flag. false: the option is not one of REMOTE_OPTIONS. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags);

struct remote {
    struct net net;
    const char *url;           /* without a slash at the end */
    const char *authorization; /* secret; NULL: none is sent */
    enum egress egress;
    buf body; /* of the last answer */
};

/* Texts are from the arena. INVALID: there is no URL, or a token may not be sent to it; there is no
 * token, or it is malformed. Sends nothing yet. */
MUST_USE agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                                    agentos_error *err);
void remote_close(struct remote *remote); /* a zeroed one too */

struct remote_request {
    enum method method;
    const char *path; /* from the slash on, with its query */
    str body;         /* JSON, or empty */
};

/* Sends a request and waits for the answer, a minute at most. *answer: the JSON of a 2xx, from the
 * arena; NULL: it was empty.
 * UPSTREAM, with the server's status and reason: anything else. */
MUST_USE agentos_status remote_call(struct remote *remote, arena *a,
                                    const struct remote_request *request, const json_t **answer,
                                    agentos_error *err);

#endif
