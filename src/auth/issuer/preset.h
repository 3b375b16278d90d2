/* Presets: what is known of an identity provider's tokens, so that preset, issuer and audience are
 * enough to configure it. A row fills in what the options leave out, and decides nothing. */
#ifndef AUTH_ISSUER_PRESET_H
#define AUTH_ISSUER_PRESET_H

#include "auth/issuer/issuer_options.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* Lists are words with blanks between. {issuer} (without its last slash), {audience} (the first)
 * and {project} (the last part of the issuer) are filled in. */
struct preset {
    const char *name;
    const char *issuer_prefix, *issuer_part,
        *issuer_end;                 /* what the issuer must look like; NULL: anything */
    const char *hint;                /* how it does look, for the sentence that refuses another */
    const char *jwks_url, *x509_url; /* NULL: discovery */
    const char *algorithms;
    const char *types;          /* of the header's typ; "-": it may be absent */
    const char *audience_claim; /* "-": tokens name none, and the key set is the audience's own */
    const char *audience;       /* when none is given; NULL: one must be */
    const char *required;       /* claims */
    const char *equal;          /* CLAIM=VALUE */
    const char *scopes, *roles; /* claim paths, the first that is there counts */
    const char *session_id;     /* a claim; NULL: none */
    const char *narrowing;      /* a claim that takes scopes away, and never adds one */
    const char *scope_prefix;   /* cut off; a scope without it does not count */
    bool packs_permissions;     /* Clerk's `o` and `fea` */
    const char *doc;
};

/* The names that `preset` may have. */
#define PRESET_NAMES "workos auth0 okta clerk supabase firebase cognito keycloak generic"

/* The options of a listed issuer with everything filled in, from the arena; the preset is "generic"
 * when none is named. INVALID: "NAME.KEY: why": an issuer that is not the provider's, no audience,
 * an unknown preset. */
MUST_USE agentos_status preset_expand(const struct issuer_options *options, arena *a,
                                      struct issuer_options *out, agentos_error *err);

/* The same for the plain block, by its own row: an issuer and an audience may be missing. */
void preset_expand_plain(const struct issuer_options *options, arena *a,
                         struct issuer_options *out);

/* Appends the expanded options, a line "key: value" each, as `config check` shows them. */
void issuer_options_write(const struct issuer_options *options, buf *out);

#endif
