/* Checks an issuer's additional requirements: the type, the lifetime and the values of claims. */
#include "auth/token/demands.h"

#include "base/ensure.h"
#include "base/refusals.h"
#include "jose/jwt.h"

/* Compares types, ignoring case and a prefix of "application/" (RFC 7515 §4.1.9). */
static bool is_type(str typ, str expected)
{
    static const str prefix = STR_INIT("application/");

    if (typ.len > prefix.len && str_equal_nocase((str){ typ.ptr, prefix.len }, prefix))
        typ = str_from(typ, prefix.len);
    return str_equal_nocase(typ, expected);
}

/* Rejects a token whose typ is not listed. A listed "-" accepts a token without typ. */
static agentos_status check_type(const struct demands *demands, str typ, agentos_error *err)
{
    ensure(demands->type_count == 0 || demands->types != NULL);
    for (size_t i = 0; i < demands->type_count; i++) {
        str expected = str_of(demands->types[i]);
        bool may_be_absent = str_equal(expected, STR("-"));

        if (may_be_absent && typ.len == 0)
            return AGENTOS_OK;
        if (!may_be_absent && is_type(typ, expected))
            return AGENTOS_OK;
    }
    return refuse_with(err, REFUSAL_TYP_WRONG, QUOTE(typ));
}

/* Returns the date in this claim, in whole seconds since 1970, or absent_s. */
static int64_t read_date(const json_t *claims, const char *name, int64_t absent_s)
{
    const json_t *date = json_object_get(claims, name);
    double seconds = json_number_value(date);

    ensure(seconds >= 0 && seconds <= (double)NUMERIC_DATE_MAX); /* jwt_check accepted it */
    if (json_is_integer(date))
        return json_integer_value(date);
    return json_is_real(date) ? (int64_t)seconds : absent_s;
}

/* Limits the lifetime from iat to exp and from now to exp. A token without exp is rejected. */
static agentos_status check_lifetime(const struct demands *demands, const json_t *claims,
                                     int64_t now_s, agentos_error *err)
{
    int64_t issued_s = read_date(claims, "iat", now_s);
    int64_t expires_s = read_date(claims, "exp", INT64_MAX);
    int64_t longest_s = demands->max_lifetime_s;

    ensure(now_s >= 0 && now_s <= NUMERIC_DATE_MAX); /* so no difference overflows */
    ensure(longest_s > 0 && demands->leeway_s >= 0);
    if (expires_s - issued_s > longest_s || expires_s - now_s > longest_s + demands->leeway_s)
        return refuse_with(err, REFUSAL_LIFETIME_TOO_LONG, (long long)longest_s);
    return AGENTOS_OK;
}

/* Returns whether the value is absent, null, "" or []. */
static bool is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* Returns whether the claim's value is this text. "true" and "false" also match booleans. */
static bool is_value(const json_t *value, str expected)
{
    if (json_is_boolean(value))
        return str_equal(expected, json_is_true(value) ? STR("true") : STR("false"));
    return json_is_string(value) && str_equal(json_view(value), expected);
}

/* Returns whether the claim has one of the rule's values, or any non-empty one if it has none. */
static bool is_met(const struct claim_rule *rule, const json_t *claims)
{
    ensure(rule->path.count > 0);
    ensure(rule->count == 0 || rule->values != NULL);
    const json_t *value = claim_path_find(&rule->path, claims);

    if (is_empty(value))
        return false;
    if (rule->count == 0)
        return true;
    for (size_t i = 0; i < rule->count; i++)
        if (is_value(value, str_of(rule->values[i])))
            return true;
    return false;
}

/* Returns the first rule that the claims do not meet, or NULL. */
const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims)
{
    ensure(demands->rule_count == 0 || demands->rules != NULL);
    for (size_t i = 0; i < demands->rule_count; i++)
        if (!is_met(&demands->rules[i], claims))
            return &demands->rules[i];
    return NULL;
}

/* Checks the type, then the lifetime, then the claims. */
agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                             int64_t now_s, agentos_error *err)
{
    ensure(json_is_object(claims));
    TRY(check_type(demands, typ, err));
    TRY(check_lifetime(demands, claims, now_s, err));
    const struct claim_rule *unmet = demands_unmet_rule(demands, claims);
    if (unmet == NULL)
        return AGENTOS_OK;
    if (is_empty(claim_path_find(&unmet->path, claims)))
        return refuse_with(err, REFUSAL_CLAIM_MISSING, unmet->path.text);
    return refuse_with(err, REFUSAL_CLAIM_WRONG, unmet->path.text);
}
