/* Checks an issuer's additional requirements for its tokens: the type, the lifetime and the values
 * of claims. Each requirement is checked separately, and a required claim that is absent is
 * refused. */
#include "auth/token/demands.h"

#include "base/refusals.h"

/* RFC 7515 §4.1.9: in any case, with or without "application/". */
static bool is_type(str typ, str wanted)
{
    static const str prefix = STR_INIT("application/");

    if (typ.len > prefix.len && str_equal_nocase((str){ typ.ptr, prefix.len }, prefix))
        typ = str_from(typ, prefix.len);
    return str_equal_nocase(typ, wanted);
}

static agentos_status check_type(const struct demands *demands, str typ, agentos_error *err)
{
    for (size_t i = 0; i < demands->type_count; i++) {
        str wanted = str_of(demands->types[i]);

        if (str_equal(wanted, STR("-")) ? typ.len == 0 : is_type(typ, wanted))
            return AGENTOS_OK;
    }
    return refuse_with(err, REFUSAL_TYP_WRONG, QUOTE(typ));
}

/* A NumericDate that jwt_check has passed; without its fraction. */
static int64_t date_of(const json_t *claims, const char *name, int64_t fallback)
{
    const json_t *date = json_object_get(claims, name);

    if (json_is_integer(date))
        return json_integer_value(date);
    return json_is_real(date) ? (int64_t)json_real_value(date) : fallback;
}

static agentos_status check_lifetime(const struct demands *demands, const json_t *claims,
                                     int64_t now_s, agentos_error *err)
{
    int64_t expires_s = date_of(claims, "exp", INT64_MAX);
    int64_t longest_s = demands->max_lifetime_s;

    /* Without iat the rest of its life is all that can be judged. */
    if (expires_s - date_of(claims, "iat", now_s) <= longest_s &&
        expires_s - now_s <= longest_s + demands->leeway_s)
        return AGENTOS_OK;
    return refuse_with(err, REFUSAL_LIFETIME_TOO_LONG, (long long)longest_s);
}

static bool is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static bool is_value(const json_t *value, str wanted)
{
    if (json_is_boolean(value))
        return str_equal(wanted, json_is_true(value) ? STR("true") : STR("false"));
    return json_is_string(value) && str_equal(json_view(value), wanted);
}

static bool is_met(const struct claim_rule *rule, const json_t *claims)
{
    const json_t *value = claim_path_find(&rule->path, claims);

    if (is_empty(value))
        return false;
    for (size_t i = 0; i < rule->count; i++)
        if (is_value(value, str_of(rule->values[i])))
            return true;
    return rule->count == 0;
}

const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims)
{
    for (size_t i = 0; i < demands->rule_count; i++)
        if (!is_met(&demands->rules[i], claims))
            return &demands->rules[i];
    return NULL;
}

agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                             int64_t now_s, agentos_error *err)
{
    TRY(check_type(demands, typ, err));
    TRY(check_lifetime(demands, claims, now_s, err));
    const struct claim_rule *unmet = demands_unmet_rule(demands, claims);
    if (unmet == NULL)
        return AGENTOS_OK;
    return is_empty(claim_path_find(&unmet->path, claims))
               ? refuse_with(err, REFUSAL_CLAIM_MISSING, unmet->path.text)
               : refuse_with(err, REFUSAL_CLAIM_WRONG, unmet->path.text);
}
