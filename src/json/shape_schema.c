/* Describes tables of members as JSON Schema (draft 2020-12). */
#include "base/ensure.h"
#include "json/shape.h"

/* Returns the JSON Schema type, or NULL if there is no single type. */
static const char *type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_STRING] = "string", [VALUE_BOOL] = "boolean", [VALUE_INTEGER] = "integer",
        [VALUE_NUMBER] = "number", [VALUE_TIME] = "string",  [VALUE_OBJECT] = NULL,
        [VALUE_FREE] = "object",   [VALUE_ANY] = NULL,       [VALUE_KEY] = NULL,
        [VALUE_NOTHING] = "null",
    };

    ensure(type <= VALUE_NOTHING);
    return names[type];
}

/* Writes the member "enum". */
static void write_words(const struct member *member, writer *w)
{
    if (member->words == NULL)
        return;
    write_key(w, "enum");
    write_array(w);
    for (const char *const *word = member->words; *word != NULL; word++)
        write_string(w, *word);
    write_end(w);
}

/* Writes the schema of one value or list item. */
static void write_item(const struct member *member, writer *w)
{
    if (member->type == VALUE_OBJECT) {
        shape_refer(member->shape, w);
        return;
    }
    write_object(w);
    if (member->type == VALUE_KEY) {
        write_key(w, "type");
        write_raw(w, STR("[\"string\",\"integer\"]"));
    }
    write_member_if(w, "type", type_name(member->type));
    if (member->type == VALUE_TIME)
        write_member(w, "format", "date-time");
    if (member->type == VALUE_FREE)
        write_member_bool(w, "additionalProperties", true);
    write_words(member, w);
    write_end(w);
}

/* Writes the schema of the member's value. */
static void write_present(const struct member *member, writer *w)
{
    if (!member->is_list) {
        write_item(member, w);
        return;
    }
    write_object(w);
    write_member(w, "type", "array");
    write_key(w, "items");
    write_item(member, w);
    if (member->constant != NULL) /* the empty list is the only constant one */
        write_member_int(w, "maxItems", 0);
    write_end(w);
}

/* Writes the schema of the member, including null where allowed. */
static void write_member_schema(const struct member *member, writer *w)
{
    bool may_be_null = member->need == OR_NULL || member->need == OR_EITHER;

    if (!may_be_null || member->type == VALUE_NOTHING || member->type == VALUE_ANY) {
        write_present(member, w);
        return;
    }
    write_object(w);
    write_key(w, "anyOf");
    write_array(w);
    write_present(member, w);
    write_raw(w, STR("{\"type\":\"null\"}"));
    write_end(w);
    write_end(w);
}

/* Writes the member that distinguishes the shapes of a union. */
static void write_tag(const struct shape *shape, writer *w)
{
    write_object(w);
    write_member(w, "type", "string");
    write_member(w, "const", shape->tag_value);
    write_end(w);
}

static void write_properties(const struct shape *shape, writer *w)
{
    write_key(w, "properties");
    write_object(w);
    for (size_t i = 0; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        for (const struct member *member = shape->parts[i]; member->name != NULL; member++) {
            write_key(w, member->name);
            if (shape->tag != NULL && strcmp(shape->tag, member->name) == 0)
                write_tag(shape, w);
            else
                write_member_schema(member, w);
        }
    write_end(w);
}

/* Writes the names of the members that every object has. */
static void write_required(const struct shape *shape, writer *w)
{
    write_key(w, "required");
    write_array(w);
    for (size_t i = 0; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        for (const struct member *member = shape->parts[i]; member->name != NULL; member++)
            if (member->need == ALWAYS_THERE || member->need == OR_NULL)
                write_string(w, member->name);
    write_end(w);
}

/* Writes a shape that is one of several. */
static void write_union(const struct shape *shape, writer *w)
{
    write_object(w);
    write_key(w, "oneOf");
    write_array(w);
    for (const struct shape *const *choice = shape->one_of; *choice != NULL; choice++)
        shape_refer(*choice, w);
    write_end(w);
    write_end(w);
}

void shape_describe(const struct shape *shape, writer *w)
{
    ensure(shape != NULL);
    if (shape->one_of != NULL) {
        write_union(shape, w);
        return;
    }
    write_object(w);
    write_member(w, "type", "object");
    write_properties(shape, w);
    write_required(shape, w);
    write_member_bool(w, "additionalProperties", false);
    write_end(w);
}

void shape_refer(const struct shape *shape, writer *w)
{
    static const str folder = STR_INIT("#/components/schemas/");
    AUTO_BUF path = buf_with_limit(256);

    ensure(shape != NULL);
    if (shape->name == NULL) {
        shape_describe(shape, w);
        return;
    }
    buf_append(&path, folder);
    buf_append(&path, str_of(shape->name));
    ensure(buf_ok(&path)); /* names are constants of this program */
    write_object(w);
    write_key(w, "$ref");
    write_str(w, buf_view(&path));
    write_end(w);
}

void shape_each(const struct shape *shape, void (*visit)(void *user, const struct shape *shape),
                void *user)
{
    ensure(shape != NULL && visit != NULL);
    visit(user, shape);
    for (size_t i = 0; shape->one_of != NULL && shape->one_of[i] != NULL; i++)
        shape_each(shape->one_of[i], visit, user);
    for (size_t i = 0; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        for (const struct member *member = shape->parts[i]; member->name != NULL; member++)
            if (member->shape != NULL)
                shape_each(member->shape, visit, user);
}
