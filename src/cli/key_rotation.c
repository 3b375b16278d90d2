/* The steps of a rotation, by the files of the key folder. */
#include "cli/key_rotation.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/signer.h"

/* ---- the state ---- */

static struct pair old_pair(const struct rotation *rotation, const char *kid)
{
    return pair_at(rotation->arena, rotation->dir, arena_printf(rotation->arena, "old-%s-", kid));
}

/* Reads the thumbprint of a private key. */
static agentos_status read_thumbprint(const char *path, char out[KEY_THUMBPRINT_SIZE],
                                      agentos_error *err)
{
    struct key *key = NULL;
    agentos_error why;

    if (signer_read_key(path, NULL, &key, &why) != AGENTOS_OK)
        return fail(err, why.status, "%.256s: %.512s", path, why.message);
    bool is_pair = key_thumbprint(key, out)[0] != '\0';
    key_free(key);
    if (!is_pair)
        return fail(err, AGENTOS_INVALID, "%.256s is a shared secret, which has no key set", path);
    return AGENTOS_OK;
}

/* Removes retired keys from the set, which may be an old copy. */
static agentos_status drop_retired(struct rotation *rotation, agentos_error *err)
{
    struct set_file *set = &rotation->set;
    bool has_dropped = false;

    for (size_t i = set->count; i-- > 0;) {
        if (!retired_has(&rotation->retired, set->keys[i].thumbprint))
            continue;
        (void)fprintf(stderr, "agentos: %s was retired and is taken out of %.256s again\n",
                      set->keys[i].thumbprint, set->path);
        set_file_remove(set, i);
        has_dropped = true;
    }
    return has_dropped ? set_file_write(set, err) : AGENTOS_OK;
}

/* Reads the set, which must exist: a server that does not read it would not know the next key. */
static agentos_status read_set(struct rotation *rotation, const char *path, agentos_error *err)
{
    if (!input_exists(path))
        return fail(err, AGENTOS_NOT_FOUND,
                    "there is no key set %.256s; make it with `agentos jwks %.256s > %.256s`, and "
                    "have the server read it: `authorization: {jwks_file: ...}` in place of "
                    "`verification_keys`",
                    path, rotation->current.public_path, path);
    TRY(set_file_read(rotation->arena, path, &rotation->set, err));
    return drop_retired(rotation, err);
}

/* Reads the key set and the files beside it. */
agentos_status rotation_open(arena *a, const char *set_path, struct rotation *out,
                             agentos_error *err)
{
    *out = (struct rotation){ .arena = a, .dir = folder_of(a, set_path) };
    out->retired = buf_with_limit(MiB);
    out->current = pair_at(a, out->dir, "");
    out->next = pair_at(a, out->dir, "next-");
    TRY(retired_read(a, out->dir, &out->retired, err));
    TRY(read_set(out, set_path, err));
    TRY(read_thumbprint(out->current.private_path, out->current_kid, err));
    if (input_exists(out->next.private_path))
        TRY(read_thumbprint(out->next.private_path, out->next_kid, err));
    if (set_file_find(&out->set, out->current_kid) == NULL)
        return fail(err, AGENTOS_CONFLICT,
                    "%.256s does not have the key that signs now, %.256s (%s); "
                    "`agentos jwks` publishes it",
                    set_path, out->current.private_path, out->current_kid);
    return AGENTOS_OK;
}

void rotation_close(struct rotation *rotation)
{
    buf_clear(&rotation->retired);
}

const char *rotation_state(const struct rotation *rotation, const char *thumbprint)
{
    if (strcmp(thumbprint, rotation->current_kid) == 0)
        return "current";
    if (thumbprint[0] != '\0' && strcmp(thumbprint, rotation->next_kid) == 0)
        return "next";
    if (retired_has(&rotation->retired, thumbprint))
        return "retired";
    return input_exists(old_pair(rotation, thumbprint).public_path) ? "old" : "other";
}

/* ---- the next pair ---- */

/* Generates the next pair and writes its files. */
static agentos_status make_next(struct rotation *rotation, const struct alg *alg,
                                agentos_error *err)
{
    struct key *key = NULL;

    TRY(key_generate(alg, &key, err));
    agentos_status status = pair_write(key, rotation->next, err);
    (void)key_thumbprint(key, rotation->next_kid); /* returns it */
    key_free(key);
    return status;
}

/* Publishes the next pair, whose private key exists. Also writes its public key if an earlier
 * attempt was interrupted. */
