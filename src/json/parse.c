/* Parses JSON with the fast reader in plain.c, or else with jansson. */
#include "json/parse.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/grammar.h"
#include "json/large_numbers.h"
#include "json/plain.h"

/* Returns the index of the closing quote, or text.len if there is none. */
static size_t find_string_end(str text, size_t begin)
{
    for (size_t i = begin + 1; i < text.len; i++) {
        if (text.ptr[i] == '"')
            return i;
        if (text.ptr[i] == '\\')
            i++;
    }
    return text.len;
}

/* Returns whether the text is nested deeper than `levels`. Malformed texts may be miscounted. */
bool json_is_deeper(str text, int levels)
{
    int depth = 0;

    ensure(levels >= 0);
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '"': i = find_string_end(text, i); break;
        case '[':
        case '{':
            if (++depth > levels)
                return true;
            break;
        case ']':
        case '}': depth--; break;
        default: break;
        }
    }
    return false;
}

/* Returns whether another value begins at c: after a comma or an opening bracket. */
static bool begins_value(char c, bool after_bracket)
{
    return c == ',' || (after_bracket && c != ']' && c != '}');
}

/* Returns whether the text has more than `most` values, counting members and elements. */
bool json_has_more_values(str text, size_t most)
{
    bool after_bracket = false; /* the previous character was an opening bracket */
    size_t count = 1;

    if (text.len <= most)
        return false; /* a value takes a byte at least */
    for (size_t i = 0; i < text.len && count <= most; i++) {
        char c = text.ptr[i];

        if (json_is_blank(c))
            continue;
        if (begins_value(c, after_bracket))
            count++;
        after_bracket = c == '[' || c == '{';
        if (c == '"')
            i = find_string_end(text, i);
    }
    return count > most;
}

/* Parses a text with numbers too large for jansson. Returns NULL and sets *why if it is not
 * valid. */
static json_t *load_large_numbers(str text, json_error_t *why)
{
    AUTO_BUF rewritten = buf_with_limit(2 * text.len);

    large_numbers_rewrite(text, &rewritten);
    ensure(buf_ok(&rewritten));
    return json_loadb(rewritten.ptr, rewritten.len, JSON_REJECT_DUPLICATES, why);
}

/* Parses a text with jansson. Returns NULL and sets *why if it is not valid. */
static json_t *load_text(str text, enum json_strictness strictness, json_error_t *why)
{
    static const size_t flags[] = {
        [PARSE_STRICT] = JSON_REJECT_DUPLICATES,
        [PARSE_NUL_ALLOWED] = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
        [PARSE_SCALARS_TOO] = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
        [PARSE_LAST_COUNTS] = JSON_ALLOW_NUL,
        [PARSE_LARGE_NUMBERS] = JSON_REJECT_DUPLICATES,
    };

    ensure(strictness < COUNT(flags));
    json_t *json = json_loadb(text.ptr, text.len, flags[strictness], why);
    if (json == NULL && strictness == PARSE_LARGE_NUMBERS &&
        json_error_code(why) == json_error_numeric_overflow)
        json = load_large_numbers(text, why);
    return json;
}

/* Parses any text with jansson, after checking our own limits. */
static agentos_status parse_fully(str text, enum json_strictness strictness, json_t **out,
                                  agentos_error *err)
{
    json_error_t why;

    /* jansson ignores a NUL after a number or a literal, which RFC 8259 §2 does not allow. */
    if (str_has(text, '\0'))
        return fail(err, AGENTOS_INVALID, "JSON has a NUL byte in it");
    if (json_is_deeper(text, JSON_MAX_DEPTH))
        return fail(err, AGENTOS_INVALID, "JSON is nested deeper than %d levels", JSON_MAX_DEPTH);

    json_t *json = load_text(text, strictness, &why);
    /* jansson's message quotes the text, and it may cut a character in two. */
    if (json == NULL)
        return fail_about(err, AGENTOS_INVALID, "JSON line %d", "%s", why.line,
                          str_is_utf8(str_of(why.text)) ? why.text : "invalid UTF-8");
    *out = json;
    return AGENTOS_OK;
}

/* Parses the text. The caller owns *out, which is set only on success. */
agentos_status json_parse_owned(str text, enum json_strictness strictness, json_t **out,
                                agentos_error *err)
{
    bool is_of_provider = strictness == PARSE_NUL_ALLOWED || strictness == PARSE_LAST_COUNTS;

    if (is_of_provider && json_has_more_values(text, PROVIDER_JSON_VALUES_MAX))
        return fail(err, AGENTOS_INVALID, "JSON has more than %d values", PROVIDER_JSON_VALUES_MAX);

    /* A mended text is seldom plain, and one that is not would be read twice. */
    json_t *json = strictness == PARSE_LAST_COUNTS ? NULL : json_read_plain(text);
    if (json == NULL)
        return parse_fully(text, strictness, out, err);
    *out = json;
    return AGENTOS_OK;
}

static void release_json(void *json)
{
    json_decref(json);
}

/* Hands the caller's reference to the arena. */
const json_t *json_keep(arena *a, json_t *json)
{
    ensure(json != NULL);
    arena_defer(a, release_json, json);
    return json;
}

agentos_status json_parse(arena *a, str text, const json_t **out, agentos_error *err)
{
    json_t *json = NULL;

    TRY(json_parse_owned(text, PARSE_STRICT, &json, err));
    *out = json_keep(a, json);
    return AGENTOS_OK;
}

str json_view(const json_t *value)
{
    return json_is_string(value) ? (str){ json_string_value(value), json_string_length(value) }
                                 : (str){ "", 0 };
}

const char *json_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);

    return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

int64_t json_int(const json_t *object, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(object, name);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}
