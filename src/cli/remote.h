/* A running server, as commands ask it: one request at a time, waited for. Not its keys: net.h. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/net.h"
#include "json/parse.h"

/* What every such command takes. */
struct remote_flags {
    const char *url, *token;
    bool allow_http;
};

// clang-format off
/* The rows of getopt_long, and the lines of help, that belong to them. */
#define REMOTE_OPTIONS                                   \
    { "url",        required_argument, NULL, 'u' },      \
    { "token",      required_argument, NULL, 't' },      \
    { "allow-http", no_argument,       NULL, 'p' }

#define REMOTE_HELP                                                                               \
    "  --url U                   where the server is: https, or http on this machine\n"           \
    "  --token T                 who asks; - reads standard input. Default: AGENTOS_TOKEN, which\n" \
    "                            unlike an argument is out of sight of `ps`\n"                    \
    "  --allow-http              http beyond this machine too: anybody on the way can read\n"     \
    "                            the token\n"
// clang-format on

/* false: the option is not one of them. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags);

struct remote {
    struct net net;
    const char *url;           /* without a slash at the end */
    const char *authorization; /* secret */
    enum egress egress;
    buf body; /* of the last answer */
};

/* Texts are from the arena. INVALID: no URL or one that a token may not be sent to, no token or one
 * that is none. Sends nothing yet. */
MUST_USE agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                                    agentos_error *err);
void remote_close(struct remote *remote); /* a zeroed one too */

struct remote_request {
    enum method method;
    const char *path; /* from the slash on, with its query */
    str body;         /* JSON, or empty */
};

/* Asks, and waits a minute at most. *answer: the JSON of a 2xx, from the arena; NULL: an empty one.
 * UPSTREAM, with the server's status and reason: anything else. */
MUST_USE agentos_status remote_call(struct remote *remote, arena *a,
                                    const struct remote_request *request, const json_t **answer,
                                    agentos_error *err);

#endif
