/* The `authorization:` block as a whole: what turns it on, what contradicts what, and that no
 * server is open by accident. */
#include "auth/keys/remote_url.h"
#include "base/mem.h"
#include "os/options_read.h"

/* ---- maps of scopes: roles, scope_mappings ---- */

void scopes_read(struct reading *r, const struct option_row *row, struct place at, void *target)
{
    struct named_scopes *all = arena_alloc(r->a, (at.node->count + 1) * sizeof(*all));
    size_t count = 0;

    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of lists of scopes");
        return;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        const char **texts = arena_alloc(r->a, (child->count + 1) * sizeof(*texts));

        all[count++] = (struct named_scopes){
            .name = arena_copy(r->a, child->key),
            .scopes = texts,
            .count = texts_read(r, row, place_member(r, at, child), texts),
        };
    }
    *(const struct named_scopes **)(void *)((char *)target + row->at) = all;
    *(size_t *)(void *)((char *)target + row->also) = count;
}

/* ---- what was written, beside what it came to ---- */

static struct place block_member(struct reading *r, const struct yaml_node *root, const char *name)
{
    const struct yaml_node *block = root != NULL ? yaml_get(root, "authorization") : NULL;
    const struct yaml_node *node = block != NULL ? yaml_get(block, name) : NULL;

    return (struct place){ node, arena_printf(r->a, "authorization.%s", name) };
}

static bool is_given(struct place at)
{
    return at.node != NULL && at.node->kind != YAML_NULL;
}

/* What means nothing without scopes turns them on; saying both is a contradiction. */
static void turn_on(struct reading *r, const struct yaml_node *root)
{
    static const char *const turning[] = { "scope_mappings", "roles", "issuers", "jwks_url" };
    struct place enabled = block_member(r, root, "enabled");

    for (size_t i = 0; i < COUNT(turning); i++) {
        struct place at = block_member(r, root, turning[i]);

        if (!is_given(at) || (at.node->kind != YAML_SCALAR && at.node->count == 0) ||
            r->options->authorization.authorization)
            continue;
        if (is_given(enabled))
            fault_at(r, enabled, "false, but %s is set, which needs it; remove one of them",
                     turning[i]);
        r->options->authorization.authorization = true;
    }
}

static void demand_roles_claim(struct reading *r, const struct yaml_node *root)
{
    struct place roles = block_member(r, root, "roles");
    struct place claim = block_member(r, root, "roles_claim");

    if (is_given(roles) && roles.node->count > 0 && !is_given(claim))
        fault_at(r, roles, "no token can name these roles: set authorization.roles_claim");
    if (is_given(claim) && (!is_given(roles) || roles.node->count == 0))
        warn_at(r, claim, "there are no roles: set authorization.roles");
}

/* ---- keys ---- */

static bool has_tokens(const struct reading *r)
{
    const struct authority_options *authorization = &r->options->authorization;

    return r->keys.count > 0 || r->keys.is_incomplete || authorization->jwks != NULL ||
           authorization->jwks_url != NULL || authorization->issuer_count > 0 ||
           authorization->accept_unverified;
}

/* Keys were asked for and there is none: that is never meant to be an open server. */
static void demand_key(struct reading *r, const struct yaml_node *root)
{
    static const char advice[] =
        "no verification key: set JWT_VERIFICATION_KEY, or list one under "
        "authorization.verification_keys (`agentos keys generate` makes a pair), or name a "
        "jwks_file";
    const struct yaml_node *block = root != NULL ? yaml_get(root, "authorization") : NULL;
    struct place keys = block_member(r, root, "verification_keys");

    if (r->options->authorization.authorization && block != NULL)
        fault_at(r, ((struct place){ block, "authorization" }), "%s", advice);
    else if (r->options->authorization.user_isolation)
        fault_at(r, block_member(r, root, "user_isolation"), "there are no users to tell apart: %s",
                 advice);
    else if (is_given(keys) && keys.node->count > 0)
        fault_at(
            r, keys,
            "none of these keys is there, so the server would be open; set one or remove the list");
}

