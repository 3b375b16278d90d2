/* Reads query and form parameters into a struct by a table, and describes them in OpenAPI. */
#include "web/params.h"

#include <inttypes.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* Shared by all parameters of one form or query. */
struct param_source {
    const struct form *form;
    const char *where;
    arena *arena;
    struct problems *problems;
};

/* Adds the problem of an invalid value. The caller sets the type, message and ctx. Returns
 * false. */
static bool refuse_param(const struct param_source *source, const struct param *param, str text,
                         struct problem fault)
{
    ensure(fault.type != NULL && fault.message != NULL);
    fault.where = source->where;
    fault.name = param->name;
    fault.input = arena_copy(source->arena, text);
    problems_add(source->problems, &fault);
    return false;
}

/* Parses a boolean word. Returns false if the text is not one. */
static bool parse_bool(str text, bool *out)
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

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal_nocase(text, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    return false;
}

/* Reads a boolean. Returns false if it added a problem. */
static bool read_bool(const struct param_source *source, const struct param *param, str text,
                      bool *out)
{
    const struct problem fault = {
        .type = "bool_parsing",
        .message = "Input should be a valid boolean, unable to interpret input",
    };

    return parse_bool(text, out) || refuse_param(source, param, text, fault);
}

/* Reads a boolean that may be left open. Returns false if a problem was added. */
static bool read_choice(const struct param_source *source, const struct param *param, str text,
                        enum choice *out)
{
    bool is_yes = false;

    *out = CHOICE_UNSET;
    if (str_equal_nocase(text, STR("null")) || str_equal_nocase(text, STR("none")))
        return true;
    if (!read_bool(source, param, text, &is_yes))
        return false;
    *out = is_yes ? CHOICE_YES : CHOICE_NO;
    return true;
}

/* Returns the problem of an integer below min. */
static struct problem too_small(int64_t min, arena *a)
{
    return (struct problem){
        .type = "greater_than_equal",
        .message = arena_printf(a, "Input should be greater than or equal to %" PRId64, min),
        .ctx = arena_printf(a, "{\"ge\":%" PRId64 "}", min),
    };
}

/* Returns the problem of an integer above max. */
static struct problem too_large(int64_t max, arena *a)
{
    return (struct problem){
        .type = "less_than_equal",
        .message = arena_printf(a, "Input should be less than or equal to %" PRId64, max),
        .ctx = arena_printf(a, "{\"le\":%" PRId64 "}", max),
    };
}

/* Reads an integer within its bounds. Returns false if it added a problem. */
static bool read_int(const struct param_source *source, const struct param *param, str text,
                     int64_t *out)
{
    const struct problem fault = {
        .type = "int_parsing",
        .message = "Input should be a valid integer, unable to parse string as an integer",
    };
    int64_t value = 0;

    ensure(!param->has_min || !param->has_max || param->min <= param->max);
    if (!str_to_int(str_trim(text), &value))
        return refuse_param(source, param, text, fault);
    if (param->has_min && value < param->min)
        return refuse_param(source, param, text, too_small(param->min, source->arena));
    if (param->has_max && value > param->max)
        return refuse_param(source, param, text, too_large(param->max, source->arena));
    *out = value;
    return true;
}

/* Returns the choices as a phrase, such as "'agent', 'team' or 'workflow'". */
static const char *join_choices(const struct param *param, arena *a)
{
    AUTO_BUF text = buf_with_limit(KiB);

    ensure(param->choices[0] != NULL);
    for (const char *const *choice = param->choices; *choice != NULL; choice++) {
        if (choice != param->choices)
            buf_append(&text, choice[1] == NULL ? STR(" or ") : STR(", "));
        buf_printf(&text, "'%s'", *choice);
    }
    ensure(buf_ok(&text));
    return arena_copy(a, buf_view(&text));
}

/* Returns the problem of a text that is not one of the choices. */
static struct problem not_a_choice(const struct param *param, arena *a)
{
    const char *expected = join_choices(param, a);

    return (struct problem){
        .type = "enum",
        .message = arena_printf(a, "Input should be %s", expected),
        .ctx = arena_printf(a, "{\"expected\":\"%s\"}", expected),
    };
}

/* Copies the text to *out. Returns false if it added a problem. */
static bool read_text(const struct param_source *source, const struct param *param, str text,
                      const char **out)
{
    *out = arena_copy(source->arena, text);
    if (param->choices == NULL)
        return true;
    for (const char *const *choice = param->choices; *choice != NULL; choice++)
        if (strcmp(*choice, *out) == 0)
            return true;
    return refuse_param(source, param, text, not_a_choice(param, source->arena));
}

