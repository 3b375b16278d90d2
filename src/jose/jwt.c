/* Checks the registered claims of a JWT (RFC 7519 §4.1). */
#include "jose/jwt.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"

enum { ISSUER_SHOWN_BYTES = 256 }; /* of the wrong iss in an error message */

/* Parses the payload of a parsed token into a JSON object in the arena. */
agentos_status jwt_claims(arena *a, const struct jws *jws, const json_t **out, agentos_error *err)
{
    json_t *parsed = NULL;
    agentos_error why;

    ensure(jws->header != NULL); /* parsed by jws_parse */
    /* Unused numbers may have any size; jwt_check validates the dates. */
    if (json_parse_owned(jws->payload, PARSE_LARGE_NUMBERS, &parsed, &why) != AGENTOS_OK)
        return refuse_with(err, REFUSAL_PAYLOAD_NOT_JSON, why.message);
    const json_t *claims = json_keep(a, parsed);
    if (!json_is_object(claims))
        return refuse(err, REFUSAL_PAYLOAD_NOT_OBJECT);
    *out = claims;
    return AGENTOS_OK;
}

/* Returns true if the type is not that of an access token (RFC 8725 §3.11, RFC 7515 §4.1.9). */
bool jwt_type_is_refused(str typ)
{
    static const str refused[] = {
        STR_INIT("logout+jwt"),   STR_INIT("dpop+jwt"),     STR_INIT("id+jwt"),
        STR_INIT("id-token+jwt"), STR_INIT("id_token+jwt"), STR_INIT("secevent+jwt"),
    };
    static const str prefix = STR_INIT("application/");

    if (typ.len > prefix.len && str_equal_nocase((str){ typ.ptr, prefix.len }, prefix))
        typ = str_from(typ, prefix.len);
    for (size_t i = 0; i < COUNT(refused); i++)
        if (str_equal_nocase(typ, refused[i]))
            return true;
    return false;
}

/* Reads a NumericDate (RFC 7519 §2) in whole seconds, from 0 to NUMERIC_DATE_MAX. */
static bool read_date(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return *out >= 0 && *out <= NUMERIC_DATE_MAX;
    }
    if (!json_is_real(value))
        return false;
    double real = json_real_value(value);
    if (!(real >= 0 && real <= (double)NUMERIC_DATE_MAX)) /* also false for NaN */
        return false;
    *out = (int64_t)real;
    return true;
}

enum date_sense { NOT_IN_THE_FUTURE, NOT_IN_THE_PAST };

struct date_rule {
    const char *name;
    enum date_sense sense;
    enum refusal_code malformed, unmet;
};

// clang-format off
static const struct date_rule date_rules[] = {
    { "iat", NOT_IN_THE_FUTURE, REFUSAL_IAT_NOT_DATE, REFUSAL_ISSUED_IN_FUTURE },
    { "nbf", NOT_IN_THE_FUTURE, REFUSAL_NBF_NOT_DATE, REFUSAL_NOT_YET_VALID },
    { "exp", NOT_IN_THE_PAST,   REFUSAL_EXP_NOT_DATE, REFUSAL_EXPIRED },
};
// clang-format on

/* Returns true if the date satisfies its rule. No term exceeds NUMERIC_DATE_MAX. */
static bool is_satisfied(const struct date_rule *rule, int64_t date, int64_t now_s,
                         int64_t leeway_s)
{
    return rule->sense == NOT_IN_THE_FUTURE ? date <= now_s + leeway_s : date > now_s - leeway_s;
}

/* Checks the claims iat, nbf and exp that are present, and that exp is if it is required. */
static agentos_status check_dates(const json_t *claims, const struct jwt_checks *checks,
                                  int64_t now_s, agentos_error *err)
{
    ensure(now_s <= NUMERIC_DATE_MAX);
    ensure(checks->leeway_s >= 0 && checks->leeway_s <= NUMERIC_DATE_MAX);
    if (checks->require_exp && json_object_get(claims, "exp") == NULL)
        return refuse(err, REFUSAL_EXP_MISSING);
    for (size_t i = 0; i < COUNT(date_rules); i++) {
        const struct date_rule *rule = &date_rules[i];
        const json_t *value = json_object_get(claims, rule->name);
        int64_t date = 0;

        if (value == NULL)
            continue;
        if (!read_date(value, &date))
            return refuse(err, rule->malformed);
        if (!is_satisfied(rule, date, now_s, checks->leeway_s))
            return refuse(err, rule->unmet);
    }
    return AGENTOS_OK;
}

