/* Where options come from, and in which order: the file over the defaults, the environment over the
 * file, the command line over all. */
#include "os/options.h"

#include "os/file.h"
#include "os/option_checks.h"
#include "os/options_read.h"

void fault_variable(struct reading *r, const char *name, const char *sentence)
{
    const char *source = env_is_from_file(r->env, name) ? r->env_file : "environment";

    fault_add(&r->faults, (struct fault_place){ .file = source }, name, "%s", sentence);
}

/* ---- the address ---- */

static str without_brackets(str host)
{
    bool has_brackets = str_starts(host, STR("[")) && str_ends(host, STR("]"));

    return has_brackets ? (str){ host.ptr + 1, host.len - 2 } : host;
}

static bool set_host(struct reading *r, const char *host)
{
    str bare = without_brackets(str_of(host));

    if (check_host(bare) != NULL)
        return false;
    r->options->host = arena_copy(r->a, bare);
    return true;
}

static bool set_port(struct reading *r, int64_t port)
{
    if (!port_is_valid(port))
        return false;
    r->options->port = (uint16_t)port;
    return true;
}

static void apply_variables(struct reading *r)
{
    const char *host = env_get(r->env, "AGENT_OS_HOST"), *port = env_get(r->env, "AGENT_OS_PORT");
    int64_t number = -1;

    if (host != NULL && !set_host(r, host))
        fault_variable(r, "AGENT_OS_HOST", "must be a host name or an address");
    if (port != NULL && (!str_to_int(str_of(port), &number) || !set_port(r, number)))
        fault_variable(r, "AGENT_OS_PORT", "must be a port from 0 to 65535");
}

static void apply_flags(struct reading *r, const struct option_flags *flags)
{
    const struct fault_place where = { .file = "command line" };

    if (flags->host != NULL && !set_host(r, flags->host))
        fault_add(&r->faults, where, "--host", "must be a host name or an address");
    if (flags->port != -1 && !set_port(r, flags->port))
        fault_add(&r->faults, where, "--port", "must be a port from 0 to 65535");
    r->options->loops = flags->loops;
    r->options->open = flags->open;
}

/* ---- all of it, once the texts are in memory ---- */

static void report_yaml(void *user, int line, int column, const char *sentence)
{
    struct reading *r = user;

    fault_add(&r->faults, (struct fault_place){ r->file, line, column }, NULL, "%s", sentence);
}

void options_read(struct reading *r, str text, const struct option_flags *flags)
{
    const struct yaml_reports reports = { report_yaml, r };

    r->root = yaml_parse(text, r->a, &reports);
    section_defaults(r, &option_root, r->options);
    if (r->root != NULL) {
        section_read(r, &option_root, (struct place){ r->root, NULL }, r->options);
        authorization_finish(r, r->root);
    }
    if (r->options->id == NULL && r->options->name != NULL)
        r->options->id = slug_of(r, r->options->name);
    apply_variables(r);
    apply_flags(r, flags);
    map_clear(&r->models);
}

/* ---- files ---- */

/* The folder a path is in, with its slash; "" for the working folder. */
static const char *folder_of(arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? "" : arena_copy(a, (str){ path, (size_t)(slash - path) + 1 });
}

/* Read the file that was asked for, or the one that may be there. NULL: there is none, or it is
 * reported. */
static const char *find_file(struct reading *r, const char *asked, const char *usual, buf *text)
{
    const char *path = asked != NULL ? asked : usual;
    agentos_error err;
    agentos_status status = file_read(path, text, &err);

    if (status == AGENTOS_OK)
        return path;
    if (asked != NULL || status != AGENTOS_NOT_FOUND)
        fault_add(&r->faults, (struct fault_place){ .file = path }, NULL, "cannot be read: %s",
                  err.message);
    return NULL;
}

static void load_env(struct reading *r, struct env *env, const char *asked)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    agentos_error err;
    int line = 0;

    r->env_file = find_file(r, asked, arena_printf(r->a, "%s.env", r->folder), &text);
    if (r->env_file != NULL && env_read(env, buf_view(&text), r->a, &line, &err) != AGENTOS_OK)
        fault_add(&r->faults, (struct fault_place){ r->env_file, line, 1 }, NULL, "%s",
                  err.message);
}

static void read_file(struct reading *r, const struct option_flags *flags, buf *text)
{
    if (flags->text != NULL) {
        r->options->file = flags->config;
        buf_append(text, str_of(flags->text));
    } else {
        r->options->file = find_file(r, flags->config, "agentos.yaml", text);
    }
    r->options->text = arena_copy(r->a, buf_view(text));
    r->file = r->options->file != NULL ? r->options->file : "defaults";
    r->folder = r->options->file != NULL ? folder_of(r->a, r->options->file) : "";
}

static agentos_status load(struct reading *r, const struct option_flags *flags, bool is_tried,
                           agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    struct env env = { 0 };

    r->env = &env;
    read_file(r, flags, &text);
    load_env(r, &env, flags->env_file);
    options_read(r, buf_view(&text), flags);
    if (is_tried && r->faults.errors == 0)
        trial_run(r);
    env_clear(&env);
    faults_sort(r->faults.out);
    if (r->faults.errors == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "the configuration is refused: %zu %s", r->faults.errors,
                r->faults.errors == 1 ? "fault" : "faults");
}

static struct reading reading_into(arena *a, struct options *out, struct config_faults *faults)
{
    *out = (struct options){ 0 };
    *faults = (struct config_faults){ 0 };
    return (struct reading){ .a = a, .faults = { .a = a, .out = faults }, .options = out };
}

agentos_status options_load(const struct option_flags *flags, arena *a, struct options *out,
                            struct config_faults *faults, agentos_error *err)
{
    struct reading r = reading_into(a, out, faults);

    return load(&r, flags, false, err);
}

agentos_status options_check(const struct option_flags *flags, arena *a, struct options *out,
                             struct config_faults *faults, agentos_error *err)
{
    struct reading r = reading_into(a, out, faults);

    return load(&r, flags, true, err);
}
