/* Checks the `authorization:` block as a whole. */
#include "os/option_checks.h"
#include "os/options_reading.h"
#include "os/scope_nearest.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/mem.h"

/* ---- maps of scopes: roles, scope_mappings ---- */

/* Reads a map of scope lists, such as `roles`. */
void read_scopes(struct config_reading *r, const struct option_row *row, struct place at,
                 void *target)
{
    ensure(row->at != row->also && target != NULL);
    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of lists of scopes");
        return;
    }
    struct named_scopes *all = arena_array(r->a, at.node->count, sizeof(*all));
    size_t count = 0;
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        const char **scopes = arena_array(r->a, child->count, sizeof(*scopes));
        struct named_scopes *entry = &all[count++];

        entry->name = arena_copy(r->a, child->key);
        entry->scopes = scopes;
        entry->count = read_text_items(r, row, place_member(r, at, child), scopes);
    }
    ensure(count == at.node->count);
    *(const struct named_scopes **)row_member(target, row->at) = all;
    *(size_t *)row_member(target, row->also) = count;
}

/* ---- what turns scopes on ---- */

static struct authority_options *authorization_of(const struct config_reading *r)
{
    return &draft_of(r)->options->authorization;
}

static const struct option_places *places_of(const struct config_reading *r)
{
    return &draft_of(r)->options->places;
}

/* Returns true if the key is absent, null, or an empty list or map. */
static bool is_empty(struct place at)
{
    return !place_is_given(at) || (at.node->kind != YAML_SCALAR && at.node->count == 0);
}

/* Turns scopes on. Adds a fault if the file has `enabled: false`. */
static void turn_scopes_on(struct config_reading *r, const char *because)
{
    ensure(because != NULL);
    struct place enabled = places_of(r)->enabled;

    if (!authorization_of(r)->authorization && place_is_given(enabled))
        fault_at(r, enabled, "false, but %s is set, which needs it; remove one of them", because);
    authorization_of(r)->authorization = true;
}

/* Turns scopes on if a key depends on them. */
static void turn_scopes_on_for_keys(struct config_reading *r)
{
    const struct option_places *places = places_of(r);

    if (!is_empty(places->scope_mappings))
        turn_scopes_on(r, "scope_mappings");
    if (!is_empty(places->roles))
        turn_scopes_on(r, "roles");
    if (!is_empty(places->issuers))
        turn_scopes_on(r, "issuers");
    if (!is_empty(places->jwks_url))
        turn_scopes_on(r, "jwks_url");
}

/* Returns whether scope_mappings require the scope, so that it is known here. */
static bool is_mapped(const struct policy_options *policy, const char *scope)
{
    for (size_t i = 0; i < policy->mapping_count; i++)
        for (size_t j = 0; j < policy->mappings[i].count; j++)
            if (strcmp(policy->mappings[i].scopes[j], scope) == 0)
                return true;
    return false;
}

/* Warns of misspelled scopes in `roles`. */
static void warn_of_unknown_scopes(struct config_reading *r)
{
    const struct authority_options *authorization = authorization_of(r);

    for (size_t i = 0; i < authorization->role_count; i++) {
        const struct named_scopes *role = &authorization->roles[i];

        for (size_t j = 0; j < role->count; j++) {
            const char *nearest = scope_nearest(r->a, role->scopes[j]);

            if (nearest != NULL && !is_mapped(&draft_of(r)->options->policy, role->scopes[j]))
                warn_at(r, places_of(r)->roles,
                        "no route requires the scope " QUOTED " of the role " QUOTED
                        "; did you mean '%s'?",
                        QUOTE(str_of(role->scopes[j])), QUOTE(str_of(role->name)), nearest);
        }
    }
}

/* Checks that `roles` and `roles_claim` are set together. */
static void check_roles(struct config_reading *r)
{
    struct place roles = places_of(r)->roles, claim = places_of(r)->roles_claim;
    bool has_roles = !is_empty(roles), has_claim = place_is_given(claim);

    if (has_roles && !has_claim)
        fault_at(r, roles, "no token can name these roles: set authorization.roles_claim");
    if (has_claim && !has_roles)
        warn_at(r, claim, "there are no roles: set authorization.roles");
}

/* ---- keys ---- */

/* Returns true if any token verification is configured, valid or not. */
static bool has_tokens(const struct config_reading *r)
{
    const struct authority_options *authorization = authorization_of(r);
    const struct key_list *keys = &draft_of(r)->keys;

    return keys->count > 0 || keys->is_incomplete || authorization->jwks != NULL ||
           authorization->jwks_url != NULL || authorization->issuer_count > 0 ||
           authorization->accept_unverified;
}

/* Adds a fault if the options need a key and there is none. */
static void require_key(struct config_reading *r)
{
    ensure(!has_tokens(r));
    static const char advice[] =
        "no verification key: set JWT_VERIFICATION_KEY, or list one under "
        "authorization.verification_keys (`agentos keys generate` makes a pair), or name a "
        "jwks_file";
    const struct authority_options *authorization = authorization_of(r);
    const struct option_places *places = places_of(r);

    if (authorization->authorization)
        fault_at(r, places->authorization, "%s", advice);
    else if (authorization->user_isolation)
        fault_at(r, places->user_isolation, "needs authenticated users: %s", advice);
    else if (!is_empty(places->verification_keys))
        fault_at(r, places->verification_keys,
                 "none of these keys is set, leaving the server open; set one or remove the list");
}

