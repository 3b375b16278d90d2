/* Loads the options from the file, the environment and the command line. */
#include "os/options.h"

#include "base/ensure.h"
#include "config/checks.h"
#include "loop/tcp.h"
#include "os/options_reading.h"

/* ---- the address ---- */

/* Sets the host, with or without brackets. Returns false if it is invalid. */
static bool set_host(struct config_reading *r, const char *host)
{
    ensure(host != NULL);
    str bare = tcp_without_brackets(str_of(host));

    if (check_host(bare) != NULL)
        return false;
    draft_of(r)->options->host = arena_copy(r->a, bare);
    return true;
}

/* Sets the port. Returns false if it is out of range. */
static bool set_port(struct config_reading *r, int64_t port)
{
    if (!port_is_valid(port))
        return false;
    draft_of(r)->options->port = (uint16_t)port;
    return true;
}

/* Applies AGENT_OS_HOST and AGENT_OS_PORT, which override the file. */
static void apply_variables(struct config_reading *r)
{
    static const char host_variable[] = "AGENT_OS_HOST", port_variable[] = "AGENT_OS_PORT";
    const char *host = env_get(&r->env, host_variable);
    const char *port = env_get(&r->env, port_variable);
    int64_t number = -1;

    if (host != NULL && !set_host(r, host))
        fault_of_variable(r, host_variable, "must be a host name or an address");
    if (port == NULL)
        return;
    bool is_port = str_to_int(str_of(port), &number) && set_port(r, number);
    if (!is_port)
        fault_of_variable(r, port_variable, "must be a port from 0 to 65535");
}

/* Applies the flags, which override the file and the environment. */
static void apply_flags(struct config_reading *r, const struct option_flags *flags)
{
    ensure(flags != NULL);
    const struct fault_place where = { .file = "command line" };
    struct options *options = draft_of(r)->options;

    if (flags->host != NULL && !set_host(r, flags->host))
        fault_add(&r->faults, where, "--host", "must be a host name or an address");
    if (flags->port != -1 && !set_port(r, flags->port)) /* -1: not given */
        fault_add(&r->faults, where, "--port", "must be a port from 0 to 65535");
    options->loops = flags->loops;
    options->open = flags->open;
}

/* ---- loading ---- */

/* Copies the list of watched files. Their paths stay in the arena of the options. */
static void take_watched(const struct config_reading *r)
{
    ensure(r->watched_count <= WATCHES_MAX);
    struct options *options = draft_of(r)->options;

    _Static_assert(sizeof(options->watched) == sizeof(r->watched), "all of them fit");
    memcpy(options->watched, r->watched, sizeof(options->watched));
    options->watched_count = r->watched_count;
}

/* Adds a fault if a message of the allowed length does not fit into a body. */
static void check_limits(struct config_reading *r)
{
    const struct options *options = draft_of(r)->options;
    struct place at = options->places.message_limit;

    if (place_is_given(at) && options->message_max_bytes > options->body_limit_bytes)
        fault_at(r, at, "is more than limits.body, which a request must fit into; raise that too");
}

/* Reads the options and adds faults to r->faults. The host and the database are always set. */
void options_read(struct config_reading *r, const struct option_flags *flags)
{
    struct options_draft *draft = draft_of(r);
    struct options *options = draft->options;

    ensure(r->rows == &option_root && options != NULL);
    options->file = r->path;
    options->text = r->text.ptr;
    if (reading_fill(r, options))
        authorization_finish(r);
    if (options->id == NULL && options->name != NULL)
        options->id = slug_of(r, options->name);
    apply_variables(r);
    apply_flags(r, flags);
    check_limits(r);
    warn_of_stray_variables(r);
    take_watched(r);
    map_clear(&draft->models);
    ensure(options->host != NULL && options->database != NULL); /* both have defaults */
}

/* Loads the options. With `is_trial`, also adds the faults that a start would find. */
static agentos_status load_options(const struct option_flags *flags, arena *a, struct options *out,
                                   struct config_faults *faults, bool is_trial, agentos_error *err)
{
    ensure(a != NULL && out != NULL && faults != NULL);
    struct options_draft draft = { .options = out };
    struct config_reading r = {
        .a = a,
        .faults = { .a = a, .out = faults },
        .rows = &option_root,
        .own = &draft,
    };
    const struct config_source source = {
        .path = flags->config,
        .usual = "agentos.yaml",
        .env_file = flags->env_file,
        .text = flags->text,
    };

    *out = (struct options){ 0 };
    *faults = (struct config_faults){ 0 };
    reading_open(&r, &source);
    options_read(&r, flags);
    if (is_trial && r.faults.errors == 0)
        trial_run(&r);
    return reading_close(&r, err);
}

/* Loads the options without trying them. */
agentos_status options_load(const struct option_flags *flags, arena *a, struct options *out,
                            struct config_faults *faults, agentos_error *err)
{
    ensure(flags != NULL);
    return load_options(flags, a, out, faults, false, err);
}

/* Loads the options and tries them as a server start would. */
agentos_status options_check(const struct option_flags *flags, arena *a, struct options *out,
                             struct config_faults *faults, agentos_error *err)
{
    ensure(flags != NULL);
    return load_options(flags, a, out, faults, true, err);
}
