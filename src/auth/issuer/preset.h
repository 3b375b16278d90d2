/* Presets: the known format of an identity provider's tokens, so that the preset, the issuer and
 * the audience are enough to configure it. A row fills in options that are absent, and adds its
 * required and equal claims to those that are given. It also says which issuers it fits. */
#ifndef AUTH_ISSUER_PRESET_H
#define AUTH_ISSUER_PRESET_H

#include "auth/issuer/issuer_options.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* A preset. Lists are words separated by single blanks. The placeholders {issuer} (without its last
 * slash), {audience} (the first one) and {project} (the last part of the issuer) are replaced. */
struct preset {
    const char *name;
    const char *issuer_prefix, *issuer_part,
        /* the beginning, a part and the end that the issuer must have; NULL for no demand */
        *issuer_end;
    const char *hint; /* an example of a valid issuer, for the message that refuses another */
    const char *jwks_url, *x509_url; /* if both are NULL, the keys are found by discovery */
    const char *algorithms;
    /* the accepted values of the header's typ; "-" means that it may be absent */
    const char *types;
    /* "-" if tokens name no audience because the key set belongs to one audience */
    const char *audience_claim;
    const char *audience; /* the audience if the options name none; NULL if they must name one */
    const char *required; /* the claims that must be present */
    const char *equal;    /* a demand of the form CLAIM=VALUE, or NULL */
    const char *scopes, *roles; /* claim paths, of which the first that is present counts */
    const char *session_id;     /* a claim, or NULL */
    const char *narrowing;      /* a claim that takes scopes away and never adds one */
    const char *scope_prefix;   /* removed from each scope; a scope without it does not count */
    bool packs_permissions;     /* whether scopes are packed as in Clerk's claims `o` and `fea` */
    const char *doc;
};

/* The values that the option `preset` may have. */
#define PRESET_NAMES                                                                             \
    "workos auth0 okta clerk supabase firebase cognito keycloak entra google gitlab kubernetes " \
    "generic"

/* Copies the options of a listed issuer to *out and fills in the options that are absent. The
 * preset is "generic" if none is named. New texts are allocated in the arena, and the options' own
 * texts are borrowed. Returns INVALID with "NAME.KEY: why" if the issuer is not one of the
 * provider's, if there is no audience, or if the preset is unknown. */
MUST_USE agentos_status preset_expand(const struct issuer_options *options, arena *a,
                                      struct issuer_options *out, agentos_error *err);

/* Does the same for the plain block, which has its own row. The issuer and the audience may be
 * absent. */
void preset_expand_plain(const struct issuer_options *options, arena *a,
                         struct issuer_options *out);

/* Appends the expanded options as lines of the form "KEY: VALUE", for `config check`. */
void issuer_options_write(const struct issuer_options *options, buf *out);

#endif
