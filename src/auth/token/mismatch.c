/* Compares a rejected token with the expected values, for `agentos auth explain`. */
#include "auth/token/mismatch.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "jose/alg.h"

/* How many items of a list are written. */
enum { LISTED_MAX = 16 };

/* The start of the year 10000, which clock_iso8601 cannot write. */
static const int64_t year_10000_s = 253402300800;

/* In a list of accepted types: the token may have no typ. */
static const str absent_type = STR_INIT("-");

/* Returns whether the texts differ only in a trailing slash. */
bool differs_by_slash(str a, str b)
{
    str longer = a.len > b.len ? a : b;
    str shorter = a.len > b.len ? b : a;

    if (longer.len != shorter.len + 1)
        return false;
    return str_starts(longer, shorter) && str_ends(longer, STR("/"));
}

/* Appends the quoted text, after a comma unless it is the first item. */
static void write_item(buf *out, str text, size_t index)
{
    buf_printf(out, "%s" QUOTED, index > 0 ? ", " : "", QUOTE(text));
}

/* Appends the first LISTED_MAX texts in quotes and the number of the others. */
void mismatch_list(buf *out, const char *const *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        write_item(out, str_of(texts[i]), i);
    if (count > LISTED_MAX)
        buf_printf(out, " and %zu more", count - LISTED_MAX);
}

/* Appends an array such as "['a', 'b']", shortened to LISTED_MAX items. */
static void write_array(buf *out, const json_t *array)
{
    size_t count = json_array_size(array);

    buf_append_char(out, '[');
    for (size_t i = 0; i < count && i < LISTED_MAX; i++) {
        const json_t *item = json_array_get(array, i);

        write_item(out, json_is_string(item) ? json_view(item) : STR("(not a text)"), i);
    }
    buf_append(out, count > LISTED_MAX ? STR(", ...]") : STR("]"));
}

/* Appends the value of a claim. Numbers, objects and null appear as "not a text". */
static void write_value(buf *out, const json_t *value)
{
    if (json_is_string(value))
        write_item(out, json_view(value), 0);
    else if (json_is_boolean(value))
        buf_append(out, json_is_true(value) ? STR("true") : STR("false"));
    else if (json_is_array(value))
        write_array(out, value);
    else
        buf_append(out, STR("not a text"));
}

/* Appends "NAME is VALUE; expected ", or "the token has no NAME; expected " without a value. */
static void write_claim(buf *out, const char *name, const json_t *value)
{
    if (value == NULL) {
        buf_printf(out, "the token has no %s; expected ", name);
        return;
    }
    buf_printf(out, "%s is ", name);
    write_value(out, value);
    buf_append(out, STR("; expected "));
}

/* Appends a time in ISO 8601, or in seconds if ISO 8601 cannot express it. */
static void write_date(buf *out, int64_t date_s)
{
    char text[CLOCK_TEXT_SIZE];

    if (date_s < 0 || date_s >= year_10000_s)
        buf_printf(out, "%lld", (long long)date_s);
    else
        buf_append(out, str_of(clock_iso8601(date_s, text)));
}

/* Appends the distance of the claim's date from now. */
static void compare_date(const struct mismatch *mismatch, const char *name, buf *out)
{
    const json_t *value = json_object_get(mismatch->claims, name);
    double seconds = json_number_value(value);

    /* Absent and malformed dates have their own refusals. */
    ensure(json_is_number(value) && seconds >= 0 && seconds <= (double)NUMERIC_DATE_MAX);
    int64_t date_s = json_is_real(value) ? (int64_t)seconds : json_integer_value(value);
    int64_t apart_s = mismatch->now_s - date_s;

    buf_printf(out, "%s is ", name);
    write_date(out, date_s);
    buf_append(out, STR("; it is now "));
    write_date(out, mismatch->now_s);
    buf_printf(out, ", %lld s %s; %lld s are allowed",
               (long long)(apart_s < 0 ? -apart_s : apart_s), apart_s < 0 ? "earlier" : "later",
               (long long)mismatch->checks->leeway_s);
}

static void compare_expiry(const struct mismatch *mismatch, buf *out)
{
    compare_date(mismatch, "exp", out);
}

static void compare_not_before(const struct mismatch *mismatch, buf *out)
{
    compare_date(mismatch, "nbf", out);
}

static void compare_issued_at(const struct mismatch *mismatch, buf *out)
{
    compare_date(mismatch, "iat", out);
}

