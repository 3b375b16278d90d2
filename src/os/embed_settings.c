/* A table a struct: the member, its key, and how it is written. What was not set is left out. */
#include "os/embed_settings.h"

enum kind { TEXT, TEXTS, CHOICE, NUMBER, DURATION, NAMED_SCOPES, CLAIM_VALUES };

struct row {
    const char *key;
    enum kind kind;
    size_t offset;
};

#define ROW(type, member, kind)               \
    {                                         \
#member, kind, offsetof(type, member) \
    }

// clang-format off
static const struct row issuer_rows[] = {
    ROW(agentos_issuer, preset,            TEXT),
    ROW(agentos_issuer, issuer,            TEXT),
    ROW(agentos_issuer, audience,          TEXTS),
    ROW(agentos_issuer, audience_claim,    TEXT),
    ROW(agentos_issuer, algorithms,        TEXTS),
    ROW(agentos_issuer, typ,               TEXTS),
    ROW(agentos_issuer, required_claims,   TEXTS),
    ROW(agentos_issuer, equal_claims,      CLAIM_VALUES),
    { "max_lifetime", DURATION, offsetof(agentos_issuer, max_lifetime_s) },
    { "leeway",       NUMBER,   offsetof(agentos_issuer, leeway_s) },
    { "max_stale",    DURATION, offsetof(agentos_issuer, max_stale_s) },
    ROW(agentos_issuer, jwks_url,          TEXT),
    ROW(agentos_issuer, jwks_file,         TEXT),
    ROW(agentos_issuer, x509_url,          TEXT),
    ROW(agentos_issuer, discovery_url,     TEXT),
    ROW(agentos_issuer, verification_keys, TEXTS),
    ROW(agentos_issuer, scopes_claim,      TEXTS),
    ROW(agentos_issuer, user_id_claim,     TEXT),
    ROW(agentos_issuer, session_id_claim,  TEXT),
    ROW(agentos_issuer, roles_claim,       TEXT),
    ROW(agentos_issuer, tenant_claim,      TEXT),
    ROW(agentos_issuer, grants,            TEXTS),
    ROW(agentos_issuer, roles,             NAMED_SCOPES),
    ROW(agentos_issuer, scope_prefix,      TEXT),
    ROW(agentos_issuer, scope_strings,     TEXT),
    ROW(agentos_issuer, allow_weak_keys,   CHOICE),
    { NULL, TEXT, 0 },
};

static const struct row authorization_rows[] = {
    ROW(agentos_authorization_config, verification_keys,    TEXTS),
    ROW(agentos_authorization_config, jwks_file,            TEXT),
    ROW(agentos_authorization_config, jwks_url,             TEXT),
    ROW(agentos_authorization_config, algorithm,            TEXT),
    ROW(agentos_authorization_config, issuer,               TEXT),
    ROW(agentos_authorization_config, audience,             TEXTS),
    ROW(agentos_authorization_config, verify_audience,      CHOICE),
    ROW(agentos_authorization_config, audience_claim,       TEXT),
    ROW(agentos_authorization_config, admin_scope,          TEXT),
    ROW(agentos_authorization_config, user_isolation,       CHOICE),
    ROW(agentos_authorization_config, validate,             CHOICE),
    ROW(agentos_authorization_config, allow_weak_keys,      CHOICE),
    ROW(agentos_authorization_config, plain_fallback,       CHOICE),
    ROW(agentos_authorization_config, token_source,         TEXT),
    ROW(agentos_authorization_config, token_header,         TEXT),
    ROW(agentos_authorization_config, cookie_name,          TEXT),
    ROW(agentos_authorization_config, bare_token,           TEXT),
    ROW(agentos_authorization_config, scope_strings,        TEXT),
    ROW(agentos_authorization_config, scopes_claim,         TEXTS),
    ROW(agentos_authorization_config, user_id_claim,        TEXT),
    ROW(agentos_authorization_config, session_id_claim,     TEXT),
    ROW(agentos_authorization_config, roles_claim,          TEXT),
    ROW(agentos_authorization_config, dependencies_claims,  TEXTS),
    ROW(agentos_authorization_config, session_state_claims, TEXTS),
    ROW(agentos_authorization_config, scope_mappings,       NAMED_SCOPES),
    ROW(agentos_authorization_config, roles,                NAMED_SCOPES),
    ROW(agentos_authorization_config, excluded_routes,      TEXTS),
    ROW(agentos_authorization_config, excluded_routes_add,  TEXTS),
    { NULL, TEXT, 0 },
};
// clang-format on

static void write_texts(writer *w, const char *const *texts)
{
    write_array(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && texts[i] != NULL; i++)
        write_string(w, texts[i]);
    write_end(w);
}

void embed_write_texts(writer *w, const char *key, const char *const *texts)
{
    if (texts[0] == NULL)
        return;
    write_key(w, key);
    write_texts(w, texts);
}

static void write_choice(writer *w, const char *key, agentos_choice choice)
{
    if (choice != AGENTOS_UNSET)
        write_member_bool(w, key, choice == AGENTOS_YES);
}

static void write_number(writer *w, const char *key, int64_t number)
{
    if (number != 0)
        write_member_int(w, key, number);
}

static void write_duration(writer *w, const char *key, int64_t seconds)
{
    char text[32];

    if (seconds == 0)
        return;
    (void)snprintf(text, sizeof(text), "%llds", (long long)seconds);
    write_member(w, key, text);
}

static void write_named_scopes(writer *w, const char *key, const agentos_named_scopes *all)
{
    if (all[0].name == NULL)
        return;
    write_key(w, key);
    write_object(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && all[i].name != NULL; i++) {
        write_key(w, all[i].name);
        write_texts(w, all[i].scopes);
    }
    write_end(w);
}

static void write_claim_values(writer *w, const char *key, const agentos_claim_value *all)
{
    if (all[0].claim == NULL)
        return;
    write_key(w, key);
    write_object(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && all[i].claim != NULL; i++)
        write_member(w, all[i].claim, all[i].value);
    write_end(w);
}

static void write_rows(writer *w, const struct row *rows, const void *settings)
{
    for (const struct row *row = rows; row->key != NULL; row++) {
        const void *member = (const char *)settings + row->offset;

        switch (row->kind) {
        case TEXT: write_member_if(w, row->key, *(const char *const *)member); break;
        case TEXTS: embed_write_texts(w, row->key, member); break;
        case CHOICE: write_choice(w, row->key, *(const agentos_choice *)member); break;
        case NUMBER: write_number(w, row->key, *(const int64_t *)member); break;
        case DURATION: write_duration(w, row->key, *(const int64_t *)member); break;
        case NAMED_SCOPES: write_named_scopes(w, row->key, member); break;
        case CLAIM_VALUES: write_claim_values(w, row->key, member); break;
        }
    }
}

static void write_issuers(writer *w, const agentos_issuer *issuers)
{
    if (issuers[0].issuer == NULL && issuers[0].preset == NULL)
        return;
    write_key(w, "issuers");
    write_array(w);
    for (size_t i = 0;
         i < AGENTOS_LIST_MAX && (issuers[i].issuer != NULL || issuers[i].preset != NULL); i++) {
        write_object(w);
        write_rows(w, issuer_rows, &issuers[i]);
        write_end(w);
    }
    write_end(w);
}

void embed_write_authorization(const agentos_authorization_config *config, bool is_enabled,
                               writer *w)
{
    write_object(w);
    if (is_enabled)
        write_member_bool(w, "enabled", true);
    write_rows(w, authorization_rows, config);
    write_issuers(w, config->issuers);
    write_end(w);
}
