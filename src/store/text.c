/* Expands macros in query texts. Every error is a bug in this program. */
#include "store/text.h"

#include "base/ensure.h"
#include "base/mem.h"

enum { ARGUMENTS_MAX = 2 };

/* @1 and @2 are the arguments. */
// clang-format off
static const struct macro {
    str word;
    size_t argument_count;
    const char *templates[DIALECT_COUNT];
} macros[] = {
    { STR_INIT("greatest"), 2, { [DIALECT_SQLITE] = "max(@1, @2)" } },
    { STR_INIT("contains"), 2, { [DIALECT_SQLITE] = "(instr(@1, @2) > 0)" } },
    { STR_INIT("octets"),   1, { [DIALECT_SQLITE] = "length(CAST(@1 AS BLOB))" } },
    { STR_INIT("indexed"),  1, { [DIALECT_SQLITE] = "INDEXED BY @1" } },
    { STR_INIT("id"),       0, { [DIALECT_SQLITE] = "INTEGER PRIMARY KEY" } },
    { STR_INIT("int"),      0, { [DIALECT_SQLITE] = "INTEGER" } },
    { STR_INIT("strict"),   0, { [DIALECT_SQLITE] = "STRICT" } },
};
// clang-format on

static const str owned_word = STR_INIT("owned");

/* The context of one expansion. */
struct expansion {
    enum sql_dialect dialect;
    str condition;
    buf *out;
    size_t owned_count;
};

static agentos_status expand_macros(struct expansion *self, str text, agentos_error *err);

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* Removes and returns the word at the beginning of rest, which may be "". */
static str cut_word(str *rest)
{
    size_t len = 0;

    ensure(rest->ptr != NULL || rest->len == 0);
    while (len < rest->len && is_word_char(rest->ptr[len]))
        len++;
    str word = { rest->ptr, len };
    *rest = str_from(*rest, len);
    return word;
}

/* Returns the length of the string literal at the beginning of rest. */
static size_t quoted_length(str rest)
{
    ensure(rest.len > 0 && rest.ptr[0] == '\'');
    for (size_t i = 1; i < rest.len; i++)
        if (rest.ptr[i] == '\'')
            return i + 1;
    return rest.len;
}

/* Removes and returns the text up to the next top-level comma or parenthesis. Sets *end to that
 * character, or to 0 at the end of the text. */
static str cut_argument(str *rest, char *end)
{
    str whole = *rest;
    size_t depth = 0, i = 0;

    ensure(end != NULL);
    for (*end = '\0'; i < whole.len; i++) {
        char c = whole.ptr[i];

        if (depth == 0 && (c == ',' || c == ')')) {
            *end = c;
            break;
        }
        if (c == '(')
            depth++;
        else if (c == ')')
            depth--; /* depth > 0, see above */
        else if (c == '\'')
            i += quoted_length(str_from(whole, i)) - 1;
    }
    *rest = str_from(whole, i < whole.len ? i + 1 : whole.len);
    return str_trim((str){ whole.ptr, i });
}

/* Removes the arguments "(A, B)". Expects no parentheses if count is 0. */
static agentos_status cut_arguments(str *rest, size_t count, str arguments[ARGUMENTS_MAX],
                                    agentos_error *err)
{
    char end = '(';
    size_t found = 0;

    ensure(count <= ARGUMENTS_MAX);
    if (count == 0)
        return AGENTOS_OK;
    if (rest->len == 0 || rest->ptr[0] != '(')
        return fail(err, AGENTOS_INTERNAL, "A query's macro lacks its arguments");
    *rest = str_from(*rest, 1);
    while (end != ')' && end != '\0' && found < count)
        arguments[found++] = cut_argument(rest, &end);
    if (end != ')' || found != count)
        return fail(err, AGENTOS_INTERNAL, "A query's macro has a wrong number of arguments");
    return AGENTOS_OK;
}

/* Appends the macro's template with its expanded arguments. */
static agentos_status append_template(struct expansion *self, const struct macro *macro,
                                      const str arguments[ARGUMENTS_MAX], agentos_error *err)
{
    str rest = str_of(macro->templates[self->dialect]);

    while (rest.len > 0) {
        size_t before = rest.len;
        str part = str_split(&rest, '@');
        buf_append(self->out, part);
        if (part.len == before) /* no @ */
            break;
        ensure(rest.len > 0);
        size_t which = (size_t)(rest.ptr[0] - '1');
        ensure(which < macro->argument_count);
        TRY(expand_macros(self, arguments[which], err));
        rest = str_from(rest, 1);
    }
    return AGENTOS_OK;
}

/* Appends the owner condition, with the alias for each @. */
static agentos_status append_condition(struct expansion *self, str alias, agentos_error *err)
{
    str rest = self->condition;

    ensure(alias.ptr != NULL);
    if (rest.ptr == NULL)
        return fail(err, AGENTOS_INTERNAL, "A query has an owner condition but no owner");
    while (rest.len > 0) {
        size_t before = rest.len;
        str part = str_split(&rest, '@');
        buf_append(self->out, part);
        if (part.len < before) /* found an @ */
            buf_append(self->out, alias);
    }
    self->owned_count++;
    return AGENTOS_OK;
}

/* Removes the macro at the beginning of rest and appends its expansion. */
static agentos_status expand_macro(struct expansion *self, str *rest, agentos_error *err)
{
    str word = cut_word(rest), arguments[ARGUMENTS_MAX] = { { 0 } };

    if (str_equal(word, owned_word)) {
        TRY(cut_arguments(rest, 1, arguments, err));
        return append_condition(self, arguments[0], err);
    }
    for (size_t i = 0; i < COUNT(macros); i++)
        if (str_equal(word, macros[i].word)) {
            TRY(cut_arguments(rest, macros[i].argument_count, arguments, err));
            return append_template(self, &macros[i], arguments, err);
        }
    return fail(err, AGENTOS_INTERNAL, "A query has the unknown macro " QUOTED, QUOTE(word));
}

static agentos_status expand_macros(struct expansion *self, str text, agentos_error *err)
{
    ensure(self->out != NULL && self->dialect < DIALECT_COUNT);
    while (text.len > 0) {
        size_t before = text.len;
        str part = str_split(&text, '$');
        buf_append(self->out, part);
        if (part.len < before) /* found a $ */
            TRY(expand_macro(self, &text, err));
    }
    return AGENTOS_OK;
}

/* Appends the expanded text to out. Counts its owner conditions. */
agentos_status text_expand(str text, enum sql_dialect dialect, str condition, buf *out,
                           size_t *owned_count, agentos_error *err)
{
    struct expansion self = { .dialect = dialect, .condition = condition, .out = out };

    ensure(dialect < DIALECT_COUNT && owned_count != NULL);
    TRY(expand_macros(&self, text, err));
    if (!buf_ok(out))
        return fail(err, AGENTOS_INTERNAL, "A query is too long");
    *owned_count = self.owned_count;
    return AGENTOS_OK;
}
