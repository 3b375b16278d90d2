/* Options, unexpected arguments, and the nearest of what exists. */
#include "cli/arguments.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "config/nearest.h"

enum { OPTIONS_MAX = 32, NAME_MAX_BYTES = 128 };

/* The letters of options, in the commands that have the option. */
static const struct {
    char letter;
    const char *name;
} short_forms[] = {
    { 'h', "help" }, { 'c', "config" }, { 'p', "port" }, { 'k', "key" }, { 's', "scope" },
};

static const struct option *find_option(const struct option *options, const char *name)
{
    for (; options->name != NULL; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

/* Returns the option with this short form, or NULL. */
static const struct option *find_short(const struct option *options, int letter)
{
    for (size_t i = 0; i < COUNT(short_forms); i++)
        if (short_forms[i].letter == letter)
            return find_option(options, short_forms[i].name);
    return NULL;
}

/* Builds getopt's list of short options. The leading colon makes it report missing values. */
static void write_short_forms(const struct option *options, char out[2 * COUNT(short_forms) + 2])
{
    size_t len = 0;

    out[len++] = ':';
    for (size_t i = 0; i < COUNT(short_forms); i++) {
        const struct option *option = find_option(options, short_forms[i].name);

        if (option == NULL)
            continue;
        out[len++] = short_forms[i].letter;
        if (option->has_arg == required_argument)
            out[len++] = ':';
    }
    out[len] = '\0';
}

/* ---- what is wrong ---- */

int argument_unknown(const char *program, const char *kind, const char *typed,
                     const char *const *names, size_t count, const char *hint)
{
    const char *nearest = nearest_name(str_of(typed), names, count);

    (void)fprintf(stderr, "%s: no %s " QUOTED, program, kind, QUOTE(str_of(typed)));
    if (nearest != NULL)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "%s%s\n", hint != NULL ? "; " : "", hint != NULL ? hint : "");
    return EXIT_USAGE;
}

/* Reports an unknown long option and suggests the nearest one. */
static void tell_unknown(const char *program, const char *typed, const struct option *options)
{
    char texts[OPTIONS_MAX][NAME_MAX_BYTES];
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    char name[NAME_MAX_BYTES];

    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed, "="), typed);
    for (; options->name != NULL; options++) {
        ensure(count < OPTIONS_MAX);
        (void)snprintf(texts[count], sizeof(texts[count]), "--%s", options->name);
        names[count] = texts[count];
        count++;
    }
    (void)argument_unknown(program, "option", name, names, count, NULL); /* the caller returns it */
}

/* Returns how many options an abbreviation may stand for. */
static size_t count_matches(const char *typed, const struct option *options)
{
    size_t len = strcspn(typed, "=") - strlen("--"), count = 0;

    for (; options->name != NULL; options++)
        if (strncmp(options->name, typed + strlen("--"), len) == 0)
            count++;
    return count;
}

/* Prints why getopt_long has returned '?' or ':' for this argument. */
static void tell_fault(const char *program, const char *argument, int code,
                       const struct option *options)
{
    bool is_long = strncmp(argument, "--", 2) == 0;

    if (code == ':' && is_long)
        (void)fprintf(stderr, "%s: %.128s needs a value\n", program, argument);
    else if (code == ':')
        (void)fprintf(stderr, "%s: -%c needs a value\n", program, optopt);
    else if (!is_long)
        (void)fprintf(stderr, "%s: no option '-%c'\n", program, optopt);
    else if (optopt != 0)
        (void)fprintf(stderr, "%s: " QUOTED ": the option takes no value\n", program,
                      QUOTE(str_of(argument)));
    else if (count_matches(argument, options) > 1)
        (void)fprintf(stderr, "%s: option " QUOTED " is ambiguous\n", program,
                      QUOTE(str_of(argument)));
    else
        tell_unknown(program, argument, options);
}

int argument_next(const char *program, int argc, char **argv, const struct option *options)
{
    char letters[2 * COUNT(short_forms) + 2];
    int index = -1; /* stays so for a short form */

    write_short_forms(options, letters);
    opterr = 0; /* the sentences are ours */
    int code = getopt_long(argc, argv, letters, options, &index);
    if (code == '?' || code == ':') {
        tell_fault(program, argv[optind - 1], code, options);
        return '?';
    }
    if (code == -1 || index >= 0)
        return code;
    const struct option *option = find_short(options, code);
    ensure(option != NULL); /* write_short_forms offers no other */
    return option->val;
}

static bool looks_like_configuration(const char *argument)
{
    str text = str_of(argument);

    return str_ends(text, STR(".yaml")) || str_ends(text, STR(".yml")) ||
           (str_ends(text, STR(".json")) && input_exists(argument));
}

int argument_unexpected(const char *program, const char *argument, bool takes_config)
{
    bool is_config = takes_config && looks_like_configuration(argument);

    if (is_config)
        (void)fprintf(stderr,
                      "agentos: unexpected argument " QUOTED "; did you mean `--config %.*s`?\n",
                      QUOTE(str_of(argument)), QUOTE(str_of(argument)));
    else
        (void)fprintf(stderr, "agentos: unexpected argument " QUOTED "\n", QUOTE(str_of(argument)));
    return command_usage(program, NULL);
}

agentos_status argument_read_alg(const char *typed, const struct alg **out, agentos_error *err)
{
    AUTO_BUF all = buf_with_limit(KiB);
    const char *names[ALG_COUNT];

    *out = alg_find(str_of(typed));
    if (*out != NULL)
        return AGENTOS_OK;
    for (size_t i = 0; i < ALG_COUNT; i++) {
        names[i] = alg_at(i)->name;
        buf_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *nearest = nearest_name(str_of(typed), names, ALG_COUNT);
    if (nearest != NULL)
        return fail(err, AGENTOS_INVALID, "no algorithm " QUOTED "; did you mean '%s'?",
                    QUOTE(str_of(typed)), nearest);
    return fail(err, AGENTOS_INVALID, "no algorithm " QUOTED "; there are %s", QUOTE(str_of(typed)),
                all.ptr);
}
