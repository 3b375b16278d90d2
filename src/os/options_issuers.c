/* Reads `authorization.issuers`. */
#include "os/options_reading.h"

#include "auth/issuer/issuer.h"
#include "auth/issuer/issuer_make.h"
#include "auth/issuer/preset.h"
#include "auth/keys/key_life.h"
#include "auth/scope/ceiling.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "config/checks.h"
#include "config/option_rows.h"
#include "os/issuer_settings.h"

#define ISSUER(member)      TEXT(struct issuer_options, member)
#define ISSUER_LIST(all, n) LIST(OPTION_TEXT_OR_TEXTS, struct issuer_options, all, n)

enum { DAY_S = 24 * 60 * 60 };

#define UNWRAPPED(...)                                  __VA_ARGS__
#define ISSUER_ROW(key_, member_, kind_, reading, doc_) { #key_, UNWRAPPED reading, .doc = doc_ },
static const struct option_row issuer_rows[] = { ISSUER_SETTINGS(ISSUER_ROW) };
const struct option_section option_issuer = SECTION_OF(issuer_rows);

/* ---- required claims ---- */

/* Reads the values of one claim, a text or a list, into *values. Returns 0 if there are none. */
static size_t read_claim_values(struct config_reading *r, struct place at,
                                const char *const **values)
{
    ensure(at.node != NULL && values != NULL);
    static const struct option_row unchecked = { .key = NULL };
    bool is_list = at.node->kind == YAML_LIST;
    size_t room = is_list ? at.node->count : 1;
    const char **texts = arena_array(r->a, room, sizeof(*texts));

    *values = texts;
    if (is_list)
        return read_text_items(r, &unchecked, at, texts);
    texts[0] = text_resolve(r, at);
    return texts[0] != NULL ? 1 : 0;
}

/* Reads one required claim and its accepted values. */
static void read_required_claim(struct config_reading *r, struct place at, struct claim_demand *out)
{
    ensure(at.node != NULL && out != NULL);
    out->claim = arena_copy(r->a, at.node->key);
    out->count = read_claim_values(r, at, &out->values);
    if (out->count == 0)
        fault_at(r, at, "must be a text or a list of texts");
}

/* Reads a map from claims to accepted values. */
void read_demands(struct config_reading *r, const struct option_row *row, struct place at,
                  void *target)
{
    ensure(row->at != row->also && target != NULL);
    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of claims and their values");
        return;
    }
    struct claim_demand *all = arena_array(r->a, at.node->count, sizeof(*all));
    size_t count = 0;
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        read_required_claim(r, place_member(r, at, child), &all[count]);
        count++;
    }
    ensure(count == at.node->count);
    *(const struct claim_demand **)row_member(target, row->at) = all;
    *(size_t *)row_member(target, row->also) = count;
}

/* ---- keys ---- */

/* Names each key by its place in the file, "authorization.issuers[0].verification_keys[1]". */
static const char *const *name_keys(arena *a, const char *path, size_t count)
{
    ensure(path != NULL);
    const char **names = arena_array(a, count, sizeof(*names));

    for (size_t i = 0; i < count; i++)
        names[i] = arena_printf(a, "%s[%zu]", path, i);
    return names;
}

static void check_keys_are_no_paths(struct config_reading *r, struct place at)
{
    size_t index = 0;

    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        if (child->kind == YAML_SCALAR)
            check_key_is_no_path(r, place_item(r, at, child, index), child->text.ptr);
        index++;
    }
}

/* Reads the keys of an issuer, skipping absent ones. */
void read_issuer_keys(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.path != NULL && target != NULL);
    static const struct option_row unchecked = { .key = NULL };
    struct issuer_options *issuer = target;

    (void)row; /* unused */
    if (at.node->kind != YAML_LIST || at.node->count == 0 || at.node->count > STATIC_KEYS_MAX) {
        fault_at(r, at, "must be a list of 1 to %d keys", STATIC_KEYS_MAX);
        return;
    }
    const char **keys = arena_alloc(r->a, at.node->count * sizeof(*keys));
    issuer->key_count = read_text_items(r, &unchecked, at, keys);
    check_keys_are_no_paths(r, at);
    issuer->keys = keys;
    issuer->key_names = name_keys(r->a, at.path, issuer->key_count);
    if (issuer->key_count == 0)
        fault_at(r, at, "none of these keys is set");
}