/* One secret for everybody; the environment's goes first, as ever. */
static void take_security_key(struct reading *r, const struct yaml_node *root)
{
    static const char variable[] = "OS_SECURITY_KEY";
    const char *text = env_get(r->env, variable);
    const struct yaml_node *written = root != NULL ? yaml_get(root, "security_key") : NULL;
    const char **key = &r->options->authorization.security_key;

    if (text != NULL)
        *key = arena_copy(r->a, str_of(text));
    if (*key == NULL && written != NULL && written->kind != YAML_NULL && !has_tokens(r))
        fault_at(r, ((struct place){ written, "security_key" }),
                 "it is not there, so the server would be open; set it or remove the key");
    if (*key != NULL && has_tokens(r))
        fault_warn(&r->faults,
                   (struct fault_place){ .file = text != NULL ? "environment" : r->file },
                   text != NULL ? variable : "security_key",
                   "not used: JWT authentication is configured too, and goes first");
}

/* NULL, or what authority_new would say of it. */
static const char *url_complaint(struct reading *r, const char *url)
{
    agentos_error err;
    enum egress egress;

    return remote_url_check("url", str_of(url), &egress, &err) == AGENTOS_OK
               ? NULL
               : arena_copy(r->a, str_from(str_of(err.message), strlen("url: ")));
}

static void check_key_set_url(struct reading *r, const struct yaml_node *root)
{
    struct place at = block_member(r, root, "jwks_url");
    const char *url = r->options->authorization.jwks_url;
    const char *complaint = url != NULL ? url_complaint(r, url) : NULL;

    if (complaint != NULL)
        fault_at(r, at, "%s", complaint);
    r->keys.is_incomplete |= url == NULL && is_given(at); /* it was a fault, or is not set */
}

/* JWT_JWKS_URL, over the file's. It turns scopes on, which an explicit false contradicts. */
static void take_key_set_url(struct reading *r, const struct yaml_node *root)
{
    static const char variable[] = "JWT_JWKS_URL";
    struct place enabled = block_member(r, root, "enabled");
    const char *url = env_get(r->env, variable);

    if (url == NULL)
        return;
    if (url_complaint(r, url) != NULL)
        fault_variable(r, variable, url_complaint(r, url));
    if (is_given(enabled) && !r->options->authorization.authorization)
        fault_at(r, enabled, "false, but %s is set, which needs it; remove one of them", variable);
    r->options->authorization.jwks_url = arena_copy(r->a, str_of(url));
    r->options->authorization.authorization = true;
}

static void warn_of_unused_keys(struct reading *r, const struct yaml_node *root)
{
    const struct authority_options *authorization = &r->options->authorization;
    bool has_plain = authorization->key_count > 0 || authorization->jwks != NULL ||
                     authorization->jwks_url != NULL;

    if (authorization->issuer_count > 0 && has_plain && !authorization->plain_fallback)
        warn_at(r, block_member(r, root, "issuers"),
                "the keys beside the issuers are not used: tokens of no listed issuer are refused "
                "unless plain_fallback is true");
}

/* ---- single contradictions ---- */

static void check_cookies(struct reading *r, const struct yaml_node *root)
{
    const struct yaml_node *origins = root != NULL ? yaml_get(root, "cors_origins") : NULL;
    struct place source = block_member(r, root, "token_source");

    if (r->options->authorization.token_source == TOKEN_IN_HEADER)
        return;
    if (origins == NULL || origins->kind == YAML_NULL)
        fault_at(r, source,
                 "a browser sends cookies by itself, so say which web origins may use them: set "
                 "cors_origins, to [] where there is none");
}

static void warn_of_validate(struct reading *r, const struct yaml_node *root)
{
    if (r->options->authorization.accept_unverified)
        warn_at(r, block_member(r, root, "validate"),
                "signatures are not checked for requests from trusted_proxies: whoever reaches "
                "this server from there can name himself anyone, but no admin");
}

void authorization_finish(struct reading *r, const struct yaml_node *root)
{
    struct authority_options *authorization = &r->options->authorization;

    keys_finish(r);
    key_set_finish(r);
    check_key_set_url(r, root);
    take_key_set_url(r, root);
    take_security_key(r, root);
    turn_on(r, root);
    if (!has_tokens(r))
        demand_key(r, root);
    demand_roles_claim(r, root);
    check_cookies(r, root);
    warn_of_validate(r, root);
    warn_of_unused_keys(r, root);
    authorization->origins = r->options->cors_origins;
    authorization->origin_count = r->options->cors_origin_count;
    r->options->policy.admin_scope = authorization->admin_scope;
}
