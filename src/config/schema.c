/* Writes the JSON Schema of a configuration file. */
#include "config/schema.h"

#include <ctype.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/writer.h"

/* The common definitions. */
static const struct schema_shape common_shapes[] = {
    { "text", "{\"anyOf\":[{\"type\":[\"string\",\"number\",\"boolean\"]},"
              "{\"type\":\"object\",\"properties\":{\"file\":{\"type\":\"string\"}},"
              "\"required\":[\"file\"],\"additionalProperties\":false},"
              "{\"type\":\"object\",\"properties\":{\"env\":{\"type\":\"string\"}},"
              "\"required\":[\"env\"],\"additionalProperties\":false}]}" },
    { "texts", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/text\"}}" },
    { "text_or_texts", "{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"$ref\":\"#/$defs/texts\"}]}" },
    { "scopes", "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/texts\"}}" },
    { "size", "{\"type\":[\"integer\",\"string\"],\"pattern\":\"^[0-9]+ *([KMG]iB)?$\"}" },
    { "duration", "{\"type\":[\"integer\",\"string\"],\"pattern\":\"^[0-9]+[smhd]?$\"}" },
};

static const char *const shape_of[OPTION_KIND_COUNT] = {
    [OPTION_TEXT] = "text",
    [OPTION_ADDRESS] = "text",
    [OPTION_DATABASE] = "text",
    [OPTION_LINES] = "text_or_texts",
    [OPTION_TEXT_OR_TEXTS] = "text_or_texts",
    [OPTION_TEXTS] = "texts",
    [OPTION_DURATION] = "duration",
    [OPTION_SIZE] = "size",
};

static const char *const type_of[OPTION_KIND_COUNT] = {
    [OPTION_BOOL] = "boolean",    [OPTION_NOT_BOOL] = "boolean", [OPTION_TRISTATE] = "boolean",
    [OPTION_INTEGER] = "integer", [OPTION_NUMBER] = "number",
};

static void write_ref(writer *w, const char *shape)
{
    char ref[64];

    int size = snprintf(ref, sizeof(ref), "#/$defs/%s", shape);

    ensure(size > 0 && (size_t)size < sizeof(ref));
    write_member(w, "$ref", ref);
}

/* Writes space-separated words as an array of strings. */
static void write_words(writer *w, const char *name, const char *words)
{
    ensure(words != NULL);
    str rest = str_of(words);

    write_key(w, name);
    write_array(w);
    while (rest.len > 0)
        write_str(w, str_split(&rest, ' '));
    write_end(w);
}

/* Writes a pattern for case-insensitive words (ECMA-262 patterns have no flags). */
static void write_any_case(writer *w, const char *words)
{
    AUTO_BUF pattern = buf_with_limit(KiB);

    ensure(words != NULL);
    buf_append(&pattern, STR("^("));
    for (; *words != '\0'; words++) {
        if (*words == ' ')
            buf_append_char(&pattern, '|');
        else
            buf_printf(&pattern, "[%c%c]", *words, toupper((unsigned char)*words));
    }
    buf_append(&pattern, STR(")$"));
    ensure(buf_ok(&pattern));
    write_member(w, "pattern", pattern.ptr);
}

/* Writes a value as JSON if it is a number, a boolean, a list or a map, otherwise as a string. */
static void write_value(writer *w, enum option_kind kind, const char *text)
{
    ensure(kind < OPTION_KIND_COUNT && text != NULL);
    bool has_json_type = type_of[kind] != NULL; /* a number or a boolean */
    bool is_container = text[0] == '[' || text[0] == '{';
    bool is_bool = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;

    if (has_json_type || is_container || is_bool)
        write_raw(w, str_of(text));
    else
        write_string(w, text);
}

/* Writes the default of a row. */
static void write_fallback(writer *w, const struct option_row *row)
{
    ensure(row->fallback != NULL);
    if (row->kind == OPTION_TEXTS) {
        write_words(w, "default", row->fallback);
        return;
    }
    write_key(w, "default");
    write_value(w, row->kind, row->fallback);
}

