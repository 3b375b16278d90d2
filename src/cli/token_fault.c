/* Says why a token is not valid. */
#include "cli/token_fault.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"

/* What is wrong with a text that is no JWT. */
static const struct {
    enum refusal_code code;
    const char *what;
} malformed[] = {
    { REFUSAL_TOO_FEW_SEGMENTS, "it has fewer than three parts" },
    { REFUSAL_TOO_MANY_SEGMENTS, "it has more than three parts" },
    { REFUSAL_HEADER_NOT_BASE64, "the header is not base64url" },
    { REFUSAL_HEADER_NOT_JSON, "the header is not JSON" },
    { REFUSAL_HEADER_NOT_OBJECT, "the header is not a JSON object" },
    { REFUSAL_PAYLOAD_NOT_BASE64, "the payload is not base64url" },
    { REFUSAL_PAYLOAD_NOT_JSON, "the payload is not JSON" },
    { REFUSAL_PAYLOAD_NOT_OBJECT, "the payload is not a JSON object" },
    { REFUSAL_SIGNATURE_NOT_BASE64, "the signature is not base64url" },
};

agentos_status token_fault(agentos_error *err, const agentos_error *why)
{
    for (size_t i = 0; i < COUNT(malformed); i++)
        if (refusal_of(why) == malformed[i].code)
            return fail(err, why->status, "not a JWT: %s", malformed[i].what);
    return fail(err, why->status, "Invalid token: %.1000s", why->message);
}

/* Writes a duration in its largest unit that is not zero, such as "3 minutes". */
static void write_duration(int64_t seconds, char *out, size_t size)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    size_t i = 0;

    while (i < COUNT(units) - 1 && seconds < units[i].seconds)
        i++;
    int64_t count = seconds / units[i].seconds;
    (void)snprintf(out, size, "%" PRId64 " %s%s", count, units[i].name, count == 1 ? "" : "s");
}

agentos_status token_claims_fault(agentos_error *err, const agentos_error *why,
                                  const json_t *claims, int64_t now_s)
{
    char time[CLOCK_TEXT_SIZE], duration[32];
    const json_t *exp = json_object_get(claims, "exp");

    ensure(why->status != AGENTOS_OK);
    if (refusal_of(why) != REFUSAL_EXPIRED || !json_is_number(exp))
        return fail_again(err, why);
    int64_t exp_s = (int64_t)json_number_value(exp); /* a date: jwt_check has read it */
    write_duration(now_s > exp_s ? now_s - exp_s : 0, duration, sizeof(duration));
    return fail_because(err, why, "%s at %s, %s ago", why->message, clock_iso8601(exp_s, time),
                        duration);
}
