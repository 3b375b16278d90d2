/* The keys of the configuration file, a table for each map in it; and what a preset stands for. */
#include "reference.h"

#include <inttypes.h>
#include <stdio.h>

#include "auth/issuer/preset_table.h"
#include "base/buf.h"
#include "base/limits.h"
#include "os/options_table.h"

static const char *const type_names[OPTION_KIND_COUNT] = {
    [OPTION_UNSUPPORTED] = "not built",
    [OPTION_TEXT] = "text",
    [OPTION_LINES] = "text or list",
    [OPTION_TEXTS] = "list",
    [OPTION_TEXT_OR_TEXTS] = "text or list",
    [OPTION_BOOL] = "true or false",
    [OPTION_NOT_BOOL] = "true or false",
    [OPTION_TRISTATE] = "true or false",
    [OPTION_ADDRESS] = "text",
    [OPTION_DATABASE] = "text",
    [OPTION_SECTION] = "map",
};

static const struct option_unit no_units[] = { { "", 1 } };

/* With the largest unit that divides it, as it would be written. */
static void print_amount(int64_t amount, const struct option_unit *units)
{
    while (amount == 0 ? units->factor > 1 : amount % units->factor != 0)
        units++;
    (void)printf("%" PRId64 "%s", amount / units->factor, units->name);
}

static void print_range(const struct option_row *row, const struct option_unit *units)
{
    print_amount(row->least, units);
    (void)printf(" to ");
    print_amount(row->most, units);
}

static void print_type(const struct option_row *row)
{
    if (row->words != NULL)
        print_words(row->words);
    else if (row->kind == OPTION_SIZE)
        print_range(row, size_units);
    else if (row->kind == OPTION_DURATION)
        print_range(row, duration_units);
    else if (row->kind == OPTION_INTEGER || row->kind == OPTION_NUMBER)
        print_range(row, no_units);
    else
        (void)printf("%s", row->kind == OPTION_OWN ? row->type : type_names[row->kind]);
}

static void print_fallback(const struct option_row *row)
{
    if (row->fallback == NULL)
        (void)printf("–");
    else if (row->kind == OPTION_TEXTS)
        print_words(row->fallback);
    else
        (void)printf("`%s`", row->fallback);
}

static void print_row(const struct option_row *row)
{
    AUTO_BUF doc = buf_with_limit(4096);

    buf_append(&doc, str_of(row->doc));
    if (row->kind == OPTION_UNSUPPORTED)
        buf_append(&doc, STR(" Refused at start."));
    if (row->section != NULL)
        buf_append(&doc, STR(" See below."));
    (void)printf("| `%s` | ", row->key);
    print_type(row);
    (void)printf(" | ");
    print_fallback(row);
    (void)printf(" | ");
    print_words(row->variables);
    (void)printf("%s", row->flags != NULL ? ", " : row->variables == NULL ? "–" : "");
    print_words(row->flags);
    (void)printf(" |");
    print_cell(buf_view(&doc));
    (void)printf("\n");
}

static void print_section(const char *title, const struct option_section *section)
{
    (void)printf("\n### %s\n\n", title);
    (void)printf(
        "| key | may be | default | elsewhere | what it does |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < section->count; i++)
        print_row(&section->rows[i]);
}

/* A map in a map; a model is the same wherever it stands. */
static void print_inner(const struct option_row *outer)
{
    for (size_t i = 0; i < outer->section->count; i++) {
        const struct option_row *row = &outer->section->rows[i];
        char title[128];

        if (row->section == NULL || row->section == &option_model)
            continue;
        (void)snprintf(title, sizeof(title), "Each of `%s.%s`", outer->key, row->key);
        print_section(title, row->section);
    }
}

void print_options(void)
{
    print_section("The file", &option_root);
    for (size_t i = 0; i < option_root.count; i++) {
        const struct option_row *row = &option_root.rows[i];
        bool is_map = row->kind == OPTION_SECTION;
        char title[128];

        if (row->section == NULL)
            continue;
        (void)snprintf(title, sizeof(title), "%s`%s`", is_map ? "" : "Each of ", row->key);
        print_section(title, row->section);
        print_inner(row);
    }
}

/* ---- the environment ---- */

/* JWT_JWKS_FILE of authorization.jwks_file, each on a line of its own. */
static void print_variables_of(const char *prefix, const struct option_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];
        str rest = str_of(row->variables);

        while (rest.len > 0) {
            str name = str_split(&rest, ' ');

            (void)printf("| `%.*s` | `%s%s` |\n", (int)name.len, name.ptr, prefix, row->key);
        }
    }
}

void print_variables(void)
{
    (void)printf("\n| variable | says the same as |\n| --- | --- |\n");
    print_variables_of("", &option_root);
    for (size_t i = 0; i < option_root.count; i++) {
        const struct option_row *row = &option_root.rows[i];
        char prefix[64];

        (void)snprintf(prefix, sizeof(prefix), row->kind == OPTION_SECTION ? "%s." : "%s.NAME.",
                       row->key);
        if (row->section != NULL)
            print_variables_of(prefix, row->section);
    }
}

/* ---- presets ---- */

static void print_words_cell(const char *words)
{
    (void)printf(" ");
    print_words(words);
    (void)printf("%s |", words == NULL ? "–" : "");
}

static const char *audience_claim_of(const struct preset *preset)
{
    if (preset->audience_claim == NULL)
        return "aud";
    return strcmp(preset->audience_claim, "-") == 0 ? NULL : preset->audience_claim;
}

void print_presets(void)
{
    (void)printf("\n| preset | issuer | keys | `algorithms` | `typ` | audience in | must hold | "
                 "scopes in | roles in |\n"
                 "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (const struct preset *preset = presets; preset < presets + preset_count; preset++) {
        const char *keys = preset->jwks_url != NULL ? preset->jwks_url : preset->x509_url;
        AUTO_BUF demands = buf_with_limit(1024);

        buf_printf(&demands, "%s%s%s", preset->required != NULL ? preset->required : "",
                   preset->required != NULL && preset->equal != NULL ? " " : "",
                   preset->equal != NULL ? preset->equal : "");
        (void)printf("| `%s` |", preset->name);
        print_cell(str_of(preset->hint));
        print_words_cell(keys != NULL ? keys : "discovery");
        print_words_cell(preset->algorithms);
        print_words_cell(preset->types);
        print_words_cell(audience_claim_of(preset));
        print_words_cell(demands.len > 0 ? demands.ptr : NULL);
        print_words_cell(preset->scopes);
        print_words_cell(preset->roles);
        (void)printf("\n");
    }
}
