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

/* Copies the options of a listed issuer to *out and fills in what they leave out. The preset is
 * "generic" if none is named. New texts are allocated in the arena. Returns INVALID with
 * "NAME.KEY: why" if the issuer is not one of the provider's, if there is no audience, or if the
 * preset is unknown. */
MUST_USE agentos_status preset_expand(const struct issuer_options *options, arena *a,
                                      struct issuer_options *out, agentos_error *err);

/* Does the same for the plain block, with its own row. The issuer and the audience may be missing.
 */
void preset_expand_plain(const struct issuer_options *options, arena *a,
                         struct issuer_options *out);

/* Appends the expanded options as lines of the form "KEY: VALUE", as `config check` shows them. */
void issuer_options_write(const struct issuer_options *options, buf *out);

#endif