/* Writes the description, with the environment variables and flags. */
static void write_description(writer *w, const struct option_row *row)
{
    ensure(row->doc != NULL);
    AUTO_BUF text = buf_with_limit(4096);

    buf_append(&text, str_of(row->doc));
    if (row->variables != NULL)
        buf_printf(&text, " Environment: %s.", row->variables);
    if (row->flags != NULL)
        buf_printf(&text, " Flags: %s.", row->flags);
    if (row->kind == OPTION_UNSUPPORTED)
        buf_append(&text, STR(" Not supported in this version."));
    ensure(buf_ok(&text)); /* the rows are constants */
    write_key(w, "description");
    write_str(w, buf_view(&text));
}

/* Restricts an unsupported key to its harmless value, or to null. */
static void write_unsupported(writer *w, const struct option_row *row)
{
    ensure(row->kind == OPTION_UNSUPPORTED);
    write_key(w, "const");
    if (row->harmless != NULL)
        write_value(w, row->kind, row->harmless);
    else
        write_null(w);
}

static void write_section(writer *w, const struct option_section *section);

static void write_list(writer *w, const struct option_section *section)
{
    ensure(section != NULL);
    write_member(w, "type", "array");
    write_key(w, "items");
    write_object(w);
    write_section(w, section);
    write_end(w);
}

/* Writes the range of a number. Sizes and durations may be strings and get none. */
static void write_range(writer *w, const struct option_row *row)
{
    if (row->kind != OPTION_INTEGER && row->kind != OPTION_NUMBER)
        return;
    write_member_int(w, "minimum", row->least);
    write_member_int(w, "maximum", row->most);
}

/* Writes the type of an option and its allowed values. */
static void write_kind(writer *w, const struct option_row *row)
{
    const char *shape = row->kind == OPTION_OWN ? row->shape : shape_of[row->kind];

    ensure(row->kind != OPTION_OWN || row->shape != NULL || row->section != NULL);
    if (shape != NULL)
        write_ref(w, shape);
    else if (row->kind == OPTION_OWN)
        write_list(w, row->section);
    if (type_of[row->kind] != NULL)
        write_member(w, "type", type_of[row->kind]);
    if (row->is_any_case)
        write_any_case(w, row->words);
    else if (row->words != NULL)
        write_words(w, "enum", row->words);
    write_range(w, row);
    if (row->kind == OPTION_SECTION)
        write_section(w, row->section);
}

/* Writes the schema of one key into the open object. */
static void write_property(writer *w, const struct option_row *row)
{
    write_description(w, row);
    if (row->kind == OPTION_UNSUPPORTED) {
        write_unsupported(w, row);
        return;
    }
    if (row->fallback != NULL)
        write_fallback(w, row);
    write_kind(w, row);
}

/* Writes the schema of a map into the open object. A section with a short form may be a boolean. */
static void write_section(writer *w, const struct option_section *section)
{
    ensure(section != NULL && section->count <= OPTION_ROWS_MAX);
    write_key(w, "properties");
    write_object(w);
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];
        bool has_short_form = row->also != 0;

        write_key(w, row->key);
        write_object(w);
        if (row->kind == OPTION_SECTION)
            write_words(w, "type", has_short_form ? "object boolean" : "object");
        write_property(w, row);
        write_end(w);
    }
    write_end(w);
    write_member_bool(w, "additionalProperties", false);
}

static void write_shape(writer *w, const struct schema_shape *shape)
{
    ensure((shape->schema != NULL) != (shape->section != NULL));
    write_key(w, shape->name);
    if (shape->schema != NULL) {
        write_raw(w, str_of(shape->schema));
        return;
    }
    write_object(w);
    write_member(w, "type", "object");
    write_section(w, shape->section);
    write_end(w);
}

/* Writes $defs: the common shapes, then those of the options. */
static void write_shapes(writer *w, const struct schema_options *options)
{
    ensure(options->shapes != NULL || options->shape_count == 0);
    write_key(w, "$defs");
    write_object(w);
    for (size_t i = 0; i < COUNT(common_shapes); i++)
        write_shape(w, &common_shapes[i]);
    for (size_t i = 0; i < options->shape_count; i++)
        write_shape(w, &options->shapes[i]);
    write_end(w);
}

void schema_write(const struct schema_options *options, buf *out)
{
    writer w = { .out = out };

    ensure(options->title != NULL && options->rows != NULL);
    write_object(&w);
    write_member(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    write_member(&w, "title", options->title);
    write_member(&w, "type", "object");
    write_section(&w, options->rows);
    write_shapes(&w, options);
    write_end(&w);
}
