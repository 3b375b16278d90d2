/* Conversions as the reference's validator does them: its words for a boolean, its problem types.
 */
#include "web/params.h"
#include "base/mem.h"

#include <inttypes.h>

/* One reading of a form or a query, which all its parameters share. */
struct reading {
    const struct form *form;
    const char *where;
    arena *arena;
    struct problems *problems;
};

/* False, for the reader to return. fault: its type, message and ctx. */
static bool refuse(const struct reading *reading, const struct param *param, str text,
                   struct problem fault)
{
    fault.where = reading->where;
    fault.name = param->name;
    fault.input = arena_copy(reading->arena, text);
    problems_add(reading->problems, &fault);
    return false;
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

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_equal_nocase(text, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    return false;
}

static bool read_bool(const struct reading *reading, const struct param *param, str text, bool *out)
{
    const struct problem fault = {
        .type = "bool_parsing",
        .message = "Input should be a valid boolean, unable to interpret input",
    };

    return to_bool(text, out) || refuse(reading, param, text, fault);
}

static struct problem too_small(int64_t min, arena *a)
{
    return (struct problem){
        .type = "greater_than_equal",
        .message = arena_printf(a, "Input should be greater than or equal to %" PRId64, min),
        .ctx = arena_printf(a, "{\"ge\":%" PRId64 "}", min),
    };
}

static struct problem too_large(int64_t max, arena *a)
{
    return (struct problem){
        .type = "less_than_equal",
        .message = arena_printf(a, "Input should be less than or equal to %" PRId64, max),
        .ctx = arena_printf(a, "{\"le\":%" PRId64 "}", max),
    };
}

static bool read_int(const struct reading *reading, const struct param *param, str text,
                     int64_t *out)
{
    const struct problem fault = {
        .type = "int_parsing",
        .message = "Input should be a valid integer, unable to parse string as an integer",
    };
    int64_t value = 0;

    if (!str_to_int(str_trim(text), &value))
        return refuse(reading, param, text, fault);
    if (param->has_min && value < param->min)
        return refuse(reading, param, text, too_small(param->min, reading->arena));
    if (param->has_max && value > param->max)
        return refuse(reading, param, text, too_large(param->max, reading->arena));
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

static struct problem no_choice(const struct param *param, arena *a)
{
    const char *expected = choices_text(param, a);

    return (struct problem){
        .type = "enum",
        .message = arena_printf(a, "Input should be %s", expected),
        .ctx = arena_printf(a, "{\"expected\":\"%s\"}", expected),
    };
}

static bool read_text(const struct reading *reading, const struct param *param, str text,
                      const char **out)
{
    *out = arena_copy(reading->arena, text);
    if (param->choices == NULL)
        return true;
    for (const char *const *choice = param->choices; *choice != NULL; choice++)
        if (strcmp(*choice, *out) == 0)
            return true;
    return refuse(reading, param, text, no_choice(param, reading->arena));
}

static void read_list(const struct reading *reading, const struct param *param, struct texts *out)
{
    const struct form *form = reading->form;
    const char **all = arena_alloc(reading->arena, (form->count + 1) * sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++)
        if (!form->fields[i].is_file && str_equal(form->fields[i].name, str_of(param->name)))
            all[count++] = arena_copy(reading->arena, form->fields[i].value);
    *out = (struct texts){ all, count };
}

/* A form sends what its user left empty; a query says what it means. */
static bool is_absent(const str *value, const char *where)
{
    return value == NULL || (value->len == 0 && strcmp(where, "query") != 0);
}

static bool read_value(const struct reading *reading, const struct param *param, str text,
                       void *member)
{
    switch (param->kind) {
    case PARAM_TEXT: return read_text(reading, param, text, member);
    case PARAM_BOOL: return read_bool(reading, param, text, member);
    case PARAM_INT: return read_int(reading, param, text, member);
    case PARAM_LIST: read_list(reading, param, member); return true;
    }
    return false;
}

static bool read_param(const struct reading *reading, const struct param *param, void *record)
{
    void *member = (char *)record + param->offset;
    const str *value = form_find(reading->form, str_of(param->name));

    if (!is_absent(value, reading->where))
        return read_value(reading, param, *value, member);
    if (param->fallback != NULL)
        return read_value(reading, param, str_of(param->fallback), member);
    if (param->required)
        problems_add_missing(reading->problems, reading->where, param->name);
    return !param->required;
}

bool params_read(const struct param *table, const struct form *form, const char *where, arena *a,
                 void *record, struct problems *problems)
{
    const struct reading reading = { form, where, a, problems };
    bool good = true;

    for (const struct param *param = table; param->name != NULL; param++)
        good = read_param(&reading, param, record) && good;
    return good;
}

static void write_schema(const struct param *param, writer *w)
{
    static const char *const types[] = { [PARAM_TEXT] = "string",
                                         [PARAM_BOOL] = "boolean",
                                         [PARAM_INT] = "integer",
                                         [PARAM_LIST] = "array" };

    write_object(w);
    write_member_if(w, "description", param->doc);
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
