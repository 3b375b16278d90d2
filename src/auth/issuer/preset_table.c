/* Lists the presets: the documented token format of each identity provider, and one row for the
 * plain `authorization:` block. No row reads a provider's session claim, because it identifies a
 * login and not a conversation, and no row names a claim that users can write about themselves. */
#include "auth/issuer/preset_table.h"
#include "base/mem.h"

#define ASYMMETRIC "RS256 PS256 ES256 EdDSA Ed25519"

// clang-format off
const struct preset presets[] = {
    { .name = "workos",
      .issuer_prefix = "https://api.workos.com",
      .hint = "https://api.workos.com, or https://api.workos.com/user_management/CLIENT_ID",
      .jwks_url = "https://api.workos.com/sso/jwks/{audience}",
      .algorithms = "RS256", .types = "- JWT", .audience_claim = "-",
      .required = "sid", .scopes = "permissions", .roles = "roles role",
      .doc = "AuthKit sessions. They carry no audience: the client id, given as the audience, selects the key set." },
    { .name = "workos",
      .hint = "the AuthKit domain",
      .jwks_url = "{issuer}/oauth2/jwks",
      .algorithms = "RS256", .types = "- JWT at+jwt",
      .scopes = "permissions", .roles = "roles role",
      .doc = "Connect and machine tokens, under an AuthKit domain; they carry an audience." },
    { .name = "auth0",
      .issuer_end = "/", .hint = "https://TENANT.auth0.com/, with the last slash",
      .jwks_url = "{issuer}/.well-known/jwks.json",
      .algorithms = "RS256 PS256", .types = "JWT at+jwt",
      .scopes = "permissions", .narrowing = "scope",
      .doc = "Permissions need RBAC with \"Add Permissions in the Access Token\"; scope only narrows them." },
    { .name = "okta",
      .issuer_part = "/oauth2/", .hint = "https://ORG.okta.com/oauth2/default: an authorization server, not the organization",
      .jwks_url = "{issuer}/v1/keys",
      .algorithms = "RS256", .types = "- JWT at+jwt",
      .scopes = "scp", .roles = "groups",
      .doc = "Custom authorization servers; the organization's own tokens are opaque to others." },
    { .name = "clerk",
      .jwks_url = "{issuer}/.well-known/jwks.json",
      .algorithms = "RS256", .types = "- JWT", .audience_claim = "azp",
      .scopes = "org_permissions", .roles = "o.rol org_role", .scope_prefix = "org:", .packs_permissions = true,
      .doc = "Session tokens have no audience: the audience lists the origins that azp may be." },
    { .name = "supabase",
      .issuer_end = "/auth/v1", .hint = "https://REF.supabase.co/auth/v1",
      .jwks_url = "{issuer}/.well-known/jwks.json",
      .algorithms = "ES256 RS256", .types = "- JWT", .audience = "authenticated",
      .required = "sub", .scopes = "app_metadata.scopes", .roles = "role",
      .doc = "Signing keys; a legacy shared secret goes into verification_keys with algorithms: [HS256]." },
    { .name = "firebase",
      .issuer_prefix = "https://securetoken.google.com/", .hint = "https://securetoken.google.com/PROJECT",
      .x509_url = "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
      .algorithms = "RS256", .types = "- JWT", .audience = "{project}",
      .required = "sub auth_time", .scopes = "scopes", .roles = "roles role",
      .doc = "ID tokens, which Firebase uses as access tokens; scopes and roles are custom claims." },
    { .name = "cognito",
      .issuer_prefix = "https://cognito-idp.", .hint = "https://cognito-idp.REGION.amazonaws.com/POOL_ID",
      .jwks_url = "{issuer}/.well-known/jwks.json",
      .algorithms = "RS256", .types = "- JWT", .audience_claim = "client_id", .equal = "token_use=access",
      .scopes = "scope", .roles = "cognito:groups",
      .doc = "Access tokens name a client id, not an audience; custom scopes stand behind scope_prefix." },
    { .name = "keycloak",
      .issuer_part = "/realms/", .hint = "https://HOST/realms/REALM",
      .jwks_url = "{issuer}/protocol/openid-connect/certs",
      .algorithms = ASYMMETRIC, .types = "- JWT at+jwt", .equal = "typ=Bearer",
      .scopes = "resource_access.\"{audience}\".roles realm_access.roles", .roles = "realm_access.roles groups",
      .doc = "The audience needs an audience mapper; the client's own roles count as scopes." },
    { .name = "generic",
      .algorithms = "RS256 ES256", .types = "- JWT at+jwt",
      .scopes = "scopes scope scp", .roles = "roles",
      .doc = "Any issuer of RFC 9068 access tokens, by discovery." },
};
const size_t preset_count = COUNT(presets);

const struct preset plain_preset = {
    .name = "plain",
    .algorithms = "RS256", .scopes = "scopes", .session_id = "session_id",
    .doc = "The contract's own tokens, of the plain authorization block.",
};
// clang-format on
