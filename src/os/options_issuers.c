/* Reads `authorization.issuers`, the list of token issuers. Each issuer is also compiled as the
 * server would compile it (auth/issuer), and the faults that are found get a line and a column of
 * the file. */
#include "os/options_reading.h"

#include "auth/issuer/issuer.h"
#include "auth/issuer/preset.h"
#include "auth/keys/key_life.h"
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

/* ---- what claims must be ---- */

/* The values of one claim, a text or a list of texts, into *values; how many there are. */
static size_t read_claim_values(struct config_reading *r, struct place at,
                                const char *const **values)
{
    ensure(values != NULL);
    static const struct option_row unchecked = { .key = NULL };
    bool is_list = at.node->kind == YAML_LIST;
    const char **texts = arena_alloc(r->a, (is_list ? at.node->count + 1 : 1) * sizeof(*texts));

    *values = texts;
    if (is_list)
        return read_text_items(r, &unchecked, at, texts);
    texts[0] = text_resolve(r, at);
    return texts[0] != NULL;
}

void read_demands(struct config_reading *r, const struct option_row *row, struct place at,
                  void *target)
{
    ensure(row->at != row->also);
    struct claim_demand *all = arena_alloc(r->a, (at.node->count + 1) * sizeof(*all));
    size_t count = 0;

    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of claims and their values");
        return;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct place place = place_member(r, at, child);
        struct claim_demand *demand = &all[count++];

        demand->claim = arena_copy(r->a, child->key);
        demand->count = read_claim_values(r, place, &demand->values);
        if (demand->count == 0)
            fault_at(r, place, "must be a text, or a list of some");
    }
    ensure(count == at.node->count);
    *(const struct claim_demand **)row_member(target, row->at) = all;
    *(size_t *)row_member(target, row->also) = count;
}

/* ---- keys ---- */

void read_issuer_keys(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.path != NULL);
    static const struct option_row unchecked = { .key = NULL };
    struct issuer_options *issuer = target;
    const char **keys, **names;

    (void)row; /* keys have no further rules */
    if (at.node->kind != YAML_LIST || at.node->count == 0 || at.node->count > STATIC_KEYS_MAX) {
        fault_at(r, at, "must be a list of 1 to %d keys", STATIC_KEYS_MAX);
        return;
    }
    keys = arena_alloc(r->a, (at.node->count + 1) * sizeof(*keys));
    names = arena_alloc(r->a, (at.node->count + 1) * sizeof(*names));
    issuer->key_count = read_text_items(r, &unchecked, at, keys);
    for (size_t i = 0; i < issuer->key_count; i++)
        names[i] = arena_printf(r->a, "%s[%zu]", at.path, i);
    issuer->keys = keys;
    issuer->key_names = names;
    if (issuer->key_count == 0)
        fault_at(r, at, "none of these keys is there; set one");
}

void read_issuer_jwks(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.path != NULL);
    struct issuer_options *issuer = target;
    const char *text = text_resolve(r, at), *why = NULL;

    (void)row; /* a path has no further rules */
    if (text == NULL)
        return;
    issuer->jwks = key_set_read(r, path_resolve(r, str_of(text)), &why);
    issuer->jwks_name = at.path;
    if (why != NULL)
        fault_at(r, at, "%s", why);
}

/* ---- issuers ---- */

/* Adds the faults that the server would find when it starts. */
static void try_issuer(struct config_reading *r, const struct issuer_options *issuer)
{
    ensure(issuer->name != NULL && draft_of(r)->options->authorization.admin_scope != NULL);
    const char *admin = draft_of(r)->options->authorization.admin_scope;
    struct key_pool *pool = key_pool_new(NULL);
    struct issuers *made = NULL;
    agentos_error err;

    if (issuers_new(&(struct issuers_options){ issuer, 1, admin, pool }, &made, &err) != AGENTOS_OK)
        named_fault_add(r, &err);
    issuers_free(made);
    key_pool_free(pool);
}

static void read_issuer(struct config_reading *r, const struct option_section *section,
                        struct place at, struct issuer_options *issuer)
{
    ensure(section == &option_issuer);
    size_t errors = r->faults.errors;

    section_defaults(r, section, issuer);
    section_read(r, section, at, issuer);
    issuer->name = at.path;
    if (r->faults.errors == errors)
        try_issuer(r, issuer);
}

void read_issuers(struct config_reading *r, const struct option_row *row, struct place at,
                  void *target)
{
    ensure(row->section == &option_issuer);
    struct authority_options *authorization = &draft_of(r)->options->authorization;
    struct issuer_options *all;

    (void)target; /* the draft's options have the issuers */
    if (at.node->kind != YAML_LIST || at.node->count > ISSUERS_MAX) {
        fault_at(r, at, "must be a list of at most %d issuers", ISSUERS_MAX);
        return;
    }
    all = arena_alloc(r->a, (at.node->count + 1) * sizeof(*all));
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        size_t index = authorization->issuer_count++;

        read_issuer(r, row->section, place_item(r, at, child, index), &all[index]);
    }
    authorization->issuers = all;
}
