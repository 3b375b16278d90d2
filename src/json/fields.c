/* Reads a JSON object into a struct by a table of fields, and describes the table as a JSON
 * Schema. */
#include "json/fields.h"

#include "base/ensure.h"

/* One bit per jansson type, for sets of types. */
#define TYPE(type) (1U << (type))

/* The types that a value may have, and the problem of any other type. */
struct demand {
    unsigned types; /* the jansson types it accepts */
    const char *problem, *message;
};

// clang-format off
static const struct demand kinds[] = {
    [FIELD_STRING]  = { TYPE(JSON_STRING), "string_type", "Input should be a valid string" },
    [FIELD_BOOL]    = { TYPE(JSON_TRUE) | TYPE(JSON_FALSE), "bool_type", "Input should be a valid boolean" },
    [FIELD_INTEGER] = { TYPE(JSON_INTEGER), "int_type", "Input should be a valid integer" },
    [FIELD_REAL]    = { TYPE(JSON_INTEGER) | TYPE(JSON_REAL), "float_type", "Input should be a valid number" },
};

static const struct demand shapes[] = {
    [SHAPE_ANY]     = { ~0U, NULL, NULL },
    [SHAPE_OBJECT]  = { TYPE(JSON_OBJECT), "dict_type", "Input should be a valid dictionary" },
    [SHAPE_LIST]    = { TYPE(JSON_ARRAY), "list_type", "Input should be a valid list" },
};
// clang-format on

/* Returns the types that the field accepts. */
static const struct demand *demand_of(const struct field *field)
{
    return field->kind == FIELD_JSON ? &shapes[field->shape] : &kinds[field->kind];
}

/* Stores a value of an accepted type. FIELD derives the kind from the member's C type, so the casts
 * match. */
static void store_value(const struct field *field, const json_t *value, void *record)
{
    ensure((demand_of(field)->types & TYPE(json_typeof(value))) != 0);
    void *member = (char *)record + field->offset;

    switch (field->kind) {
    case FIELD_STRING: *(const char **)member = json_string_value(value); break;
    case FIELD_BOOL: *(bool *)member = json_is_true(value); break;
    case FIELD_INTEGER: *(int64_t *)member = json_integer_value(value); break;
    case FIELD_REAL: *(double *)member = json_number_value(value); break;
    case FIELD_JSON: *(const json_t **)member = value; break;
    }
}

/* Adds the problem of a missing field. */
static void add_missing(const struct field *field, const json_t *object, const char *where,
                        struct problems *problems)
{
    problems_add(problems, &(struct problem){ .type = "missing",
                                              .where = where,
                                              .name = field->name,
                                              .message = "Field required",
                                              .input_json = object });
}

/* Reads one field into the record. Returns false if it added a problem. */
static bool read_field(const struct field *field, const json_t *object, void *record,
                       const char *where, struct problems *problems)
{
    ensure(json_is_object(object));
    const json_t *value = json_object_get(object, field->name);
    const struct demand *demand = demand_of(field);

    if (value == NULL || json_is_null(value)) {
        if (field->need == OPTIONAL)
            return true;
        add_missing(field, object, where, problems);
        return false;
    }
    if ((demand->types & TYPE(json_typeof(value))) == 0) {
        problems_add(problems, &(struct problem){ .type = demand->problem,
                                                  .where = where,
                                                  .name = field->name,
                                                  .message = demand->message,
                                                  .input_json = value });
        return false;
    }
    store_value(field, value, record);
    return true;
}

/* Reads every field, to report every problem. Returns false if it added one. */
bool fields_read(const struct field *fields, const json_t *object, void *record, const char *where,
                 struct problems *problems)
{
    bool is_good = true;

    ensure(fields != NULL && record != NULL && problems != NULL);
    if (!json_is_object(object)) {
        problems_add(problems,
                     &(struct problem){ .type = "model_attributes_type",
                                        .where = where,
                                        .message = "Input should be a valid dictionary or object "
                                                   "to extract fields from",
                                        .input_json = object });
        return false;
    }
    for (const struct field *field = fields; field->name != NULL; field++)
        if (!read_field(field, object, record, where, problems))
            is_good = false; /* the other fields are still read, to report every problem */
    return is_good;
}

/* Returns the JSON Schema type of a field, or NULL for any type. */
static const char *type_name(const struct field *field)
{
    static const char *const kind_names[] = { [FIELD_STRING] = "string",
                                              [FIELD_BOOL] = "boolean",
                                              [FIELD_INTEGER] = "integer",
                                              [FIELD_REAL] = "number",
                                              [FIELD_JSON] = NULL };
    static const char *const shape_names[] = {
        [SHAPE_ANY] = NULL, [SHAPE_OBJECT] = "object", [SHAPE_LIST] = "array"
    };

    return field->kind == FIELD_JSON ? shape_names[field->shape] : kind_names[field->kind];
}

/* Writes the member "items" of a list. */
static void write_items(const struct field *field, writer *w)
{
    if (field->kind != FIELD_JSON || field->shape != SHAPE_LIST)
        return;
    write_key(w, "items");
    if (field->items != NULL) {
        fields_describe(field->items, w);
        return;
    }
    write_object(w);
    write_member(w, "type", "string");
    if (field->words != NULL) {
        write_key(w, "enum");
        write_array(w);
        for (const char *const *word = field->words; *word != NULL; word++)
            write_string(w, *word);
        write_end(w);
    }
    write_end(w);
}

/* Writes the member "properties". */
static void write_properties(const struct field *fields, writer *w)
{
    write_key(w, "properties");
    write_object(w);
    for (const struct field *field = fields; field->name != NULL; field++) {
        write_key(w, field->name);
        write_object(w);
        write_member_if(w, "type", type_name(field));
        write_items(field, w);
        if (field->kind == FIELD_JSON && field->shape == SHAPE_OBJECT)
            write_member_bool(w, "additionalProperties", true);
        write_member_if(w, "description", field->doc);
        write_end(w);
    }
    write_end(w);
}

/* Writes the member "required". */
static void write_required(const struct field *fields, writer *w)
{
    write_key(w, "required");
    write_array(w);
    for (const struct field *field = fields; field->name != NULL; field++)
        if (field->need == REQUIRED)
            write_string(w, field->name);
    write_end(w);
}

/* Writes the JSON Schema of the objects that fields_read accepts. */
void fields_describe(const struct field *fields, writer *w)
{
    ensure(fields != NULL);
    write_object(w);
    write_member(w, "type", "object");
    write_properties(fields, w);
    write_required(fields, w);
    write_end(w);
}
