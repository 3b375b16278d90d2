/* The JSON Schema (draft 2020-12) of the configuration file, for editors: from the same rows that
 * read it. */
#include "base/mem.h"
#include "os/options.h"
#include "os/options_table.h"
#include "json/writer.h"

/* Shapes that many keys share, rendered once under $defs. */
static const struct {
    const char *name, *schema;
} shapes[] = {
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
    { "demands",
      "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/text_or_texts\"}}" },
    { "named_model", "{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"$ref\":\"#/$defs/model\"}]}" },
    { "models", "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/model\"}}" },
};

static const char *const shape_of[OPTION_KIND_COUNT] = {
    [OPTION_TEXT] = "text",
    [OPTION_ADDRESS] = "text",
    [OPTION_DATABASE] = "text",
    [OPTION_LINES] = "text_or_texts",
    [OPTION_TEXT_OR_TEXTS] = "text_or_texts",
    [OPTION_TEXTS] = "texts",
    [OPTION_KEYS] = "texts",
    [OPTION_JWKS] = "text",
    [OPTION_SCOPES] = "scopes",
    [OPTION_DURATION] = "duration",
    [OPTION_DEMANDS] = "demands",
    [OPTION_ISSUER_KEYS] = "texts",
    [OPTION_ISSUER_JWKS] = "text",
    [OPTION_SIZE] = "size",
    [OPTION_MODEL] = "named_model",
    [OPTION_MODELS] = "models",
};

static const char *const type_of[OPTION_KIND_COUNT] = {
    [OPTION_BOOL] = "boolean",    [OPTION_NOT_BOOL] = "boolean", [OPTION_TRISTATE] = "boolean",
    [OPTION_INTEGER] = "integer", [OPTION_NUMBER] = "number",    [OPTION_AGENTS] = "array",
    [OPTION_ISSUERS] = "array",
};

static void write_ref(writer *w, const char *shape)
{
    char ref[64];

    (void)snprintf(ref, sizeof(ref), "#/$defs/%s", shape);
    write_member(w, "$ref", ref);
}

static void write_words(writer *w, const char *name, const char *words)
{
    str rest = str_of(words);

    write_key(w, name);
    write_array(w);
    while (rest.len > 0)
        write_str(w, str_split(&rest, ' '));
    write_end(w);
}

/* Numbers and bools as such, everything else as text. */
static void write_value(writer *w, enum option_kind kind, const char *text)
{
    bool is_raw = type_of[kind] != NULL || strchr("[{", text[0]) != NULL ||
                  strcmp(text, "true") == 0 || strcmp(text, "false") == 0;

    if (is_raw)
        write_raw(w, str_of(text));
    else
        write_string(w, text);
}

static void write_fallback(writer *w, const struct option_row *row)
{
    if (row->kind == OPTION_TEXTS) {
        write_words(w, "default", row->fallback);
        return;
    }
    write_key(w, "default");
    write_value(w, row->kind, row->fallback);
}

/* The sentence, and where else the same can be said. */
static void write_description(writer *w, const struct option_row *row)
{
    AUTO_BUF text = buf_with_limit(4096);

    buf_append(&text, str_of(row->doc));
    if (row->variables != NULL)
        buf_printf(&text, " Environment: %s.", row->variables);
    if (row->flags != NULL)
        buf_printf(&text, " Flags: %s.", row->flags);
    if (row->kind == OPTION_UNSUPPORTED)
        buf_append(&text, STR(" Not supported in this version."));
    write_key(w, "description");
    write_str(w, buf_view(&text));
}

/* Nothing fits but the value that changes nothing. */
static void write_unsupported(writer *w, const struct option_row *row)
{
    write_key(w, "const");
    if (row->harmless != NULL)
        write_value(w, row->kind, row->harmless);
    else
        write_null(w);
}

static void write_section(writer *w, const struct option_section *section);

static void write_property(writer *w, const struct option_row *row)
{
    write_description(w, row);
    if (row->kind == OPTION_UNSUPPORTED) {
        write_unsupported(w, row);
        return;
    }
    if (row->fallback != NULL)
        write_fallback(w, row);
    if (shape_of[row->kind] != NULL)
        write_ref(w, shape_of[row->kind]);
    if (type_of[row->kind] != NULL)
        write_member(w, "type", type_of[row->kind]);
    if (row->words != NULL)
        write_words(w, "enum", row->words);
    if (row->kind == OPTION_INTEGER || row->kind == OPTION_NUMBER) {
        write_member_int(w, "minimum", row->least);
        write_member_int(w, "maximum", row->most);
    }
    if (row->kind == OPTION_AGENTS || row->kind == OPTION_ISSUERS) {
        write_key(w, "items");
        write_object(w);
        write_section(w, row->section);
        write_end(w);
    }
    if (row->kind == OPTION_SECTION)
        write_section(w, row->section);
}

/* The members of the schema of a map; `also` of a section is its short form, a bool. */
static void write_section(writer *w, const struct option_section *section)
{
    write_key(w, "properties");
    write_object(w);
    for (const struct option_row *row = section->rows; row < section->rows + section->count;
         row++) {
        write_key(w, row->key);
        write_object(w);
        if (row->kind == OPTION_SECTION)
            write_words(w, "type", row->also != 0 ? "object boolean" : "object");
        write_property(w, row);
        write_end(w);
    }
    write_end(w);
    write_member_bool(w, "additionalProperties", false);
}

static void write_shapes(writer *w)
{
    write_key(w, "$defs");
    write_object(w);
    for (size_t i = 0; i < COUNT(shapes); i++) {
        write_key(w, shapes[i].name);
        write_raw(w, str_of(shapes[i].schema));
    }
    write_key(w, "model");
    write_object(w);
    write_member(w, "type", "object");
    write_section(w, &option_model);
    write_end(w);
    write_end(w);
}

void options_schema(buf *out)
{
    writer w = { .out = out };

    write_object(&w);
    write_member(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    write_member(&w, "title", "agentos.yaml");
    write_member(&w, "type", "object");
    write_section(&w, &option_root);
    write_shapes(&w);
    write_end(&w);
}