/* Checks that sub and jti, if present, are strings (RFC 7519 §4.1.2, §4.1.7). */
static agentos_status check_strings(const json_t *claims, agentos_error *err)
{
    const json_t *subject = json_object_get(claims, "sub"), *id = json_object_get(claims, "jti");

    if (subject != NULL && !json_is_string(subject))
        return refuse(err, REFUSAL_SUB_NOT_TEXT);
    if (id != NULL && !json_is_string(id))
        return refuse(err, REFUSAL_JTI_NOT_TEXT);
    return AGENTOS_OK;
}

static bool is_audience(const struct jwt_checks *checks, str name)
{
    for (size_t i = 0; i < checks->audience_count; i++)
        if (str_equal(name, str_of(checks->audiences[i])))
            return true;
    return false;
}

/* Returns true if the value is or contains an expected audience (RFC 7519 §4.1.3). */
static bool has_audience(const struct jwt_checks *checks, const json_t *value)
{
    const json_t *item;
    bool found = false;
    size_t i;

    ensure(checks->audience_count > 0);
    if (json_is_string(value))
        return is_audience(checks, json_view(value));
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item))
            return false;
        found = found || is_audience(checks, json_view(item));
    }
    return found;
}

/* Returns true if the value is absent, null or empty. */
static bool is_missing(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* Checks the audience if any is expected. */
static agentos_status check_audience(const json_t *claims, const struct jwt_checks *checks,
                                     agentos_error *err)
{
    static const struct claim_path aud = { "aud", { "aud" }, 1 };
    const struct claim_path *path =
        checks->audience_claim.count > 0 ? &checks->audience_claim : &aud;

    if (checks->audience_count == 0)
        return AGENTOS_OK;
    const json_t *value = claim_path_find(path, claims);
    if (is_missing(value))
        return refuse_with(err, REFUSAL_AUDIENCE_MISSING, path->text);
    if (!has_audience(checks, value))
        return refuse(err, REFUSAL_AUDIENCE_WRONG);
    return AGENTOS_OK;
}

/* Checks that iss equals `expected`, unless that is NULL. */
static agentos_status check_issuer(const json_t *claims, const char *expected, agentos_error *err)
{
    const json_t *value = json_object_get(claims, "iss");

    if (expected == NULL)
        return AGENTOS_OK;
    if (value == NULL || json_is_null(value))
        return refuse(err, REFUSAL_ISSUER_MISSING);
    if (!json_is_string(value))
        return refuse(err, REFUSAL_ISSUER_NOT_TEXT);
    if (!str_equal(json_view(value), str_of(expected))) {
        str shown = str_cut(json_view(value), ISSUER_SHOWN_BYTES);
        return refuse_with(err, REFUSAL_ISSUER_WRONG, expected, (int)shown.len, shown.ptr);
    }
    return AGENTOS_OK;
}

/* Returns true if the claim is present and not null. */
static bool has_claim(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);

    return value != NULL && !json_is_null(value);
}

/* Refuses tokens that do not identify a caller or that are bound to a key. */
static agentos_status check_kind(const json_t *claims, agentos_error *err)
{
    /* RFC 8417 §2.2: a security event, such as a logout, identifies no caller. */
    if (has_claim(claims, "events"))
        return refuse(err, REFUSAL_SECURITY_EVENT);
    /* RFC 7800 §3.1: the client has not proved possession of the key (docs/design/security.md 26).
     */
    if (has_claim(claims, "cnf"))
        return refuse(err, REFUSAL_KEY_BOUND);
    return AGENTOS_OK;
}

/* Checks the claims of a verified token and refuses it at the first failed check. */
agentos_status jwt_check(const json_t *claims, const struct jwt_checks *checks, int64_t now_s,
                         agentos_error *err)
{
    ensure(json_is_object(claims));
    ensure(checks->audience_count == 0 || checks->audiences != NULL);
    TRY(check_kind(claims, err));
    TRY(check_dates(claims, checks, now_s, err));
    TRY(check_strings(claims, err));
    TRY(check_audience(claims, checks, err));
    return check_issuer(claims, checks->issuer, err);
}
