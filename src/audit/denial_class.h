/* The classes of denials. Each has its own limits, so that a flood of one class cannot hide the
 * denials of another. */
#ifndef AUDIT_DENIAL_CLASS_H
#define AUDIT_DENIAL_CLASS_H

#include "base/refusals.h"

enum denial_class {
    DENIAL_ANYBODY, /* no credential, or a malformed or unknown one */
    DENIAL_FORGED,  /* the signature of a token was wrong */
    DENIAL_SIGNED,  /* the signature was right, and the token was refused */
    DENIAL_KNOWN,   /* the caller was authenticated */
    DENIAL_CLASSES
};

/* Returns the class of a denial. is_known is true if the caller was authenticated. */
enum denial_class denial_class_of(enum refusal_code code, bool is_known);

/* The limits of a class, for each event loop. */
struct denial_limits {
    size_t minute; /* kinds of denials in a minute */
    size_t hour;   /* kinds of denials in an hour; 0 for no limit */
};
const struct denial_limits *denial_limits_of(enum denial_class class);

#endif
