/* Finds the server and the token of the commands that run agents. */
#include "cli/caller.h"

#include <openssl/crypto.h>
#include <signal.h>

#include "auth/scope/scope.h"
#include "base/limits.h"

bool caller_take_flag(int option, const char *value, struct caller_flags *flags)
{
    switch (option) {
    case 'k': flags->key = value; return true;
    case 's': flags->subject = value; return true;
    default: return remote_take_flag(option, value, &flags->remote);
    }
}

bool caller_reads_input(const struct caller_flags *flags)
{
    const char *secret = flags->key != NULL ? flags->key : remote_given_token(&flags->remote);

    return secret != NULL && strcmp(secret, "-") == 0;
}

/* Returns the key that makes the tokens, or NULL if one was given, or none is at hand. A key that
 * nobody named only makes tokens for this machine. */
static const char *choose_key(const struct caller_flags *flags, const struct remote *remote)
{
    if (flags->remote.token != NULL)
        return NULL;
    if (flags->key != NULL)
        return flags->key;
    bool is_own = remote->egress == EGRESS_LOOPBACK && remote_given_token(&flags->remote) == NULL;
    return is_own && signer_has_own_key() ? SIGNER_OWN_KEY : NULL;
}

/* Says who the server will take the caller for. */
static void tell_signer(const struct signer *signer)
{
    (void)fprintf(stderr, "agentos: using %.256s to make tokens for '%.256s' with the scope %s\n",
                  signer->key_path, signer->subject, signer->scope);
}

/* Reads the signing key, unless a token is given. */
static agentos_status open_signer(arena *a, const struct caller_flags *flags, struct caller *out,
                                  agentos_error *err)
{
    const char *key = choose_key(flags, &out->remote);

    if (key == NULL && flags->subject != NULL)
        return fail(err, AGENTOS_INVALID,
                    "--sub is the user of a token that is made with --key; a token that is given "
                    "names its own");
    if (key == NULL)
        return AGENTOS_OK;
    TRY(signer_open(a, key, flags->subject, &out->signer, err));
    out->signer.scope = arena_printf(a, "agents:%s:run", out->agent);
    tell_signer(&out->signer);
    return AGENTOS_OK;
}

static void on_signal(int signum, void *user)
{
    struct caller *caller = user;

    (void)signum;
    if (caller->on_interrupt != NULL)
        caller->on_interrupt(caller->user);
}

/* Prepares to run the agent. */
agentos_status caller_open(arena *a, const struct caller_flags *flags, const char *agent,
                           struct caller *out, agentos_error *err)
{
    struct remote_flags remote = flags->remote;

    *out = (struct caller){ .agent = agent };
    if (!scope_id_is_valid(str_of(agent)))
        return fail(err, AGENTOS_INVALID, QUOTED " cannot be the id of an agent",
                    QUOTE(str_of(agent)));
    if (flags->key != NULL && flags->remote.token != NULL)
        return fail(err, AGENTOS_INVALID, "--key and --token are mutually exclusive");
    /* An open server takes requests without a token; others refuse them with advice. */
    remote.is_public = flags->key != NULL || remote_given_token(&remote) == NULL;
    TRY(remote_open(a, &remote, &out->remote, err));
    TRY(open_signer(a, flags, out, err));
    return loop_on_signal(out->remote.net.loop, SIGINT, on_signal, out, err);
}

void caller_close(struct caller *caller)
{
    signer_close(&caller->signer);
    remote_close(&caller->remote);
}

agentos_status caller_renew_token(struct caller *caller, arena *a, agentos_error *err)
{
    AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);

    if (caller->signer.key == NULL)
        return AGENTOS_OK;
    TRY(signer_sign(&caller->signer, &token, err));
    remote_use_token(&caller->remote, a, buf_view(&token));
    OPENSSL_cleanse(token.ptr, token.len);
    return AGENTOS_OK;
}
