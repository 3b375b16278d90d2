/* Serves one AgentOS from start to shutdown. */
#include "os/serve.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "os/process.h"

struct announcement {
    const struct options *options;
    uint16_t port;
};

/* Prints the address and calls on_ready, once all event loops listen. */
static void announce(void *user)
{
    const struct announcement *announcement = user;
    const struct options *options = announcement->options;
    bool is_ipv6 = strchr(options->host, ':') != NULL;
    const char *open_bracket = is_ipv6 ? "[" : "", *close_bracket = is_ipv6 ? "]" : "";
    AUTO_BUF line = buf_with_limit(KiB);

    buf_printf(&line, "agentos: listening on http://%s%s%s:%u", open_bracket, options->host,
               close_bracket, announcement->port);
    log_plain(buf_view(&line));
    if (options->on_ready != NULL)
        options->on_ready(options->on_ready_user, options->host, announcement->port);
}

/* Serves until SIGTERM or SIGINT. */
agentos_status serve(const struct options *options, const struct option_flags *flags,
                     agentos_error *err)
{
    ensure(options->host != NULL && options->database != NULL);
    log_open();
    struct process *process = process_new(options);
    struct announcement announcement = { .options = options };
    agentos_status status = process_open(process, options, flags, &announcement.port, err);

    if (status == AGENTOS_OK)
        status = stations_run(&process->stations, announce, &announcement, err);
    process_free(process);
    log_close();
    return status;
}
