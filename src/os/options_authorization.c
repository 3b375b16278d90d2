/* Checks the `authorization:` block as a whole after its rows have been read: which options turn
 * scopes on, which options contradict each other, and whether keys are missing, so that no server
 * is left open by accident. */
#include "os/option_checks.h"
#include "os/options_reading.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/mem.h"

/* ---- maps of scopes: roles, scope_mappings ---- */

/* Reads a map of lists of scopes, such as `roles`, into the array and the count of the row. */
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

/* Returns the authorization options of the draft, which the rows have filled. */
static struct authority_options *authorization_of(const struct config_reading *r)
{
    return &draft_of(r)->options->authorization;
}

/* Returns the places of the keys that the checks below are about. */
static const struct option_places *places_of(const struct config_reading *r)
{
    return &draft_of(r)->options->places;
}

/* Returns true if the key is absent or null, or an empty list or map. */
static bool is_empty(struct place at)
{
    return !place_is_given(at) || (at.node->kind != YAML_SCALAR && at.node->count == 0);
}

/* Turns scopes on because a key or a variable needs them. `enabled: false` in the file contradicts
 * that, which is a fault. */
static void turn_scopes_on(struct config_reading *r, const char *because)
{
    ensure(because != NULL);
    struct place enabled = places_of(r)->enabled;

    if (!authorization_of(r)->authorization && place_is_given(enabled))
        fault_at(r, enabled, "false, but %s is set, which needs it; remove one of them", because);
    authorization_of(r)->authorization = true;
}

/* Turns scopes on for each key that has no meaning without them. */
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

/* Adds a fault if there are roles that no token can name, and a warning if a claim names roles that
 * do not exist. */
static void demand_roles_claim(struct config_reading *r)
{
    struct place roles = places_of(r)->roles, claim = places_of(r)->roles_claim;
    bool has_roles = !is_empty(roles), has_claim = place_is_given(claim);

    if (has_roles && !has_claim)
        fault_at(r, roles, "no token can name these roles: set authorization.roles_claim");
    if (has_claim && !has_roles)
        warn_at(r, claim, "there are no roles: set authorization.roles");
}

/* ---- keys ---- */

/* Returns true if anything says how tokens are verified, also if that has a fault. */
static bool has_tokens(const struct config_reading *r)
{
    const struct authority_options *authorization = authorization_of(r);
    const struct key_list *keys = &draft_of(r)->keys;

    return keys->count > 0 || keys->is_incomplete || authorization->jwks != NULL ||
           authorization->jwks_url != NULL || authorization->issuer_count > 0 ||
           authorization->accept_unverified;
}

/* Adds a fault if the configuration asks for keys although it has none. Such a configuration is
 * never meant to open the server. Called only if no tokens are configured. */
static void demand_key(struct config_reading *r)
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
        fault_at(r, places->user_isolation, "there are no users to tell apart: %s", advice);
    else if (!is_empty(places->verification_keys))
        fault_at(
            r, places->verification_keys,
            "none of these keys is there, so the server would be open; set one or remove the list");
}

/* Warns that tokens are used instead of the security key. The variable is NULL if the key is from
 * the file. */
static void warn_of_unused_security_key(struct config_reading *r, const char *variable)
{
    ensure(has_tokens(r));
    bool is_variable = variable != NULL;
    const struct fault_place where = { .file = is_variable ? "environment" : r->file };

    fault_warn(&r->faults, where, is_variable ? variable : "security_key",
               "not used: JWT authentication is configured too, and goes first");
}

/* Takes the security key of the environment, which overrides the file's. A key that the file names
 * but that is not set is a fault, because the server would be open. */
static void take_security_key(struct config_reading *r)
{
    static const char variable[] = "OS_SECURITY_KEY";
    const char *text = env_get(&r->env, variable);
    const char **key = &authorization_of(r)->security_key;
    struct place written = places_of(r)->security_key;

    if (text != NULL)
        *key = arena_copy(r->a, str_of(text));
    if (*key == NULL && place_is_given(written) && !has_tokens(r))
        fault_at(r, written,
                 "it is not there, so the server would be open; set it or remove the key");
    if (*key != NULL && has_tokens(r))
        warn_of_unused_security_key(r, text != NULL ? variable : NULL);
}

/* Returns what is wrong with the URL of a key set, or NULL if nothing is. */
static const char *url_complaint(struct config_reading *r, const char *url)
{
    ensure(url != NULL);
    agentos_error err;
    enum egress egress;

    if (remote_url_check("url", str_of(url), &egress, &err) == AGENTOS_OK)
        return NULL;
    ensure(strlen(err.message) >= err.subject_len + strlen(": "));
    return arena_copy(r->a, str_of(err.message + err.subject_len + strlen(": ")));
}

