/* The rotation of a key pair: publish the next one, sign with it, retire the old one. Each step may
 * be repeated, also after it was interrupted. */
#ifndef CLI_KEY_ROTATION_H
#define CLI_KEY_ROTATION_H

#include "cli/key_files.h"
#include "cli/set_file.h"

struct rotation {
    arena *arena;
    const char *dir;
    struct set_file set;
    buf retired;
    struct pair current, next;
    char current_kid[KEY_THUMBPRINT_SIZE]; /* thumbprints, which are their kids in the set */
    char next_kid[KEY_THUMBPRINT_SIZE];    /* empty: there is none */
};

/* Reads the key set and the files beside it. A retired key that has come back into the set is taken
 * out. The caller must call rotation_close, on failure too. */
MUST_USE agentos_status rotation_open(arena *a, const char *set_path, struct rotation *out,
                                      agentos_error *err);
void rotation_close(struct rotation *rotation);

/* Makes the next pair, unless there is one, with the algorithm of the current key, and publishes
 * it. */
MUST_USE agentos_status rotation_publish(struct rotation *rotation, agentos_error *err);

/* Makes the next pair the current one. CONFLICT: there is no next one, or it is not published. */
MUST_USE agentos_status rotation_switch(struct rotation *rotation, agentos_error *err);

/* Takes a key out of the set for ever and removes its files. CONFLICT: it is the current one.
 * NOT_FOUND: the set has no such key, and never had. */
MUST_USE agentos_status rotation_retire(struct rotation *rotation, const char *kid,
                                        agentos_error *err);

/* Returns "current", "next", "retired" or "old", or "other" for a key without files here. */
const char *rotation_state(const struct rotation *rotation, const char *thumbprint);

#endif
