/* Who runs an agent, and where: a server, and a token that was given or is made for each request
 * with a key of this machine. */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

#include "cli/remote.h"
#include "cli/signer.h"

/* The options of the commands that run agents. */
struct caller_flags {
    struct remote_flags remote;
    const char *key, *subject; /* NULL: not given */
};

// clang-format off
#define CALLER_OPTIONS                             \
    REMOTE_OPTIONS,                                \
    { "key", required_argument, NULL, 'k' },       \
    { "sub", required_argument, NULL, 's' }

#define CALLER_HELP REMOTE_HELP \
    "  --key FILE                private key, or shared secret, that makes a token of five minutes\n" \
    "                            with no scope but to run this agent, if no token is given. Default,\n" \
    "                            for a server of this machine: keys/private.pem beside agentos.yaml\n" \
    "  --sub S                   the user of that token; default: the login name\n"
// clang-format on

/* Stores the value of one option. Returns false if it is not one of CALLER_OPTIONS. */
bool caller_take_flag(int option, const char *value, struct caller_flags *flags);

/* Returns whether the token or the key is read from standard input. */
bool caller_reads_input(const struct caller_flags *flags);

struct caller {
    struct remote remote;
    struct signer signer;             /* without a key: the token was given, or none is sent */
    const char *agent;                /* an id */
    void (*on_interrupt)(void *user); /* of the run under way; NULL: there is none */
    void *user;
};

/* Prepares for runs of the agent, and says on standard error if it will make tokens. SIGINT calls
 * on_interrupt from now on, while the event loop runs. The strings are in the arena. Fails as
 * remote_open and signer_open do. The caller must call caller_close, on failure too. */
MUST_USE agentos_status caller_open(arena *a, const struct caller_flags *flags, const char *agent,
                                    struct caller *out, agentos_error *err);
void caller_close(struct caller *caller); /* does nothing if zeroed */

/* Makes a fresh token for the next request, if the caller has a key. The arena must outlive the
 * request. */
MUST_USE agentos_status caller_renew_token(struct caller *caller, arena *a, agentos_error *err);

#endif