/* Reads the key set file of an issuer. */
void read_issuer_jwks(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.path != NULL && target != NULL);
    struct issuer_options *issuer = target;
    const char *written_path = text_resolve(r, at);
    const char *why = NULL;

    (void)row; /* unused */
    if (written_path == NULL)
        return;
    const char *path = path_resolve(r, str_of(written_path));
    issuer->jwks = key_set_read(r, path, &why);
    issuer->jwks_name = at.path;
    if (why != NULL)
        fault_at(r, at, "%s", why);
}

/* ---- issuers ---- */

/* Compiles the issuer to find its faults. Fetches nothing. */
static void try_issuer(struct config_reading *r, const struct issuer_options *issuer)
{
    const char *admin_scope = draft_of(r)->options->authorization.admin_scope;

    ensure(issuer->name != NULL && admin_scope != NULL);
    struct key_pool *pool = key_pool_new(NULL);
    const struct issuers_options options = {
        .all = issuer,
        .count = 1,
        .admin_scope = admin_scope,
        .pool = pool,
    };
    struct issuers *made = NULL;
    agentos_error err;
    if (issuers_new(&options, &made, &err) != AGENTOS_OK)
        named_fault_add(r, &err);
    issuers_free(made);
    key_pool_free(pool);
}

/* Returns the scopes that tokens of the issuer can confer at most. Borrows from the options. */
static struct ceiling ceiling_of(struct config_reading *r, const struct issuer_options *issuer)
{
    str *grants = arena_array(r->a, issuer->grant_count, sizeof(*grants));

    for (size_t i = 0; i < issuer->grant_count; i++)
        grants[i] = str_of(issuer->grants[i]);
    return (struct ceiling){
        .has_grants = issuer->has_grants,
        .grants = grants,
        .count = issuer->grant_count,
        .admin_scope = draft_of(r)->options->authorization.admin_scope,
    };
}

/* Warns of each scope in a role that tokens of the issuer cannot confer. */
static void warn_of_ineffective_roles(struct config_reading *r, struct place at,
                                      const struct issuer_options *issuer)
{
    const struct ceiling ceiling = ceiling_of(r, issuer);

    ensure(issuer->role_count == 0 || issuer->roles != NULL);
    for (size_t i = 0; i < issuer->role_count; i++) {
        const struct named_scopes *role = &issuer->roles[i];

        for (size_t j = 0; j < role->count; j++)
            if (!ceiling_allows(&ceiling, str_of(role->scopes[j])))
                warn_at(r, at,
                        "the role " QUOTED " names " QUOTED
                        ", which tokens of this issuer never confer; list it in grants",
                        QUOTE(str_of(role->name)), QUOTE(str_of(role->scopes[j])));
    }
}

/* Warns of keys that are fetched from another machine over plain http. */
static void warn_of_exposed_keys(struct config_reading *r, struct place at,
                                 const struct issuer_options *issuer)
{
    struct issuer_options expanded;

    if (preset_expand(issuer, r->a, &expanded, NULL) != AGENTOS_OK)
        return; /* try_issuer has added the fault */
    const char *url = issuer_key_url(&expanded);
    if (issuer->allow_http && issuer_url_is_exposed(url))
        warn_at(r, at,
                "its keys come over plain http from " QUOTED
                " (allow_http): an attacker on the network can replace them and sign tokens",
                QUOTE(str_of(url)));
}

/* Reads one issuer. Compiles it only if its map has no fault. */
static void read_issuer(struct config_reading *r, const struct option_section *section,
                        struct place at, struct issuer_options *issuer)
{
    ensure(section == &option_issuer && at.path != NULL);
    section_defaults(r, section, issuer);
    bool is_valid = section_read(r, section, at, issuer);
    issuer->name = at.path;
    if (!is_valid)
        return;
    try_issuer(r, issuer);
    warn_of_exposed_keys(r, at, issuer);
    warn_of_ineffective_roles(r, at, issuer);
}

/* Reads `authorization.issuers` into the options. */
void read_issuers(struct config_reading *r, const struct option_row *row, struct place at,
                  void *target)
{
    ensure(row->section == &option_issuer);
    struct authority_options *authorization = &draft_of(r)->options->authorization;
    size_t index = 0;

    (void)target; /* unused */
    if (at.node->kind != YAML_LIST || at.node->count > ISSUERS_MAX) {
        fault_at(r, at, "must be a list of at most %d issuers", ISSUERS_MAX);
        return;
    }
    struct issuer_options *all = arena_array(r->a, at.node->count, sizeof(*all));
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct place place = place_item(r, at, child, index);

        read_issuer(r, row->section, place, &all[index]);
        index++;
    }
    authorization->issuers = all;
    authorization->issuer_count = index;
}
