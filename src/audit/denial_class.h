/* The classes of refusals. Each class has places of its own in a minute's rows, so that callers who
 * need no token for their refusals cannot push out those of callers who have one. */
#ifndef AUDIT_DENIAL_CLASS_H
#define AUDIT_DENIAL_CLASS_H

#include "base/refusals.h"

enum denial_class {
    DENIAL_ANYBODY, /* anybody can cause it: no credential, or a malformed or unknown one */
    DENIAL_FORGED,  /* the signature of a token was wrong */
    DENIAL_SIGNED,  /* the signature was right, and the token was refused */
    DENIAL_KNOWN,   /* the caller was authenticated */
    DENIAL_CLASSES
};

/* Returns the class of a refusal with this code. is_known: the caller was authenticated. */
enum denial_class denial_class_of(enum refusal_code code, bool is_known);

/* Limits of the rows that one loop writes. */
struct denial_places {
    size_t minute; /* kinds of denials in a minute */
    size_t hour;   /* kinds of denials in an hour; 0 for no limit */
};
const struct denial_places *denial_places_of(enum denial_class of);

#endif