/* Checks the jwks_url of the file. Called before the environment's is taken. */
static void check_key_set_url(struct config_reading *r)
{
    struct place at = places_of(r)->jwks_url;
    const char *url = authorization_of(r)->jwks_url;

    ensure(url == NULL || place_is_given(at));
    if (url != NULL) {
        const char *complaint = url_complaint(r, url);

        if (complaint != NULL)
            fault_at(r, at, "%s", complaint);
    } else if (place_is_given(at)) {
        draft_of(r)->keys.is_incomplete = true; /* it is a fault, or a variable that is not set */
    }
}

/* Takes the URL of JWT_JWKS_URL, which overrides the file's jwks_url and also turns scopes on. */
static void take_key_set_url(struct config_reading *r)
{
    static const char variable[] = "JWT_JWKS_URL";
    const char *url = env_get(&r->env, variable);

    if (url == NULL)
        return;
    const char *complaint = url_complaint(r, url);
    if (complaint != NULL)
        fault_of_variable(r, variable, complaint);
    turn_scopes_on(r, variable);
    authorization_of(r)->jwks_url = arena_copy(r->a, str_of(url));
}

/* Warns if issuers are listed and there are also keys outside of them, which are then not used. */
static void warn_of_unused_keys(struct config_reading *r)
{
    const struct authority_options *authorization = authorization_of(r);
    bool has_plain_key = authorization->key_count > 0;
    bool has_plain_set = authorization->jwks != NULL || authorization->jwks_url != NULL;

    if (authorization->issuer_count == 0 || authorization->plain_fallback)
        return;
    if (has_plain_key || has_plain_set)
        warn_at(r, places_of(r)->issuers,
                "the keys beside the issuers are not used: tokens of no listed issuer are refused "
                "unless plain_fallback is true");
}

/* ---- single contradictions ---- */

/* Writes the origins of the options as browsers write them, so that they match. */
static void normalize_origins(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;
    const char **all = arena_array(r->a, options->cors_origin_count, sizeof(*all));

    for (size_t i = 0; i < options->cors_origin_count; i++)
        all[i] = origin_normalize(r->a, str_of(options->cors_origins[i]));
    options->cors_origins = all;
}

/* Gives the origins from which a cookie may be used to the authorization. A browser sends cookies
 * with every request, so the built-in list of origins does not apply to them: unless the file names
 * origins, cookies count from this server's own pages alone, and a warning says so. */
static void take_origins(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;
    struct authority_options *authorization = authorization_of(r);
    const struct option_places *places = places_of(r);
    bool uses_cookies = authorization->token_source != TOKEN_IN_HEADER;

    ensure(!uses_cookies || place_is_given(places->token_source));
    normalize_origins(r);
    authorization->cookies_from_here_alone = uses_cookies && !place_is_given(places->cors_origins);
    if (authorization->cookies_from_here_alone) {
        warn_at(r, places->token_source,
                "cookies count from this server's own origin alone; set cors_origins to let pages "
                "of other origins use them");
        return;
    }
    authorization->origins = options->cors_origins;
    authorization->origin_count = options->cors_origin_count;
}

/* Warns if signatures are not checked for requests from trusted proxies. */
static void warn_of_validate(struct config_reading *r)
{
    ensure(!authorization_of(r)->accept_unverified || place_is_given(places_of(r)->validate));
    if (authorization_of(r)->accept_unverified)
        warn_at(r, places_of(r)->validate,
                "signatures are not checked for requests from trusted_proxies: whoever reaches "
                "this server from there can name himself anyone, but no admin");
}

/* Completes and checks the authorization options once all rows of the file have been read. The keys
 * of the environment are taken before keys are demanded. */
void authorization_finish(struct config_reading *r)
{
    struct options *options = draft_of(r)->options;

    ensure(options->authorization.admin_scope != NULL); /* it has a default */
    keys_finish(r);
    key_set_finish(r);
    check_key_set_url(r);
    take_key_set_url(r);
    take_security_key(r);
    turn_scopes_on_for_keys(r);
    if (!has_tokens(r))
        demand_key(r);
    demand_roles_claim(r);
    take_origins(r);
    warn_of_validate(r);
    warn_of_unused_keys(r);
    options->policy.admin_scope = options->authorization.admin_scope;
}