/* Warns that the security key is unused. `variable` is NULL if the key is in the file. */
static void warn_of_unused_security_key(struct config_reading *r, const char *variable)
{
    ensure(has_tokens(r));
    bool is_variable = variable != NULL;
    const struct fault_place where = { .file = is_variable ? "environment" : r->file };

    fault_warn(&r->faults, where, is_variable ? variable : "security_key",
               "unused: JWT authentication is also configured and takes precedence");
}

/* Takes OS_SECURITY_KEY, which overrides the file. Adds a fault if the file's key is not set. */
static void apply_security_key(struct config_reading *r)
{
    static const char variable[] = "OS_SECURITY_KEY";
    const char *text = env_get(&r->env, variable);
    const char **key = &authorization_of(r)->security_key;
    struct place written = places_of(r)->security_key;

    if (text != NULL)
        *key = arena_copy(r->a, str_of(text));
    if (*key == NULL && place_is_given(written) && !has_tokens(r))
        fault_at(r, written, "is not set, leaving the server open; set it or remove the key");
    if (*key != NULL && has_tokens(r))
        warn_of_unused_security_key(r, text != NULL ? variable : NULL);
}

/* Returns NULL if the key set URL is valid, or the rule it breaks. */
static const char *check_remote_url(struct config_reading *r, const char *url)
{
    ensure(url != NULL);
    agentos_error err;
    enum egress egress;

    if (remote_url_check("url", str_of(url), false, &egress, &err) == AGENTOS_OK)
        return NULL;
    ensure(strlen(err.message) >= err.subject_len + strlen(": "));
    return arena_copy(r->a, str_of(err.message + err.subject_len + strlen(": ")));
}

/* Checks the file's jwks_url. Must precede apply_key_set_url. */
static void check_key_set_url(struct config_reading *r)
{
    struct place at = places_of(r)->jwks_url;
    const char *url = authorization_of(r)->jwks_url;

    ensure(url == NULL || place_is_given(at));
    if (url != NULL) {
        const char *complaint = check_remote_url(r, url);

        if (complaint != NULL)
            fault_at(r, at, "%s", complaint);
    } else if (place_is_given(at)) {
        draft_of(r)->keys.is_incomplete = true; /* invalid, or an unset variable */
    }
}

/* Takes JWT_JWKS_URL, which overrides the file and turns scopes on. */
static void apply_key_set_url(struct config_reading *r)
{
    static const char variable[] = "JWT_JWKS_URL";
    const char *url = env_get(&r->env, variable);

    if (url == NULL)
        return;
    const char *complaint = check_remote_url(r, url);
    if (complaint != NULL)
        fault_of_variable(r, variable, complaint);
    turn_scopes_on(r, variable);
    authorization_of(r)->jwks_url = arena_copy(r->a, str_of(url));
}

/* Warns of keys that are unused because issuers are listed. */
static void warn_of_unused_keys(struct config_reading *r)
{
    const struct authority_options *authorization = authorization_of(r);
    bool has_plain_key = authorization->key_count > 0;
    bool has_plain_set = authorization->jwks != NULL || authorization->jwks_url != NULL;

    if (authorization->issuer_count == 0 || authorization->plain_fallback)
        return;
    if (has_plain_key || has_plain_set)
        warn_at(r, places_of(r)->issuers,
                "the keys outside the issuers are unused unless plain_fallback is true");
}

/* ---- single contradictions ---- */

/* Rewrites the CORS origins as browsers send them. */
static void normalize_origins(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;
    const char **all = arena_array(r->a, options->cors_origin_count, sizeof(*all));

    for (size_t i = 0; i < options->cors_origin_count; i++)
        all[i] = origin_normalize(r->a, str_of(options->cors_origins[i]));
    options->cors_origins = all;
}

/* Sets the origins that may use cookies. The built-in origins may not. */
static void set_cookie_origins(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;
    struct authority_options *authorization = authorization_of(r);
    const struct option_places *places = places_of(r);
    bool uses_cookies = authorization->token_source != TOKEN_IN_HEADER;

    ensure(!uses_cookies || place_is_given(places->token_source));
    normalize_origins(r);
    authorization->same_origin_cookies_only = uses_cookies && !place_is_given(places->cors_origins);
    if (authorization->same_origin_cookies_only) {
        warn_at(r, places->token_source,
                "cookies are accepted from this server's own origin only; set cors_origins to "
                "allow other origins");
        return;
    }
    authorization->origins = options->cors_origins;
    authorization->origin_count = options->cors_origin_count;
}

/* Warns if requests from trusted proxies may carry unverified tokens. */
static void warn_of_unverified_tokens(struct config_reading *r)
{
    ensure(!authorization_of(r)->accept_unverified || place_is_given(places_of(r)->validate));
    if (authorization_of(r)->accept_unverified)
        warn_at(r, places_of(r)->validate,
                "signatures are not checked for requests from trusted_proxies: anyone who reaches "
                "this server from there can impersonate any user, except an admin");
}

/* Adds the keys of the environment to those of the file. */
static void add_keys_of_environment(struct config_reading *r)
{
    keys_finish(r);
    key_set_finish(r);
    check_key_set_url(r); /* before the variable replaces it */
    apply_key_set_url(r);
    apply_security_key(r); /* last: tokens take precedence over it */
}

/* Completes and checks the authorization options after all rows have been read. */
void authorization_finish(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;

    ensure(options->authorization.admin_scope != NULL); /* it has a default */
    add_keys_of_environment(r);
    turn_scopes_on_for_keys(r);
    if (!has_tokens(r))
        require_key(r);
    check_roles(r);
    warn_of_unknown_scopes(r);
    set_cookie_origins(r);
    warn_of_unverified_tokens(r);
    warn_of_unused_keys(r);
    options->policy.admin_scope = options->authorization.admin_scope;
}
