/* The inside of the issuers, shared by their making (issuer_make.c) and their use (issuer.c). */
#ifndef AUTH_ISSUER_ISSUER_INTERNAL_H
#define AUTH_ISSUER_ISSUER_INTERNAL_H

#include "auth/issuer/issuer.h"
#include "auth/scope/ceiling.h"

struct issuer {
    const char *name; /* in sentences */
    struct verifier verifier;
    struct demands demands;
    struct ceiling ceiling;
};

struct issuers {
    arena *arena; /* everything that is not counted */
    struct issuer *all;
    size_t count;
    struct map by_iss; /* -> struct issuer */
};

#endif
