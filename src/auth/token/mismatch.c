/* Writes the texts that compare a refused token with the expected values, for `agentos auth
 * explain`. Each kind of refusal has its own function. Nothing here affects the decision. */
#include "auth/token/mismatch.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "jose/alg.h"

enum { LISTED_MOST = 16 };                        /* texts of one list; the rest are counted */
static const int64_t year_10000_s = 253402300800; /* the first that ISO 8601 has no room for */

bool differs_by_slash(str a, str b)
{
    str longer = a.len > b.len ? a : b, shorter = a.len > b.len ? b : a;

    return longer.len == shorter.len + 1 && str_ends(longer, STR("/")) &&
           str_starts(longer, shorter);
}

/* Appends 'text' as the item of a list at this index. */
static void write_item(buf *out, str text, size_t index)
{
    buf_printf(out, "%s" QUOTED, index > 0 ? ", " : "", QUOTE(text));
}

void mismatch_list(buf *out, const char *const *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    for (size_t i = 0; i < count && i < LISTED_MOST; i++)
        write_item(out, str_of(texts[i]), i);
    if (count > LISTED_MOST)
        buf_printf(out, " and %zu more", count - LISTED_MOST);
}

/* Appends "['a', 'b']"; past the first LISTED_MOST items only "...". */
static void write_array(buf *out, const json_t *array)
{
    size_t count = json_array_size(array);

    buf_append_char(out, '[');
    for (size_t i = 0; i < count && i < LISTED_MOST; i++) {
        const json_t *item = json_array_get(array, i);

        write_item(out, json_is_string(item) ? json_view(item) : STR("(not a text)"), i);
    }
    buf_append(out, count > LISTED_MOST ? STR(", ...]") : STR("]"));
}

/* Appends the value of a claim; of a number or an object only that it is not a text. */
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

/* Appends "NAME is VALUE; expected ", or that the claim is absent; what was expected follows. */
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

/* Appends a time since 1970 in ISO 8601, or its seconds where its year has five digits. */
static void write_date(buf *out, int64_t date_s)
{
    char text[CLOCK_TEXT_SIZE];

    if (date_s < 0 || date_s >= year_10000_s)
        buf_printf(out, "%lld", (long long)date_s);
    else
        buf_append(out, str_of(clock_iso8601(date_s, text)));
}

/* Compares a date with the clock of this machine. */
static void compare_date(const struct mismatch *mismatch, const char *name, buf *out)
{
    const json_t *value = json_object_get(mismatch->claims, name);
    double seconds = json_number_value(value);

    /* A date that is absent or malformed is refused for that, and is not compared. */
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

/* Compares the claim that names the audience, by default aud, with the accepted audiences. */
static void compare_audience(const struct mismatch *mismatch, buf *out)
{
    const struct jwt_checks *checks = mismatch->checks;
    static const struct claim_path aud = { "aud", { "aud" }, 1 };
    const struct claim_path *path =
        checks->audience_claim.count > 0 ? &checks->audience_claim : &aud;

    ensure(mismatch->claims != NULL && checks->audience_count > 0);
    write_claim(out, path->text, claim_path_find(path, mismatch->claims));
    mismatch_list(out, checks->audiences, checks->audience_count);
}

/* Compares iss with the expected issuer, and says if only a slash at the end differs. */
static void compare_issuer(const struct mismatch *mismatch, buf *out)
{
    const json_t *value = json_object_get(mismatch->claims, "iss");
    const char *expected = mismatch->checks->issuer;

    ensure(mismatch->claims != NULL && expected != NULL);
    write_claim(out, "iss", value);
    write_item(out, str_of(expected), 0);
    if (json_is_string(value) && differs_by_slash(json_view(value), str_of(expected)))
        buf_append(out, STR(", which differs by a slash"));
}

static void compare_algorithm(const struct mismatch *mismatch, buf *out)
{
    buf_printf(out, "alg is " QUOTED "; expected ", QUOTE(mismatch->jws->alg));
    for (size_t i = 0; i < mismatch->alg_count; i++)
        write_item(out, str_of(mismatch->algs[i]->name), i);
}

/* Compares the header's typ with the accepted types; "-" among these is shown as "none". */
static void compare_type(const struct mismatch *mismatch, buf *out)
{
    const struct demands *demands = mismatch->demands;
    size_t listed = 0;
    bool may_be_absent = false;

    ensure(demands != NULL && demands->type_count > 0);
    buf_printf(out, "typ is " QUOTED "; expected ", QUOTE(mismatch->jws->typ));
    for (size_t i = 0; i < demands->type_count; i++) {
        if (strcmp(demands->types[i], "-") == 0) {
            may_be_absent = true;
        } else {
            write_item(out, str_of(demands->types[i]), listed);
            listed++;
        }
    }
    if (may_be_absent)
        buf_append(out, listed > 0 ? STR(", or none") : STR("none"));
}

/* Compares the claim of the first unmet rule with the values that the rule accepts. */
static void compare_rule(const struct mismatch *mismatch, buf *out)
{
    ensure(mismatch->demands != NULL && mismatch->claims != NULL);
    const struct claim_rule *rule = demands_unmet_rule(mismatch->demands, mismatch->claims);

    ensure(rule != NULL); /* it is what the refusal is about */
    write_claim(out, rule->path.text, claim_path_find(&rule->path, mismatch->claims));
    if (rule->count > 0)
        mismatch_list(out, rule->values, rule->count);
    else
        buf_append(out, STR("any value"));
}

/* Appends the comparison for this refusal; nothing, if there is nothing to compare. */
static void write_comparison(const struct mismatch *mismatch, enum refusal_code code, buf *out)
{
    // clang-format off
    static const struct { enum refusal_code code; const char *name; } dates[] = {
        { REFUSAL_EXPIRED, "exp" }, { REFUSAL_NOT_YET_VALID, "nbf" }, { REFUSAL_ISSUED_IN_FUTURE, "iat" },
    };
    static const struct { enum refusal_code code; void (*compare)(const struct mismatch *, buf *); } others[] = {
        { REFUSAL_AUDIENCE_WRONG, compare_audience }, { REFUSAL_AUDIENCE_MISSING, compare_audience },
        { REFUSAL_ISSUER_WRONG, compare_issuer },     { REFUSAL_ISSUER_MISSING, compare_issuer },
        { REFUSAL_ALG_NOT_ALLOWED, compare_algorithm }, { REFUSAL_TYP_WRONG, compare_type },
        { REFUSAL_CLAIM_WRONG, compare_rule },        { REFUSAL_CLAIM_MISSING, compare_rule },
    };
    // clang-format on

    for (size_t i = 0; i < COUNT(dates); i++)
        if (dates[i].code == code)
            compare_date(mismatch, dates[i].name, out);
    for (size_t i = 0; i < COUNT(others); i++)
        if (others[i].code == code)
            others[i].compare(mismatch, out);
}

const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a)
{
    AUTO_BUF text = buf_with_limit(16 * KiB); /* what exceeds it is left out */

    ensure(reason->status != AGENTOS_OK);
    write_comparison(mismatch, (enum refusal_code)reason->code, &text);
    return buf_view(&text).len > 0 ? arena_copy(a, buf_view(&text)) : reason->message;
}