/* Appends the token's audience and the accepted audiences. */
static void compare_audience(const struct mismatch *mismatch, buf *out)
{
    static const struct claim_path aud = { "aud", { "aud" }, 1 };
    const struct jwt_checks *checks = mismatch->checks;
    const struct claim_path *path = &checks->audience_claim;

    ensure(mismatch->claims != NULL && checks->audience_count > 0);
    if (path->count == 0)
        path = &aud;
    write_claim(out, path->text, claim_path_find(path, mismatch->claims));
    mismatch_list(out, checks->audiences, checks->audience_count);
}

/* Appends the token's iss and the expected issuer. */
static void compare_issuer(const struct mismatch *mismatch, buf *out)
{
    const char *expected = mismatch->checks->issuer;

    ensure(mismatch->claims != NULL && expected != NULL);
    const json_t *value = json_object_get(mismatch->claims, "iss");

    write_claim(out, "iss", value);
    write_item(out, str_of(expected), 0);
    if (json_is_string(value) && differs_by_slash(json_view(value), str_of(expected)))
        buf_append(out, STR(", which differs by a slash"));
}

/* Appends the token's alg and the configured algorithms. */
static void compare_algorithm(const struct mismatch *mismatch, buf *out)
{
    buf_printf(out, "alg is " QUOTED "; expected ", QUOTE(mismatch->jws->alg));
    for (size_t i = 0; i < mismatch->alg_count; i++)
        write_item(out, str_of(mismatch->algs[i]->name), i);
}

/* Appends the accepted types, such as "'JWT', 'at+jwt', or none". */
static void write_types(buf *out, const struct demands *demands)
{
    size_t written = 0;
    bool may_be_absent = false;

    ensure(demands->type_count > 0);
    for (size_t i = 0; i < demands->type_count; i++) {
        str type = str_of(demands->types[i]);

        if (str_equal(type, absent_type)) {
            may_be_absent = true;
            continue;
        }
        write_item(out, type, written);
        written++;
    }
    if (may_be_absent)
        buf_append(out, written > 0 ? STR(", or none") : STR("none"));
}

/* Appends the token's typ and the accepted types. */
static void compare_type(const struct mismatch *mismatch, buf *out)
{
    ensure(mismatch->demands != NULL);
    buf_printf(out, "typ is " QUOTED "; expected ", QUOTE(mismatch->jws->typ));
    write_types(out, mismatch->demands);
}

/* Appends the claim of the first rule that the token does not meet, and its accepted values. */
static void compare_rule(const struct mismatch *mismatch, buf *out)
{
    ensure(mismatch->demands != NULL && mismatch->claims != NULL);
    const struct claim_rule *rule = demands_unmet_rule(mismatch->demands, mismatch->claims);

    ensure(rule != NULL); /* the reason for the refusal */
    write_claim(out, rule->path.text, claim_path_find(&rule->path, mismatch->claims));
    if (rule->count > 0)
        mismatch_list(out, rule->values, rule->count);
    else
        buf_append(out, STR("any value"));
}

/* The refusals that a comparison explains. */
// clang-format off
static const struct {
    enum refusal_code code;
    void (*compare)(const struct mismatch *mismatch, buf *out);
} comparisons[] = {
    { REFUSAL_EXPIRED,          compare_expiry },
    { REFUSAL_NOT_YET_VALID,    compare_not_before },
    { REFUSAL_ISSUED_IN_FUTURE, compare_issued_at },
    { REFUSAL_AUDIENCE_WRONG,   compare_audience },
    { REFUSAL_AUDIENCE_MISSING, compare_audience },
    { REFUSAL_ISSUER_WRONG,     compare_issuer },
    { REFUSAL_ISSUER_MISSING,   compare_issuer },
    { REFUSAL_ALG_NOT_ALLOWED,  compare_algorithm },
    { REFUSAL_TYP_WRONG,        compare_type },
    { REFUSAL_CLAIM_WRONG,      compare_rule },
    { REFUSAL_CLAIM_MISSING,    compare_rule },
};
// clang-format on

/* Appends the comparison for this refusal, if it has one. */
static void write_comparison(const struct mismatch *mismatch, enum refusal_code code, buf *out)
{
    for (size_t i = 0; i < COUNT(comparisons); i++)
        if (comparisons[i].code == code)
            comparisons[i].compare(mismatch, out);
}

/* Returns the comparison, or the refusal's message if there is nothing to compare. */
const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a)
{
    AUTO_BUF text = buf_with_limit(16 * KiB); /* omits longer values */

    ensure(reason->status != AGENTOS_OK);
    write_comparison(mismatch, refusal_of(reason), &text);
    return buf_view(&text).len > 0 ? arena_copy(a, buf_view(&text)) : reason->message;
}
