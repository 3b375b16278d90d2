/* Signs short-lived tokens for a command. */
#include "cli/signer.h"

#include <openssl/crypto.h>
#include <pwd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "cli/configured.h"
#include "cli/input.h"
#include "jose/mint.h"

#define OWN_CONFIG "agentos.yaml"

/* ---- the key ---- */

bool signer_has_own_key(void)
{
    return input_exists(OWN_CONFIG) && input_exists(SIGNER_OWN_KEY);
}

/* Reads a signing key, and wipes the text of its file from memory. */
agentos_status signer_read_key(const char *path, const struct alg *alg, struct key **out,
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(KEY_FILE_MAX_BYTES);

    agentos_status status = input_read(path, &text, err);
    if (status == AGENTOS_OK)
        status = key_read_signing(input_line(&text), alg, KEY_STRONG, out, err);
    if (text.ptr != NULL)
        OPENSSL_cleanse(text.ptr, text.capacity);
    return status;
}

/* ---- what the configuration in this folder wants of tokens ---- */

/* Sets the issuer, the audience and the algorithm that agentos.yaml expects, if there is one. */
static agentos_status read_wishes(arena *a, struct signer *signer, const struct alg **alg,
                                  agentos_error *err)
{
    struct options options;

    if (!input_exists(OWN_CONFIG))
        return AGENTOS_OK;
    TRY(configured_options(NULL, a, &options, err));
    const struct authority_options *wishes = &options.authorization;
    signer->issuer = wishes->issuer;
    if (wishes->audience_count > 0)
        signer->audience = wishes->audiences[0];
    else if (wishes->verify_audience == CHOICE_YES)
        signer->audience = options.id;
    *alg = wishes->algorithm != NULL ? alg_find(str_of(wishes->algorithm)) : NULL;
    return AGENTOS_OK;
}

/* Reads the key for the algorithm of the configuration, or else for its own usual one: it may be
 * another server's. */
static agentos_status read_key(const char *path, const struct alg *wished, struct key **out,
                               agentos_error *err)
{
    bool is_read_twice = wished != NULL && strcmp(path, "-") != 0;

    if (is_read_twice && signer_read_key(path, wished, out, NULL) == AGENTOS_OK)
        return AGENTOS_OK;
    return signer_read_key(path, NULL, out, err);
}

/* Sets the subject, by default the login name. */
static agentos_status choose_subject(arena *a, const char *given, const char **out,
                                     agentos_error *err)
{
    const struct passwd *user = given == NULL ? getpwuid(geteuid()) : NULL;

    if (given == NULL && user == NULL)
        return fail(err, AGENTOS_INVALID, "this user has no login name; give --sub");
    *out = given != NULL ? given : arena_copy(a, str_of(user->pw_name));
    if ((*out)[0] == '\0' || !str_is_utf8(str_of(*out)))
        return fail(err, AGENTOS_INVALID, "--sub must be UTF-8 text that is not empty");
    return AGENTOS_OK;
}

/* Reads the signing key and the claims of its tokens, except the scopes. */
agentos_status signer_open(arena *a, const char *key_path, const char *subject, struct signer *out,
                           agentos_error *err)
{
    const struct alg *wished = NULL;

    *out = (struct signer){ .key_path = key_path };
    TRY(choose_subject(a, subject, &out->subject, err));
    TRY(read_wishes(a, out, &wished, err));
    agentos_error why;
    agentos_status status = read_key(key_path, wished, &out->key, &why);
    if (status != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "--key %.256s: %.512s", key_path, why.message);
    return AGENTOS_OK;
}

void signer_close(struct signer *signer)
{
    key_free(signer->key);
    signer->key = NULL;
}

/* ---- tokens ---- */

/* Signs a token and appends it. Its key id is the key's thumbprint; a secret has none. */
agentos_status signer_sign(const struct signer *signer, buf *out, agentos_error *err)
{
    ensure(signer->key != NULL && signer->scope != NULL);
    const struct mint mint = {
        .issuer = signer->issuer,
        .subject = signer->subject,
        .audiences = &signer->audience,
        .audience_count = signer->audience != NULL ? 1 : 0,
        .scopes = &signer->scope,
        .scope_count = 1,
        .issued_at_s = clock_now_s(),
        .lifetime_s = SIGNER_TTL_S,
    };

    return mint_token(&mint, signer->key, NULL, out, err);
}