static agentos_status publish_next(struct rotation *rotation, const struct alg *alg,
                                   agentos_error *err)
{
    const struct pair public_only = { .public_path = rotation->next.public_path };
    struct key *key = NULL;

    if (retired_has(&rotation->retired, rotation->next_kid))
        return fail(err, AGENTOS_CONFLICT, "%.256s is a retired key; remove it",
                    rotation->next.private_path);
    if (set_file_find(&rotation->set, rotation->next_kid) != NULL)
        return AGENTOS_OK;
    TRY(signer_read_key(rotation->next.private_path, alg, &key, err));
    agentos_status status = AGENTOS_OK;
    if (!input_exists(public_only.public_path))
        status = pair_write(key, public_only, err);
    if (status == AGENTOS_OK)
        status = set_file_add(rotation->arena, &rotation->set, key, err);
    if (status == AGENTOS_OK)
        status = set_file_write(&rotation->set, err);
    key_free(key);
    return status;
}

agentos_status rotation_publish(struct rotation *rotation, agentos_error *err)
{
    /* rotation_open has found it */
    const struct alg *alg = set_file_find(&rotation->set, rotation->current_kid)->alg;

    if (rotation->next_kid[0] == '\0')
        TRY(make_next(rotation, alg, err));
    return publish_next(rotation, alg, err);
}

/* ---- the switch ---- */

/* Finishes a switch that was interrupted between its two files. */
static agentos_status finish_switch(struct rotation *rotation, agentos_error *err)
{
    if (!input_exists(rotation->next.public_path))
        return fail(err, AGENTOS_CONFLICT,
                    "there is no next key; `agentos keys rotate` makes and publishes one");
    return output_rename(rotation->next.public_path, rotation->current.public_path, err);
}

/* Makes the next pair the current one, and keeps the old pair under its key id. There is a private
 * key at every moment. */
agentos_status rotation_switch(struct rotation *rotation, agentos_error *err)
{
    struct pair old = old_pair(rotation, rotation->current_kid);

    if (rotation->next_kid[0] == '\0')
        return finish_switch(rotation, err);
    if (set_file_find(&rotation->set, rotation->next_kid) == NULL)
        return fail(err, AGENTOS_CONFLICT,
                    "the next key is not published; `agentos keys rotate` publishes it");
    TRY(output_link(rotation->current.private_path, old.private_path, err));
    if (input_exists(rotation->current.public_path))
        TRY(output_link(rotation->current.public_path, old.public_path, err));
    TRY(output_rename(rotation->next.private_path, rotation->current.private_path, err));
    return finish_switch(rotation, err);
}

/* ---- the end of a key ---- */

/* Removes the files of a retired key. */
static agentos_status remove_files(struct rotation *rotation, const char *kid, agentos_error *err)
{
    struct pair pair = old_pair(rotation, kid);

    if (strcmp(kid, rotation->next_kid) == 0)
        pair = rotation->next;
    TRY(output_remove(pair.private_path, err));
    return output_remove(pair.public_path, err);
}

/* Takes every entry of the key out of the set. */
static agentos_status withdraw(struct rotation *rotation, const char *thumbprint,
                               agentos_error *err)
{
    struct set_file *set = &rotation->set;

    for (size_t i = set->count; i-- > 0;)
        if (strcmp(set->keys[i].thumbprint, thumbprint) == 0)
            set_file_remove(set, i);
    return set_file_write(set, err);
}

/* Retires a key. Adds it to the list first, so that an interrupted step cannot bring it back. */
agentos_status rotation_retire(struct rotation *rotation, const char *kid, agentos_error *err)
{
    const struct set_key *key = set_file_find_kid(&rotation->set, kid);

    if (key == NULL)
        key = set_file_find(&rotation->set, kid);
    if (key == NULL && retired_has(&rotation->retired, kid))
        return remove_files(rotation, kid, err); /* which a first attempt may have left */
    if (key == NULL)
        return fail(err, AGENTOS_NOT_FOUND,
                    "%.256s has no key " QUOTED "; `agentos keys list` shows its keys",
                    rotation->set.path, QUOTE(str_of(kid)));
    const char *thumbprint = arena_copy(rotation->arena, str_of(key->thumbprint));
    if (strcmp(thumbprint, rotation->current_kid) == 0)
        return fail(err, AGENTOS_CONFLICT,
                    "%s is the key that signs now; first `agentos keys rotate`, and "
                    "`agentos keys rotate --switch`",
                    thumbprint);
    TRY(retired_add(rotation->arena, rotation->dir, &rotation->retired, thumbprint, err));
    TRY(withdraw(rotation, thumbprint, err));
    return remove_files(rotation, thumbprint, err);
}
