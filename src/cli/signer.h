/* Signs short-lived tokens for a command with a private key of this machine. */
#ifndef CLI_SIGNER_H
#define CLI_SIGNER_H

#include "base/arena.h"
#include "base/buf.h"
#include "jose/key.h"

enum { SIGNER_TTL_S = 5 * 60 };

struct signer {
    struct key *key;
    const char *key_path, *subject;
    const char *scope;             /* the only one of its tokens */
    const char *issuer, *audience; /* as agentos.yaml in this folder wants them; NULL: left out */
};

/* Where `agentos init` puts the key. */
#define SIGNER_OWN_KEY "keys/private.pem"

/* Returns whether this folder is that of a configuration with a private key. */
bool signer_has_own_key(void);

/* Reads a signing key, or a shared secret. `subject` may be NULL for the login name. The strings
 * are in the arena. Returns INVALID if the key or the configuration in this folder cannot be used,
 * and NOT_FOUND if the key cannot be read. The caller must call signer_close, on failure too. */
MUST_USE agentos_status signer_open(arena *a, const char *key_path, const char *subject,
                                    struct signer *out, agentos_error *err);
void signer_close(struct signer *signer); /* does nothing if zeroed */

/* Appends a token that is valid for SIGNER_TTL_S. It is secret: the caller wipes it. */
MUST_USE agentos_status signer_sign(const struct signer *signer, buf *out, agentos_error *err);

/* Reads a signing key from a file, or from standard input if path is "-". alg may be NULL for the
 * key's usual one. The caller frees *out. Fails as input_read and key_read_signing do. */
MUST_USE agentos_status signer_read_key(const char *path, const struct alg *alg, struct key **out,
                                        agentos_error *err);

#endif
