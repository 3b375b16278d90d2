/* Sorts denials into classes. */
#include "audit/denial_class.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { MINUTE_ANYBODY = 64, MINUTE_FORGED = 32, MINUTE_SIGNED = 32, MINUTE_KNOWN = 128 };
_Static_assert(MINUTE_ANYBODY + MINUTE_FORGED + MINUTE_SIGNED + MINUTE_KNOWN == DENIALS_MAX,
               "every place belongs to a class");

/* Room for four lasting kinds per hour. Authenticated callers have no hourly limit. */
enum { HOUR_UNAUTHENTICATED = 4 * 60 };

static const struct denial_limits limits[DENIAL_CLASSES] = {
    [DENIAL_ANYBODY] = { .minute = MINUTE_ANYBODY, .hour = HOUR_UNAUTHENTICATED },
    [DENIAL_FORGED] = { .minute = MINUTE_FORGED, .hour = HOUR_UNAUTHENTICATED },
    [DENIAL_SIGNED] = { .minute = MINUTE_SIGNED, .hour = HOUR_UNAUTHENTICATED },
    [DENIAL_KNOWN] = { .minute = MINUTE_KNOWN },
};

/* Denials of unauthenticated callers. DENIAL_SIGNED follows a verified signature. */
static const struct {
    enum refusal_code code;
    enum denial_class class;
} tokens[] = {
    { REFUSAL_SIGNATURE_WRONG, DENIAL_FORGED },   { REFUSAL_EXPIRED, DENIAL_SIGNED },
    { REFUSAL_NOT_YET_VALID, DENIAL_SIGNED },     { REFUSAL_ISSUED_IN_FUTURE, DENIAL_SIGNED },
    { REFUSAL_AUDIENCE_MISSING, DENIAL_SIGNED },  { REFUSAL_AUDIENCE_WRONG, DENIAL_SIGNED },
    { REFUSAL_LIFETIME_TOO_LONG, DENIAL_SIGNED }, { REFUSAL_CLAIM_MISSING, DENIAL_SIGNED },
    { REFUSAL_CLAIM_WRONG, DENIAL_SIGNED },       { REFUSAL_SUBJECT_INVALID, DENIAL_SIGNED },
    { REFUSAL_SESSION_INVALID, DENIAL_SIGNED },   { REFUSAL_SCOPES_TOO_MANY, DENIAL_SIGNED },
};

enum denial_class denial_class_of(enum refusal_code code, bool is_known)
{
    ensure(code < REFUSALS);
    if (is_known)
        return DENIAL_KNOWN;
    for (size_t i = 0; i < COUNT(tokens); i++)
        if (tokens[i].code == code)
            return tokens[i].class;
    return DENIAL_ANYBODY;
}

const struct denial_limits *denial_limits_of(enum denial_class class)
{
    ensure(class < DENIAL_CLASSES);
    return &limits[class];
}
