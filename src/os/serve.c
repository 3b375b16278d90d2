/* Serves one AgentOS from start to shutdown. */
#include "os/serve.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "os/process.h"
#include "os/summary.h"

struct announcement {
    const struct options *options;
    uint16_t port;
};

/* Logs what is served, and from where. */
static void log_start(const struct options *options)
{
    AUTO_BUF authorization = buf_with_limit(64 * KiB);

    summarize_authorization(options, "; ", &authorization);
    LOG(LOG_INFO, "starting", log_text("version", AGENTOS_VERSION),
        log_text("configuration", options->file != NULL ? options->file : "-"),
        log_text("database", options->database), log_str("authorization", buf_view(&authorization)),
        log_int("agents", (int64_t)options->agent_count), log_int("pid", getpid()));
}

/* Logs that the server is ready. The text form is fixed, because scripts wait for it; it does not
 * depend on log.level. */
static void log_ready(const struct options *options, const char *url)
{
    AUTO_BUF line = buf_with_limit(KiB);

    if (options->log_format == LOG_JSON) {
        log_always("listening", LOG_FIELDS(log_text("url", url)));
        return;
    }
    buf_printf(&line, "agentos: listening on %s", url);
    log_plain(buf_view(&line));
}

/* Logs the address and calls on_ready, once all event loops listen. */
static void announce(void *user)
{
    const struct announcement *announcement = user;
    const struct options *options = announcement->options;
    bool is_ipv6 = strchr(options->host, ':') != NULL;
    AUTO_BUF url = buf_with_limit(KiB);

    buf_printf(&url, "http://%s%s%s:%u", is_ipv6 ? "[" : "", options->host, is_ipv6 ? "]" : "",
               announcement->port);
    log_ready(options, url.ptr);
    if (options->on_ready != NULL)
        options->on_ready(options->on_ready_user, options->host, announcement->port);
}

/* Serves until SIGTERM or SIGINT. */
agentos_status serve(const struct options *options, const struct option_flags *flags,
                     agentos_error *err)
{
    ensure(options->host != NULL && options->database != NULL);
    log_open();
    log_start(options);
    struct process *process = process_new(options);
    struct announcement announcement = { .options = options };
    agentos_status status = process_open(process, options, flags, &announcement.port, err);

    if (status == AGENTOS_OK)
        status = stations_run(&process->stations, announce, &announcement, err);
    process_free(process);
    log_close();
    return status;
}
