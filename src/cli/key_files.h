/* The key folder that `agentos keys` works in: the pair that signs, the next one, pairs that are
 * still published, and the list of retired keys. What state a rotation is in follows from these
 * files and the key set. */
#ifndef CLI_KEY_FILES_H
#define CLI_KEY_FILES_H

#include "base/arena.h"
#include "base/buf.h"
#include "jose/key.h"

struct pair {
    const char *private_path, *public_path;
};

/* Returns the paths of DIR/NAMEprivate.pem and DIR/NAMEpublic.pem, from the arena. The current pair
 * has the name "", the next one "next-", and an earlier one "old-KID-". */
struct pair pair_at(arena *a, const char *dir, const char *name);

/* Returns the folder of a file, from the arena. */
const char *folder_of(arena *a, const char *path);

/* Writes a pair to new files: the private key for its owner alone (0600), the public key for
 * everybody (0644). Without private_path, only the public key. */
MUST_USE agentos_status pair_write(const struct key *key, struct pair pair, agentos_error *err);

/* Appends DIR/retired.txt, which may be absent: a line for each key that is never published again,
 * which begins with its RFC 7638 thumbprint. */
MUST_USE agentos_status retired_read(arena *a, const char *dir, buf *out, agentos_error *err);
bool retired_has(const buf *list, const char *thumbprint);
/* Adds a key to the list, in memory and on disk. */
MUST_USE agentos_status retired_add(arena *a, const char *dir, buf *list, const char *thumbprint,
                                    agentos_error *err);

#endif
