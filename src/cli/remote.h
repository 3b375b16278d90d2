/* Sends requests to a running server, one at a time. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/net.h"
#include "json/parse.h"

/* The options of every command that calls a server. */
struct remote_flags {
    const char *url, *token;
    bool allow_http;
    bool is_public; /* the route needs no token; none is sent */
};

#define REMOTE_DEFAULT_URL "http://127.0.0.1:7777"

// clang-format off
/* Their rows for getopt_long and their help text. */
#define REMOTE_OPTIONS                                   \
    { "url",        required_argument, NULL, 'u' },      \
    { "token",      required_argument, NULL, 't' },      \
    { "allow-http", no_argument,       NULL, 'p' }

#define REMOTE_HELP                                                                               \
    "  --url U                   where the server is: https, or http on this machine. Default:\n" \
    "                            AGENTOS_URL, else " REMOTE_DEFAULT_URL "\n"                         \
    "  --token T                 the caller's token; - reads standard input. Default: AGENTOS_TOKEN,\n" \
    "                            which unlike an argument does not show in `ps`\n"                    \
    "  --allow-http              allow http beyond this machine, where anybody on the way can\n" \
    "                            read the token\n"
// clang-format on

/* Stores the value of one option. Returns false if it is not one of REMOTE_OPTIONS. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags);

/* Returns the value of AGENTOS_URL, or NULL if it is not set or empty. */
const char *remote_url_of_environment(void);

struct remote {
    struct net net;
    const char *url;           /* without a slash at its end */
    const char *authorization; /* secret; NULL if none is sent */
    enum egress egress;
};

/* Prepares for calls without sending anything. The strings are in the arena. Returns INVALID if the
 * URL is malformed or must not receive a token, or if the token is missing or malformed, and
 * UNAUTHENTICATED if it is too large. */
MUST_USE agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                                    agentos_error *err);
void remote_close(struct remote *remote); /* does nothing if zeroed */

/* Returns --token, or else AGENTOS_TOKEN, or NULL. */
const char *remote_given_token(const struct remote_flags *flags);

/* Sends this token from now on, in a header from the arena, which must outlive its use. */
void remote_use_token(struct remote *remote, arena *a, str token);

struct remote_request {
    enum method method;
    const char *path; /* begins with "/", includes the query */
    str body;         /* JSON, or empty */
    bool is_form;     /* the body is application/x-www-form-urlencoded instead */
    bool is_run;      /* a model may be silent for minutes */
};

/* Sends a request and waits for the answer. *answer is the JSON of a 2xx response, allocated from
 * the arena, or NULL if its body is empty. Returns UPSTREAM with the status and the reason for any
 * other response. */
MUST_USE agentos_status remote_call(struct remote *remote, arena *a,
                                    const struct remote_request *request, const json_t **answer,
                                    agentos_error *err);

#endif
