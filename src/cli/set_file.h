/* A key set in a file, which is changed by adding and removing keys. Keys that this version cannot
 * use stay in it as they are. */
#ifndef CLI_SET_FILE_H
#define CLI_SET_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "jose/jwks.h"
#include "json/parse.h"

struct set_key {
    str jwk;         /* its JSON */
    const char *kid; /* empty if it has none */
    /* empty if the key cannot be used, such as one for encryption; alg is NULL then */
    char thumbprint[KEY_THUMBPRINT_SIZE];
    const struct alg *alg;
};

struct set_file {
    const char *path;
    struct set_key *keys; /* in their order; with room for one more */
    size_t count;
};

/* Reads {"keys":[...]} from a file. Everything is in the arena. Returns NOT_FOUND if the file
 * cannot be read, and INVALID if a server would refuse it. */
MUST_USE agentos_status set_file_read(arena *a, const char *path, struct set_file *out,
                                      agentos_error *err);

/* Adds the public half of a key. Must be called at most once after set_file_read. */
MUST_USE agentos_status set_file_add(arena *a, struct set_file *set, const struct key *key,
                                     agentos_error *err);
void set_file_remove(struct set_file *set, size_t index);

/* Appends the JSON of the set to an empty buffer of JWKS_MAX_BYTES. Returns INVALID if a server
 * would refuse the set. */
MUST_USE agentos_status set_file_print(const struct set_file *set, buf *out, agentos_error *err);

/* Replaces the file at once: a reader sees the old set or the new one. */
MUST_USE agentos_status set_file_write(const struct set_file *set, agentos_error *err);

/* Returns the key with this thumbprint, or the usable one with this kid, or NULL. */
const struct set_key *set_file_find(const struct set_file *set, const char *thumbprint);
const struct set_key *set_file_find_kid(const struct set_file *set, const char *kid);

/* Returns the rules for reading a published set: every algorithm except those of shared secrets.
 * algs is filled in, and must outlive the rules. */
struct jwks_rules set_file_rules(const struct alg *algs[ALG_COUNT]);

#endif
