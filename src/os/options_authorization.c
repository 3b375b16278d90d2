/* Verification keys: from the file, then from the environment. Whether a key fits its algorithm is
 * authority_new's to say; here is only where keys come from, and that no server is open by
 * accident. */
#include <openssl/crypto.h>

#include "os/options_read.h"

static bool is_listed(const struct key_list *keys, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < keys->count; i++)
        if (strlen(keys->texts[i]) == len && CRYPTO_memcmp(keys->texts[i], text, len) == 0)
            return true;
    return false;
}

/* false: there is no room. The same key twice is one. */
static bool append_key(struct key_list *keys, const char *text, const char *name)
{
    if (is_listed(keys, text))
        return true;
    if (keys->count == STATIC_KEYS_MAX)
        return false;
    keys->texts[keys->count] = text;
    keys->names[keys->count++] = name;
    return true;
}

static void read_key(struct reading *r, struct place at)
{
    size_t errors = r->faults.errors;
    const char *text = text_read(r, at);

    if (text != NULL && !append_key(&r->keys, text, at.path))
        fault_at(r, at, "more than %d keys", STATIC_KEYS_MAX);
    r->keys.is_incomplete |= r->faults.errors > errors;
}

void keys_read(struct reading *r, const struct option_row *row, struct place at, void *target)
{
    size_t index = 0;

    (void)row;    /* keys have no further rules */
    (void)target; /* filled in by authorization_finish, once the environment has been asked */
    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, "must be a list");
        r->keys.is_incomplete = true;
        return;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next)
        read_key(r, place_item(r, at, child, index++));
}

/* Keys were asked for and there is none: that is never meant to be an open server. */
static void demand_key(struct reading *r, const struct yaml_node *root)
{
    static const char advice[] =
        "no verification key: set JWT_VERIFICATION_KEY, or list one under "
        "authorization.verification_keys (`agentos keys generate` makes a pair)";
    const struct yaml_node *block = yaml_get(root, "authorization");
    const struct yaml_node *keys = block != NULL ? yaml_get(block, "verification_keys") : NULL;

    if (r->options->authorization.authorization)
        fault_at(r, ((struct place){ block, "authorization" }), "%s", advice);
    else if (r->options->authorization.user_isolation)
        fault_at(r, ((struct place){ block, "authorization.user_isolation" }),
                 "there are no users to tell apart: %s", advice);
    else if (keys != NULL && keys->count > 0)
        fault_at(
            r, ((struct place){ keys, "authorization.verification_keys" }),
            "none of these keys is there, so the server would be open; set one or remove the list");
}

static const char *const *copy_texts(arena *a, const char *const *texts, size_t count)
{
    const char **copy = arena_alloc(a, (count + 1) * sizeof(*copy));

    for (size_t i = 0; i < count; i++)
        copy[i] = texts[i];
    return copy;
}

void authorization_finish(struct reading *r, const struct yaml_node *root)
{
    static const char variable[] = "JWT_VERIFICATION_KEY";
    struct authority_options *authorization = &r->options->authorization;
    const char *text = env_get(r->env, variable);

    if (text != NULL && !append_key(&r->keys, arena_copy(r->a, str_of(text)), variable))
        fault_variable(r, variable,
                       "one key too many; remove one from authorization.verification_keys");
    if (r->keys.count == 0 && !r->keys.is_incomplete)
        demand_key(r, root);
    authorization->keys = copy_texts(r->a, r->keys.texts, r->keys.count);
    authorization->key_names = copy_texts(r->a, r->keys.names, r->keys.count);
    authorization->key_count = r->keys.count;
}
