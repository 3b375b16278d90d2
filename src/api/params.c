/* Conversions as the reference's validator does them: its words for a boolean, its problem types.
 */
#include "api/params.h"

#include <inttypes.h>

static void add(struct problems *problems, const char *where, const struct param *param, str input,
                const char *type, const char *message, const char *ctx, arena *a)
{
    problems_add(problems, &(struct problem){ .type = type,
                                              .where = where,
                                              .name = param->name,
                                              .message = message,
                                              .input = arena_copy(a, input),
                                              .ctx = ctx });
}

static bool to_bool(str text, bool *out)
{
    static const struct {
        str word;
        bool value;
    } words[] = {
        { STR_INIT("true"), true },   { STR_INIT("1"), true },  { STR_INIT("yes"), true },
        { STR_INIT("on"), true },     { STR_INIT("t"), true },  { STR_INIT("y"), true },
        { STR_INIT("false"), false }, { STR_INIT("0"), false }, { STR_INIT("no"), false },
        { STR_INIT("off"), false },   { STR_INIT("f"), false }, { STR_INIT("n"), false }
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal_nocase(text, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    return false;
}

static bool read_bool(const struct param *param, str text, const char *where, arena *a, bool *out,
                      struct problems *problems)
{
    if (to_bool(text, out))
        return true;
    add(problems, where, param, text, "bool_parsing",
        "Input should be a valid boolean, unable to interpret input", NULL, a);
    return false;
}

static bool read_int(const struct param *param, str text, const char *where, arena *a, int64_t *out,
                     struct problems *problems)
{
    int64_t value = 0;

    if (!str_to_int(str_trim(text), &value)) {
        add(problems, where, param, text, "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer", NULL, a);
        return false;
    }
    if (param->has_min && value < param->min) {
        add(problems, where, param, text, "greater_than_equal",
            arena_printf(a, "Input should be greater than or equal to %" PRId64, param->min),
            arena_printf(a, "{\"ge\":%" PRId64 "}", param->min), a);
        return false;
    }
    if (param->has_max && value > param->max) {
        add(problems, where, param, text, "less_than_equal",
            arena_printf(a, "Input should be less than or equal to %" PRId64, param->max),
            arena_printf(a, "{\"le\":%" PRId64 "}", param->max), a);
        return false;
    }
    *out = value;
    return true;
}

/* "'agent', 'team' or 'workflow'" */
static const char *choices_text(const struct param *param, arena *a)
{
    AUTO_BUF text = buf_with_limit(1024);

    for (const char *const *choice = param->choices; *choice != NULL; choice++) {
        if (choice != param->choices)
            buf_append(&text, choice[1] == NULL ? STR(" or ") : STR(", "));
        buf_printf(&text, "'%s'", *choice);
    }
    return arena_copy(a, buf_view(&text));
}

static bool read_text(const struct param *param, str text, const char *where, arena *a,
                      const char **out, struct problems *problems)
{
    *out = arena_copy(a, text);
    if (param->choices == NULL)
        return true;
    for (const char *const *choice = param->choices; *choice != NULL; choice++)
        if (strcmp(*choice, *out) == 0)
            return true;

    const char *expected = choices_text(param, a);
    add(problems, where, param, text, "enum", arena_printf(a, "Input should be %s", expected),
        arena_printf(a, "{\"expected\":\"%s\"}", expected), a);
    return false;
}

static void read_list(const struct param *param, const struct form *form, arena *a,
                      struct texts *out)
{
    const char **all = arena_alloc(a, (form->count + 1) * sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++)
        if (!form->fields[i].is_file && str_equal(form->fields[i].name, str_of(param->name)))
            all[count++] = arena_copy(a, form->fields[i].value);
    *out = (struct texts){ all, count };
}

/* A form sends what its user left empty; a query says what it means. */
static bool is_absent(const str *value, const char *where)
{
    return value == NULL || (value->len == 0 && strcmp(where, "query") != 0);
}

static bool read_param(const struct param *param, const struct form *form, const char *where,
                       arena *a, void *record, struct problems *problems)
{
    void *member = (char *)record + param->offset;
    const str *value = form_find(form, str_of(param->name));

    if (is_absent(value, where)) {
        if (param->required)
            problems_add_missing(problems, where, param->name);
        return !param->required;
    }
    switch (param->kind) {
    case PARAM_TEXT: return read_text(param, *value, where, a, member, problems);
    case PARAM_BOOL: return read_bool(param, *value, where, a, member, problems);
    case PARAM_INT: return read_int(param, *value, where, a, member, problems);
    case PARAM_LIST: read_list(param, form, a, member); return true;
    }
    return false;
}

bool params_read(const struct param *table, const struct form *form, const char *where, arena *a,
                 void *record, struct problems *problems)
{
    bool good = true;

    for (const struct param *param = table; param->name != NULL; param++)
        good = read_param(param, form, where, a, record, problems) && good;
    return good;
}

static void write_schema(const struct param *param, writer *w)
{
    static const char *const types[] = { [PARAM_TEXT] = "string",
                                         [PARAM_BOOL] = "boolean",
                                         [PARAM_INT] = "integer",
                                         [PARAM_LIST] = "array" };

    write_object(w);
    write_member(w, "type", types[param->kind]);
    if (param->kind == PARAM_LIST) {
        write_key(w, "items");
        write_raw(w, STR("{\"type\":\"string\"}"));
    }
    if (param->has_min)
        write_member_int(w, "minimum", param->min);
    if (param->has_max)
        write_member_int(w, "maximum", param->max);
    if (param->choices != NULL) {
        write_key(w, "enum");
        write_array(w);
        for (const char *const *choice = param->choices; *choice != NULL; choice++)
            write_string(w, *choice);
        write_end(w);
    }
    if (param->fallback != NULL) {
        write_key(w, "default");
        if (param->kind == PARAM_TEXT)
            write_string(w, param->fallback);
        else
            write_raw(w, str_of(param->fallback));
    }
    write_end(w);
}

void params_describe_query(const struct param *table, writer *w)
{
    for (const struct param *param = table; param->name != NULL; param++) {
        write_object(w);
        write_member(w, "name", param->name);
        write_member(w, "in", "query");
        write_member_bool(w, "required", param->required);
        write_key(w, "schema");
        write_schema(param, w);
        write_end(w);
    }
}

void params_describe_form(const struct param *table, writer *w)
{
    write_object(w);
    write_member(w, "type", "object");
    write_key(w, "properties");
    write_object(w);
    for (const struct param *param = table; param->name != NULL; param++) {
        write_key(w, param->name);
        write_schema(param, w);
    }
    write_end(w);
    write_key(w, "required");
    write_array(w);
    for (const struct param *param = table; param->name != NULL; param++)
        if (param->required)
            write_string(w, param->name);
    write_end(w);
    write_end(w);
}
