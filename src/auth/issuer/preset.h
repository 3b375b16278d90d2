/* Presets for identity providers. A preset fills in absent options, and adds its required and equal
 * claims to those that are set. */
#ifndef AUTH_ISSUER_PRESET_H
#define AUTH_ISSUER_PRESET_H

#include "auth/issuer/issuer_options.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* A preset. Lists are separated by single blanks. Replaces {issuer} (without a final slash),
 * {audience} (the first one) and {project} (the last part of the issuer). */
struct preset {
    const char *name;
    const char *issuer_prefix, *issuer_part,
        /* the required start, part and end of the issuer; NULL for any */
        *issuer_end;
    const char *hint;                /* an example of a valid issuer, for error messages */
    const char *jwks_url, *x509_url; /* if both are NULL, the keys are found by discovery */
    const char *algorithms;
    /* the accepted values of the header's typ; "-" allows it to be absent */
    const char *types;
    /* "-" if the key set belongs to one audience and tokens name none */
    const char *audience_claim;
    const char *audience;       /* the default audience; NULL if one must be set */
    const char *required;       /* the claims that must be present */
    const char *equal;          /* a required CLAIM=VALUE, or NULL */
    const char *scopes, *roles; /* claim paths; the first that is present counts */
    const char *session_id;     /* a claim, or NULL */
    const char *narrowing;      /* a claim that only removes scopes */
    const char *scope_prefix;   /* removed from each scope; scopes without it are ignored */
    bool packs_permissions;     /* scopes are packed as in Clerk's claims `o` and `fea` */
    const char *doc;
};

/* The values of the option `preset`. */
#define PRESET_NAMES                                                                             \
    "workos auth0 okta clerk supabase firebase cognito keycloak entra google gitlab kubernetes " \
    "generic"

/* Copies the options of a listed issuer to *out and fills in absent ones from the preset, by
 * default "generic". Allocates new texts from the arena and borrows the others. Returns INVALID
 * with "NAME.KEY: REASON" if the preset is unknown, the issuer is not one of the provider's, or
 * there is no audience. */
MUST_USE agentos_status preset_expand(const struct issuer_options *options, arena *a,
                                      struct issuer_options *out, agentos_error *err);

/* Does the same for the top-level options, whose issuer and audience may be absent. */
void preset_expand_plain(const struct issuer_options *options, arena *a,
                         struct issuer_options *out);

/* Appends the expanded options as lines "KEY: VALUE", for `config check`. */
void issuer_options_write(const struct issuer_options *options, buf *out);

#endif
