/* Loads the options of AgentOS. The file overrides the defaults, environment variables override the
 * file, and flags of the command line override both. */
#include "os/options.h"

#include "base/ensure.h"
#include "config/checks.h"
#include "loop/tcp.h"
#include "os/options_reading.h"

/* ---- the address ---- */

/* False: it is not a host, and nothing is set; likewise below. */
static bool set_host(struct config_reading *r, const char *host)
{
    ensure(host != NULL);
    str bare = tcp_without_brackets(str_of(host));

    if (check_host(bare) != NULL)
        return false;
    draft_of(r)->options->host = arena_copy(r->a, bare);
    return true;
}

static bool set_port(struct config_reading *r, int64_t port)
{
    if (!port_is_valid(port))
        return false;
    draft_of(r)->options->port = (uint16_t)port;
    return true;
}

static void apply_variables(struct config_reading *r)
{
    const char *host = env_get(&r->env, "AGENT_OS_HOST"), *port = env_get(&r->env, "AGENT_OS_PORT");
    int64_t number = -1;

    if (host != NULL && !set_host(r, host))
        fault_of_variable(r, "AGENT_OS_HOST", "must be a host name or an address");
    if (port != NULL && (!str_to_int(str_of(port), &number) || !set_port(r, number)))
        fault_of_variable(r, "AGENT_OS_PORT", "must be a port from 0 to 65535");
}

static void apply_flags(struct config_reading *r, const struct option_flags *flags)
{
    const struct fault_place where = { .file = "command line" };

    if (flags->host != NULL && !set_host(r, flags->host))
        fault_add(&r->faults, where, "--host", "must be a host name or an address");
    if (flags->port != -1 && !set_port(r, flags->port))
        fault_add(&r->faults, where, "--port", "must be a port from 0 to 65535");
    draft_of(r)->options->loops = flags->loops;
    draft_of(r)->options->open = flags->open;
}

/* ---- all of it ---- */

/* The files to watch are those of the rows and those of the environment. */
static void take_watched(const struct config_reading *r)
{
    ensure(r->watched_count <= WATCHES_MAX);
    struct options *options = draft_of(r)->options;

    _Static_assert(sizeof(options->watched) == sizeof(r->watched), "all of them fit");
    memcpy(options->watched, r->watched, sizeof(options->watched));
    options->watched_count = r->watched_count;
}

void options_read(struct config_reading *r, const struct option_flags *flags)
{
    struct options *options = draft_of(r)->options;

    ensure(r->rows == &option_root && options != NULL);
    options->file = r->path;
    options->text = r->text.ptr;
    if (reading_fill(r, options))
        authorization_finish(r);
    if (options->id == NULL && options->name != NULL)
        options->id = slug_of(r, options->name);
    apply_variables(r);
    apply_flags(r, flags);
    take_watched(r);
    map_clear(&draft_of(r)->models);
    ensure(options->host != NULL && options->database != NULL); /* which have defaults */
}

/* Reads everything into *out; with is_tried the faults are also those of a start. */
static agentos_status load(const struct option_flags *flags, arena *a, struct options *out,
                           struct config_faults *faults, bool is_tried, agentos_error *err)
{
    ensure(a != NULL && out != NULL && faults != NULL);
    struct options_draft draft = { .options = out };
    struct config_reading r = {
        .a = a, .faults = { .a = a, .out = faults }, .rows = &option_root, .own = &draft
    };

    *out = (struct options){ 0 };
    *faults = (struct config_faults){ 0 };
    reading_open(&r, &(struct config_source){ .path = flags->config,
                                              .usual = "agentos.yaml",
                                              .env_file = flags->env_file,
                                              .text = flags->text });
    options_read(&r, flags);
    if (is_tried && r.faults.errors == 0)
        trial_run(&r);
    return reading_close(&r, err);
}

agentos_status options_load(const struct option_flags *flags, arena *a, struct options *out,
                            struct config_faults *faults, agentos_error *err)
{
    ensure(flags != NULL);
    return load(flags, a, out, faults, false, err);
}

agentos_status options_check(const struct option_flags *flags, arena *a, struct options *out,
                             struct config_faults *faults, agentos_error *err)
{
    ensure(flags != NULL);
    return load(flags, a, out, faults, true, err);
}
