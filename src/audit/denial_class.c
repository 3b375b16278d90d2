/* Sorts refusals into classes by what their caller must have had. */
#include "audit/denial_class.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { MINUTE_ANYBODY = 64, MINUTE_FORGED = 32, MINUTE_SIGNED = 32, MINUTE_KNOWN = 128 };
_Static_assert(MINUTE_ANYBODY + MINUTE_FORGED + MINUTE_SIGNED + MINUTE_KNOWN == DENIALS_MAX,
               "every place belongs to a class");

/* An hour has room for four kinds that last. Authenticated callers have no limit of an hour: they
 * have names, and each has few places in a minute. */
enum { HOUR_STRANGERS = 4 * 60 };

static const struct denial_places places[DENIAL_CLASSES] = {
    [DENIAL_ANYBODY] = { .minute = MINUTE_ANYBODY, .hour = HOUR_STRANGERS },
    [DENIAL_FORGED] = { .minute = MINUTE_FORGED, .hour = HOUR_STRANGERS },
    [DENIAL_SIGNED] = { .minute = MINUTE_SIGNED, .hour = HOUR_STRANGERS },
    [DENIAL_KNOWN] = { .minute = MINUTE_KNOWN },
};

/* The refusals of callers who are not known, but have done more than anybody can. All of
 * DENIAL_SIGNED are decided after the signature was verified, and only then. */
static const struct {
    enum refusal_code code;
    enum denial_class of;
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
            return tokens[i].of;
    return DENIAL_ANYBODY;
}

const struct denial_places *denial_places_of(enum denial_class of)
{
    ensure(of < DENIAL_CLASSES);
    return &places[of];
}
