/* jansson behind our limits, and before it the quick way for what is plain. Its own depth limit is
 * 2,048 and it recurses, so depth is counted first. */
#include "json/parse.h"

#include "base/limits.h"
#include "json/plain.h"

/* Brackets outside strings. Malformed text may be miscounted; jansson refuses it afterwards. */
bool json_is_deeper(str text, int levels)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > levels)
                return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

static agentos_status parse_fully(str text, enum json_strictness strictness, json_t **out,
                                  agentos_error *err)
{
    static const size_t extra[] = { [PARSE_STRICT] = 0,
                                    [PARSE_NUL_ALLOWED] = JSON_ALLOW_NUL,
                                    [PARSE_SCALARS_TOO] = JSON_DECODE_ANY };
    json_error_t why;

    /* jansson loses one that stands behind a number or a literal (RFC 8259 §2 knows none). */
    if (str_has(text, '\0'))
        return fail(err, AGENTOS_INVALID, "JSON has a NUL byte in it");
    if (json_is_deeper(text, JSON_MAX_DEPTH))
        return fail(err, AGENTOS_INVALID, "JSON is nested deeper than %d levels", JSON_MAX_DEPTH);

    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | extra[strictness], &why);
    /* jansson quotes what it stumbled over, which may be half a character. */
    if (json == NULL)
        return fail(err, AGENTOS_INVALID, "JSON line %d: %s", why.line,
                    str_is_utf8(str_of(why.text)) ? why.text : "invalid UTF-8");
    *out = json;
    return AGENTOS_OK;
}

agentos_status json_parse_owned(str text, enum json_strictness strictness, json_t **out,
                                agentos_error *err)
{
    json_t *json = json_read_plain(text);

    if (json == NULL)
        return parse_fully(text, strictness, out, err);
    *out = json;
    return AGENTOS_OK;
}

static void release_json(void *json)
{
    json_decref(json);
}

agentos_status json_parse(arena *a, str text, const json_t **out, agentos_error *err)
{
    json_t *json = NULL;

    TRY(json_parse_owned(text, PARSE_STRICT, &json, err));
    arena_defer(a, release_json, json);
    *out = json;
    return AGENTOS_OK;
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
