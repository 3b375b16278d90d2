/* Calls a running server for commands, with one request at a time, whose answer is waited for. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/net.h"
#include "json/parse.h"

/* The flags of every command that calls a server. */
struct remote_flags {
    const char *url, *token;
    bool allow_http;
    bool is_public; /* the route is open to everybody, so no token is looked for or sent */
};

// clang-format off
/* The rows of getopt_long, and the lines of help, for these flags. */
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

/* Stores one flag. Returns false if the option is not one of REMOTE_OPTIONS. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags);

struct remote {
    struct net net;
    const char *url;           /* without a slash at its end */
    const char *authorization; /* secret; NULL if none is sent */
    enum egress egress;
    buf body; /* the body of the last answer */
};

/* Prepares for calls, but sends nothing yet. The texts are from the arena. Returns INVALID if there
 * is no URL, if a token must not be sent to it, or if the token is missing or malformed. */
MUST_USE agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                                    agentos_error *err);
void remote_close(struct remote *remote); /* may also be called with a zeroed one */

struct remote_request {
    enum method method;
    const char *path; /* from the first slash on, with its query */
    str body;         /* JSON, or empty */
};

/* Sends a request and waits up to a minute for the answer. *answer is the JSON of a 2xx answer,
 * from the arena, or NULL if it was empty. Any other answer is UPSTREAM, with the server's status
 * and reason. */
MUST_USE agentos_status remote_call(struct remote *remote, arena *a,
                                    const struct remote_request *request, const json_t **answer,
                                    agentos_error *err);

#endif