/* Copies every non-empty value of the parameter to *out, in order. */
static void read_list(const struct param_source *source, const struct param *param,
                      struct texts *out)
{
    const struct form *form = source->form;
    const char **all = arena_array(source->arena, form->count, sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++)
        if (!form->fields[i].is_file && form->fields[i].value.len > 0 &&
            str_equal(form->fields[i].name, str_of(param->name)))
            all[count++] = arena_copy(source->arena, form->fields[i].value);
    *out = (struct texts){ all, count };
}

/* Returns whether the parameter is absent. An empty one counts as absent, unless a query requires
 * it: browsers send fields that were left empty. */
static bool is_absent(const struct param *param, const str *value, const char *where)
{
    if (value == NULL || param->kind == PARAM_LIST)
        return value == NULL;
    return value->len == 0 && (!param->required || strcmp(where, "query") != 0);
}

/* Reads the text into `member`, whose type depends on the kind. Returns false if it added a
 * problem. */
static bool read_value(const struct param_source *source, const struct param *param, str text,
                       void *member)
{
    ensure(param->kind <= PARAM_LIST);
    switch (param->kind) {
    case PARAM_TEXT: return read_text(source, param, text, member);
    case PARAM_BOOL: return read_bool(source, param, text, member);
    case PARAM_CHOICE: return read_choice(source, param, text, member);
    case PARAM_INT: return read_int(source, param, text, member);
    case PARAM_LIST: read_list(source, param, member); return true;
    }
    return false;
}

/* Reads one parameter, or its fallback, into the record. Returns false if it added a problem. */
static bool read_param(const struct param_source *source, const struct param *param, void *record)
{
    void *member = (char *)record + param->offset; /* the offset is from offsetof */
    const str *value = form_find(source->form, str_of(param->name));

    if (!is_absent(param, value, source->where))
        return read_value(source, param, *value, member);
    if (param->fallback != NULL)
        return read_value(source, param, str_of(param->fallback), member);
    if (param->required)
        problems_add_missing(source->problems, source->where, param->name);
    return !param->required;
}

/* Reads all parameters, to report every problem at once. Returns false if it added one. */
bool params_read(const struct param *table, const struct form *form, const char *where, arena *a,
                 void *record, struct problems *problems)
{
    ensure(form != NULL && record != NULL && problems != NULL);
    const struct param_source source = {
        .form = form,
        .where = where,
        .arena = a,
        .problems = problems,
    };
    bool is_valid = true;

    for (const struct param *param = table; param->name != NULL; param++)
        if (!read_param(&source, param, record))
            is_valid = false;
    return is_valid;
}

/* Writes the member "items" of a list of strings. */
static void write_items(writer *w)
{
    write_key(w, "items");
    write_object(w);
    write_member(w, "type", "string");
    write_end(w);
}

/* Writes the member "enum". */
static void write_choices(const char *const *choices, writer *w)
{
    write_key(w, "enum");
    write_array(w);
    for (; *choices != NULL; choices++)
        write_string(w, *choices);
    write_end(w);
}

/* Writes the member "default". The fallback of a number or a boolean is already JSON. */
static void write_fallback(const struct param *param, writer *w)
{
    ensure(param->fallback != NULL);
    write_key(w, "default");
    if (param->kind == PARAM_TEXT)
        write_string(w, param->fallback);
    else
        write_raw(w, str_of(param->fallback));
}

/* Writes the JSON schema of one parameter. */
static void write_schema(const struct param *param, writer *w)
{
    static const char *const types[] = {
        [PARAM_TEXT] = "string", [PARAM_BOOL] = "boolean", [PARAM_CHOICE] = "boolean",
        [PARAM_INT] = "integer", [PARAM_LIST] = "array",
    };

    ensure(param->kind < COUNT(types));
    write_object(w);
    write_member_if(w, "description", param->doc);
    write_member(w, "type", types[param->kind]);
    if (param->kind == PARAM_LIST)
        write_items(w);
    if (param->has_min)
        write_member_int(w, "minimum", param->lowest_valid != 0 ? param->lowest_valid : param->min);
    if (param->has_max)
        write_member_int(w, "maximum", param->max);
    if (param->choices != NULL)
        write_choices(param->choices, w);
    if (param->fallback != NULL)
        write_fallback(param, w);
    write_end(w);
}

/* Writes each parameter as an OpenAPI parameter, into the open list. */
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

/* Writes the parameters as one object schema. */
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
