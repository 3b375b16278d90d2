/* The settings of an issuer, one row each. They define `authorization.issuers` of the configuration
 * file, its schema and reference page, and agentos_issuer of the C API. */
#ifndef OS_ISSUER_SETTINGS_H
#define OS_ISSUER_SETTINGS_H

/* X(key, member of agentos_issuer, its enum setting_kind without SETTING_, (how an option_row reads
 * the key into struct issuer_options), doc). A file that expands only some of these columns need
 * not know the names in the others. */
// clang-format off
#define ISSUER_SETTINGS(X) \
    X(preset, preset, TEXT, \
      (WORD(struct issuer_options, preset), .words = PRESET_NAMES), \
      "Whose tokens these are; fills in what is not given. `agentos config check` shows the result.") \
    X(issuer, issuer, TEXT, \
      (ISSUER(issuer)), \
      "The exact iss of its tokens, with or without a last slash as they have it.") \
    X(audience, audience, TEXTS, \
      (ISSUER_LIST(audiences, audience_count)), \
      "What its tokens for this server are made out to; one match is enough.") \
    X(audience_claim, audience_claim, TEXT, \
      (ISSUER(audience_claim)), \
      "Where that stands: aud, or another claim such as client_id.") \
    X(algorithms, algorithms, TEXTS, \
      (LIST(OPTION_TEXTS, struct issuer_options, algorithms, algorithm_count)), \
      "The signature algorithms its keys may have.") \
    X(typ, typ, TEXTS, \
      (LIST(OPTION_TEXT_OR_TEXTS, struct issuer_options, types, type_count)), \
      "Accepted types in the token's header; \"-\": it may be absent.") \
    X(required_claims, required_claims, TEXTS, \
      (LIST(OPTION_TEXTS, struct issuer_options, required_claims, required_claim_count)), \
      "Claims that must be there, beside exp and the audience.") \
    X(equal_claims, equal_claims, CLAIM_VALUES, \
      (OWN(read_demands, "demands", "map"), .at = AT(struct issuer_options, equal_claims, const struct claim_demand *), .also = AT(struct issuer_options, equal_claim_count, size_t)), \
      "Claims and what they must be: {token_use: access}; of a list one is enough.") \
    X(max_lifetime, max_lifetime_s, SECONDS, \
      (DURATION(struct issuer_options, max_lifetime_s), .fallback = "24h", .least = 1, .most = 366 * DAY_S), \
      "How long a token may live, from iat to exp: 15m, 24h.") \
    X(leeway, leeway_s, COUNT, \
      (INTEGER(struct issuer_options, leeway_s), .fallback = "10", .least = 0, .most = 300), \
      "Seconds by which clocks may differ.") \
    X(max_stale, max_stale_s, SECONDS, \
      (DURATION(struct issuer_options, max_stale_s), .fallback = "24h", .least = STALE_MIN_S, .most = 30 * DAY_S), \
      "How long fetched keys are trusted while they cannot be fetched again.") \
    X(grants, grants, TEXTS_OR_NONE, \
      (LIST(OPTION_TEXTS, struct issuer_options, grants, grant_count), GIVEN(struct issuer_options, has_grants)), \
      "The most its tokens can confer: scopes, agents:* for every action. The admin scope, authz:* and service_accounts:* count only if listed.") \
    X(roles, roles, NAMED_SCOPES, \
      (SCOPES(struct issuer_options, roles, role_count)), \
      "Scopes by role: {viewer: [\"agents:read\"]}.") \
    X(roles_claim, roles_claim, TEXTS, \
      (ISSUER_LIST(roles_claim.all, roles_claim.count)), \
      "The claim that names roles; of a list the first that is there.") \
    X(scopes_claim, scopes_claim, TEXTS, \
      (ISSUER_LIST(scopes_claim.all, scopes_claim.count)), \
      "The claim that holds scopes; of a list the first that is there.") \
    X(scope_prefix, scope_prefix, TEXT, \
      (ISSUER(scope_prefix)), \
      "Cut off scopes; one without it does not count.") \
    X(scope_strings, scope_strings, TEXT, \
      (WORD_INDEX(struct issuer_options, scope_strings), .words = "by-name split single", .fallback = "split"), \
      "Whether a text of scopes is split at blanks.") \
    X(user_id_claim, user_id_claim, TEXT, \
      (ISSUER(user_id_claim), .fallback = "sub"), \
      "The claim that names the user.") \
    X(session_id_claim, session_id_claim, TEXT, \
      (ISSUER(session_id_claim)), \
      "The claim that names the session; none when absent, since a provider's session is a login.") \
    X(tenant_claim, tenant_claim, TEXT, \
      (ISSUER(tenant_claim)), \
      "The claim that names the user's organization.") \
    X(jwks_url, jwks_url, TEXT, \
      (ISSUER(jwks_url), .check = check_url), \
      "Where its key set is; discovery from the issuer when no source is given.") \
    X(x509_url, x509_url, TEXT, \
      (ISSUER(x509_url), .check = check_url), \
      "Where its keys are as {kid: certificate}.") \
    X(discovery_url, discovery_url, TEXT, \
      (ISSUER(discovery_url), .check = check_url), \
      "Where its discovery document is, if not at the usual place.") \
    X(ca_file, ca_file, TEXT, \
      (OWN(read_ca_file, "text", "path"), .at = AT(struct issuer_options, authorities, const char *)), \
      "The path of the certificates (PEM) of the authority that vouches for the servers of its keys, in place of the system's.") \
    X(allow_http, allow_http, CHOICE, \
      (BOOL(struct issuer_options, allow_http), .fallback = "false"), \
      "Fetch its keys over plain http also beyond this machine, as inside a cluster: http://keycloak:8080. Whoever is on the way can put in keys.") \
    X(jwks_file, jwks_file, TEXT, \
      (OWN(read_issuer_jwks, "text", "path")), \
      "The path of its key set.") \
    X(verification_keys, verification_keys, TEXTS, \
      (OWN(read_issuer_keys, "texts", "list")), \
      "Its public keys (PEM) or shared secrets.") \
    X(allow_weak_keys, allow_weak_keys, CHOICE, \
      (BOOL(struct issuer_options, allow_weak_keys), .fallback = "false"), \
      "Accept RSA keys under 2048 bits and short secrets.")
// clang-format on

#endif
